/** Average precision: the precision-recall curve in one number. */

import { labelledScores, type Labels, requireBothClasses, type Scores } from "./labelled_scores.ts";
import { ladderOf, slotCounts } from "./ladder.ts";

const ACTION = "compute average precision";

/**
 * Average precision: precision averaged over the anomalous scores, each taken at its own threshold.
 *
 *     AP = Σ_k (R_k − R_{k−1}) · P_k
 *
 * over the distinct thresholds k from the highest down, with precision P_k and recall R_k of the
 * scores ≥ threshold k. Equal scores enter together. Exact up to the rounding of the sum; a
 * threshold without anomalous scores adds nothing, so only the anomalous ones are sorted.
 *
 * Cost: O(n) for float32 scores, O(n log n) for scores that need float64.
 *
 * Source: `sklearn.metrics.average_precision_score` (the same definition).
 * Differs: the trapezoid area under the precision-recall curve is another, optimistic number.
 * Without normal scores scikit-learn returns 1; here that is refused, as nothing is measured.
 *
 * @param scores higher = more anomalous, [n]; ±∞ are ordinary extremes, −0 ties with +0
 * @param labels 0 normal, 1 anomalous, [n]
 * @returns a number in 0…1; chance is the fraction of anomalous scores
 * @throws {RangeError} when there are no scores, only one class, a NaN, a label that is not 0 or 1,
 * or lengths differ
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * assertAlmostEquals(averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), (1 + 2 / 3) / 2);
 * ```
 */
export function averagePrecision(scores: Scores, labels: Labels): number {
  const data = labelledScores(ACTION, scores, labels);
  requireBothClasses(ACTION, data);
  const ladder = ladderOf(data, 1);
  const { rungs, counts } = ladder;
  const slots = slotCounts(ladder, data, 0);
  let found = 0;
  let falseAlarms = slots[2 * rungs.length];
  let sum = 0;
  for (let r = rungs.length - 1; r >= 0; r--) {
    falseAlarms += slots[2 * r + 1];
    found += counts[r];
    sum += counts[r] * found / (found + falseAlarms);
    falseAlarms += slots[2 * r];
  }
  return sum / data.anomalous;
}

/**
 * The definition of average precision word by word: precision and recall counted anew at every
 * distinct threshold. The plain twin of {@linkcode averagePrecision}.
 *
 * Cost: O(n²).
 *
 * @param scores higher = more anomalous, [n]
 * @param labels 0 normal, 1 anomalous, [n]
 * @returns a number in 0…1
 * @throws {RangeError} as {@linkcode averagePrecision}
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(averagePrecisionByThresholds([1, 2, 2], [0, 0, 1]), 0.5);
 * ```
 */
export function averagePrecisionByThresholds(scores: Scores, labels: Labels): number {
  const data = labelledScores(ACTION, scores, labels);
  requireBothClasses(ACTION, data);
  const thresholds = [...new Set(scores)].sort((a, b) => b - a);
  let average = 0;
  let lastRecall = 0;
  for (const threshold of thresholds) {
    const flagged = Array.from(scores, (_, i) => i).filter((i) => scores[i] >= threshold);
    const found = flagged.filter((i) => Number(labels[i]) === 1).length;
    const recall = found / data.anomalous;
    average += (recall - lastRecall) * (found / flagged.length);
    lastRecall = recall;
  }
  return average;
}
