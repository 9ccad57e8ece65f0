/** Bringing levels of different resolution together. */

import { cannot } from "../errors.ts";
import type { Graph } from "../onnx/graph.ts";
import { expectRank, known, type Value } from "../onnx/value.ts";
import { shapeText } from "../tensor.ts";

/** Options of {@linkcode alignLevels}. */
export interface AlignOptions {
  /**
   * `"bilinear"` (default), half-pixel centres, as torch's `interpolate` with
   * `align_corners=False`. Differs: popular PaDiM code replicates cells: `"nearest"`.
   */
  readonly filter?: "bilinear" | "nearest";
}

/**
 * Upsamples every map to the finest grid among them.
 *
 * Source: Roth et al. 2022, section 3.1; Defard et al. 2020, section III-A.
 *
 * @param maps each [N, C, H, W], C, H and W their own
 * @returns the maps in the same order, all with the height and width of the finest
 * @throws {RangeError} when there is none
 */
export function alignLevels(
  g: Graph,
  maps: readonly Value[],
  { filter = "bilinear" }: AlignOptions = {},
): Value[] {
  if (maps.length === 0) throw cannot("align levels", "at least one map is needed", "none");
  for (const map of maps) expectRank("align levels", map, 4);
  const height = Math.max(...maps.map((map) => known("align levels", map.shape, 2)));
  const width = Math.max(...maps.map((map) => known("align levels", map.shape, 3)));
  return maps.map((map) =>
    map.shape[2] === height && map.shape[3] === width
      ? map
      : g.resize(map, [height, width], { filter })
  );
}

/**
 * The channels of all maps after one another: [N, ΣC, H, W].
 *
 * @throws {RangeError} when the maps' sizes differ, with both shapes: align them first
 */
export function concatenateLevels(g: Graph, maps: readonly Value[]): Value {
  return g.concatenate(maps, 1);
}

/**
 * A map of one photo as one row a patch, in reading order: [1, C, H, W] → [H·W, C].
 *
 * @throws {RangeError} for a batch of more than one
 */
export function patchRows(g: Graph, map: Value): Value {
  expectRank("make patch rows", map, 4);
  if (map.shape[0] !== 1) {
    throw cannot("make patch rows", "the map must be of one photo", shapeText(map.shape));
  }
  const channels = known("make patch rows", map.shape, 1);
  return g.reshape(g.transpose(map, [0, 2, 3, 1]), [-1, channels]);
}
