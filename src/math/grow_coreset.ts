/** Adding rows to a bank that exists, as few as keep every row near it: readable. */

import { cannot } from "../errors.ts";
import { shapeText } from "../tensor.ts";
import type { Matrix } from "../types.ts";
import { squaredDistancesBetween } from "./distances.ts";
import { expectRows } from "./rows.ts";

/** How near every row shall be to the bank. */
export interface GrowthOptions {
  /** Euclidean distance (not squared), at least 0: for example the bank's own covering radius. */
  readonly radius: number;
}

/** Which rows joined a bank, and how well it then covers the new rows. */
export interface Growth {
  /** Rows of `newRows` in the order in which they joined. */
  readonly indices: Int32Array;
  /** The largest distance of a new row to the grown bank; at most the radius asked for. */
  readonly radius: number;
}

/** What every growth checks of its bank and options; the numbers of the rows are checked apart. */
export function expectGrowth(
  action: string,
  bank: Matrix,
  newRows: Matrix,
  { radius }: GrowthOptions,
): void {
  if (bank.shape[1] !== newRows.shape[1]) {
    const both = `${shapeText(bank.shape)} and ${shapeText(newRows.shape)}`;
    throw cannot(action, "bank and new rows must be equally wide", both);
  }
  if (!(radius >= 0 && radius < Infinity)) {
    throw cannot(action, "a radius must be a finite number of at least 0", String(radius));
  }
}

/**
 * Grows a bank under the radius rule: as long as a new row is farther than `radius` from all of the
 * bank, the farthest of these joins it; ties go to the lowest index. No old row is needed or moved.
 *
 * What holds afterwards:
 * - every new row is within `radius` of the bank;
 * - the rows that joined are more than `radius` away from the old bank and from each other. So
 *   whoever wants every new row within radius/2 has to add at least as many centres: none can
 *   serve two of them, and no row of the old bank any;
 * - if all rows that the bank was chosen from were within `radius` of it, all rows, old and new,
 *   now are.
 *
 * Rows that all come at once and rows that come in several calls may give different banks; the
 * guarantees are the same.
 *
 * Source: the stopping rule of Gonzalez 1985 applied to what is added; compare the doubling
 * algorithm of Charikar, Chekuri, Feder and Motwani 2004, Incremental clustering.
 * Cost: O(N·(M + A)·D) time for A rows that join, O(N) memory. This is the readable version;
 * `growCoreset` adds the same rows many times faster.
 *
 * @param bank [M, D]
 * @param newRows [N, D]
 * @throws {TypeError} when one is not a matrix
 * @throws {RangeError} when one is empty or not finite, widths differ, or the radius is not a
 * finite number ≥ 0
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const bank = { data: new Float32Array([0, 10]), shape: [2, 1] } as const;
 * const newRows = { data: new Float32Array([1, 14, 17, 5]), shape: [4, 1] } as const;
 * const { indices, radius } = growCoresetPlain(bank, newRows, { radius: 4 });
 * assertEquals([...indices], [2, 3]);
 * assertEquals(radius, 3);
 * ```
 */
export function growCoresetPlain(bank: Matrix, newRows: Matrix, options: GrowthOptions): Growth {
  const action = "grow a bank";
  expectRows(action, bank);
  expectRows(action, newRows);
  expectGrowth(action, bank, newRows, options);
  const [N] = newRows.shape;
  const toOld = squaredDistancesBetween(newRows, bank);
  const toNew = squaredDistancesBetween(newRows, newRows);
  const squared = Float64Array.from({ length: N }, (_, i) => {
    let nearest = Infinity;
    for (let m = 0; m < bank.shape[0]; m++) nearest = Math.min(nearest, toOld(i, m));
    return nearest;
  });
  const indices: number[] = [];
  for (;;) {
    const farthest = squared.reduce((most, value) => Math.max(most, value));
    const radius = Math.sqrt(farthest);
    if (radius <= options.radius) return { indices: Int32Array.from(indices), radius };
    const joining = squared.indexOf(farthest);
    indices.push(joining);
    for (let i = 0; i < N; i++) squared[i] = Math.min(squared[i], toNew(i, joining));
  }
}
