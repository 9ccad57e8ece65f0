/** Steps or methods one under the other, each with its interval and what it adds. */

import { cannot } from "../errors.ts";
import {
  expectDifferentNames,
  expectDomain,
  expectInterval,
  expectSome,
  type NamedValue,
} from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import { lineWidth } from "./picture_table.ts";
import { colourScale, rounded, text } from "./series.ts";
import { CATEGORY_COLOURS } from "./theme.ts";

/** One rung: what was changed or which method it is, and how good it was. */
export interface LadderRow extends NamedValue {
  /** Rows of one group share a colour; all or none have one. */
  readonly group?: string;
  /** Words at the right end: `same gallery`. */
  readonly note?: string;
}

/** What {@linkcode methodLadder} measures. */
export interface MethodLadderOptions extends FigureTitle {
  /** What the values are, below the axis: `image AUROC (%)`. */
  readonly unit: string;
  /** The ends of the axis; default those of the intervals with a margin, though not beyond what a
   * share, a percentage or an AUROC can be, as {@linkcode methodLadder} reads it from the unit. */
  readonly domain?: readonly [low: number, high: number];
  /** Whether the rows are steps, each made of the one above: a line joins them. Default true;
   * without, there are no differences either. */
  readonly joined?: boolean;
  /** Whether each row says by how much it differs from the one above. Default where they are
   * joined. */
  readonly differences?: boolean;
}

/** Units whose values are shares: at least 0 and at most the whole. */
const SHARES =
  /%|\b(?:percent|points?|AUROC|AUPRO|PRO|AUC|share|rate|fraction|recall|precision)\b/i;
/** Units of which the whole is 100. */
const HUNDREDS = /%|\b(?:percent|points?)\b/i;

const WIDTH = 300;
/** With notes, which stand beside the plot. */
const NARROW = 210;
const ROW = 34;
/** How much wider bold digits are than others. */
const BOLD = 1.1;

/**
 * Values one under the other in the order given, with their intervals, joined by a thin line; at
 * the right of each row stands its value and the difference to the row above. For ablations that
 * change one thing a row, and for the methods in the order of their years. Rows that are
 * alternatives, not steps, are not to be joined.
 *
 * The axis does not begin at zero: dots are compared by place, not by length. Where the unit names a
 * share (`%`, `points`, `AUROC`, `AUPRO`, `rate` and the like) it does not run past the whole, nor
 * below zero unless a value does: the whole is 100 where the unit says `%`, `percent` or `points`,
 * or a value is above 1, else 1.
 *
 * Cost: O(rows).
 *
 * @throws {RangeError} when there is no row, two of one name, an interval that does not hold its
 * value, only some have a group, the domain is not two rising numbers, or differences are wanted of
 * rows that are not joined
 *
 * @example
 * ```ts
 * const figure = methodLadder([
 *   { name: "SPADE", value: 85.5, low: 83, high: 88 },
 *   { name: "+ position", value: 91, low: 89, high: 93 },
 * ], { unit: "image AUROC (%)", title: "Position helps" });
 * console.assert((await figure.toSvg()).includes("+5.5"));
 * ```
 */
