/** The loop of every greedy selection: the farthest row becomes the next centre. */

import { type Front, frontOf } from "./front.ts";
import type { LazyDistances } from "./lazy_distances.ts";

/** Who decides, and who watches. */
export interface FarthestFirstOptions {
  /** Is shown the farthest row and its squared distance; whether it shall become a centre. */
  take(row: number, squared: number): boolean;
  /** Called now and then. */
  readonly progress?: () => void;
  /** Stops the selection; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Makes the row farthest from all centres a centre, ties to the lowest index, until `take` refuses
 * one or every row coincides with a centre.
 *
 * Only the front has to be looked at; inside it the selection goes on until it falls below what
 * is known of all other rows. The event loop turns between fronts.
 *
 * @throws the signal's reason when it is aborted
 */
export async function farthestFirst(
  distances: LazyDistances,
  { take, progress, signal }: FarthestFirstOptions,
): Promise<void> {
  const { squared } = distances;
  let farthest = squared.reduce((most, value) => Math.max(most, value), 0);
  for (;;) {
    progress?.();
    signal?.throwIfAborted();
    const front = await frontOf(distances, farthest, signal);
    if (front === undefined) return;
    const { members } = front;
    const group = await distances.group(members, members);
    for (;;) {
      const place = farthestOf(members, squared);
      farthest = squared[members[place]];
      if (!isAhead(front, members[place], farthest)) break;
      if (!take(members[place], farthest)) return;
      group.add(place);
    }
    farthest = front.level;
  }
}

/** Whether a member at a distance comes before every row outside, ties to the lowest index. */
function isAhead({ level, outside }: Front, member: number, squared: number): boolean {
  return squared > level || (squared === level && member < outside);
}

/** The place of the member with the largest distance, the first of equals. */
export function farthestOf(members: Int32Array, squared: Float64Array): number {
  let place = 0;
  for (let m = 1; m < members.length; m++) {
    if (squared[members[m]] > squared[members[place]]) place = m;
  }
  return place;
}
