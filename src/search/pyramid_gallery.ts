/** What a search over feature pyramids keeps of the photos it searches in. */

import { cannot } from "../errors.ts";
import type { Grid } from "../math/bilinear.ts";
import { expectRows } from "../math/rows.ts";
import { evaluate } from "../onnx/evaluate.ts";
import type { Graph } from "../onnx/graph.ts";
import { known, type Value } from "../onnx/value.ts";
import { shapeText, tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";

/** One level of all gallery photos at its own resolution. */
export interface GalleryLevel extends Grid {
  /** [N·height·width, C]: a row a cell, in reading order, photo after photo. */
  readonly rows: Matrix;
}

/** A gallery that {@linkcode pyramidNeighbours} can search. */
export interface PyramidGallery {
  /** The rows moved by their mean [C]: no distance changes, and rounding is least. */
  readonly levels: readonly (GalleryLevel & { readonly mean: Float32Array })[];
  /** −½‖b‖² of every pixel b of the finest grid, [N, H·W]. */
  readonly biases: Matrix;
  /** The finest grid among the levels'. */
  readonly grid: Grid;
  /** N */
  readonly images: number;
}

const action = "make a pyramid gallery";

/**
 * Prepares the pixels of photos for searching. The levels stay at their own resolution.
 *
 * Cost: O(N·H·W·ΣC) time for a finest grid of H × W; as much memory as the levels.
 *
 * @param levels at least one, each with all N photos
 * @throws {RangeError} when levels disagree on N, or a number is not finite
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { matrix } from "@kizu/kizu";
 * const gallery = await pyramidGallery([
 *   { height: 1, width: 2, rows: matrix([[1], [3], [5], [7]]) },
 *   { height: 1, width: 1, rows: matrix([[0], [0]]) },
 * ]);
 * assertEquals(gallery.images, 2);
 * assertEquals([...gallery.levels[0].mean], [4]);
 * assertEquals([...gallery.biases.data], [-4.5, -0.5, -0.5, -4.5]);
 * ```
 */
export async function pyramidGallery(levels: readonly GalleryLevel[]): Promise<PyramidGallery> {
  if (levels.length === 0) throw cannot(action, "at least one level is needed", "none");
  const counts = levels.map(({ rows, height, width }) => rows.shape[0] / (height * width));
  const images = counts[0];
  if (!Number.isInteger(images) || images < 1 || counts.some((count) => count !== images)) {
    const shapes = levels.map(({ rows, height, width }) =>
      `${shapeText(rows.shape)} for ${height}×${width}`
    );
    throw cannot(action, "levels must have all cells of equally many photos", shapes.join(", "));
  }
  for (const { rows } of levels) expectRows(action, rows);
  const grid = {
    height: Math.max(...levels.map(({ height }) => height)),
    width: Math.max(...levels.map(({ width }) => width)),
  };
  const moved = levels.map(centred);
  return { levels: moved, biases: await biasesOf(moved, images, grid), grid, images };
}

/** Sums in double precision. */
function centred(level: GalleryLevel): GalleryLevel & { readonly mean: Float32Array } {
  const { data, shape: [M, C] } = level.rows;
  const sums = new Float64Array(C);
  for (let i = 0; i < data.length; i++) sums[i % C] += data[i];
  const mean = Float32Array.from(sums, (sum) => sum / M);
  return { ...level, rows: tensor(data.map((value, i) => value - mean[i % C]), [M, C]), mean };
}

async function biasesOf(
  levels: readonly GalleryLevel[],
  images: number,
  grid: Grid,
): Promise<Matrix> {
  const step = (g: Graph, ...photo: readonly Value[]): Value => {
    const squares = photo.map((rows, i) => {
      const pixels = channelsAt(g, mapOf(g, rows, levels[i]), grid);
      return g.sum(g.multiply(pixels, pixels), [0]);
    });
    return g.multiply(squares.reduce((a, b) => g.add(a, b)), g.scalar(-0.5));
  };
  const pixels = grid.height * grid.width;
  const biases = new Float32Array(images * pixels);
  for (let n = 0; n < images; n++) {
    const photo = levels.map(({ rows, height, width }) => {
      const [cells, C] = [height * width, rows.shape[1]];
      return tensor(rows.data.subarray(n * cells * C, (n + 1) * cells * C), [cells, C]);
    });
    biases.set((await evaluate(step, ...photo)).data, n * pixels);
  }
  return tensor(biases, [images, pixels]);
}

/** Rows of one photo, [h·w, C], as a map [1, C, h, w]. */
export function mapOf(g: Graph, rows: Value, { height, width }: Grid): Value {
  return g.reshape(g.transpose(rows, [1, 0]), [1, known(action, rows.shape, 1), height, width]);
}

/** A map [1, C, h, w], interpolated to a grid, as one row a channel, [C, H·W]. */
export function channelsAt(g: Graph, map: Value, { height, width }: Grid): Value {
  const same = map.shape[2] === height && map.shape[3] === width;
  const fine = same ? map : g.resize(map, [height, width]);
  return g.reshape(fine, [known(action, map.shape, 1), height * width]);
}
