import { assertEquals, assertRejects } from "@std/assert";
import { distortionCurvePlain } from "../../src/math/distortion_curve.ts";
import { distortionCurve } from "../../src/search/distortion_curve.ts";
import { matrix } from "../../src/tensor.ts";
import { noise } from "./hard_rows.ts";

Deno.test("a distortion curve through the engine equals the readable one", async () => {
  const rows = noise(300, 50);
  for (const kind of ["gaussian", "sparse"] as const) {
    const options = { pairs: 400, seed: 3, kind };
    const dimensions = [2, 33, 500];
    const [fast, plain] = [
      await distortionCurve(rows, dimensions, options),
      distortionCurvePlain(rows, dimensions, options),
    ];
    assertEquals([fast.length, plain.length], [3, 3]);
    let largest = 0, compared = 0;
    plain.forEach((point, i) => {
      assertEquals([fast[i].dimensions, fast[i].bound], [point.dimensions, point.bound]);
      point.measured.ratios.forEach((ratio, p) => {
        largest = Math.max(largest, Math.abs(fast[i].measured.ratios[p] / ratio - 1));
        compared++;
      });
    });
    assertEquals(compared, 1200);
    console.log(`${kind}, 1,200 ratios: largest relative difference ${largest}`);
    assertEquals(largest < 1e-5, true);
  }
});

Deno.test("a distortion curve takes 1,000 pairs, seed 0 and a Gaussian unless told otherwise", async () => {
  const rows = noise(50, 9);
  const [point] = await distortionCurve(rows, [6]);
  const [told] = await distortionCurve(rows, [6], { pairs: 1000, seed: 0, kind: "gaussian" });
  assertEquals(point.measured.ratios.length, 1000);
  assertEquals(point.measured.ratios, told.measured.ratios);
});

Deno.test("a distortion curve refuses bad dimensions, pairs and rows", async () => {
  const rows = noise(5, 3);
  await assertRejects(() => distortionCurve(rows, []), RangeError, "at least one number");
  await assertRejects(() => distortionCurve(rows, [0]), RangeError, "whole numbers");
  await assertRejects(() => distortionCurve(rows, [1], { pairs: 0.5 }), RangeError, "whole number");
  await assertRejects(() => distortionCurve(matrix([[1]]), [1]), RangeError, "two different");
});
