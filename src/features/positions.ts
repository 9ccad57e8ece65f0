/** Gathering the rows of many photos position by position: what a Gaussian a position is fitted on. */

import { cannot } from "../errors.ts";
import { evaluate } from "../onnx/evaluate.ts";
import { shapeText, tensor } from "../tensor.ts";
import type { Matrix, Tensor } from "../types.ts";

/** The rows of N photos at P positions, [P, N, D]: those of one position are neighbours. */
export type PositionRows = Tensor<readonly [positions: number, photos: number, columns: number]>;

/** Rows that grow photo by photo. */
export interface PositionCollector {
  /** Copies one photo's rows [P, D], each to its position. */
  add(photo: { readonly data: Float32Array; readonly shape: readonly number[] }): void;
  /** The rows so far: a view, not a copy. Nothing may be added afterwards. */
  finish(): PositionRows;
}

const action = "collect rows by position";

/**
 * Rows arrive photo by photo and are wanted position by position. They are put in their places as
 * they come: to turn them around afterwards would need all of the memory twice.
 *
 * Cost: O(N·P·D); where the number of photos was not known, memory doubles now and then.
 *
 * @param expected how many photos will come, when known: memory is then taken once
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { matrix } from "@kizu/kizu";
 * const collector = collectPositions(2);
 * collector.add(matrix([[1], [2], [3]]));
 * collector.add(matrix([[4], [5], [6]]));
 * const { data, shape } = collector.finish();
 * assertEquals([...data], [1, 4, 2, 5, 3, 6]);
 * assertEquals(shape, [3, 2, 1]);
 * ```
 */
export function collectPositions(expected?: number): PositionCollector {
  let data: Float32Array = new Float32Array(0);
  let first: readonly [positions: number, columns: number] | undefined;
  let room = 0;
  let photos = 0;

  /** Moves every position's rows to where they stand when each has room for `to` photos. */
  const move = (into: Float32Array, to: number, [P, D]: readonly [number, number]) => {
    for (let p = 0; p < P; p++) {
      const from = p * room * D;
      into.set(data.subarray(from, from + photos * D), p * to * D);
    }
    data = into;
    room = to;
  };

  return {
    add(photo) {
      const [P, D] = first ??= [photo.shape[0], photo.shape[1]];
      if (photo.shape.length !== 2 || photo.shape[0] !== P || photo.shape[1] !== D) {
        throw cannot(action, `a photo's are [${P}, ${D}]`, shapeText(photo.shape), TypeError);
      }
      if (photos === room) {
        const larger = photos === 0 ? Math.max(expected ?? 16, 1) : 2 * room;
        move(new Float32Array(P * larger * D), larger, [P, D]);
      }
      for (let p = 0; p < P; p++) {
        data.set(photo.data.subarray(p * D, (p + 1) * D), (p * room + photos) * D);
      }
      photos++;
    },
    finish() {
      if (first === undefined) throw cannot(action, "at least one photo is needed", "0");
      const [P, D] = first;
      // Towards the front, first position first: no row is overwritten before it has moved.
      if (photos < room) move(data, photos, first);
      return tensor(data.subarray(0, P * photos * D), [P, photos, D]);
    },
  };
}

/** One photo's rows out of {@linkcode PositionRows}, [P, D]. Copies. */
export function photoRows({ data, shape: [P, N, D] }: PositionRows, photo: number): Matrix {
  if (!Number.isInteger(photo) || photo < 0 || photo >= N) {
    throw cannot("take a photo's rows", `a photo must be in 0…${N - 1}`, String(photo));
  }
  const rows = new Float32Array(P * D);
  for (let p = 0; p < P; p++) {
    const from = (p * N + photo) * D;
    rows.set(data.subarray(from, from + D), p * D);
  }
  return tensor(rows, [P, D]);
}

/** Numbers multiplied at a time by {@linkcode projectPositions}. */
const BLOCK = 2 ** 20;

/**
 * Rows at all positions times one matrix: [P, N, C]·[C, d] → [P, N, d].
 *
 * Cost: O(P·N·C·d); a new tensor, and beside it the memory of one block.
 *
 * @throws {RangeError} when the shapes do not fit
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { matrix, tensor } from "@kizu/kizu";
 * const rows = tensor(new Float32Array([1, 2, 3, 4]), [1, 2, 2]);
 * const { data, shape } = await projectPositions(rows, matrix([[10], [1]]));
 * assertEquals([...data], [12, 34]);
 * assertEquals(shape, [1, 2, 1]);
 * ```
 */
export async function projectPositions(
  { data, shape: [P, N, C] }: PositionRows,
  directions: Matrix,
): Promise<PositionRows> {
  const d = directions.shape[1];
  const projected = new Float32Array(P * N * d);
  const most = Math.max(1, Math.floor(BLOCK / C));
  for (let start = 0; start < P * N; start += most) {
    const count = Math.min(most, P * N - start);
    const rows = tensor(data.subarray(start * C, (start + count) * C), [count, C]);
    const block = await evaluate((g, x, v) => g.linear(x, v), rows, directions);
    projected.set(block.data, start * d);
  }
  return tensor(projected, [P, N, d]);
}
