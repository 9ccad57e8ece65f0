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

/**
 * The chosen columns of a matrix [M, D], or of every matrix of a stack [P, N, D], in the order
 * given. Copies.
 *
 * @throws {RangeError} for a column that is not there
 *
 * @example
 * ```ts
 * import { matrix, takeColumns } from "@kizu/kizu";
 * const taken = takeColumns(matrix([[1, 2, 3], [4, 5, 6]]), [2, 0]);
 * console.assert(taken.data.join() === "3,1,6,4");
 * ```
 */
export function takeColumns<S extends readonly [number, ...number[]]>(
  { data, shape }: Tensor<S>,
  columns: ArrayLike<number>,
): Tensor<S> {
  const width = shape[shape.length - 1];
  const rows = width === 0 ? 0 : data.length / width;
  const taken = new Float32Array(rows * columns.length);
  for (let k = 0; k < columns.length; k++) {
    const column = columns[k];
    if (!Number.isInteger(column) || column < 0 || column >= width) {
      throw cannot("take columns", `a column must be in 0…${width - 1}`, String(column));
    }
    for (let i = 0; i < rows; i++) taken[i * columns.length + k] = data[i * width + column];
  }
  return tensor(taken, [...shape.slice(0, -1), columns.length] as unknown as S);
}

/**
 * The chosen photos of a map [N, C, H, W], or whatever a tensor's first axis counts, in the order
 * given. Copies.
 *
 * @throws {RangeError} for one that is not there
 *
 * @example
 * ```ts
 * import { takePhotos, tensor } from "@kizu/kizu";
 * const maps = tensor(new Float32Array([1, 2, 3]), [3, 1, 1, 1]);
 * console.assert(takePhotos(maps, [2]).data[0] === 3);
 * ```
 */
export function takePhotos<S extends readonly [number, ...number[]]>(
  { data, shape }: Tensor<S>,
  photos: ArrayLike<number>,
): Tensor<S> {
  const size = shape.slice(1).reduce((product, dimension) => product * dimension, 1);
  const taken = new Float32Array(photos.length * size);
  for (let i = 0; i < photos.length; i++) {
    const photo = photos[i];
    if (!Number.isInteger(photo) || photo < 0 || photo >= shape[0]) {
      throw cannot("take photos", `a photo must be in 0…${shape[0] - 1}`, String(photo));
    }
    taken.set(data.subarray(photo * size, (photo + 1) * size), i * size);
  }
  return tensor(taken, [photos.length, ...shape.slice(1)] as unknown as S);
}

/**
 * Every number of a tensor times a factor. Copies.
 *
 * @example
 * ```ts
 * import { matrix, scaled } from "@kizu/kizu";
 * console.assert(scaled(matrix([[1, 2]]), 3).data.join() === "3,6");
 * ```
 */
export function scaled<S extends readonly number[]>(
  { data, shape }: Tensor<S>,
  factor: number,
): Tensor<S> {
  return tensor(data.map((value) => value * factor), shape);
}

/**
 * A tensor as a matrix, for the types: `evaluate` knows the rank of its results only when it runs.
 * Nothing is copied.
 *
 * @throws {TypeError} when its rank is not 2
 *
 * @example
 * ```ts
 * import { asMatrix, tensor } from "@kizu/kizu";
 * const shape: number[] = [1, 2];
 * console.assert(asMatrix(tensor(new Float32Array(2), shape)).shape[1] === 2);
 * ```
 */
export function asMatrix({ data, shape }: Tensor): Matrix {
  if (shape.length !== 2) {
    throw cannot("take as a matrix", "its rank must be 2", shapeText(shape), TypeError);
  }
  return tensor(data, [shape[0], shape[1]]);
}
