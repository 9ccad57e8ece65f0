/** Notebook files as the browser test needs them: what they promise, and copies without it. */

import type { ExpectedCell } from "./notebook_page.ts";

/** The part of a notebook file that is looked at. */
export interface NotebookFile {
  readonly cells: readonly {
    readonly cell_type: string;
    readonly source: string | readonly string[];
    readonly outputs?: readonly { readonly data?: Readonly<Record<string, unknown>> }[];
  }[];
}

export const FIGURE = "application/vnd.vegalite.v5+json";

/** What a notebook's committed outputs promise under each cell. */
export function promisedBy({ cells }: NotebookFile): ExpectedCell[] {
  return cells.map(({ cell_type, source, outputs = [] }) =>
    cell_type !== "code" ? undefined : {
      figures: outputs.filter(({ data }) => data !== undefined && FIGURE in data).length,
      blank: [source].flat().join("").trim() === "",
    }
  );
}

/** The notebook as before its first run: what is then shown, the run has shown. */
export function withoutOutputs(notebook: NotebookFile): unknown {
  return {
    ...notebook,
    cells: notebook.cells.map((cell) =>
      cell.cell_type === "code" ? { ...cell, outputs: [], execution_count: null } : cell
    ),
  };
}
