/** The directions in which rows vary most. */

import { tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";
import { expectCount } from "./rows.ts";
import { symmetricEigen } from "./symmetric_eigen.ts";

/** Directions and how much the rows vary along each. */
export interface PrincipalComponents {
  /** V [D, d]: one direction a column, of length 1, the one of most variance first; X·V projects. */
  readonly directions: Matrix;
  /** The variance along each of the d directions, descending. */
  readonly variances: Float64Array;
  /** The d directions' share of the whole variance, 0 to 1; 1 where there is none at all. */
  readonly share: number;
}

/**
 * The first principal components: the eigenvectors of a covariance with the largest eigenvalues.
 * The sign of each is chosen so that its largest entry is positive: the same on every machine.
 *
 * Source: Jolliffe, Principal Component Analysis, section 1.1.
 * Cost: O(D³).
 *
 * @param covariance symmetric, D·D numbers
 * @param options size: D; count: d in 1…D
 * @throws {RangeError} when the covariance is not of D·D finite numbers or d is not in 1…D
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const covariance = Float64Array.of(1, 0, 0, 3);
 * const { directions, share } = principalComponents(covariance, { size: 2, count: 1 });
 * assertEquals([...directions.data], [0, 1]);
 * assertEquals(share, 0.75);
 * ```
 */
export function principalComponents(
  covariance: Float64Array,
  { size: D, count: d }: { readonly size: number; readonly count: number },
): PrincipalComponents {
  expectCount("find principal components", d, D);
  const { values, vectors } = symmetricEigen(covariance, D);
  const directions = new Float32Array(D * d);
  for (let j = 0; j < d; j++) {
    const direction = vectors.subarray(j * D, (j + 1) * D);
    const most = direction.reduce((a, b) => Math.abs(b) > Math.abs(a) ? b : a, 0);
    for (let k = 0; k < D; k++) directions[k * d + j] = most < 0 ? -direction[k] : direction[k];
  }
  const total = values.reduce((a, b) => a + b, 0);
  const variances = values.slice(0, d);
  return {
    directions: tensor(directions, [D, d]),
    variances,
    share: total > 0 ? variances.reduce((a, b) => a + b, 0) / total : 1,
  };
}
