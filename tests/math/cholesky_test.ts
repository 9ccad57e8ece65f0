import { assert, assertEquals, assertThrows } from "@std/assert";
import { cholesky, choleskyPlain, invertLower, solveLower } from "../../src/math/cholesky.ts";
import { seededRandom } from "../../src/random.ts";

const expected: Readonly<Record<string, readonly number[]>> = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/padim/math.json", import.meta.url)),
);

/** X·Xᵀ + I/10 of a random X [n, n + 2]. */
function definite(n: number): Float64Array {
  const random = seededRandom(n, "definite");
  const x = Float64Array.from({ length: n * (n + 2) }, () => random.normal());
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = i === j ? 0.1 : 0;
      for (let k = 0; k < n + 2; k++) sum += x[i * (n + 2) + k] * x[j * (n + 2) + k];
      a[i * n + j] = sum;
    }
  }
  return a;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assertEquals(a.length, b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

/** Around every edge of the tiles, and as large as a category has photos. */
const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 37, 209];

Deno.test("the factor times its transpose is the matrix", () => {
  for (const n of [1, 3, 8, 21]) {
    const a = definite(n);
    const l = choleskyPlain(a, n);
    const product = Float64Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      let sum = 0;
      for (let k = 0; k < n; k++) sum += l[i * n + k] * l[j * n + k];
      return sum;
    });
    assert(largestDifference(product, a) < 1e-13 * n * n);
  }
});

Deno.test("factorising in tiles equals the readable version, and leaves what is above", () => {
  let most = 0;
  for (const n of SIZES) {
    const a = definite(n);
    const before = a.slice();
    const plain = choleskyPlain(a, n);
    assertEquals(a, before);
    cholesky(a, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        if (j > i) assertEquals(a[i * n + j], before[i * n + j]);
        else most = Math.max(most, Math.abs(a[i * n + j] - plain[i * n + j]));
      }
    }
  }
  console.log(`tiled and readable: largest difference ${most.toExponential(1)}`);
  assert(most < 1e-12);
});

Deno.test("a factor times its inverse is the identity, for every edge of the tiles", () => {
  let most = 0;
  for (const n of SIZES) {
    const l = choleskyPlain(definite(n), n);
    const into = new Float64Array(n * n);
    const u = invertLower(l, n, { into });
    assertEquals(u, invertLower(l, n));
    assertEquals(u, into);
    assertEquals(u, invertLower(l, n, { into }), "what was there before does not matter");
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += l[i * n + k] * u[j * n + k];
        most = Math.max(most, Math.abs(sum - (i === j ? 1 : 0)));
        if (j < i) assertEquals(u[i * n + j], 0);
      }
    }
  }
  console.log(`inverse: largest difference from the identity ${most.toExponential(1)}`);
  assert(most < 1e-12);
});

Deno.test("factor and inverse equal numpy's and scipy's", () => {
  const covariance = Float64Array.from(expected.covariance);
  assertEquals(covariance.length, 49);
  const l = choleskyPlain(covariance, 7);
  const factor = largestDifference(l, expected.cholesky);
  const u = invertLower(l, 7);
  const transposed = Float64Array.from(u, (_, at) => u[(at % 7) * 7 + Math.floor(at / 7)]);
  const inverse = largestDifference(transposed, expected.inverse);
  console.log(`factor ${factor.toExponential(1)}, inverse ${inverse.toExponential(1)}`);
  assert(factor < 1e-9 && inverse < 1e-8);
});

Deno.test("a triangular system is solved from its first row on", () => {
  const l = Float64Array.of(2, 9, 9, 1, 4, 9, 3, 2, 5);
  assertEquals([...solveLower(l, [2, 9, 17])], [1, 2, 2]);
});

Deno.test("matrices that are not positive definite are refused with the pivot", () => {
  const bad = [
    Float64Array.of(0, 0, 0, 1),
    Float64Array.of(1, 1, 1, 1),
    Float64Array.of(1, 2, 2, 1),
    Float64Array.of(NaN, 0, 0, 1),
    Float64Array.of(Infinity, 0, 0, 1),
  ];
  assertEquals(bad.length, 5);
  for (const factorise of [cholesky, choleskyPlain]) {
    for (const a of bad) {
      assertThrows(() => factorise(a.slice(), 2), RangeError, "must be positive definite: pivot");
    }
    assertThrows(
      () => factorise(Float64Array.of(1, 1, 1, 1), 2, { action: "fit", name: "position 3" }),
      RangeError,
      "Cannot fit as position 3 must be positive definite: pivot 1 is 0.00",
    );
  }
});

Deno.test("what counts as a zero pivot can be told", () => {
  const near = () => Float64Array.of(1, 1, 1, 1 + 1e-9);
  cholesky(near(), 2);
  assertThrows(() => cholesky(near(), 2, { least: 1e-8 }), RangeError, "pivot 1");
  assertThrows(() => cholesky(near(), 2, { precision: 1e-8 }), RangeError, "pivot 1");
});

Deno.test("arrays of another size are refused", () => {
  const a = new Float64Array(5);
  assertThrows(() => choleskyPlain(a, 2), RangeError, "n = 2, 5 numbers");
  assertThrows(() => cholesky(a, 2), RangeError, "n·n");
  assertThrows(() => invertLower(a, 2), RangeError, "n·n");
  assertThrows(() => invertLower(new Float64Array(4), 2, { into: a }), RangeError, "n·n");
  assertThrows(() => solveLower(a, [1, 2]), RangeError, "n·n");
});
