/** From scores at patches to a map of the photo's size. */

import { cannot } from "../errors.ts";
import type { Graph } from "../onnx/graph.ts";
import { expectRank, known, type Value } from "../onnx/value.ts";
import { tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";

/** scipy's default: the kernel ends after four standard deviations. */
const TRUNCATE = 4;

/**
 * The matrix B of a Gaussian filter along one axis: B·x is the smoothed x.
 *
 * Weights exp(−d²/2σ²) over |d| ≤ 4σ, scaled to sum 1; beyond the border the signal is mirrored
 * with its edge repeated (d c b a | a b c d | d c b a). Equal to `scipy.ndimage.gaussian_filter`.
 *
 * @param size n
 * @param sigma standard deviation in cells
 * @returns [n, n], rows sum to 1
 */
export function gaussianMatrix(size: number, sigma: number): Matrix {
  const radius = Math.floor(TRUNCATE * sigma + 0.5);
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => {
    // Not d²/σ²: the square of a tiny σ is 0.
    return Math.exp(-0.5 * ((i - radius) / sigma) ** 2);
  });
  const total = weights.reduce((a, b) => a + b, 0);
  const sums = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    weights.forEach((w, i) => {
      const period = 2 * size;
      const at = (((row + i - radius) % period) + period) % period;
      sums[row * size + (at < size ? at : period - 1 - at)] += w / total;
    });
  }
  return tensor(Float32Array.from(sums), [size, size]);
}

/**
 * Smooths a map: B_H · map · B_Wᵀ. Two matrix products hold the whole filter, border included.
 *
 * Source: the papers' Gaussian of σ = 4 (SPADE, PaDiM, PatchCore).
 *
 * @param map [H, W]
 * @param sigma in pixels; 0 leaves the map as it is
 * @throws {RangeError} for a sigma below 0
 *
 * @example
 * ```ts
 * import { evaluate, gaussianBlur, tensor } from "@kizu/kizu";
 * const map = tensor(new Float32Array(64).fill(1), [8, 8]);
 * const { data } = await evaluate((g, m) => gaussianBlur(g, m, { sigma: 2 }), map);
 * console.assert(Math.abs(data[0] - 1) < 1e-6);
 * ```
 */
export function gaussianBlur(g: Graph, map: Value, { sigma = 4 } = {}): Value {
  expectRank("smooth", map, 2);
  if (!(sigma >= 0 && sigma < Infinity)) {
    throw cannot("smooth", "sigma must be a number of at least 0", String(sigma));
  }
  if (sigma === 0) return map;
  const rows = gaussianMatrix(known("smooth", map.shape, 0), sigma);
  const columns = map.shape[0] === map.shape[1]
    ? rows
    : gaussianMatrix(known("smooth", map.shape, 1), sigma);
  // A Gaussian matrix is symmetric, mirrored border included, so B_W needs no transposing.
  return g.multiplyMatrices(g.multiplyMatrices(g.constant(rows), map), g.constant(columns));
}

/** Options of {@linkcode anomalyMap}. */
export interface AnomalyMapOptions {
  /** Height and width of the result in pixels. */
  readonly size: readonly [height: number, width: number];
  /** Of the Gaussian, in pixels; default 4. */
  readonly sigma?: number;
}

/**
 * Patch scores to the input's size, bilinearly, then smoothed.
 *
 * @param scores [h, w], one score a patch
 * @returns [H, W]
 */
export function anomalyMap(g: Graph, scores: Value, { size, sigma }: AnomalyMapOptions): Value {
  expectRank("make an anomaly map", scores, 2);
  const h = known("make an anomaly map", scores.shape, 0);
  const w = known("make an anomaly map", scores.shape, 1);
  const fine = g.resize(g.reshape(scores, [1, 1, h, w]), size);
  return gaussianBlur(g, g.reshape(fine, size), { sigma });
}
