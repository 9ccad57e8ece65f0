/** A Gaussian at every position of a map, fitted through the engine. */

import { cannot } from "../errors.ts";
import { cholesky, invertLower } from "../math/cholesky.ts";
import { evaluate } from "../onnx/evaluate.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";
import { shapeText, tensor } from "../tensor.ts";
import type { Matrix, Tensor } from "../types.ts";
import { columnProducts, rowProducts } from "./centred_product.ts";
import type { PositionRows } from "./positions.ts";
import { releaseMemory } from "./release_memory.ts";
import { packTriangular, solveTriangular } from "./triangular_solve.ts";

/**
 * P Gaussians in the form in which distances to them are cheapest. With δ = x − μ and A = Σ + ε·I:
 *
 * - `"cholesky"`: the factor is L⁻¹ with A = L·Lᵀ, and δᵀA⁻¹δ = ‖L⁻¹δ‖².
 * - `"gram"`: the factor is W = L⁻¹·X with X the centred rows and X·Xᵀ + ε(N − 1)·I = L·Lᵀ, and
 *   δᵀA⁻¹δ = (‖δ‖² − ‖W·δ‖²)/ε, by Woodbury's identity. Nothing is ever D × D.
 */
export interface PositionGaussians {
  readonly route: "cholesky" | "gram";
  /** μ, [P, D]. */
  readonly mean: Matrix;
  /** L⁻¹ [P, D, D] or W [P, N, D]. */
  readonly factor: Tensor<readonly [positions: number, height: number, columns: number]>;
  /** ε, in squared units of the rows. */
  readonly ridge: number;
}

/** Options of {@linkcode fitGaussians}. */
export interface GaussianOptions {
  /** ε added to every covariance's diagonal, in squared units of the rows; default 0.01. */
  readonly ridge?: number;
  /**
   * Default `"auto"`: `"gram"` for N ≤ D/2, else `"cholesky"`, which up to N = D takes more room
   * but loses nothing in rounding.
   */
  readonly route?: "auto" | "cholesky" | "gram";
  /**
   * The rows are not needed any more: with the Gram route W takes their place in memory, position
   * by position. Default false: the rows stay as they are.
   */
  readonly overwrite?: boolean;
  /** Told how many positions are done. */
  readonly progress?: (done: number) => void;
  /** Stops the work between blocks of positions. */
  readonly signal?: AbortSignal;
}

const action = "fit Gaussians";

/** Numbers that the engine works on at a time: enough to keep it busy, next to no memory. */
const BLOCK = 2 ** 19;

/** The relative rounding of a covariance whose rest is kept in a second float32, with a margin. */
const PRECISION = 2 ** -40;

/**
 * A Gaussian for each position: mean and unbiased covariance of the photos' rows, with a ridge.
 *
 * μ = (1/N)·Σₙ xₙ, A = (1/(N − 1))·Σₙ (xₙ − μ)(xₙ − μ)ᵀ + ε·I
 *
 * The engine centres and multiplies, blocks of positions at a time, covariances in double
 * precision; the factorisations, all in double precision, are plain TypeScript. What is kept is
 * float32.
 *
 * With fewer photos than dimensions the covariance alone is singular and the ridge carries it; the
 * Gram route then never forms A: see {@linkcode PositionGaussians}.
 *
 * Source: Defard et al. 2020, section III-B, equation 1 (ε = 0.01); Woodbury 1950.
 * Differs: popular code forms and inverts a D × D matrix at every position; anomalib adds another
 * 1e-5·I: `ridge: 0.01001`.
 * Cost: O(P·m²·(N + D)) time, m the height of the factor; memory: the result, P·D·(m + 1) numbers,
 * in place of the rows when they may be overwritten and the route is Gram's.
 *
 * @param rows [P, N, D], N ≥ 2
 * @throws {TypeError} when the rows are not of rank 3
 * @throws {RangeError} when a number is not finite, there are fewer than two photos, the ridge is
 * negative or lost in rounding, or a covariance without ridge is singular
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tensor } from "@kizu/kizu";
 * const rows = tensor(new Float32Array([1, 0, 5, 0]), [1, 2, 2]);
 * const { mean, factor } = await fitGaussians(rows, { ridge: 1 });
 * assertEquals([...mean.data], [3, 0]);
 * assertEquals([...factor.data], [Math.fround(1 / 3), 0, 0, 1]);
 * ```
 */
export async function fitGaussians(
  rows: PositionRows,
  { ridge = 0.01, route = "auto", overwrite = false, progress, signal }: GaussianOptions = {},
): Promise<PositionGaussians> {
  const chosen = checkedRoute(rows, ridge, route);
  const { data, shape: [P, N, D] } = rows;
  const height = chosen === "gram" ? N : D;
  const mean = new Float32Array(P * D);
  const factor = chosen === "gram" && overwrite
    ? data.subarray(0, P * N * D)
    : new Float32Array(P * height * D);
  const fit = chosen === "gram" ? gramFactors(N, ridge) : choleskyFactors(N, D, ridge);
  const most = Math.max(1, Math.floor(BLOCK / (N * D + height * height)));
  for (let start = 0; start < P; start += most) {
    signal?.throwIfAborted();
    const count = Math.min(most, P - start);
    const block = tensor(data.subarray(start * N * D, (start + count) * N * D), [count, N, D]);
    const found = await fit(block, start);
    mean.set(found.mean, start * D);
    factor.set(found.factor, start * height * D);
    releaseMemory(found.mean);
    releaseMemory(found.factor);
    progress?.(start + count);
  }
  return {
    route: chosen,
    mean: tensor(mean, [P, D]),
    factor: tensor(factor, [P, height, D]),
    ridge,
  };
}

