/** The official PatchCore code's "approximate greedy" coreset through the engine. */

import {
  type ApproximateGreedyOptions,
  type ApproximateGreedySelection,
  squaredMeanDistances,
  startingPointsOf,
} from "../math/approximate_greedy.ts";
import { expectCount, expectShape } from "../math/rows.ts";
import type { Matrix } from "../types.ts";
import { farthestFirst } from "./farthest_first.ts";
import { appendUnchosen } from "./k_center_lazy.ts";
import { lazyDistances } from "./lazy_distances.ts";

/** What is chosen, and who is told on the way. */
export interface ApproximateOptions extends ApproximateGreedyOptions {
  /** Called now and then with the number of rows chosen so far, at last with `count`. */
  readonly progress?: (chosen: number) => void;
  /** Stops the selection; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Greedy selection from the mean distance to a few rows that are not selected: the rows, in their
 * order, of {@linkcode approximateGreedyPlain}, whose docblock defines it and says how it differs
 * from `kCenterGreedy`.
 *
 * Cost: O(N·s·D) for s starting points, then as `kCenterGreedy`.
 *
 * @param rows [N, D]
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite, count is not in 1…N, or the starting points
 * are not a whole number ≥ 1 or rows in 0…N−1
 * @throws the signal's reason when it is aborted
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array([0, 1, 9, 10, 5]), shape: [5, 1] } as const;
 * const { indices } = await approximateGreedy(rows, { count: 3, startingPoints: [4] });
 * assertEquals([...indices], [0, 3, 1]);
 * ```
 */
export async function approximateGreedy(
  rows: Matrix,
  { progress, signal, ...options }: ApproximateOptions,
): Promise<ApproximateGreedySelection> {
  const action = "select by approximate greedy";
  expectShape(action, rows);
  const { count } = options;
  expectCount(action, count, rows.shape[0]);
  const startingPoints = startingPointsOf(action, rows, options);
  signal?.throwIfAborted();
  await using distances = await lazyDistances(action, rows, {
    squared: squaredMeanDistances(rows, startingPoints),
    most: count,
  });
  const indices = new Int32Array(count);
  let chosen = 0;
  await farthestFirst(distances, {
    take(row) {
      if (chosen === count) return false;
      indices[chosen++] = row;
      return true;
    },
    progress: () => progress?.(chosen),
    signal,
  });
  appendUnchosen(indices, chosen);
  progress?.(count);
  return { indices, startingPoints };
}
