/** Thresholds other than "every distinct score", and how much passes each of them. */

import { cannot } from "../../errors.ts";
import type { AnomalyMap, Mask } from "../../types.ts";
import { labelledPixels } from "../labelled_scores.ts";
import { ladderOf } from "../ladder.ts";

/** Whether a score that equals a threshold is flagged. */
export type ThresholdRule = ">=" | ">";

/** Thresholds in ascending order, and the rule they are used by. */
export interface CoarseThresholds {
  readonly thresholds: Float64Array;
  readonly rule: ThresholdRule;
}

/** Which of n evenly spaced thresholds lie on the ends of the scores' range. */
export type ThresholdEnds = "lowest" | "highest" | "both";

/**
 * Evenly spaced thresholds over the range of scores, in float64.
 *
 *     "lowest"   t_i = min + i · (max − min) / n,        i = 0 … n − 1   (numpy's arange)
 *     "highest"  t_i = max − i · (max − min) / n,        i = 0 … n − 1
 *     "both"     t_i = min + i · (max − min) / (n − 1),  i = 0 … n − 1   (linspace)
 *
 * One outlier widens every step: a pixel that scores ten times the rest leaves a tenth of the
 * thresholds for all others.
 *
 * Cost: O(scores).
 *
 * @param lists scores, in as many lists as one likes, such as the data of maps
 * @returns in ascending order, [n]
 * @throws {RangeError} when there are no scores, they do not differ, one is not finite, or n is not
 * a whole number of at least 2
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([...evenThresholds([[0, 8]], { count: 4, ends: "lowest" })], [0, 2, 4, 6]);
 * assertEquals([...evenThresholds([[0, 8]], { count: 4, ends: "highest" })], [2, 4, 6, 8]);
 * assertEquals([...evenThresholds([[0], [8]], { count: 5, ends: "both" })], [0, 2, 4, 6, 8]);
 * ```
 */
export function evenThresholds(
  lists: readonly ArrayLike<number>[],
  { count, ends }: { readonly count: number; readonly ends: ThresholdEnds },
): Float64Array {
  const action = "space thresholds evenly";
  if (!(Number.isInteger(count) && count >= 2)) {
    throw cannot(action, "there must be at least 2, a whole number", String(count));
  }
  const { least, most } = rangeOf(action, lists);
  const step = (most - least) / (ends === "both" ? count - 1 : count);
  return Float64Array.from({ length: count }, (_, i) => {
    if (ends === "highest") return most - (count - 1 - i) * step;
    // The end itself, whatever the product is rounded to.
    return ends === "both" && i === count - 1 ? most : least + i * step;
  });
}

/**
 * Scores of normal pixels as thresholds: those at n evenly spaced places of their sorted list,
 * lowest and highest included. Several fall together where scores tie.
 *
 * Cost: O(pixels).
 *
 * @throws {RangeError} when there is no normal pixel, a NaN, a map and its mask differ in size, or n
 * is not a whole number of at least 2
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(9, 3, 1, 2, 4), shape: [1, 5] } as const;
 * const mask = { width: 5, height: 1, data: Uint8Array.of(1, 0, 0, 0, 0) };
 * assertEquals([...normalQuantileThresholds([map], [mask], { count: 3 })], [1, 2, 4]);
 * ```
 */
export function normalQuantileThresholds(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
  { count }: { readonly count: number },
): Float64Array {
  const action = "take normal pixels' scores as thresholds";
  if (!(Number.isInteger(count) && count >= 2)) {
    throw cannot(action, "there must be at least 2, a whole number", String(count));
  }
  const scores = labelledPixels(action, maps, masks);
  if (scores.normal === 0) throw cannot(action, "there must be normal pixels", "none");
  const { rungs, counts } = ladderOf(scores, 0);
  let rung = 0;
  let upTo = counts[0];
  return Float64Array.from({ length: count }, (_, i) => {
    const place = Math.floor(i * (scores.normal - 1) / (count - 1));
    while (place >= upTo) upTo += counts[++rung];
    return scores.scoreOf(rungs[rung]);
  });
}

