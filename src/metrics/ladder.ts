/**
 * The exact counting behind AUROC, average precision and PRO: sort one class only.
 *
 * The distinct scores of the sorted class are the *rungs* of a ladder. Every score of the other
 * class falls into one *slot*: on a rung (a tie), or between two. Which scores of the other class
 * share a slot in which order changes none of these metrics, so counting them is enough; the
 * larger class is never sorted and never copied.
 *
 * Slots, for R rungs in ascending order: slot 2r lies below rung r (and above rung r − 1),
 * slot 2r + 1 is rung r itself, slot 2R lies above the last rung.
 */

import { type LabelledScores, orderKey, type Part } from "./labelled_scores.ts";
import { type RungIndex, rungIndex, withinSegment } from "./rung_index.ts";

/** Distinct order keys of one class, and an index that finds a key's slot quickly. */
export interface Ladder extends RungIndex {
  /** Distinct order keys in ascending order, [R]. */
  readonly rungs: Int32Array;
  /** How many scores of the sorted class lie on each rung, [R]. */
  readonly counts: Uint32Array;
}

/** Which scores to look at: 0 the normal ones, 1 the anomalous ones, "all" both. */
export type Wanted = 0 | 1 | "all";

/** Below this many keys the engine's own sort is faster than the passes over the histograms. */
const RADIX_FROM = 4096;

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/** Up to this many rungs of a bucket are tried one after the other: sooner done than halving. */
const FEW = 4;

/** The ladder of one class (or of all scores). O(m) for m such scores. */
export function ladderOf(scores: LabelledScores, wanted: Wanted): Ladder {
  const sorted = sortedKeys(scores, wanted);
  const counts = new Uint32Array(sorted.length);
  let last = -1;
  for (let i = 0; i < sorted.length; i++) {
    if (last < 0 || sorted[i] !== sorted[last]) sorted[++last] = sorted[i];
    counts[last]++;
  }
  const rungs = sorted.subarray(0, last + 1);
  return { rungs, counts: counts.subarray(0, last + 1), ...rungIndex(rungs) };
}

/**
 * The slots of the wanted scores of one part, in their order, written to the front of `slots`.
 * O(1) a score on usual data, O(log R) at worst.
 *
 * @returns how many were written
 */
export function slotsOf(ladder: Ladder, part: Part, wanted: 0 | 1, slots: Uint32Array): number {
  const { rungs, segmentShift, segments, starts } = ladder;
  const { bits, labels } = part;
  const lowest = rungs[0];
  const highest = rungs[rungs.length - 1];
  const above = 2 * rungs.length;
  const within = withinSegment(ladder);
  let written = 0;
  for (let i = 0; i < bits.length; i++) {
    if (labels[i] !== wanted) continue;
    const key = orderKey(bits[i]);
    if (key < lowest) slots[written++] = 0;
    else if (key > highest) slots[written++] = above;
    else {
      const distance = (key - lowest) | 0;
      const segment = segments[distance >>> segmentShift];
      const bucket = (segment >> 5) + ((distance & within) >>> (segment & 31));
      let low = starts[bucket];
      let high = starts[bucket + 1];
      while (high - low > FEW) {
        const middle = (low + high) >>> 1;
        if (rungs[middle] < key) low = middle + 1;
        else high = middle;
      }
      // Ends in this bucket or at the first rung above it, which is higher than the key.
      while (rungs[low] < key) low++;
      slots[written++] = rungs[low] === key ? 2 * low + 1 : 2 * low;
    }
  }
  return written;
}

/** How many of the wanted scores fall into each slot, [2R + 1]. */
export function slotCounts(ladder: Ladder, scores: LabelledScores, wanted: 0 | 1): Uint32Array {
  const counts = new Uint32Array(2 * ladder.rungs.length + 1);
  const slots = slotBuffer(scores);
  for (const part of scores.parts) {
    const written = slotsOf(ladder, part, wanted, slots);
    for (let i = 0; i < written; i++) counts[slots[i]]++;
  }
  return counts;
}

/** A buffer for the slots of any one part. */
export function slotBuffer({ parts }: LabelledScores): Uint32Array {
  return new Uint32Array(parts.reduce((most, { bits }) => Math.max(most, bits.length), 0));
}

/** The order keys of the wanted scores in ascending order. */
function sortedKeys(scores: LabelledScores, wanted: Wanted): Int32Array {
  const { anomalous, normal, parts } = scores;
  const count = wanted === "all" ? anomalous + normal : wanted === 1 ? anomalous : normal;
  const keys = new Int32Array(count);
  let written = 0;
  for (const { bits, labels } of parts) {
    for (let i = 0; i < bits.length; i++) {
      if (wanted === "all" || labels[i] === wanted) keys[written++] = orderKey(bits[i]);
    }
  }
  return count < RADIX_FROM ? keys.sort() : radixSort(keys);
}

/**
 * Sorts by the lowest digit first, three digits of 11 bits; a digit that all keys share is
 * skipped. `keys` is used up. O(m).
 */
function radixSort(keys: Int32Array): Int32Array {
  let from = keys;
  let to: Int32Array = new Int32Array(keys.length);
  const offsets = new Uint32Array(DIGITS);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    // Flipping the sign bit puts negative keys first when digits are read as unsigned.
    offsets.fill(0);
    for (let i = 0; i < from.length; i++) {
      offsets[((from[i] ^ 0x80000000) >>> shift) & (DIGITS - 1)]++;
    }
    if (offsets[((from[0] ^ 0x80000000) >>> shift) & (DIGITS - 1)] === from.length) continue;
    let start = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const count = offsets[digit];
      offsets[digit] = start;
      start += count;
    }
    for (let i = 0; i < from.length; i++) {
      const key = from[i];
      to[offsets[((key ^ 0x80000000) >>> shift) & (DIGITS - 1)]++] = key;
    }
    [from, to] = [to, from];
  }
  return from;
}
