/** Curves over one axis, with bands where they are uncertain. */

import { cannot } from "../errors.ts";
import {
  expectDifferentNames,
  expectFinite,
  expectSameLength,
  expectSome,
  type Numbers,
} from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import { colourScale, dashScale, lineLegend, rounded, text, thinned } from "./series.ts";

/** One curve, all arrays equally long. */
export interface Series {
  readonly name: string;
  /** Rising. */
  readonly x: Numbers;
  readonly y: Numbers;
  /** The band around the curve. */
  readonly low?: Numbers;
  readonly high?: Numbers;
}

/** One axis of a figure. */
export interface Axis {
  /** What it measures, with its unit: `size of the bank (rows)`. */
  readonly title: string;
  /** Default `linear`; `log` wants positive numbers. */
  readonly scale?: "linear" | "log";
  /** Only whole numbers are written beside it. Default false. */
  readonly whole?: boolean;
  /** Its ends; default those of the data, without zero unless it is near. */
  readonly domain?: readonly [low: number, high: number];
}

/** What {@linkcode lineFigure} draws around its curves. */
export interface LineFigureOptions extends FigureTitle {
  readonly x: Axis;
  readonly y: Axis;
  /** Dots on the points of the curves. Default: where they are few. */
  readonly points?: boolean;
  /** A level line with words, for example a threshold. */
  readonly level?: { readonly y: number; readonly text: string };
  /** A curve that nothing can lie below: the area under it is shaded and says why. */
  readonly floor?: { readonly x: Numbers; readonly y: Numbers; readonly text: string };
  /** What the legend's names are, above it. Default nothing. */
  readonly legend?: string;
}

const WIDTH = 500;
const HEIGHT = 300;
const POINTS = 150;
const FEW = 40;

/**
 * Curves y(x), each with a band where `low` and `high` are given. Colours and dashes tell them
 * apart; one curve has no legend.
 *
 * A curve of more than 150 points is drawn through 150 of them, its ends and corners among them.
 *
 * Cost: O(points).
 *
 * @throws {RangeError} when there is no curve or an empty one, more than 7, two of one name, arrays
 * differ in length, a number is not finite, x falls, or a logarithmic axis has numbers ≤ 0
 *
 * @example
 * ```ts
 * const figure = lineFigure(
 *   [{ name: "AUROC", x: [1, 10, 100], y: [0.8, 0.9, 0.95], low: [0.7, 0.8, 0.9], high: [0.9, 1, 1] }],
 *   {
 *     x: { title: "photos (count)", scale: "log" },
 *     y: { title: "image AUROC", domain: [0.5, 1] },
 *     title: "More good photos help",
 *   },
 * );
 * console.assert((await figure.toSvg()).includes("photos (count)"));
 * ```
 */
export function lineFigure(series: readonly Series[], options: LineFigureOptions): Figure {
  const { title, subtitle, x, y, level, floor, legend } = options;
  const action = "draw curves";
  expectSeries(action, series, options);
  const few = Math.max(...series.map((one) => one.x.length)) <= FEW;
  const names = series.map(({ name }) => name);
  const values = series.flatMap((one) => rowsOf(one, options));
  const banded = series.some(({ low }) => low !== undefined);
  const many = series.length > 1;
  const key: Specification | null = many
    ? { title: legend ?? null, ...lineLegend("bottom") }
    : null;
  const color = { field: "name", type: "nominal", scale: colourScale(action, names), legend: key };
  return figure({
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    layer: [
      ...(banded
        ? [{
          transform: [{ filter: "isValid(datum.low)" }],
          mark: { type: "area", opacity: 0.2, tooltip: null },
          encoding: {
            x: { field: "x", type: "quantitative", ...axisOf(x) },
            y: { field: "low", type: "quantitative", stack: null, ...axisOf(y) },
            y2: { field: "high" },
            color,
          },
        }]
        : []),
      ...(floor === undefined ? [] : floorLayers(floor, options)),
      ...(level === undefined ? [] : [levelRule(level), levelText(level)]),
      {
        mark: { type: "line", clip: x.domain !== undefined || y.domain !== undefined },
        encoding: {
          x: { field: "x", type: "quantitative", ...axisOf(x) },
          y: { field: "y", type: "quantitative", ...axisOf(y) },
          color,
          strokeDash: many
            ? { field: "name", type: "nominal", scale: dashScale(action, names), legend: key }
            : undefined,
        },
      },
      ...(options.points ?? few
        ? [{
          mark: { type: "point", filled: true, size: 40, opacity: 1 },
          encoding: {
            x: { field: "x", type: "quantitative", ...axisOf(x) },
            y: { field: "y", type: "quantitative", ...axisOf(y) },
            color,
            tooltip: [
              { field: "name", type: "nominal", title: "curve" },
              { field: "x", type: "quantitative", title: x.title },
              { field: "y", type: "quantitative", title: y.title },
            ],
          },
        }]
        : []),
    ],
  }, {
    title,
    subtitle,
    description: `${y.title} over ${x.title}. ` + series.map((one) => {
      const last = one.x.length - 1;
      return `${one.name}: from ${text(one.y[0])} at ${text(one.x[0])} to ${
        text(one.y[last])
      } at ` +
        `${text(one.x[last])}.`;
    }).join(" "),
  });
}

