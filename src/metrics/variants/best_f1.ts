/** The best F1 there is on the test set, and what is left of it on photos that did not choose it. */

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
import { confusion } from "../threshold.ts";
import { cannot } from "../../errors.ts";

/** A threshold, and the F1 it has. Scores ≥ the threshold are flagged. */
export interface BestF1 {
  readonly f1: number;
  readonly threshold: number;
}

/**
 * The largest F1 that any threshold has on these scores, and the highest such threshold.
 *
 *     F1 = 2·TP / (2·TP + FP + FN)
 *
 * The threshold has seen the answers, so that this is what F1 would be if somebody told the
 * threshold beforehand.
 *
 * Source: F1-max of many papers; the threshold of the official PatchCore code, of xiahaifeng1995's
 * PaDiM and byungjae89's SPADE, chosen on the test pixels; anomalib's `F1AdaptiveThreshold`, chosen
 * on its validation set.
 * Differs: an honest threshold is set on held-out good photos, as by
 * `thresholdAtFalsePositiveRate`; see also {@linkcode f1AcrossHalves}.
 *
 * Cost: O(n) for float32 scores.
 *
 * @throws {RangeError} when there are no scores, only one class, a NaN, a label that is not 0 or 1,
 * or lengths differ
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(bestF1([1, 2, 3, 4], [0, 1, 0, 1]), { f1: 0.8, threshold: 2 });
 * ```
 */
export function bestF1(scores: Scores, labels: Labels): BestF1 {
  return best("find the best F1", labelledScores("find the best F1", scores, labels));
}

/**
 * {@linkcode bestF1} over all pixels of all images.
 *
 * @throws {RangeError} as {@linkcode bestF1}, and when a map and its mask differ in size
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(1, 2, 3), shape: [1, 3] } as const;
 * const mask = { width: 3, height: 1, data: Uint8Array.of(0, 0, 1) };
 * assertEquals(bestPixelF1([map], [mask]), { f1: 1, threshold: 3 });
 * ```
 */
export function bestPixelF1(maps: readonly AnomalyMap[], masks: readonly Mask[]): BestF1 {
  return best("find the best pixel F1", labelledPixels("find the best pixel F1", maps, masks));
}

/** The best threshold is an anomalous score: a normal one below it flags more, and finds nothing. */
function best(action: string, scores: LabelledScores): BestF1 {
  requireBothClasses(action, scores);
  const ladder = ladderOf(scores, 1);
  const slots = slotCounts(ladder, scores, 0);
  let found = 0;
  let falseAlarms = slots[2 * ladder.rungs.length];
  let highest = { f1: 0, rung: 0 };
  for (let r = ladder.rungs.length - 1; r >= 0; r--) {
    found += ladder.counts[r];
    falseAlarms += slots[2 * r + 1];
    const f1 = 2 * found / (found + falseAlarms + scores.anomalous);
    if (f1 > highest.f1) highest = { f1, rung: ladder.rungs[r] };
    falseAlarms += slots[2 * r];
  }
  return { f1: highest.f1, threshold: scores.scoreOf(highest.rung) };
}

/**
 * F1 with each half of the photos at the best threshold of the other half: the counts of both halves
 * together. Photos are dealt out in turn, good ones and anomalous ones apart.
 *
 * What {@linkcode bestF1} exceeds it by is how much the threshold gained from having seen the
 * answers, with half as many of them to learn from. With tens of photos it is a rough measure.
 *
 * Cost: O(n log n).
 *
 * @throws {RangeError} as {@linkcode bestF1}, and when a class has fewer than 2 scores
 *
 * @example The best threshold of the first half, 3, misses the 2 of the second
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const scores = [1, 1, 3, 2];
 * const labels = [0, 0, 1, 1];
 * assertEquals([bestF1(scores, labels).f1, f1AcrossHalves(scores, labels)], [1, 2 / 3]);
 * ```
 */
export function f1AcrossHalves(scores: Scores, labels: Labels): number {
  const action = "compute F1 across halves";
  const { anomalous, normal } = labelledScores(action, scores, labels);
  if (anomalous < 2 || normal < 2) {
    const found = `${normal} normal, ${anomalous} anomalous`;
    throw cannot(action, "each class needs at least 2 scores", found);
  }
  const halves = [0, 1].map((): { scores: number[]; labels: number[] } => (
    { scores: [], labels: [] }
  ));
  const dealt = [0, 0];
  for (let i = 0; i < scores.length; i++) {
    const label = Number(labels[i]);
    const half = halves[dealt[label]++ % 2];
    half.scores.push(scores[i]);
    half.labels.push(label);
  }
  const counts = halves.map((half, i) => {
    const other = halves[1 - i];
    return confusion(half.scores, half.labels, bestF1(other.scores, other.labels).threshold);
  });
  const sum = (of: "truePositives" | "falsePositives") => counts[0][of] + counts[1][of];
  const found = sum("truePositives");
  return 2 * found / (found + sum("falsePositives") + anomalous);
}
