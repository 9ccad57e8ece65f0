/** The bins of a histogram: of the scores in its domain, and of those beyond it. */

import { cannot } from "../errors.ts";
import { expectDomain, expectWhole } from "./expect.ts";
import { rounded, text } from "./series.ts";

/** How scores are divided. */
export interface BinOptions {
  /** Default 30. */
  readonly bins?: number;
  /** The scores that the bins divide, default all. Those beyond are counted in a bin of their own at
   * each end, set apart and marked `< low` or `≥ high`: none is left out. */
  readonly domain?: readonly [low: number, high: number];
  /** Default `linear`; `log` wants positive scores. */
  readonly scale?: "linear" | "log";
  /** Which the domain must hold. */
  readonly threshold?: number;
}

/** Width of the axis, in pixels. */
export const BINS_WIDTH = 500;
/** Width of the bin of scores beyond the domain and of the space before it, in pixels. */
const EDGE = { bin: 22, gap: 10 } as const;

/** How scores lie along an axis. */
export interface AxisScale {
  readonly log: boolean;
  /** From a score to its place. */
  along(score: number): number;
  /** From a place to its score. */
  back(place: number): number;
}

/** A bin of scores beyond the domain, where it is drawn, and what is written below it. */
export interface EdgeBin {
  readonly from: number;
  readonly to: number;
  readonly says: string;
}

/** Bins of scores, and how they lie along the axis. */
export interface Bins {
  /** Rising, those of the domain where one is given. */
  readonly edges: readonly number[];
  readonly under?: EdgeBin;
  readonly over?: EdgeBin;
  /** The ends of the axis. */
  readonly ends: readonly [number, number];
  readonly scale: AxisScale;
}

/** The bins for scores between two ends, and those beyond the domain where there are such scores. */
export function binsOf(action: string, scores: readonly number[], options: BinOptions): Bins {
  const { bins: wanted = 30, domain, threshold } = options;
  expectWhole(action, "bins", wanted, [1, 200]);
  const shown = threshold === undefined ? scores : [...scores, threshold];
  const scale = scaleOf(action, [...shown, ...domain ?? []], options);
  const [least, most] = [Math.min(...shown), Math.max(...shown)];
  if (domain === undefined) {
    const step = roundStep((scale.along(most) - scale.along(least) || 1) / wanted);
    const low = step * Math.floor(scale.along(least) / step);
    const count = 1 + Math.floor((scale.along(most) - low) / step);
    const edges = Array.from(
      { length: count + 1 },
      (_, i) => rounded(scale.back(rounded(low + i * step, 10)), 10),
    );
    return { edges, ends: [edges[0], edges[count]], scale };
  }
  expectDomain(action, domain);
  const [low, high] = domain;
  if (threshold !== undefined && !(threshold >= low && threshold <= high)) {
    throw cannot(action, "the domain must hold the threshold", `${threshold} in [${low}, ${high}]`);
  }
  const [start, end] = domain.map(scale.along);
  const inner = Array.from(
    { length: wanted - 1 },
    (_, i) => rounded(scale.back(start + (i + 1) * (end - start) / wanted), 10),
  );
  const beyond = [least < low, most > high].filter(Boolean).length;
  const pixel = (end - start) / (BINS_WIDTH - beyond * (EDGE.gap + EDGE.bin));
  const past = (place: number, pixels: number): number =>
    rounded(scale.back(place + pixels * pixel), 10);
  const [near, far] = [EDGE.gap, EDGE.gap + EDGE.bin];
  const under = least < low
    ? { from: past(start, -far), to: past(start, -near), says: `< ${text(low, 6)}` }
    : undefined;
  const over = most > high
    ? { from: past(end, near), to: past(end, far), says: `≥ ${text(high, 6)}` }
    : undefined;
  return {
    edges: [low, ...inner, high],
    under,
    over,
    ends: [under?.from ?? low, over?.to ?? high],
    scale,
  };
}

function scaleOf(
  action: string,
  numbers: readonly number[],
  { scale = "linear" }: BinOptions,
): AxisScale {
  if (scale === "linear") return { log: false, along: Number, back: Number };
  if (scale !== "log") throw cannot(action, "a scale is linear or log", `${scale}`);
  const least = Math.min(...numbers);
  if (least <= 0) throw cannot(action, "numbers on a log axis must be positive", `${least}`);
  return { log: true, along: Math.log10, back: (place) => 10 ** place };
}

/** The next 1, 2, 2.5 or 5 times a power of ten. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((choice) => choice * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}
