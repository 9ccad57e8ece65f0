import { assert, assertEquals, assertThrows } from "@std/assert";
import { matrix, tensor } from "../../mod.ts";
import { gaussianOf, mahalanobis } from "../../src/math/covariance.ts";
import { wave } from "../fixtures/padim/wave.ts";

const expected: Readonly<Record<string, readonly number[]>> = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/padim/math.json", import.meta.url)),
);
const rows = wave(0, [40, 7]);
const others = wave(1000, [5, 7]);

function close(name: string, found: ArrayLike<number>, bound: number): void {
  const reference = expected[name];
  assert(reference.length >= 5);
  assertEquals(found.length, reference.length);
  const most = reference.reduce((a, v, i) => Math.max(a, Math.abs(v - found[i])), 0);
  console.log(`${name}: largest difference ${most.toExponential(1)}`);
  assert(most < bound, `${name} ${most}`);
}

Deno.test("mean, covariance and distances equal numpy's and scipy's", () => {
  const gaussian = gaussianOf(rows, { ridge: 0.01 });
  close("mean", gaussian.mean, 1e-9);
  close("covariance", gaussian.covariance, 1e-9);
  close("mahalanobis", mahalanobis(others, gaussian), 1e-8);
});

Deno.test("the covariance divides by N − 1 and holds the ridge on its diagonal", () => {
  const { mean, covariance } = gaussianOf(matrix([[0, 0], [2, 4]]), { ridge: 1 });
  assertEquals([...mean], [1, 2]);
  assertEquals([...covariance], [3, 4, 4, 9]);
});

Deno.test("distances do not change when rows and Gaussian are stretched, sheared and moved", () => {
  const map = ([x, y]: readonly number[]) => [3 * x + y + 5, 2 * y - 1];
  const train = [[0, 0], [1, 2], [3, 1], [2, 5], [4, 4]];
  const test = [[1, 1], [7, -2]];
  const before = mahalanobis(matrix(test), gaussianOf(matrix(train)));
  const after = mahalanobis(matrix(test.map(map)), gaussianOf(matrix(train.map(map))));
  assertEquals(before.length, 2);
  before.forEach((d, i) => assert(Math.abs(after[i] / d - 1) < 1e-12));
});

Deno.test("the mean has distance 0, and Σd² over the rows is (N − 1)·D without ridge", () => {
  const gaussian = gaussianOf(rows);
  const mean = tensor(Float32Array.from(gaussian.mean), [1, 7]);
  assert(mahalanobis(mean, gaussian)[0] < 1e-6);
  const sum = mahalanobis(rows, gaussian).reduce((a, d) => a + d * d, 0);
  assert(Math.abs(sum - 39 * 7) < 1e-9);
});

Deno.test("what makes no Gaussian is refused", () => {
  assertThrows(() => gaussianOf(matrix([[1, 2]])), RangeError, "at least 2 rows: 1");
  assertThrows(() => gaussianOf(rows, { ridge: -1 }), RangeError, "at least 0: -1");
  assertThrows(() => gaussianOf(rows, { ridge: NaN }), RangeError, "at least 0: NaN");
  assertThrows(() => gaussianOf(matrix([[1], [NaN]])), RangeError, "finite");
  const constant = gaussianOf(matrix([[1, 2], [1, 5], [1, 3]]));
  assertThrows(() => mahalanobis(matrix([[1, 2]]), constant), RangeError, "positive definite");
  assertThrows(() => mahalanobis(matrix([[1]]), constant), RangeError, "1 and 2");
  const singular = gaussianOf(matrix([[1, 2], [2, 4], [4, 8]]));
  assertThrows(() => mahalanobis(matrix([[1, 2]]), singular), RangeError, "positive definite");
});
