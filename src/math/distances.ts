/** Euclidean distances and nearest neighbours in double precision: the readable reference. */

import { cannot } from "../errors.ts";
import { shapeText, tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";
import { expectCount, expectRows } from "./rows.ts";

/** For every query its nearest rows, nearest first. */
export interface Neighbours {
  /** Euclidean distances (not squared), [Q, count], ascending in each row. */
  readonly distances: Matrix;
  /** Which rows of the bank, row-major [Q, count]. */
  readonly indices: Int32Array;
}

/** How many neighbours are wanted. */
export interface NeighbourOptions {
  readonly count: number;
}

/**
 * The squared Euclidean distance Σₖ (aₖ − bₖ)², in double precision. O(D).
 *
 * @param a D numbers
 * @param b D numbers
 * @throws {RangeError} when the lengths differ
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(squaredDistance([0, 0], [3, 4]), 25);
 * ```
 */
export function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw cannot("measure a distance", "both must be equally long", `${a.length} and ${b.length}`);
  }
  return sumOfSquares(a, 0, b, 0, a.length);
}

/**
 * Squared distances between rows of two matrices as a function (i, j) ↦ ‖aᵢ − bⱼ‖², in double
 * precision and in one fixed order of summation: wherever two distances of the project are
 * compared for ties they come from here. O(D) a call.
 *
 * @param a [N, D]
 * @param b [M, D]
 * @throws {RangeError} when the rows are not equally long
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array([0, 0, 3, 4]), shape: [2, 2] } as const;
 * assertEquals(squaredDistancesBetween(rows, rows)(0, 1), 25);
 * ```
 */
export function squaredDistancesBetween(a: Matrix, b: Matrix): (i: number, j: number) => number {
  const columns = a.shape[1];
  if (columns !== b.shape[1]) {
    throw cannot(
      "measure distances",
      "rows must be equally long",
      `${shapeText(a.shape)} and ${shapeText(b.shape)}`,
    );
  }
  const x = a.data, y = b.data;
  return (i, j) => sumOfSquares(x, i * columns, y, j * columns, columns);
}

/** Four partial sums, because one would wait for every addition before the next. */
function sumOfSquares(
  a: ArrayLike<number>,
  i: number,
  b: ArrayLike<number>,
  j: number,
  length: number,
): number {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  const whole = length - length % 4;
  for (let k = 0; k < whole; k += 4) {
    const d0 = a[i + k] - b[j + k];
    const d1 = a[i + k + 1] - b[j + k + 1];
    const d2 = a[i + k + 2] - b[j + k + 2];
    const d3 = a[i + k + 3] - b[j + k + 3];
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (let k = whole; k < length; k++) {
    const d = a[i + k] - b[j + k];
    s0 += d * d;
  }
  return (s0 + s1) + (s2 + s3);
}

/**
 * Exact nearest neighbours the obvious way: every distance, sorted. What the fast
 * `nearest` is tested against.
 *
 * d(q, b) = √Σₖ (qₖ − bₖ)²; equal distances keep the bank's order (lowest index first).
 *
 * Cost: O(Q·M·(D + log M)) time, O(M) memory beyond the result.
 *
 * @param queries [Q, D]
 * @param bank [M, D]
 * @throws {TypeError} when one is not a matrix
 * @throws {RangeError} when one is empty or not finite, widths differ, or count is not in 1…M
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const bank = { data: new Float32Array([0, 10, 3]), shape: [3, 1] } as const;
 * const query = { data: new Float32Array([4]), shape: [1, 1] } as const;
 * const { distances, indices } = nearestPlain(query, bank, { count: 2 });
 * assertEquals([...indices], [2, 0]);
 * assertEquals([...distances.data], [1, 4]);
 * ```
 */
export function nearestPlain(
  queries: Matrix,
  bank: Matrix,
  { count }: NeighbourOptions,
): Neighbours {
  const action = "find nearest rows";
  expectRows(action, queries);
  expectRows(action, bank);
  const [Q] = queries.shape;
  const [M] = bank.shape;
  expectCount(action, count, M);
  const squared = squaredDistancesBetween(queries, bank);
  const distances = new Float32Array(Q * count);
  const indices = new Int32Array(Q * count);
  for (let q = 0; q < Q; q++) {
    const toBank = Float64Array.from({ length: M }, (_, m) => squared(q, m));
    const order = Array.from(toBank, (_, m) => m).sort((a, b) => toBank[a] - toBank[b] || a - b);
    for (let k = 0; k < count; k++) {
      indices[q * count + k] = order[k];
      distances[q * count + k] = Math.sqrt(toBank[order[k]]);
    }
  }
  return { distances: tensor(distances, [Q, count]), indices };
}
