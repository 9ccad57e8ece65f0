/** Where in a row of numbers a share of them lies below. */

import { cannot } from "../errors.ts";

/**
 * The value that a share of the numbers lies below, interpolated linearly between neighbours.
 *
 * Source: Hyndman and Fan 1996, type 7; as numpy's and R's default.
 * Cost: O(n log n); the numbers are copied.
 *
 * @param share 0…1; 0.5 is the median
 * @throws {RangeError} when there are no numbers, one is NaN, or the share is out of range
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(quantile([4, 1, 3, 2], 0.5), 2.5);
 * assertEquals(quantile([4, 1, 3, 2], 1), 4);
 * ```
 */
export function quantile(values: ArrayLike<number>, share: number): number {
  if (values.length === 0) throw cannot("take a quantile", "at least one number is needed", "none");
  if (!(share >= 0 && share <= 1)) {
    throw cannot("take a quantile", "the share must be in 0…1", String(share));
  }
  // Typed arrays sort by value, NaN last.
  const ordered = Float64Array.from(values).sort();
  if (Number.isNaN(ordered[ordered.length - 1])) {
    throw cannot("take a quantile", "the values must be numbers", "NaN");
  }
  const at = share * (ordered.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, ordered.length - 1);
  return ordered[below] + (at - below) * (ordered[above] - ordered[below]);
}

/**
 * The middle one of the numbers in order, or the mean of the two in the middle.
 *
 * @throws {RangeError} as {@linkcode quantile}
 *
 * @example
 * ```ts
 * console.assert(median([9, 1, 2]) === 2);
 * ```
 */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}
