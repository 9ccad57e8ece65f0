/** Confidence intervals: what they hold, and the one for an AUROC that needs no variance estimate. */

import { cannot } from "../errors.ts";
import { normalQuantile } from "./normal.ts";

/** How an interval was made; the functions that make them say more. */
export type IntervalMethod =
  /** DeLong's variance, symmetric on the logit scale. */
  | "logit"
  /** DeLong's variance, symmetric around the value, cut at 0 and 1. */
  | "plain"
  /** Newcombe's score-like interval for an AUROC; see {@linkcode aurocScoreInterval}. */
  | "score"
  /** Quantiles of the resampled values. */
  | "percentile"
  /** Quantiles of the resampled values, corrected for bias and for a changing spread. */
  | "bca"
  /** Two intervals joined by {@linkcode differenceOfIntervals}. */
  | "joined"
  /** The single value that every resample has. */
  | "constant";

/** A confidence interval, both ends included. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
  /** The rate at which such intervals hold the true value, for example 0.95. */
  readonly level: number;
  /** What was used, which is not always what was asked for: degenerate cases fall back. */
  readonly method: IntervalMethod;
}

/** A measured value and its interval. */
export interface Estimate extends Interval {
  readonly value: number;
}

/** Options of everything that gives an interval. */
export interface LevelOption {
  /** Confidence level, in (0, 1). Default 0.95. */
  readonly level?: number;
}

/** The default of every `level`. */
export const LEVEL = 0.95;

/** The half-width of a standard normal interval, for example 1.96 for 0.95; checks the level. */
export function zOfLevel(level: number): number {
  if (!(level > 0 && level < 1)) {
    throw cannot("give an interval", "a confidence level must be in (0, 1)", String(level));
  }
  return normalQuantile((1 + level) / 2);
}

/** Bisection halves the unit interval so often: to the last bit of a number near 1. */
const HALVINGS = 60;

/** Numbers of images of each class. */
export interface ClassCounts {
  readonly anomalous: number;
  readonly normal: number;
}

/**
 * The variance that an AUROC of θ usually has, from θ and the numbers of images alone.
 *
 *     V(θ) = θ(1−θ)/(m·n) · [1 + (N−1)·((1−θ)/(2−θ) + θ/(1+θ))],   N = (m+n)/2
 *
 * Source: Hanley and McNeil 1982 (exponential scores), made symmetric in the two classes by
 * Newcombe 2006, Confidence intervals for an effect size measure based on the Mann-Whitney
 * statistic, Part 2, Statistics in Medicine 25, method 5.
 */
export function modelVariance(theta: number, { anomalous, normal }: ClassCounts): number {
  const spread = (1 - theta) / (2 - theta) + theta / (1 + theta);
  const others = (anomalous + normal) / 2 - 1;
  return theta * (1 - theta) * (1 + others * spread) / (anomalous * normal);
}

/**
 * Newcombe's interval for an AUROC, from its value and the numbers of images alone: all θ that the
 * value is not surprisingly far from, judged by the variance under θ, not by the one observed.
 *
 *     { θ : (value − θ)² ≤ z² · V(θ) }
 *
 * It says something where the observed variance is zero: a perfect AUROC of 1 gives 0.899…1 on
 * 20 + 20 images and 0.643…1 on 5 + 5. What holds for any distribution is weaker: k disjoint pairs, k
 * the smaller number of images, are all in order with a chance of θᵏ, so a perfect order only rules
 * out θ below 0.025^(1/k), 0.832 for k = 20. How well this one covers is measured at
 * {@linkcode aurocInterval}.
 *
 * Source: Newcombe 2006, Statistics in Medicine 25, 559–573, method 5.
 * Cost: O(1), by bisection.
 *
 * @param value an AUROC, in 0…1
 * @throws {RangeError} when the value is not in 0…1, a class has no image, or the level is not in
 * (0, 1)
 *
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * const { lower, upper } = aurocScoreInterval(1, { anomalous: 20, normal: 20 });
 * assertAlmostEquals(lower, 0.899, 0.001);
 * assertEquals(upper, 1);
 * ```
 */
