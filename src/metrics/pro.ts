/** Per-region overlap: how well maps localise defects, each defect counting equally. */

import { cannot } from "../errors.ts";
import type { AnomalyMap, Mask } from "../types.ts";
import { type Components, connectedComponents } from "./components.ts";
import { labelledPixels, type LabelledScores, orderKey } from "./labelled_scores.ts";
import { type Ladder, ladderOf, slotBuffer, slotCounts, slotsOf } from "./ladder.ts";

/** Points of a PRO curve, from (0, 0) to (1, 1); all three arrays are equally long. */
export interface ProCurve {
  /** Fraction of all normal pixels of all images with scores ≥ threshold. */
  readonly falsePositiveRate: Float64Array;
  /** Covered fraction (scores ≥ threshold) of a ground-truth region, mean over all regions. */
  readonly perRegionOverlap: Float64Array;
  /** In descending order; the first is +∞ and stands for "nothing is flagged". */
  readonly thresholds: Float64Array;
}

/** The default false-positive rate up to which the area is taken. */
export const LIMIT = 0.3;

/** Options of {@linkcode aupro}. */
export interface AuproOptions {
  /** The false-positive rate up to which the area is taken, in (0, 1]. Default 0.3. */
  readonly limit?: number;
}

/**
 * Area under the PRO curve up to a false-positive rate of `limit`, divided by `limit`.
 *
 * At least four incompatible definitions of this number circulate. This is the one computed here:
 *
 * - *Regions* are the 8-connected components of each mask. PRO(t) = mean over all regions of all
 *   images of the fraction of the region's pixels with score ≥ t: a region of ten pixels weighs
 *   as much as one of ten thousand.
 * - *False-positive rate*: FPR(t) = the fraction of normal pixels with score ≥ t, over the normal
 *   pixels of all images together. Images without defect give normal pixels only.
 * - *Thresholds*: every distinct score of any pixel. Equal scores enter together, so a tie of
 *   normal and defective pixels is one slanted piece of the curve, not two steps.
 * - *Start*: the curve starts at (0, 0), the threshold above all scores, even when the first
 *   distinct score already has a false-positive rate above zero.
 * - *Area*: straight lines between neighbouring points (trapezoids). The piece that crosses
 *   `limit` is cut there, its PRO interpolated linearly; nothing beyond is counted.
 *
 *     AUPRO = 1/limit · ∫₀^limit PRO d FPR
 *
 * Cost: O(pixels), plus O(a) for sorting the a defective pixels; normal pixels are not sorted.
 *
 * Source: Bergmann, Batzner, Fauser, Sattlegger and Steger, "The MVTec Anomaly Detection Dataset",
 * IJCV 2021, for the measure and the cut at 0.3; the exact form is stated above.
 * Differs: others take 200 or 1,000 evenly spaced thresholds; do not cut the curve at 0.3; divide by
 * the last false-positive rate reached instead of by the limit (anomalib up to 2.2); average one
 * false-positive rate a region or an image; leave out images without defect; or use 4-connected
 * regions. Compare only numbers that were computed alike.
 *
 * @param maps raw scores, higher = more anomalous, each [H, W]; sizes may differ between images
 * @param masks 0 normal, 1 anomalous, in the maps' order and sizes
 * @returns a number in 0…1; `limit` / 2 is chance
 * @throws {RangeError} when there is no region or no normal pixel, a NaN, a mask value that is not
 * 0 or 1, a map and its mask differ in size, or the limit is not in (0, 1]
 *
 * @example One region of two pixels; half of it is covered before the first false alarm
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * const map = { data: Float32Array.of(9, 1, 1, 1, 1, 0), shape: [2, 3] } as const;
 * const mask = { width: 3, height: 2, data: Uint8Array.of(1, 1, 0, 0, 0, 0) };
 * // From (0, ½) straight to (¾, 1), as the second pixel ties with three of four normal ones.
 * assertAlmostEquals(aupro([map], [mask], { limit: 0.3 }), 0.6);
 * ```
 */
export function aupro(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
  { limit = LIMIT }: AuproOptions = {},
): number {
  checkLimit(limit);
  return areaUpTo(limit, pointsUpTo(limit, regionsOf(maps, masks))) / limit;
}

