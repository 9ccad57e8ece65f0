/** Selections of rows as they grow, seen in the plane. */

import { cannot } from "../errors.ts";
import type { Matrix } from "../types.ts";
import {
  expectDifferentNames,
  expectFinite,
  expectPlane,
  expectSome,
  expectWhole,
  type Numbers,
} from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import { equalSpans } from "./plane.ts";
import { fixed, rounded, slider, text } from "./series.ts";
import { CATEGORY_COLOURS, FIGURE_WIDTH } from "./theme.ts";

/** Rows in the order in which they are chosen: every prefix is a smaller selection. */
export interface SelectionOrder {
  readonly name: string;
  /** Row numbers, all different. */
  readonly order: Numbers;
  /** The covering radius of each prefix, as long as the order. */
  readonly radii?: Numbers;
}

/** What {@linkcode coresetScatter} shows at first, and its axes. */
export interface CoresetScatterOptions extends FigureTitle {
  /** How many rows are chosen at first; default a tenth of the slider's way. */
  readonly count?: number;
  /** How far the slider goes; default the shortest order, at most 300. */
  readonly largest?: number;
  /** Default `first axis` and `second axis`. */
  readonly axes?: readonly [x: string, y: string];
}

const MOST = 3;
const LARGEST_SIDE = 380;
/** Rows drawn in the background: enough to see where they lie. */
const BACKGROUND = 1200;

/**
 * One panel for each way of choosing: all rows faint, the chosen ones in colour, the last chosen
 * with a ring. A slider sets how many are chosen in all panels, so that nested selections grow side
 * by side. Both axes have one scale: what looks near is near in the plane.
 *
 * Distances in the features are not distances in the plane; `radii` says the former.
 *
 * Cost: O(N). Of more than 1,200 rows the background draws every n-th; chosen rows are always drawn.
 *
 * @param points rows in the plane, [N, 2], for example `principalAxes` of them
 * @param orders one to three
 * @throws {TypeError} when points is not a matrix
 * @throws {RangeError} when it is not [N, 2] or not finite, an order is empty, names a row that is
 * not there or one twice, radii are not as long as their order, or a count is not in 1…largest
 *
 * @example
 * ```ts
 * const points = { data: Float32Array.of(0, 0, 1, 0, 9, 9, 5, 5), shape: [4, 2] } as const;
 * const figure = coresetScatter(points, [
 *   { name: "greedy", order: [0, 2, 3], radii: [12.7, 6.4, 1] },
 *   { name: "random", order: [0, 1, 2], radii: [12.7, 12, 5.7] },
 * ], { title: "Greedy reaches the far row sooner" });
 * console.assert((await figure.toSvg()).includes("covering radius"));
 * ```
 */
export function coresetScatter(
  points: Matrix,
  orders: readonly SelectionOrder[],
  options: CoresetScatterOptions,
): Figure {
  const { title, subtitle, axes = ["first axis", "second axis"] } = options;
  const action = "draw selections";
  expectPlane(action, "points", points);
  expectSome(action, "order", orders);
  expectDifferentNames(action, orders);
  if (orders.length > MOST) throw cannot(action, `there are at most ${MOST}`, `${orders.length}`);
  orders.forEach((order) => expectOrder(action, order, points.shape[0]));
  const shortest = Math.min(...orders.map(({ order }) => order.length));
  const largest = options.largest ?? Math.min(shortest, 300);
  const count = options.count ?? Math.max(1, Math.round(largest / 10));
  expectWhole(action, "the largest count", largest, [1, shortest]);
  expectWhole(action, "the count", count, [1, largest]);

  const side = Math.min(
    LARGEST_SIDE,
    Math.floor((FIGURE_WIDTH - 60 - 30 * (orders.length - 1)) / orders.length),
  );
  const dot = points.shape[0] > 300 ? 7 : 22;
  const spans = equalSpans(points, { width: side, height: side });
  return figure({
    params: [slider({
      name: "count",
      label: "chosen rows",
      value: count,
      min: 1,
      max: largest,
      step: 1,
    })],
    data: { name: "rows", values: rowsOf(points, orders, largest) },
    spacing: 30,
    hconcat: orders.map((order, i) => panel(order, { i, side, spans, axes, largest, dot })),
  }, {
    title,
    subtitle,
    description: `${points.shape[0]} rows in the plane, with the first ${count} chosen by ` +
      `${orders.map(({ name }) => name).join(" and by ")}; a slider goes to ${largest}.` +
      orders.map(({ name, radii }) =>
        radii === undefined
          ? ""
          : ` Covering radius of ${name}: ${text(radii[count - 1])} at ${count}, ` +
            `${text(radii[largest - 1])} at ${largest}.`
      ).join(""),
  });
}

