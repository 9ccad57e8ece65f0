/** Exact nearest pixels among feature pyramids, without enlarging what can stay small. */

import { cannot } from "../errors.ts";
import { bilinearWeights } from "../math/bilinear.ts";
import { expectCount } from "../math/rows.ts";
import type { Graph } from "../onnx/graph.ts";
import { type ElementType, expectRank, known, type Value } from "../onnx/value.ts";
import { shapeText } from "../tensor.ts";
import { entriesAt, largestByGroups } from "./grouped_top_k.ts";
import { channelsAt, mapOf, type PyramidGallery } from "./pyramid_gallery.ts";
import { planPyramid, type PyramidPlan } from "./pyramid_plan.ts";

export { type GalleryLevel, type PyramidGallery, pyramidGallery } from "./pyramid_gallery.ts";

/** Where is searched, and for how many. */
export interface PyramidNeighbourOptions {
  /** Which photos of the gallery, [K]; they may be known only when the graph runs. */
  readonly images: Value<"int64">;
  /** How many nearest pixels are wanted for each pixel of the query. */
  readonly count: number;
}

/** A candidate beyond `count` is measured too: float32 products can confuse two near ones. */
const SPARE = 1;

/** Most products of queries and pixels at a time, 8 MB: they stay in the processor's cache. */
const LARGEST_TILE = 2 ** 21;

/** Most numbers in one gathered block of candidates: 32 MB. */
const LARGEST_GATHER = 2 ** 23;

const action = "find nearest pixels";

/**
 * For every pixel of a photo's feature pyramid the nearest pixels among those of K other photos.
 *
 * A pyramid's pixel is the concatenation of all its levels, interpolated bilinearly to the finest
 * grid: d²(p, r) = Σ_levels ‖q_l(p) − b_l(r)‖². Every one of the K·H·W pixels is compared, with
 * no approximation, but the levels are not all enlarged: interpolation is linear, so inner
 * products of interpolated features are the interpolated inner products of the cells,
 * ⟨q(p), b(r)⟩ = Σᵢⱼ wᵢ(p)·wⱼ(r)·⟨qᵢ, bⱼ⟩. A level of 14 × 14 cells with 1,024 channels is
 * multiplied at 14 × 14, and then costs as much as some 25 channels at the finest grid.
 * {@linkcode planPyramid} decides for which levels this is worth while.
 *
 * The products rank the pixels, best of one photo after the other, in tiles that are never all in
 * memory; the best `count` + 1 are then measured directly, d = √Σ(q − b)², so that nothing
 * cancels and the distance of a photo to itself is 0.
 *
 * What holds: distances are those of the pixels returned to about 1e-6 relative. A returned pixel
 * is the true neighbour unless more than one other is nearer than it by less than the ranking's
 * rounding, about 1e-6·(‖q‖² + ‖b‖²) in squared distance after centring.
 *
 * Source: the pyramid and its distances: Cohen and Hoshen 2020 (feature pyramid matching).
 * Differs: popular code searches each level alone and averages the maps; enlarging and searching
 * with a flat index gives the same distances as this, slower.
 * Cost: with P = H·W pixels, O(K·P²·(C₁ + cells a block of queries lies between)) for C₁ channels
 * of the direct levels instead of O(K·P²·ΣC); memory O(P·(ΣC + native cells)) and 8 MB or one
 * row of products, whichever is more.
 *
 * @param query one map [1, C, h, w] for each level of the gallery
 * @returns distances [P, count], ascending; indices [P, count]: photo·P + pixel, where photo
 * counts all N of the gallery
 * @throws {TypeError} when a map is not of rank 4
 * @throws {RangeError} when a map does not fit its level, or count is not in 1…K·P
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate, matrix, tensor } from "@kizu/kizu";
 * const gallery = await pyramidGallery([
 *   { height: 1, width: 2, rows: matrix([[1], [3], [5], [7]]) },
 *   { height: 1, width: 1, rows: matrix([[0], [4]]) },
 * ]);
 * const { distances, indices } = await evaluate(
 *   (g, fine, coarse) =>
 *     pyramidNeighbours(g, [fine, coarse], gallery, { images: g.integers([0, 1]), count: 1 }),
 *   tensor(new Float32Array([3, 10]), [1, 1, 1, 2]),
 *   tensor(new Float32Array([0]), [1, 1, 1, 1]),
 * );
 * assertEquals([...distances.data], [0, 5]);
 * assertEquals([...indices.data], [1n, 3n]);
 * ```
 */
