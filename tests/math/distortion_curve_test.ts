import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { distortionCurvePlain } from "../../src/math/distortion_curve.ts";
import {
  gaussianProjection,
  johnsonLindenstraussDimensions,
  johnsonLindenstraussDistortion,
  measuredDistortion,
} from "../../src/math/random_projection.ts";
import { seededRandom } from "../../src/random.ts";
import { matrix, tensor } from "../../src/tensor.ts";
import fixture from "../fixtures/search/search.json" with { type: "json" };

const random = seededRandom(6);
const rows = tensor(Float32Array.from({ length: 80 * 40 }, () => random.normal()), [80, 40]);

Deno.test("each point of the curve is the distortion of the projected rows", () => {
  for (const kind of ["gaussian", "sparse"] as const) {
    const curve = distortionCurvePlain(rows, [3, 64, 10], { pairs: 200, seed: 5, kind });
    assertEquals(curve.map((point) => point.dimensions), [3, 64, 10]);
    let largest = 0;
    for (const { dimensions, measured } of curve) {
      const projected = gaussianProjection(rows, { dimensions, seed: 5, kind });
      const { ratios } = measuredDistortion(rows, projected, { pairs: 200, seed: 5 });
      assertEquals([measured.ratios.length, ratios.length], [200, 200]);
      ratios.forEach((ratio, p) => {
        largest = Math.max(largest, Math.abs(measured.ratios[p] / ratio - 1));
      });
      assertEquals([measured.smallest, measured.largest], [
        measured.ratios[0],
        measured.ratios[199],
      ]);
    }
    console.log(`${kind}, 600 ratios: largest relative difference to projected rows ${largest}`);
    assertEquals(largest < 1e-5, true);
  }
});

Deno.test("more dimensions distort less, as the square root of their number", () => {
  const spread = distortionCurvePlain(rows, [8, 128, 2048]).map(({ measured }) =>
    measured.quantile(0.84) - measured.quantile(0.16)
  );
  assertEquals(spread.length, 3);
  // A ratio is a mean of n squares of normal numbers: its standard deviation is √(2/n).
  [8, 128, 2048].forEach((n, i) => assertAlmostEquals(spread[i] / Math.sqrt(8 / n), 1, 0.25));
});

Deno.test("the guaranteed distortion is the smallest that its dimensions suffice for", () => {
  let compared = 0;
  for (const points of [2, 1000, 163_856]) {
    for (const distortion of [0.05, 0.3, 0.5, 0.9]) {
      const n = johnsonLindenstraussDimensions(points, distortion);
      const guaranteed = johnsonLindenstraussDistortion(points, n) ?? NaN;
      assertEquals(guaranteed <= distortion, true);
      assertEquals(johnsonLindenstraussDimensions(points, guaranteed) <= n, true);
      const worse = johnsonLindenstraussDistortion(points, n - 1);
      assertEquals(worse === undefined || worse > distortion, true);
      compared++;
    }
  }
  assertEquals(compared, 12);
});

Deno.test("below 24 ln N dimensions nothing is guaranteed", () => {
  const least = 24 * Math.log(1000);
  assertEquals(johnsonLindenstraussDistortion(1000, Math.floor(least)), undefined);
  assertEquals((johnsonLindenstraussDistortion(1000, Math.ceil(least)) ?? 0) > 0.9, true);
  assertEquals(distortionCurvePlain(rows, [4, 4000]).map(({ bound }) => bound !== undefined), [
    false,
    true,
  ]);
});

Deno.test("the bound's dimensions are scikit-learn's, rounded up instead of down", () => {
  const cases = fixture.johnsonLindenstrauss;
  assertEquals(cases.length, 15);
  for (const { points, distortion, dimensions } of cases) {
    assertEquals(johnsonLindenstraussDimensions(points, distortion), dimensions + 1);
  }
});

Deno.test("a distortion curve refuses bad dimensions, pairs and rows", () => {
  assertThrows(() => distortionCurvePlain(rows, []), RangeError, "at least one number");
  assertThrows(() => distortionCurvePlain(rows, [4, 0]), RangeError, "whole numbers");
  assertThrows(() => distortionCurvePlain(rows, [4], { pairs: 0 }), RangeError, "whole number");
  assertThrows(() => distortionCurvePlain(matrix([[1], [1]]), [4]), RangeError, "two different");
  assertThrows(() => distortionCurvePlain(matrix([[NaN]]), [4]), RangeError, "NaN in row 0");
  assertThrows(() => johnsonLindenstraussDistortion(1, 10), RangeError, "at least 2");
  assertThrows(() => johnsonLindenstraussDistortion(10, 0.5), RangeError, "whole number");
});
