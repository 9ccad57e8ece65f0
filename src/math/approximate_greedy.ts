/** The official PatchCore code's "approximate greedy" coreset, readable, as a named alternative. */

import { cannot } from "../errors.ts";
import { sampleWithoutReplacement, seededRandom } from "../random.ts";
import type { Matrix } from "../types.ts";
import { expectCentres } from "./covering.ts";
import { squaredDistancesBetween } from "./distances.ts";
import { expectCount, expectRows } from "./rows.ts";

/** How many rows are chosen, and from where the selection starts. */
export interface ApproximateGreedyOptions {
  /** In 1…N. */
  readonly count: number;
  /**
   * How many rows are drawn to start from, without being selected: at least 1, default 10, all rows
   * when there are fewer. Or the numbers of these rows.
   */
  readonly startingPoints?: number | ArrayLike<number>;
  /** Of the draw; default 0. */
  readonly seed?: number;
}

/** Rows chosen one after the other, and what they were chosen from. */
export interface ApproximateGreedySelection {
  /** Row numbers in the order of selection, all different, [count]. */
  readonly indices: Int32Array;
  /** The rows that the selection started from. They are selected only if they are far enough. */
  readonly startingPoints: Int32Array;
}

/** The starting points that options ask for, drawn or given. */
export function startingPointsOf(
  action: string,
  rows: Matrix,
  { startingPoints = 10, seed = 0 }: ApproximateGreedyOptions,
): Int32Array {
  const [below] = rows.shape;
  if (typeof startingPoints !== "number") {
    expectCentres(action, rows, startingPoints);
    return Int32Array.from(startingPoints);
  }
  if (!Number.isInteger(startingPoints) || startingPoints < 1) {
    const requirement = "its starting points must be a whole number of at least 1, or row numbers";
    throw cannot(action, requirement, String(startingPoints));
  }
  const random = seededRandom(seed, "approximate greedy");
  return sampleWithoutReplacement(random, { count: Math.min(startingPoints, below), below });
}

/** Each row's mean distance to the starting points, squared, [N], in double precision. */
export function squaredMeanDistances(rows: Matrix, startingPoints: Int32Array): Float64Array {
  const squared = squaredDistancesBetween(rows, rows);
  return Float64Array.from({ length: rows.shape[0] }, (_, i) => {
    const sum = startingPoints.reduce((sum, point) => sum + Math.sqrt(squared(i, point)), 0);
    return (sum / startingPoints.length) ** 2;
  });
}

/**
 * Greedy selection as the official PatchCore code does it by default. Every row begins with its
 * *mean* distance to a few rows p₁ … p_s drawn at random, which are not selected; then again and
 * again the row of the largest anchor distance is chosen, and the anchor distances become the
 * smaller of themselves and the distance to it:
 *
 *   a(i) = 1/s · Σⱼ ‖xᵢ − x_{pⱼ}‖;  chosen = argmaxᵢ a(i);  a(i) ← min(a(i), ‖xᵢ − x_chosen‖).
 *
 * Ties go to the lowest index. The first row is an outlier rather than a row drawn at random. An
 * anchor distance starts *below* the distance to the nearest chosen row where the rows are close
 * to the starting points, so that this region gets no row as long as the others are farther: the
 * selection has no 2-approximation guarantee. `coveringRadii` measures how well it covers.
 *
 * Source: amazon-science/patchcore-inspection, `ApproximateGreedyCoresetSampler`; described under
 * the name of algorithm 1 of Roth et al. 2022.
 * Differs: the paper, and {@linkcode kCenterGreedyPlain}, start from a row that is selected. That
 * code keeps float32 distances from an expansion that loses near ties, and may choose a row twice
 * when every row coincides with a chosen one; here the remaining rows then follow, lowest index
 * first.
 * Cost: O(N·(s + count)·D) time, O(N) memory. This is the readable version; `approximateGreedy`
 * selects the same rows many times faster.
 *
 * @param rows [N, D]
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite, count is not in 1…N, or the starting points
 * are not a whole number ≥ 1 or rows in 0…N−1
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array([0, 1, 9, 10, 5]), shape: [5, 1] } as const;
 * const { indices } = approximateGreedyPlain(rows, { count: 3, startingPoints: [4] });
 * assertEquals([...indices], [0, 3, 1]);
 * ```
 */
export function approximateGreedyPlain(
  rows: Matrix,
  options: ApproximateGreedyOptions,
): ApproximateGreedySelection {
  const action = "select by approximate greedy";
  expectRows(action, rows);
  const [N] = rows.shape;
  const { count } = options;
  expectCount(action, count, N);
  const startingPoints = startingPointsOf(action, rows, options);
  const squared = squaredDistancesBetween(rows, rows);
  const anchors = squaredMeanDistances(rows, startingPoints);
  const chosen = new Uint8Array(N);
  const indices = new Int32Array(count);
  for (let t = 0; t < count; t++) {
    let next = -1;
    for (let i = 0; i < N; i++) {
      if (!chosen[i] && (next < 0 || anchors[i] > anchors[next])) next = i;
    }
    indices[t] = next;
    chosen[next] = 1;
    for (let i = 0; i < N; i++) anchors[i] = Math.min(anchors[i], squared(i, next));
  }
  return { indices, startingPoints };
}
