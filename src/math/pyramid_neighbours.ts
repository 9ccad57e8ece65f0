/** Nearest pixels among feature pyramids in double precision: the readable reference. */

import { cannot } from "../errors.ts";
import { shapeText, tensor } from "../tensor.ts";
import type { FeatureMap } from "../types.ts";
import { bilinearWeights, type Grid } from "./bilinear.ts";
import type { NeighbourOptions, Neighbours } from "./distances.ts";
import { expectCount } from "./rows.ts";

const action = "find nearest pixels";

/**
 * For every pixel of one photo's pyramid the nearest pixels among other photos' the obvious way:
 * every level enlarged to the finest grid, concatenated, every distance, sorted. What the fast
 * `pyramidNeighbours` is tested against.
 *
 * d(p, r) = √Σ_levels ‖q_l(p) − b_l(r)‖², with q_l and b_l interpolated bilinearly; equal distances
 * keep the gallery's order.
 *
 * Source: Cohen and Hoshen 2020 (feature pyramid matching).
 * Cost: O(N·P²·(ΣC + log(N·P))) time, O(N·P·ΣC) memory, for P pixels of the finest grid.
 *
 * @param query a map [1, C, h, w] for each level
 * @param gallery a map [N, C, h, w] for each level, of the same C, h and w
 * @returns distances [P, count], ascending; indices photo·P + pixel
 * @throws {RangeError} when maps do not fit one another or count is not in 1…N·P
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const query = { data: new Float32Array([3, 10]), shape: [1, 1, 1, 2] } as const;
 * const gallery = { data: new Float32Array([1, 3, 5, 7]), shape: [2, 1, 1, 2] } as const;
 * const { distances, indices } = pyramidNeighboursPlain([query], [gallery], { count: 1 });
 * assertEquals([...distances.data], [0, 3]);
 * assertEquals([...indices], [1, 3]);
 * ```
 */
export function pyramidNeighboursPlain(
  query: readonly FeatureMap[],
  gallery: readonly FeatureMap[],
  { count }: NeighbourOptions,
): Neighbours {
  const fits = query.length > 0 && query.length === gallery.length &&
    query.every(({ shape }, i) =>
      shape[0] === 1 && gallery[i].shape[0] === gallery[0].shape[0] &&
      shapeText(shape.slice(1)) === shapeText(gallery[i].shape.slice(1))
    );
  if (!fits) {
    const shapes = (maps: readonly FeatureMap[]) => maps.map((map) => shapeText(map.shape)).join();
    throw cannot(
      action,
      "levels must be [1, C, h, w] and [N, C, h, w] with one N",
      `${shapes(query)} and ${shapes(gallery)}`,
    );
  }
  const grid = {
    height: Math.max(...query.map(({ shape }) => shape[2])),
    width: Math.max(...query.map(({ shape }) => shape[3])),
  };
  const P = grid.height * grid.width;
  const [images] = gallery[0].shape;
  expectCount(action, count, images * P);
  const own = pyramidPixels(query, grid)[0];
  const others = pyramidPixels(gallery, grid).flat();
  const distances = new Float32Array(P * count);
  const indices = new Int32Array(P * count);
  own.forEach((q, p) => {
    const squared = others.map((b) => b.reduce((sum, value, c) => sum + (value - q[c]) ** 2, 0));
    const order = squared.map((_, r) => r).sort((a, b) => squared[a] - squared[b] || a - b);
    for (let k = 0; k < count; k++) {
      distances[p * count + k] = Math.sqrt(squared[order[k]]);
      indices[p * count + k] = order[k];
    }
  });
  return { distances: tensor(distances, [P, count]), indices };
}

/** For every photo and pixel the concatenated, interpolated features of all levels. */
function pyramidPixels(maps: readonly FeatureMap[], grid: Grid): Float64Array[][] {
  const [images] = maps[0].shape;
  const ways = maps.map(({ shape: [, , height, width] }) =>
    bilinearWeights({ height, width }, grid)
  );
  return Array.from(
    { length: images },
    (_, n) =>
      Array.from({ length: grid.height * grid.width }, (_, p) =>
        Float64Array.from(
          maps.flatMap(({ data, shape: [, C, h, w] }, level) =>
            Array.from({ length: C }, (_, c) => {
              let sum = 0;
              for (let j = 4 * p; j < 4 * p + 4; j++) {
                sum += ways[level].weights[j] * data[(n * C + c) * h * w + ways[level].cells[j]];
              }
              return sum;
            })
          ),
        )),
  );
}
