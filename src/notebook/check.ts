/** Comparing a reader's own version of a step with the library's. */

import { cannot } from "../errors.ts";
import { shapeText } from "../tensor.ts";
import { display, inKernel } from "./kernel_hook.ts";
import { isNumbers, isRecord, isTensor, type Numbers } from "./kinds.ts";
import { countText } from "./number_text.ts";
import { print } from "./show.ts";

/** Numbers in any of the forms in which steps give them; arrays are equally deep and long. */
export type Comparable =
  | number
  | Numbers
  | { readonly data: Numbers; readonly shape: readonly number[] }
  | readonly Comparable[];

/** What {@linkcode check} may be told. */
export interface CheckOptions {
  /**
   * The largest difference allowed, as a share of the largest magnitude in the reference; where the
   * reference is all zero, the largest difference itself. Default 1e-5, about a hundred times what
   * float32 rounds; 0 for indices and other things that must be equal.
   */
  readonly tolerance?: number;
}

/** How far two arrays of numbers are apart. */
export interface Difference {
  /** max |yours − reference|; infinite where only one of the two is a number. */
  readonly largest: number;
  /** Where it is: an index for each axis. */
  readonly at: readonly number[];
  /** Both values there. */
  readonly yours: number;
  readonly reference: number;
  /** The largest magnitude in the reference. */
  readonly scale: number;
  /** How many values were compared. */
  readonly count: number;
}

/**
 * The largest difference between two arrays of numbers of the same shape, and where it is. NaN
 * equals NaN, an infinity the same infinity.
 *
 * Cost: O(n).
 *
 * @throws {RangeError} when the shapes differ, or there are no numbers
 * @throws {TypeError} for anything but numbers, and for arrays of unequal length in an array
 *
 * @example
 * ```ts
 * const { largest, at } = largestDifference([[1, 2], [3, 4.5]], [[1, 2], [3, 4]]);
 * console.assert(largest === 0.5 && at.join() === "1,1");
 * ```
 */
export function largestDifference(yours: Comparable, reference: Comparable): Difference {
  const [a, b] = [toArray(yours, "yours"), toArray(reference, "the reference")];
  if (shapeText(a.shape) !== shapeText(b.shape)) {
    throw cannot(
      "compare",
      "both must have the same shape",
      `yours has ${shapeText(a.shape)}, the reference ${shapeText(b.shape)}`,
    );
  }
  const count = b.data.length;
  if (count === 0) throw cannot("compare", "there must be numbers", `shape ${shapeText(b.shape)}`);
  let [largest, index, scale] = [-1, 0, 0];
  for (let i = 0; i < count; i++) {
    const [x, y] = [Number(a.data[i]), Number(b.data[i])];
    const difference = Object.is(x, y) || x === y ? 0 : Math.abs(x - y);
    // An infinity or NaN on one side only: nothing is further apart.
    const apart = Number.isNaN(difference) ? Infinity : difference;
    if (apart > largest) [largest, index] = [apart, i];
    if (Number.isFinite(y)) scale = Math.max(scale, Math.abs(y));
  }
  return {
    largest,
    at: position(index, b.shape),
    yours: Number(a.data[index]),
    reference: Number(b.data[index]),
    scale,
    count,
  };
}

/**
 * Checks a reader's own version of a step against the library's, and shows a line with the largest
 * difference: `distances: 784 values agree, largest difference 4.2e-7 (allowed 3.2e-5)`.
 *
 * Arrays, typed arrays and tensors are compared by their numbers, but their shapes must be equal: an
 * array of 3 arrays of 2 numbers has the shape [3, 2].
 *
 * Differs: numpy's `allclose` allows each value a share of that value; here all values are allowed
 * the same, a share of the largest, as rounding in a sum depends on its largest terms.
 *
 * Cost: O(n).
 *
 * @param name of the step, for the line and the error
 * @throws {RangeError} when it is off, with the largest difference, its place and both values; when
 * the shapes differ, with both; when the tolerance is negative
 * @throws {TypeError} for anything but numbers
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * check("mean", (1 + 2 + 4) / 3, 7 / 3);
 * assertThrows(() => check("mean", [1, 2], [1, 3]), RangeError, "at [1]");
 * ```
 */
export function check(
  name: string,
  yours: Comparable,
  reference: Comparable,
  { tolerance = 1e-5 }: CheckOptions = {},
): void {
  const action = `accept ${name}`;
  if (!(tolerance >= 0)) {
    throw cannot(`check ${name}`, "its tolerance must be at least 0", String(tolerance));
  }
  const found = largestDifference(yours, reference);
  const allowed = found.scale === 0 ? tolerance : tolerance * found.scale;
  const { largest, at, count } = found;
  if (largest > allowed) {
    const place = at.length === 0 ? "" : ` at ${shapeText(at)}`;
    throw cannot(
      action,
      `it must differ from the reference by at most ${short(allowed)}`,
      `largest difference ${short(largest)}${place}: ` +
        `yours ${found.yours}, reference ${found.reference} (${countText(count)} values compared)`,
    );
  }
  const agree = count === 1 ? "1 value agrees" : `${countText(count)} values agree`;
  const line = largest === 0
    ? `${name}: ${agree} exactly`
    : `${name}: ${agree}, largest difference ${short(largest)} (allowed ${short(allowed)})`;
  if (inKernel()) display({ "text/plain": line });
  else print(line);
}

/** Two significant digits. */
function short(value: number): string {
  return value !== 0 && (value < 1e-3 || value >= 1e6)
    ? value.toExponential(1)
    : String(Number(value.toPrecision(2)));
}

function toArray(value: unknown, whose: string): { data: ArrayLike<unknown>; shape: number[] } {
  const refuse = (found: string) =>
    cannot("compare", `${whose} must hold numbers in equally long arrays`, found, TypeError);
  if (typeof value === "number") return { data: [value], shape: [] };
  if (isTensor(value)) return { data: value.data, shape: [...value.shape] };
  if (isNumbers(value)) return { data: value, shape: [value.length] };
  if (!Array.isArray(value)) {
    throw refuse(isRecord(value) ? `a record with ${Object.keys(value).join(", ")}` : typeof value);
  }
  const parts = value.map((part) => toArray(part, whose));
  const inner = parts[0]?.shape ?? [];
  const odd = parts.find(({ shape }) => shapeText(shape) !== shapeText(inner));
  if (odd) throw refuse(`shapes ${shapeText(inner)} and ${shapeText(odd.shape)} in one array`);
  return { data: parts.flatMap(({ data }) => Array.from(data)), shape: [parts.length, ...inner] };
}

/** An index into row-major data as an index for each axis. */
function position(index: number, shape: readonly number[]): number[] {
  const at: number[] = [];
  for (const size of shape.toReversed()) {
    at.unshift(index % size);
    index = Math.floor(index / size);
  }
  return at;
}
