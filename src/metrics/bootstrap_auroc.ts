/** The bootstrap of an image AUROC. */

import { bootstrap, type Bootstrapped, type CountedMeasure } from "./bootstrap.ts";
import type { LabelledScores, Labels, Scores } from "./labelled_scores.ts";
import { ladderOf } from "./ladder.ts";
import { severalOfEachClass, slotsOfAll, twiceBelowSlots } from "./placements.ts";
import { type ResampleOptions, type Strata, strataOf } from "./resamples.ts";

const ACTION = "bootstrap AUROC";

/**
 * Bootstraps the AUROC of image scores: each resample draws with replacement as many normal and as
 * many anomalous images as there are.
 *
 * Scores are put on a ladder once. A resample counts how often each rung of normal scores was
 * drawn, adds the counts up, and looks up every anomalous score: nothing is sorted again.
 *
 * Cost: O(n) a resample: 10,000 of 200 images in about 0.1 s.
 *
 * Source: Efron and Tibshirani 1993, section 8.3 (two samples).
 *
 * @param scores higher = more anomalous, one an image, [n]
 * @param labels 0 normal, 1 anomalous, [n]
 * @returns resampled values, for {@linkcode bootstrapInterval} and {@linkcode pairedBootstrap}
 * @throws {RangeError} when a class has fewer than 2 images, a score is NaN, a label is not 0 or 1,
 * lengths differ, or `resamples` or `seed` is out of range
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const found = bootstrapAuroc([1, 2, 3, 4, 5, 6], [0, 0, 1, 0, 1, 1], { resamples: 1000 });
 * assertEquals(found.value, 8 / 9);
 * assertEquals(found.resampled.length, 1000);
 * assertEquals(Math.max(...found.resampled), 1);
 * ```
 */
export function bootstrapAuroc(
  scores: Scores,
  labels: Labels,
  options: ResampleOptions = {},
): Bootstrapped {
  const data = severalOfEachClass(ACTION, scores, labels);
  const strata = strataOf(ACTION, Uint8Array.from({ length: labels.length }, (_, i) => +labels[i]));
  const onCounts = countedAuroc(data, strata);
  const value = onCounts(new Uint32Array(scores.length).fill(1));
  return bootstrap({ measure: "image AUROC", value, onCounts }, { strata, ...options });
}

/** The AUROC of scores that count several times, or not at all. */
function countedAuroc(data: LabelledScores, { normal, anomalous }: Strata): CountedMeasure {
  const ladder = ladderOf(data, 0);
  const slotsOfNormal = slotsOfAll(ladder, data, 0);
  const slotsOfAnomalous = slotsOfAll(ladder, data, 1);
  const onRung = new Uint32Array(ladder.rungs.length);
  const twiceBelow = new Float64Array(2 * ladder.rungs.length + 1);
  return (counts) => {
    onRung.fill(0);
    let normals = 0;
    for (let i = 0; i < normal.length; i++) {
      const count = counts[normal[i]];
      onRung[slotsOfNormal[i] >> 1] += count;
      normals += count;
    }
    twiceBelowSlots(onRung, twiceBelow);
    let won = 0;
    let anomalies = 0;
    for (let i = 0; i < anomalous.length; i++) {
      const count = counts[anomalous[i]];
      won += count * twiceBelow[slotsOfAnomalous[i]];
      anomalies += count;
    }
    return won / (2 * anomalies * normals);
  };
}
