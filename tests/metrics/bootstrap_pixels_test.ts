import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { bootstrapInterval, bootstrapPlain } from "../../src/metrics/bootstrap.ts";
import { bootstrapPixelAuroc } from "../../src/metrics/bootstrap_pixels.ts";
import { bootstrapAupro } from "../../src/metrics/bootstrap_pro.ts";
import { aupro } from "../../src/metrics/pro.ts";
import { pixelAuroc } from "../../src/metrics/roc.ts";
import { seededRandom } from "../../src/random.ts";
import type { AnomalyMap, Mask } from "../../src/types.ts";
import { drawImages, drawSmooth, pick } from "./drawn_maps.ts";

Deno.test("resampled pixel AUROCs equal those measured anew on the drawn images", () => {
  const random = seededRandom(1, "pixels");
  let worst = 0;
  let compared = 0;
  for (const levels of [0, 2, 6]) {
    for (const count of [5, 9, 14]) {
      const { maps, masks } = drawImages(random, count, levels);
      const found = bootstrapPixelAuroc(maps, masks, { resamples: 60, seed: count });
      assertEquals(found.value, pixelAuroc(maps, masks));
      const plain = bootstrapPlain(
        (images) => pixelAuroc(pick(maps, images), pick(masks, images)),
        { strata: found.strata, resamples: 60, seed: count },
      );
      plain.forEach((value, i) => {
        worst = Math.max(worst, Math.abs(value - found.resampled[i]));
        compared++;
      });
    }
  }
  assertEquals(compared, 9 * 60);
  console.log(`largest difference to the plain twin: ${worst}`);
  assert(worst < 1e-15);
});

Deno.test("resampled AUPROs equal exact ones where each point of the curve is a threshold", () => {
  const random = seededRandom(2, "pixels");
  let worst = 0;
  let compared = 0;
  for (const levels of [0, 2, 6]) {
    for (const count of [5, 9, 14]) {
      const { maps, masks } = drawImages(random, count, levels);
      const limit = random.pick([0.05, 0.3, 1]);
      const options = { resamples: 60, seed: count };
      const found = bootstrapAupro(maps, masks, { ...options, limit, step: 1e-9 });
      assertEquals(found.value, aupro(maps, masks, { limit }));
      const plain = bootstrapPlain(
        (images) => aupro(pick(maps, images), pick(masks, images), { limit }),
        { strata: found.strata, ...options },
      );
      plain.forEach((value, i) => {
        worst = Math.max(worst, Math.abs(value - found.resampled[i]));
        compared++;
      });
    }
  }
  assertEquals(compared, 9 * 60);
  console.log(`largest difference to exact AUPRO: ${worst}`);
  assert(worst < 1e-13);
});

Deno.test("at the thresholds taken by default, resampled AUPROs are within 1e-4 of exact ones", () => {
  const random = seededRandom(3, "pixels");
  const { maps, masks } = drawSmooth(random, 24, 64);
  let compared = 0;
  for (const limit of [0.05, 0.3, 1]) {
    const found = bootstrapAupro(maps, masks, { resamples: 40, limit });
    const plain = bootstrapPlain(
      (images) => aupro(pick(maps, images), pick(masks, images), { limit }),
      { strata: found.strata, resamples: 40 },
    );
    const spread = Math.max(...plain) - Math.min(...plain);
    const off = plain.reduce((most, value, i) => {
      compared++;
      return Math.max(most, Math.abs(value - found.resampled[i]));
    }, 0);
    console.log(
      `limit ${limit}: resampled AUPROs within ${off.toExponential(1)} of exact ones, ` +
        `which spread over ${spread.toFixed(3)}`,
    );
    assert(spread > 0.01);
    assert(off < 1e-4);
  }
  assertEquals(compared, 3 * 40);
});

Deno.test("leave-one-out values are those of the other images", () => {
  const { maps, masks } = drawImages(seededRandom(4, "pixels"), 9, 0);
  const pixels = bootstrapPixelAuroc(maps, masks, { resamples: 1 });
  const pro = bootstrapAupro(maps, masks, { resamples: 1, step: 1e-9 });
  assertEquals([pixels.jackknife.length, pro.jackknife.length], [9, 9]);
  for (let left = 0; left < 9; left++) {
    const others = Int32Array.from(maps.keys()).filter((i) => i !== left);
    const [someMaps, someMasks] = [pick(maps, others), pick(masks, others)];
    assertAlmostEquals(pixels.jackknife[left], pixelAuroc(someMaps, someMasks), 1e-14);
    assertAlmostEquals(pro.jackknife[left], aupro(someMaps, someMasks), 1e-13);
  }
});

