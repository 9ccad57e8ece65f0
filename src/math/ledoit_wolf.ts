/**
 * The Ledoit-Wolf covariance: the sample covariance drawn towards a multiple of the identity, by
 * as much as the rows themselves say is best. Dense and readable, and in terms of principal axes.
 */

import { cannot } from "../errors.ts";
import type { Matrix } from "../types.ts";
import type { Gaussian } from "./covariance.ts";
import { centre, type PrincipalAxes, principalAxes } from "./principal_axes.ts";
import { expectRows } from "./rows.ts";

/** A Gaussian whose covariance was drawn towards μ·I. */
export interface LedoitWolf extends Gaussian {
  /** s in 0…1: 0 is the sample covariance, 1 the multiple of the identity. */
  readonly shrinkage: number;
}

/**
 * The Ledoit-Wolf estimate of a Gaussian, as the paper writes it: the readable version, which
 * forms the covariance.
 *
 * Σ = (1 − s)·S + s·μ·I with S = 1/N · Σᵢ xᵢxᵢᵀ of the centred rows, μ = tr(S)/D,
 * s = min(b², d²)/d², d² = ‖S − μI‖²/D, b² = 1/N² · Σᵢ ‖xᵢxᵢᵀ − S‖²/D (Frobenius norms);
 * s = 0 where D = 1 or d² = 0, as then every s gives the same Σ.
 *
 * Source: Ledoit and Wolf 2004, A well-conditioned estimator for large-dimensional covariance
 * matrices. Equal to scikit-learn's `LedoitWolf` (`assume_centered=False`).
 * Cost: O(N·D²) time, O(D²) memory.
 *
 * @param rows [N, D]
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { matrix } from "@kizu/kizu";
 * const { covariance, shrinkage } = ledoitWolf(matrix([[3, 0], [-3, 0], [0, 1], [0, -1]]));
 * assertAlmostEquals(shrinkage, 0.640625, 1e-15);
 * assertAlmostEquals(covariance[0], 0.359375 * 4.5 + 0.640625 * 2.5, 1e-15);
 * ```
 */
export function ledoitWolf(rows: Matrix): LedoitWolf {
  expectRows("fit a Gaussian", rows);
  const [N, D] = rows.shape;
  const { mean, centred: x } = centre(rows);
  const S = new Float64Array(D * D);
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < D; j++) {
      for (let k = 0; k < D; k++) S[j * D + k] += x[i * D + j] * x[i * D + k] / N;
    }
  }
  const identity = (j: number, k: number) => j === k ? 1 : 0;
  let mu = 0;
  for (let j = 0; j < D; j++) mu += S[j * D + j] / D;
  let d2 = 0;
  let b2 = 0;
  for (let j = 0; j < D; j++) {
    for (let k = 0; k < D; k++) {
      const s = S[j * D + k];
      d2 += (s - mu * identity(j, k)) ** 2 / D;
      for (let i = 0; i < N; i++) b2 += (x[i * D + j] * x[i * D + k] - s) ** 2 / (N * N * D);
    }
  }
  const shrinkage = D === 1 || d2 === 0 ? 0 : Math.min(b2, d2) / d2;
  const covariance = S.map((s, at) =>
    (1 - shrinkage) * s + shrinkage * mu * identity(Math.floor(at / D), at % D)
  );
  return { mean, covariance, shrinkage };
}

/** Which directions a Gaussian is fitted to. */
export interface ShrunkGaussianOptions {
  /**
   * `"none"` (default): all D. `"pca"`: the fewest leading principal axes that hold at least
   * `variance` of the variance. `"npca"`: the fewest trailing ones, of low variance, that do.
   */
  readonly reduction?: "none" | "pca" | "npca";
  /** The share of the variance that is kept, in (0, 1]; of no use without a reduction. */
  readonly variance?: number;
  /** What the caller is about to do, for errors. */
  readonly action?: string;
}

/** A Gaussian whose covariance is known by its axes; D × D numbers are never held. */
export interface ShrunkGaussian {
  /** p, how many dimensions the Gaussian has: D, or as many as a reduction kept. */
  readonly dimensions: number;
  /** [D]. */
  readonly mean: Float64Array;
  /** r axes of length 1, orthogonal, row-major [r, D]. */
  readonly axes: Float64Array;
  /** The Gaussian's variance along each axis, [r]: (1 − s)·λ + s·μ. */
  readonly variances: Float64Array;
  /** Its variance in every direction orthogonal to all axes, s·μ; undefined: they do not count. */
  readonly rest: number | undefined;
  /** s. */
  readonly shrinkage: number;
}

