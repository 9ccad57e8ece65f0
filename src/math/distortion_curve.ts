/** How much random projections to several dimensions distort, measured on the same pairs. */

import { cannot } from "../errors.ts";
import { tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";
import { squaredDistancesBetween } from "./distances.ts";
import {
  type Distortion,
  distortionOf,
  gaussianProjection,
  johnsonLindenstraussDistortion,
  type ProjectionOptions,
  samplePairs,
} from "./random_projection.ts";
import { expectRows } from "./rows.ts";

/** How many pairs are measured, and what kind of matrix projects. */
export interface DistortionCurveOptions {
  /** Pairs of different rows, drawn at random; the same for every dimension. Default 1,000. */
  readonly pairs?: number;
  /** Of the pairs and of the projections; default 0. */
  readonly seed?: number;
  /** Default `gaussian`. */
  readonly kind?: ProjectionOptions["kind"];
}

/** One point of the curve. */
export interface DistortionPoint {
  /** n, the number of columns after projecting. */
  readonly dimensions: number;
  /** Ratios of squared distances after and before projecting, over the sampled pairs. */
  readonly measured: Distortion;
  /** ε of `johnsonLindenstraussDistortion` for *all* pairs of the N rows; undefined when none. */
  readonly bound: number | undefined;
}

/** x_i − x_j for the sampled pairs, [pairs, D]. */
export function sampledDifferences(
  action: string,
  rows: Matrix,
  { pairs = 1000, seed = 0 }: DistortionCurveOptions,
): Matrix {
  expectRows(action, rows);
  const D = rows.shape[1];
  const sampled = samplePairs(action, rows, { pairs, seed });
  const data = new Float32Array(pairs * D);
  sampled.forEach(([i, j], p) => {
    for (let k = 0; k < D; k++) data[p * D + k] = rows.data[i * D + k] - rows.data[j * D + k];
  });
  return tensor(data, [pairs, D]);
}

/** The point of a curve that differences and their projections give. */
export function distortionPoint(
  points: number,
  differences: Matrix,
  projected: Matrix,
): DistortionPoint {
  const [pairs, D] = differences.shape;
  const dimensions = projected.shape[1];
  const before = squaredDistancesBetween(differences, tensor(new Float32Array(D), [1, D]));
  const origin = tensor(new Float32Array(dimensions), [1, dimensions]);
  const after = squaredDistancesBetween(projected, origin);
  const ratios = Float64Array.from({ length: pairs }, (_, p) => after(p, 0) / before(p, 0));
  const bound = johnsonLindenstraussDistortion(points, dimensions);
  return { dimensions, measured: distortionOf(ratios), bound };
}

/** Refuses a curve without points. */
export function expectDimensions(action: string, dimensions: readonly number[]): void {
  if (dimensions.length === 0) {
    throw cannot(action, "at least one number of dimensions is needed", "none");
  }
}

/**
 * The distortion of random projections to each of several numbers of dimensions, with what the
 * Johnson-Lindenstrauss bound guarantees: how much smaller the rows may be made before distances
 * suffer.
 *
 * A projection is linear, so only the differences of the sampled pairs are projected, not all rows:
 * ‖yᵢ − yⱼ‖² / ‖xᵢ − xⱼ‖² = ‖(xᵢ − xⱼ)R‖² / ‖xᵢ − xⱼ‖². R is that of `projectionMatrix` with the
 * same seed and kind.
 *
 * Source: Johnson and Lindenstrauss 1984; the bound of Dasgupta and Gupta 2003.
 * Cost: O(pairs·D·Σn). This is the readable version; `distortionCurve` gives the same sooner.
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
 * const curve = distortionCurvePlain(rows, [1, 512], { pairs: 20 });
 * assertEquals(curve.map((point) => point.dimensions), [1, 512]);
 * assertEquals(curve[1].measured.smallest > 0.6, true);
 * ```
 */
export function distortionCurvePlain(
  rows: Matrix,
  dimensions: readonly number[],
  options: DistortionCurveOptions = {},
): DistortionPoint[] {
  const action = "measure a distortion curve";
  expectDimensions(action, dimensions);
  const differences = sampledDifferences(action, rows, options);
  const { seed = 0, kind } = options;
  return dimensions.map((dimensions) => {
    const projected = gaussianProjection(differences, { dimensions, seed, kind });
    return distortionPoint(rows.shape[0], differences, projected);
  });
}
