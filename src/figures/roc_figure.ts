/** ROC curves of several methods. */

import { cannot } from "../errors.ts";
import {
  expectDifferentNames,
  expectFinite,
  expectInterval,
  expectSameLength,
  expectSome,
  type Numbers,
} from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import { colourScale, dashScale, lineLegend, rounded, slider, thinned } from "./series.ts";

/** One method's curve and the number that sums it up. */
export interface NamedRocCurve {
  readonly name: string;
  /** What `rocCurve` gives, or one's own arrays, both rising from 0 to 1. */
  readonly curve: { readonly falsePositiveRate: Numbers; readonly truePositiveRate: Numbers };
  readonly auroc: number;
  /** The interval of the AUROC. */
  readonly low?: number;
  readonly high?: number;
  /** Between which rates the curve may lie; all three equally long, the first rising. */
  readonly band?: {
    readonly falsePositiveRate: Numbers;
    readonly low: Numbers;
    readonly high: Numbers;
  };
}

/** What {@linkcode rocFigure} adds to the curves. */
export interface RocFigureOptions extends FigureTitle {
  /** `photos` (default) or `pixels`: of what the rates are. */
  readonly of?: "photos" | "pixels";
  /** A slider over the false alarms one accepts, and what each method then finds; its first
   * value, 0…1. */
  readonly operatingPoint?: number;
}

/** Between a name and its number: an en space, which SVG does not shrink. */
export const SPACE = "\u2002";

const SIDE = 330;
const LEGEND = "method, AUROC";
const POINTS = 120;

/**
 * ROC curves: which share of the anomalous is found when a share of the normal is flagged by
 * mistake. AUROC with its interval stands in the legend; the dashed diagonal is chance.
 *
 * Cost: O(points); at most 120 of each curve are drawn.
 *
 * @throws {RangeError} when there is no curve, more than 7, two of one name, arrays differ in
 * length, a rate is not finite, an interval does not hold its value, or the operating point is not in
 * 0…1
 *
 * @example
 * ```ts
 * const curve = { falsePositiveRate: Float64Array.of(0, 0, 0.5, 1), truePositiveRate: Float64Array.of(0, 0.5, 1, 1) };
 * const figure = rocFigure([{ name: "PatchCore", curve, auroc: 0.875 }], { title: "ROC" });
 * console.assert((await figure.toSvg()).includes("0.875"));
 * ```
 */
export function rocFigure(curves: readonly NamedRocCurve[], options: RocFigureOptions): Figure {
  const { title, subtitle, of = "photos", operatingPoint } = options;
  const action = "draw ROC curves";
  expectSome(action, "curve", curves);
  expectDifferentNames(action, curves);
  if (operatingPoint !== undefined && !(operatingPoint >= 0 && operatingPoint <= 1)) {
    throw cannot(action, "an operating point must be in 0…1", `${operatingPoint}`);
  }
  const drawn = curves.map(({ curve, ...rest }): RateCurve => {
    const { falsePositiveRate: x, truePositiveRate: y } = curve;
    expectRates(action, rest.name, x, y);
    expectInterval(action, { ...rest, value: rest.auroc });
    if (rest.band !== undefined) {
      const { falsePositiveRate, low, high } = rest.band;
      expectSameLength(action, { [`band of ${rest.name}`]: falsePositiveRate, low, high });
      expectFinite(action, `the band of ${rest.name}`, [...Array.from(low), ...Array.from(high)]);
    }
    return { ...rest, label: labelOf(rest.name, rest.auroc, rest.low, rest.high), x, y };
  });
  return figure({
    width: SIDE,
    height: SIDE,
    params: operatingPoint === undefined ? undefined : [slider({
      name: "accepted",
      label: "accepted false alarms",
      value: operatingPoint,
      min: 0,
      max: 1,
      step: 0.01,
    })],
    layer: [
      chance(),
      ...bands(action, drawn, LEGEND),
      curveLayer(action, drawn, {
        x: `false-positive rate (share of normal ${of})`,
        y: `true-positive rate (share of anomalous ${of})`,
        legend: LEGEND,
      }),
      ...(operatingPoint === undefined ? [] : atOperatingPoint(drawn)),
    ],
  }, {
    title,
    subtitle,
    description: `ROC curves over ${of}. ` +
      drawn.map(({ label }) => `AUROC of ${label.replace(SPACE, ": ")}.`).join(" "),
  });
}

/** A curve of rates with what its legend says. */
export interface RateCurve {
  readonly name: string;
  readonly label: string;
  readonly x: Numbers;
  readonly y: Numbers;
  readonly band?: NamedRocCurve["band"];
}

/** A method's name with its area, and the interval of that. */
export function labelOf(name: string, area: number, low?: number, high?: number): string {
  const interval = low === undefined || high === undefined
    ? ""
    : ` (${low.toFixed(3)}–${high.toFixed(3)})`;
  return `${name}${SPACE}${area.toFixed(3)}${interval}`;
}

/** Refuses rates that are no curve. */
export function expectRates(action: string, name: string, x: Numbers, y: Numbers): void {
  expectSome(action, `point of ${name}`, x);
  expectSameLength(action, { [`rates of ${name}`]: x, "its other rates": y });
  expectFinite(action, `the rates of ${name}`, x);
  expectFinite(action, `the rates of ${name}`, y);
}

