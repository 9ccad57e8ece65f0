/** Local aggregation: what a patch embedding knows of its neighbours. */

import { cannot } from "../errors.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";

/** Options of {@linkcode neighbourhoodAverage}. */
export interface NeighbourhoodOptions {
  /** Side of the square window in cells, odd; default 3. */
  readonly size?: number;
  /**
   * `"zero"` (default): cells beyond the border count as zeros, as in the official code.
   * `"exclude"`: they do not count.
   */
  readonly border?: "zero" | "exclude";
}

/**
 * Each cell becomes the mean of the window around it, channel by channel, stride 1.
 *
 * φ(N_p(h, w)) = mean of φ over the p × p cells around (h, w)
 *
 * Source: Roth et al. 2022, equations 1 and 2 (p = 3, s = 1).
 * Differs: the official code flattens the window to C·p·p values and pools these to 1,024.
 *
 * @param map [N, C, H, W]
 * @returns [N, C, H, W]
 * @throws {RangeError} unless the size is odd and above 0
 *
 * @example
 * ```ts
 * import { evaluate, neighbourhoodAverage, tensor } from "@kizu/kizu";
 * const map = tensor(new Float32Array(9).fill(9), [1, 1, 3, 3]);
 * const { data } = await evaluate((g, m) => neighbourhoodAverage(g, m, { size: 3 }), map);
 * console.assert(data[4] === 9 && data[0] === 4);
 * ```
 */
export function neighbourhoodAverage(
  g: Graph,
  map: Value,
  { size = 3, border = "zero" }: NeighbourhoodOptions = {},
): Value {
  checkNeighbourhood(size);
  if (size === 1) return map;
  return g.averagePool(map, {
    size,
    padding: (size - 1) / 2,
    countPadding: border === "zero",
  });
}

/** @throws {RangeError} unless the size is odd and above 0 */
export function checkNeighbourhood(size: number): void {
  if (!Number.isInteger(size) || size < 1 || size % 2 === 0) {
    throw cannot("average neighbourhoods", "the window's side must be odd, 1 or more", `${size}`);
  }
}
