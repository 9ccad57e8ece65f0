/** What is done to maps before a metric sees them, and what of their order survives. */

import { cannot } from "../../errors.ts";
import type { AnomalyMap } from "../../types.ts";
import { rangeOf } from "./thresholds.ts";

/** Maps with each score replaced; arithmetic is rounded to float32 as in numpy and torch. */
function replaced(maps: readonly AnomalyMap[], by: (score: number) => number): AnomalyMap[] {
  return maps.map(({ data, shape }) => ({ data: data.map(by), shape }));
}

/**
 * All maps scaled to 0…1 by the lowest and the highest score of the whole test set:
 *
 *     (x − min) / (max − min)
 *
 * Order is kept, but for scores that float32 rounds to one, so that AUROC and AUPRO stay as they
 * are. What is lost is that one photo can be scored: its value depends on the others.
 *
 * Source: the official PatchCore code (scores and maps, also with a single network);
 * xiahaifeng1995's PaDiM.
 *
 * Cost: O(pixels).
 *
 * @throws {RangeError} when scores are not finite, or do not differ
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const maps = [[1, 3], [2, 5]].map((row) => (
 *   { data: Float32Array.from(row), shape: [1, 2] } as const
 * ));
 * assertEquals(scaledTogether(maps).map(({ data }) => [...data]), [[0, 0.5], [0.25, 1]]);
 * ```
 */
export function scaledTogether(maps: readonly AnomalyMap[]): AnomalyMap[] {
  const { least, most } = rangeOf("scale maps", maps.map(({ data }) => data));
  const range = Math.fround(most - least);
  return replaced(maps, (score) => Math.fround(score - least) / range);
}

/**
 * Each map scaled to 0…1 by itself. Every map then has a pixel of 1, good photos too: what made a
 * defect higher than the worst pixel of a good photo is gone.
 *
 * Source: in circulation; it is how heat maps are coloured.
 *
 * Cost: O(pixels).
 *
 * @throws {RangeError} when scores are not finite, or those of one map do not differ
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const maps = [[1, 2], [8, 9]].map((row) => (
 *   { data: Float32Array.from(row), shape: [1, 2] } as const
 * ));
 * assertEquals(scaledApart(maps).map(({ data }) => [...data]), [[0, 1], [0, 1]]);
 * ```
 */
export function scaledApart(maps: readonly AnomalyMap[]): AnomalyMap[] {
  return maps.flatMap((map) => scaledTogether([map]));
}

/**
 * Scores below `least` become `least`, those above `most` become `most`: all of them tie.
 *
 * Source: in circulation, with the range of a validation set of good photos, or a quantile of the
 * test pixels.
 *
 * Cost: O(pixels).
 *
 * @throws {RangeError} when `least` is not below `most`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(1, 2, 8, 9), shape: [1, 4] } as const;
 * assertEquals([...clamped([map], { least: 2, most: 5 })[0].data], [2, 2, 5, 5]);
 * ```
 */
export function clamped(
  maps: readonly AnomalyMap[],
  { least, most }: { readonly least: number; readonly most: number },
): AnomalyMap[] {
  checkRange("clamp maps", { least, most });
  return replaced(maps, (score) => Math.min(most, Math.max(least, score)));
}

/**
 * Scores so that a threshold comes to lie at ½, clamped to 0…1:
 *
 *     min(1, max(0, (x − threshold) / (max − min) + ½))
 *
 * All scores more than half the range below or above the threshold tie. With the range of good
 * photos only, that is most of the defects; with the range of photos with defects, it is the lowest
 * of the normal pixels (as the threshold lies above the middle) or the highest of the defective
 * ones.
 *
 * Source: anomalib's post-processing (`normalize` of min_max.py, `PostProcessor._normalize`), with
 * the range of its validation set and the threshold that has the best F1 there.
 *
 * Cost: O(pixels).
 *
 * @throws {RangeError} when the threshold is not finite, or `least` is not below `most`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(0, 2, 3, 4, 9), shape: [1, 5] } as const;
 * const [{ data }] = clampedAround([map], { threshold: 3, least: 1, most: 5 });
 * assertEquals([...data], [0, 0.25, 0.5, 0.75, 1]);
 * ```
 */
export function clampedAround(
  maps: readonly AnomalyMap[],
  { threshold, least, most }: {
    readonly threshold: number;
    readonly least: number;
    readonly most: number;
  },
): AnomalyMap[] {
  const action = "clamp maps around a threshold";
  checkRange(action, { least, most });
  if (!Number.isFinite(threshold)) {
    throw cannot(action, "the threshold must be finite", String(threshold));
  }
  const range = Math.fround(most - least);
  return replaced(maps, (score) => {
    const scaled = Math.fround(Math.fround(score - threshold) / range) + 0.5;
    return Math.min(1, Math.max(0, scaled));
  });
}

/**
 * The logistic function of scores, in float32, when any of them lies outside 0…1; else the scores
 * as they are.
 *
 *     1 / (1 + e^−x)
 *
 * Strictly rising on paper. In float32 it is 1 from about 17 on and has few values left well before
 * that: distances, which are large, tie.
 *
 * Source: torchmetrics' ROC, AUROC, average precision and F1, which take scores outside 0…1 for
 * logits (its issues 1526 and 2819; checked with 1.9); through it anomalib's AUPRO, for scores that
 * were not normalised before.
 * Differs: torchmetrics decides anew for every batch that it is given; here once for all maps. Its
 * exponential function may differ from this one in the last bit.
 *
 * Cost: O(pixels).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(0, 20, 30), shape: [1, 3] } as const;
 * assertEquals([...throughSigmoid([map])[0].data], [0.5, 1, 1]);
 * ```
 */
export function throughSigmoid(maps: readonly AnomalyMap[]): AnomalyMap[] {
  const inside = maps.every(({ data }) => data.every((score) => score >= 0 && score <= 1));
  // Each step in float32: that 1 + e^−x is rounded is what makes large scores tie.
  const logistic = (score: number) => 1 / Math.fround(1 + Math.fround(Math.exp(-score)));
  return replaced(maps, (score) => inside ? score : logistic(score));
}

/**
 * Scores rounded to evenly spaced levels over the range of the whole test set, as whole numbers
 * 0…levels − 1: what is left of maps that were saved as 8-bit pictures.
 *
 * Source: in circulation.
 *
 * Cost: O(pixels).
 *
 * @throws {RangeError} when scores are not finite or do not differ, or `levels` is not a whole
 * number of at least 2
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(0, 0.4, 0.6, 2), shape: [1, 4] } as const;
 * assertEquals([...inLevels([map], { levels: 3 })[0].data], [0, 0, 1, 2]);
 * ```
 */
export function inLevels(
  maps: readonly AnomalyMap[],
  { levels = 256 }: { readonly levels?: number } = {},
): AnomalyMap[] {
  if (!(Number.isInteger(levels) && levels >= 2)) {
    throw cannot("round maps to levels", "there must be at least 2 levels", String(levels));
  }
  return replaced(scaledTogether(maps), (score) => Math.round(score * (levels - 1)));
}

function checkRange(
  action: string,
  { least, most }: { readonly least: number; readonly most: number },
): void {
  if (!(Number.isFinite(least) && Number.isFinite(most) && least < most)) {
    throw cannot(action, "its range must be finite and not empty", `${least}…${most}`);
  }
}
