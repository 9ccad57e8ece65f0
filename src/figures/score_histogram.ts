/** Scores of normal and anomalous photos, and what a threshold makes of them. */

import { cannot } from "../errors.ts";
import type { Labels, Scores } from "../metrics/labelled_scores.ts";
import { expectFinite, expectSameLength, expectSome, expectWhole } from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import { rounded, slider, text, wholeTicks } from "./series.ts";
import { CLASS_COLOURS } from "./theme.ts";

/** What {@linkcode scoreHistogram} adds to the scores. */
export interface ScoreHistogramOptions extends FigureTitle {
  /** Scores of at least this are flagged. With it come a rule, the two shares and a slider. */
  readonly threshold?: number;
  /** Default 30. */
  readonly bins?: number;
  /** What a score is, below the axis: `Mahalanobis distance`. Default `score`. */
  readonly unit?: string;
  /** What is scored: `photos` (default) or `pixels`. */
  readonly of?: string;
}

const WIDTH = 500;
const HEIGHT = 120;
/** Places of the slider. */
const STEPS = 200;

/**
 * Histograms of the scores of normal (above) and anomalous (below) photos on one axis. With a
 * threshold the wrong side of each is shaded, and says how many lie there: false alarms above,
 * missed ones below; a slider moves the threshold.
 *
 * The shares are exact at every place of the slider.
 *
 * Cost: O(n log n).
 *
 * @param scores higher = more anomalous, [n]
 * @param labels 0 normal, 1 anomalous, [n]
 * @throws {RangeError} when there are no scores of one kind, lengths differ, a score or the
 * threshold is not finite, a label is not 0 or 1, or bins is not a whole number in 1…200
 *
 * @example
 * ```ts
 * const figure = scoreHistogram([1, 2, 3, 3, 4, 5], [0, 0, 0, 1, 1, 1], {
 *   threshold: 3,
 *   title: "One false alarm in three",
 * });
 * console.assert((await figure.toSvg()).includes("false alarms: 1 of 3"));
 * ```
 */
export function scoreHistogram(
  scores: Scores,
  labels: Labels,
  options: ScoreHistogramOptions,
): Figure {
  const { title, subtitle, threshold, bins = 30, unit = "score", of = "photos" } = options;
  const action = "draw a score histogram";
  expectSameLength(action, { scores, labels });
  expectFinite(action, "scores", scores);
  if (threshold !== undefined) expectFinite(action, "a threshold", [threshold]);
  expectWhole(action, "bins", bins, [1, 200]);
  const normal = sortedOf(action, scores, labels, 0);
  const anomalous = sortedOf(action, scores, labels, 1);
  const ends = [normal, anomalous].flatMap((sorted) => [sorted[0], sorted[sorted.length - 1]]);
  const shown = threshold === undefined ? ends : [...ends, threshold];
  const least = Math.min(...shown);
  const most = Math.max(...shown);
  const step = roundStep((most - least || 1) / bins);
  const low = step * Math.floor(least / step);
  const count = 1 + Math.floor((most - low) / step);
  const edges = Array.from({ length: count + 1 }, (_, i) => rounded(low + i * step, 10));
  const high = edges[count];
  const places = threshold === undefined ? [] : [
    threshold,
    ...Array.from({ length: STEPS + 1 }, (_, i) => low + i * (high - low) / STEPS),
  ];
  const panel = (sorted: Float64Array, name: "normal" | "anomalous", last: boolean) =>
    histogram(sorted, { name, edges, places, of, axisTitle: last ? unit : undefined });
  return figure({
    params: threshold === undefined ? undefined : [slider({
      name: "threshold",
      label: "threshold",
      value: rounded(threshold, 6),
      min: edges[0],
      max: high,
      step: rounded((high - low) / STEPS, 6),
    })],
    spacing: 30,
    vconcat: [panel(normal, "normal", false), panel(anomalous, "anomalous", true)],
  }, {
    title,
    subtitle,
    description: `Histograms of ${normal.length} normal and ${anomalous.length} anomalous ${of}. ` +
      `Normal: ${text(normal[0])} to ${text(normal[normal.length - 1])}; anomalous: ` +
      `${text(anomalous[0])} to ${text(anomalous[anomalous.length - 1])}.` +
      (threshold === undefined ? "" : ` At the threshold ${text(threshold)}: ` +
        `${wrongAt(normal, "normal", threshold)} false alarms, ` +
        `${wrongAt(anomalous, "anomalous", threshold)} missed.`),
  });
}

function sortedOf(action: string, scores: Scores, labels: Labels, kind: 0 | 1): Float64Array {
  const chosen: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    const label = Number(labels[i]);
    if (label !== 0 && label !== 1) throw cannot(action, "labels are 0 and 1", `${label} at ${i}`);
    if (label === kind) chosen.push(scores[i]);
  }
  expectSome(action, kind === 0 ? "normal score" : "anomalous score", chosen);
  return Float64Array.from(chosen).sort();
}

