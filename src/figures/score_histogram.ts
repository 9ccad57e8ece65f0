/** Scores of normal and anomalous photos, and what a threshold makes of them. */

import { cannot } from "../errors.ts";
import type { Labels, Scores } from "../metrics/labelled_scores.ts";
import { expectFinite, expectSameLength, expectSome } from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import {
  type AxisScale,
  type BinOptions,
  type Bins,
  BINS_WIDTH,
  binsOf,
  type EdgeBin,
} from "./score_bins.ts";
import { rounded, slider, text, wholeTicks } from "./series.ts";
import { CLASS_COLOURS } from "./theme.ts";

/** What {@linkcode scoreHistogram} adds to the scores. */
export interface ScoreHistogramOptions extends FigureTitle, BinOptions {
  /** Scores of at least this are flagged. With it come a rule, the two shares and a slider. */
  readonly threshold?: number;
  /** What a score is, below the axis: `Mahalanobis distance`. Default `score`. */
  readonly unit?: string;
  /** What is scored: `photos` (default) or `pixels`. */
  readonly of?: string;
}

const HEIGHT = 120;
/** Places of the slider. */
const STEPS = 200;
/** Pixels at the end of the axis that its words keep free of other numbers. */
const WORDS = 56;

/**
 * Histograms of the scores of normal (above) and anomalous (below) photos on one axis. With a
 * threshold the wrong side of each is shaded, and says how many lie there: false alarms above,
 * missed ones below; a slider moves the threshold.
 *
 * The shares are exact at every place of the slider, whose threshold moves by powers of ten where
 * the axis is logarithmic. One score far from the others leaves them a corner of the axis: a domain
 * gives them all of it.
 *
 * Cost: O(n log n).
 *
 * @param scores higher = more anomalous, [n]
 * @param labels 0 normal, 1 anomalous, [n]
 * @throws {RangeError} when there are no scores of one kind, lengths differ, a score or the
 * threshold is not finite, a label is not 0 or 1, bins is not a whole number in 1…200, the domain is
 * not two rising numbers or does not hold the threshold, or a number on a logarithmic axis is ≤ 0
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
  const { title, subtitle, threshold, unit = "score", of = "photos" } = options;
  const action = "draw a score histogram";
  expectSameLength(action, { scores, labels });
  expectFinite(action, "scores", scores);
  if (threshold !== undefined) expectFinite(action, "a threshold", [threshold]);
  const normal = sortedOf(action, scores, labels, 0);
  const anomalous = sortedOf(action, scores, labels, 1);
  const ends = [normal, anomalous].flatMap((sorted) => [sorted[0], sorted[sorted.length - 1]]);
  const bins = binsOf(action, ends, options);
  const { edges, scale } = bins;
  const [low, high] = [edges[0], edges[edges.length - 1]].map(scale.along);
  const places = threshold === undefined ? [] : [
    threshold,
    ...Array.from({ length: STEPS + 1 }, (_, i) => scale.back(low + i * (high - low) / STEPS)),
  ];
  const panel = (sorted: Float64Array, name: "normal" | "anomalous", last: boolean) =>
    histogram(sorted, { name, bins, places, of, axisTitle: last ? unit : undefined });
  return figure({
    params: threshold === undefined ? undefined : [
      slider({
        name: scale.log ? "exponent" : "threshold",
        label: scale.log ? "threshold as a power of ten" : "threshold",
        value: rounded(scale.along(threshold), 6),
        min: scale.log ? rounded(low, 6) : low,
        max: scale.log ? rounded(high, 6) : high,
        step: rounded((high - low) / STEPS, 6),
      }),
      ...(scale.log ? [{ name: "threshold", expr: "pow(10, exponent)" }] : []),
    ],
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
  readonly bins: Bins;
  /** Thresholds for which the wrong ones are counted; none without a threshold. */
  readonly places: readonly number[];
  readonly of: string;
  readonly axisTitle: string | undefined;
}

