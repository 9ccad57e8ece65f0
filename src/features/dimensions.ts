/** Fewer dimensions: some at random, or the directions of most variance. */

import { cannot } from "../errors.ts";
import { type PrincipalComponents, principalComponents } from "../math/principal_components.ts";
import { expectCount, expectRows } from "../math/rows.ts";
import { evaluate } from "../onnx/evaluate.ts";
import type { Graph } from "../onnx/graph.ts";
import { expectRank, known, type Value } from "../onnx/value.ts";
import { sampleWithoutReplacement, seededRandom } from "../random.ts";
import { shapeText, tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";

/**
 * d of C dimensions at random, each once, ascending.
 *
 * Source: Defard et al. 2020, section IV-A: randomly chosen dimensions do better than as many
 * principal components.
 * Cost: O(C).
 *
 * @param channels C
 * @param options count: d in 1…C; seed
 * @throws {RangeError} when d is not in 1…C
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const dimensions = randomDimensions(448, { count: 100, seed: 0 });
 * assertEquals(dimensions.length, 100);
 * assertEquals(dimensions, randomDimensions(448, { count: 100, seed: 0 }));
 * ```
 */
export function randomDimensions(
  channels: number,
  { count, seed }: { readonly count: number; readonly seed: number },
): Int32Array {
  expectCount("choose dimensions", count, channels);
  const random = seededRandom(seed, "dimensions");
  return sampleWithoutReplacement(random, { count, below: channels }).sort();
}

/**
 * The chosen channels of a map, in the order given: [N, C, H, W] → [N, d, H, W].
 *
 * @throws {RangeError} when a dimension is not a channel of the map
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate, tensor } from "@kizu/kizu";
 * const map = tensor(new Float32Array([1, 2, 3]), [1, 3, 1, 1]);
 * const chosen = await evaluate((g, m) => takeDimensions(g, m, [0, 2]), map);
 * assertEquals([...chosen.data], [1, 3]);
 * ```
 */
export function takeDimensions(g: Graph, map: Value, dimensions: ArrayLike<number>): Value {
  expectRank("take dimensions", map, 4);
  const channels = known("take dimensions", map.shape, 1);
  const indices = Array.from(dimensions);
  const outside = indices.find((k) => !Number.isInteger(k) || k < 0 || k >= channels);
  if (outside !== undefined) {
    throw cannot("take dimensions", `a dimension must be in 0…${channels - 1}`, String(outside));
  }
  return g.gather(map, g.integers(indices), 1);
}

/** Rows multiplied at a time: float32 sums of so many are right to about six digits. */
const BLOCK = 4096;

/**
 * The principal components of rows. The engine multiplies blocks of centred rows; the blocks'
 * products are added in double precision.
 *
 * Cost: O(R·C²) time in the engine and O(C³) for the eigenvectors; no copy of the rows.
 *
 * @param rows [R, C], R ≥ 2
 * @param options count: d in 1…C
 * @returns directions [C, d]; `rows·directions` has d columns
 * @throws {RangeError} when a number is not finite, there are fewer than two rows, or d is not in
 * 1…C
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { matrix } from "@kizu/kizu";
 * const rows = matrix([[1, 1], [2, 2], [6, 6]]);
 * const { directions, share } = await principalDimensions(rows, { count: 1 });
 * assertAlmostEquals(directions.data[0], Math.SQRT1_2, 1e-6);
 * assertAlmostEquals(share, 1, 1e-6);
 * ```
 */
export async function principalDimensions(
  rows: Matrix,
  { count }: { readonly count: number },
): Promise<PrincipalComponents> {
  const action = "find principal components";
  expectRows(action, rows);
  const { data, shape: [R, C] } = rows;
  expectCount(action, count, C);
  if (R < 2) throw cannot(action, "at least two rows are needed", shapeText(rows.shape));
  const sums = new Float64Array(C);
  for (let i = 0; i < R; i++) for (let k = 0; k < C; k++) sums[k] += data[i * C + k];
  const mean = tensor(Float32Array.from(sums, (sum) => sum / R), [1, C]);
  const covariance = new Float64Array(C * C);
  for (let start = 0; start < R; start += BLOCK) {
    const size = Math.min(BLOCK, R - start);
    const block = tensor(data.subarray(start * C, (start + size) * C), [size, C]);
    const products = await evaluate(
      (g, x, mean) => {
        const centred = g.subtract(x, mean);
        return g.multiplyMatrices(g.transpose(centred, [1, 0]), centred);
      },
      block,
      mean,
    );
    for (let i = 0; i < covariance.length; i++) covariance[i] += products.data[i] / (R - 1);
  }
  return principalComponents(covariance, { size: C, count });
}
