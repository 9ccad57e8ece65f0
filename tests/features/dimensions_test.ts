import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { createGraph, evaluate, matrix, tensor } from "../../mod.ts";
import {
  principalDimensions,
  randomDimensions,
  takeDimensions,
} from "../../src/features/dimensions.ts";
import { gaussianOf } from "../../src/math/covariance.ts";
import { principalComponents } from "../../src/math/principal_components.ts";
import { wave } from "../fixtures/padim/wave.ts";

Deno.test("random dimensions differ from one another, ascend, and follow the seed", () => {
  const chosen = randomDimensions(448, { count: 100, seed: 3 });
  assertEquals(chosen.length, 100);
  for (let i = 1; i < chosen.length; i++) assert(chosen[i] > chosen[i - 1]);
  assert(chosen[0] >= 0 && chosen[99] < 448);
  assertEquals(chosen, randomDimensions(448, { count: 100, seed: 3 }));
  assertNotEquals(chosen, randomDimensions(448, { count: 100, seed: 4 }));
  assertEquals([...randomDimensions(5, { count: 5, seed: 9 })], [0, 1, 2, 3, 4]);
});

Deno.test("more random dimensions than channels are refused", () => {
  assertThrows(() => randomDimensions(8, { count: 9, seed: 0 }), RangeError, "1…8: 9");
  assertThrows(() => randomDimensions(8, { count: 0, seed: 0 }), RangeError, "1…8: 0");
});

Deno.test("chosen channels of a map keep the order given", async () => {
  const map = tensor(Float32Array.from({ length: 12 }, (_, i) => i), [1, 3, 2, 2]);
  const { data, shape } = await evaluate((g, m) => takeDimensions(g, m, [2, 0]), map);
  assertEquals(shape, [1, 2, 2, 2]);
  assertEquals([...data], [8, 9, 10, 11, 0, 1, 2, 3]);
});

Deno.test("a dimension that is no channel is refused", () => {
  const g = createGraph();
  const map = g.input("map", "float32", [1, 3, 2, 2]);
  for (const k of [3, -1, 0.5]) {
    assertThrows(() => takeDimensions(g, map, [0, k]), RangeError, `0…2: ${k}`);
  }
});

Deno.test("principal dimensions over several blocks equal those of the whole, far from 0 too", async () => {
  const rows = wave(7, [9000, 5]);
  const moved = tensor(rows.data.map((x, i) => x * (1 + i % 5) + 300), [9000, 5]);
  const found = await principalDimensions(moved, { count: 5 });
  const { covariance } = gaussianOf(moved);
  const whole = principalComponents(covariance, { size: 5, count: 5 });
  const most = whole.directions.data.reduce(
    (a, v, i) => Math.max(a, Math.abs(v - found.directions.data[i])),
    0,
  );
  console.log(`blocks and whole: largest difference ${most.toExponential(1)}`);
  assert(most < 1e-5);
});

Deno.test("rows without principal dimensions are refused", async () => {
  await assertRejects(() => principalDimensions(matrix([[1, 2]]), { count: 1 }), RangeError, "two");
  await assertRejects(
    () => principalDimensions(matrix([[1], [2]]), { count: 2 }),
    RangeError,
    "1…1",
  );
  await assertRejects(
    () => principalDimensions(matrix([[1], [NaN]]), { count: 1 }),
    RangeError,
    "finite",
  );
});