export function methodLadder(rows: readonly LadderRow[], options: MethodLadderOptions): Figure {
  const { title, subtitle, unit, joined = true, differences = joined } = options;
  const action = "draw a ladder";
  expectSome(action, "row", rows);
  expectDifferentNames(action, rows);
  rows.forEach((row) => expectInterval(action, row));
  const grouped = rows.filter(({ group }) => group !== undefined).length;
  if (grouped !== 0 && grouped !== rows.length) {
    throw cannot(action, "all rows or none have a group", `${grouped} of ${rows.length}`);
  }
  if (differences && !joined) {
    throw cannot(action, "differences are those of joined rows", "differences, but not joined");
  }
  const wide = options.domain ?? domainOf(rows);
  expectDomain(action, wide);
  const decimals = decimalsOf(wide);
  const domain = options.domain ?? withinShares(wide, rows, unit);
  const values = rows.map((row, i) => {
    const change = i === 0 ? undefined : row.value - rows[i - 1].value;
    return {
      ...row,
      value: rounded(row.value),
      low: row.low === undefined ? undefined : rounded(row.low),
      high: row.high === undefined ? undefined : rounded(row.high),
      place: i,
      says: row.value.toFixed(decimals),
      change: change === undefined || !differences ? "" : signed(change, decimals),
      note: row.note ?? "",
    };
  });
  // The columns at the right end: the values, then the differences, then the notes.
  const says = columnWidth(44, BOLD * widest(values.map(({ says }) => says)));
  const change = says + (differences ? columnWidth(48, widest(values.map((v) => v.change))) : 0);
  const noted = rows.some(({ note }) => note !== undefined);
  const width = noted ? NARROW : WIDTH;
  const names = rows.map(({ name }) => name);
  const groups = [...new Set(rows.flatMap(({ group }) => group ?? []))];
  const y = {
    field: "name",
    type: "nominal",
    title: null,
    sort: null,
    scale: { domain: names },
    axis: { labelLimit: 180, ticks: false, domain: false, labelPadding: 8, grid: true },
  };
  const x = {
    field: "value",
    type: "quantitative",
    title: unit,
    scale: { domain, nice: false, zero: false },
    axis: { tickCount: 6 },
  };
  const color: Specification = groups.length === 0 ? { value: CATEGORY_COLOURS[0] } : {
    field: "group",
    type: "nominal",
    scale: colourScale(action, groups),
    legend: { title: null, orient: "bottom", symbolType: "circle", symbolStrokeWidth: 0 },
  };
  const words = (field: string, at: number, mark: Specification): Specification => ({
    mark: { type: "text", baseline: "middle", ...mark },
    encoding: { y, x: { value: width + at }, text: { field, type: "nominal" } },
  });
  return figure({
    width,
    height: ROW * rows.length,
    data: { values },
    layer: [
      ...(joined
        ? [{
          mark: { type: "line", style: "guide", strokeDash: [1, 0], strokeWidth: 1 },
          encoding: { y, x, order: { field: "place", type: "quantitative" } },
        }]
        : []),
      {
        transform: [{ filter: "isValid(datum.low)" }],
        mark: { type: "rule", strokeWidth: 2.5 },
        encoding: { y, x: { ...x, field: "low" }, x2: { field: "high" }, color },
      },
      {
        mark: { type: "point", filled: true, size: 110, opacity: 1 },
        encoding: {
          y,
          x,
          color,
          tooltip: ["name", "value", "low", "high"].map((field) => ({
            field,
            type: field === "name" ? "nominal" : "quantitative",
          })),
        },
      },
      words("says", says, { align: "right", style: "label", fontWeight: "bold" }),
      ...(differences ? [words("change", change, { align: "right", style: "label" })] : []),
      ...(noted ? [words("note", change + 12, { align: "left", style: "note" })] : []),
    ],
  }, {
    title,
    subtitle,
    description: `${unit}, one row after the other. ` +
      rows.map(({ name, value, low, high }) =>
        `${name}: ${value.toFixed(decimals)}` +
        (low === undefined || high === undefined
          ? "."
          : ` (${low.toFixed(decimals)} to ${high.toFixed(decimals)}).`)
      ).join(" "),
  });
}

/** Whole pixels that the widest of some words takes. */
function widest(words: readonly string[]): number {
  return Math.ceil(Math.max(...words.map(lineWidth)));
}

/** The usual width of a column, or as much more as its words need. */
function columnWidth(usual: number, words: number): number {
  return words + 3 <= usual ? usual : words + 8;
}

function domainOf(rows: readonly NamedValue[]): [number, number] {
  const low = Math.min(...rows.map(({ value, low }) => low ?? value));
  const high = Math.max(...rows.map(({ value, high }) => high ?? value));
  const margin = 0.06 * (high - low) || Math.abs(high) || 1;
  return [rounded(low - margin, 6), rounded(high + margin, 6)];
}

/** The ends of the axis without what no share can be, where the unit says that these are shares. */
function withinShares(
  [low, high]: readonly [number, number],
  rows: readonly NamedValue[],
  unit: string,
): readonly [number, number] {
  if (!SHARES.test(unit)) return [low, high];
  const least = Math.min(...rows.map(({ value, low }) => low ?? value));
  const most = Math.max(...rows.map(({ value, high }) => high ?? value));
  const whole = HUNDREDS.test(unit) || most > 1 ? 100 : 1;
  return [
    least >= 0 ? Math.max(0, low) : low,
    most <= whole ? Math.min(whole, high) : high,
  ];
}

/** Enough to tell values of a range apart: percents have one, shares three. */
export function decimalsOf([low, high]: readonly [number, number]): number {
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(high - low))));
}

function signed(value: number, decimals: number): string {
  const digits = Math.abs(value).toFixed(decimals);
  return Number(digits) === 0 ? `±${text(0)}` : `${value > 0 ? "+" : "−"}${digits}`;
}
