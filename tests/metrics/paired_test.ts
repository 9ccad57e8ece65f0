import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { bootstrapInterval } from "../../src/metrics/bootstrap.ts";
import { bootstrapAuroc } from "../../src/metrics/bootstrap_auroc.ts";
import { bootstrapPixelAuroc } from "../../src/metrics/bootstrap_pixels.ts";
import { bootstrapAupro } from "../../src/metrics/bootstrap_pro.ts";
import { delongTest } from "../../src/metrics/delong.ts";
import { pairedBootstrap } from "../../src/metrics/paired.ts";
import { seededRandom } from "../../src/random.ts";
import type { AnomalyMap, Mask } from "../../src/types.ts";

const labels = Uint8Array.from({ length: 120 }, (_, i) => i % 2);

/** Two methods that find the same images hard, the first with less noise of its own. */
function twoMethods(seed: number, noise: readonly [number, number]): [Float64Array, Float64Array] {
  const random = seededRandom(seed, "paired");
  const hard = Float64Array.from(labels, (label) => random.normal() + 1.2 * label);
  const method = (own: number) => hard.map((value) => value + own * random.normal());
  return [method(noise[0]), method(noise[1])];
}

Deno.test("the paired bootstrap agrees with DeLong's paired test on 120 images", () => {
  let compared = 0;
  for (const seed of [1, 2, 3, 4]) {
    const [a, b] = twoMethods(seed, [0.3, 0.8]);
    const delong = delongTest([a, b], labels);
    for (const method of ["bca", "percentile"] as const) {
      const found = pairedBootstrap(bootstrapAuroc(a, labels), bootstrapAuroc(b, labels), {
        method,
      });
      assertAlmostEquals(found.value, delong.value, 1e-15);
      const width = delong.upper - delong.lower;
      assert(Math.abs(found.lower - delong.lower) < 0.15 * width);
      assert(Math.abs(found.upper - delong.upper) < 0.15 * width);
      assert(Math.abs(found.p - delong.p) < 0.02 + 0.3 * delong.p, `${found.p}, ${delong.p}`);
      compared++;
    }
  }
  assertEquals(compared, 8);
});

Deno.test("pairing makes a difference more certain than two separate intervals", () => {
  const [a, b] = twoMethods(5, [0.3, 0.5]).map((scores) => bootstrapAuroc(scores, labels));
  const found = pairedBootstrap(a, b);
  const [ofA, ofB] = [a, b].map((one) => bootstrapInterval(one));
  const apart = Math.hypot(ofA.upper - ofA.lower, ofB.upper - ofB.lower);
  assert(found.upper - found.lower < 0.7 * apart);
});

Deno.test("p is the level at which the interval's end reaches zero", () => {
  let compared = 0;
  for (const seed of [1, 2, 6, 7]) {
    const [a, b] = twoMethods(seed, [0.5, 0.6]).map((scores) => bootstrapAuroc(scores, labels));
    for (const method of ["bca", "percentile"] as const) {
      const { p, value } = pairedBootstrap(a, b, { method });
      assert(p > 0.001 && p < 0.999, String(p));
      const { lower, upper } = pairedBootstrap(a, b, { method, level: 1 - p });
      assert(Math.abs(value > 0 ? lower : upper) < 0.004, `${lower}…${upper}`);
      compared++;
    }
  }
  assertEquals(compared, 8);
});

Deno.test("exchanging the methods turns the comparison around", () => {
  const [a, b] = twoMethods(8, [0.2, 1]).map((scores) => bootstrapAuroc(scores, labels));
  const found = pairedBootstrap(a, b);
  const turned = pairedBootstrap(b, a);
  assertAlmostEquals(turned.value, -found.value, 1e-15);
  assertAlmostEquals(turned.lower, -found.upper, 1e-4);
  assertAlmostEquals(turned.upper, -found.lower, 1e-4);
  assertAlmostEquals(turned.p, found.p, 1e-6);
});