Deno.test("images, not pixels, are what varies: each image twice as large leaves the interval", () => {
  const { maps, masks } = drawImages(seededRandom(5, "pixels"), 12, 0);
  const twice = <T extends Float32Array | Uint8Array>(data: T) => {
    const doubled = data.constructor === Float32Array
      ? new Float32Array(2 * data.length)
      : new Uint8Array(2 * data.length);
    doubled.set(data);
    doubled.set(data, data.length);
    return doubled;
  };
  const largeMaps = maps.map(({ data, shape: [h, w] }): AnomalyMap => (
    { data: Float32Array.from(twice(data)), shape: [2 * h, w] }
  ));
  const largeMasks = masks.map(({ data, width, height }): Mask => (
    { data: Uint8Array.from(twice(data)), width, height: 2 * height }
  ));
  const small = bootstrapPixelAuroc(maps, masks, { resamples: 500 });
  const large = bootstrapPixelAuroc(largeMaps, largeMasks, { resamples: 500 });
  const off = small.resampled.map((value, i) => Math.abs(value - large.resampled[i]));
  assert(Math.max(...off) < 1e-14);
  const { lower, upper } = bootstrapInterval(small);
  assert(upper - lower > 0.01);
});

Deno.test("without good images, and with images that are all defect, there still is a bootstrap", () => {
  const bad = drawImages(seededRandom(6, "pixels"), 9, 0);
  const defective = bad.masks.flatMap((mask, i) => mask.data.includes(1) ? [i] : []);
  assertEquals(defective.length, 6);
  const some = Int32Array.from(defective);
  for (const measure of [bootstrapPixelAuroc, bootstrapAupro]) {
    const found = measure(pick(bad.maps, some), pick(bad.masks, some), { resamples: 50 });
    assertEquals(found.strata.normal.length, 0);
    assert(found.resampled.every((value) => value > 0 && value <= 1));
    const masks = bad.masks.map((mask, i) =>
      i === 1 ? { ...mask, data: mask.data.map(() => 1) } : mask
    );
    const covered = measure(bad.maps, masks, { resamples: 50 });
    assert(covered.resampled.every((value) => value > 0 && value <= 1));
    const { lower, upper } = bootstrapInterval(covered);
    assert(lower < upper);
  }
});

Deno.test("maps are not changed, and one seed draws the same images for all measures", () => {
  const { maps, masks } = drawImages(seededRandom(7, "pixels"), 8, 6);
  const before = [maps.map(({ data }) => data.slice()), masks.map(({ data }) => data.slice())];
  const pixels = bootstrapPixelAuroc(maps, masks, { resamples: 20, seed: 3 });
  const pro = bootstrapAupro(maps, masks, { resamples: 20, seed: 3 });
  assertEquals([maps.map(({ data }) => data), masks.map(({ data }) => data)], before);
  assertEquals([pixels.strata, pixels.seed], [pro.strata, pro.seed]);
  assertEquals(bootstrapAupro(maps, masks, { resamples: 20, seed: 3 }), pro);
});

Deno.test("maps and masks are refused by name where there is nothing to draw from", () => {
  const row = (scores: readonly number[]): AnomalyMap => (
    { data: Float32Array.from(scores), shape: [1, scores.length] }
  );
  const mask = (labels: readonly number[]): Mask => (
    { width: labels.length, height: 1, data: Uint8Array.from(labels) }
  );
  const refused = (maps: AnomalyMap[], masks: Mask[], message: string) => {
    assertThrows(() => bootstrapPixelAuroc(maps, masks), RangeError, message);
    assertThrows(() => bootstrapAupro(maps, masks), RangeError, message);
  };
  const [one, good, bad, all] = [row([1, 2]), mask([0, 0]), mask([0, 1]), mask([1, 1])];
  refused([], [], "as there must be scores: no pixels");
  refused([one], [], "1 maps, 0 masks");
  refused(
    [one, one, one],
    [bad, good, good],
    "as a class of images needs at least 2 to be drawn from: 2 normal, 1 anomalous",
  );
  refused([one, one, one], [bad, bad, good], "to be drawn from: 1 normal, 2 anomalous");
  refused(
    [one, one],
    [bad, all],
    "as without good images, each one needs normal pixels: mask 1 covers everything",
  );
  refused([row([1, NaN]), one], [bad, bad], "map 0, value 1 is NaN");
  assertThrows(() => bootstrapPixelAuroc([one], [good]), RangeError, "2 normal, 0 anomalous");
  assertThrows(() => bootstrapAupro([one], [good]), RangeError, "a mask must hold a region");
  for (const step of [0, 2, NaN]) {
    assertThrows(
      () => bootstrapAupro([one, one], [bad, bad], { step }),
      RangeError,
      `Cannot bootstrap AUPRO as the step between thresholds must be in (0, 1]: ${step}`,
    );
  }
  assertThrows(
    () => bootstrapAupro([one, one], [bad, bad], { limit: 0 }),
    RangeError,
    "its false-positive limit must be in (0, 1]: 0",
  );
});
