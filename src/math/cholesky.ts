/**
 * Factorising covariances in double precision: A = L·Lᵀ with L lower triangular. Square matrices
 * are plain row-major arrays of n·n numbers.
 */

import { cannot } from "../errors.ts";

/** What a factorisation calls the matrix, and which pivots it takes for those of a singular one. */
export interface CholeskyOptions {
  /** What the caller is about to do, in the infinitive; for the refusal. */
  readonly action?: string;
  /** For example `the covariance at position 12`; for the refusal. */
  readonly name?: string;
  /**
   * A pivot must be larger than this, in units of the matrix: half of the ridge that was added,
   * say, where rounding may have eaten the rest. Default 0.
   */
  readonly least?: number;
  /**
   * A pivot must be larger than this share of its diagonal entry: what rounding alone leaves of a
   * zero. Default n·2⁻⁵², for entries right to the last digit.
   */
  readonly precision?: number;
}

/**
 * The lower triangular L of A = L·Lᵀ: the readable version, row by row.
 *
 * L_ij = (A_ij − Σ_{k<j} L_ik·L_jk) / L_jj for j < i, L_ii = √(A_ii − Σ_{k<i} L_ik²)
 *
 * Source: Golub and Van Loan, Matrix Computations, section 4.2 (Cholesky-Banachiewicz order).
 * Cost: O(n³/6) multiplications.
 *
 * @param a symmetric and positive definite, n·n; only its lower triangle is read
 * @returns L, n·n, zeros above the diagonal
 * @throws {RangeError} when A is not of n·n numbers or not positive definite
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([...choleskyPlain(Float64Array.of(4, 2, 2, 10), 2)], [2, 0, 1, 3]);
 * ```
 */
export function choleskyPlain(
  a: Float64Array,
  n: number,
  options: CholeskyOptions = {},
): Float64Array {
  expectSquare(a, n, options);
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = a[i * n + j];
      for (let k = 0; k < j; k++) rest -= l[i * n + k] * l[j * n + k];
      l[i * n + j] = i === j ? pivotRoot(rest, a[i * n + i], i, n, options) : rest / l[j * n + j];
    }
  }
  return l;
}

/**
 * {@linkcode choleskyPlain} in place, twice as fast: L overwrites the lower triangle of A, what is
 * above the diagonal stays.
 *
 * Four rows and two columns are worked on at a time, so that each number loaded serves several
 * products; the sums are those of the readable version in the same order.
 *
 * Cost: O(n³/6) multiplications, about 2 a nanosecond.
 *
 * @throws {RangeError} when A is not of n·n numbers or not positive definite; A is then half done
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const a = Float64Array.of(4, 2, 2, 10);
 * cholesky(a, 2);
 * assertEquals([...a], [2, 2, 1, 3]);
 * ```
 */
export function cholesky(a: Float64Array, n: number, options: CholeskyOptions = {}): void {
  expectSquare(a, n, options);
  for (let i = 0; i < n; i += 4) {
    const rows = Math.min(4, n - i);
    if (rows === 4) fourRows(a, n, i);
    // What is left: the triangle on the diagonal, or the last rows as a whole.
    for (let row = i; row < i + rows; row++) {
      const diagonal = a[row * n + row];
      for (let j = rows === 4 ? i : 0; j <= row; j++) {
        let rest = a[row * n + j];
        for (let k = 0; k < j; k++) rest -= a[row * n + k] * a[j * n + k];
        a[row * n + j] = row === j
          ? pivotRoot(rest, diagonal, row, n, options)
          : rest / a[j * n + j];
      }
    }
  }
}

/** Rows i to i+3 of L left of column i, which is a multiple of 4. */
function fourRows(a: Float64Array, n: number, i: number): void {
  const p = i * n, q = p + n, r = q + n, s = r + n;
  for (let j = 0; j < i; j += 2) {
    const c = j * n, d = c + n;
    let pc = a[p + j], qc = a[q + j], rc = a[r + j], sc = a[s + j];
    let pd = a[p + j + 1], qd = a[q + j + 1], rd = a[r + j + 1], sd = a[s + j + 1];
    for (let k = 0; k < j; k++) {
      const x = a[c + k], y = a[d + k];
      const pk = a[p + k], qk = a[q + k], rk = a[r + k], sk = a[s + k];
      pc -= pk * x;
      qc -= qk * x;
      rc -= rk * x;
      sc -= sk * x;
      pd -= pk * y;
      qd -= qk * y;
      rd -= rk * y;
      sd -= sk * y;
    }
    const first = a[c + j], between = a[d + j], second = a[d + j + 1];
    a[p + j] = pc /= first;
    a[q + j] = qc /= first;
    a[r + j] = rc /= first;
    a[s + j] = sc /= first;
    a[p + j + 1] = (pd - pc * between) / second;
    a[q + j + 1] = (qd - qc * between) / second;
    a[r + j + 1] = (rd - rc * between) / second;
    a[s + j + 1] = (sd - sc * between) / second;
  }
}