/**
 * The PRO curve, exact; see {@linkcode aupro} for the definition. A point stands at every distinct
 * score of a defective pixel, and at both ends of each level piece between them: the thresholds
 * inside a level piece, where only normal pixels are added, lie on it and are left out.
 *
 * Cost: O(pixels).
 *
 * @param maps raw scores, higher = more anomalous, each [H, W]
 * @param masks 0 normal, 1 anomalous, in the maps' order and sizes
 * @returns rates and thresholds, at most twice as many as defective pixels, plus two
 * @throws {RangeError} as {@linkcode aupro}
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(4, 3, 2, 1), shape: [1, 4] } as const;
 * const mask = { width: 4, height: 1, data: Uint8Array.of(1, 0, 0, 1) };
 * const curve = proCurve([map], [mask]);
 * assertEquals([...curve.thresholds], [Infinity, 4, 2, 1]);
 * assertEquals([...curve.falsePositiveRate], [0, 0, 1, 1]);
 * assertEquals([...curve.perRegionOverlap], [0, 0.5, 0.5, 1]);
 * ```
 */
export function proCurve(maps: readonly AnomalyMap[], masks: readonly Mask[]): ProCurve {
  const regions = regionsOf(maps, masks);
  const { ladder, scores } = regions;
  const { slots, ...rates } = pointsUpTo(1, regions);
  const lowest = lowestNormalKeys(ladder, scores);
  const thresholds = Float64Array.from(slots, (slot) => {
    if (slot > 2 * ladder.rungs.length) return Infinity;
    return scores.scoreOf(slot % 2 === 1 ? ladder.rungs[slot >> 1] : lowest[slot]);
  });
  return { ...rates, thresholds };
}

/**
 * The definition of {@linkcode aupro} word by word: at every distinct score, all pixels are looked
 * at anew. Its plain twin.
 *
 * Cost: O(distinct scores · pixels).
 *
 * @param maps raw scores, each [H, W]
 * @param masks 0 normal, 1 anomalous
 * @returns a number in 0…1
 * @throws {RangeError} as {@linkcode aupro}
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(2, 1, 1, 0), shape: [2, 2] } as const;
 * const mask = { width: 2, height: 2, data: Uint8Array.of(1, 0, 0, 0) };
 * assertEquals(auproByThresholds([map], [mask]), 1);
 * ```
 */
export function auproByThresholds(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
  { limit = LIMIT }: AuproOptions = {},
): number {
  checkLimit(limit);
  const { scores, components } = regionsOf(maps, masks);
  const thresholds = [...new Set(maps.flatMap((map) => [...map.data]))].sort((a, b) => b - a);
  const falsePositiveRate = [0];
  const perRegionOverlap = [0];
  for (const threshold of thresholds) {
    let falsePositives = 0;
    const fractions: number[] = [];
    maps.forEach((map, i) => {
      const { labels, sizes } = components[i];
      const covered = new Array<number>(sizes.length).fill(0);
      map.data.forEach((score, pixel) => {
        if (score < threshold) return;
        if (labels[pixel] === 0) falsePositives++;
        else covered[labels[pixel] - 1]++;
      });
      fractions.push(...covered.map((count, region) => count / sizes[region]));
    });
    falsePositiveRate.push(falsePositives / scores.normal);
    perRegionOverlap.push(fractions.reduce((sum, fraction) => sum + fraction) / fractions.length);
  }
  return areaUpTo(limit, { falsePositiveRate, perRegionOverlap }) / limit;
}

/** Refuses a limit that is none. */
export function checkLimit(limit: number): void {
  if (!(limit > 0 && limit <= 1)) {
    throw cannot("compute AUPRO", "its false-positive limit must be in (0, 1]", String(limit));
  }
}

/** Checked pixels, the components of each mask, and the ladder of the defective pixels. */
export interface Regions {
  readonly scores: LabelledScores;
  readonly components: readonly Components[];
  readonly ladder: Ladder;
}

/** Checks maps and masks, and finds their regions. */
export function regionsOf(maps: readonly AnomalyMap[], masks: readonly Mask[]): Regions {
  const scores = pixelsWithRegions(maps, masks);
  return { scores, components: masks.map(connectedComponents), ladder: ladderOf(scores, 1) };
}

/** Checks maps and masks, and that there are regions and normal pixels. */
export function pixelsWithRegions(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
): LabelledScores {
  const scores = labelledPixels("compute PRO", maps, masks);
  if (scores.anomalous === 0) {
    throw cannot("compute PRO", "a mask must hold a region", `${masks.length} masks, all empty`);
  }
  if (scores.normal === 0) {
    throw cannot("compute PRO", "there must be normal pixels", "masks that cover everything");
  }
  return scores;
}

