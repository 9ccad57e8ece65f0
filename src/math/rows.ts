/** The check at the public entrances of everything that takes rows of numbers. */

import { cannot } from "../errors.ts";
import { shapeText } from "../tensor.ts";
import type { Matrix } from "../types.ts";

/**
 * Refuses anything but a matrix with at least one row, one column, and finite numbers only.
 * O(N·D).
 *
 * @param action what the caller is about to do, in the infinitive
 * @param rows what it was given
 * @throws {TypeError} when the rank is not 2
 * @throws {RangeError} when there is no row or column, or a number is not finite
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * const rows = { data: new Float32Array([1, NaN]), shape: [2, 1] } as const;
 * assertThrows(() => expectRows("measure", rows), RangeError, "row 1");
 * ```
 */
export function expectRows(action: string, rows: Matrix): void {
  expectShape(action, rows);
  const { data } = rows;
  // x − x is 0 for finite numbers and NaN for all others: one test at the end, none in the loop.
  let zero = 0;
  for (let i = 0; i < data.length; i++) zero += data[i] - data[i];
  if (zero !== 0) throw notFinite(action, rows);
}

/** The part of {@linkcode expectRows} that does not read the numbers. */
export function expectShape(action: string, rows: Matrix): void {
  const shape: readonly number[] = rows.shape;
  if (shape.length !== 2) {
    throw cannot(action, "rows must be a matrix [N, D]", shapeText(shape), TypeError);
  }
  const [count, columns] = shape;
  if (count < 1 || columns < 1) {
    throw cannot(action, "at least one row and one column are needed", shapeText(shape));
  }
}

/** The refusal that names the first number that is not finite. */
export function notFinite(action: string, { data, shape }: Matrix): Error {
  const at = data.findIndex((value) => !Number.isFinite(value));
  const row = Math.floor(at / shape[1]);
  return cannot(action, "all numbers must be finite", `${data[at]} in row ${row}`);
}

/** Refuses a count that is not a whole number in 1…most. */
export function expectCount(action: string, count: number, most: number): void {
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw cannot(action, `a count must be a whole number in 1…${most}`, String(count));
  }
}