/** The lowest and the highest score. */
export function rangeOf(
  action: string,
  lists: readonly ArrayLike<number>[],
): { readonly least: number; readonly most: number } {
  let least = Infinity;
  let most = -Infinity;
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      const score = list[i];
      // Written so that a NaN ends up in both.
      if (!(score >= least)) least = score;
      if (!(score <= most)) most = score;
    }
  }
  if (!(Number.isFinite(least) && Number.isFinite(most) && least < most)) {
    throw cannot(action, "scores must be finite and differ", `they span ${least}…${most}`);
  }
  return { least, most };
}

/** Refuses thresholds that are none, or out of order. */
export function checkThresholds(action: string, { thresholds }: CoarseThresholds): void {
  if (thresholds.length === 0) throw cannot(action, "there must be thresholds", "none");
  for (let i = 0; i < thresholds.length; i++) {
    if (!(i === 0 ? !Number.isNaN(thresholds[0]) : thresholds[i] >= thresholds[i - 1])) {
      throw cannot(
        action,
        "thresholds must be numbers in ascending order",
        `threshold ${i} is ${thresholds[i]}`,
      );
    }
  }
}

/** Thresholds with an index over them, so that a score finds its own in a step or two. */
export interface IndexedThresholds extends CoarseThresholds {
  /** Buckets a unit of score; 0 for one bucket. */
  readonly scale: number;
  /** The first threshold of each bucket, and n at the end. */
  readonly starts: Uint32Array;
}

/** At most 2¹⁸ buckets, 1 MiB. */
const MOST_BUCKETS = 2 ** 18;

/** Buckets of equal width over the thresholds' range, two a threshold. O(n). */
export function indexThresholds({ thresholds, rule }: CoarseThresholds): IndexedThresholds {
  const count = thresholds.length;
  const wanted = Math.min(MOST_BUCKETS, 2 * count);
  const perUnit = wanted / (thresholds[count - 1] - thresholds[0]);
  const even = Number.isFinite(perUnit) && perUnit > 0;
  const [scale, buckets] = even ? [perUnit, wanted] : [0, 1];
  const starts = new Uint32Array(buckets + 1).fill(count);
  let next = 0;
  for (let i = 0; i < count; i++) {
    const own = bucketOf(thresholds[i], thresholds[0], { scale, buckets });
    while (next <= own) starts[next++] = i;
  }
  return { thresholds, rule, scale, starts };
}

/** Never falls as the score rises: so thresholds in lower buckets are below, in higher ones above. */
function bucketOf(
  score: number,
  lowest: number,
  { scale, buckets }: { readonly scale: number; readonly buckets: number },
): number {
  const place = (score - lowest) * scale;
  return place < buckets ? Math.floor(place) : buckets - 1;
}

/** How many of the thresholds a score passes: these are always the lowest ones. */
export function passedBy(score: number, indexed: IndexedThresholds): number {
  const { thresholds, rule, scale, starts } = indexed;
  if (score < thresholds[0]) return 0;
  const bucket = bucketOf(score, thresholds[0], { scale, buckets: starts.length - 1 });
  let low = starts[bucket];
  let high = starts[bucket + 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const threshold = thresholds[middle];
    if (rule === ">" ? threshold < score : threshold <= score) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * What passes each threshold, from the highest down.
 *
 * @param exactly entry k: what passes exactly the k lowest of n thresholds, [n + 1]
 * @returns [n]
 */
export function fromHighest(exactly: Float64Array): Float64Array {
  const passed = new Float64Array(exactly.length - 1);
  let sum = 0;
  for (let i = 0; i < passed.length; i++) {
    sum += exactly[exactly.length - 1 - i];
    passed[i] = sum;
  }
  return passed;
}
