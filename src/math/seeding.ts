/** Other ways to choose rows, to compare greedy k-centre with: at random, and by k-means++. */

import { sampleWithoutReplacement, seededRandom } from "../random.ts";
import type { Matrix } from "../types.ts";
import { squaredDistancesBetween } from "./distances.ts";
import { expectCount, expectRows, expectShape } from "./rows.ts";

/** How many rows are drawn, and the seed of the draw. */
export interface SeedingOptions {
  /** In 1…N. */
  readonly count: number;
  readonly seed: number;
}

/**
 * Different rows drawn with equal chance: the baseline of PatchCore's ablation. O(N).
 *
 * @param rows [N, D]; only the number of rows matters
 * @returns row numbers in the order drawn, [count]; a smaller count gives a prefix
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or count is not in 1…N
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array(10), shape: [10, 1] } as const;
 * assertEquals(new Set(randomSubset(rows, { count: 4, seed: 0 })).size, 4);
 * ```
 */
export function randomSubset(rows: Matrix, { count, seed }: SeedingOptions): Int32Array {
  const action = "draw a random subset";
  expectShape(action, rows);
  const [below] = rows.shape;
  expectCount(action, count, below);
  return sampleWithoutReplacement(seededRandom(seed, "random subset"), { count, below });
}

/**
 * k-means++ seeding (D² sampling): the first row with equal chance, each next one with a chance
 * proportional to its *squared* distance to the nearest row drawn before,
 * P(i) = d(xᵢ)² / Σⱼ d(xⱼ)².
 *
 * Between random choice (follows the density) and farthest-first (follows the outliers). Rows
 * that coincide with a drawn one have chance 0; when only such rows are left they follow, lowest
 * index first.
 *
 * Source: Arthur and Vassilvitskii 2007, k-means++: the advantages of careful seeding.
 * Cost: O(N·count·D) time, O(N) memory.
 *
 * @param rows [N, D]
 * @returns row numbers in the order drawn, all different, [count]; a smaller count gives a prefix
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite, or count is not in 1…N
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array([0, 0, 0, 7]), shape: [4, 1] } as const;
 * assertEquals(kMeansPlusPlus(rows, { count: 2, seed: 0 }).includes(3), true);
 * ```
 */
export function kMeansPlusPlus(rows: Matrix, { count, seed }: SeedingOptions): Int32Array {
  const action = "seed by k-means++";
  expectRows(action, rows);
  const [N] = rows.shape;
  expectCount(action, count, N);
  const random = seededRandom(seed, "k-means++");
  const squared = squaredDistancesBetween(rows, rows);
  const indices = new Int32Array(count);
  const toDrawn = new Float64Array(N).fill(Infinity);
  const drawn = new Uint8Array(N);
  let next = random.integer(N);
  for (let t = 0; t < count; t++) {
    indices[t] = next;
    drawn[next] = 1;
    let total = 0;
    for (let i = 0; i < N; i++) {
      toDrawn[i] = Math.min(toDrawn[i], squared(i, next));
      total += toDrawn[i];
    }
    next = total > 0 ? drawBySize(toDrawn, random.uniform() * total) : drawn.indexOf(0);
  }
  return indices;
}

/** The first place where the running sum exceeds `aim`; never one of size 0. */
function drawBySize(sizes: Float64Array, aim: number): number {
  let sum = 0;
  let last = 0;
  for (let i = 0; i < sizes.length; i++) {
    if (sizes[i] === 0) continue;
    sum += sizes[i];
    last = i;
    if (sum > aim) return i;
  }
  return last;
}
