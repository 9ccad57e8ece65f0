/** The receiver operating characteristic: how well scores separate anomalous from normal. */

import {
  labelledPixels,
  type LabelledScores,
  labelledScores,
  type Labels,
  requireBothClasses,
  type Scores,
} from "./labelled_scores.ts";
import { type Ladder, ladderOf, slotCounts } from "./ladder.ts";
import type { AnomalyMap, Mask } from "../types.ts";

/** Points of a ROC curve, from (0, 0) to (1, 1); all three arrays are equally long. */
export interface RocCurve {
  /** Fraction of normal scores ≥ threshold. */
  readonly falsePositiveRate: Float64Array;
  /** Fraction of anomalous scores ≥ threshold. */
  readonly truePositiveRate: Float64Array;
  /** In descending order; the first is +∞ and stands for "nothing is flagged". */
  readonly thresholds: Float64Array;
}

/** Options of {@linkcode rocCurve}. */
export interface RocCurveOptions {
  /** Leave out points on the straight line between their neighbours. Default false. */
  readonly dropCollinear?: boolean;
}

/**
 * Area under the ROC curve of image scores: the chance that an anomalous image scores higher than
 * a normal one, ties counting half.
 *
 *     AUROC = (#{(a, n) : a > n} + ½ #{(a, n) : a = n}) / (#a · #n)
 *
 * Exact: pairs are counted in whole numbers (as long as 2 · #a · #n < 2⁵³), and divided once.
 * Only the order of scores matters; ±∞ are ordinary extremes, −0 ties with +0.
 *
 * Cost: O(n) for float32 scores (or numbers that are float32 values), usually one look-up a score;
 * O(n log n) for scores that need float64.
 *
 * Source: Mann and Whitney 1947; Hanley and McNeil 1982.
 * Differs: codes that bin the scores, or take 200 thresholds, give an approximation.
 *
 * @param scores higher = more anomalous, any unit, [n]
 * @param labels 0 normal, 1 anomalous, [n]
 * @returns a number in 0…1; 0.5 is chance
 * @throws {RangeError} when there are no scores, only one class, a NaN, a label that is not 0 or 1,
 * or lengths differ
 *
 * @example Three of the four pairs are in the right order
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(auroc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), 0.75);
 * ```
 */
export function auroc(scores: Scores, labels: Labels): number {
  return area("compute AUROC", labelledScores("compute AUROC", scores, labels));
}

/**
 * The definition of AUROC word by word: every anomalous score against every normal one.
 * The plain twin of {@linkcode auroc}.
 *
 * Cost: O(#a · #n).
 *
 * @param scores higher = more anomalous, [n]
 * @param labels 0 normal, 1 anomalous, [n]
 * @returns a number in 0…1
 * @throws {RangeError} as {@linkcode auroc}
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(aurocByPairs([1, 2, 2, 3], [0, 0, 1, 1]), 0.875);
 * ```
 */
export function aurocByPairs(scores: Scores, labels: Labels): number {
  requireBothClasses("compute AUROC", labelledScores("compute AUROC", scores, labels));
  const anomalous = Array.from(scores).filter((_, i) => Number(labels[i]) === 1);
  const normal = Array.from(scores).filter((_, i) => Number(labels[i]) === 0);
  let won = 0;
  for (const a of anomalous) {
    for (const n of normal) won += a > n ? 1 : a === n ? 0.5 : 0;
  }
  return won / (anomalous.length * normal.length);
}

/**
 * Area under the ROC curve over all pixels of all test images together, good images included.
 * The definition of {@linkcode auroc}; maps are read in place, never joined: beyond them memory
 * grows with the rarer class only.
 *
 * Cost: O(pixels).
 *
 * Differs: the mean of one AUROC an image is another number, and undefined for good images;
 * maps scaled to 0…1 one by one give another number again.
 *
 * @param maps raw scores, higher = more anomalous, each [H, W]; sizes may differ between images
 * @param masks 0 normal, 1 anomalous, in the maps' order and sizes
 * @returns a number in 0…1; 0.5 is chance
 * @throws {RangeError} when there are no pixels, only one class, a NaN, a mask value that is not 0
 * or 1, or a map and its mask differ in size
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(0.1, 0.4, 0.35, 0.8), shape: [2, 2] } as const;
 * const mask = { width: 2, height: 2, data: Uint8Array.of(0, 0, 1, 1) };
 * assertEquals(pixelAuroc([map], [mask]), 0.75);
 * ```
 */
export function pixelAuroc(maps: readonly AnomalyMap[], masks: readonly Mask[]): number {
  return area("compute pixel AUROC", labelledPixels("compute pixel AUROC", maps, masks));
}

/**
 * The ROC curve, exact: one point for each distinct score, and the point (0, 0) before them.
 * A point's rates count scores ≥ its threshold. Its trapezoid area is {@linkcode auroc}.
 *
 * Cost: O(n) for float32 scores, O(n log n) for scores that need float64.
 *
 * Differs: `sklearn.metrics.roc_curve` drops collinear points by default, and only those between
 * equal steps; `dropCollinear` drops every one, checked in whole numbers, so that the curve stays
 * the same set of points in the plane. When +∞ is a score it appears as a threshold a second time.
 *
 * @param scores higher = more anomalous, [n]
 * @param labels 0 normal, 1 anomalous, [n]
 * @returns rates and thresholds, [distinct scores + 1], fewer with `dropCollinear`
 * @throws {RangeError} as {@linkcode auroc}
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const curve = rocCurve([0.25, 0.5, 0.5, 0.75], [0, 0, 1, 1]);
 * assertEquals([...curve.falsePositiveRate], [0, 0, 0.5, 1]);
 * assertEquals([...curve.truePositiveRate], [0, 0.5, 1, 1]);
 * assertEquals([...curve.thresholds], [Infinity, 0.75, 0.5, 0.25]);
 * ```
 */
