/** Strided views of a storage as the contiguous bytes of a tensor. */

import { cannot } from "../../errors.ts";

/**
 * Whether values lie in row-major order without gaps; dimensions of size 1 have any stride.
 */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return false;
    expected *= shape[i];
  }
  return true;
}

/** The index of the farthest value of a view that is not empty, relative to its first. */
export function farthest(shape: readonly number[], strides: readonly number[]): number {
  return shape.reduce((sum, size, i) => sum + (size - 1) * strides[i], 0);
}

/**
 * Copies a strided view into row-major order. O(values of the result).
 *
 * @param storage the storage's bytes, aligned to `size`; every index of the view must be inside
 * @param size bytes per value: 1, 2, 4 or 8
 */
export function gather(
  storage: Uint8Array<ArrayBuffer>,
  size: number,
  view: {
    readonly offset: number;
    readonly shape: readonly number[];
    readonly strides: readonly number[];
  },
): Uint8Array<ArrayBuffer> {
  const { offset, shape, strides } = view;
  const count = shape.reduce((product, length) => product * length, 1);
  const bytes = new Uint8Array(count * size);
  const from = wordsOf(storage, size);
  const to = wordsOf(bytes, size);
  const rank = shape.length;
  const position = new Array<number>(rank).fill(0);
  let source = offset;
  for (let i = 0; i < count; i++) {
    to[i] = from[source];
    for (let d = rank - 1; d >= 0; d--) {
      source += strides[d];
      if (++position[d] < shape[d]) break;
      source -= strides[d] * shape[d];
      position[d] = 0;
    }
  }
  return bytes;
}

/** Bytes as words that are copied bit by bit; as integers, since NaN payloads must survive. */
function wordsOf(bytes: Uint8Array<ArrayBuffer>, size: number): { [index: number]: unknown } {
  const words = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array }[size];
  if (words === undefined) {
    throw cannot("copy a tensor", "an element has 1, 2, 4 or 8 bytes", String(size));
  }
  return new words(bytes.buffer, bytes.byteOffset, bytes.length / size);
}