export function aurocScoreInterval(
  value: number,
  { level = LEVEL, ...counts }: ClassCounts & LevelOption,
): Estimate {
  if (!(value >= 0 && value <= 1)) {
    throw cannot("give an interval of an AUROC", "it must be in 0…1", String(value));
  }
  if (!(counts.anomalous >= 1 && counts.normal >= 1)) {
    throw cannot(
      "give an interval of an AUROC",
      "both classes need an image",
      `${counts.anomalous} anomalous, ${counts.normal} normal`,
    );
  }
  const z = zOfLevel(level);
  const end = (outside: number): number => {
    let inside = value;
    for (let i = 0; i < HALVINGS && inside !== outside; i++) {
      const theta = (inside + outside) / 2;
      if ((value - theta) ** 2 <= z * z * modelVariance(theta, counts)) inside = theta;
      else outside = theta;
    }
    return inside;
  };
  return { value, lower: end(0), upper: end(1), level, method: "score" };
}

/**
 * The interval of the difference a − b of two independent estimates, from their own intervals.
 *
 *     lower = a − b − √((a − lowerₐ)² + (upper_b − b)²),   upper alike
 *
 * Cautious for two methods on the same images: their errors usually go together, which makes a
 * difference more certain than this.
 *
 * Source: Newcombe 1998, method 10; Zou and Donner 2008 ("MOVER") in general.
 *
 * @throws {RangeError} when the two levels differ
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * const a = aurocScoreInterval(1, { anomalous: 20, normal: 20 });
 * const { lower, upper } = differenceOfIntervals(a, a);
 * assertAlmostEquals(lower, a.lower - 1);
 * assertAlmostEquals(upper, 1 - a.lower);
 * ```
 */
export function differenceOfIntervals(a: Estimate, b: Estimate): Estimate {
  if (a.level !== b.level) {
    throw cannot(
      "subtract two estimates",
      "their intervals must have one level",
      `${a.level} and ${b.level}`,
    );
  }
  const value = a.value - b.value;
  return {
    value,
    lower: value - Math.hypot(a.value - a.lower, b.upper - b.value),
    upper: value + Math.hypot(a.upper - a.value, b.value - b.lower),
    level: a.level,
    method: "joined",
  };
}

/**
 * Wilson's interval for a share that was counted, such as false alarms among good photos: all shares
 * that the count is not surprisingly far from.
 *
 *     { θ : (k/n − θ)² ≤ z²·θ(1 − θ)/n }
 *
 * Source: Wilson 1927, Journal of the American Statistical Association 22, 209–212.
 * Cost: O(1).
 *
 * @param count k successes of n trials
 * @throws {RangeError} when the numbers are not whole, there are no trials or more successes than
 * trials, or the level is not in (0, 1)
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * const { value, lower, upper } = shareInterval({ successes: 0, trials: 10 });
 * assertAlmostEquals(value, 0);
 * assertAlmostEquals(lower, 0);
 * assertAlmostEquals(upper, 0.2775, 1e-4);
 * ```
 */
export function shareInterval(
  { successes: k, trials: n }: { readonly successes: number; readonly trials: number },
  { level = LEVEL }: LevelOption = {},
): Estimate {
  if (!(Number.isInteger(k) && Number.isInteger(n) && n >= 1 && k >= 0 && k <= n)) {
    throw cannot(
      "give an interval of a share",
      "0 ≤ successes ≤ trials, trials ≥ 1",
      `${k} of ${n}`,
    );
  }
  const square = zOfLevel(level) ** 2;
  const value = k / n;
  const middle = (value + square / (2 * n)) / (1 + square / n);
  const reach = Math.sqrt(square * (value * (1 - value) / n + square / (4 * n * n))) /
    (1 + square / n);
  return {
    value,
    lower: k === 0 ? 0 : middle - reach,
    upper: k === n ? 1 : middle + reach,
    level,
    method: "score",
  };
}
