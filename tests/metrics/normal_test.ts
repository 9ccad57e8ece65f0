import { assert, assertEquals, assertThrows } from "@std/assert";
import { normalQuantile, normalTails } from "../../src/metrics/normal.ts";
import fixture from "../fixtures/intervals/tests.json" with { type: "json" };

const relative = (found: number, expected: number) =>
  found === expected ? 0 : Math.abs(found / expected - 1);

Deno.test("normal tails and quantiles equal scipy's, far into both tails", () => {
  assertEquals([fixture.normal.length, fixture.quantiles.length], [12, 10]);
  let tails = 0;
  for (const [z, lower, upper] of fixture.normal) {
    const found = normalTails(z);
    tails = Math.max(tails, relative(found.lower, lower), relative(found.upper, upper));
  }
  let quantiles = 0;
  for (const [p, z] of fixture.quantiles) {
    quantiles = Math.max(quantiles, relative(normalQuantile(p), z));
  }
  console.log(`largest relative difference to scipy: tails ${tails}, quantiles ${quantiles}`);
  assert(tails < 1e-12);
  assert(quantiles < 1e-12);
});

Deno.test("the normal distribution is symmetric and has ends", () => {
  assertEquals(normalTails(0), { lower: 0.5, upper: 0.5 });
  assertEquals(normalTails(Infinity), { lower: 1, upper: 0 });
  assertEquals(normalTails(-Infinity), { lower: 0, upper: 1 });
  assertEquals(normalQuantile(0.5), 0);
  assertEquals(normalQuantile(0.25), -normalQuantile(0.75));
});

Deno.test("a quantile of no probability, and a tail of no number, are refused", () => {
  for (const p of [0, 1, -0.1, NaN]) {
    const message = `Cannot take a normal quantile as a probability must be in (0, 1): ${p}`;
    assertThrows(() => normalQuantile(p), RangeError, message);
  }
  assertThrows(() => normalTails(NaN), RangeError, "z must be a number: NaN");
});
