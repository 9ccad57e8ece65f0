/** The range of several standard normal variables: how far apart the outermost of k are. */

import { cannot } from "../errors.ts";
import { normalTails } from "./normal.ts";

/** Beyond so many standard deviations nothing is left in float64. */
const REACH = 9;

/** The trapezoid rule converges faster than any power for such integrands; this is ample. */
const SPACING = 1 / 16;

/** Halvings of a bracket: to the last bits of a quantile. */
const HALVINGS = 60;

/**
 * The probability that the range (largest less smallest) of k independent standard normal variables
 * exceeds q: the studentized range with infinite degrees of freedom.
 *
 *     P(Q > q) = 1 − k·∫ φ(z)·(Φ(z) − Φ(z − q))ᵏ⁻¹ dz
 *
 * Absolute error about 1e-14.
 * Equal to `scipy.stats.studentized_range.sf(q, k, inf)`.
 * Cost: 288 values of Φ, twice.
 *
 * @param q any number; 1 below 0
 * @param count k, at least 2
 * @throws {RangeError} when q is NaN or k is not a whole number of at least 2
 *
 * @example Two variables: their difference has variance 2
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * assertAlmostEquals(studentizedRangeUpper(1.959963984540054 * Math.SQRT2, 2), 0.05, 1e-13);
 * ```
 */
export function studentizedRangeUpper(q: number, count: number): number {
  if (!(Number.isInteger(count) && count >= 2)) {
    throw cannot("use a studentized range", "there must be at least 2 groups", String(count));
  }
  if (Number.isNaN(q)) throw cannot("use a studentized range", "a range must be a number", "NaN");
  if (q <= 0) return 1;
  let integral = 0;
  for (let z = -REACH; z <= REACH; z += SPACING) {
    const between = normalTails(z).lower - normalTails(z - q).lower;
    integral += Math.exp(-z * z / 2) * between ** (count - 1);
  }
  const inside = count * integral * SPACING / Math.sqrt(2 * Math.PI);
  return Math.min(1, Math.max(0, 1 - inside));
}

/**
 * The range that k standard normal variables exceed with a given probability.
 *
 * Equal to `scipy.stats.studentized_range.isf(upper, k, inf)`.
 * Cost: 60 evaluations of {@linkcode studentizedRangeUpper}.
 *
 * @param count k, at least 2
 * @param upper the probability, in (0, 1)
 * @throws {RangeError} when one is outside its range
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * assertAlmostEquals(studentizedRangeQuantile(3, { upper: 0.05 }), 3.314493, 1e-6);
 * ```
 */
export function studentizedRangeQuantile(
  count: number,
  { upper }: { readonly upper: number },
): number {
  if (!(upper > 0 && upper < 1)) {
    throw cannot("use a studentized range", "a probability must be in (0, 1)", String(upper));
  }
  let low = 0;
  let high = 2 * REACH;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (studentizedRangeUpper(middle, count) > upper) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
