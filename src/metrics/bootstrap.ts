/** The bootstrap over images: how much would a value differ on other images of the same kind? */

import { cannot } from "../errors.ts";
import {
  aurocScoreInterval,
  type Estimate,
  type Interval,
  LEVEL,
  type LevelOption,
  zOfLevel,
} from "./intervals.ts";
import { normalQuantile, normalTails } from "./normal.ts";
import {
  forEachResample,
  type ResampleOptions,
  RESAMPLES,
  SEED,
  type Strata,
} from "./resamples.ts";

/** What is measured. Only an image AUROC is a chance about images; see {@linkcode bootstrapInterval}. */
export type Measure = "image AUROC" | "pixel AUROC" | "AUPRO";

/** A value and what it becomes on resampled images. Plain data; intervals are made from it. */
export interface Bootstrapped {
  readonly measure: Measure;
  /** On the images themselves. */
  readonly value: number;
  /** On each resample, [resamples]. */
  readonly resampled: Float64Array;
  /** On all images but one, [N]. */
  readonly jackknife: Float64Array;
  readonly strata: Strata;
  readonly seed: number;
}

/** A value of images that are drawn several times, or not at all: how often each one is, [N]. */
export type CountedMeasure = (counts: Uint32Array) => number;

/** A value on the images themselves, and on counted ones. */
export interface Measured {
  readonly measure: Measure;
  readonly value: number;
  readonly onCounts: CountedMeasure;
}

/**
 * Bootstraps a value that is computed from how often each image was drawn.
 *
 * @param strata the images by class
 */
export function bootstrap(
  measured: Measured,
  options: ResampleOptions & { readonly strata: Strata },
): Bootstrapped {
  const [found] = bootstrapAll([measured], options);
  return found;
}

/** Bootstraps several values on resamples that are drawn once: each as {@linkcode bootstrap}. */
export function bootstrapAll(
  measured: readonly Measured[],
  { strata, resamples = RESAMPLES, seed = SEED }: ResampleOptions & { readonly strata: Strata },
): readonly Bootstrapped[] {
  const counts = new Uint32Array(strata.normal.length + strata.anomalous.length);
  const resampled = measured.map((): number[] => []);
  forEachResample(strata, { resamples, seed }, (images) => {
    counts.fill(0);
    for (let i = 0; i < images.length; i++) counts[images[i]]++;
    for (let m = 0; m < measured.length; m++) resampled[m].push(measured[m].onCounts(counts));
  });
  counts.fill(1);
  const jackknife = measured.map(() => new Float64Array(counts.length));
  for (let left = 0; left < counts.length; left++) {
    counts[left] = 0;
    for (let m = 0; m < measured.length; m++) jackknife[m][left] = measured[m].onCounts(counts);
    counts[left] = 1;
  }
  return measured.map(({ measure, value }, m) => ({
    measure,
    value,
    resampled: Float64Array.from(resampled[m]),
    jackknife: jackknife[m],
    strata,
    seed,
  }));
}

/**
 * The bootstrap word by word: draws images and measures anew, on the same resamples as the fast
 * functions. The plain twin of {@linkcode bootstrapAuroc} and of those for pixels.
 *
 * Cost: `resamples` times the measure.
 *
 * @param measure a value of the images with these indices; one may be there several times
 * @param strata which images are drawn from which
 * @returns the values of the resamples, [resamples]
 * @throws {RangeError} when `resamples` or `seed` is out of range
 *
 * @example The mean of four numbers, resampled
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const numbers = [1, 2, 30, 40];
 * const strata = { normal: Int32Array.of(0, 1), anomalous: Int32Array.of(2, 3) };
 * const mean = (images: Int32Array) => images.reduce((sum, i) => sum + numbers[i], 0) / 4;
 * const means = bootstrapPlain(mean, { strata, resamples: 100 });
 * assertEquals([Math.min(...means), Math.max(...means)], [15.5, 21]);
 * ```
 */
export function bootstrapPlain(
  measure: (images: Int32Array) => number,
  { strata, ...options }: ResampleOptions & { readonly strata: Strata },
): Float64Array {
  const values: number[] = [];
  forEachResample(strata, options, (images) => values.push(measure(images)));
  return Float64Array.from(values);
}

/** Options of {@linkcode bootstrapInterval}. */
export interface BootstrapIntervalOptions extends LevelOption {
  /** Default `"bca"`. */
  readonly method?: "bca" | "percentile";
}

/**
 * The confidence interval of a bootstrapped value.
 *
 * `"percentile"`: the (1−level)/2 and (1+level)/2 quantiles of the resampled values, interpolated
 * linearly. `"bca"` (bias-corrected and accelerated, default) moves both to the quantiles
 *
 *     Φ(z₀ + (z₀ + z)/(1 − a·(z₀ + z))),   z = Φ⁻¹((1 ∓ level)/2)
 *
 * with z₀ = Φ⁻¹(the share of resampled values below the value, equal ones counting half, kept half
 * a resample away from 0 and 1) and, from the leave-one-out values θᵢ of the s classes of nₛ images,
 * Uᵢ = (nₛ−1)·(mean θ − θᵢ),
 *
 *     a = ⅙ · Σₛ Σᵢ Uᵢ³/nₛ³ / (Σₛ Σᵢ Uᵢ²/nₛ²)^{3/2}
 *
 * Resamples that all have the same value say nothing about others. For an image AUROC
 * {@linkcode aurocScoreInterval} is given then; for the others the constant itself, as no such
 * formula is known for them. The result's `method` says what was done.
 *
 * In the simulation of {@linkcode aurocInterval} (1,000 draws, 1,000 resamples each) nominal 95 %
 * intervals held a true image AUROC of 0.9 to 0.99 in 93 to 99 % (BCa) and 87 to 100 % (percentile)
 * of the draws; with tens of images the percentile interval is too short.
 *
 * Cost: O(B log B) for B resamples.
 *
 * Source: Efron 1987; Efron and Tibshirani 1993, chapter 14. Equal to `scipy.stats.bootstrap` with
 * one sample a class, on the same resamples.
 * Differs: scipy returns NaN where all resamples are equal.
 *
 * @throws {RangeError} when the level is not in (0, 1)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const strata = { normal: Int32Array.of(0, 1), anomalous: Int32Array.of(2, 3) };
 * const found = bootstrapInterval({
 *   measure: "AUPRO",
 *   value: 0.5,
 *   resampled: Float64Array.of(0.3, 0.4, 0.5, 0.6, 0.7),
 *   jackknife: Float64Array.of(0.4, 0.6, 0.4, 0.6),
 *   strata,
 *   seed: 0,
 * }, { level: 0.5, method: "percentile" });
 * assertEquals([found.lower, found.upper], [0.4, 0.6]);
 * ```
 */