/** The diagonal on which a method that knows nothing lies. */
export function chance(): Specification {
  return {
    data: { values: [{ x: 0, y: 0 }, { x: 1, y: 1 }] },
    mark: { type: "line", style: "guide" },
    encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } },
  };
}

/** Curves over the whole unit square with their legend. */
export function curveLayer(
  action: string,
  curves: readonly RateCurve[],
  words: { readonly x: string; readonly y: string; readonly legend: string },
): Specification {
  const { color, strokeDash } = labelChannels(action, curves, words.legend);
  const rate = (title: string): Specification => ({
    type: "quantitative",
    title,
    scale: { domain: [0, 1], nice: false },
    axis: { tickCount: 5, format: ".1f" },
  });
  return {
    data: {
      values: curves.flatMap(({ label, x, y }) =>
        thinned(x, y, POINTS).map((i) => ({ label, x: rounded(x[i]), y: rounded(y[i]) }))
      ),
    },
    mark: { type: "line", strokeWidth: 2.2, strokeJoin: "round" },
    encoding: {
      x: { field: "x", ...rate(words.x) },
      y: { field: "y", ...rate(words.y) },
      color,
      strokeDash,
    },
  };
}

/** Colour and dashes by method. Every layer names the legend alike, so that they share one. */
function labelChannels(action: string, curves: readonly RateCurve[], title: string) {
  const labels = curves.map(({ label }) => label);
  const legend = { title, ...lineLegend("right") };
  const channel = { field: "label", type: "nominal", legend };
  return {
    color: { ...channel, scale: colourScale(action, labels) },
    strokeDash: { ...channel, scale: dashScale(action, labels) },
  };
}

function bands(action: string, curves: readonly RateCurve[], legend: string): Specification[] {
  const values = curves.flatMap(({ label, band }) =>
    band === undefined ? [] : thinned(band.falsePositiveRate, band.low, POINTS).map((i) => ({
      label,
      x: rounded(band.falsePositiveRate[i]),
      low: rounded(band.low[i]),
      high: rounded(band.high[i]),
    }))
  );
  if (values.length === 0) return [];
  return [{
    data: { values },
    mark: { type: "area", opacity: 0.18 },
    encoding: {
      x: { field: "x", type: "quantitative" },
      y: { field: "low", type: "quantitative" },
      y2: { field: "high" },
      color: labelChannels(action, curves, legend).color,
    },
  }];
}

/** A line at the accepted rate, a dot on each curve, and what each then finds, in words. */
function atOperatingPoint(curves: readonly RateCurve[]): Specification[] {
  const values = curves.flatMap(({ name, label, x, y }, i) =>
    pieces(x, y).map((piece) => ({
      name,
      label,
      line: 0.03 + 0.06 * (curves.length - 1 - i),
      ...piece,
    }))
  );
  const reached = [
    { filter: "datum.x <= accepted && accepted < datum.x2" },
    { calculate: "accepted", as: "at" },
    {
      calculate: "datum.y + (datum.y2 - datum.y) * (accepted - datum.x) / (datum.x2 - datum.x)",
      as: "found",
    },
    { calculate: "datum.name + '\u2002' + format(datum.found, '.0%')", as: "says" },
  ];
  return [
    {
      data: { values: [{}] },
      transform: [{ calculate: "accepted", as: "at" }],
      mark: { type: "rule", style: "guide" },
      encoding: { x: { field: "at", type: "quantitative" } },
    },
    {
      data: { values },
      transform: reached,
      mark: { type: "point", filled: true, size: 90, opacity: 1, tooltip: null },
      encoding: {
        x: { field: "at", type: "quantitative" },
        y: { field: "found", type: "quantitative" },
        color: { field: "label", type: "nominal" },
      },
    },
    {
      data: { values },
      transform: reached,
      mark: { type: "text", style: "label", align: "right", baseline: "middle" },
      encoding: {
        x: { datum: 0.98, type: "quantitative" },
        y: { field: "line", type: "quantitative" },
        text: { field: "says", type: "nominal" },
      },
    },
    {
      data: { values: [{}] },
      transform: [{
        calculate: "'found at ' + format(accepted, '.0%') + ' false alarms'",
        as: "says",
      }],
      mark: { type: "text", style: "note", align: "right", baseline: "middle" },
      encoding: {
        x: { datum: 0.98, type: "quantitative" },
        y: { datum: 0.03 + 0.06 * curves.length, type: "quantitative" },
        text: { field: "says", type: "nominal" },
      },
    },
  ];
}

/** The pieces of a curve that go to the right, and one beyond its end, for a rate of 1. */
function pieces(x: Numbers, y: Numbers): Specification[] {
  const points = thinned(x, y, POINTS).map((p) => ({ x: rounded(x[p]), y: rounded(y[p]) }));
  const ends = [...points.slice(1), { x: 2, y: points[points.length - 1].y }];
  return points.map((point, i) => ({ ...point, x2: ends[i].x, y2: ends[i].y }))
    .filter((piece) => piece.x2 > piece.x);
}
