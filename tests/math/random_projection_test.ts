import { assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import {
  gaussianProjection,
  johnsonLindenstraussDimensions,
  measuredDistortion,
  projectionMatrix,
} from "../../src/math/random_projection.ts";
import { seededRandom } from "../../src/random.ts";
import { matrix, tensor } from "../../src/tensor.ts";

const random = seededRandom(5);
const rows = tensor(Float32Array.from({ length: 100 * 64 }, () => random.normal()), [100, 64]);
const kinds = ["gaussian", "sparse"] as const;

Deno.test("a projection matrix has mean 0 and variance 1/n, in both kinds", () => {
  for (const kind of kinds) {
    const { data, shape } = projectionMatrix(400, { dimensions: 50, seed: 0, kind });
    assertEquals(shape, [400, 50]);
    const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
    const variance = data.reduce((sum, x) => sum + x * x, 0) / data.length;
    assertAlmostEquals(mean, 0, 0.003);
    assertAlmostEquals(variance * 50, 1, 0.04);
  }
});

Deno.test("a sparse matrix holds +√(3/n), 0 and −√(3/n), a sixth, two thirds, a sixth of each", () => {
  const { data } = projectionMatrix(300, { dimensions: 48, seed: 0, kind: "sparse" });
  assertEquals([...new Set(data)].sort((a, b) => a - b), [-0.25, 0, 0.25]);
  const share = (value: number) => data.filter((x) => x === value).length / data.length;
  assertAlmostEquals(share(0.25), 1 / 6, 0.01);
  assertAlmostEquals(share(-0.25), 1 / 6, 0.01);
});

Deno.test("the same seed gives the same matrix, another seed or kind another one", () => {
  const options = { dimensions: 8, seed: 3 };
  assertEquals(projectionMatrix(16, options), projectionMatrix(16, options));
  assertNotEquals(projectionMatrix(16, options), projectionMatrix(16, { ...options, seed: 4 }));
  assertNotEquals(
    projectionMatrix(16, options),
    projectionMatrix(16, { ...options, kind: "sparse" }),
  );
});

Deno.test("projected rows are the rows times the matrix", () => {
  const options = { dimensions: 2, seed: 1 };
  const [a, b, c, d] = projectionMatrix(2, options).data;
  const { data } = gaussianProjection(matrix([[1, 0], [2, -1]]), options);
  assertEquals(data, Float32Array.of(a, b, 2 * a - c, 2 * b - d));
});

Deno.test("the Johnson-Lindenstrauss dimension is ⌈4 ln N / (ε²/2 − ε³/3)⌉", () => {
  assertEquals(johnsonLindenstraussDimensions(163_856, 0.5), 577);
  assertEquals(johnsonLindenstraussDimensions(1000, 0.1), 5921);
  assertThrows(() => johnsonLindenstraussDimensions(1, 0.1), RangeError, "at least 2");
  for (const distortion of [0, 1, NaN]) {
    assertThrows(() => johnsonLindenstraussDimensions(10, distortion), RangeError, "(0, 1)");
  }
});

Deno.test("as many dimensions as the bound asks for keep every sampled pair within it", () => {
  const dimensions = johnsonLindenstraussDimensions(100, 0.5);
  for (const kind of kinds) {
    const projected = gaussianProjection(rows, { dimensions, seed: 2, kind });
    const measured = measuredDistortion(rows, projected, { pairs: 2000, seed: 0 });
    assertEquals(measured.ratios.length, 2000);
    assertEquals(measured.smallest > 0.5 && measured.largest < 1.5, true);
    assertAlmostEquals(measured.quantile(0.5), 1, 0.1);
  }
});

Deno.test("a measured distortion is the ratio of squared distances, with its quantiles", () => {
  const before = matrix([[0, 0], [1, 0], [0, 0]]);
  const after = matrix([[0], [3], [0]]);
  const { ratios, smallest, largest, quantile } = measuredDistortion(before, after, {
    pairs: 5,
    seed: 0,
  });
  assertEquals([...ratios], [9, 9, 9, 9, 9]);
  assertEquals([smallest, largest, quantile(0.3)], [9, 9, 9]);
  assertThrows(() => quantile(2), RangeError, "[0, 1]");
});

Deno.test("quantiles lie between neighbouring ratios", () => {
  const projected = gaussianProjection(rows, { dimensions: 4, seed: 0 });
  const { ratios, quantile } = measuredDistortion(rows, projected, { pairs: 5, seed: 1 });
  assertEquals([quantile(0), quantile(0.5), quantile(1)], [ratios[0], ratios[2], ratios[4]]);
  assertAlmostEquals(quantile(0.125), (ratios[0] + ratios[1]) / 2, 1e-12);
});

Deno.test("projections and their measurement refuse what they cannot use", () => {
  const one = matrix([[1]]);
  for (const dimensions of [0, 1.5]) {
    const options = { dimensions, seed: 0 };
    assertThrows(() => gaussianProjection(one, options), RangeError, "whole numbers");
  }
  assertThrows(() => projectionMatrix(0, { dimensions: 1, seed: 0 }), RangeError, "whole numbers");
  const kind = "dense" as "sparse";
  assertThrows(() => projectionMatrix(1, { dimensions: 1, seed: 0, kind }), TypeError, "dense");
  assertThrows(
    () => gaussianProjection(matrix([[NaN]]), { dimensions: 1, seed: 0 }),
    RangeError,
    "finite",
  );
  const pairs = { pairs: 3, seed: 0 };
  assertThrows(() => measuredDistortion(one, one, pairs), RangeError, "two different rows");
  assertThrows(
    () => measuredDistortion(one, matrix([[1], [2]]), pairs),
    RangeError,
    "for each row: 1 and 2",
  );
});
