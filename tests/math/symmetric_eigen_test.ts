import { assert, assertEquals, assertThrows } from "@std/assert";
import { symmetricEigen } from "../../src/math/symmetric_eigen.ts";
import { seededRandom } from "../../src/random.ts";
import fixture from "../fixtures/gaussian_ad/eigen.json" with { type: "json" };
import { rows } from "./formula_rows.ts";

/** Largest |A v − λ v| and |V Vᵀ − I|, in units of the largest eigenvalue. */
function errors(a: Float64Array, n: number): { residual: number; skewness: number } {
  const { values, vectors } = symmetricEigen(a, n);
  assertEquals([values.length, vectors.length], [n, n * n]);
  const unit = Math.max(...values.map(Math.abs), Number.MIN_VALUE);
  let residual = 0, skewness = 0;
  for (let k = 0; k < n; k++) {
    assert(k === 0 || values[k] <= values[k - 1], "largest first");
    const v = vectors.subarray(k * n, (k + 1) * n);
    for (let i = 0; i < n; i++) {
      let product = 0, inner = 0;
      for (let j = 0; j < n; j++) {
        product += a[i * n + j] * v[j];
        inner += vectors[i * n + j] * v[j];
      }
      residual = Math.max(residual, Math.abs(product - values[k] * v[i]) / unit);
      skewness = Math.max(skewness, Math.abs(inner - (i === k ? 1 : 0)));
    }
  }
  return { residual, skewness };
}

function symmetric(n: number, entry: (i: number, j: number) => number): Float64Array {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = entry(i, j);
  }
  return a;
}

Deno.test("eigenvalues equal numpy's", () => {
  assertEquals(fixture.map(({ size }) => size), [1, 2, 5, 40]);
  for (const { size, values } of fixture) {
    const { data } = rows(0, size, size);
    const found = symmetricEigen(
      symmetric(size, (i, j) => data[i * size + j] + data[j * size + i]),
      size,
    );
    assertEquals(values.length, size);
    const unit = Math.max(...values.map(Math.abs));
    const most = values.reduce((m, v, k) => Math.max(m, Math.abs(v - found.values[k]) / unit), 0);
    console.log(`eigenvalues, n = ${size}: largest difference ${most.toExponential(1)}`);
    assert(most < 1e-14);
  }
});

Deno.test("eigenvectors solve A v = λ v and are orthonormal, whatever the matrix", () => {
  const random = seededRandom(1);
  const cases: [string, number, (i: number, j: number) => number][] = [
    ["random", 90, () => random.normal()],
    ["diagonal, unordered", 6, (i, j) => i === j ? [3, -1, 7, 0, 7, 2][i] : 0],
    ["identity", 5, (i, j) => i === j ? 1 : 0],
    ["rank 1", 7, (i, j) => (i + 1) * (j + 1)],
    ["zero", 4, () => 0],
    ["Hilbert", 12, (i, j) => 1 / (i + j + 1)],
    ["two blocks", 6, (i, j) => (i < 3) === (j < 3) ? 1 : 0],
    ["tridiagonal", 30, (i, j) => i === j ? 2 : i - j === 1 ? -1 : 0],
    ["Wilkinson's W21+", 21, (i, j) => i === j ? Math.abs(10 - i) : i - j === 1 ? 1 : 0],
    ["tiny", 8, () => 1e-250 * random.normal()],
    ["huge", 8, () => 1e250 * random.normal()],
    ["graded", 10, (i, j) => 10 ** -(i + j)],
    ["one by one", 1, () => -3],
  ];
  assertEquals(cases.length, 13);
  for (const [name, n, entry] of cases) {
    const { residual, skewness } = errors(symmetric(n, entry), n);
    console.log(
      `${name}: residual ${residual.toExponential(1)}, not orthogonal ${skewness.toExponential(1)}`,
    );
    assert(residual < 1e-13 && skewness < 1e-13, name);
  }
});

Deno.test("only the lower triangle is read, and nothing is changed", () => {
  const a = Float64Array.of(2, NaN, 1, 2);
  assertThrows(() => symmetricEigen(a, 2), RangeError, "NaN at 1");
  const b = Float64Array.of(2, 99, 1, 2);
  const { values } = symmetricEigen(b, 2);
  assert(Math.abs(values[0] - 3) < 1e-15 && Math.abs(values[1] - 1) < 1e-15);
  assertEquals(b, Float64Array.of(2, 99, 1, 2));
});

Deno.test("what is not a finite square matrix is refused", () => {
  for (const [a, n] of [[new Float64Array(6), 2], [new Float64Array(0), 0]] as const) {
    assertThrows(() => symmetricEigen(a, n), RangeError, "[n, n]");
  }
  assertThrows(() => symmetricEigen(Float64Array.of(Infinity), 1), RangeError, "Infinity at 0");
});