function expectSeries(action: string, series: readonly Series[], options: LineFigureOptions): void {
  expectSome(action, "curve", series);
  expectDifferentNames(action, series);
  for (const { name, x, y, low, high } of series) {
    expectSome(action, `point of ${name}`, x);
    expectSameLength(action, { [`x of ${name}`]: x, y, low, high });
    const named = { x, y, low: low ?? [], high: high ?? [] };
    for (const [which, values] of Object.entries(named)) {
      expectFinite(action, `${which} of ${name}`, values);
      const axis = which === "x" ? options.x : options.y;
      const lowest = Array.from(values).find((value) => axis.scale === "log" && value <= 0);
      if (lowest !== undefined) {
        throw cannot(action, `${which} of ${name} must be positive on a log axis`, `${lowest}`);
      }
    }
    if ((low === undefined) !== (high === undefined)) {
      throw cannot(action, "a band has two sides", `${name} has one`);
    }
    for (let i = 1; i < x.length; i++) {
      if (x[i] < x[i - 1]) {
        throw cannot(action, `x of ${name} must not fall`, `${x[i]} after ${x[i - 1]}`);
      }
    }
  }
}

/** Numbers as they lie along an axis, for spreading points evenly on the paper. */
function along({ scale }: Axis, values: Numbers): Float64Array {
  return Float64Array.from(values, scale === "log" ? Math.log : Number);
}

function rowsOf({ name, x, y, low, high }: Series, options: LineFigureOptions): Specification[] {
  return thinned(along(options.x, x), along(options.y, y), POINTS).map((i) => ({
    name,
    x: rounded(x[i], 5),
    y: rounded(y[i]),
    ...(low === undefined || high === undefined
      ? {}
      : { low: rounded(low[i]), high: rounded(high[i]) }),
  }));
}

/** The scale and the words of an axis. */
export function axisOf({ title, scale = "linear", whole = false, domain }: Axis): Specification {
  return {
    title,
    scale: {
      type: scale,
      zero: scale === "log" ? undefined : false,
      nice: domain === undefined && scale === "linear",
      domain,
    },
    axis: scale === "log"
      ? { tickCount: 6, format: "~r" }
      : whole
      ? { tickCount: 6, tickMinStep: 1, format: "d" }
      : { tickCount: 6 },
  };
}

/** The area below the floor, its edge and its words, which stand at its left end. */
function floorLayers(
  { x, y, text }: { readonly x: Numbers; readonly y: Numbers; readonly text: string },
  options: LineFigureOptions,
): Specification[] {
  const rows = rowsOf({ name: text, x, y }, options);
  const across = { type: "quantitative", ...axisOf(options.x) };
  const up = { type: "quantitative", ...axisOf(options.y) };
  const bottom = options.y.domain?.[0] ?? Math.min(...rows.map((row) => Number(row.y)));
  return [{
    data: { values: rows.map((row) => ({ ...row, bottom })) },
    mark: { type: "area", style: "shade" },
    encoding: {
      x: { field: "x", ...across },
      y: { field: "y", stack: null, ...up },
      y2: { field: "bottom" },
    },
  }, {
    data: { values: rows },
    mark: { type: "line", style: "guide" },
    encoding: { x: { field: "x", ...across }, y: { field: "y", ...up } },
  }, {
    data: { values: [{}] },
    mark: { type: "text", style: "note", align: "left", baseline: "bottom", text },
    encoding: { x: { value: 8 }, y: { value: HEIGHT - 8 } },
  }];
}

function levelRule({ y }: { readonly y: number }): Specification {
  return {
    data: { values: [{}] },
    mark: { type: "rule", style: "guide" },
    encoding: { y: { datum: y, type: "quantitative" } },
  };
}

function levelText({ y, text }: { readonly y: number; readonly text: string }): Specification {
  return {
    data: { values: [{}] },
    mark: { type: "text", style: "note", align: "right", baseline: "bottom", dy: -3, text },
    encoding: { x: { value: WIDTH - 2 }, y: { datum: y, type: "quantitative" } },
  };
}
