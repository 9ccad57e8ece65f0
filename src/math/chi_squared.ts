/** The χ² distribution: the squared distance of a Gaussian's sample from its mean. */

import { cannot } from "../errors.ts";

/** Probabilities below and above a value; the smaller one is exact in relative terms. */
export interface Tails {
  readonly lower: number;
  readonly upper: number;
}

/** One of the two tails, a probability in (0, 1); `upper: 1e-12` says more than 1 less 1e-12. */
export type Tail = { readonly lower: number; readonly upper?: undefined } | {
  readonly upper: number;
  readonly lower?: undefined;
};

/** Where a sum or fraction has settled: the last change is this share of it, or less. */
const SETTLED = 1e-17;

/** Newton's steps double their digits: after one of this size, all are there. */
const LAST_STEP = 1e-9;

/**
 * The probabilities that a χ²ₚ variable is below and above a value.
 *
 * P(χ²ₚ ≤ x) = γ(a, y)/Γ(a) with a = p/2, y = x/2: below y = a + 1 by the series
 * yᵃe⁻ʸ/Γ(a+1) · Σₙ yⁿ/((a+1)…(a+n)), above by the continued fraction for the upper tail.
 *
 * Source: Abramowitz and Stegun, 6.5.29 and 6.5.31; the factor before the sum in the form of
 * Loader 2000, Fast and accurate computation of binomial probabilities.
 * Cost: O(√p) terms, and as many more as standard deviations.
 *
 * @param x at least 0
 * @param degrees p, a whole number of at least 1
 * @throws {RangeError} when one is outside its range
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * const { upper } = chiSquaredTails(2, 2);
 * assertAlmostEquals(upper, Math.exp(-1), 1e-15);
 * ```
 */
export function chiSquaredTails(x: number, degrees: number): Tails {
  expectDegrees(degrees);
  if (!(x >= 0)) {
    throw cannot("use a χ² distribution", "a value must be at least 0", String(x));
  }
  if (x === 0 || x === Infinity) return x === 0 ? { lower: 0, upper: 1 } : { lower: 1, upper: 0 };
  const { lower, upper } = logTails(Math.log(x / 2), degrees / 2);
  return { lower: Math.exp(lower), upper: Math.exp(upper) };
}

/**
 * The value that a χ²ₚ variable is below, or above, with a given probability: what a squared
 * Mahalanobis distance in p dimensions exceeds that rarely.
 *
 * Newton's method on the logarithm of the smaller tail as a function of ln x. That function is
 * concave, so the steps come from one side and cannot miss.
 *
 * Equal to `scipy.stats.chi2.ppf` (lower) and `isf` (upper).
 * Cost: about ten evaluations of {@linkcode chiSquaredTails}.
 *
 * @param degrees p, a whole number of at least 1
 * @param tail the probability of one tail, in (0, 1)
 * @throws {RangeError} when one is outside its range
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * assertAlmostEquals(chiSquaredQuantile(1, { lower: 0.95 }), 3.841458820694124, 1e-14);
 * assertAlmostEquals(chiSquaredQuantile(2, { upper: 1e-20 }), 40 * Math.LN10, 1e-12);
 * ```
 */
export function chiSquaredQuantile(degrees: number, tail: Tail): number {
  expectDegrees(degrees);
  const given = tail.lower ?? tail.upper;
  if (!(given > 0 && given < 1)) {
    throw cannot("take a χ² quantile", "a probability must be in (0, 1)", String(given));
  }
  // 1 − q is exact for q ≥ ½.
  const side = (tail.lower === undefined) === (given > 0.5) ? "lower" : "upper";
  const wanted = Math.log(given > 0.5 ? 1 - given : given);
  const a = degrees / 2;
  let u = Math.log(a);
  for (let step = 1; Math.abs(step) >= LAST_STEP;) {
    const tails = logTails(u, a);
    const slope = a * Math.exp(tails.density - tails[side]) * (side === "lower" ? 1 : -1);
    // The upper tail grows ever steeper: a step beyond one e-fold would overshoot for nothing.
    step = Math.min(1, (wanted - tails[side]) / slope);
    u += step;
  }
  return 2 * Math.exp(u);
}

interface LogTails extends Tails {
  /** ln of yᵃe⁻ʸ/Γ(a+1): of the density in u = ln y, divided by a. */
  readonly density: number;
}

/** Logarithms of both tails at y = eᵘ. */
function logTails(u: number, a: number): LogTails {
  const y = Math.exp(u);
  const density = logDensity(y, u, a);
  if (y < a + 1) {
    let sum = 1;
    for (let n = 1, term = 1; term > SETTLED * sum; n++) sum += term *= y / (a + n);
    const lower = density + Math.log(sum);
    return { density, lower, upper: Math.log1p(-Math.exp(lower)) };
  }
  const upper = density + Math.log(a * continuedFraction(y, a));
  return { density, lower: Math.log1p(-Math.exp(upper)), upper };
}

/** 1/(y+1−a − 1(1−a)/(y+3−a − 2(2−a)/(y+5−a − …))), by Lentz's method as modified by Steed. */
function continuedFraction(y: number, a: number): number {
  let b = y + 1 - a;
  let d = 1 / b;
  let change = d;
  let fraction = d;
  for (let n = 1; Math.abs(change) > SETTLED * Math.abs(fraction); n++) {
    const over = n * (a - n);
    b += 2;
    d = 1 / (b + over * d);
    change *= b * d - 1;
    fraction += change;
  }
  return fraction;
}

/** ln of yᵃe⁻ʸ/Γ(a+1), without the cancellation of its three large terms. */
function logDensity(y: number, u: number, a: number): number {
  const off = (y - a) / a;
  const deviance = Math.abs(off) < 0.5
    ? a * (off - Math.log1p(off))
    : a * (Math.log(a) - u) + y - a;
  return -deviance - stirlingError(a) - 0.5 * Math.log(2 * Math.PI * a);
}

/** ln Γ(a+1) less Stirling's formula (a+½)·ln a − a + ½·ln 2π, for multiples of ½. */
function stirlingError(a: number): number {
  if (a >= 16) {
    const r = 1 / (a * a);
    return (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / a;
  }
  let gamma = a % 1 === 0 ? 1 : Math.sqrt(Math.PI);
  for (let factor = a % 1 === 0 ? 1 : 0.5; factor <= a; factor++) gamma *= factor;
  return Math.log(gamma) - (a + 0.5) * Math.log(a) + a - 0.5 * Math.log(2 * Math.PI);
}

function expectDegrees(degrees: number): void {
  if (!Number.isSafeInteger(degrees) || degrees < 1) {
    throw cannot(
      "use a χ² distribution",
      "degrees of freedom are a whole number of at least 1",
      String(degrees),
    );
  }
}
