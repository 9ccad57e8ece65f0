/** The official PatchCore code's way to a fixed number of dimensions: bins over flattened values. */

import { cannot } from "../errors.ts";
import type { Graph } from "../onnx/graph.ts";
import { expectRank, known, type Value } from "../onnx/value.ts";
import { shapeText, tensor } from "../tensor.ts";

/**
 * For each bin the values it averages: from ⌊i·from/to⌋ up to, not including, ⌈(i+1)·from/to⌉.
 * Bins overlap where `to` does not divide `from`, and repeat values where `to` is larger.
 *
 * Source: torch's `adaptive_avg_pool1d`.
 */
export function adaptiveBins(from: number, to: number): { start: number; end: number }[] {
  for (const size of [from, to]) {
    if (!Number.isInteger(size) || size < 1) {
      throw cannot(
        "pool adaptively",
        "sizes must be whole numbers of at least 1",
        `${from}, ${to}`,
      );
    }
  }
  return Array.from({ length: to }, (_, i) => ({
    start: Math.floor((i * from) / to),
    end: Math.ceil(((i + 1) * from) / to),
  }));
}

/**
 * The channels of a map averaged into a fixed number of bins: [1, C, H, W] → [1, n, H, W].
 *
 * Source: the `Aggregator` of the official PatchCore code (torch's `adaptive_avg_pool1d`).
 *
 * @throws {RangeError} unless the dimensions are a whole number above 0
 */
export function poolChannels(
  g: Graph,
  map: Value,
  { dimensions }: { readonly dimensions: number },
): Value {
  expectRank("pool channels", map, 4);
  if (map.shape[0] !== 1) {
    throw cannot("pool channels", "the map must be of one photo", shapeText(map.shape));
  }
  const [channels, height, width] = [1, 2, 3].map((axis) =>
    known("pool channels", map.shape, axis)
  );
  if (channels === dimensions) return map;
  const bins = adaptiveBins(channels, dimensions);
  const widest = Math.max(...bins.map(({ start, end }) => end - start));
  // Each bin gathers as many values as the widest; those beyond its end weigh nothing.
  const indices = bins.flatMap(({ start, end }) =>
    Array.from({ length: widest }, (_, i) => Math.min(start + i, end - 1))
  );
  const weights = bins.flatMap(({ start, end }) =>
    Array.from({ length: widest }, (_, i) => start + i < end ? 1 / (end - start) : 0)
  );
  const gathered = g.reshape(
    g.gather(g.reshape(map, [channels, height * width]), g.integers(indices)),
    [dimensions, widest, height * width],
  );
  const weighted = g.multiply(
    gathered,
    g.constant(tensor(Float32Array.from(weights), [dimensions, widest, 1])),
  );
  return g.reshape(g.sum(weighted, [1]), [1, dimensions, height, width]);
}

/**
 * Each cell becomes the values of the window around it, [1, C, H, W] → [1, C·p·p, H, W], in the
 * order channel, row, column; beyond the border there are zeros.
 *
 * Source: torch's `unfold` as the official PatchCore code's `PatchMaker` uses it.
 *
 * @throws {RangeError} unless the size is odd and the map of one photo
 */
export function unfoldNeighbourhoods(
  g: Graph,
  map: Value,
  { size }: { readonly size: number },
): Value {
  expectRank("unfold neighbourhoods", map, 4);
  if (map.shape[0] !== 1) {
    throw cannot("unfold neighbourhoods", "the map must be of one photo", shapeText(map.shape));
  }
  if (!Number.isInteger(size) || size < 1 || size % 2 === 0) {
    throw cannot("unfold neighbourhoods", "the window's side must be odd", String(size));
  }
  if (size === 1) return map;
  const [channels, height, width] = [1, 2, 3].map((axis) => known("unfold", map.shape, axis));
  const reach = (size - 1) / 2;
  const padded = g.node(
    {
      operator: "Pad",
      inputs: [map, g.integers([0, 0, reach, reach, 0, 0, reach, reach]), g.scalar(0)],
      attributes: { mode: "constant" },
    },
    "float32",
    [1, channels, height + 2 * reach, width + 2 * reach],
  );
  const shifted: Value[] = [];
  for (let dy = 0; dy < size; dy++) {
    for (let dx = 0; dx < size; dx++) {
      const window = g.slice(padded, [
        { axis: 2, start: dy, size: height },
        { axis: 3, start: dx, size: width },
      ]);
      shifted.push(g.reshape(window, [channels, 1, height * width]));
    }
  }
  return g.reshape(g.concatenate(shifted, 1), [1, channels * size * size, height, width]);
}

/**
 * The official code's patch embedding of one level: the window around each cell, flattened to
 * C·p·p values, in `dimensions` bins. For 512 channels and 1,024 dimensions a bin holds five
 * neighbouring values: this is not a mean over channels.
 *
 * Source: the official PatchCore code's `PatchMaker` and `MeanMapper`.
 * Differs: the paper's equation 2 is the channel-wise mean, {@linkcode neighbourhoodAverage}.
 *
 * @param map [1, C, H, W]
 * @returns [1, dimensions, H, W]
 */
export function officialPooling(
  g: Graph,
  map: Value,
  { size = 3, dimensions = 1024 }: { readonly size?: number; readonly dimensions?: number } = {},
): Value {
  return poolChannels(g, unfoldNeighbourhoods(g, map, { size }), { dimensions });
}