export function rocCurve(
  scores: Scores,
  labels: Labels,
  { dropCollinear = false }: RocCurveOptions = {},
): RocCurve {
  const action = "compute a ROC curve";
  const data = labelledScores(action, scores, labels);
  requireBothClasses(action, data);
  const ladder = ladderOf(data, "all");
  const points = curvePoints(data, ladder);
  const kept = dropCollinear ? corners(points) : points.falsePositives.keys();
  const falsePositiveRate: number[] = [];
  const truePositiveRate: number[] = [];
  const thresholds: number[] = [];
  for (const i of kept) {
    falsePositiveRate.push(points.falsePositives[i] / data.normal);
    truePositiveRate.push(points.truePositives[i] / data.anomalous);
    thresholds.push(i === 0 ? Infinity : data.scoreOf(ladder.rungs[ladder.rungs.length - i]));
  }
  return {
    falsePositiveRate: Float64Array.from(falsePositiveRate),
    truePositiveRate: Float64Array.from(truePositiveRate),
    thresholds: Float64Array.from(thresholds),
  };
}

/**
 * The ROC curve of pixels over all images, without thresholds: the corners of the exact curve, from
 * (0, 0) to (1, 1), at most two for each distinct score of a defective pixel. Its trapezoid area
 * is {@linkcode pixelAuroc}.
 *
 * Cost: O(pixels); maps are read in place.
 *
 * @param maps raw scores, higher = more anomalous, each [H, W]
 * @param masks 0 normal, 1 anomalous, in the maps' order and sizes
 * @throws {RangeError} as {@linkcode pixelAuroc}
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(4, 3, 2, 1), shape: [1, 4] } as const;
 * const mask = { width: 4, height: 1, data: Uint8Array.of(1, 0, 1, 0) };
 * const curve = pixelRocCurve([map], [mask]);
 * assertEquals([...curve.falsePositiveRate], [0, 0, 0.5, 0.5, 1]);
 * assertEquals([...curve.truePositiveRate], [0, 0.5, 0.5, 1, 1]);
 * ```
 */
export function pixelRocCurve(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
): Pick<RocCurve, "falsePositiveRate" | "truePositiveRate"> {
  const action = "compute a pixel ROC curve";
  const data = labelledPixels(action, maps, masks);
  requireBothClasses(action, data);
  const ladder = ladderOf(data, 1);
  const slots = slotCounts(ladder, data, 0);
  const [x, y] = [[0], [0]];
  let [falsePositives, truePositives] = [0, 0];
  const mark = () => {
    if (falsePositives === x[x.length - 1] && truePositives === y[y.length - 1]) return;
    x.push(falsePositives);
    y.push(truePositives);
  };
  for (let r = ladder.rungs.length - 1; r >= 0; r--) {
    falsePositives += slots[2 * r + 2];
    mark();
    falsePositives += slots[2 * r + 1];
    truePositives += ladder.counts[r];
    mark();
  }
  falsePositives += slots[0];
  mark();
  return {
    falsePositiveRate: Float64Array.from(x, (count) => count / data.normal),
    truePositiveRate: Float64Array.from(y, (count) => count / data.anomalous),
  };
}

function area(action: string, scores: LabelledScores): number {
  requireBothClasses(action, scores);
  const { anomalous, normal } = scores;
  // Sorting is dearer than counting, so the rarer class is the one that is sorted.
  const sorted = anomalous <= normal ? 1 : 0;
  const counted = sorted === 1 ? 0 : 1;
  const ladder = ladderOf(scores, sorted);
  const slots = slotCounts(ladder, scores, counted);
  // Twice the pairs that the counted class wins, a tie adding one: whole numbers.
  let won = 0;
  let below = 0;
  for (let r = 0; r < ladder.rungs.length; r++) {
    won += slots[2 * r] * 2 * below;
    won += slots[2 * r + 1] * (2 * below + ladder.counts[r]);
    below += ladder.counts[r];
  }
  won += slots[2 * ladder.rungs.length] * 2 * below;
  const pairs = 2 * anomalous * normal;
  return (counted === 1 ? won : pairs - won) / pairs;
}

/** Counts at each point of a curve, from (0, 0) on. */
interface CurvePoints {
  readonly falsePositives: Float64Array;
  readonly truePositives: Float64Array;
}

/** Counts of scores ≥ each rung, from the highest rung down. */
function curvePoints(scores: LabelledScores, ladder: Ladder): CurvePoints {
  const { rungs, counts } = ladder;
  const slots = slotCounts(ladder, scores, 1);
  const falsePositives = new Float64Array(rungs.length + 1);
  const truePositives = new Float64Array(rungs.length + 1);
  for (let i = 1; i <= rungs.length; i++) {
    const r = rungs.length - i;
    const anomalous = slots[2 * r + 1];
    truePositives[i] = truePositives[i - 1] + anomalous;
    falsePositives[i] = falsePositives[i - 1] + counts[r] - anomalous;
  }
  return { falsePositives, truePositives };
}

/** Indices of the points where the curve turns, and of both its ends. */
function corners({ falsePositives: x, truePositives: y }: CurvePoints): number[] {
  const kept = [0];
  for (let i = 1; i < x.length - 1; i++) {
    const last = kept[kept.length - 1];
    const turn = (x[i] - x[last]) * (y[i + 1] - y[i]) - (y[i] - y[last]) * (x[i + 1] - x[i]);
    if (turn !== 0) kept.push(i);
  }
  kept.push(x.length - 1);
  return kept;
}
