/** Bars with intervals. */

import { cannot } from "../errors.ts";
import { expectFinite, expectInterval, expectSome, type NamedValue } from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import { lineWidth } from "./picture_table.ts";
import { colourScale, fixed, rounded, text } from "./series.ts";
import { CATEGORY_COLOURS } from "./theme.ts";

/** One bar. */
export interface Bar extends NamedValue {
  /** Bars of one name stand together, one for each group; all or none have one. */
  readonly group?: string;
}

/** What {@linkcode barFigure} measures. */
export interface BarFigureOptions extends FigureTitle {
  /** What the values are, below the axis: `memory (MB)`. */
  readonly unit: string;
  /** A line at a value, its words above it: what was asked for, or what another reached. */
  readonly level?: { readonly value: number; readonly text: string };
}

const WIDTH = 400;
const BAR = 20;

/**
 * Lying bars from zero, in the order given, with their values beside them and intervals where they
 * are given. Bars of one name and several groups stand together, a colour for each group. A level
 * is a dashed line across all bars.
 *
 * Cost: O(bars).
 *
 * @throws {RangeError} when there is no bar, two of one name and group, an interval that does not
 * hold its value, only some have a group, or the level is not finite or says nothing
 *
 * @example
 * ```ts
 * const figure = barFigure([{ name: "SPADE", value: 350 }, { name: "PatchCore", value: 12 }], {
 *   unit: "time for a photo (ms)",
 *   title: "SPADE searches all photos",
 * });
 * console.assert((await figure.toSvg()).includes("350"));
 * ```
 */
export function barFigure(
  bars: readonly Bar[],
  { title, subtitle, unit, level }: BarFigureOptions,
): Figure {
  const action = "draw bars";
  expectSome(action, "bar", bars);
  bars.forEach((bar) => expectInterval(action, bar));
  const grouped = bars.filter(({ group }) => group !== undefined).length;
  if (grouped !== 0 && grouped !== bars.length) {
    throw cannot(action, "all bars or none have a group", `${grouped} of ${bars.length}`);
  }
  const names = [...new Set(bars.map(({ name }) => name))];
  const groups = [...new Set(bars.flatMap(({ group }) => group ?? []))];
  const keys = bars.map(({ name, group }) => JSON.stringify([name, group]));
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw cannot(action, "each bar comes once", `${twice} twice`);

  if (level !== undefined) {
    expectFinite(action, "a level", [level.value]);
    if (level.text.trim() === "") throw cannot(action, "a level must say what it is", "nothing");
  }

  const height = Math.max(
    names.length * 30,
    names.length * (BAR * Math.max(1, groups.length) + 12),
  );
  const y = {
    field: "name",
    type: "nominal",
    title: null,
    scale: { domain: names, paddingInner: 0.25, paddingOuter: 0.15 },
    axis: { ticks: false, domain: false, labelPadding: 8, labelLimit: 180 },
  };
  const yOffset = groups.length === 0
    ? undefined
    : { field: "group", type: "nominal", scale: { domain: groups } };
  const x = (field: string): Specification => ({
    field,
    type: "quantitative",
    title: unit,
    scale: { zero: true },
    axis: { tickCount: 6 },
  });
  const color: Specification = groups.length === 0 ? { value: CATEGORY_COLOURS[0] } : {
    field: "group",
    type: "nominal",
    scale: colourScale(action, groups),
    legend: { title: null, orient: "bottom", symbolType: "square", symbolStrokeWidth: 0 },
  };
  return figure({
    width: WIDTH,
    height,
    data: {
      values: bars.map(({ name, group, value, low, high }) => ({
        name,
        group,
        value: rounded(value),
        low: low === undefined ? undefined : rounded(low),
        high: high === undefined ? undefined : rounded(high),
        end: rounded(wordsAt(Math.max(value, high ?? value, 0), fixed(value), bars, level?.value)),
        says: fixed(value),
      })),
    },
    layer: [
      {
        mark: { type: "bar" },
        encoding: {
          y,
          yOffset,
          x: x("value"),
          color,
          tooltip: ["name", ...(groups.length === 0 ? [] : ["group"]), "value"].map((field) => ({
            field,
            type: field === "value" ? "quantitative" : "nominal",
          })),
        },
      },
      ...(bars.some(({ low }) => low !== undefined)
        ? [{
          transform: [{ filter: "isValid(datum.low)" }],
          mark: { type: "rule", style: "limit" },
          encoding: { y, yOffset, x: x("low"), x2: { field: "high" } },
        }]
        : []),
      ...(level === undefined ? [] : levelLayers(level, x, endsOf(bars))),
      {
        mark: { type: "text", style: "label", align: "left", baseline: "middle", dx: 6 },
        encoding: { y, yOffset, x: x("end"), text: { field: "says", type: "nominal" } },
      },
    ],
  }, {
    title,
    subtitle,
    description: `Bars of ${unit}. ` +
      bars.map(({ name, group, value }) =>
        `${name}${group === undefined ? "" : `, ${group}`}: ${text(value)}.`
      ).join(" ") +
      (level === undefined ? "" : ` The level at ${text(level.value)}: ${level.text}.`),
  });
}

/** Where the words beside a bar begin: at its end, or past the level where it would cross them. */
function wordsAt(end: number, words: string, bars: readonly Bar[], level?: number): number {
  if (level === undefined) return end;
  const [low, high] = endsOf(bars);
  const pixel = (Math.max(high, level) - Math.min(low, level)) / WIDTH;
  return end < level && end + (lineWidth(words) + 12) * pixel > level ? level : end;
}

/** Where the axis begins and ends, but for its rounding. */
function endsOf(bars: readonly Bar[]): [low: number, high: number] {
  return [
    Math.min(0, ...bars.map(({ value, low }) => low ?? value)),
    Math.max(0, ...bars.map(({ value, high }) => high ?? value)),
  ];
}

/** The line across the bars and its words above them, on the side where more room is. */
function levelLayers(
  level: { readonly value: number; readonly text: string },
  x: (field: string) => Specification,
  [low, high]: readonly [number, number],
): Specification[] {
  const data = { values: [{ level: rounded(level.value), says: level.text }] };
  const leftHalf = level.value < (Math.min(low, level.value) + Math.max(high, level.value)) / 2;
  return [
    { data, mark: { type: "rule", style: "guide" }, encoding: { x: x("level") } },
    {
      data,
      mark: {
        type: "text",
        style: "note",
        baseline: "bottom",
        align: leftHalf ? "left" : "right",
        dx: leftHalf ? -2 : 2,
      },
      encoding: {
        x: x("level"),
        y: { value: -5 },
        text: { field: "says", type: "nominal" },
      },
    },
  ];
}
