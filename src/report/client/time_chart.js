/** What a photo costs against how well defects are found, on the chosen category. */

import { drawn } from "./elements.js";
import { logTicks, percent, percentInterval, roundTicks } from "./numbers.js";
import { page } from "./payload.js";
import { chart, linearAxis, logAxis } from "./plot.js";
import { chosen, labels, onChange } from "./selection.js";

/**
 * @typedef {{ label: string, series: number, milliseconds: number, value: number,
 *   interval: { lower: number, upper: number } | null }} Dot
 */

/** @returns {Dot[]} */
function dotsOf() {
  return page.summaries.flatMap(({ category, label, imageAuroc, msPerImage }) => {
    // A time of nothing has no place on a logarithmic axis.
    if (category !== chosen.category || imageAuroc === null || msPerImage <= 0) return [];
    const { value, interval } = imageAuroc;
    return [{ label, series: labels.indexOf(label), milliseconds: msPerImage, value, interval }];
  }).sort((a, b) => a.milliseconds - b.milliseconds);
}

/** @param {readonly Dot[]} dots */
function axesOf(dots) {
  const times = dots.map(({ milliseconds }) => milliseconds);
  const x = /** @type {const} */ ([Math.min(...times) / 1.8, Math.max(...times) * 1.8]);
  const least = Math.min(...dots.map(({ value, interval }) => interval?.lower ?? value));
  const y = /** @type {const} */ ([Math.max(0, least - 0.06 * (1 - least) - 0.001), 1]);
  const ticks = roundTicks(y, 5).map(({ value }) => ({ value, text: percent(value) }));
  return {
    x: logAxis("ms per image, logarithmic", x, logTicks(x)),
    y: linearAxis("image AUROC %", y, ticks),
  };
}

export function timeChart() {
  const one = chart({
    title: "Time for a photo against image AUROC",
    height: () => 300,
    axes() {
      const dots = dotsOf();
      return dots.length === 0 ? undefined : axesOf(dots);
    },
    empty: () => "No image AUROC to draw: test photos of one kind only.",
    describe: () =>
      dotsOf().map(({ label, milliseconds, value }) =>
        `${label}: ${milliseconds.toFixed(1)} ms, ${percent(value)} %.`
      ).join(" "),
    draw({ svg, x, y, width }) {
      /** @type {{ x: number, y: number }[]} */
      const taken = [];
      for (const { label, series, milliseconds, value, interval } of dotsOf()) {
        const at = x(milliseconds);
        const name = `series-${series % 7}`;
        const right = at < x(0) || at < 48 + 0.62 * width;
        const place = { x: at + (right ? 9 : -9), y: y(value) + 4 };
        // Labels of dots that lie close to each other step down, line by line.
        while (taken.some((p) => Math.abs(p.x - place.x) < 90 && Math.abs(p.y - place.y) < 13)) {
          place.y += 13;
        }
        taken.push(place);
        svg.append(
          ...interval === null ? [] : [drawn("path", {
            class: `reach ${name}`,
            d: `M${at - 4} ${y(interval.lower)}h8m-4 0V${y(interval.upper)}m-4 0h8`,
          })],
          drawn("circle", { class: `dot ${name}`, cx: at, cy: y(value), r: 5 }),
          drawn("text", {
            class: "label halo",
            x: place.x,
            y: place.y,
            "text-anchor": right ? "start" : "end",
          }, label),
        );
      }
    },
    read(place) {
      const dots = dotsOf();
      const { x } = axesOf(dots);
      const near = dots.toSorted((a, b) =>
        Math.abs(x.along(a.milliseconds) - place) - Math.abs(x.along(b.milliseconds) - place)
      )[0];
      return {
        at: x.along(near.milliseconds),
        lines: [
          [near.series, near.label],
          ["", `${near.milliseconds.toFixed(1)} ms per image`],
          [
            "",
            `image AUROC ${percent(near.value)}` +
            (near.interval === null ? "" : ` ${percentInterval(near.interval)}`),
          ],
        ],
      };
    },
    steps: () =>
      24,
  });
  onChange(["category"], one.update);
  return one.node;
}
