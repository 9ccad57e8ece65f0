/** Random projections to fewer dimensions that nearly keep distances (Johnson-Lindenstrauss). */

import { cannot } from "../errors.ts";
import { type Random, seededRandom } from "../random.ts";
import { tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";
import { squaredDistancesBetween } from "./distances.ts";
import { expectCount, expectRows } from "./rows.ts";

/** What kind of random matrix, of what width, from which seed. */
export interface ProjectionOptions {
  /** n, the number of columns after projecting. */
  readonly dimensions: number;
  readonly seed: number;
  /** `gaussian` (default): standard normal entries. `sparse`: √3·{+1, 0, −1} with chances
   * 1/6, 2/3, 1/6. */
  readonly kind?: "gaussian" | "sparse";
}

/**
 * The matrix R [from, n] of a random projection, scaled by 1/√n so that E‖xR‖² = ‖x‖².
 * Apart from the product, so that a graph can hold it as a constant.
 *
 * Source: Dasgupta and Gupta 2003 (Gaussian); Achlioptas 2003, Database-friendly random
 * projections (sparse ±1).
 * Cost: O(from·n).
 *
 * @param from D, the number of columns before projecting
 * @throws {RangeError} when a size is not a whole number of at least 1
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(projectionMatrix(360, { dimensions: 128, seed: 0 }).shape, [360, 128]);
 * ```
 */
export function projectionMatrix(
  from: number,
  { dimensions, seed, kind = "gaussian" }: ProjectionOptions,
): Matrix {
  const action = "make a random projection";
  for (const size of [from, dimensions]) {
    if (!Number.isInteger(size) || size < 1) {
      throw cannot(
        action,
        "its sizes must be whole numbers of at least 1",
        `${from} × ${dimensions}`,
      );
    }
  }
  const random = seededRandom(seed, `${kind} projection`);
  const draw = entries[kind];
  if (draw === undefined) {
    throw cannot(action, "its kind must be gaussian or sparse", String(kind), TypeError);
  }
  const scale = 1 / Math.sqrt(dimensions);
  const data = new Float32Array(from * dimensions);
  for (let i = 0; i < data.length; i++) data[i] = scale * draw(random);
  return tensor(data, [from, dimensions]);
}

/** One entry of each kind of matrix: mean 0, variance 1. */
const entries = {
  gaussian: (random: Random) => random.normal(),
  sparse(random: Random) {
    const face = random.integer(6);
    return face === 0 ? Math.sqrt(3) : face === 1 ? -Math.sqrt(3) : 0;
  },
};

/**
 * Rows projected to `dimensions` columns, Y = X·R with R of {@linkcode projectionMatrix}; sums in
 * double precision. The readable version; `project` does it through the engine.
 *
 * Cost: O(N·D·n).
 *
 * @param rows [N, D]
 * @returns [N, n]
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite, or dimensions is not a whole number ≥ 1
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array(6).fill(1), shape: [2, 3] } as const;
 * const projected = gaussianProjection(rows, { dimensions: 4, seed: 0 });
 * assertEquals(projected.shape, [2, 4]);
 * assertEquals(projected.data.slice(0, 4), projected.data.slice(4));
 * ```
 */
export function gaussianProjection(rows: Matrix, options: ProjectionOptions): Matrix {
  expectRows("project rows", rows);
  const [N, D] = rows.shape;
  const R = projectionMatrix(D, options);
  const n = options.dimensions;
  const projected = new Float32Array(N * n);
  const sums = new Float64Array(n);
  for (let i = 0; i < N; i++) {
    sums.fill(0);
    for (let k = 0; k < D; k++) {
      const x = rows.data[i * D + k];
      for (let j = 0; j < n; j++) sums[j] += x * R.data[k * n + j];
    }
    projected.set(sums, i * n);
  }
  return tensor(projected, [N, n]);
}

/**
 * How many dimensions suffice to keep all pairwise squared distances of N points within 1 ± ε:
 * n = ⌈4 ln N / (ε²/2 − ε³/3)⌉. It does not depend on the dimension before projecting.
 *
 * Suffice means: a random projection succeeds with a chance of at least 1/N, so one that does
 * exists. For a chance of 1 − N^−β the 4 becomes 4 + 2β (Achlioptas 2003). Measured distortions
 * are smaller.
 *
 * Source: Dasgupta and Gupta 2003, An elementary proof of a theorem of Johnson and Lindenstrauss.
 *
 * @param points N, at least 2
 * @param distortion ε in (0, 1)
 * @throws {RangeError} when one is outside its range
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(johnsonLindenstraussDimensions(163_856, 0.5), 577);
 * ```
 */
export function johnsonLindenstraussDimensions(points: number, distortion: number): number {
  const action = "bound a projection's dimensions";
  expectPoints(action, points);
  if (!(distortion > 0 && distortion < 1)) {
    throw cannot(action, "a distortion must be in (0, 1)", String(distortion));
  }
  return Math.ceil(4 * Math.log(points) / distortionTerm(distortion));
}

/**
 * How little distortion a number of dimensions guarantees: the smallest ε in (0, 1) for which
 * {@linkcode johnsonLindenstraussDimensions} asks for no more than these; the bound to draw beside a
 * measured distortion. O(1).
 *
 * @param points N, at least 2
 * @param dimensions n, at least 1
 * @returns ε; undefined where no ε below 1 is guaranteed, that is for n < 24 ln N
 * @throws {RangeError} when one is outside its range
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(johnsonLindenstraussDistortion(163_856, 577)?.toFixed(2), "0.50");
 * assertEquals(johnsonLindenstraussDistortion(163_856, 128), undefined);
 * ```
 */
export function johnsonLindenstraussDistortion(
  points: number,
  dimensions: number,
): number | undefined {
  const action = "bound a projection's distortion";
  expectPoints(action, points);
  expectCount(action, dimensions, Number.MAX_SAFE_INTEGER);
  // ε²/2 − ε³/3 grows from 0 to 1/6 on (0, 1): halve the interval until it is as short as can be.
  const share = 4 * Math.log(points) / dimensions;
  if (share >= 1 / 6) return undefined;
  let low = 0, high = 1;
  for (let middle = 0.5; middle > low && middle < high; middle = (low + high) / 2) {
    if (distortionTerm(middle) >= share) high = middle;
    else low = middle;
  }
  return high;
}

/** ε²/2 − ε³/3. */
function distortionTerm(distortion: number): number {
  return distortion ** 2 / 2 - distortion ** 3 / 3;
}

function expectPoints(action: string, points: number): void {
  if (!Number.isInteger(points) || points < 2) {
    throw cannot(action, "it is about a whole number of at least 2 points", String(points));
  }
}

/** Ratios of squared distances after and before projecting; 1 is undistorted. */
export interface Distortion {
  /** One ratio a sampled pair, ascending. */
  readonly ratios: Float64Array;
  readonly smallest: number;
  readonly largest: number;
  /** The value below which a share of the ratios lies, 0 to 1; linear between neighbours. */
  quantile(share: number): number;
}

/**
 * How much a projection distorts, measured: ‖yᵢ − yⱼ‖² / ‖xᵢ − xⱼ‖² over random pairs of
 * different rows. Pairs that coincide before projecting have no ratio and are drawn anew.
 *
 * Cost: O(pairs·(D + n)).
 *
 * @param rows [N, D] before projecting
 * @param projected [N, n] after
 * @throws {TypeError} when one is not a matrix
 * @throws {RangeError} when one is empty or not finite, the numbers of rows differ, pairs is not a
 * whole number ≥ 1, or rows hold fewer than two different ones
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array([0, 1, 3]), shape: [3, 1] } as const;
 * const doubled = { data: new Float32Array([0, 2, 6]), shape: [3, 1] } as const;
 * const { smallest, largest } = measuredDistortion(rows, doubled, { pairs: 10, seed: 0 });
 * assertEquals([smallest, largest], [4, 4]);
 * ```
 */
export function measuredDistortion(
  rows: Matrix,
  projected: Matrix,
  { pairs, seed }: { readonly pairs: number; readonly seed: number },
): Distortion {
  const action = "measure a projection's distortion";
  expectRows(action, rows);
  expectRows(action, projected);
  const [N] = rows.shape;
  if (projected.shape[0] !== N) {
    throw cannot(
      action,
      "there must be a projected row for each row",
      `${N} and ${projected.shape[0]}`,
    );
  }
  const before = squaredDistancesBetween(rows, rows);
  const after = squaredDistancesBetween(projected, projected);
  return distortionOf(
    Float64Array.from(samplePairs(action, rows, { pairs, seed }), ([i, j]) => {
      return after(i, j) / before(i, j);
    }),
  );
}

/** Random pairs of rows that differ. */
export function samplePairs(
  action: string,
  rows: Matrix,
  { pairs, seed }: { readonly pairs: number; readonly seed: number },
): (readonly [number, number])[] {
  expectCount(action, pairs, Number.MAX_SAFE_INTEGER);
  const [N] = rows.shape;
  const squared = squaredDistancesBetween(rows, rows);
  const differing = Array.from({ length: N }, (_, i) => i).some((i) => squared(0, i) > 0);
  if (!differing) throw cannot(action, "two different rows are needed", `${N} equal ones`);
  const random = seededRandom(seed, "pairs");
  const drawn: [number, number][] = [];
  while (drawn.length < pairs) {
    const i = random.integer(N), j = random.integer(N);
    if (squared(i, j) > 0) drawn.push([i, j]);
  }
  return drawn;
}

/** Ratios, in any order, as a distortion. */
export function distortionOf(unsorted: Float64Array): Distortion {
  const ratios = unsorted.toSorted();
  return {
    ratios,
    smallest: ratios[0],
    largest: ratios[ratios.length - 1],
    quantile(share) {
      if (!(share >= 0 && share <= 1)) {
        throw cannot("take a quantile", "a share must be in [0, 1]", String(share));
      }
      const at = share * (ratios.length - 1);
      const low = Math.floor(at), high = Math.ceil(at);
      return ratios[low] + (at - low) * (ratios[high] - ratios[low]);
    },
  };
}