Deno.test("a method compared with itself is no different, for sure", () => {
  const [scores] = twoMethods(9, [0.3, 0.3]);
  const one = bootstrapAuroc(scores, labels, { resamples: 500 });
  const { value, lower, upper, p } = pairedBootstrap(one, one);
  assertEquals([value, lower, upper, p], [0, 0, 0, 1]);
});

Deno.test("two perfect methods are compared as in DeLong's test", () => {
  const up = Float32Array.from(labels);
  const down = up.map((score) => -score);
  for (const other of [up, down]) {
    const [a, b] = [up, other].map((s) => bootstrapAuroc(s, labels, { resamples: 100 }));
    const { z: _z, standardError: _s, ...expected } = delongTest([up, other], labels);
    assertEquals(expected.method, "joined");
    assertEquals(pairedBootstrap(a, b), expected);
  }
});

Deno.test("a difference that no resample reverses has the smallest p there is, never zero", () => {
  const random = seededRandom(10);
  const good = Float64Array.from(labels, (label) => 3 * label + random.normal());
  const bad = Float64Array.from(labels, () => random.normal());
  const [a, b] = [good, bad].map((s) => bootstrapAuroc(s, labels, { resamples: 998 }));
  assert(a.resampled.every((value, i) => value > b.resampled[i]));
  assertAlmostEquals(pairedBootstrap(a, b, { method: "percentile" }).p, 2 / 1000, 1e-15);
  assert(pairedBootstrap(a, b).p >= 2 / 1000);
});

Deno.test("pixel AUROC and AUPRO are compared on the same resamples too", () => {
  const random = seededRandom(11);
  const masks: Mask[] = Array.from({ length: 15 }, (_, image) => ({
    width: 8,
    height: 8,
    data: Uint8Array.from({ length: 64 }, (_, i) => image % 3 > 0 && i > 20 && i < 31 ? 1 : 0),
  }));
  const mapsOf = (strength: number) =>
    masks.map(({ data }): AnomalyMap => (
      { data: Float32Array.from(data, (l) => random.normal() + strength * l), shape: [8, 8] }
    ));
  const [good, bad] = [mapsOf(2), mapsOf(0.5)];
  for (const measure of [bootstrapPixelAuroc, bootstrapAupro]) {
    const options = { resamples: 1000 };
    const [a, b] = [measure(good, masks, options), measure(bad, masks, options)];
    const { value, lower, upper, p } = pairedBootstrap(a, b);
    assert(0 < lower && lower < value && value < upper);
    assert(p < 0.05);
  }
});

Deno.test("bootstraps of other measures, images or resamples are not compared", () => {
  const scores = Float64Array.from(labels, (label, i) => label + i / 50);
  const one = bootstrapAuroc(scores, labels, { resamples: 20 });
  const refused = (other: typeof one, found: string) =>
    assertThrows(
      () => pairedBootstrap(one, other),
      RangeError,
      "Cannot compare two bootstraps as they must measure the same on the same resamples: " +
        `image AUROC, 20 resamples of 60 + 60 images with seed 0; ${found}`,
    );
  refused(
    bootstrapAuroc(scores, labels, { resamples: 21 }),
    "image AUROC, 21 resamples of 60 + 60 images with seed 0",
  );
  refused(
    bootstrapAuroc(scores, labels, { resamples: 20, seed: 1 }),
    "image AUROC, 20 resamples of 60 + 60 images with seed 1",
  );
  refused(
    { ...one, measure: "AUPRO" },
    "AUPRO, 20 resamples of 60 + 60 images with seed 0",
  );
  refused(
    bootstrapAuroc(scores, labels.map((label) => 1 - label), { resamples: 20 }),
    "image AUROC, 20 resamples of 60 + 60 images with seed 0",
  );
  assertThrows(() => pairedBootstrap(one, one, { level: 0 }), RangeError, "confidence level");
});