/**
 * The solution y of L·y = b, from the first number to the last.
 *
 * Cost: O(n²/2).
 *
 * @param l lower triangular, n·n; what is above its diagonal is not read
 * @param b n numbers
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([...solveLower(Float64Array.of(2, 0, 1, 3), [4, 11])], [2, 3]);
 * ```
 */
export function solveLower(l: Float64Array, b: ArrayLike<number>): Float64Array {
  const n = b.length;
  expectSquare(l, n, { action: "solve a triangular system" });
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let rest = b[i];
    for (let k = 0; k < i; k++) rest -= l[i * n + k] * y[k];
    y[i] = rest / l[i * n + i];
  }
  return y;
}

/**
 * L⁻ᵀ, the transposed inverse of a lower triangular matrix. Transposed, because then every sum
 * runs along two rows.
 *
 * (L⁻¹)_ij = −Σ_{j≤k<i} L_ik·(L⁻¹)_kj / L_ii for j < i, (L⁻¹)_ii = 1 / L_ii
 *
 * Two rows of L and four columns of the inverse are worked on at a time.
 *
 * Cost: O(n³/6) multiplications, about 2 a nanosecond.
 *
 * @param l lower triangular, n·n; what is above its diagonal is not read
 * @param options into: n·n numbers to write into, zeros below their diagonal; default new ones
 * @returns L⁻ᵀ: upper triangular, zeros below the diagonal
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([...invertLower(Float64Array.of(2, 0, 1, 4), 2)], [0.5, -0.125, 0, 0.25]);
 * ```
 */
export function invertLower(
  l: Float64Array,
  n: number,
  { into: u = new Float64Array(n * n) }: { readonly into?: Float64Array } = {},
): Float64Array {
  expectSquare(l, n, { action: "invert a triangular matrix" });
  expectSquare(u, n, { action: "invert a triangular matrix" });
  const entry = (i: number, j: number) => {
    let sum = 0;
    for (let k = j; k < i; k++) sum += l[i * n + k] * u[j * n + k];
    u[j * n + i] = -sum / l[i * n + i];
  };
  for (let i = 0; i < n; i += 2) {
    const pair = i + 1 < n;
    let j = 0;
    if (pair) { for (; j + 3 < i; j += 4) twoByFour(l, u, n, i, j); }
    u[i * n + i] = 1 / l[i * n + i];
    for (let column = j; column < i; column++) entry(i, column);
    if (!pair) break;
    u[(i + 1) * n + i + 1] = 1 / l[(i + 1) * n + i + 1];
    for (let column = j; column <= i; column++) entry(i + 1, column);
  }
  return u;
}

/** Entries (i, j) to (i+1, j+3) of L⁻¹, all below its diagonal. */
function twoByFour(l: Float64Array, u: Float64Array, n: number, i: number, j: number): void {
  const p = i * n, q = p + n;
  const a = j * n, b = a + n, c = b + n, d = c + n;
  let pa = 0, pb = 0, pc = 0, pd = 0, qa = 0, qb = 0, qc = 0, qd = 0;
  // Rows b, c and d of the inverse begin with zeros, so all four sums may begin at j.
  for (let k = j; k < i; k++) {
    const x = l[p + k], y = l[q + k];
    const ak = u[a + k], bk = u[b + k], ck = u[c + k], dk = u[d + k];
    pa += x * ak;
    pb += x * bk;
    pc += x * ck;
    pd += x * dk;
    qa += y * ak;
    qb += y * bk;
    qc += y * ck;
    qd += y * dk;
  }
  const first = -l[p + i], between = l[q + i], second = -l[q + i + 1];
  u[a + i] = pa /= first;
  u[b + i] = pb /= first;
  u[c + i] = pc /= first;
  u[d + i] = pd /= first;
  u[a + i + 1] = (qa + between * pa) / second;
  u[b + i + 1] = (qb + between * pb) / second;
  u[c + i + 1] = (qc + between * pc) / second;
  u[d + i + 1] = (qd + between * pd) / second;
}

function pivotRoot(
  pivot: number,
  diagonal: number,
  at: number,
  n: number,
  {
    action = "factorise a matrix",
    name = "the matrix",
    least = 0,
    precision = n * 2 ** -52,
  }: CholeskyOptions,
): number {
  if (!(pivot > least && pivot > precision * Math.abs(diagonal) && pivot < Infinity)) {
    throw cannot(
      action,
      `${name} must be positive definite`,
      `pivot ${at} is ${pivot.toPrecision(3)}, its diagonal entry ${diagonal.toPrecision(3)}`,
    );
  }
  return Math.sqrt(pivot);
}

function expectSquare(
  a: Float64Array,
  n: number,
  { action = "factorise a matrix" }: CholeskyOptions,
): void {
  if (!Number.isInteger(n) || n < 1 || a.length !== n * n) {
    throw cannot(action, "a matrix of n·n numbers is needed", `n = ${n}, ${a.length} numbers`);
  }
}
