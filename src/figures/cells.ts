/** A grid of numbers as a picture whose cells say their numbers when pointed at. */

import type { Specification } from "./figure.ts";
import type { Size } from "./raster.ts";
import { rounded } from "./series.ts";

/** Cells of a side up to which they can be pointed at: 3,136 marks a figure still feel quick. */
export const LARGEST_CELLS = 56;

/** Whether a grid is small enough for its cells to be marks. */
export function hasCells({ width, height }: Size): boolean {
  return width <= LARGEST_CELLS && height <= LARGEST_CELLS;
}

/** The axes that cells lie on, and how large a cell is in their units. */
export interface CellAxes {
  readonly cell: Size;
  readonly x: Specification;
  readonly y: Specification;
}

/**
 * Unseen rectangles, one a number, that carry the tooltips; the colours are a picture below them.
 * Rectangles that drew the colours themselves would let the paper shine through at their edges.
 */
export function cellTooltips(
  values: Float32Array,
  columns: number,
  { cell, x, y }: CellAxes,
  unit: string,
): Specification {
  return {
    data: { values: Array.from(values, (value) => rounded(value)) },
    transform: [
      { window: [{ op: "row_number", as: "n" }] },
      { calculate: `(datum.n - 1) % ${columns}`, as: "column" },
      { calculate: `floor((datum.n - 1) / ${columns})`, as: "row" },
      { calculate: `datum.column * ${cell.width}`, as: "left" },
      { calculate: `(datum.column + 1) * ${cell.width}`, as: "right" },
      { calculate: `datum.row * ${cell.height}`, as: "top" },
      { calculate: `(datum.row + 1) * ${cell.height}`, as: "bottom" },
    ],
    mark: { type: "rect", fill: "transparent", stroke: null },
    encoding: {
      x: { field: "left", ...x },
      x2: { field: "right" },
      y: { field: "top", ...y },
      y2: { field: "bottom" },
      tooltip: [
        { field: "row", type: "quantitative" },
        { field: "column", type: "quantitative" },
        { field: "data", type: "quantitative", title: unit },
      ],
    },
  };
}
