/** A whole photo as one row of numbers. */

import type { Graph } from "../onnx/graph.ts";
import { expectRank, type Value } from "../onnx/value.ts";

/**
 * Global average pooling: each channel becomes its mean over all cells.
 *
 * pooled(n, c) = 1/(H·W) · Σ map(n, c, y, x)
 *
 * Source: Bergman, Cohen and Hoshen 2020: the features of a photo are those of the
 * network's last pooling.
 * Cost: O(N·C·H·W).
 *
 * @param map [N, C, H, W]
 * @returns [N, C]
 * @throws {TypeError} when the map is not of rank 4
 *
 * @example
 * ```ts
 * import { evaluate, tensor } from "@kizu/kizu";
 * const map = tensor(new Float32Array([1, 3, 10, 20]), [1, 2, 1, 2]);
 * const { data, shape } = await evaluate((g, m) => globalAveragePool(g, m), map);
 * console.assert(data[0] === 2 && data[1] === 15 && shape.length === 2);
 * ```
 */
export function globalAveragePool(g: Graph, map: Value): Value {
  expectRank("pool globally", map, 4);
  return g.mean(map, [2, 3]);
}
