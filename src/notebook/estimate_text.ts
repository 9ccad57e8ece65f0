/** A value with its interval as one short text, for tables and titles. */

import type { Estimate } from "../metrics/intervals.ts";

/** How an estimate is written. */
export interface EstimateTextOptions {
  /** Digits after the point; default 3. */
  readonly digits?: number;
  /** Write + before what is not negative: for differences. Default false. */
  readonly signed?: boolean;
}

/**
 * A value and its interval: `0.740 (0.628 … 0.831)`.
 *
 * @example
 * ```ts
 * const difference = { value: -0.02, lower: -0.1, upper: 0.06 };
 * const text = estimateText(difference, { digits: 2, signed: true });
 * console.assert(text === "−0.02 (−0.10 … +0.06)");
 * ```
 */
export function estimateText(
  { value, lower, upper }: Pick<Estimate, "value" | "lower" | "upper">,
  { digits = 3, signed = false }: EstimateTextOptions = {},
): string {
  const text = (number: number): string => {
    const plain = Math.abs(number).toFixed(digits);
    // What rounds to 0 has no sign.
    const sign = Number(plain) === 0 ? "" : number < 0 ? "−" : signed ? "+" : "";
    return sign + plain;
  };
  return `${text(value)} (${text(lower)} … ${text(upper)})`;
}