/**
 * The Ledoit-Wolf Gaussian by its principal axes: equal to {@linkcode ledoitWolf}, without a D × D
 * matrix where there are fewer rows than columns.
 *
 * Σ has the eigenvectors of S, and eigenvalues (1 − s)·λₖ + s·μ; where λ = 0, that is s·μ. All
 * that s needs are the rows' coordinates yᵢₖ along the axes: d² = (Σₖ λₖ² − p·μ²)/p,
 * b² = (1/N · Σᵢ ‖yᵢ‖⁴ − Σₖ λₖ²)/(N·p), μ = Σₖ λₖ/p.
 *
 * With a reduction, first the axes are chosen, then the estimate is made of the coordinates along
 * the chosen ones alone (p of them), and directions not chosen do not count.
 *
 * Source: Ledoit and Wolf 2004; reductions: Rippel, Mertens, Merhof 2020 (PCA and NPCA).
 * Differs: for NPCA the authors' code begins one axis earlier, and where the first axis already
 * holds more than all but the share it keeps the last axis only; with N ≤ D it also keeps an
 * axis along which the rows do not vary, whose direction rounding chose.
 * Cost: O(N·D·min(N, D)) time, O(min(N, D)² + N·D) memory.
 *
 * @param rows [N, D]
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite, when the rows are all equal, when the
 * covariance is singular (no shrinkage, and directions without variance), or a share is not in
 * (0, 1]
 *
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { matrix } from "@kizu/kizu";
 * const rows = matrix([[3, 0, 0], [-3, 0, 0], [0, 1, 0], [0, -1, 0]]);
 * const { dimensions, shrinkage, rest } = shrunkGaussian(rows);
 * assertEquals(dimensions, 3);
 * assertAlmostEquals(rest ?? 0, shrinkage * 5 / 3, 1e-15);
 * const { axes } = shrunkGaussian(rows, { reduction: "npca", variance: 0.1 });
 * assertEquals(axes.map(Math.abs), Float64Array.of(0, 1, 0));
 * ```
 */
export function shrunkGaussian(
  rows: Matrix,
  { reduction = "none", variance = 1, action = "fit a Gaussian" }: ShrunkGaussianOptions = {},
): ShrunkGaussian {
  const all = principalAxes(rows, action);
  const [N, D] = rows.shape;
  if (!(variance > 0 && variance <= 1)) {
    throw cannot(action, "the variance kept must be in (0, 1]", String(variance));
  }
  if (all.count === 0) {
    throw cannot(action, "features must vary between photos", `${N} rows, all equal`);
  }
  const { from, to } = chosenAxes(all.variances, reduction, variance);
  const p = reduction === "none" ? D : to - from;
  const { shrinkage, average } = shrinkageOf(all, { from, to, dimensions: p });
  const rest = to - from < p ? shrinkage * average : undefined;
  if (rest === 0) {
    throw cannot(
      action,
      "the covariance must not be singular",
      `${N} rows vary in ${all.count} of ${D} directions and ask for no shrinkage; more, or ` +
        "more different, good photos are needed",
    );
  }
  return {
    dimensions: p,
    mean: all.mean,
    axes: all.axes.slice(from * D, to * D),
    variances: all.variances.slice(from, to)
      .map((lambda) => (1 - shrinkage) * lambda + shrinkage * average),
    rest,
    shrinkage,
  };
}

/** The axes `from` … `to − 1`: all, or the fewest from one end that hold the share. */
function chosenAxes(
  variances: Float64Array,
  reduction: "none" | "pca" | "npca",
  share: number,
): { readonly from: number; readonly to: number } {
  const count = variances.length;
  if (reduction === "none") return { from: 0, to: count };
  const ordered = reduction === "pca" ? variances : variances.toReversed();
  const wanted = share * ordered.reduce((sum, lambda) => sum + lambda, 0);
  let kept = 0;
  for (let sum = 0; kept < count && sum < wanted; kept++) sum += ordered[kept];
  return reduction === "pca" ? { from: 0, to: kept } : { from: count - kept, to: count };
}

/** s and μ from coordinates along the axes `from` … `to − 1`. */
function shrinkageOf(
  { count, variances, coordinates }: PrincipalAxes,
  { from, to, dimensions: p }: {
    readonly from: number;
    readonly to: number;
    readonly dimensions: number;
  },
): { readonly shrinkage: number; readonly average: number } {
  const N = coordinates.length / count;
  let fourth = 0;
  for (let i = 0; i < N; i++) {
    let squares = 0;
    for (let k = from; k < to; k++) squares += coordinates[i * count + k] ** 2;
    fourth += squares ** 2 / N;
  }
  let sum = 0;
  let squares = 0;
  for (let k = from; k < to; k++) {
    sum += variances[k];
    squares += variances[k] ** 2;
  }
  const average = sum / p;
  const d2 = (squares - p * average ** 2) / p;
  const b2 = (fourth - squares) / (N * p);
  // The difference of two nearly equal sums is their rounding: then there is none.
  const none = p === 1 || d2 <= 0 || fourth - squares <= Math.max(N, p) * Number.EPSILON * fourth;
  return { shrinkage: none ? 0 : Math.min(b2, d2) / d2, average };
}
