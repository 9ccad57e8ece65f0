/** Thresholds, set on normal scores only, and what they do. */

import { cannot } from "../errors.ts";
import { finiteOrInfinite, labelledScores, type Labels, type Scores } from "./labelled_scores.ts";

/** How many scores fall where; a score is flagged when it is ≥ the threshold. */
export interface Confusion {
  /** Anomalous and flagged. */
  readonly truePositives: number;
  /** Normal and flagged: false alarms. */
  readonly falsePositives: number;
  /** Normal and not flagged. */
  readonly trueNegatives: number;
  /** Anomalous and not flagged: missed. */
  readonly falseNegatives: number;
}

/**
 * The lowest threshold at which at most the fraction `rate` of the given normal scores is flagged
 * (score ≥ threshold).
 *
 * Give it the scores of *held-out normal* images: not those that the detector was fitted on, which
 * score too low, and never test images. A threshold chosen on test images, or one that maximises a
 * test F1 score, has seen the answers, and its error rates will not hold on the next photo.
 *
 *     k = ⌊rate · n⌋;  threshold = the next number above the (k + 1)-th largest score
 *
 * in the precision of the scores: float32 when all of them are float32 values, else float64. When
 * several scores tie there, none of them is flagged. With n scores a rate below 1/n means: flag
 * only what exceeds all of them. At rate 1 the threshold is −∞.
 *
 * Cost: O(n log n).
 *
 * @param normalScores scores of held-out normal images, [n]
 * @param rate the false-positive rate to keep, in [0, 1]
 * @returns a threshold in the scores' unit
 * @throws {RangeError} when there are no scores, a NaN, the rate is outside [0, 1], or more than
 * `rate` of the scores are +∞, so that no threshold exists
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const normal = [1, 2, 3, 4];
 * const threshold = thresholdAtFalsePositiveRate(normal, 0.25);
 * assertEquals(normal.filter((score) => score >= threshold), [4]);
 * ```
 */
export function thresholdAtFalsePositiveRate(normalScores: Scores, rate: number): number {
  const action = "set a threshold";
  if (!(rate >= 0 && rate <= 1)) {
    throw cannot(action, "a false-positive rate must be in [0, 1]", String(rate));
  }
  const sorted = finiteOrInfinite(action, normalScores).sort();
  const count = sorted.length;
  if (count === 0) throw cannot(action, "there must be normal scores", "none");

  // The product is rounded (0.29 · 100 < 29); the quotient decides.
  let flagged = Math.floor(rate * count);
  if ((flagged + 1) / count <= rate) flagged++;
  if (flagged / count > rate) flagged--;
  if (flagged === count) return -Infinity;

  const highestNotFlagged = sorted[count - 1 - flagged];
  if (highestNotFlagged === Infinity) {
    throw cannot(
      action,
      `at most ${flagged} of ${count} normal scores may be +∞ at rate ${rate}`,
      `${count - sorted.indexOf(Infinity)} are`,
    );
  }
  return sorted.every((score) => Math.fround(score) === score)
    ? nextFloat32(highestNotFlagged)
    : nextFloat64(highestNotFlagged);
}

/**
 * Counts what a threshold does to labelled scores; score ≥ threshold is flagged. One class alone is
 * allowed: its counts are defined.
 *
 * Cost: O(n).
 *
 * @param scores higher = more anomalous, [n]
 * @param labels 0 normal, 1 anomalous, [n]
 * @param threshold in the scores' unit; ±∞ allowed
 * @throws {RangeError} when there are no scores, a NaN among them, a label that is not 0 or 1,
 * lengths differ, or the threshold is NaN
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(confusion([1, 2, 3, 4], [0, 1, 0, 1], 3), {
 *   truePositives: 1,
 *   falsePositives: 1,
 *   trueNegatives: 1,
 *   falseNegatives: 1,
 * });
 * ```
 */
export function confusion(scores: Scores, labels: Labels, threshold: number): Confusion {
  const { anomalous, normal } = labelledScores("count a confusion", scores, labels);
  if (Number.isNaN(threshold)) {
    throw cannot("count a confusion", "a threshold must be a number", "NaN");
  }
  let truePositives = 0;
  let falsePositives = 0;
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] < threshold) continue;
    if (Number(labels[i]) === 1) truePositives++;
    else falsePositives++;
  }
  return {
    truePositives,
    falsePositives,
    trueNegatives: normal - falsePositives,
    falseNegatives: anomalous - truePositives,
  };
}

/** The smallest float32 above a float32 value; +∞ above the largest. Adding 0 turns −0 into +0. */
function nextFloat32(value: number): number {
  const scratch = new DataView(new ArrayBuffer(4));
  scratch.setFloat32(0, value + 0);
  scratch.setInt32(0, scratch.getInt32(0) + (value < 0 ? -1 : 1));
  return scratch.getFloat32(0) + 0;
}

/** The smallest float64 above a value. */
function nextFloat64(value: number): number {
  const scratch = new DataView(new ArrayBuffer(8));
  scratch.setFloat64(0, value + 0);
  scratch.setBigInt64(0, scratch.getBigInt64(0) + (value < 0 ? -1n : 1n));
  return scratch.getFloat64(0) + 0;
}
