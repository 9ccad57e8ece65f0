/** Adding rows to a bank that exists through the engine: the rows of the readable way. */

import { squaredDistancesBetween } from "../math/distances.ts";
import { expectGrowth, type Growth, type GrowthOptions } from "../math/grow_coreset.ts";
import { expectRows } from "../math/rows.ts";
import { tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";
import { farthestFirst } from "./farthest_first.ts";
import { lazyDistances } from "./lazy_distances.ts";

/** The radius, and who is told on the way. */
export interface GrowCoresetOptions extends GrowthOptions {
  /** Called now and then with the number of rows that have joined. */
  readonly progress?: (joined: number) => void;
  /** Stops the growth; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Grows a bank under the radius rule: the rows, in their order, and the radius of
 * {@linkcode growCoresetPlain}, whose docblock says what that guarantees.
 *
 * For photos that come after a bank was fitted: fit with `kCenterGreedy`, keep the last of its
 * `radii`, and let the new photos' rows join under that radius. A new row that is near what the bank
 * knows costs a few products and is forgotten.
 *
 * Cost: at most the O(N·(M + A)·D) of the readable version for A rows that join, as large matrix
 * products; memory for both matrices once more.
 *
 * @param bank [M, D]
 * @param newRows [N, D]
 * @throws {TypeError} when one is not a matrix
 * @throws {RangeError} when one is empty or not finite, widths differ, or the radius is not a
 * finite number ≥ 0
 * @throws the signal's reason when it is aborted
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const bank = { data: new Float32Array([0, 10]), shape: [2, 1] } as const;
 * const newRows = { data: new Float32Array([1, 14, 17, 5]), shape: [4, 1] } as const;
 * const { indices, radius } = await growCoreset(bank, newRows, { radius: 4 });
 * assertEquals([...indices], [2, 3]);
 * assertEquals(radius, 3);
 * ```
 */
export async function growCoreset(
  bank: Matrix,
  newRows: Matrix,
  { radius: limit, progress, signal }: GrowCoresetOptions,
): Promise<Growth> {
  const action = "grow a bank";
  expectRows(action, bank);
  expectRows(action, newRows);
  expectGrowth(action, bank, newRows, { radius: limit });
  signal?.throwIfAborted();
  const [M] = bank.shape;
  const rows = joined(bank, newRows);
  const [all] = rows.shape;
  const between = squaredDistancesBetween(rows, rows);
  await using distances = await lazyDistances(action, rows, {
    squared: Float64Array.from({ length: all }, (_, i) => between(i, 0)),
    most: all,
  });
  for (let m = 1; m < M; m++) distances.add(m);
  const indices: number[] = [];
  let radius = 0;
  await farthestFirst(distances, {
    take(row, squared) {
      const far = Math.sqrt(squared) > limit;
      if (far) indices.push(row - M);
      else radius = Math.sqrt(squared);
      return far;
    },
    progress: () => progress?.(indices.length),
    signal,
  });
  progress?.(indices.length);
  return { indices: Int32Array.from(indices), radius };
}

/** The rows of one matrix, then those of the other. */
function joined(a: Matrix, b: Matrix): Matrix {
  const data = new Float32Array(a.data.length + b.data.length);
  data.set(a.data);
  data.set(b.data, a.data.length);
  return tensor(data, [a.shape[0] + b.shape[0], a.shape[1]]);
}