/** Means [B, D] and factors [B, m, D] of a block of positions, in arrays of their own. */
type BlockFit = (
  block: PositionRows,
  start: number,
) => Promise<{ readonly mean: Float32Array; readonly factor: Float32Array }>;

/** L⁻¹ of every covariance. */
function choleskyFactors(N: number, D: number, ridge: number): BlockFit {
  const covariance = new Float64Array(D * D);
  const inverse = new Float64Array(D * D);
  return async (block, start) => {
    const { mean, high, low } = await evaluate(columnProducts, block);
    expectFinite(mean.data, start, D);
    const factor = new Float32Array(high.data.length);
    for (let at = 0; at < factor.length; at += D * D) {
      for (let i = 0; i < D * D; i++) {
        covariance[i] = (high.data[at + i] + low.data[at + i]) / (N - 1);
      }
      factorise(covariance, D, { ridge, added: ridge, position: start + at / (D * D) });
      invertLower(covariance, D, { into: inverse });
      for (let i = 0; i < D; i++) {
        for (let k = 0; k <= i; k++) factor[at + i * D + k] = inverse[k * D + i];
      }
    }
    releaseMemory(high.data);
    releaseMemory(low.data);
    return { mean: mean.data, factor };
  };
}

/** W = L⁻¹·X of every position. */
function gramFactors(N: number, ridge: number): BlockFit {
  const square = new Float64Array(N * N);
  return async (block, start) => {
    const { mean, gram } = await evaluate(rowProducts, block);
    const [B, , D] = block.shape;
    expectFinite(mean.data, start, D);
    for (let at = 0; at < gram.data.length; at += N * N) {
      const into = gram.data.subarray(at, at + N * N);
      square.set(into);
      factorise(square, N, { ridge, added: ridge * (N - 1), position: start + at / (N * N) });
      packTriangular(square, N, into);
    }
    const { data: factor } = await evaluate(
      solveCentred,
      tensor(gram.data, [B, N, N]),
      block,
      mean,
    );
    releaseMemory(gram.data);
    return { mean: mean.data, factor };
  };
}

/** W with L·W = X, X the rows less their mean: [B, N, N], [B, N, D] and [B, D] to [B, N, D]. */
function solveCentred(g: Graph, packed: Value, rows: Value, mean: Value): Value {
  const [B, D] = mean.shape.map(Number);
  return solveTriangular(g, packed, g.subtract(rows, g.reshape(mean, [B, 1, D])));
}

/** L of a + added·I in place; every exact pivot is at least what was added. */
function factorise(
  a: Float64Array,
  n: number,
  { ridge, added, position }: {
    readonly ridge: number;
    readonly added: number;
    readonly position: number;
  },
): void {
  for (let i = 0; i < n; i++) a[i * (n + 1)] += added;
  cholesky(a, n, {
    action,
    name: `the covariance at position ${position}, with ridge ${ridge},`,
    least: added / 2,
    precision: ridge > 0 ? 0 : n * PRECISION,
  });
}

/** @throws {RangeError} where a mean, and so one of its numbers, is not finite */
function expectFinite(means: Float32Array, start: number, D: number): void {
  const at = means.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const [position, dimension] = [start + Math.floor(at / D), at % D];
  throw cannot(
    action,
    "all numbers must be finite",
    `a mean of ${means[at]} at position ${position}, dimension ${dimension}`,
  );
}

function checkedRoute(
  { shape }: PositionRows,
  ridge: number,
  route: GaussianOptions["route"],
): PositionGaussians["route"] {
  const sizes: readonly number[] = shape;
  if (sizes.length !== 3) {
    throw cannot(action, "rows must be [P, N, D]", shapeText(sizes), TypeError);
  }
  const [P, N, D] = shape;
  if (P < 1 || D < 1) throw cannot(action, "there must be rows", shapeText(shape));
  if (N < 2) throw cannot(action, "a covariance needs at least 2 photos", String(N));
  if (!(ridge >= 0 && ridge < Infinity)) {
    throw cannot(action, "a ridge must be a number of at least 0", String(ridge));
  }
  if (route !== "auto" && route !== "cholesky" && route !== "gram") {
    throw cannot(action, "a route must be auto, cholesky or gram", String(route));
  }
  if (ridge === 0 && (N <= D || route === "gram")) {
    throw cannot(
      action,
      "a covariance without ridge needs more photos than dimensions and the Cholesky route",
      `${N} photos, ${D} dimensions, route ${route}`,
    );
  }
  return route === "auto" ? 2 * N <= D ? "gram" : "cholesky" : route;
}
