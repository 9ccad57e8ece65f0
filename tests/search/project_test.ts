import { assertEquals, assertRejects } from "@std/assert";
import { gaussianProjection } from "../../src/math/random_projection.ts";
import { seededRandom } from "../../src/random.ts";
import { project } from "../../src/search/project.ts";
import { matrix, tensor } from "../../src/tensor.ts";

Deno.test("projecting through the engine equals the readable projection, over several blocks", async () => {
  const random = seededRandom(1);
  const rows = tensor(Float32Array.from({ length: 9000 * 20 }, () => random.normal()), [9000, 20]);
  const copy = rows.data.slice();
  for (const kind of ["gaussian", "sparse"] as const) {
    const options = { dimensions: 7, seed: 2, kind };
    const [fast, plain] = [await project(rows, options), gaussianProjection(rows, options)];
    assertEquals(fast.shape, [9000, 7]);
    assertEquals(plain.data.length, 63_000);
    const largest = plain.data.reduce(
      (most, x, i) => Math.max(most, Math.abs(x - fast.data[i])),
      0,
    );
    console.log(`${kind} projection, 63,000 values: largest difference ${largest}`);
    assertEquals(largest < 1e-5, true);
  }
  assertEquals(rows.data, copy);
});

Deno.test("projecting refuses rows and sizes as the readable projection does", async () => {
  await assertRejects(
    () => project(matrix([[NaN]]), { dimensions: 1, seed: 0 }),
    RangeError,
    "NaN",
  );
  await assertRejects(
    () => project(matrix([[1]]), { dimensions: 0, seed: 0 }),
    RangeError,
    "whole",
  );
});
