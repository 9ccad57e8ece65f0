/** A photo's levels as patch embeddings: what PaDiM and PatchCore begin with. */

import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";
import { alignLevels, type AlignOptions, concatenateLevels } from "./levels.ts";
import { neighbourhoodAverage } from "./neighbourhood.ts";

/** Options of {@linkcode embedPatches}. */
export interface EmbedOptions extends AlignOptions {
  /** Cells on a side over which each level is averaged first; default 1: not at all. */
  readonly neighbourhood?: number;
}

/**
 * Patch embeddings as a step: each level averaged over its neighbourhood, all brought to the finest
 * grid, their channels one behind the other.
 *
 * Source: Defard et al. 2020, section III-A (no neighbourhood); Roth et al. 2022, section 3.1 (3).
 *
 * @param levels maps [N, C, H, W], C, H and W their own
 * @returns [N, ΣC, H, W] of the finest grid
 * @throws {RangeError} when there is no level, or the neighbourhood is not an odd whole number
 *
 * @example
 * ```ts
 * import { evaluate, tensor } from "@kizu/kizu";
 * const fine = tensor(new Float32Array(16), [1, 1, 4, 4]);
 * const coarse = tensor(new Float32Array(8), [1, 2, 2, 2]);
 * const { shape } = await evaluate(
 *   (g, ...levels) => embedPatches(g, levels, { neighbourhood: 3 }),
 *   fine,
 *   coarse,
 * );
 * console.assert(shape.join() === "1,3,4,4");
 * ```
 */
export function embedPatches(
  g: Graph,
  levels: readonly Value[],
  { neighbourhood = 1, filter }: EmbedOptions = {},
): Value {
  const averaged = neighbourhood === 1
    ? levels
    : levels.map((level) => neighbourhoodAverage(g, level, { size: neighbourhood }));
  return concatenateLevels(g, alignLevels(g, averaged, { filter }));
}
