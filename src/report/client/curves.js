/** ROC of photos and of pixels, and per-region overlap, of all methods on the chosen category. */

import { heightAt } from "./curve_height.js";
import { choice, drawn, element } from "./elements.js";
import { percent, roundTicks } from "./numbers.js";
import { page } from "./payload.js";
import { chart, linearAxis } from "./plot.js";
import { choose, chosen, evidenceOf, labels, onChange, voices } from "./selection.js";

/** @typedef {import("../page_data.ts").PageCurve} PageCurve */
/** @typedef {"imageRoc" | "pixelRoc" | "pro"} CurveName */
/** @typedef {import("../../evaluation/report.ts").MetricName} MetricName */

/** Where per-region overlap ends. */
const PRO_END = 0.3;

/** Labels whose curves are hidden. @type {Set<string>} */
const hidden = new Set();

/**
 * @param {CurveName} name
 * @returns {{ key: string, series: number, curve: PageCurve, evidence: number }[]}
 */
function curvesOf(name) {
  return voices.flatMap((voice) => {
    const evidence = evidenceOf(voice, chosen.category);
    const curve = page.evidence[evidence]?.[name];
    if (curve === undefined || hidden.has(voice.label)) return [];
    return [{ key: voice.key, series: voice.series, curve, evidence }];
  });
}

/**
 * @param {CurveName} name
 * @param {{ title: string, yTitle: string, metric: MetricName }} options
 */
function curveChart(name, { title, yTitle, metric }) {
  const end = () => name === "pro" ? PRO_END : Number(chosen.zoom);
  return chart({
    title,
    height: (width) => Math.round(Math.min(360, 0.86 * width)),
    axes: () =>
      curvesOf(name).length === 0 ? undefined : {
        x: linearAxis("false-positive rate", [0, end()], roundTicks([0, end()], 5)),
        y: linearAxis(yTitle, [0, 1], roundTicks([0, 1], 5)),
      },
    empty: () =>
      voices.some(({ label }) => hidden.has(label))
        ? "Nothing to draw of the methods that are shown."
        : "Nothing to draw: no masks, no maps, or photos of one kind only.",
    describe: () =>
      curvesOf(name).map(({ key, evidence }) =>
        `${key}: ${percent(page.runs[page.evidence[evidence].run][metric])} %.`
      ).join(" "),
    draw({ svg, x, y, width, height }) {
      const clip = `clip-${name}`;
      svg.append(
        drawn(
          "clipPath",
          { id: clip },
          drawn("rect", { x: x(0), y: y(1) - 2, width: width + 2, height: height + 4 }),
        ),
      );
      if (name !== "pro") {
        svg.append(drawn("line", {
          class: "guide",
          x1: x(0),
          x2: x(end()),
          y1: y(0),
          y2: y(Math.min(1, end())),
        }));
      }
      for (const { series, curve } of curvesOf(name)) {
        const path = curve.x.map((value, i) =>
          `${i === 0 ? "M" : "L"}${x(value).toFixed(1)} ${y(curve.y[i]).toFixed(1)}`
        );
        svg.append(drawn("path", {
          class: `curve series-${series % 7} dash-${dashOf(series)}`,
          d: path.join(""),
          "clip-path": `url(#${clip})`,
        }));
      }
    },
    read: (place) => {
      const rate = place * end();
      const lines = curvesOf(name).map(({ key, series, curve }) => ({
        series,
        key,
        value: heightAt(curve, rate),
      })).sort((a, b) => b.value - a.value);
      return {
        at: place,
        lines: [
          ["", `false-positive rate ${rate.toFixed(3)}`],
          ...lines.map((
            { series, key, value },
          ) => /** @type {const} */ ([series, `${value.toFixed(3)} ${key}`])),
        ],
      };
    },
  });
}

/** The eighth method has the first one's colour, but not its dashes. @param {number} series */
export function dashOf(series) {
  return (series + Math.floor(series / 7)) % 7;
}

/** @returns {{ controls: readonly Node[], node: Node }} */
export function curveCharts() {
  const charts = [
    curveChart("imageRoc", {
      title: "ROC of photos",
      yTitle: "defective photos found",
      metric: "imageAuroc",
    }),
    curveChart("pixelRoc", {
      title: "ROC of pixels",
      yTitle: "defective pixels found",
      metric: "pixelAuroc",
    }),
    curveChart("pro", {
      title: "Per-region overlap, up to a rate of 0.3",
      yTitle: "mean share of a region found",
      metric: "aupro",
    }),
  ];
  const update = () => charts.forEach((one) => one.update());
  const legend = element(
    "div",
    { class: "legend", role: "group", "aria-label": "Methods shown in the curves" },
    ...labels.map((label, series) => {
      const button = element(
        "button",
        {
          type: "button",
          "aria-pressed": "true",
          title: "show or hide its curves",
          click: () => {
            if (!hidden.delete(label)) hidden.add(label);
            button.setAttribute("aria-pressed", String(!hidden.has(label)));
            update();
          },
        },
        lineSample(series),
        label,
      );
      return button;
    }),
  );
  const zoom = choice("ROC up to a rate of", {
    options: [["1", "1"], ["0.1", "0.1"]],
    value: chosen.zoom,
    change: (value) => choose({ zoom: value }),
  });
  onChange(["category"], update);
  onChange(["zoom"], () => {
    zoom.select.value = chosen.zoom;
    update();
  });
  return {
    controls: [zoom.node, legend],
    node: element("div", { class: "charts" }, ...charts.map(({ node }) => node)),
  };
}

/** @param {number} series */
function lineSample(series) {
  return drawn(
    "svg",
    { width: 30, height: 8, "aria-hidden": "true" },
    drawn("line", {
      class: `curve series-${series % 7} dash-${dashOf(series)}`,
      x1: 0,
      x2: 30,
      y1: 4,
      y2: 4,
    }),
  );
}
