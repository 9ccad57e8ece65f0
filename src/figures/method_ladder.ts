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
  /** The ends of the axis; default those of the intervals with a margin. */
  readonly domain?: readonly [low: number, high: number];
  /** Whether each row says by how much it differs from the one above. Default true. */
  readonly differences?: boolean;
}

const WIDTH = 300;
/** With notes, which stand beside the plot. */
const NARROW = 210;
const ROW = 34;

/**
 * Values one under the other in the order given, with their intervals, joined by a thin line; at
 * the right of each row stands its value and the difference to the row above. For ablations that
 * change one thing a row, and for the methods in the order of their years.
 *
 * The axis does not begin at zero: dots are compared by place, not by length.
 *
 * Cost: O(rows).
 *
 * @throws {RangeError} when there is no row, two of one name, an interval that does not hold its
 * value, only some have a group, or the domain is not two rising numbers
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
  const { title, subtitle, unit, differences = true } = options;
  const action = "draw a ladder";
  expectSome(action, "row", rows);
  expectDifferentNames(action, rows);
  rows.forEach((row) => expectInterval(action, row));
  const grouped = rows.filter(({ group }) => group !== undefined).length;
  if (grouped !== 0 && grouped !== rows.length) {
    throw cannot(action, "all rows or none have a group", `${grouped} of ${rows.length}`);
  }
  const domain = options.domain ?? domainOf(rows);
  expectDomain(action, domain);
  const decimals = decimalsOf(domain);
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
      {
        mark: { type: "line", style: "guide", strokeDash: [1, 0], strokeWidth: 1 },
        encoding: { y, x, order: { field: "place", type: "quantitative" } },
      },
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
      words("says", 44, { align: "right", style: "label", fontWeight: "bold" }),
      ...(differences ? [words("change", 92, { align: "right", style: "label" })] : []),
      ...(noted ? [words("note", differences ? 104 : 56, { align: "left", style: "note" })] : []),
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

function domainOf(rows: readonly NamedValue[]): [number, number] {
  const low = Math.min(...rows.map(({ value, low }) => low ?? value));
  const high = Math.max(...rows.map(({ value, high }) => high ?? value));
  const margin = 0.06 * (high - low) || Math.abs(high) || 1;
  return [rounded(low - margin, 6), rounded(high + margin, 6)];
}

/** Enough to tell values of a range apart: percents have one, shares three. */
export function decimalsOf([low, high]: readonly [number, number]): number {
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(high - low))));
}

function signed(value: number, decimals: number): string {
  const digits = Math.abs(value).toFixed(decimals);
  return Number(digits) === 0 ? `±${text(0)}` : `${value > 0 ? "+" : "−"}${digits}`;
}
