import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { median, quantile } from "../../mod.ts";

Deno.test("quantiles equal numpy's of type 7", () => {
  // numpy.quantile([3, 1, 4, 1, 5, 9, 2, 6], …)
  const values = [3, 1, 4, 1, 5, 9, 2, 6];
  const expected = [[0, 1], [0.1, 1], [0.25, 1.75], [0.5, 3.5], [0.9, 6.9], [0.999, 8.979], [1, 9]];
  assertEquals(expected.length, 7);
  for (const [share, value] of expected) assertAlmostEquals(quantile(values, share), value, 1e-12);
  assertEquals(values, [3, 1, 4, 1, 5, 9, 2, 6]);
});

Deno.test("the median is the middle, or the mean of the middle two", () => {
  assertEquals([median([7]), median([9, 1]), median(Float32Array.of(5, 1, 3))], [7, 5, 3]);
});

Deno.test("nothing, NaN and shares out of range have no quantile", () => {
  assertThrows(() => median([]), RangeError, "at least one number");
  assertThrows(() => median([1, NaN]), RangeError, "NaN");
  for (const share of [-0.1, 1.1, NaN]) assertThrows(() => quantile([1], share), RangeError, "0…1");
});