export function pyramidNeighbours(
  g: Graph,
  query: readonly Value[],
  gallery: PyramidGallery,
  { images, count }: PyramidNeighbourOptions,
): { readonly distances: Value; readonly indices: Value<"int64"> } {
  const { levels, grid } = gallery;
  checkQuery(query, gallery);
  expectRank(action, images, 1);
  const most = known(action, images.shape, 0) * grid.height * grid.width;
  expectCount(action, count, most);
  const maps = query.map((map, i) => {
    const { mean } = levels[i];
    return g.subtract(map, g.constant({ data: mean, shape: [1, mean.length, 1, 1] }));
  });
  const candidates = candidatePixels(g, maps, gallery, {
    images,
    count: Math.min(most, count + SPARE),
  });
  const measured = distancesTo(g, maps, gallery, candidates);
  const nearest = g.topK(measured, count, { smallest: true });
  return { distances: nearest.values, indices: entriesAt(g, candidates, nearest.indices) };
}

function checkQuery(query: readonly Value[], { levels }: PyramidGallery): void {
  if (query.length !== levels.length) {
    throw cannot(action, `a map for each of ${levels.length} levels is needed`, `${query.length}`);
  }
  query.forEach((map, i) => {
    expectRank(action, map, 4);
    const { rows, height, width } = levels[i];
    const wanted = [1, rows.shape[1], height, width];
    if (shapeText(map.shape) !== shapeText(wanted)) {
      throw cannot(action, `map ${i} must be ${shapeText(wanted)}`, shapeText(map.shape));
    }
  });
}

/** Whole numbers as an int64 constant. */
function table(g: Graph, values: Int32Array, shape: readonly number[]): Value<"int64"> {
  return g.constant<"int64">({ data: BigInt64Array.from(values, BigInt), shape });
}

/** A map [1, C, h, w] as one row a cell, [h·w, C]. */
function cellRows(g: Graph, map: Value): Value {
  const [, C, h, w] = map.shape.map((_, axis) => known(action, map.shape, axis));
  return g.transpose(g.reshape(map, [C, h * w]), [1, 0]);
}

/** The pixels that may be among the nearest, photo·P + pixel, [P, count]. */
function candidatePixels(
  g: Graph,
  maps: readonly Value[],
  gallery: PyramidGallery,
  { images, count }: PyramidNeighbourOptions,
): Value<"int64"> {
  const plan = planPyramid(gallery.levels.map((level) => ({
    height: level.height,
    width: level.width,
    channels: level.rows.shape[1],
  })));
  const { blocks, size, inner, grid } = plan;
  const pixels = grid.height * grid.width;
  const left = leftFactor(g, maps, plan);
  // A power of two at a time shares out evenly among the engine's threads.
  const most = 2 ** Math.floor(Math.log2(Math.max(1, LARGEST_TILE / (size * pixels))));
  const tiles = Array.from({ length: Math.ceil(blocks / most) }, (_, t) => {
    const start = t * most;
    const some = Math.min(most, blocks - start);
    return {
      queries: some * size,
      left: g.slice(left, [{ axis: 0, start, size: some }]),
      rows: table(g, plan.rows.subarray(start * inner, (start + some) * inner), [some, inner]),
    };
  });
  const cells = maps.map((map, i) => plan.native[i] ? cellRows(g, map) : undefined);
  // Photo by photo is also the order in which the engine runs what is joined here, so that it
  // holds the right factor of one photo at a time.
  const photos = Array.from({ length: known(action, images.shape, 0) }, (_, k) => {
    const image = g.slice(images, [{ axis: 0, start: k, size: 1 }]);
    const right = rightFactor(g, cells, gallery, image);
    const best = tiles.map(({ queries, left, rows }) => {
      const products = g.multiplyMatrices(left, g.gather(right, rows));
      return largestByGroups(g, g.reshape(products, [queries, pixels]), {
        count: Math.min(pixels, count),
        group: grid.width,
      });
    });
    const shift = g.multiply(image, g.integers([pixels]));
    return {
      values: g.concatenate(best.map(({ values }) => values), 0),
      indices: g.add(g.concatenate(best.map(({ indices }) => indices), 0), shift),
    };
  });
  const { indices } = g.topK(g.concatenate(photos.map(({ values }) => values), 1), count);
  const found = entriesAt(g, g.concatenate(photos.map(({ indices }) => indices), 1), indices);
  return g.gather(found, table(g, plan.place, [pixels]));
}

