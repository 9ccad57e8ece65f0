/** Greedy k-centre selection through the engine: the rows of the readable one, much sooner. */

import { squaredDistancesBetween } from "../math/distances.ts";
import {
  expectKCenterOptions,
  type KCenterOptions,
  type KCenterSelection,
  withoutStart,
} from "../math/k_center.ts";
import { expectShape } from "../math/rows.ts";
import type { Matrix } from "../types.ts";
import { farthestFirst } from "./farthest_first.ts";
import { lazyDistances } from "./lazy_distances.ts";

/** How many rows are chosen, from which start, and who is told on the way. */
export interface KCenterGreedyOptions extends KCenterOptions {
  /** Called now and then with the number of rows chosen so far, at last with `count`. */
  readonly progress?: (chosen: number) => void;
  /** Stops the selection; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Greedy k-centre selection, farthest-first: the same rows in the same order, and the same radii,
 * as {@linkcode kCenterGreedyPlain}, whose docblock defines both; ties go to the lowest index,
 * compared in double precision.
 *
 * How: what is known of a row's distance to the chosen rows is an upper bound of the present one,
 * since choosing more rows can only shrink it. So only the *front*, the rows whose bound is at least
 * some level, has to be looked at: each is compared with the rows chosen since its last look until
 * its bound falls below the level or none are left. Whatever is then still at least at that level
 * is farther than every other row, and the greedy selection can go on inside that group until it
 * falls below the level. Bounds come from float32 matrix products with a proven error; in the
 * group, where choices are made, distances are settled in double precision.
 *
 * When every row coincides with a chosen one the remaining rows follow, lowest index first, with
 * radius 0: always `count` different rows.
 *
 * Source: Gonzalez 1985; Roth et al. 2022, PatchCore, algorithm 1. Lazy evaluation of a greedy
 * choice: Minoux 1978.
 * Differs: the official PatchCore code keeps float32 distances, starts by default from rows that
 * it does not select (`approximateGreedy`), and visits all rows at every step. Anomalib before 2.4
 * does not select its start: `dropStart`.
 *
 * Cost: at most the O(N·count·D) of the readable version, as large matrix products and usually
 * about a third of it; O(N + count·D) memory beside the rows, which are never copied as a whole
 * (150 MB with the engine's own for 16,385 of 163,856 rows of 128). The event loop turns between
 * products.
 *
 * @param rows [N, D]
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite, count is not in 1…N or start in 0…N−1
 * @throws the signal's reason when it is aborted
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array([0, 1, 9, 10, 5]), shape: [5, 1] } as const;
 * const { indices, radii } = await kCenterGreedy(rows, { count: 3, start: 0 });
 * assertEquals([...indices], [0, 3, 4]);
 * assertEquals([...radii], [10, 5, 1]);
 * ```
 */
export async function kCenterGreedy(
  rows: Matrix,
  { count, start = 0, dropStart = false, progress, signal }: KCenterGreedyOptions,
): Promise<KCenterSelection> {
  const action = "select by greedy k-centre";
  expectShape(action, rows);
  expectKCenterOptions(action, rows, { count, start });
  signal?.throwIfAborted();
  if (dropStart) {
    const more = await kCenterGreedy(rows, {
      count: Math.min(count + 1, rows.shape[0]),
      start,
      progress: (chosen) => progress?.(Math.min(chosen, count)),
      signal,
    });
    return withoutStart(more, count);
  }
  const toStart = squaredDistancesBetween(rows, rows);
  await using distances = await lazyDistances(action, rows, {
    squared: Float64Array.from({ length: rows.shape[0] }, (_, i) => toStart(i, start)),
    most: count,
  });
  const indices = new Int32Array(count);
  const radii = new Float64Array(count);
  indices[0] = start;
  let chosen = 1;
  await farthestFirst(distances, {
    take(row, squared) {
      radii[chosen - 1] = Math.sqrt(squared);
      if (chosen === count) return false;
      indices[chosen++] = row;
      return true;
    },
    progress: () => progress?.(chosen),
    signal,
  });
  appendUnchosen(indices, chosen);
  progress?.(count);
  return { indices, radii };
}

/** Fills the selection with the rows not in it, lowest first. */
export function appendUnchosen(indices: Int32Array, chosen: number): void {
  const taken = new Set(indices.subarray(0, chosen));
  for (let row = 0; chosen < indices.length; row++) if (!taken.has(row)) indices[chosen++] = row;
}
