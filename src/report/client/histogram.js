/** Scores of good and of defective photos in the same bins, and the threshold for browsing. */

import { drawn } from "./elements.js";
import { browsingThreshold } from "./judgement.js";
import { counted, roundTicks, scoreText } from "./numbers.js";
import { page } from "./payload.js";
import { chart, linearAxis } from "./plot.js";
import { histogramOf } from "./score_bins.js";
import { chosen, chosenVoice, evidenceOf, onChange } from "./selection.js";

/** @typedef {import("./score_bins.js").Histogram} Histogram */

/** @returns {{ evidence: number, histogram: Histogram } | undefined} */
function chosenHistogram() {
  const evidence = evidenceOf(chosenVoice(), chosen.category);
  if (evidence < 0) return undefined;
  const { photos, scores } = page.evidence[evidence];
  if (photos.length === 0) return undefined;
  const all = scores.map((score, k) => ({ score, label: page.photos[photos[k]].label }));
  return { evidence, histogram: histogramOf(all) };
}

export function scoreHistogram() {
  let found = chosenHistogram();
  const one = chart({
    title: "Scores of test photos",
    height: () => 300,
    axes() {
      found = chosenHistogram();
      if (found === undefined) return undefined;
      const { low, step, good, most } = found.histogram;
      const x = /** @type {const} */ ([low, low + step * good.length]);
      // Above the line the good ones, below it the defective ones: counts are counts both ways.
      const ticks = roundTicks([-most, most], 6)
        .filter(({ value }) => Number.isInteger(value))
        .map(({ value, text }) => ({ value, text: text.replace("−", "") }));
      return {
        x: linearAxis("score", x, roundTicks(x, 7)),
        y: linearAxis("defective | good", [-most, most], ticks),
      };
    },
    empty: () => "The page has no photos of this method on this category.",
    describe() {
      if (found === undefined) return "";
      const { good, bad } = found.histogram;
      /** @param {readonly number[]} bins */
      const sum = (bins) => bins.reduce((a, b) => a + b, 0);
      return `${chosen.voice} on ${chosen.category}: ${sum(good)} good above the line, ` +
        `${sum(bad)} defective below it.`;
    },
    draw({ svg, x, y }) {
      if (found === undefined) return;
      const { low, step, good, bad } = found.histogram;
      for (
        const [name, bins, sign] of /** @type {const} */ ([
          ["normal", good, 1],
          ["anomalous", bad, -1],
        ])
      ) {
        bins.forEach((count, i) => {
          if (count === 0) return;
          const [left, right] = [x(low + i * step) + 0.5, x(low + (i + 1) * step) - 0.5];
          const [top, bottom] = [Math.min(y(0), y(sign * count)), Math.max(y(0), y(sign * count))];
          svg.append(drawn("rect", {
            class: `bar ${name}`,
            x: left,
            y: top,
            width: Math.max(1, right - left),
            height: bottom - top,
          }));
        });
      }
      const end = low + step * good.length;
      svg.append(drawn("line", { class: "axis", x1: x(low), x2: x(end), y1: y(0), y2: y(0) }));
      const threshold = browsingThreshold(found.evidence);
      if (threshold === undefined) return;
      const [top, bottom] = [y(found.histogram.most), y(-found.histogram.most)];
      const at = x(threshold);
      const left = threshold > low + 0.6 * (end - low);
      svg.append(
        drawn("line", { class: "limit", x1: at, x2: at, y1: top, y2: bottom }),
        drawn("text", {
          class: "label",
          x: at + (left ? -6 : 6),
          y: top + 12,
          "text-anchor": left ? "end" : "start",
        }, "for browsing"),
      );
    },
    read(place) {
      if (found === undefined) return undefined;
      const { low, step, good, bad } = found.histogram;
      const bin = Math.min(good.length - 1, Math.floor(place * good.length));
      return {
        at: (bin + 0.5) / good.length,
        lines: [
          ["", `${scoreText(low + bin * step)} to ${scoreText(low + (bin + 1) * step)}`],
          ["normal", counted(good[bin], "good photo")],
          ["anomalous", counted(bad[bin], "defective photo")],
        ],
      };
    },
    steps: () => found?.histogram.good.length ?? 1,
  });
  onChange(["category", "voice", "alarms"], one.update);
  return one.node;
}
