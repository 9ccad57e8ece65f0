/** Gathering the rows of many photos into one matrix without holding them twice. */

import { cannot } from "../errors.ts";
import { shapeText, tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";

/** A matrix that grows by blocks of rows. */
export interface RowCollector {
  /** Copies a block [P, D] behind the rows there are. */
  add(block: { readonly data: Float32Array; readonly shape: readonly number[] }): void;
  /** The rows so far, [N, D]: a view, not a copy. Nothing may be added afterwards. */
  finish(): Matrix;
}

/**
 * @param expectedBlocks how many blocks will come, when known: memory is then taken once.
 * More may come all the same; the room then doubles.
 */
export function collectRows(expectedBlocks?: number): RowCollector {
  let data: Float32Array = new Float32Array(0);
  let used = 0;
  let columns: number | undefined;
  return {
    add(block) {
      const [, width] = block.shape;
      columns ??= width;
      if (block.shape.length !== 2 || width !== columns) {
        throw cannot(
          "collect rows",
          `a block is [rows, ${columns}]`,
          shapeText(block.shape),
          TypeError,
        );
      }
      if (used + block.data.length > data.length) {
        const first = data.length === 0;
        const room = first
          ? block.data.length * Math.max(expectedBlocks ?? 16, 1)
          : Math.max(2 * data.length, used + block.data.length);
        const larger = new Float32Array(room);
        larger.set(data.subarray(0, used));
        data = larger;
      }
      data.set(block.data, used);
      used += block.data.length;
    },
    finish() {
      if (columns === undefined) throw cannot("collect rows", "at least one block is needed", "0");
      return tensor(data.subarray(0, used), [used / columns, columns]);
    },
  };
}
