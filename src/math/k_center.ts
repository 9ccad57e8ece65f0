/**
 * Choosing a few rows that stand for all: greedy k-centre (the coreset of PatchCore), readable
 * and in double precision, and how far the rows are from what was chosen.
 */

import { cannot } from "../errors.ts";
import type { Matrix } from "../types.ts";
import { expectCentres } from "./covering.ts";
import { squaredDistancesBetween } from "./distances.ts";
import { expectCount, expectRows } from "./rows.ts";

/** Rows chosen one after the other, and how well each prefix of them covers all rows. */
export interface KCenterSelection {
  /** Row numbers in the order of selection, all different, [count]. */
  readonly indices: Int32Array;
  /** `radii[i]` is the covering radius of the first i + 1 rows: max over rows of the distance to
   * the nearest of them, or of a start that was dropped. Never grows. [count] */
  readonly radii: Float64Array;
}

/** How many rows are chosen, and which is the first. */
export interface KCenterOptions {
  /** In 1…N. */
  readonly count: number;
  /** The first row; it is part of the selection. Default 0. */
  readonly start?: number;
  /**
   * Whether the start is dropped from the selection: it is then that of one row more without its
   * first, and the start comes last where all rows are wanted. Default false.
   */
  readonly dropStart?: boolean;
}

/** What every greedy k-centre checks of its options. The rows themselves are checked apart. */
export function expectKCenterOptions(
  action: string,
  rows: Matrix,
  { count, start }: Required<Pick<KCenterOptions, "count" | "start">>,
): void {
  const [n] = rows.shape;
  expectCount(action, count, n);
  if (!Number.isInteger(start) || start < 0 || start >= n) {
    throw cannot(action, `the start must be a row in 0…${n - 1}`, String(start));
  }
}

/**
 * `count` rows of a selection of one more, or of all rows: without its first, which comes last
 * where none are left.
 */
export function withoutStart(
  { indices, radii }: KCenterSelection,
  count: number,
): KCenterSelection {
  const dropped = { indices: new Int32Array(count), radii: new Float64Array(count) };
  dropped.indices.set(indices.subarray(1));
  dropped.radii.set(radii.subarray(1));
  if (indices.length === count) dropped.indices[count - 1] = indices[0];
  return dropped;
}

/**
 * Greedy k-centre selection, farthest-first: beginning with `start`, each next row is the one
 * farthest from all rows chosen before,
 *
 *   iₜ₊₁ = argmaxᵢ min over s ≤ t of ‖xᵢ − x_{iₛ}‖.
 *
 * Ties go to the lowest index. Once every row coincides with a chosen one (radius 0) the
 * remaining rows follow, lowest index first. A prefix of a selection is the smaller selection.
 *
 * A 2-approximation: where the chosen rows leave a covering radius r, no choice of as many centres
 * leaves less than r/2. {@linkcode certificate} says why, and gives both for every size.
 *
 * Source: Gonzalez 1985, Clustering to minimize the maximum intercluster distance; Roth et al.
 * 2022, PatchCore, algorithm 1 (there on a random projection of the rows).
 * Differs: the official PatchCore code's default starts from the mean distance to 10 random rows
 * that are not selected: {@linkcode approximateGreedyPlain}. Anomalib before 2.4 drops its start
 * from the selection: `dropStart`. By default the start *is* the first row selected.
 *
 * Cost: O(N·count·D) time, O(N) memory. This is the readable version; `kCenterGreedy` selects the
 * same rows many times faster.
 *
 * @param rows [N, D]
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite, count is not in 1…N or start in 0…N−1
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array([0, 1, 9, 10, 5]), shape: [5, 1] } as const;
 * const { indices, radii } = kCenterGreedyPlain(rows, { count: 3, start: 0 });
 * assertEquals([...indices], [0, 3, 4]);
 * assertEquals([...radii], [10, 5, 1]);
 * ```
 */
export function kCenterGreedyPlain(
  rows: Matrix,
  { count, start = 0, dropStart = false }: KCenterOptions,
): KCenterSelection {
  const action = "select by greedy k-centre";
  expectRows(action, rows);
  expectKCenterOptions(action, rows, { count, start });
  const [N] = rows.shape;
  if (dropStart) {
    const more = kCenterGreedyPlain(rows, { count: Math.min(count + 1, N), start });
    return withoutStart(more, count);
  }
  const squared = squaredDistancesBetween(rows, rows);
  const indices = new Int32Array(count);
  const radii = new Float64Array(count);
  const toChosen = new Float64Array(N).fill(Infinity);
  const chosen = new Uint8Array(N);
  let next = start;
  for (let t = 0; t < count; t++) {
    indices[t] = next;
    chosen[next] = 1;
    const newest = next;
    next = -1;
    for (let i = 0; i < N; i++) {
      toChosen[i] = Math.min(toChosen[i], squared(i, newest));
      if (!chosen[i] && (next < 0 || toChosen[i] > toChosen[next])) next = i;
    }
    radii[t] = next < 0 ? 0 : Math.sqrt(toChosen[next]);
  }
  return { indices, radii };
}

/**
 * The covering radius of chosen rows: max over all rows of the distance to the nearest chosen one,
 * maxᵢ min_c ‖xᵢ − x_c‖, in double precision. O(N·C·D).
 *
 * @param rows [N, D]
 * @param centres C row numbers, at least one
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite, or centres is empty or not in 0…N−1
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array([0, 1, 9, 10, 5]), shape: [5, 1] } as const;
 * assertEquals(coveringRadius(rows, [0, 3]), 5);
 * ```
 */
export function coveringRadius(rows: Matrix, centres: ArrayLike<number>): number {
  const action = "measure a covering radius";
  expectRows(action, rows);
  const [N] = rows.shape;
  expectCentres(action, rows, centres);
  const squared = squaredDistancesBetween(rows, rows);
  let farthest = 0;
  for (let i = 0; i < N; i++) {
    let nearest = Infinity;
    // Once nearer to a centre than the farthest row so far, this row cannot change the result.
    for (let c = 0; c < centres.length && nearest > farthest; c++) {
      nearest = Math.min(nearest, squared(i, centres[c]));
    }
    farthest = Math.max(farthest, nearest);
  }
  return Math.sqrt(farthest);
}
