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
import { lineWidth } from "./picture_table.ts";
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
  /** A level line, for example a threshold, with words above one of its ends: `at`, by default the
   * end where fewer curves run through them, `right` where both are as free. */
  readonly level?: { readonly y: number; readonly text: string; readonly at?: "left" | "right" };
  /** A curve that nothing can lie below: the area under it is shaded and says why. */
  readonly floor?: { readonly x: Numbers; readonly y: Numbers; readonly text: string };
  /** What the legend's names are, above it. Default nothing. */
  readonly legend?: string;
}

type LevelLine = NonNullable<LineFigureOptions["level"]>;

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
 * differ in length, a number is not finite, x falls, a logarithmic axis has numbers ≤ 0, or the
 * words of the level stand neither `left` nor `right`
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
      ...(level === undefined
        ? []
        : [levelRule(level), levelText(level, level.at ?? freeEnd(series, options, level))]),
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
  const { level } = options;
  if (level !== undefined) {
    const { y, at = "right" } = level;
    expectFinite(action, "a level", [y]);
    if (options.y.scale === "log" && y <= 0) {
      throw cannot(action, "a level must be positive on a log axis", `${y}`);
    }
    if (at !== "left" && at !== "right") {
      throw cannot(action, "the words of a level stand left or right", `${at}`);
    }
  }
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

function levelRule({ y }: LevelLine): Specification {
  return {
    data: { values: [{}] },
    mark: { type: "rule", style: "guide" },
    encoding: { y: { datum: y, type: "quantitative" } },
  };
}

function levelText({ y, text }: LevelLine, at: "left" | "right"): Specification {
  return {
    data: { values: [{}] },
    mark: { type: "text", style: "note", align: at, baseline: "bottom", dy: -3, text },
    encoding: {
      x: { value: at === "left" ? 6 : WIDTH - 2 },
      y: { datum: y, type: "quantitative" },
    },
  };
}

/** How many places along the words of a level are looked at. */
const PLACES = 24;

/** The end of a level at which fewer curves run through its words; a band counts a quarter. */
function freeEnd(
  series: readonly Series[],
  options: LineFigureOptions,
  { y: level, text }: LevelLine,
): "left" | "right" {
  const { floor } = options;
  const onPaper = (x: Numbers, y: Numbers, weight: number) => {
    const [across, up] = [along(options.x, x), along(options.y, y)];
    const kept = thinned(across, up, POINTS);
    return { across: kept.map((i) => across[i]), up: kept.map((i) => up[i]), weight };
  };
  const lines = series.map(({ x, y }) => onPaper(x, y, 1));
  if (floor !== undefined) lines.push(onPaper(floor.x, floor.y, 1));
  for (const { x, low, high } of series) {
    if (low === undefined || high === undefined) continue;
    lines.push(onPaper(x, low, 0.25), onPaper(x, high, 0.25));
  }
  const [at] = along(options.y, [level]);
  const { x: { domain: wide }, y: { domain: tall } } = options;
  const xs = wide === undefined ? lines.flatMap(({ across }) => across) : along(options.x, wide);
  const ys = tall === undefined ? [at, ...lines.flatMap(({ up }) => up)] : along(options.y, tall);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [bottom, top] = [Math.min(...ys), Math.max(...ys)];
  const pixels = (y: number): number => HEIGHT * (top - y) / (top - bottom || 1);
  const line = pixels(at);
  const width = Math.min(WIDTH / 2, lineWidth(text) + 8);
  const crossed = (from: number): number => {
    let sum = 0;
    for (const { across, up, weight } of lines) {
      for (let i = 0; i <= PLACES; i++) {
        const place = left + (right - left) * (from + i * width / PLACES) / WIDTH;
        const height = heightAt(across, up, place);
        // From the line to above the words, with room for dots.
        const near = height !== undefined && pixels(height) > line - 24 &&
          pixels(height) < line + 4;
        if (near) sum += weight;
      }
    }
    return sum;
  };
  // The words of the floor stand at its left end.
  const taken = floor !== undefined && line > HEIGHT - 30 ? PLACES : 0;
  return crossed(0) + taken < crossed(WIDTH - width) ? "left" : "right";
}

/** How high a curve is at a place; undefined where it is not. Places may be equal at a step. */
function heightAt(x: Numbers, y: Numbers, place: number): number | undefined {
  const last = x.length - 1;
  if (!(x[0] <= place && place <= x[last])) return undefined;
  let after = 0;
  while (x[after] < place) after++;
  if (after === 0) return y[0];
  const share = (place - x[after - 1]) / (x[after] - x[after - 1]);
  return y[after - 1] + share * (y[after] - y[after - 1]);
}
