/** The directions in which rows vary, and how much: principal component analysis, exactly. */

import type { Matrix } from "../types.ts";
import { expectRows } from "./rows.ts";
import { symmetricEigen } from "./symmetric_eigen.ts";

/** Rows described by their mean and by the directions in which they vary at all, r of them. */
export interface PrincipalAxes {
  /** r: at most N − 1 and at most D; 0 where all rows are equal. */
  readonly count: number;
  /** Of the rows, [D]. */
  readonly mean: Float64Array;
  /** One axis of length 1 a row, orthogonal to the others, row-major [r, D]. */
  readonly axes: Float64Array;
  /** Variance along each axis, divisor N, largest first, all above 0, [r]. */
  readonly variances: Float64Array;
  /** The rows less their mean in terms of the axes, row-major [N, r]. */
  readonly coordinates: Float64Array;
}

/**
 * The principal axes of rows, in double precision: eigenvectors of the covariance
 * S = 1/N · Σᵢ (xᵢ − x̄)(xᵢ − x̄)ᵀ whose eigenvalue is not 0.
 *
 * With fewer rows than columns S is never formed: the eigenvectors v of the N × N Gram matrix
 * X Xᵀ/N have the same eigenvalues λ, and the axes are u = Xᵀv / √(Nλ), X the centred rows. An
 * eigenvalue below max(N, D)·ε of the largest is rounding, and counts as 0.
 *
 * Source: Jolliffe, Principal Component Analysis, section 3.5 (both sides of the singular value
 * decomposition).
 * Differs: scikit-learn's PCA divides by N − 1 and keeps min(N, D) axes; with N ≤ D the last one
 * of these has no variance and is a direction that rounding chose.
 * Cost: O(N·D·min(N, D)) time, O(min(N, D)² + N·D) memory.
 *
 * @param rows [N, D]
 * @param action what the caller is about to do, for errors
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite
 *
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { matrix } from "@kizu/kizu";
 * const { count, variances } = principalAxes(matrix([[0, 0, 0], [2, 2, 0]]));
 * assertEquals(count, 1);
 * assertAlmostEquals(variances[0], 2, 1e-15);
 * ```
 */
export function principalAxes(rows: Matrix, action = "find principal axes"): PrincipalAxes {
  expectRows(action, rows);
  const [N, D] = rows.shape;
  const { mean, centred } = centre(rows);
  const wide = N < D;
  const size = wide ? N : D;
  const columns = turned(centred, N, D);
  const second = wide ? innerProducts(centred, N, D) : innerProducts(columns, D, N);
  for (let i = 0; i < second.length; i++) second[i] /= N;
  const { values, vectors } = symmetricEigen(second, size);
  const least = Math.max(N, D) * Number.EPSILON * values[0];
  const end = values.findIndex((value) => !(value > least));
  const count = end < 0 ? size : end;
  const variances = values.slice(0, count);
  const found = vectors.subarray(0, count * size);
  if (!wide) {
    const coordinates = products(centred, found, { rows: N, columns: count, inner: D });
    return { count, mean, axes: found.slice(), variances, coordinates };
  }
  const coordinates = new Float64Array(N * count);
  for (let k = 0; k < count; k++) {
    const length = Math.sqrt(N * variances[k]);
    for (let i = 0; i < N; i++) {
      coordinates[i * count + k] = found[k * N + i] * length;
      found[k * N + i] /= length;
    }
  }
  const axes = products(found, columns, { rows: count, columns: D, inner: N });
  return { count, mean, axes, variances, coordinates };
}

/**
 * Mean [D] and rows less the mean [N, D]. Both are reckoned from the first row, so that a column of
 * equal numbers comes out as zeros to the last bit.
 */
export function centre(
  { data, shape: [N, D] }: Matrix,
): { readonly mean: Float64Array; readonly centred: Float64Array } {
  const mean = new Float64Array(D);
  const centred = Float64Array.from(data, (x, i) => x - data[i % D]);
  for (let i = 0; i < centred.length; i++) mean[i % D] += centred[i] / N;
  for (let i = 0; i < centred.length; i++) centred[i] -= mean[i % D];
  return { mean: mean.map((shift, d) => data[d] + shift), centred };
}

/** [N, D] → [D, N]. */
function turned(x: Float64Array, N: number, D: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let i = 0; i < N; i++) {
    for (let d = 0; d < D; d++) y[d * N + i] = x[i * D + d];
  }
  return y;
}

/** x xᵀ of x [n, m]; of the result [n, n] the lower triangle at least. */
function innerProducts(x: Float64Array, n: number, m: number): Float64Array {
  return products(x, x, { rows: n, columns: n, inner: m, lower: true });
}

/** x yᵀ of x [rows, inner] and y [columns, inner]; four columns at a time share what is read. */
function products(
  x: Float64Array,
  y: Float64Array,
  { rows, columns, inner, lower = false }: {
    readonly rows: number;
    readonly columns: number;
    readonly inner: number;
    /** Only the lower triangle is wanted. */
    readonly lower?: boolean;
  },
): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const a = i * inner;
    const end = lower ? i + 1 : columns;
    let j = 0;
    for (; j + 4 <= end; j += 4) {
      const b = j * inner, c = b + inner, d = c + inner, e = d + inner;
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
      for (let k = 0; k < inner; k++) {
        const value = x[a + k];
        s0 += value * y[b + k];
        s1 += value * y[c + k];
        s2 += value * y[d + k];
        s3 += value * y[e + k];
      }
      result.set([s0, s1, s2, s3], i * columns + j);
    }
    for (; j < end; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += x[a + k] * y[j * inner + k];
      result[i * columns + j] = sum;
    }
  }
  return result;
}
