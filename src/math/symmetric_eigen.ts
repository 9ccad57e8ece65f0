/** Eigenvalues and eigenvectors of a symmetric matrix, in double precision. */

import { cannot } from "../errors.ts";

/** A symmetric matrix taken apart: A = Σ_k values_k · v_k v_kᵀ. */
export interface SymmetricEigen {
  /** Eigenvalues, largest first, [n]. */
  readonly values: Float64Array;
  /** One eigenvector a row, of length 1, in the order of the values, row-major [n, n]. */
  readonly vectors: Float64Array;
}

/** No eigenvalue of a finite symmetric matrix takes more; about two are usual. */
const MOST_SWEEPS = 60;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder reflections to a tridiagonal
 * matrix, then QL rotations with implicit shifts.
 *
 * Eigenvectors are kept as rows, so that every reflection and every rotation runs along memory.
 * The sign of an eigenvector is arbitrary, and within equal eigenvalues so is the basis.
 *
 * Source: Golub and Van Loan, Matrix Computations, sections 8.3.1 and 8.3.3; EISPACK's tred2 and
 * tql2 (Bowdler, Martin, Reinsch, Wilkinson 1968).
 * Differs: EISPACK keeps eigenvectors as columns and returns the smallest eigenvalue first.
 * Cost: O(n³) time, about 8 n³ operations; two more matrices of memory.
 *
 * @param matrix row-major [n, n]; only the lower triangle is read, nothing is changed
 * @param size n
 * @throws {RangeError} when the matrix is not n × n, or a number is not finite
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
 * assertAlmostEquals(values[0], 3, 1e-15);
 * assertAlmostEquals(values[1], 1, 1e-15);
 * assertAlmostEquals(Math.abs(vectors[0]), Math.SQRT1_2, 1e-15);
 * ```
 */
export function symmetricEigen(matrix: Float64Array, size: number): SymmetricEigen {
  const action = "find eigenvalues";
  if (!Number.isInteger(size) || size < 1 || matrix.length !== size * size) {
    throw cannot(action, "a matrix is [n, n], n ≥ 1", `${matrix.length} numbers, n = ${size}`);
  }
  const at = matrix.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw cannot(action, "all numbers must be finite", `${matrix[at]} at ${at}`);
  // Scaled to 1, so that no square on the way leaves the range of numbers.
  const most = matrix.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
  const unit = most === 0 ? 1 : most;
  const reduced = tridiagonalise(matrix.map((x) => x / unit), size);
  diagonalise(reduced, size);
  return sorted(reduced, size, unit);
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** `below[i]` couples i and i + 1; the last is 0. */
  readonly below: Float64Array;
  /** Rows W with W A Wᵀ tridiagonal, [n, n]. */
  readonly rows: Float64Array;
}

/**
 * Reflections I − u uᵀ/h from the last row to the second; each u is left in its row of the lower
 * triangle of `a`, which is overwritten.
 */
function tridiagonalise(a: Float64Array, n: number): Tridiagonal {
  const diagonal = new Float64Array(n);
  const below = new Float64Array(n);
  const halves = new Float64Array(n);
  const product = new Float64Array(n);
  for (let i = n - 1; i >= 1; i--) {
    const u = a.subarray(i * n, i * n + i);
    const scale = u.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    diagonal[i] = a[i * n + i];
    if (scale === 0 || i === 1) {
      below[i - 1] = u[i - 1];
      continue;
    }
    let squares = 0;
    for (let k = 0; k < i; k++) squares += (u[k] /= scale) ** 2;
    const length = u[i - 1] > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    below[i - 1] = scale * length;
    const half = halves[i] = squares - u[i - 1] * length;
    u[i - 1] -= length;
    // product = A u / h from the lower triangle alone, one pass over its rows.
    product.fill(0, 0, i);
    for (let j = 0; j < i; j++) {
      const row = j * n, uj = u[j];
      let sum = a[row + j] * uj;
      for (let k = 0; k < j; k++) {
        const x = a[row + k];
        sum += x * u[k];
        product[k] += x * uj;
      }
      product[j] += sum;
    }
    let along = 0;
    for (let j = 0; j < i; j++) along += (product[j] /= half) * u[j];
    along /= 2 * half;
    for (let j = 0; j < i; j++) product[j] -= along * u[j];
    for (let j = 0; j < i; j++) {
      const row = j * n, uj = u[j], pj = product[j];
      for (let k = 0; k <= j; k++) a[row + k] -= uj * product[k] + pj * u[k];
    }
  }
  diagonal[0] = a[0];
  return { diagonal, below, rows: reflections(a, halves, n) };
}

/** The product of all reflections, by rows: H₁ H₂ … H₍ₙ₋₁₎. */
function reflections(a: Float64Array, halves: Float64Array, n: number): Float64Array {
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) rows[i * n + i] = 1;
  for (let i = 2; i < n; i++) {
    if (halves[i] === 0) continue;
    const u = i * n;
    for (let j = 0; j < i; j++) {
      const row = j * n;
      let sum = 0;
      for (let k = 0; k < i; k++) sum += rows[row + k] * a[u + k];
      sum /= halves[i];
      for (let k = 0; k < i; k++) rows[row + k] -= sum * a[u + k];
    }
  }
  return rows;
}

/** QL with Wilkinson's shift; the rows turn into eigenvectors, the diagonal into eigenvalues. */
function diagonalise({ diagonal: d, below: e, rows }: Tridiagonal, n: number): void {
  for (let first = 0; first < n; first++) {
    for (let sweep = 0;; sweep++) {
      let last = first;
      while (last < n - 1) {
        const near = Math.abs(d[last]) + Math.abs(d[last + 1]);
        if (near + Math.abs(e[last]) === near) break;
        last++;
      }
      if (last === first) break;
      if (sweep === MOST_SWEEPS) {
        throw cannot("find eigenvalues", "the QL sweeps must converge", `${sweep} sweeps`);
      }
      let g = (d[first + 1] - d[first]) / (2 * e[first]);
      const root = Math.hypot(g, 1);
      g = d[last] - d[first] + e[first] / (g + (g < 0 ? -root : root));
      let sine = 1, cosine = 1, shift = 0, i = last - 1;
      for (; i >= first; i--) {
        const f = sine * e[i], b = cosine * e[i];
        const r = Math.sqrt(f * f + g * g);
        e[i + 1] = r;
        if (r === 0) {
          // An eigenvalue has split off in the middle of the sweep: begin again.
          d[i + 1] -= shift;
          e[last] = 0;
          break;
        }
        sine = f / r;
        cosine = g / r;
        g = d[i + 1] - shift;
        const turn = (d[i] - g) * sine + 2 * cosine * b;
        shift = sine * turn;
        d[i + 1] = g + shift;
        g = cosine * turn - b;
        rotate(rows, i * n, n, cosine, sine);
      }
      if (i >= first) continue;
      d[first] -= shift;
      e[first] = g;
      e[last] = 0;
    }
  }
}

/** Turns one row and the row after it within their plane. */
function rotate(rows: Float64Array, at: number, n: number, cosine: number, sine: number): void {
  for (let k = at, l = at + n; k < at + n; k++, l++) {
    const x = rows[k], y = rows[l];
    rows[l] = sine * x + cosine * y;
    rows[k] = cosine * x - sine * y;
  }
}

function sorted({ diagonal, rows }: Tridiagonal, n: number, unit: number): SymmetricEigen {
  const order = Array.from(diagonal, (_, i) => i).sort((a, b) => diagonal[b] - diagonal[a]);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => vectors.set(rows.subarray(from * n, (from + 1) * n), to * n));
  return { values: Float64Array.from(order, (i) => unit * diagonal[i]), vectors };
}
