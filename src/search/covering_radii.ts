/** Covering radii of every prefix of a list of rows through the engine. */

import { expectCentres } from "../math/covering.ts";
import { squaredDistancesBetween } from "../math/distances.ts";
import { expectShape } from "../math/rows.ts";
import type { Matrix } from "../types.ts";
import { farthestOf } from "./farthest_first.ts";
import { frontOf } from "./front.ts";
import { lazyDistances } from "./lazy_distances.ts";

/** Who is told on the way. */
export interface CoveringRadiiOptions {
  /** Called now and then with the number of prefixes measured so far, at last with all. */
  readonly progress?: (measured: number) => void;
  /** Stops the measurement; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** Centres compared at once with the rows that may be farthest. */
const BLOCK = 512;

/**
 * The covering radii of all prefixes of a list of rows: the numbers of
 * {@linkcode coveringRadiiPlain}, whose docblock defines them, bit for bit.
 *
 * How: as in `kCenterGreedy`. The few rows that are farthest now are followed from centre to centre;
 * as long as one of them is farther than what is known of all others, none of these matters.
 *
 * Cost: at most O(N·C·D) for C centres, and far less when the radius falls slowly, as it does for
 * rows chosen at random: 163,856 rows of 128 and 1,638 centres take less time than choosing as
 * many greedily. O(N + C·D) memory beside the rows.
 *
 * @param rows [N, D]
 * @param order C row numbers, at least one, in any order; one may come twice
 * @returns [C], double precision
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite, or order is empty or not in 0…N−1
 * @throws the signal's reason when it is aborted
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array([0, 1, 9, 10, 5]), shape: [5, 1] } as const;
 * assertEquals([...await coveringRadii(rows, [4, 0, 3])], [5, 5, 1]);
 * ```
 */
export async function coveringRadii(
  rows: Matrix,
  order: ArrayLike<number>,
  { progress, signal }: CoveringRadiiOptions = {},
): Promise<Float64Array> {
  const action = "measure covering radii";
  expectShape(action, rows);
  expectCentres(action, rows, order);
  signal?.throwIfAborted();
  const centres = Int32Array.from(order);
  const toFirst = squaredDistancesBetween(rows, rows);
  await using distances = await lazyDistances(action, rows, {
    squared: Float64Array.from({ length: rows.shape[0] }, (_, i) => toFirst(i, centres[0])),
    most: centres.length,
  });
  const { squared } = distances;
  const radii = new Float64Array(centres.length);
  let ceiling = squared.reduce((most, value) => Math.max(most, value), 0);
  let added = 1;
  for (;;) {
    progress?.(added);
    signal?.throwIfAborted();
    const front = await frontOf(distances, ceiling, signal);
    // Where every row coincides with a centre all further radii are 0, as they are already.
    if (front === undefined) break;
    const { members, level } = front;
    let farthest = squared[members[farthestOf(members, squared)]];
    radii[added - 1] = Math.sqrt(farthest);
    if (added === centres.length) break;
    const next = centres.subarray(added, added + BLOCK);
    const group = await distances.group(members, next);
    for (let place = 0; place < next.length && farthest >= level; place++) {
      group.add(place);
      added++;
      farthest = squared[members[farthestOf(members, squared)]];
      if (farthest >= level) radii[added - 1] = Math.sqrt(farthest);
    }
    ceiling = Math.max(farthest, level);
  }
  progress?.(centres.length);
  return radii;
}
