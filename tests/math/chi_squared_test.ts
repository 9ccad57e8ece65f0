import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { chiSquaredQuantile, chiSquaredTails } from "../../src/math/chi_squared.ts";
import fixture from "../fixtures/gaussian_ad/chi_squared.json" with { type: "json" };

const relative = (found: number, expected: number) =>
  found === expected ? 0 : Math.abs(found / expected - 1);

Deno.test("quantiles equal scipy's, from 1 to 2,000 degrees and far into both tails", () => {
  assertEquals([fixture.lower.length, fixture.upper.length], [12 * 14, 12 * 10]);
  for (const side of ["lower", "upper"] as const) {
    let most = 0;
    for (const [degrees, probability, expected] of fixture[side]) {
      const tail = side === "lower" ? { lower: probability } : { upper: probability };
      most = Math.max(most, relative(chiSquaredQuantile(degrees, tail), expected));
    }
    console.log(`χ² quantiles, ${side}: largest relative difference ${most.toExponential(1)}`);
    assert(most < 1e-12);
  }
});

Deno.test("tails equal scipy's", () => {
  assertEquals(fixture.tails.length, 12 * 7);
  let most = 0;
  for (const [degrees, x, lower, upper] of fixture.tails) {
    const found = chiSquaredTails(x, degrees);
    // Of the larger tail no more is known than its difference from 1.
    if (lower <= upper) most = Math.max(most, relative(found.lower, lower));
    else most = Math.max(most, relative(found.upper, upper));
    assertAlmostEquals(found.lower + found.upper, 1, 1e-14);
  }
  console.log(`χ² tails: largest relative difference ${most.toExponential(1)}`);
  assert(most < 1e-11);
});

Deno.test("two degrees of freedom have closed forms", () => {
  for (const q of [1e-200, 1e-9, 0.2, 0.5, 0.8]) {
    assertAlmostEquals(chiSquaredQuantile(2, { upper: q }) / (-2 * Math.log(q)), 1, 1e-14);
    assertAlmostEquals(chiSquaredTails(3 * q, 2).upper, Math.exp(-1.5 * q), 1e-15);
  }
});

Deno.test("a quantile's tail is the probability it was taken for", () => {
  let checked = 0;
  for (const degrees of [1, 7, 64, 1280, 100_000]) {
    for (const q of [1e-12, 0.05, 0.5]) {
      const { upper } = chiSquaredTails(chiSquaredQuantile(degrees, { upper: q }), degrees);
      assertAlmostEquals(upper / q, 1, 1e-10);
      const { lower } = chiSquaredTails(chiSquaredQuantile(degrees, { lower: q }), degrees);
      assertAlmostEquals(lower / q, 1, 1e-10);
      checked++;
    }
  }
  assertEquals(checked, 15);
});

Deno.test("the ends: nothing is below 0, nothing above infinity", () => {
  assertEquals(chiSquaredTails(0, 3), { lower: 0, upper: 1 });
  assertEquals(chiSquaredTails(Infinity, 3), { lower: 1, upper: 0 });
});

Deno.test("probabilities, values and degrees outside their ranges are refused", () => {
  for (const q of [0, 1, -0.1, 2, NaN]) {
    assertThrows(() => chiSquaredQuantile(3, { lower: q }), RangeError, "(0, 1)");
    assertThrows(() => chiSquaredQuantile(3, { upper: q }), RangeError, "(0, 1)");
  }
  for (const degrees of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => chiSquaredQuantile(degrees, { lower: 0.5 }), RangeError, "whole number");
    assertThrows(() => chiSquaredTails(1, degrees), RangeError, "whole number");
  }
  for (const x of [-1, NaN]) assertThrows(() => chiSquaredTails(x, 2), RangeError, "at least 0");
});
