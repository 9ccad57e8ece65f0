/** Bins of scores. */

/** At least so many, and at most two and a half times as many. */
const BINS = 25;

/**
 * @typedef {{ low: number, step: number, good: number[], bad: number[], most: number }} Histogram
 */

/**
 * Counts of both kinds in the same bins; bins have round widths and cover all scores.
 *
 * @param {readonly { score: number, label: "normal" | "anomalous" }[]} photos at least one
 * @returns {Histogram}
 */
export function histogramOf(photos) {
  const scores = photos.map(({ score }) => score);
  const [least, most] = [Math.min(...scores), Math.max(...scores)];
  const rough = (most - least) / BINS || Math.abs(most) / BINS || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([5, 2.5, 2].find((factor) => factor * power <= rough) ?? 1) * power;
  const first = Math.floor(least / step);
  const count = Math.floor(most / step) - first + 1;
  /** @param {"normal" | "anomalous"} label */
  const counts = (label) => {
    const bins = new Array(count).fill(0);
    for (const photo of photos) {
      if (photo.label !== label) continue;
      bins[Math.min(count - 1, Math.floor(photo.score / step) - first)]++;
    }
    return bins;
  };
  const [good, bad] = [counts("normal"), counts("anomalous")];
  return { low: first * step, step, good, bad, most: Math.max(1, ...good, ...bad) };
}
