/** The AUROCs in circulation that are not the AUROC. */

import { cannot } from "../../errors.ts";
import type { AnomalyMap, Mask } from "../../types.ts";
import {
  labelledPixels,
  type LabelledScores,
  labelledScores,
  type Labels,
  requireBothClasses,
  type Scores,
} from "../labelled_scores.ts";
import { ladderOf, slotCounts } from "../ladder.ts";
import { pixelAuroc } from "../roc.ts";
import {
  checkThresholds,
  type CoarseThresholds,
  fromHighest,
  indexThresholds,
  passedBy,
} from "./thresholds.ts";

/** Options of {@linkcode aurocAtThresholds}. */
export interface CoarseAurocOptions extends CoarseThresholds {
  /**
   * Whether the curve is made to start at (0, 0) and to end at (1, 1); default true. Without, the
   * area left of its first point is lost.
   */
  readonly ends?: boolean;
}

/**
 * The trapezoid area under the ROC points of a few given thresholds.
 *
 * Scores between the same two thresholds count as ties: the value is the AUROC of scores rounded to
 * bins, and moves towards ½ where bins hold both classes. With a threshold at every distinct score
 * it is the AUROC.
 *
 * Source: torcheval's `BinaryBinnedAUROC` and `tf.keras.metrics.AUC`, both with 200 thresholds over
 * 0…1 unless told otherwise; torchmetrics' `AUROC(thresholds=n)`, which does not add (0, 0)
 * (`ends: false`). Equal to torchmetrics 1.9 and torcheval 0.0.7, score ≥ threshold.
 * Differs: the AUROC itself, {@linkcode auroc}, takes every distinct score and bins nothing.
 *
 * Cost: O(n) for t thresholds that are spread evenly, O(n log t) at worst.
 *
 * @param scores higher = more anomalous, [n]
 * @param labels 0 normal, 1 anomalous, [n]
 * @throws {RangeError} when thresholds are missing or out of order, there are no scores, only one
 * class, a NaN, a label that is not 0 or 1, or lengths differ
 *
 * @example torcheval's own: 0.5, where the AUROC is ⅔
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const thresholds = Float64Array.of(0, 0.25, 0.5, 0.75, 1);
 * const options = { thresholds, rule: ">=", ends: false } as const;
 * assertEquals(aurocAtThresholds([0.1, 0.5, 0.7, 0.8], [1, 0, 1, 1], options), 0.5);
 * ```
 */
export function aurocAtThresholds(
  scores: Scores,
  labels: Labels,
  options: CoarseAurocOptions,
): number {
  const action = "compute AUROC at thresholds";
  const counts = labelledScores(action, scores, labels);
  const bytes = Uint8Array.from(labels, Number);
  return coarseArea(action, counts, { ...options, lists: [{ scores, labels: bytes }] });
}

/**
 * {@linkcode aurocAtThresholds} over all pixels of all images.
 *
 * Cost: as {@linkcode aurocAtThresholds}.
 *
 * @throws {RangeError} as {@linkcode aurocAtThresholds}, and when a map and its mask differ in size
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(1, 2, 3, 4), shape: [1, 4] } as const;
 * const mask = { width: 4, height: 1, data: Uint8Array.of(0, 0, 1, 1) };
 * const thresholds = Float64Array.of(1.5); // Three of four pixels are one bin.
 * assertEquals(pixelAurocAtThresholds([map], [mask], { thresholds, rule: ">=" }), 0.75);
 * ```
 */
export function pixelAurocAtThresholds(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
  options: CoarseAurocOptions,
): number {
  const action = "compute pixel AUROC at thresholds";
  const counts = labelledPixels(action, maps, masks);
  const lists = maps.map(({ data }, i) => ({ scores: data, labels: masks[i].data }));
  return coarseArea(action, counts, { ...options, lists });
}

