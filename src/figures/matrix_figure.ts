/** A matrix as a picture. */

import { cannot } from "../errors.ts";
import { COLOUR_SCALE } from "../image/colour_scale.ts";
import type { Matrix } from "../types.ts";
import { cellTooltips, hasCells } from "./cells.ts";
import { expectDomain, expectSameLength, expectTensor } from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import { mapUrl } from "./raster.ts";
import { colourBar } from "./score_scale.ts";
import { rounded, text, wholeTicks } from "./series.ts";
import { colourTable, DIVERGING_COLOURS } from "./theme.ts";

/** How {@linkcode matrixFigure} colours and names its cells. */
export interface MatrixFigureOptions extends FigureTitle {
  /** Red above and blue below zero, pale at zero, instead of the scale of scores: for
   * covariances and differences. Default false. */
  readonly diverging?: boolean;
  /** The values at the ends of the colours; default those of the matrix, and symmetric about zero
   * when diverging. */
  readonly domain?: readonly [low: number, high: number];
  /** What the values are, above the colour bar. Default `value`. */
  readonly unit?: string;
  /** Names of the rows and the columns, at most 30 of each. */
  readonly rowNames?: readonly string[];
  readonly columnNames?: readonly string[];
  /** What rows and columns are, beside the axes. */
  readonly rowTitle?: string;
  readonly columnTitle?: string;
}

const LONGEST_SIDE = 380;
/** Rows and columns up to which cells hold their numbers. */
const WRITTEN = 10;
const NAMED = 30;

/**
 * A matrix, one cell a number, first row on top. Matrices of at most 10×10 have their numbers
 * written in; those of at most 56×56 say them when pointed at.
 *
 * Cost: O(rows·columns).
 *
 * @param matrix [rows, columns], for example a covariance [D, D] or counts
 * @throws {TypeError} when it is not a matrix
 * @throws {RangeError} when it is empty or not finite, names are not as many as rows or columns or
 * more than 30, or the domain is not two rising numbers, or not symmetric when diverging
 *
 * @example
 * ```ts
 * const counts = { data: Float32Array.of(14, 2, 3, 27), shape: [2, 2] } as const;
 * const figure = matrixFigure(counts, {
 *   rowNames: ["good", "flawed"],
 *   columnNames: ["passed", "flagged"],
 *   unit: "photos",
 *   title: "What the threshold does",
 * });
 * console.assert((await figure.toSvg()).includes("flagged"));
 * ```
 */
export function matrixFigure(matrix: Matrix, options: MatrixFigureOptions): Figure {
  const { title, subtitle, diverging = false, unit = "value", rowNames, columnNames } = options;
  const action = "draw a matrix";
  expectTensor(action, "a matrix", matrix, 2);
  const [rows, columns] = matrix.shape;
  expectSameLength(action, { rows: { length: rows }, rowNames });
  expectSameLength(action, { columns: { length: columns }, columnNames });
  for (const { length } of [rowNames ?? [], columnNames ?? []]) {
    if (length > NAMED) throw cannot(action, `at most ${NAMED} can be named`, `${length}`);
  }
  const domain = options.domain ?? domainOf(matrix, diverging);
  expectDomain(action, domain);
  if (diverging && domain[0] !== -domain[1]) {
    throw cannot(action, "a diverging domain is symmetric about zero", domain.join(" to "));
  }
  const zoom = LONGEST_SIDE / Math.max(rows, columns);
  const plot = { width: Math.round(zoom * columns), height: Math.round(zoom * rows) };
  const palette = diverging ? colourTable(DIVERGING_COLOURS) : COLOUR_SCALE;
  const x = axisOf(columns, plot.width, { title: options.columnTitle, names: columnNames });
  const y = axisOf(rows, plot.height, { title: options.rowTitle, names: rowNames, reverse: true });
  const written = rows <= WRITTEN && columns <= WRITTEN;
  const small = hasCells({ width: columns, height: rows });
  return figure({
    ...plot,
    layer: [
      {
        data: { values: [{ left: 0, right: columns, top: 0, bottom: rows }] },
        mark: {
          type: "image",
          aspect: false,
          url: mapUrl(matrix, domain, plot, { palette }),
        },
        encoding: {
          x: { field: "left", ...x },
          x2: { field: "right" },
          y: { field: "top", ...y },
          y2: { field: "bottom" },
        },
      },
      colourBar({ domain, unit }, Math.max(60, plot.height - 20), diverging),
      ...(written ? numbers(matrix, domain, diverging) : []),
      ...(small ? [cellTooltips(matrix.data, columns, { cell: UNIT, x, y }, unit)] : []),
    ],
  }, {
    title,
    subtitle,
    description: `Matrix of ${rows} rows and ${columns} columns, ${unit} from ` +
      `${text(Math.min(...extremes(matrix)))} to ${text(Math.max(...extremes(matrix)))}.` +
      (written
        ? ` Row by row: ${
          Array.from({ length: rows }, (_, r) =>
            Array.from(matrix.data.subarray(r * columns, (r + 1) * columns), (v) =>
              text(v))
              .join(", ")).join("; ")
        }.`
        : ""),
  });
}

const UNIT = { width: 1, height: 1 };

function extremes({ data }: Matrix): [least: number, most: number] {
  return data.reduce(
    ([least, most], value): [number, number] => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity] as [number, number],
  );
}

function domainOf(matrix: Matrix, diverging: boolean): [number, number] {
  const [least, most] = extremes(matrix).map((value) => rounded(value));
  if (!diverging) return least < most ? [least, most] : [least - 1, least + 1];
  const far = Math.max(Math.abs(least), Math.abs(most)) || 1;
  return [-far, far];
}

interface AxisOptions {
  readonly title?: string;
  readonly names?: readonly string[];
  readonly reverse?: boolean;
}

/** Cell i lies from i to i + 1; its name or number stands at its middle. */
function axisOf(
  count: number,
  pixels: number,
  { title, names, reverse = false }: AxisOptions,
): Specification {
  const named = names === undefined ? { values: wholeTicks(count, pixels), format: "d" } : {
    values: names.map((_, i) => i + 0.5),
    labelExpr: `${JSON.stringify(names)}[floor(datum.value)]`,
    labelAngle: !reverse && names.length > 6 ? -90 : 0,
    labelOverlap: false,
    ticks: false,
  };
  return {
    type: "quantitative",
    title: title ?? null,
    scale: { domain: [0, count], nice: false, zero: false, reverse },
    axis: { grid: false, labelPadding: 5, ...named },
  };
}

/** The numbers in their cells, dark on pale and white on dark. */
function numbers(
  { data, shape: [, columns] }: Matrix,
  [low, high]: readonly [number, number],
  diverging: boolean,
): Specification[] {
  const values = Array.from(data, (value, i) => {
    const t = (value - low) / (high - low);
    return {
      x: (i % columns) + 0.5,
      y: Math.floor(i / columns) + 0.5,
      says: text(value),
      onDark: diverging ? t < 0.2 || t > 0.8 : t < 0.62,
    };
  });
  const layer = (onDark: boolean, color: string): Specification => ({
    data: {
      values: values.filter((one) => one.onDark === onDark).map(({ x, y, says }) => ({
        x,
        y,
        says,
      })),
    },
    mark: { type: "text", baseline: "middle", fontSize: 13, color },
    encoding: {
      x: { field: "x", type: "quantitative" },
      y: { field: "y", type: "quantitative" },
      text: { field: "says", type: "nominal" },
    },
  });
  return [layer(true, "#ffffff"), layer(false, "#1f2328")];
}