function expectOrder(action: string, { name, order, radii }: SelectionOrder, rows: number): void {
  expectSome(action, `row in ${name}`, order);
  const seen = new Set<number>();
  for (const row of Array.from(order)) {
    if (!Number.isInteger(row) || row < 0 || row >= rows) {
      throw cannot(action, `${name} names rows in 0…${rows - 1}`, `${row}`);
    }
    if (seen.has(row)) throw cannot(action, `${name} names each row once`, `${row} twice`);
    seen.add(row);
  }
  if (radii === undefined) return;
  expectFinite(action, `the radii of ${name}`, radii);
  if (radii.length !== order.length) {
    throw cannot(action, "radii are as many as rows", `${radii.length} for ${order.length}`);
  }
}

/** Where each row lies, and as which it is chosen (`rank0`, `rank1`, …, from 1). */
function rowsOf(
  points: Matrix,
  orders: readonly SelectionOrder[],
  largest: number,
): Specification[] {
  const [rows] = points.shape;
  const ranks = orders.map(({ order }) => {
    const rank = new Map<number, number>();
    for (let i = 0; i < largest; i++) rank.set(order[i], i + 1);
    return rank;
  });
  const every = Math.ceil(rows / BACKGROUND);
  const drawn: Specification[] = [];
  for (let row = 0; row < rows; row++) {
    const chosen = ranks.flatMap((rank, i) => {
      const place = rank.get(row);
      return place === undefined ? [] : [[`rank${i}`, place] as const];
    });
    if (row % every !== 0 && chosen.length === 0) continue;
    drawn.push({
      x: rounded(points.data[2 * row]),
      y: rounded(points.data[2 * row + 1]),
      ...Object.fromEntries(chosen),
    });
  }
  return drawn;
}

interface PanelOptions {
  readonly i: number;
  readonly side: number;
  readonly spans: { readonly x: readonly [number, number]; readonly y: readonly [number, number] };
  readonly axes: readonly [string, string];
  readonly largest: number;
  /** Area of a background dot, in square pixels. */
  readonly dot: number;
}

function panel(
  { name, radii }: SelectionOrder,
  { i, side, spans, axes, largest, dot }: PanelOptions,
): Specification {
  const rank = `datum.rank${i}`;
  const axis = (field: "x" | "y"): Specification => ({
    field,
    type: "quantitative",
    title: field === "x" ? axes[0] : i === 0 ? axes[1] : null,
    scale: { domain: spans[field], nice: false, zero: false },
    axis: { tickCount: 4, labels: field === "x" || i === 0, grid: false },
  });
  const dots = (mark: Specification, filter?: string): Specification => ({
    transform: filter === undefined ? [] : [{ filter }],
    mark: { type: "point", filled: true, opacity: 1, ...mark },
    encoding: { x: axis("x"), y: axis("y") },
  });
  return {
    title: { text: name, fontSize: 13, offset: radii === undefined ? 6 : 18 },
    width: side,
    height: side,
    layer: [
      dots({ size: dot, style: "faint" }),
      dots({ size: 34, color: CATEGORY_COLOURS[i] }, `isValid(${rank}) && ${rank} <= count`),
      {
        transform: [{ filter: `${rank} == count` }],
        mark: { type: "point", filled: false, size: 120, opacity: 1, style: "limit" },
        encoding: { x: axis("x"), y: axis("y") },
      },
      ...(radii === undefined
        ? []
        : [radiusText(radii, largest, side < 200 ? "radius" : "covering radius")]),
    ],
  };
}

function radiusText(radii: Numbers, largest: number, words: string): Specification {
  const values = Array.from({ length: largest }, (_, i) => ({ n: i + 1, r: fixed(radii[i]) }));
  return {
    data: { values },
    transform: [
      { filter: "datum.n == count" },
      { calculate: `datum.n + ' chosen, ${words} ' + datum.r`, as: "says" },
    ],
    mark: { type: "text", style: "note", align: "left", baseline: "bottom" },
    encoding: {
      x: { value: 0 },
      y: { value: -5 },
      text: { field: "says", type: "nominal" },
    },
  };
}