function coarseArea(
  action: string,
  counts: LabelledScores,
  { lists, ends = true, ...coarse }: CoarseAurocOptions & {
    readonly lists: readonly { readonly scores: Scores; readonly labels: Uint8Array }[];
  },
): number {
  requireBothClasses(action, counts);
  checkThresholds(action, coarse);
  const normal = new Float64Array(coarse.thresholds.length + 1);
  const anomalous = new Float64Array(coarse.thresholds.length + 1);
  const indexed = indexThresholds(coarse);
  for (const { scores, labels } of lists) {
    for (let i = 0; i < scores.length; i++) {
      (labels[i] === 1 ? anomalous : normal)[passedBy(scores[i], indexed)]++;
    }
  }
  const falsePositives = [...fromHighest(normal)];
  const truePositives = [...fromHighest(anomalous)];
  if (ends) {
    falsePositives.unshift(0);
    falsePositives.push(counts.normal);
    truePositives.unshift(0);
    truePositives.push(counts.anomalous);
  }
  let twice = 0;
  for (let i = 1; i < falsePositives.length; i++) {
    twice += (falsePositives[i] - falsePositives[i - 1]) *
      (truePositives[i] + truePositives[i - 1]);
  }
  return twice / (2 * counts.normal * counts.anomalous);
}

/** What an AUROC can become when the order within ties is left to chance. */
export interface TieBounds {
  /** In every tie the normal scores come first. */
  readonly lowest: number;
  /** In every tie the anomalous scores come first. */
  readonly highest: number;
}

/**
 * The AUROC of a sorted list in which equal scores are walked through one by one, at its worst and
 * at its best: a cumulative sum over `argsort` without merging ties lands anywhere between, as the
 * sort happens to leave them.
 *
 *     lowest = P(a > n),   highest = P(a > n) + P(a = n)
 *
 * Source: in circulation, in hand-written ROC loops.
 * Differs: {@linkcode auroc} counts a tie as ½ and lies exactly in the middle.
 *
 * Cost: O(n) for float32 scores.
 *
 * @throws {RangeError} as `auroc`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(aurocTieBounds([1, 2, 2, 3], [0, 0, 1, 1]), { lowest: 0.75, highest: 1 });
 * ```
 */
export function aurocTieBounds(scores: Scores, labels: Labels): TieBounds {
  const action = "bound an AUROC";
  return tieBounds(action, labelledScores(action, scores, labels));
}

/**
 * {@linkcode aurocTieBounds} over all pixels of all images.
 *
 * @throws {RangeError} as `pixelAuroc`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(7, 7), shape: [1, 2] } as const;
 * const mask = { width: 2, height: 1, data: Uint8Array.of(0, 1) };
 * assertEquals(pixelAurocTieBounds([map], [mask]), { lowest: 0, highest: 1 });
 * ```
 */
export function pixelAurocTieBounds(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
): TieBounds {
  const action = "bound a pixel AUROC";
  return tieBounds(action, labelledPixels(action, maps, masks));
}

function tieBounds(action: string, scores: LabelledScores): TieBounds {
  requireBothClasses(action, scores);
  const ladder = ladderOf(scores, 1);
  const slots = slotCounts(ladder, scores, 0);
  let won = 0;
  let tied = 0;
  let below = 0;
  for (let r = 0; r < ladder.rungs.length; r++) {
    below += slots[2 * r];
    won += ladder.counts[r] * below;
    tied += ladder.counts[r] * slots[2 * r + 1];
    below += slots[2 * r + 1];
  }
  const pairs = scores.anomalous * scores.normal;
  return { lowest: won / pairs, highest: (won + tied) / pairs };
}

/**
 * The mean of one pixel AUROC an image, over the images that have a defect.
 *
 * It asks whether a defect stands out of its own image; an image that is bright all over, and would
 * be nothing but false alarms, costs nothing. Good images are left out, as they have no AUROC.
 *
 * Source: in circulation.
 * Differs: {@linkcode pixelAuroc} pools the pixels of all images.
 *
 * Cost: O(pixels).
 *
 * @throws {RangeError} as `pixelAuroc`, and when no image has both kinds of pixels
 *
 * @example Each image is right by itself; together they are not
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const maps = [[1, 2], [8, 9]].map((row) => (
 *   { data: Float32Array.from(row), shape: [1, 2] } as const
 * ));
 * const masks = maps.map(() => ({ width: 2, height: 1, data: Uint8Array.of(0, 1) }));
 * assertEquals(meanImagePixelAuroc(maps, masks), 1);
 * ```
 */
export function meanImagePixelAuroc(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
): number {
  const action = "average pixel AUROCs";
  labelledPixels(action, maps, masks);
  const values: number[] = [];
  masks.forEach((mask, i) => {
    if (mask.data.includes(1) && mask.data.includes(0)) values.push(pixelAuroc([maps[i]], [mask]));
  });
  if (values.length === 0) {
    throw cannot(action, "an image must have both kinds of pixels", `none of ${masks.length} has`);
  }
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
