/** Two methods on the same resamples: is their difference more than the choice of images? */

import {
  type BootstrapIntervalOptions,
  type Bootstrapped,
  isConstant,
  requireSameResamples,
  resampledInterval,
  resampledP,
} from "./bootstrap.ts";
import { compareByScore, type Comparison } from "./delong.ts";
import { LEVEL, zOfLevel } from "./intervals.ts";

/**
 * The paired bootstrap: the difference of two bootstrapped values, taken resample by resample. Both
 * methods have the same images in each, so what makes an image hard for both cancels out.
 *
 * The interval is that of {@linkcode bootstrapInterval} for the differences; p is the level at which
 * its end reaches 0, doubled for two sides, and never below 2/(resamples + 2).
 *
 * Differences that are all the same: two methods that order everything alike give [0, 0] and
 * p = 1. Two image AUROCs that are themselves the same on all resamples (both perfect) are compared
 * as in {@linkcode delongTest}.
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
 * const strata = { normal: Int32Array.of(0, 1), anomalous: Int32Array.of(2, 3) };
 * const bootstrapped = (value: number, resampled: number[]) => ({
 *   measure: "AUPRO" as const,
 *   value,
 *   resampled: Float64Array.from(resampled),
 *   jackknife: new Float64Array(4).fill(value),
 *   strata,
 *   seed: 0,
 * });
 * const a = bootstrapped(0.75, [0.625, 0.75, 0.875]);
 * const b = bootstrapped(0.5, [0.25, 0.5, 0.75]);
 * const { value, lower, upper } = pairedBootstrap(a, b, { level: 0.5, method: "percentile" });
 * assertEquals([value, lower, upper], [0.25, 0.1875, 0.3125]);
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
  const { value } = difference;
  if (a.measure === "image AUROC" && isConstant(a.resampled)) {
    const { z: _, ...compared } = compareByScore([a.value, b.value], {
      level,
      anomalous: a.strata.anomalous.length,
      normal: a.strata.normal.length,
    });
    return compared;
  }
  const p = value === 0 ? 1 : 2 / (a.resampled.length + 2);
  return { value, lower: value, upper: value, level, method: "constant", p };
}
