/** How well every prefix of a list of rows covers all rows, and how well anything could. */

import { cannot } from "../errors.ts";
import type { Matrix } from "../types.ts";
import { squaredDistancesBetween } from "./distances.ts";
import { expectRows } from "./rows.ts";

/** What a greedy selection proves about its size. */
export interface Certificate {
  /** How many rows are chosen. */
  readonly size: number;
  /** How far the farthest row is from them. */
  readonly radius: number;
  /** No choice of as many centres, rows or not, has a smaller covering radius than this. */
  readonly lowerBound: number;
}

/**
 * For every size of a greedy k-centre selection what it reached, the radius r, and what no choice
 * of as many centres can go below, r/2.
 *
 * Why: the chosen rows and the farthest one are size + 1 rows, all at least r apart. Of any `size`
 * centres one must serve two of these, and is at least r/2 from one of the two. The bound holds for
 * *every* choice of as many centres, so it may be drawn below the curves of other selections; but
 * it follows only from radii of a farthest-first selection, not from theirs.
 *
 * Source: Gonzalez 1985, Clustering to minimize the maximum intercluster distance.
 * Cost: O(count).
 *
 * @param radii of a greedy selection: `radii` of `kCenterGreedy`, [count]
 * @returns one entry a size, 1…count
 * @throws {RangeError} when a radius is negative, not finite or larger than the one before
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(certificate([10, 5]), [
 *   { size: 1, radius: 10, lowerBound: 5 },
 *   { size: 2, radius: 5, lowerBound: 2.5 },
 * ]);
 * ```
 */
export function certificate(radii: ArrayLike<number>): Certificate[] {
  return Array.from(radii, (radius, i) => {
    if (!(radius >= 0 && radius < Infinity) || (i > 0 && radius > radii[i - 1])) {
      throw cannot(
        "bound covering radii",
        "those of a greedy selection are finite, at least 0 and never grow",
        i > 0 ? `${radius} after ${radii[i - 1]}` : String(radius),
      );
    }
    return { size: i + 1, radius, lowerBound: radius / 2 };
  });
}

/** What every measurement of covering radii checks of its centres. */
export function expectCentres(action: string, rows: Matrix, centres: ArrayLike<number>): void {
  const [N] = rows.shape;
  if (centres.length === 0) throw cannot(action, "at least one centre is needed", "none");
  for (let c = 0; c < centres.length; c++) {
    if (!Number.isInteger(centres[c]) || centres[c] < 0 || centres[c] >= N) {
      throw cannot(action, `a centre must be a row in 0…${N - 1}`, String(centres[c]));
    }
  }
}

/**
 * The covering radii of all prefixes of a list of rows in one run:
 * `radii[t]` = maxᵢ min over s ≤ t of ‖xᵢ − x_{order[s]}‖. They never grow. With the order of
 * `randomSubset` or `kMeansPlusPlus` this is the curve to draw beside a greedy selection's `radii`.
 *
 * Cost: O(N·C·D) time for C centres, O(N) memory. This is the readable version; `coveringRadii`
 * gives the same numbers many times faster.
 *
 * @param rows [N, D]
 * @param order C row numbers, at least one, in any order; one may come twice
 * @returns [C], double precision
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite, or order is empty or not in 0…N−1
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array([0, 1, 9, 10, 5]), shape: [5, 1] } as const;
 * assertEquals([...coveringRadiiPlain(rows, [4, 0, 3])], [5, 5, 1]);
 * ```
 */
export function coveringRadiiPlain(rows: Matrix, order: ArrayLike<number>): Float64Array {
  const action = "measure covering radii";
  expectRows(action, rows);
  expectCentres(action, rows, order);
  const [N] = rows.shape;
  const squared = squaredDistancesBetween(rows, rows);
  const toChosen = new Float64Array(N).fill(Infinity);
  return Float64Array.from(order, (centre) => {
    let farthest = 0;
    for (let i = 0; i < N; i++) {
      toChosen[i] = Math.min(toChosen[i], squared(i, centre));
      farthest = Math.max(farthest, toChosen[i]);
    }
    return Math.sqrt(farthest);
  });
}