/** The queries in blocks: features of the direct levels, weights of native cells, 1. */
function leftFactor(g: Graph, maps: readonly Value[], plan: PyramidPlan): Value {
  const { blocks, size, native, order, weights, grid } = plan;
  const direct = maps.filter((_, i) => !native[i]).map((map) => channelsAt(g, map, grid));
  const shape = [blocks, size, weights.length / (blocks * size)];
  const constants = g.constant({ data: weights, shape });
  if (direct.length === 0) return constants;
  const rows = g.transpose(g.concatenate(direct, 0), [1, 0]);
  return g.concatenate([g.gather(rows, table(g, order, [blocks, size])), constants], 2);
}

/** A gallery photo: channels of the direct levels, products with native cells, biases. */
function rightFactor(
  g: Graph,
  cells: readonly (Value | undefined)[],
  { levels, biases, grid }: PyramidGallery,
  image: Value<"int64">,
): Value {
  const direct: Value[] = [];
  const native: Value[] = [];
  levels.forEach((level, i) => {
    const { height, width } = level;
    const own = Int32Array.from({ length: height * width }, (_, cell) => cell);
    const first = g.multiply(image, g.integers([own.length]));
    const rows = g.gather(g.constant(level.rows), g.add(table(g, own, [own.length]), first));
    const queryCells = cells[i];
    if (queryCells) {
      const products = g.linear(queryCells, rows, { transposed: true });
      native.push(channelsAt(g, g.reshape(products, [1, own.length, height, width]), grid));
    } else direct.push(channelsAt(g, mapOf(g, rows, level), grid));
  });
  return g.concatenate([...direct, ...native, g.gather(g.constant(biases), image)], 0);
}

/** Distances from every pixel to its candidates, measured directly, [P, count]. */
function distancesTo(
  g: Graph,
  maps: readonly Value[],
  { levels, grid }: PyramidGallery,
  candidates: Value<"int64">,
): Value {
  const pixels = grid.height * grid.width;
  const count = known(action, candidates.shape, 1);
  const image = g.divide(candidates, g.integers([pixels]));
  const pixel = g.subtract(candidates, g.multiply(image, g.integers([pixels])));
  const squared = levels.map((level, i) => {
    const { cells, weights } = bilinearWeights(level, grid);
    const corners = table(g, cells, [pixels, 4]);
    const shares = g.constant({ data: Float32Array.from(weights), shape: [pixels, 1, 4] });
    // Both sides are blended by the same step: equal features give equal numbers.
    const blend = (rows: Value, at: Value<"int64">, shares: Value) =>
      g.multiplyMatrices(shares, g.gather(rows, at));
    const [own, all] = [cellRows(g, maps[i]), g.constant(level.rows)];
    const C = level.rows.shape[1];
    const most = Math.max(1, Math.floor(LARGEST_GATHER / (4 * C * count)));
    const parts: Value[] = [];
    for (let start = 0; start < pixels; start += most) {
      const size = Math.min(most, pixels - start);
      const part = <T extends ElementType>(x: Value<T>) => g.slice(x, [{ axis: 0, start, size }]);
      const query = g.reshape(blend(own, part(corners), part(shares)), [size, 1, C]);
      const shift = g.multiply(part(image), g.integers([level.height * level.width]));
      const at = g.add(g.gather(corners, part(pixel)), g.reshape(shift, [size, count, 1]));
      const found = blend(all, at, g.gather(shares, part(pixel)));
      const difference = g.subtract(g.reshape(found, [size, count, C]), query);
      parts.push(g.sum(g.multiply(difference, difference), [2]));
    }
    return g.concatenate(parts, 0);
  });
  return g.squareRoot(squared.reduce((a, b) => g.add(a, b)));
}