export function bootstrapInterval(
  bootstrapped: Bootstrapped,
  { level = LEVEL, method = "bca" }: BootstrapIntervalOptions = {},
): Estimate {
  const z = zOfLevel(level);
  const { measure, value, resampled, strata } = bootstrapped;
  if (isConstant(resampled)) {
    if (measure === "image AUROC" && resampled[0] === value) {
      const [anomalous, normal] = [strata.anomalous.length, strata.normal.length];
      return aurocScoreInterval(value, { level, anomalous, normal });
    }
    return { value, lower: resampled[0], upper: resampled[0], level, method: "constant" };
  }
  return { value, level, ...resampledInterval(bootstrapped, { z, method }) };
}

/** What quantiles of resampled values need. */
export type Resampled = Pick<Bootstrapped, "value" | "resampled" | "jackknife" | "strata">;

/** Whether all values are the same. */
export function isConstant(values: Float64Array): boolean {
  return values.every((value) => value === values[0]);
}

/** Both ends, at z standard errors if the values were normal. */
export function resampledInterval(
  found: Resampled,
  { z, method }: { readonly z: number; readonly method: "bca" | "percentile" },
): Omit<Interval, "level"> {
  const { z0, a } = correction(found, method);
  const sorted = found.resampled.toSorted();
  const [lower, upper] = [-z, z].map((side) => {
    const moved = z0 + side;
    const stretch = 1 - a * moved;
    // Beyond its pole the correction has moved the end past all resamples.
    const at = stretch > 0 ? normalTails(z0 + moved / stretch).lower : side < 0 ? 0 : 1;
    return quantile(sorted, at);
  });
  return { lower, upper, method };
}

/**
 * The two-sided p-value of "the true value is 0": the level at which an interval's end is there.
 * One resample below and one above 0 are added, so that p is never below 2/(resamples + 2).
 */
export function resampledP(found: Resampled, method: "bca" | "percentile"): number {
  const { resampled } = found;
  const below = (twiceBelow(resampled, 0) / 2 + 1) / (resampled.length + 2);
  const { z0, a } = correction(found, method);
  const w = normalQuantile(below) - z0;
  const stretch = 1 + a * w;
  if (stretch <= 0) return 2 / (resampled.length + 2);
  const { lower, upper } = normalTails(w / stretch - z0);
  return Math.max(2 / (resampled.length + 2), Math.min(1, 2 * lower, 2 * upper));
}

/** Bias z₀ and acceleration a; both 0 for plain percentiles. */
function correction(
  { value, resampled, jackknife, strata }: Resampled,
  method: "bca" | "percentile",
): { readonly z0: number; readonly a: number } {
  if (method === "percentile") return { z0: 0, a: 0 };
  const half = 0.5 / resampled.length;
  const below = twiceBelow(resampled, value) * half;
  const z0 = normalQuantile(Math.min(1 - half, Math.max(half, below)));
  let cubes = 0;
  let squares = 0;
  for (const images of [strata.normal, strata.anomalous]) {
    const n = images.length;
    const mean = images.reduce((sum, i) => sum + jackknife[i], 0) / n;
    for (const i of images) {
      const influence = (n - 1) * (mean - jackknife[i]) / n;
      cubes += influence ** 3;
      squares += influence ** 2;
    }
  }
  return { z0, a: squares === 0 ? 0 : cubes / (6 * squares ** 1.5) };
}

/** Twice how many values are below a limit, one that equals it adding 1. */
function twiceBelow(values: Float64Array, limit: number): number {
  let twice = 0;
  for (const value of values) twice += value < limit ? 2 : value === limit ? 1 : 0;
  return twice;
}

/** A quantile of sorted values, linear between neighbours as in numpy. */
function quantile(sorted: Float64Array, at: number): number {
  const place = at * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** Refuses two bootstraps that cannot be compared value by value. */
export function requireSameResamples(a: Bootstrapped, b: Bootstrapped): void {
  const equal = (x: Int32Array, y: Int32Array) =>
    x.length === y.length && x.every((image, i) => image === y[i]);
  const described = ({ measure, resampled, strata, seed }: Bootstrapped) =>
    `${measure}, ${resampled.length} resamples of ${strata.normal.length} + ` +
    `${strata.anomalous.length} images with seed ${seed}`;
  if (
    described(a) !== described(b) || !equal(a.strata.normal, b.strata.normal) ||
    !equal(a.strata.anomalous, b.strata.anomalous)
  ) {
    throw cannot(
      "compare two bootstraps",
      "they must measure the same on the same resamples",
      `${described(a)}; ${described(b)}`,
    );
  }
}
