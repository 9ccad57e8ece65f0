/** The standard normal distribution, by way of χ² with one degree of freedom: z² is χ²₁. */

import { cannot } from "../errors.ts";
import { chiSquaredQuantile, chiSquaredTails, type Tails } from "../math/chi_squared.ts";

/**
 * The probabilities that a standard normal variable is below and above z.
 *
 *     P(Z > z) = ½·P(χ²₁ > z²) for z ≥ 0,   P(Z > z) = 1 − P(Z > −z) for z < 0
 *
 * The smaller of the two is exact in relative terms, however far out.
 *
 * Equal to `scipy.stats.norm.cdf` and `sf`.
 * Cost: one evaluation of {@linkcode chiSquaredTails}.
 *
 * @param z any number; ±∞ are the ends
 * @throws {RangeError} when z is NaN
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * assertAlmostEquals(normalTails(1.959963984540054).upper, 0.025, 1e-15);
 * ```
 */
export function normalTails(z: number): Tails {
  if (Number.isNaN(z)) throw cannot("use a normal distribution", "z must be a number", "NaN");
  const outer = chiSquaredTails(z * z, 1).upper / 2;
  return z < 0 ? { lower: outer, upper: 1 - outer } : { lower: 1 - outer, upper: outer };
}

/**
 * The z that a standard normal variable is below with a given probability, Φ⁻¹.
 *
 * Equal to `scipy.stats.norm.ppf`.
 * Cost: one {@linkcode chiSquaredQuantile}.
 *
 * @param probability in (0, 1)
 * @throws {RangeError} when it is not
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * assertAlmostEquals(normalQuantile(0.975), 1.959963984540054, 1e-14);
 * ```
 */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw cannot("take a normal quantile", "a probability must be in (0, 1)", String(probability));
  }
  if (probability === 0.5) return 0;
  // 1 − p is exact for p ≥ ½, doubling always is.
  const outer = 2 * (probability < 0.5 ? probability : 1 - probability);
  const z = Math.sqrt(chiSquaredQuantile(1, { upper: outer }));
  return probability < 0.5 ? -z : z;
}
