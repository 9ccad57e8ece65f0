/** Where every pixel of every image stands on one ladder: looked up once, counted many times. */

import type { LabelledScores } from "./labelled_scores.ts";
import { type Ladder, ladderOf, slotBuffer, slotsOf } from "./ladder.ts";
import { requireNormalPixels, type Strata, strataOf } from "./resamples.ts";

/** The ladder of all defective pixels, and the slots of each image's pixels on it. */
export interface RankedPixels {
  readonly scores: LabelledScores;
  readonly ladder: Ladder;
  /** Of each image, the slots of its normal pixels, in their order. */
  readonly normal: readonly Uint32Array[];
  /** Of each image, the slots of its defective pixels, in their order; all odd. */
  readonly anomalous: readonly Uint32Array[];
}

/**
 * Ranks checked pixels, of which some are defective.
 *
 * Cost: O(pixels), a look-up each; memory 4 bytes a pixel.
 */
export function rankPixels(scores: LabelledScores): RankedPixels {
  const ladder = ladderOf(scores, 1);
  const slots = slotBuffer(scores);
  const normal: Uint32Array[] = [];
  const anomalous: Uint32Array[] = [];
  for (const part of scores.parts) {
    const written = slotsOf(ladder, part, 0, slots);
    normal.push(slots.slice(0, written));
    const defective = written < part.labels.length ? slotsOf(ladder, part, 1, slots) : 0;
    anomalous.push(slots.slice(0, defective));
  }
  return { scores, ladder, normal, anomalous };
}

/** How many normal pixels of all images are in each slot, [2R + 1]. */
export function normalCounts({ ladder, normal }: RankedPixels): Uint32Array {
  const counts = new Uint32Array(2 * ladder.rungs.length + 1);
  for (const slots of normal) {
    for (let i = 0; i < slots.length; i++) counts[slots[i]]++;
  }
  return counts;
}

/**
 * The images by whether they have a defective pixel.
 *
 * @param action begins the message of a refusal
 * @throws {RangeError} when a class cannot be drawn from, or a resample could be without normal
 * pixels
 */
export function strataOfPixels(action: string, { normal, anomalous }: RankedPixels): Strata {
  const strata = strataOf(action, Uint8Array.from(anomalous, ({ length }) => Math.sign(length)));
  requireNormalPixels(action, normal.map(({ length }) => length), strata);
  return strata;
}
