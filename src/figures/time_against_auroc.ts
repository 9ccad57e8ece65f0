/** How long methods take against how good they are. */

import { cannot } from "../errors.ts";
import { expectDifferentNames, expectInterval, expectSome } from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import { rounded, text } from "./series.ts";
import { CATEGORY_COLOURS } from "./theme.ts";

/** One method. */
export interface TimedMethod {
  readonly name: string;
  /** A photo. */
  readonly milliseconds: number;
  /** 0…1. */
  readonly auroc: number;
  readonly low?: number;
  readonly high?: number;
  /** What the fitted detector needs, in MB; drawn as the area of the dot. All or none have it. */
  readonly memoryMb?: number;
}

const WIDTH = 500;
const HEIGHT = 300;
/** A character's width and a line's height, in pixels, for keeping labels apart. */
const CHARACTER = 7.2;
const LINE = 15;
/** Where a label may stand beside its dot, best first: to which side, and how far up or down. */
const SPOTS = [
  { align: "left", dy: 0 },
  { align: "right", dy: 0 },
  { align: "left", dy: -14 },
  { align: "left", dy: 14 },
  { align: "right", dy: -14 },
  { align: "right", dy: 14 },
] as const;
/** Areas of the smallest and the largest dot for memories, in square pixels. */
const AREAS = [30, 500] as const;
const AREA = 110;

/**
 * AUROC against the time for a photo, on a logarithmic axis: upper left is best. With intervals
 * where they are given, and with the memory as the area of the dots.
 *
 * The AUROC axis does not begin at zero; its range is that of the intervals.
 *
 * Cost: O(rows²), for labels that do not cover each other.
 *
 * @throws {RangeError} when there is no row, two of one name, a time or a memory that is not above
 * 0, an interval that does not hold its value, or only some have a memory
 *
 * @example
 * ```ts
 * const figure = timeAgainstAuroc([
 *   { name: "SPADE", milliseconds: 350, auroc: 0.85 },
 *   { name: "PatchCore", milliseconds: 12, auroc: 0.98 },
 * ], { title: "Faster and better" });
 * console.assert((await figure.toSvg()).includes("ms"));
 * ```
 */
