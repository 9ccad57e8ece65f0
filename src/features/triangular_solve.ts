/** W = L⁻¹·X for many lower triangular matrices at once: band after band through the engine. */

import { invertLower } from "../math/cholesky.ts";
import type { Graph } from "../onnx/graph.ts";
import { known, type Value } from "../onnx/value.ts";

/** Rows of a band: enough for the engine's products to be fast. */
const BAND = 64;

const action = "solve triangular systems";

/** Where bands begin, each with its size; the last may be smaller. */
function bands(n: number): { readonly start: number; readonly size: number }[] {
  return Array.from({ length: Math.ceil(n / BAND) }, (_, i) => {
    const start = i * BAND;
    return { start, size: Math.min(BAND, n - start) };
  });
}

/**
 * Writes a lower triangular matrix in the form that {@linkcode solveTriangular} takes: as it is,
 * but for the squares of 64 rows and columns on the diagonal, in whose place their inverses stand.
 * To invert the whole would cost several times as much.
 *
 * Cost: O(n²/2 + n·64²/6).
 *
 * @param l lower triangular, n·n; what is above its diagonal is not read
 * @param into n·n numbers to write to; what is to the right of the squares stays and is not read
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const into = new Float32Array(4);
 * packTriangular(Float64Array.of(2, 0, 1, 4), 2, into);
 * assertEquals([...into], [0.5, 0, -0.125, 0.25]);
 * ```
 */
export function packTriangular(l: Float64Array, n: number, into: Float32Array): void {
  for (const { start, size } of bands(n)) {
    const square = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      const row = (start + i) * n;
      for (let k = 0; k < start; k++) into[row + k] = l[row + k];
      for (let k = 0; k <= i; k++) square[i * size + k] = l[row + start + k];
    }
    const turned = invertLower(square, size);
    for (let i = 0; i < size; i++) {
      const row = (start + i) * n + start;
      for (let k = 0; k < size; k++) into[row + k] = turned[k * size + i];
    }
  }
}

/**
 * Solves L·W = X from the first band of rows to the last:
 * W_i = D_i⁻¹·(X_i − Σ_{j<i} L_ij·W_j), D_i the square of L on the diagonal.
 *
 * Source: Golub and Van Loan, Matrix Computations, section 3.1.4 (block forward substitution).
 * Cost: O(B·n²·D/2).
 *
 * @param packed [B, n, n], each matrix as {@linkcode packTriangular} writes it
 * @param x [B, n, D]
 * @returns W [B, n, D]
 * @throws {RangeError} when the shapes do not fit
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate, tensor } from "@kizu/kizu";
 * const packed = tensor(new Float32Array([0.5, 0, -0.125, 0.25]), [1, 2, 2]);
 * const x = tensor(new Float32Array([2, 9]), [1, 2, 1]);
 * const { data } = await evaluate((g, l, x) => solveTriangular(g, l, x), packed, x);
 * assertEquals([...data], [1, 2]);
 * ```
 */
export function solveTriangular(g: Graph, packed: Value, x: Value): Value {
  const n = known(action, x.shape, 1);
  let solved: Value | undefined;
  for (const { start, size } of bands(n)) {
    const rows = g.slice(packed, [{ axis: 1, start, size }]);
    const inverse = g.slice(rows, [{ axis: 2, start, size }]);
    let rest = g.slice(x, [{ axis: 1, start, size }]);
    if (solved) {
      const before = g.slice(rows, [{ axis: 2, start: 0, size: start }]);
      rest = g.subtract(rest, g.multiplyMatrices(before, solved));
    }
    const band = g.multiplyMatrices(inverse, rest);
    solved = solved ? g.concatenate([solved, band], 1) : band;
  }
  return solved ?? x;
}
