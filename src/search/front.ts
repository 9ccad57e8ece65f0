/** The rows that may be farthest from all centres, found without looking at the others. */

import type { LazyDistances } from "./lazy_distances.ts";

/** About how many of the rows that may be farthest are looked at together. */
const FRONT = 8192;

/** The front is worth choosing from when this many rows remain in it. */
const ENOUGH = 128;

/** The most rows among which centres are chosen without looking at any other. */
const LARGEST_GROUP = 512;

/** Bins of the histogram that finds the front. */
const BINS = 4096;

/** Settled rows, and what is known of all others. */
export interface Front {
  /** Ascending. */
  readonly members: Int32Array;
  /** No row outside is farther than this. */
  readonly level: number;
  /** The lowest row outside that may be just as far as the level; Infinity when none may. */
  readonly outside: number;
}

/**
 * The farthest rows, settled; undefined when every row coincides with a chosen one.
 *
 * @param ceiling at least every known distance
 */
export async function frontOf(
  distances: LazyDistances,
  ceiling: number,
  signal?: AbortSignal,
): Promise<Front | undefined> {
  const { squared } = distances;
  for (;;) {
    const candidates = farthestRows(squared, ceiling);
    if (candidates.length === 0) return undefined;
    const lowest = candidates.reduce((least, row) => Math.min(least, squared[row]), Infinity);
    const lowered = await distances.lower(candidates, lowest);
    signal?.throwIfAborted();
    const order = candidates.filter((row) => squared[row] >= lowest)
      .sort((a, b) => squared[b] - squared[a] || a - b);
    const level = order.length > LARGEST_GROUP ? squared[order[LARGEST_GROUP]] : lowest;
    const outside = order.length > LARGEST_GROUP ? order[LARGEST_GROUP] : Infinity;
    const settled = await distances.settle(order.subarray(0, LARGEST_GROUP));
    const members = order.subarray(0, LARGEST_GROUP).filter((row) => squared[row] >= level).sort();
    // With nothing left to find out about it a small front cannot grow by another look.
    if (members.length >= ENOUGH || !(lowered || settled)) return { members, level, outside };
  }
}

/**
 * About the {@linkcode FRONT} rows with the largest known distances above 0, ascending by row: the
 * fullest bins of a histogram from above that hold no more than that, or one bin that holds more.
 * Every row left out is nearer than every row taken.
 */
function farthestRows(squared: Float64Array, ceiling: number): Int32Array {
  if (ceiling === 0) return new Int32Array(0);
  const scale = BINS / ceiling;
  const bins = new Int32Array(BINS + 1);
  for (let i = 0; i < squared.length; i++) if (squared[i] > 0) bins[(squared[i] * scale) | 0]++;
  let lowest = BINS;
  let taken = bins[BINS];
  while (lowest > 0 && (taken === 0 || taken + bins[lowest - 1] <= FRONT)) taken += bins[--lowest];
  const rows = new Int32Array(taken);
  for (let i = 0, at = 0; at < taken; i++) {
    if (squared[i] > 0 && ((squared[i] * scale) | 0) >= lowest) rows[at++] = i;
  }
  return rows;
}
