/** Holm's correction: many comparisons in one table. */

import { cannot } from "../errors.ts";

/**
 * Holm's adjusted p-values: with each of them compared with α, the chance that a table of m tests
 * holds any false discovery is at most α, whatever the tests have in common.
 *
 *     adjusted p₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1)·p₍ⱼ₎),   p₍₁₎ ≤ p₍₂₎ ≤ …
 *
 * Cost: O(m log m).
 *
 * Source: Holm 1979. Equal to R's `p.adjust(p, "holm")`.
 *
 * @param pValues each in 0…1, [m]; none is allowed
 * @returns adjusted p-values in the order given, [m]
 * @throws {RangeError} when one is not in 0…1
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([...holm([0.25, 0.03125, 0.0625])], [0.25, 0.09375, 0.125]);
 * ```
 */
export function holm(pValues: readonly number[] | Float64Array): Float64Array {
  const count = pValues.length;
  const wrong = Array.from(pValues).findIndex((p) => !(p >= 0 && p <= 1));
  if (wrong >= 0) {
    throw cannot("adjust p-values", "each must be in 0…1", `value ${wrong} is ${pValues[wrong]}`);
  }
  const order = Array.from(pValues, (_, i) => i).sort((a, b) => pValues[a] - pValues[b]);
  const adjusted = new Float64Array(count);
  let least = 0;
  order.forEach((at, i) => {
    least = Math.max(least, Math.min(1, (count - i) * pValues[at]));
    adjusted[at] = least;
  });
  return adjusted;
}
