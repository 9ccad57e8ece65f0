/** How much random projections to several dimensions distort, through the engine. */

import {
  type DistortionCurveOptions,
  type DistortionPoint,
  distortionPoint,
  expectDimensions,
  sampledDifferences,
} from "../math/distortion_curve.ts";
import type { Matrix } from "../types.ts";
import { project } from "./project.ts";

/**
 * The distortion of random projections to each of several numbers of dimensions, with what the
 * Johnson-Lindenstrauss bound guarantees: what {@linkcode distortionCurvePlain} gives, up to
 * float32 sums.
 *
 * Cost: O(pairs·D·Σn) in the engine.
 *
 * @param rows [N, D]
 * @param dimensions each n ≥ 1, in any order
 * @returns one point for each, in the order given
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite or holds fewer than two different rows, when
 * there are no dimensions, or a number of dimensions or pairs is not a whole number ≥ 1
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { matrix } from "@kizu/kizu";
 * const rows = matrix([[1, 2, 3], [0, 0, 1], [4, 0, 0]]);
 * const [few, many] = await distortionCurve(rows, [1, 512], { pairs: 20 });
 * assertEquals([few.dimensions, many.dimensions], [1, 512]);
 * assertEquals(many.bound?.toFixed(2), "0.14");
 * ```
 */
export async function distortionCurve(
  rows: Matrix,
  dimensions: readonly number[],
  options: DistortionCurveOptions = {},
): Promise<DistortionPoint[]> {
  const action = "measure a distortion curve";
  expectDimensions(action, dimensions);
  const differences = sampledDifferences(action, rows, options);
  const { seed = 0, kind } = options;
  const curve: DistortionPoint[] = [];
  for (const n of dimensions) {
    const projected = await project(differences, { dimensions: n, seed, kind });
    curve.push(distortionPoint(rows.shape[0], differences, projected));
  }
  return curve;
}
