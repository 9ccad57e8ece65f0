/** A Gaussian from samples, and how far a point is from it: the readable reference. */

import { cannot } from "../errors.ts";
import type { Matrix } from "../types.ts";
import { choleskyPlain, solveLower } from "./cholesky.ts";
import { expectRows } from "./rows.ts";

/** Mean and covariance of D numbers, in double precision. */
export interface Gaussian {
  /** μ, D numbers. */
  readonly mean: Float64Array;
  /** Σ, D·D numbers, symmetric. */
  readonly covariance: Float64Array;
}

/**
 * The Gaussian that fits rows: their mean, and their unbiased covariance with a ridge.
 *
 * μ = (1/N)·Σₙ xₙ, Σ = (1/(N − 1))·Σₙ (xₙ − μ)(xₙ − μ)ᵀ + ε·I
 *
 * Source: Defard et al. 2020, equation 1 (ε = 0.01).
 * Cost: O(N·D²/2).
 *
 * @param rows [N, D], N ≥ 2
 * @param options ridge: ε ≥ 0, in squared units of the rows; default 0
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when a number is not finite, there are fewer than two rows, or the ridge is
 * negative
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array([1, 0, 3, 0]), shape: [2, 2] } as const;
 * const { mean, covariance } = gaussianOf(rows, { ridge: 0.5 });
 * assertEquals([...mean], [2, 0]);
 * assertEquals([...covariance], [2.5, 0, 0, 0.5]);
 * ```
 */
export function gaussianOf(
  rows: Matrix,
  { ridge = 0 }: { readonly ridge?: number } = {},
): Gaussian {
  const action = "fit a Gaussian";
  expectRows(action, rows);
  const { data, shape: [N, D] } = rows;
  if (N < 2) throw cannot(action, "a covariance needs at least 2 rows", String(N));
  if (!(ridge >= 0 && ridge < Infinity)) {
    throw cannot(action, "a ridge must be a number of at least 0", String(ridge));
  }
  const mean = new Float64Array(D);
  for (let i = 0; i < N; i++) for (let k = 0; k < D; k++) mean[k] += data[i * D + k] / N;
  const covariance = new Float64Array(D * D);
  const centred = new Float64Array(D);
  for (let i = 0; i < N; i++) {
    for (let k = 0; k < D; k++) centred[k] = data[i * D + k] - mean[k];
    for (let k = 0; k < D; k++) {
      for (let j = 0; j <= k; j++) covariance[k * D + j] += centred[k] * centred[j] / (N - 1);
    }
  }
  for (let k = 0; k < D; k++) {
    covariance[k * D + k] += ridge;
    for (let j = 0; j < k; j++) covariance[j * D + k] = covariance[k * D + j];
  }
  return { mean, covariance };
}

/**
 * Mahalanobis distances of rows to a Gaussian: how many standard deviations a row is away from
 * the mean, in its own direction.
 *
 * d(x) = √((x − μ)ᵀ·Σ⁻¹·(x − μ)) = ‖L⁻¹·(x − μ)‖ with Σ = L·Lᵀ
 *
 * Source: Defard et al. 2020, equation 2.
 * Cost: O(D³/6 + N·D²/2).
 *
 * @param rows [N, D]
 * @returns N distances
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when a number is not finite, widths differ, or Σ is singular
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const gaussian = { mean: Float64Array.of(1, 0), covariance: Float64Array.of(4, 0, 0, 1) };
 * const rows = { data: new Float32Array([3, 0, 1, 2]), shape: [2, 2] } as const;
 * assertEquals([...mahalanobis(rows, gaussian)], [1, 2]);
 * ```
 */
export function mahalanobis(rows: Matrix, { mean, covariance }: Gaussian): Float64Array {
  const action = "measure Mahalanobis distances";
  expectRows(action, rows);
  const { data, shape: [N, D] } = rows;
  if (mean.length !== D) {
    throw cannot(action, "rows and Gaussian must be equally wide", `${D} and ${mean.length}`);
  }
  const l = choleskyPlain(covariance, D, { action, name: "the covariance" });
  return Float64Array.from({ length: N }, (_, i) => {
    const centred = mean.map((m, k) => data[i * D + k] - m);
    return Math.sqrt(solveLower(l, centred).reduce((sum, y) => sum + y * y, 0));
  });
}
