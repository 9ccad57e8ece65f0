import { assert, assertEquals, assertThrows } from "@std/assert";
import { holm } from "../../src/metrics/holm.ts";
import proc from "../fixtures/intervals/proc.json" with { type: "json" };

Deno.test("Holm's adjusted p-values equal R's p.adjust", () => {
  assertEquals(proc.holm.length, 4);
  let worst = 0;
  let compared = 0;
  for (const { p, holm: expected } of proc.holm) {
    holm(p).forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - expected[i]));
      compared++;
    });
  }
  assertEquals(compared, 14);
  console.log(`largest difference to R: ${worst}`);
  assert(worst < 1e-15);
});

Deno.test("adjusted p-values keep their order, never shrink, and stay at most 1", () => {
  const p = Float64Array.of(0.9, 0.001, 0.3, 0.04, 0.3);
  const before = p.slice();
  const adjusted = holm(p);
  assertEquals(p, before);
  p.forEach((one, i) => {
    assert(adjusted[i] >= one && adjusted[i] <= 1);
    p.forEach((other, j) => assert(!(one < other) || adjusted[i] <= adjusted[j]));
  });
  assertEquals([...holm([])], []);
  assertEquals([...holm([0.03])], [0.03]);
});

Deno.test("what is no p-value is refused", () => {
  for (const wrong of [-0.1, 1.1, NaN]) {
    const message = `Cannot adjust p-values as each must be in 0…1: value 1 is ${wrong}`;
    assertThrows(() => holm([0.5, wrong]), RangeError, message);
  }
});
