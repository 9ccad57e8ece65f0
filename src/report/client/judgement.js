/** The photos of the page as its runs judged them, at the chosen share of false alarms. */

import { outcomeOf, rankAmong, thresholdFor } from "./outcomes.js";
import { page } from "./payload.js";
import { categories, chosen, chosenVoice, evidenceOf } from "./selection.js";

/** @typedef {import("./outcomes.js").Judged} Judged */

/** @type {Map<number, { good: number[], ranks: (number | undefined)[] }>} */
const fixed = new Map();

/**
 * Scores of the good photos, rising, and every photo's rank among them.
 *
 * @param {number} evidence
 */
export function goodScores(evidence) {
  const known = fixed.get(evidence);
  if (known !== undefined) return known;
  const { photos, scores } = page.evidence[evidence];
  /** @param {number} k */
  const isGood = (k) => page.photos[photos[k]].label === "normal";
  const good = scores.filter((_, k) => isGood(k)).toSorted((a, b) => a - b);
  const ranks = scores.map((score, k) => rankAmong(score, good, isGood(k)));
  const found = { good, ranks };
  fixed.set(evidence, found);
  return found;
}

/**
 * The threshold for browsing, of the chosen share of false alarms; undefined without good photos.
 *
 * @param {number} evidence
 */
export function browsingThreshold(evidence) {
  return thresholdFor(goodScores(evidence).good, Number(chosen.alarms) / 100);
}

/**
 * All photos of an evidence.
 *
 * @param {number} evidence
 * @returns {Judged[]}
 */
export function judged(evidence) {
  const { run, photos, scores } = page.evidence[evidence];
  const { category } = page.runs[run];
  const { ranks } = goodScores(evidence);
  const threshold = browsingThreshold(evidence);
  return photos.map((photo, k) => {
    const { id, label, defect } = page.photos[photo];
    const [score, rank] = [scores[k], ranks[k]];
    const outcome = outcomeOf(label, score, threshold);
    return { evidence, k, photo, category, id, label, defect, score, rank, outcome };
  });
}

/**
 * All photos of the chosen method in the gallery's categories.
 *
 * @returns {Judged[]}
 */
export function judgedInGallery() {
  return (chosen.where === "" ? categories : [chosen.where]).flatMap((category) => {
    const evidence = evidenceOf(chosenVoice(), category);
    return evidence < 0 ? [] : judged(evidence);
  });
}

/**
 * @param {Judged} photo
 */
export function rankText({ rank }) {
  return rank === undefined
    ? "no other good test photos to compare with"
    : `higher than ${(100 * rank).toFixed(rank === 1 || rank === 0 ? 0 : 1)} % of the ` +
      "good test photos";
}
