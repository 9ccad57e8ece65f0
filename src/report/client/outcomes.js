/** Which photos were missed, which gave false alarms, and the order in which to look at them. */

/** @typedef {"missed" | "alarm" | "found" | "quiet" | "unknown"} Outcome */

/**
 * One photo as one run judged it.
 *
 * @typedef {{ evidence: number, k: number, photo: number, category: string, id: string,
 *   label: "normal" | "anomalous", defect: string, score: number, rank: number | undefined,
 *   outcome: Outcome }} Judged
 */

/** @type {Readonly<Record<Outcome, string>>} */
export const outcomeTitles = {
  missed: "missed",
  alarm: "false alarm",
  found: "found",
  quiet: "quiet",
  unknown: "not judged",
};

/**
 * The score above which at most a share of these good photos lies; undefined without any.
 *
 * @param {readonly number[]} good scores of good photos
 * @param {number} share 0…1
 * @returns {number | undefined}
 */
export function thresholdFor(good, share) {
  if (good.length === 0) return undefined;
  const falling = good.toSorted((a, b) => b - a);
  // A share such as 0.07 of 100 is 7.000000000000001: never one photo too few or too many for that.
  const above = Math.min(good.length - 1, Math.floor(share * good.length + 1e-9));
  return falling[above];
}

/**
 * Share of the other good photos with a lower score; undefined where there is none.
 *
 * @param {number} score
 * @param {readonly number[]} rising scores of good photos, sorted
 * @param {boolean} own whether the photo is one of them
 * @returns {number | undefined}
 */
export function rankAmong(score, rising, own) {
  const others = rising.length - (own ? 1 : 0);
  if (others <= 0) return undefined;
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle] < score) low = middle + 1;
    else high = middle;
  }
  return low / others;
}

/**
 * @param {"normal" | "anomalous"} label
 * @param {number} score
 * @param {number | undefined} threshold
 * @returns {Outcome}
 */
export function outcomeOf(label, score, threshold) {
  if (threshold === undefined) return "unknown";
  if (label === "anomalous") return score > threshold ? "found" : "missed";
  return score > threshold ? "alarm" : "quiet";
}

const URGENCY = { missed: 0, alarm: 1, unknown: 2, found: 3, quiet: 4 };

/**
 * Orders photos. Worst first: missed defects, the lowest among the good photos first; false alarms,
 * the highest first; then found defects, the lowest first; then quiet photos, the highest first.
 * Ranks before scores, as scores of several categories are several scales.
 *
 * @param {readonly Judged[]} photos
 * @param {string} by `worst`, `score` or `id`
 * @returns {Judged[]}
 */
export function ordered(photos, by) {
  /** @type {(a: Judged, b: Judged) => number} */
  const byName = (a, b) => compareText(a.category, b.category) || compareText(a.id, b.id);
  if (by === "id") return photos.toSorted(byName);
  if (by === "score") return photos.toSorted((a, b) => b.score - a.score || byName(a, b));
  return photos.toSorted((a, b) => {
    const urgency = URGENCY[a.outcome] - URGENCY[b.outcome];
    if (urgency !== 0) return urgency;
    const rising = (a.rank ?? 0) - (b.rank ?? 0) || a.score - b.score;
    return (a.label === "anomalous" ? rising : -rising) || byName(a, b);
  });
}

/**
 * @param {string} a
 * @param {string} b
 */
function compareText(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Photos that a filter lets through; an empty text lets all through.
 *
 * @param {readonly Judged[]} photos
 * @param {Readonly<Record<"defect" | "label" | "outcome" | "find", string>>} filter
 * @returns {Judged[]}
 */
export function filtered(photos, { defect, label, outcome, find }) {
  const wanted = find.trim().toLowerCase();
  return photos.filter((photo) =>
    (defect === "" || photo.defect === defect) &&
    (label === "" || photo.label === label) &&
    (outcome === "" || photo.outcome === outcome) &&
    (wanted === "" || photo.id.toLowerCase().includes(wanted))
  );
}
