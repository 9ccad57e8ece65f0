/** How far rows are from the Gaussians at their positions: as a step, at once, and readable. */

import { cannot } from "../errors.ts";
import { gaussianOf, mahalanobis } from "../math/covariance.ts";
import { evaluate } from "../onnx/evaluate.ts";
import type { Graph } from "../onnx/graph.ts";
import { known, type Value } from "../onnx/value.ts";
import { shapeText, tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";
import type { PositionGaussians } from "./gaussian_maps.ts";
import type { PositionRows } from "./positions.ts";

const action = "measure Mahalanobis distances";

/** Options of {@linkcode mahalanobisDistances}. */
export interface MahalanobisOptions {
  /** `"euclidean"` (default): the distance. `"squared"`: its square. */
  readonly distance?: "euclidean" | "squared";
}

/** {@linkcode PositionGaussians}, as tensors or as values in a graph. */
export type GaussianValues = Pick<PositionGaussians, "route" | "ridge"> & {
  readonly mean: PositionGaussians["mean"] | Value;
  readonly factor: PositionGaussians["factor"] | Value;
};

/**
 * Mahalanobis distances as a step: of each photo's row at each position to that position's
 * Gaussian.
 *
 * d = √(δᵀ·(Σ + ε·I)⁻¹·δ) with δ = x − μ
 *
 * The Cholesky route sums squares, d = ‖L⁻¹δ‖, right to about 1e-6. The Gram route takes a
 * difference, d² = (‖δ‖² − ‖W·δ‖²)/ε; its relative error in d is below 1e-6·‖δ‖²/(ε·d²), which
 * grows where a row is nearly a mixture of the rows fitted on. With up to half as many photos as
 * dimensions that is rare: a row of a new photo has much that no mixture explains.
 *
 * Source: Defard et al. 2020, section III-C, equation 2.
 * Differs: some code returns the square: `distance: "squared"`.
 * Cost: O(B·P·D·m), m the height of the factor. A single photo takes as long as reading the factor
 * once; the photos of a batch share that.
 *
 * @param rows [P, D] of one photo, or [P, B, D] of a batch, position by position
 * @param gaussians as {@linkcode fitGaussians} gives them; tensors become constants of the graph
 * @returns [P], or [P, B]
 * @throws {RangeError} when the shapes do not fit, or the distance is neither
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate, matrix, tensor } from "@kizu/kizu";
 * const gaussians = {
 *   route: "cholesky",
 *   mean: matrix([[1, 1]]),
 *   factor: tensor(new Float32Array([2, 0, 0, 1]), [1, 2, 2]),
 *   ridge: 0,
 * } as const;
 * const { data } = await evaluate(
 *   (g, x) => mahalanobisDistances(g, x, gaussians),
 *   matrix([[2.5, 5]]),
 * );
 * assertEquals([...data], [5]);
 * ```
 */
export function mahalanobisDistances(
  g: Graph,
  rows: Value,
  { route, mean, factor, ridge }: GaussianValues,
  { distance = "euclidean" }: MahalanobisOptions = {},
): Value {
  if (distance !== "euclidean" && distance !== "squared") {
    throw cannot(action, "a distance is euclidean or squared", String(distance));
  }
  const center = "data" in mean ? g.constant(mean) : mean;
  const matrices = "data" in factor ? g.constant(factor) : factor;
  const [P, D] = [known(action, center.shape, 0), known(action, center.shape, 1)];
  const rank = rows.shape.length;
  if (rank < 2 || rank > 3 || rows.shape[0] !== P || rows.shape[rank - 1] !== D) {
    throw cannot(action, `rows must be [${P}, ${D}] or [${P}, B, ${D}]`, shapeText(rows.shape));
  }
  const B = rank === 3 ? known(action, rows.shape, 1) : 1;
  const centred = g.subtract(
    g.reshape(rows, [P, B, D]),
    g.reshape(center, [P, 1, D]),
  );
  // One product a position for all photos of the batch: the factor is read once.
  const product = g.multiplyMatrices(matrices, g.transpose(centred, [0, 2, 1]));
  const squares = g.sum(g.multiply(product, product), [1]);
  const squared = route === "cholesky" ? squares : g.maximum(
    g.multiply(
      g.subtract(g.sum(g.multiply(centred, centred), [2]), squares),
      g.scalar(1 / ridge),
    ),
    g.scalar(0),
  );
  const distances = distance === "squared" ? squared : g.squareRoot(squared);
  return rank === 3 ? distances : g.reshape(distances, [P]);
}

/** Numbers of the factor that the engine takes at a time: what comes with them stays small. */
const BLOCK = 2 ** 22;

/**
 * Distances of many photos to the Gaussians at all positions, at once:
 * {@linkcode mahalanobisDistances} on blocks of positions. Nothing large is copied.
 *
 * Cost: O(B·P·D·m), m the height of the factor; batches of 8 photos or more are worth while.
 *
 * @param rows [P, B, D], the photos' rows by position
 * @returns [B, P]: one row of distances a photo, positions in reading order
 * @throws {RangeError} when the shapes do not fit
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { matrix, tensor } from "@kizu/kizu";
 * const gaussians = {
 *   route: "cholesky",
 *   mean: matrix([[0], [1]]),
 *   factor: tensor(new Float32Array([1, 2]), [2, 1, 1]),
 *   ridge: 0,
 * } as const;
 * const photos = tensor(new Float32Array([3, 4, 5, 6]), [2, 2, 1]);
 * assertEquals([...(await mahalanobisMaps(photos, gaussians)).data], [3, 8, 4, 10]);
 * ```
 */
export async function mahalanobisMaps(
  rows: PositionRows,
  { route, mean, factor, ridge }: PositionGaussians,
  options: MahalanobisOptions = {},
): Promise<Matrix> {
  const [P, height, D] = factor.shape;
  const [positions, B, columns] = rows.shape;
  if (rows.shape.length !== 3 || positions !== P || columns !== D) {
    throw cannot(action, `rows must be [${P}, B, ${D}]`, shapeText(rows.shape));
  }
  const maps = new Float32Array(B * P);
  const most = Math.max(1, Math.floor(BLOCK / (height * D)));
  for (let start = 0; start < P; start += most) {
    const count = Math.min(most, P - start);
    const part = (data: Float32Array, size: number) =>
      data.subarray(start * size, (start + count) * size);
    const { data } = await evaluate(
      (g, x, mean, factor) => mahalanobisDistances(g, x, { route, mean, factor, ridge }, options),
      tensor(part(rows.data, B * D), [count, B, D]),
      tensor(part(mean.data, D), [count, D]),
      tensor(part(factor.data, height * D), [count, height, D]),
    );
    for (let p = 0; p < count; p++) {
      for (let b = 0; b < B; b++) maps[b * P + start + p] = data[p * B + b];
    }
  }
  return tensor(maps, [B, P]);
}

/**
 * What {@linkcode fitGaussians} and {@linkcode mahalanobisMaps} do together, readable: dense
 * covariances in double precision, position after position.
 *
 * Cost: O(P·(N·D² + D³ + B·D²)).
 *
 * @param rows [P, N, D] to fit on
 * @param photos [P, B, D] to measure
 * @returns [B, P]
 * @throws {RangeError} when the shapes do not fit, a number is not finite, or a covariance is
 * singular
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tensor } from "@kizu/kizu";
 * const rows = tensor(new Float32Array([1, 3]), [1, 2, 1]);
 * const photos = tensor(new Float32Array([5]), [1, 1, 1]);
 * const { data } = mahalanobisMapsPlain(rows, photos, { ridge: 0.25 });
 * assertEquals([...data], [2]);
 * ```
 */
export function mahalanobisMapsPlain(
  rows: PositionRows,
  photos: PositionRows,
  { ridge }: { readonly ridge: number },
): Matrix {
  const [P, N, D] = rows.shape;
  const [positions, B, columns] = photos.shape;
  if (positions !== P || columns !== D) {
    throw cannot(action, `rows must be [${P}, B, ${D}]`, shapeText(photos.shape));
  }
  const maps = new Float32Array(B * P);
  for (let p = 0; p < P; p++) {
    const train = tensor(rows.data.subarray(p * N * D, (p + 1) * N * D), [N, D]);
    const test = tensor(photos.data.subarray(p * B * D, (p + 1) * B * D), [B, D]);
    const distances = mahalanobis(test, gaussianOf(train, { ridge }));
    for (let b = 0; b < B; b++) maps[b * P + p] = distances[b];
  }
  return tensor(maps, [B, P]);
}
