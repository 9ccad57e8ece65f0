/** Two methods on the same resamples: is their difference more than the choice of images? */

import {
  type Bootstrapped,
  bootstrapInterval,
  type BootstrapIntervalOptions,
  isConstant,
  requireSameResamples,
  resampledInterval,
  resampledP,
} from "./bootstrap.ts";
import type { Comparison } from "./delong.ts";
import { differenceOfIntervals, LEVEL, zOfLevel } from "./intervals.ts";

/**
 * The paired bootstrap: the difference of two bootstrapped values, taken resample by resample. Both
 * methods have the same images in each, so what makes an image hard for both cancels out.
 *
 * The interval is that of {@linkcode bootstrapInterval} for the differences; p is the level at which
 * its end reaches 0, doubled for two sides, and never below 2/(resamples + 2).
 *
 * Differences that are all the same: two methods that order everything alike give [0, 0] and
 * p = 1. Where each image AUROC itself is the same on all resamples (both perfect), the interval is
 * {@linkcode differenceOfIntervals} of theirs, and p is 1 unless it leaves 0 out.
 *
 * Cost: O(B log B) for B resamples.
 *
 * Source: Efron and Tibshirani 1993, sections 14.3 and 16.4.
 *
 * @param a the first method
 * @param b the second one, bootstrapped with the same options on the same images
 * @returns the first value less the second, with interval and two-sided p-value
 * @throws {RangeError} when the two were not made of the same measure and resamples, or the level
 * is not in (0, 1)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bootstrapAuroc } from "@kizu/kizu";
 * const labels = [0, 0, 0, 0, 1, 1, 1, 1];
 * const good = bootstrapAuroc([1, 2, 3, 5, 4, 6, 7, 8], labels);
 * const bad = bootstrapAuroc([8, 1, 6, 3, 5, 2, 7, 4], labels);
 * const { value, lower, upper, p } = pairedBootstrap(good, bad);
 * assertEquals(value, 15 / 16 - 1 / 2);
 * assertEquals(lower < value && value < upper, true);
 * assertEquals(p > 0.01 && p < 0.5, true);
 * ```
 */
export function pairedBootstrap(
  a: Bootstrapped,
  b: Bootstrapped,
  { level = LEVEL, method = "bca" }: BootstrapIntervalOptions = {},
): Comparison {
  const z = zOfLevel(level);
  requireSameResamples(a, b);
  const minus = (x: Float64Array, y: Float64Array) => x.map((value, i) => value - y[i]);
  const difference = {
    value: a.value - b.value,
    resampled: minus(a.resampled, b.resampled),
    jackknife: minus(a.jackknife, b.jackknife),
    strata: a.strata,
  };
  if (!isConstant(difference.resampled)) {
    const p = resampledP(difference, method);
    return { value: difference.value, level, p, ...resampledInterval(difference, { z, method }) };
  }
  if (isConstant(a.resampled)) {
    const joined = differenceOfIntervals(
      bootstrapInterval(a, { level }),
      bootstrapInterval(b, { level }),
    );
    return { ...joined, p: pOfConstant(a, b) };
  }
  const { value } = difference;
  const p = value === 0 ? 1 : 2 / (a.resampled.length + 2);
  return { value, lower: value, upper: value, level, method: "constant", p };
}
