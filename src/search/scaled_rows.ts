/** Rows moved and scaled so that float32 products of them lose as little as they can. */

import { notFinite } from "../math/rows.ts";
import { tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";

/** What turns rows x into x′ = s·(x − m), here one at a time or in a graph. */
export interface ScaledRows {
  /** m, [1, D]. */
  readonly middle: Matrix;
  /** s, a power of two. */
  readonly scale: number;
  /** s² is what a squared distance is multiplied by. A power of two, so that is exact. */
  readonly squaredScale: number;
  /** ‖x′‖² in double precision, [N], all at most 1. */
  readonly squaredNorms: Float64Array;
  /** Writes x′ of one row into `into` at row `at`. */
  write(row: number, into: Float32Array, at: number): void;
}

/** Rows looked at to find the middle: odd, and enough for a median to be near it. */
const SAMPLE = 255;

/**
 * The middle m is the median of each column over a few evenly spaced rows: products of rows far
 * from the origin would drown their distances in rounding, and a mean follows outliers.
 *
 * Cost: O(N·D) time once, O(N) memory.
 *
 * @param action what the caller is about to do, for the refusal
 * @param rows [N, D]
 * @throws {RangeError} when a number is not finite
 */
export function scaleRows(action: string, rows: Matrix): ScaledRows {
  const { data, shape: [N, D] } = rows;
  const middle = middleOf(rows);
  const squaredNorms = new Float64Array(N);
  let largest = 0;
  for (let i = 0, at = 0; i < N; i++, at += D) {
    let even = 0, odd = 0;
    const whole = D - D % 2;
    for (let k = 0; k < whole; k += 2) {
      const a = data[at + k] - middle[k];
      const b = data[at + k + 1] - middle[k + 1];
      even += a * a;
      odd += b * b;
    }
    if (whole < D) even += (data[at + whole] - middle[whole]) ** 2;
    squaredNorms[i] = even + odd;
    if (!(squaredNorms[i] < Infinity)) throw notFinite(action, rows);
    if (squaredNorms[i] > largest) largest = squaredNorms[i];
  }
  const scale = largest > 0 ? 2 ** -Math.ceil(Math.log2(largest) / 2 + 1e-9) : 1;
  const squaredScale = scale * scale;
  for (let i = 0; i < N; i++) squaredNorms[i] *= squaredScale;
  return {
    middle: tensor(middle, [1, D]),
    scale,
    squaredScale,
    squaredNorms,
    write(row, into, at) {
      const from = row * D;
      for (let k = 0; k < D; k++) into[at * D + k] = (data[from + k] - middle[k]) * scale;
    },
  };
}

function middleOf({ data, shape: [N, D] }: Matrix): Float32Array {
  const count = Math.min(N, SAMPLE);
  const sample = new Float32Array(count);
  const middle = new Float32Array(D);
  for (let k = 0; k < D; k++) {
    for (let s = 0; s < count; s++) sample[s] = data[Math.floor(s * N / count) * D + k];
    sample.sort();
    middle[k] = sample[count >> 1];
  }
  return middle;
}
