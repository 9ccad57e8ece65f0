/** Making and reshaping tensors: records of `{ data, shape }`, checked once, when made. */

import type { Matrix, Tensor } from "./types.ts";
import { cannot } from "./errors.ts";

/**
 * A tensor over existing numbers; nothing is copied.
 *
 * @param data float32 values in row-major order
 * @param shape whole numbers ≥ 0 whose product is `data.length`
 * @throws {RangeError} when the shape does not fit the data
 *
 * @example
 * ```ts
 * import { tensor } from "@kizu/kizu";
 * const t = tensor(new Float32Array(6), [2, 3]);
 * console.assert(t.shape[1] === 3);
 * ```
 */
export function tensor<const S extends readonly number[]>(data: Float32Array, shape: S): Tensor<S> {
  let size = 1;
  for (const dimension of shape) {
    if (!Number.isInteger(dimension) || dimension < 0) {
      throw cannot("make a tensor", "dimensions must be whole numbers ≥ 0", shapeText(shape));
    }
    size *= dimension;
  }
  if (size !== data.length) {
    throw cannot(
      "make a tensor",
      "the shape's product must be the number of values",
      `shape ${shapeText(shape)} wants ${size}, data has ${data.length}`,
    );
  }
  return { data, shape };
}

/** A matrix from nested arrays, for small cases written by hand. */
export function matrix(rows: readonly (readonly number[])[]): Matrix {
  const columns = rows[0]?.length ?? 0;
  for (const row of rows) {
    if (row.length !== columns) {
      throw cannot("make a matrix", "rows must be equally long", `${columns} and ${row.length}`);
    }
  }
  return tensor(Float32Array.from(rows.flat()), [rows.length, columns]);
}

/** A shape as text: `[2, 3]`. */
export function shapeText(shape: readonly (number | string)[]): string {
  return `[${shape.join(", ")}]`;
}

/**
 * Feature maps [N, C, H, W] as one row a patch, [N·H·W, C]: positions in reading order,
 * image after image. Copies.
 */
export function toRows(map: Tensor): Matrix {
  if (map.shape.length !== 4) {
    throw cannot("turn into rows", "a feature map has rank 4", shapeText(map.shape), TypeError);
  }
  const [n, c, h, w] = map.shape as readonly [number, number, number, number];
  const positions = h * w;
  const data = new Float32Array(n * positions * c);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < c; k++) {
      const from = (i * c + k) * positions;
      let to = i * positions * c + k;
      for (let p = 0; p < positions; p++, to += c) data[to] = map.data[from + p];
    }
  }
  return tensor(data, [n * positions, c]);
}

/** The chosen rows of a matrix, in the order given. Copies. */
export function takeRows(rows: Matrix, indices: ArrayLike<number>): Matrix {
  const [count, columns] = rows.shape;
  const data = new Float32Array(indices.length * columns);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw cannot("take rows", `an index must be in 0…${count - 1}`, String(index));
    }
    data.set(rows.data.subarray(index * columns, (index + 1) * columns), i * columns);
  }
  return tensor(data, [indices.length, columns]);
}