/** Points of a curve, and the slot of the ladder that each one closes. */
export interface Points extends Pick<ProCurve, "falsePositiveRate" | "perRegionOverlap"> {
  /** The point (0, 0) has the slot 2R + 1, above all others. */
  readonly slots: Uint32Array;
}

/** What the points of a curve are made of, for a ladder of R rungs. */
export interface CountedSlots {
  /** Normal pixels of all images. */
  readonly normal: number;
  /** Normal pixels in each slot, [2R + 1]. */
  readonly counts: Uint32Array;
  /** What each rung adds to the mean overlap, [R]. */
  readonly overlaps: Float64Array;
}

/** The curve from (0, 0) to its first point beyond `limit`, or to its end. */
export function pointsUpTo(limit: number, { scores, components, ladder }: Regions): Points {
  const overlaps = overlapPerRung(ladder, scores, components);
  const counts = slotCounts(ladder, scores, 0);
  return pointsOfSlots(limit, { normal: scores.normal, counts, overlaps });
}

/** The curve from (0, 0) to its first point beyond `limit`, or to its end. */
export function pointsOfSlots(limit: number, { normal, counts, overlaps }: CountedSlots): Points {
  const above = counts.length - 1;
  const falsePositiveRate = new Float64Array(above + 2);
  const perRegionOverlap = new Float64Array(above + 2);
  const slots = new Uint32Array(above + 2);
  slots[0] = above + 1;
  let points = 1;
  let falsePositives = 0;
  let overlap = 0;
  for (let slot = above; slot >= 0 && falsePositives <= limit * normal; slot--) {
    const onRung = slot % 2 === 1;
    if (!onRung && counts[slot] === 0) continue;
    falsePositives += counts[slot];
    if (onRung) overlap += overlaps[slot >> 1];
    falsePositiveRate[points] = falsePositives / normal;
    // At the lowest rung every region is covered: 1 by definition, not by a rounded sum.
    perRegionOverlap[points] = slot <= 1 ? 1 : overlap;
    slots[points++] = slot;
  }
  return {
    falsePositiveRate: falsePositiveRate.subarray(0, points),
    perRegionOverlap: perRegionOverlap.subarray(0, points),
    slots: slots.subarray(0, points),
  };
}

/** What each rung adds to the mean overlap: every pixel 1 / (its region's size · regions), [R]. */
function overlapPerRung(
  ladder: Ladder,
  scores: LabelledScores,
  components: readonly Components[],
): Float64Array {
  const regions = components.reduce((sum, { sizes }) => sum + sizes.length, 0);
  const overlaps = new Float64Array(ladder.rungs.length);
  const slots = slotBuffer(scores);
  scores.parts.forEach((part, i) => {
    const { labels, sizes } = components[i];
    if (sizes.length === 0) return;
    const shares = Float64Array.from(sizes, (size) => 1 / (size * regions));
    slotsOf(ladder, part, 1, slots);
    for (let pixel = 0, next = 0; pixel < labels.length; pixel++) {
      if (labels[pixel] > 0) overlaps[slots[next++] >> 1] += shares[labels[pixel] - 1];
    }
  });
  return overlaps;
}

/** The lowest order key of the normal pixels in each slot, [2R + 1]. */
function lowestNormalKeys(ladder: Ladder, scores: LabelledScores): Int32Array {
  const lowest = new Int32Array(2 * ladder.rungs.length + 1).fill(0x7fffffff);
  const slots = slotBuffer(scores);
  for (const part of scores.parts) {
    slotsOf(ladder, part, 0, slots);
    const { bits, labels } = part;
    for (let pixel = 0, next = 0; pixel < bits.length; pixel++) {
      if (labels[pixel] !== 0) continue;
      const slot = slots[next++];
      lowest[slot] = Math.min(lowest[slot], orderKey(bits[pixel]));
    }
  }
  return lowest;
}

/** The area under straight lines between points, from FPR 0 to `limit`. */
export function areaUpTo(limit: number, { falsePositiveRate: x, perRegionOverlap: y }: {
  readonly falsePositiveRate: ArrayLike<number>;
  readonly perRegionOverlap: ArrayLike<number>;
}): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) {
    if (x[i] > limit) {
      const atLimit = y[i - 1] + (y[i] - y[i - 1]) * (limit - x[i - 1]) / (x[i] - x[i - 1]);
      return area + (limit - x[i - 1]) * (atLimit + y[i - 1]) / 2;
    }
    area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
  }
  return area;
}