export function timeAgainstAuroc(rows: readonly TimedMethod[], options: FigureTitle): Figure {
  const action = "draw time against AUROC";
  expectSome(action, "method", rows);
  expectDifferentNames(action, rows);
  for (const { name, milliseconds, auroc, low, high, memoryMb } of rows) {
    expectInterval(action, { name, value: auroc, low, high });
    for (const [what, value] of Object.entries({ time: milliseconds, memory: memoryMb ?? 1 })) {
      if (!(value > 0 && value < Infinity)) {
        throw cannot(action, `the ${what} of ${name} must be above 0`, `${value}`);
      }
    }
  }
  const weighed = rows.filter(({ memoryMb }) => memoryMb !== undefined).length;
  if (weighed !== 0 && weighed !== rows.length) {
    throw cannot(action, "all methods or none have a memory", `${weighed} of ${rows.length}`);
  }
  const times = rows.map(({ milliseconds }) => milliseconds);
  const [fastest, slowest] = [Math.min(...times), Math.max(...times)];
  const xDomain: Ends = [rounded(fastest / 2, 3), rounded(slowest * 2, 3)];
  const lows = rows.map(({ auroc, low }) => low ?? auroc);
  const highs = rows.map(({ auroc, high }) => high ?? auroc);
  const margin = 0.08 * (Math.max(...highs) - Math.min(...lows)) || 0.05;
  const yDomain: Ends = [
    rounded(Math.min(...lows) - margin, 3),
    rounded(Math.min(Math.max(1, ...highs), Math.max(...highs) + margin), 3),
  ];
  const heaviest = Math.max(...rows.map(({ memoryMb }) => memoryMb ?? 0));
  const yOf = (value: number): number => HEIGHT * (yDomain[1] - value) / (yDomain[1] - yDomain[0]);
  const dots = rows.map(({ name, milliseconds, auroc, low, high, memoryMb }): Dot => ({
    name,
    x: WIDTH * Math.log(milliseconds / xDomain[0]) / Math.log(xDomain[1] / xDomain[0]),
    y: yOf(auroc),
    top: yOf(high ?? auroc),
    bottom: yOf(low ?? auroc),
    radius: Math.sqrt(
      (memoryMb === undefined ? AREA : AREAS[0] + (AREAS[1] - AREAS[0]) * memoryMb / heaviest) /
        Math.PI,
    ),
  }));
  const values = rows.map((row) => ({
    ...row,
    milliseconds: rounded(row.milliseconds, 3),
    auroc: rounded(row.auroc),
  }));
  const x = {
    field: "milliseconds",
    type: "quantitative",
    title: "time for a photo (ms, logarithmic)",
    scale: { type: "log", domain: xDomain, nice: false },
    axis: { tickCount: 5, format: "~r" },
  };
  const y = {
    type: "quantitative",
    title: "image AUROC",
    scale: { domain: yDomain, nice: false, zero: false },
    axis: { tickCount: 6 },
  };
  const color = { value: CATEGORY_COLOURS[0] };
  return figure({
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    layer: [
      {
        transform: [{ filter: "isValid(datum.low)" }],
        mark: { type: "rule", strokeWidth: 1.5, opacity: 0.6 },
        encoding: { x, y: { field: "low", ...y }, y2: { field: "high" }, color },
      },
      {
        mark: { type: "point", filled: true, opacity: 1, size: AREA },
        encoding: {
          x,
          y: { field: "auroc", ...y },
          color,
          size: weighed === 0 ? undefined : {
            field: "memoryMb",
            type: "quantitative",
            title: "memory (MB)",
            scale: { type: "linear", domain: [0, heaviest], range: AREAS, nice: false },
            legend: {
              orient: "bottom",
              values: [0.1, 0.5, 1].map((share) => rounded(share * heaviest, 2)),
              symbolFillColor: CATEGORY_COLOURS[0],
              symbolStrokeWidth: 0,
            },
          },
          tooltip: [
            { field: "name", type: "nominal" },
            { field: "milliseconds", type: "quantitative", title: "ms a photo" },
            { field: "auroc", type: "quantitative" },
            ...(weighed === 0 ? [] : [{ field: "memoryMb", type: "quantitative" }]),
          ],
        },
      },
      ...labels(dots),
    ],
  }, {
    ...options,
    description: "Image AUROC against the time for a photo. " +
      rows.map(({ name, milliseconds, auroc }) =>
        `${name}: ${text(milliseconds)} ms, ${auroc.toFixed(3)}.`
      ).join(" "),
  });
}

type Ends = readonly [low: number, high: number];

interface Dot {
  readonly name: string;
  /** In pixels of the plot. */
  readonly x: number;
  readonly y: number;
  /** Ends of the interval. */
  readonly top: number;
  readonly bottom: number;
  readonly radius: number;
}

/** For every dot its label, where it covers least: other labels and dots above all, then lines. */
function labels(dots: readonly Dot[]): Specification[] {
  const taken = dots.map(({ x, y, radius: r }): Box => ({
    x0: x - r,
    x1: x + r,
    y0: y - r,
    y1: y + r,
  }));
  const lines = dots.map(({ x, top, bottom }): Box => ({
    x0: x - 1,
    x1: x + 1,
    y0: top,
    y1: bottom,
  }));
  return dots.map((dot) => {
    const choices = SPOTS.map(({ align, dy }) => {
      const away = dy === 0 ? dot.radius + 6 : 6;
      const x = dot.x + (align === "left" ? away : -away);
      const width = CHARACTER * dot.name.length;
      const x0 = align === "left" ? x : x - width;
      const y = dot.y + Math.sign(dy) * Math.max(Math.abs(dy), dot.radius + 6);
      const box = { x0, x1: x0 + width, y0: y - LINE / 2, y1: y + LINE / 2 };
      const count = (boxes: readonly Box[]) => boxes.filter((other) => overlap(box, other)).length;
      const outside = x0 < 0 || box.x1 > WIDTH + 20 ? 1 : 0;
      return { align, x, y, box, cost: 10 * count(taken) + count(lines) + 5 * outside };
    });
    const best = choices.reduce((a, b) => b.cost < a.cost ? b : a);
    taken.push(best.box);
    return {
      data: { values: [{}] },
      mark: { type: "text", style: "label", baseline: "middle", align: best.align, text: dot.name },
      encoding: { x: { value: Math.round(best.x) }, y: { value: Math.round(best.y) } },
    };
  });
}

interface Box {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

function overlap(a: Box, b: Box): boolean {
  return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}