function histogram(sorted: Float64Array, panel: Panel): Specification {
  const { name, bins, places, of, axisTitle } = panel;
  const { edges, under, over, ends, scale } = bins;
  const x = {
    type: "quantitative",
    scale: {
      type: scale.log ? "log" : undefined,
      domain: ends,
      nice: false,
      zero: scale.log ? undefined : false,
    },
    title: axisTitle ?? null,
    axis: axisOf(bins, axisTitle !== undefined),
  };
  const last = edges.length - 1;
  const belows = edges.map((edge) => below(sorted, edge));
  // Whatever is not in a bin of its own beyond the domain is in the first or the last one.
  if (under === undefined) belows[0] = 0;
  if (over === undefined) belows[last] = sorted.length;
  const bars = edges.slice(1).map((to, i) => ({
    from: edges[i],
    to,
    count: belows[i + 1] - belows[i],
  })).filter(({ count }) => count > 0);
  const beyond = [
    ...(under === undefined ? [] : [{ ...under, count: belows[0] }]),
    ...(over === undefined ? [] : [{ ...over, count: sorted.length - belows[last] }]),
  ].filter(({ count }) => count > 0);
  const apart = under !== undefined || over !== undefined;
  const most = Math.max(...[...bars, ...beyond].map(({ count }) => count));
  const y = {
    field: "count",
    type: "quantitative",
    title: `${name} ${of}`,
    // Room for the numbers that stand on the bins beyond the domain.
    scale: apart ? { domain: [0, 1.2 * most] } : undefined,
    axis: { values: wholeTicks(most, 2 * HEIGHT), format: "d" },
  };
  return {
    width: BINS_WIDTH,
    height: HEIGHT,
    layer: [
      ...(places.length === 0 ? [] : [wrongSide(name, x, ends[name === "normal" ? 1 : 0])]),
      {
        data: { values: bars },
        mark: { type: "rect", color: CLASS_COLOURS[name] },
        encoding: {
          x: { field: "from", ...x },
          x2: { field: "to" },
          y,
          y2: { datum: 0 },
          tooltip: [
            { field: "from", type: "quantitative" },
            { field: "to", type: "quantitative" },
            { field: "count", type: "quantitative", title: of },
          ],
        },
      },
      ...(beyond.length === 0 ? [] : [beyondLayer(beyond, panel, x, y)]),
      ...(apart && axisTitle !== undefined ? [beyondWords(bins, x)] : []),
      ...(places.length === 0 ? [] : thresholdLayers(sorted, panel, x)),
    ],
  };
}

/** The axis of scores; its numbers end where the words of the bins beyond the domain begin. */
function axisOf({ edges, under, over, ends, scale }: Bins, shown: boolean): Specification {
  const format = scale.log ? "~r" : undefined;
  const axis = shown ? { tickCount: 8, format } : { labels: false, ticks: false };
  if (under === undefined && over === undefined) return axis;
  const [left, right] = ends.map(scale.along);
  const clear = WORDS * (right - left) / BINS_WIDTH;
  const [low, high] = [edges[0], edges[edges.length - 1]];
  const from = under === undefined ? low : rounded(scale.back(left + clear), 10);
  const to = over === undefined ? high : rounded(scale.back(right - clear), 10);
  const within = { test: `datum.value >= ${low} && datum.value <= ${high}`, value: 1 };
  return {
    ...axis,
    labelExpr: `datum.value >= ${from} && datum.value <= ${to} ? datum.label : ''`,
    tickOpacity: { condition: within, value: 0 },
    gridOpacity: { condition: within, value: 0 },
  };
}

/** Bins beyond the domain, each with its count on it, as one score in a thousand is hard to see. */
function beyondLayer(
  values: readonly (EdgeBin & { readonly count: number })[],
  { name, of, bins: { scale } }: Panel,
  x: Specification,
  y: Specification,
): Specification {
  return {
    data: {
      values: values.map((bin) => ({ ...bin, middle: middleOf(bin, scale) })),
    },
    encoding: { y },
    layer: [
      {
        mark: { type: "rect", color: CLASS_COLOURS[name] },
        encoding: {
          x: { field: "from", ...x },
          x2: { field: "to" },
          y2: { datum: 0 },
          tooltip: [
            { field: "says", type: "nominal", title: "score" },
            { field: "count", type: "quantitative", title: of },
          ],
        },
      },
      {
        mark: { type: "text", style: "label", baseline: "bottom", dy: -2 },
        encoding: {
          x: { field: "middle", ...x },
          text: { field: "count", type: "quantitative" },
        },
      },
    ],
  };
}

/** What the bins beyond the domain hold, written beside the numbers of the axis. */
function beyondWords({ under, over, scale }: Bins, x: Specification): Specification {
  const bins = [under, over].filter((bin) => bin !== undefined);
  return {
    data: { values: bins.map((bin) => ({ middle: middleOf(bin, scale), says: bin.says })) },
    mark: { type: "text", style: "label", baseline: "top" },
    encoding: {
      x: { field: "middle", ...x },
      y: { value: HEIGHT + 7 },
      text: { field: "says", type: "nominal" },
    },
  };
}

function middleOf({ from, to }: EdgeBin, { along, back }: AxisScale): number {
  return rounded(back((along(from) + along(to)) / 2), 10);
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
    encoding: {
      x: { value: BINS_WIDTH },
      y: { value: -5 },
      text: { field: "says", type: "nominal" },
    },
  };
}
