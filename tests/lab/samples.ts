/** Notebooks made for the browser test: one that keeps its promises, one that breaks them all. */

import { FIGURE, type NotebookFile } from "./notebook_file.ts";

/** A bar chart with a slider that, where alive, hides the bars above it. */
function chart(bars: number, slider?: "alive" | "dead"): Record<string, unknown> {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    width: 240,
    height: 120,
    data: { values: Array.from({ length: bars }, (_, i) => ({ bar: i, height: i + 1 })) },
    ...(slider && {
      params: [{ name: "most", value: 2, bind: { input: "range", min: 0, max: bars, step: 1 } }],
    }),
    ...(slider === "alive" && { transform: [{ filter: "datum.bar <= most" }] }),
    mark: "bar",
    encoding: {
      x: { field: "bar", type: "ordinal" },
      y: { field: "height", type: "quantitative", scale: { domain: [0, bars] } },
    },
  };
}

type Cell = NotebookFile["cells"][number];

/** A cell that displays specifications, and the number of figures that its file promises. */
function figureCell(specifications: readonly unknown[], promised = specifications.length): Cell {
  const shown = specifications.map((specification) => {
    const bundle = JSON.stringify({ [FIGURE]: specification, "text/plain": "figure" });
    return `await Deno.jupyter.display(${bundle}, { raw: true });\n`;
  });
  return codeCell(
    [
      ...shown,
      // The kernel loses what is shown right before a cell ends.
      "await new Promise((resolve) => setTimeout(resolve, 100));",
    ].join(""),
    promised,
  );
}

function codeCell(source: string, promised = 0): Cell {
  const figure = { output_type: "display_data", data: { [FIGURE]: {} }, metadata: {} };
  return {
    cell_type: "code",
    source,
    metadata: {},
    execution_count: 1,
    outputs: Array.from({ length: promised }, () => figure),
  } as Cell;
}

function notebook(cells: readonly Cell[]): NotebookFile {
  return {
    cells: cells.map((cell, i) => ({ ...cell, id: `cell-${i}` })),
    metadata: { kernelspec: { name: "deno", display_name: "Deno", language: "typescript" } },
    nbformat: 4,
    nbformat_minor: 5,
  } as NotebookFile;
}

const prose = { cell_type: "markdown", source: "Some words.", metadata: {} } as Cell;

/** A long notebook that is as it should be, with figures from its first to its last cell. */
export const soundNotebook: NotebookFile = notebook([
  prose,
  codeCell(`import { version } from "@kizu/kizu";\nversion`),
  figureCell([chart(4)]),
  figureCell([chart(6, "alive"), chart(8)]),
  ...Array.from({ length: 12 }, () => [prose, codeCell(""), figureCell([chart(5)])]).flat(),
  figureCell([chart(9, "alive")]),
]);

/** Every fault that the test has to find, one a cell. */
export const faultyNotebook: NotebookFile = notebook([
  figureCell([chart(4, "dead")]),
  figureCell([{ ...chart(4), mark: "no such mark" }], 1),
  figureCell([], 1),
  figureCell([chart(4)], 0),
  figureCell([{
    ...chart(4),
    width: 0,
    height: 0,
    encoding: {},
    mark: { type: "point", opacity: 0 },
  }]),
  codeCell(`throw new Error("on purpose");`),
]);

/** What the test has to say about it. */
export const faults: readonly string[] = [
  "cell 2 has 0 of 1 figures",
  "cell 3 has 0 of 1 figures",
  "cell 4 has 1 of 0 figures",
  "cell 5 has nothing drawn on figure 1",
  "cell 6 shows an error: Error: on purpose",
  "cell 1 has a slider that changes nothing: most",
];
