/** Points in the plane on axes of one scale. */

import type { Matrix } from "../types.ts";
import { rounded } from "./series.ts";
import type { Size } from "./raster.ts";

/** The ends of both axes. */
export interface Spans {
  readonly x: readonly [low: number, high: number];
  readonly y: readonly [low: number, high: number];
}

/**
 * Axes that show all points with a margin, and on which one unit is as many pixels in both
 * directions: circles stay circles.
 *
 * @param points [N, 2], at least one
 * @param plot in pixels
 */
export function equalSpans(points: Matrix, plot: Size): Spans {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  points.data.forEach((value, i) => {
    low[i % 2] = Math.min(low[i % 2], value);
    high[i % 2] = Math.max(high[i % 2], value);
  });
  const pixels = [plot.width, plot.height];
  const unit = 1.08 * Math.max(...pixels.map((length, c) => (high[c] - low[c]) / length)) ||
    2 / Math.min(...pixels);
  const [x, y] = pixels.map((length, c): [number, number] => {
    const middle = (low[c] + high[c]) / 2;
    return [rounded(middle - unit * length / 2, 6), rounded(middle + unit * length / 2, 6)];
  });
  return { x, y };
}
