/**
 * Where each score stands among the scores of the other class: what an AUROC is the mean of, and
 * what its variance is estimated from.
 */

import { cannot } from "../errors.ts";
import {
  type LabelledScores,
  labelledScores,
  type Labels,
  type Scores,
} from "./labelled_scores.ts";
import { type Ladder, ladderOf, slotBuffer, slotsOf } from "./ladder.ts";

/**
 * Placements of all scores, doubled so that they are whole numbers: ½ for a tie is 1. With m
 * anomalous and n normal scores, in the order of the list within each class:
 */
export interface Placements {
  /** For each anomalous score, twice the normal ones below it (a tie is 1), 0…2n, [m]. */
  readonly anomalous: Float64Array;
  /** For each normal score, twice the anomalous ones above it (a tie is 1), 0…2m, [n]. */
  readonly normal: Float64Array;
  /** The sum of either: the AUROC times 2·m·n. */
  readonly won: number;
}

/**
 * The placements of checked scores. They are Sun and Xu's differences of mid-ranks (2014, eqs. 8 to
 * 11), counted on a ladder.
 *
 * Cost: O(n log n); O(n) from some thousands of scores on.
 */
export function placementsOf(data: LabelledScores): Placements {
  const anomalous = twiceBelow(data, 1);
  const normal = twiceBelow(data, 0).map((below) => 2 * data.anomalous - below);
  return { anomalous, normal, won: anomalous.reduce((sum, twice) => sum + twice, 0) };
}

/** Checks a list of scores, and that each class has the two members that a variance needs. */
export function severalOfEachClass(action: string, scores: Scores, labels: Labels): LabelledScores {
  const data = labelledScores(action, scores, labels);
  if (data.anomalous < 2 || data.normal < 2) {
    throw cannot(
      action,
      "each class needs at least 2 scores",
      `${data.normal} normal, ${data.anomalous} anomalous`,
    );
  }
  return data;
}

/** For each score of one class, twice how many of the other are below it, a tie adding 1. */
function twiceBelow(data: LabelledScores, wanted: 0 | 1): Float64Array {
  const ladder = ladderOf(data, wanted === 1 ? 0 : 1);
  const bySlot = new Float64Array(2 * ladder.rungs.length + 1);
  twiceBelowSlots(ladder.counts, bySlot);
  return Float64Array.from(slotsOfAll(ladder, data, wanted), (slot) => bySlot[slot]);
}

/** For each slot of a ladder, twice how many of its scores are below it, a tie adding 1. */
export function twiceBelowSlots(counts: Uint32Array, bySlot: Float64Array): void {
  for (let r = 0; r < counts.length; r++) {
    bySlot[2 * r + 1] = bySlot[2 * r] + counts[r];
    bySlot[2 * r + 2] = bySlot[2 * r] + 2 * counts[r];
  }
}

/** The slots of all scores of one class, in the order of the list. */
export function slotsOfAll(ladder: Ladder, data: LabelledScores, wanted: 0 | 1): Uint32Array {
  const found = new Uint32Array(wanted === 1 ? data.anomalous : data.normal);
  const slots = slotBuffer(data);
  let written = 0;
  for (const part of data.parts) {
    const count = slotsOf(ladder, part, wanted, slots);
    found.set(slots.subarray(0, count), written);
    written += count;
  }
  return found;
}