/** The next 1, 2, 2.5 or 5 times a power of ten. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((choice) => choice * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** How many of sorted scores are below a threshold. */
function below(sorted: Float64Array, threshold: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle] < threshold) from = middle + 1;
    else to = middle;
  }
  return from;
}

function wrongAt(
  sorted: Float64Array,
  name: "normal" | "anomalous",
  threshold: number,
): number {
  const under = below(sorted, threshold);
  return name === "normal" ? sorted.length - under : under;
}

interface Panel {
  readonly name: "normal" | "anomalous";
  readonly edges: readonly number[];
  /** Thresholds for which the wrong ones are counted; none without a threshold. */
  readonly places: readonly number[];
  readonly of: string;
  readonly axisTitle: string | undefined;
}

function histogram(sorted: Float64Array, panel: Panel): Specification {
  const { name, edges, places, of, axisTitle } = panel;
  const [low, high] = [edges[0], edges[edges.length - 1]];
  const x = {
    type: "quantitative",
    scale: { domain: [low, high], nice: false, zero: false },
    title: axisTitle ?? null,
    axis: axisTitle === undefined ? { labels: false, ticks: false } : { tickCount: 8 },
  };
  const bars = edges.slice(1).map((to, i) => ({
    from: edges[i],
    to,
    // The last bin has both its edges.
    count: (i === edges.length - 2 ? sorted.length : below(sorted, to)) - below(sorted, edges[i]),
  })).filter(({ count }) => count > 0);
  const most = Math.max(...bars.map(({ count }) => count));
  return {
    width: WIDTH,
    height: HEIGHT,
    layer: [
      ...(places.length === 0 ? [] : [wrongSide(name, x, name === "normal" ? high : low)]),
      {
        data: { values: bars },
        mark: { type: "rect", color: CLASS_COLOURS[name] },
        encoding: {
          x: { field: "from", ...x },
          x2: { field: "to" },
          y: {
            field: "count",
            type: "quantitative",
            title: `${name} ${of}`,
            axis: { values: wholeTicks(most, 2 * HEIGHT), format: "d" },
          },
          y2: { datum: 0 },
          tooltip: [
            { field: "from", type: "quantitative" },
            { field: "to", type: "quantitative" },
            { field: "count", type: "quantitative", title: of },
          ],
        },
      },
      ...(places.length === 0 ? [] : thresholdLayers(sorted, panel, x)),
    ],
  };
}

function wrongSide(name: string, x: Specification, end: number): Specification {
  return {
    data: { values: [{ name }] },
    transform: [{ calculate: "threshold", as: "at" }, { calculate: `${end}`, as: "end" }],
    mark: { type: "rect", style: "shade" },
    encoding: { x: { field: "at", ...x }, x2: { field: "end" } },
  };
}

/** The rule, and how many are on the wrong side of it. */
function thresholdLayers(
  sorted: Float64Array,
  { name, places }: Panel,
  x: Specification,
): Specification[] {
  const says = name === "normal" ? "false alarms: " : "missed: ";
  const total = sorted.length;
  return [
    {
      data: { values: [{}] },
      transform: [{ calculate: "threshold", as: "at" }],
      mark: { type: "rule", style: "limit" },
      encoding: { x: { field: "at", ...x } },
    },
    ...(name === "normal" ? [thresholdText()] : []),
    {
      data: {
        values: places.map((at) => ({ at: rounded(at, 6), wrong: wrongAt(sorted, name, at) })),
      },
      transform: [
        { calculate: "abs(datum.at - threshold)", as: "off" },
        { aggregate: [{ op: "argmin", field: "off", as: "nearest" }] },
        {
          calculate: `'${says}' + datum.nearest.wrong + ' of ${total}  (' + ` +
            `format(datum.nearest.wrong / ${total}, '.1%') + ')'`,
          as: "says",
        },
      ],
      mark: { type: "text", style: "label", fontWeight: "bold", align: "left", baseline: "bottom" },
      encoding: { x: { value: 0 }, y: { value: -5 }, text: { field: "says", type: "nominal" } },
    },
  ];
}

/** The slider's place, which a still picture does not show otherwise. */
function thresholdText(): Specification {
  return {
    data: { values: [{}] },
    transform: [{ calculate: "'threshold ' + format(threshold, '.4~r')", as: "says" }],
    mark: { type: "text", style: "note", align: "right", baseline: "bottom" },
    encoding: { x: { value: WIDTH }, y: { value: -5 }, text: { field: "says", type: "nominal" } },
  };
}
