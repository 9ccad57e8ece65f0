/** Greedy k-centre selection through the engine: the rows of the readable one, much sooner. */

import {
  expectKCenterOptions,
  type KCenterOptions,
  type KCenterSelection,
} from "../math/k_center.ts";
import { expectShape } from "../math/rows.ts";
import type { Matrix } from "../types.ts";
import { type LazyDistances, lazyDistances } from "./lazy_distances.ts";

/** How many rows are chosen, from which start, and who is told on the way. */
export interface KCenterGreedyOptions extends KCenterOptions {
  /** Called now and then with the number of rows chosen so far, at last with `count`. */
  readonly progress?: (chosen: number) => void;
  /** Stops the selection; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** About how many of the farthest rows are brought up to date at a time. */
const FRONT = 8192;

/** The front is worth choosing from when this many rows remain in it. */
const ENOUGH = 128;

/** The most rows among which centres are chosen without looking at any other. */
const LARGEST_GROUP = 512;

/** Bins of the histogram that finds the front. */
const BINS = 4096;

/**
 * Greedy k-centre selection, farthest-first: the same rows in the same order, and the same radii,
 * as {@linkcode kCenterGreedyPlain}, whose docblock defines both; ties go to the lowest index,
 * compared in double precision.
 *
 * How: a row's last known distance to the chosen rows is an upper bound of the present one, since
 * choosing more rows can only shrink it. So only the *front*, the rows whose bound is at least
 * some level, has to be brought up to date; whatever is then still at least at that level is
 * farther than every other row, and the greedy selection can go on inside that group until it falls
 * below the level. Distances come from float32 matrix products with a proven error bound and are
 * settled in double precision wherever that bound leaves a choice.
 *
 * When every row coincides with a chosen one the remaining rows follow, lowest index first, with
 * radius 0: always `count` different rows.
 *
 * Source: Gonzalez 1985; Roth et al. 2022, PatchCore, algorithm 1. Lazy evaluation of a greedy
 * choice: Minoux 1978.
 * Differs: the official PatchCore code keeps float32 distances, starts by default from rows that
 * it does not select, and visits all rows at every step.
 *
 * Cost: at most the O(N·count·D) of the readable version, as large matrix products and usually
 * about half of it; O(N + count·D) memory beside the rows, which are never copied as a whole
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
  { count, start = 0, progress, signal }: KCenterGreedyOptions,
): Promise<KCenterSelection> {
  const action = "select by greedy k-centre";
  expectShape(action, rows);
  expectKCenterOptions(action, rows, { count, start });
  signal?.throwIfAborted();
  await using distances = await lazyDistances(action, rows, { start, most: count });
  const { squared } = distances;
  const indices = new Int32Array(count);
  const radii = new Float64Array(count);
  indices[0] = start;
  let chosen = 1;
  let farthest = squared.reduce((most, value) => Math.max(most, value), 0);

  for (;;) {
    progress?.(chosen);
    signal?.throwIfAborted();
    const front = await frontOf(distances, farthest, signal);
    if (front === undefined) break;
    const group = await distances.group(front.members);
    for (;;) {
      const place = farthestOf(front.members, squared);
      farthest = squared[front.members[place]];
      if (!isAhead(front, front.members[place], farthest)) break;
      radii[chosen - 1] = Math.sqrt(farthest);
      if (chosen === count) {
        progress?.(count);
        return { indices, radii };
      }
      indices[chosen++] = front.members[place];
      group.add(place);
    }
    farthest = front.level;
  }
  appendUnchosen(indices, chosen);
  progress?.(count);
  return { indices, radii };
}

/** Rows up to date, and what is known of all others. */
interface Front {
  /** Ascending. */
  readonly members: Int32Array;
  /** No row outside is farther than this. */
  readonly level: number;
  /** The lowest row outside that may be just as far as the level; Infinity when none may. */
  readonly outside: number;
}

/** Whether a member at a distance comes before every row outside, ties to the lowest index. */
function isAhead({ level, outside }: Front, member: number, squared: number): boolean {
  return squared > level || (squared === level && member < outside);
}

/**
 * The farthest rows, up to date; undefined when every row coincides with a chosen one.
 *
 * @param ceiling at least every known distance
 */
async function frontOf(
  distances: LazyDistances,
  ceiling: number,
  signal?: AbortSignal,
): Promise<Front | undefined> {
  const { squared } = distances;
  for (;;) {
    let members = farthestRows(squared, ceiling);
    if (members.length === 0) return undefined;
    const level = members.reduce((least, row) => Math.min(least, squared[row]), Infinity);
    const stale = members.filter(distances.isStale);
    await distances.refresh(stale);
    signal?.throwIfAborted();
    members = members.filter((row) => squared[row] >= level);
    if (members.length > LARGEST_GROUP) {
      const order = Array.from(members).sort((a, b) => squared[b] - squared[a] || a - b);
      return {
        members: Int32Array.from(order.slice(0, LARGEST_GROUP)).sort(),
        level: squared[order[LARGEST_GROUP]],
        outside: order[LARGEST_GROUP],
      };
    }
    // With nothing stale left in it a small front cannot grow by another look.
    if (members.length >= ENOUGH || stale.length === 0) {
      return { members, level, outside: Infinity };
    }
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

/** The place of the member with the largest distance, the first of equals. */
function farthestOf(members: Int32Array, squared: Float64Array): number {
  let place = 0;
  for (let m = 1; m < members.length; m++) {
    if (squared[members[m]] > squared[members[place]]) place = m;
  }
  return place;
}

/** Fills the selection with the rows not in it, lowest first. */
function appendUnchosen(indices: Int32Array, chosen: number): void {
  const taken = new Set(indices.subarray(0, chosen));
  for (let row = 0; chosen < indices.length; row++) if (!taken.has(row)) indices[chosen++] = row;
}
