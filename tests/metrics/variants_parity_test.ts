import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { seededRandom } from "../../src/random.ts";
import { aupro } from "../../src/metrics/pro.ts";
import { auroc, pixelAuroc } from "../../src/metrics/roc.ts";
import { confusion } from "../../src/metrics/threshold.ts";
import {
  auproAtThresholds,
  auproEvenSteps,
  auproFourConnected,
  auproMeanImageRate,
  auproNormalQuantiles,
  auproPerImage,
  aurocAtThresholds,
  bestF1,
  bestPixelF1,
  clamped,
  clampedAround,
  evenThresholds,
  inLevels,
  type MaskedMaps,
  meanImagePixelAuroc,
  normalQuantileThresholds,
  pixelAurocAtThresholds,
  pixelAurocTieBounds,
  scaledApart,
  scaledTogether,
  throughSigmoid,
} from "../../src/metrics/variants.ts";
import { indexThresholds, passedBy } from "../../src/metrics/variants/thresholds.ts";
import type { AnomalyMap, Mask } from "../../src/types.ts";
import fixture from "../fixtures/metrics_variants/variants.json" with { type: "json" };
import { drawScores } from "./drawn_scores.ts";
import { drawn } from "./variant_images.ts";

/** Images of the fixture. */
function measured(images: typeof fixture.cases[number]["images"]): MaskedMaps {
  return {
    maps: images.map(({ scores, height, width }): AnomalyMap => (
      { data: Float32Array.from(scores), shape: [height, width] }
    )),
    masks: images.map(({ mask, height, width }): Mask => (
      { data: Uint8Array.from(mask, Number), width, height }
    )),
  };
}

const distinct = (maps: readonly AnomalyMap[]): Float64Array =>
  Float64Array.from(new Set(maps.flatMap(({ data }) => [...data]))).sort();

Deno.test("the variants agree with their definitions looped in numpy", () => {
  assertEquals(fixture.cases.length, 4);
  const differences: number[] = [];
  for (const { images, around, expected } of fixture.cases) {
    const { maps, masks } = measured(images);
    const spread = (count: number) =>
      evenThresholds(maps.map(({ data }) => data), { count, ends: "both" });
    const binned = (count: number, ends: boolean) =>
      pixelAurocAtThresholds(maps, masks, { thresholds: spread(count), rule: ">=", ends });
    const [threshold, least, most] = around;
    const bounds = pixelAurocTieBounds(maps, masks);
    const best = bestPixelF1(maps, masks);
    const found: Readonly<Record<string, number>> = {
      "aupro": aupro(maps, masks),
      "auproEvenSteps 40 from lowest": auproEvenSteps(maps, masks, { count: 40 }),
      "auproEvenSteps 60 from highest": auproEvenSteps(maps, masks, { count: 60, from: "highest" }),
      "auproPerImage 40": auproPerImage(maps, masks, { count: 40 }),
      "auproNormalQuantiles 100": auproNormalQuantiles(maps, masks),
      "auproMeanImageRate": auproMeanImageRate(maps, masks),
      "auproFourConnected": auproFourConnected(maps, masks),
      "pixelAuroc 200 with ends": binned(200, true),
      "pixelAuroc 200 without ends": binned(200, false),
      "pixelAuroc 20 with ends": binned(20, true),
      "pixelAuroc lowest": bounds.lowest,
      "pixelAuroc highest": bounds.highest,
      "pixelAuroc mean of images": meanImagePixelAuroc(maps, masks),
      "pixelAuroc through sigmoid": pixelAuroc(throughSigmoid(maps), masks),
      "pixelAuroc clamped around": pixelAuroc(
        clampedAround(maps, { threshold, least, most }),
        masks,
      ),
      "best pixel F1": best.f1,
      "best pixel F1 threshold": best.threshold,
    };
    for (const [name, value] of Object.entries(expected)) {
      const difference = Math.abs(found[name] - value);
      assert(difference < 1e-12, `${name}: ${found[name]}, not ${value}`);
      differences.push(difference);
    }
  }
  assertEquals(differences.length, 4 * 17);
  console.log(`largest difference to numpy's loops: ${Math.max(...differences)}`);
});

Deno.test("AUROC at thresholds and through a sigmoid is that of torchmetrics and torcheval", () => {
  assertEquals(fixture.cases.length, 4);
  const differences: number[] = [];
  for (const { images, packages } of fixture.cases) {
    const { maps, masks } = measured(images);
    const squashed = throughSigmoid(maps);
    const at = (of: readonly AnomalyMap[], count: number, ends: boolean): number => {
      const thresholds = evenThresholds([[0, 1]], { count, ends: "both" });
      return pixelAurocAtThresholds(of, masks, { thresholds, rule: ">=", ends });
    };
    const found: Readonly<Record<string, number>> = {
      "torchmetrics, raw": pixelAuroc(squashed, masks),
      "torchmetrics, raw, 200": at(squashed, 200, false),
      "torchmetrics, scaled, 20": at(scaledTogether(maps), 20, false),
      "torcheval, scaled, 200": at(scaledTogether(maps), 200, true),
    };
    for (const [name, value] of Object.entries(packages)) {
      const difference = Math.abs(found[name] - value);
      assert(difference < 1e-6, `${name}: ${found[name]}, not ${value}`);
      differences.push(difference);
    }
  }
  assertEquals(differences.length, 4 * 4);
  console.log(`largest difference to torchmetrics and torcheval: ${Math.max(...differences)}`);
});

Deno.test("a score passes as many thresholds as a plain count says, however these are spread", () => {
  const random = seededRandom(8, "variants");
  const spreads: readonly (() => number[])[] = [
    () => [random.normal()],
    () => Array(5).fill(1),
    () => Array.from({ length: 40 }, () => random.normal()),
    () => Array.from({ length: 40 }, () => random.integer(6)),
    () => [-Infinity, ...Array.from({ length: 9 }, () => random.normal()), Infinity],
    () => Array.from({ length: 30 }, () => random.normal() * 10 ** random.between(-300, 300)),
    () => [0, 5e-324, 1e-323, 1],
    () => [-1.7e308, 0, 1.7e308],
  ];
  let checked = 0;
  for (const spread of spreads) {
    const thresholds = Float64Array.from(spread()).sort();
    const others = Array.from({ length: 50 }, () => 3 * random.normal());
    for (const rule of [">=", ">"] as const) {
      const indexed = indexThresholds({ thresholds, rule });
      for (const score of [...thresholds, ...others, -Infinity, Infinity, -0]) {
        const plain = thresholds.filter((t) => rule === ">" ? score > t : score >= t).length;
        assertEquals(passedBy(score, indexed), plain, `${score} of ${thresholds}`);
        checked++;
      }
    }
  }
  assert(checked > 1000, `${checked} scores`);
});

Deno.test("with a threshold at every distinct score AUROC and AUPRO are exact, on 60 draws", () => {
  const random = seededRandom(3, "variants");
  let worst = 0;
  for (let round = 0; round < 60; round++) {
    const { maps, masks } = drawn(random, round);
    const every = { thresholds: distinct(maps), rule: ">=" } as const;
    const pixels = Math.abs(pixelAurocAtThresholds(maps, masks, every) - pixelAuroc(maps, masks));
    const limit = random.pick([0.05, 0.3, 1]);
    const exact = aupro(maps, masks, { limit });
    const regions = Math.abs(auproAtThresholds(maps, masks, { ...every, limit }) - exact);
    const { scores, labels } = drawScores(random, "levels", 40);
    const thresholds = Float64Array.from(new Set(scores)).sort();
    const images = Math.abs(
      aurocAtThresholds(scores, labels, { thresholds, rule: ">=" }) - auroc(scores, labels),
    );
    worst = Math.max(worst, pixels, regions, images);
  }
  console.log(`largest difference to the exact values: ${worst}`);
  assert(worst < 1e-13);
});

Deno.test("a threshold at every normal pixel brings AUPRO to within the width of one of them", () => {
  const random = seededRandom(4, "variants");
  let worst = 0;
  for (let round = 0; round < 20; round++) {
    const { maps, masks } = drawn(random, 2 * round);
    const normal = masks.reduce((sum, { data }) => sum + data.filter((l) => l === 0).length, 0);
    const thresholds = normalQuantileThresholds(maps, masks, { count: normal });
    assertEquals(new Set(thresholds).size, normal);
    const coarse = auproNormalQuantiles(maps, masks, { count: normal });
    // Just above a normal pixel the overlap is what it is at it: steps, whose corners lines cut by
    // at most one normal pixel's width.
    worst = Math.max(worst, Math.abs(coarse - aupro(maps, masks)) * normal * 0.3);
  }
  assert(worst <= 1, `${worst} pixels' width`);
});

Deno.test("the exact value lies in the middle of the tie bounds, which meet without ties", () => {
  const random = seededRandom(5, "variants");
  let tied = 0;
  for (let round = 0; round < 40; round++) {
    const { maps, masks } = drawn(random, round);
    const { lowest, highest } = pixelAurocTieBounds(maps, masks);
    assertAlmostEquals((lowest + highest) / 2, pixelAuroc(maps, masks), 1e-14);
    if (round % 2 === 0) assertEquals(lowest, highest);
    else if (lowest < highest) tied++;
  }
  assertEquals(tied, 20);
});

Deno.test("no threshold has an F1 above the best, and the best threshold has it", () => {
  const random = seededRandom(6, "variants");
  for (let round = 0; round < 30; round++) {
    const { scores, labels } = drawScores(random, round % 2 ? "levels" : "continuous", 50);
    const f1At = (threshold: number): number => {
      const { truePositives, falsePositives, falseNegatives } = confusion(
        scores,
        labels,
        threshold,
      );
      return 2 * truePositives / (2 * truePositives + falsePositives + falseNegatives);
    };
    const { f1, threshold } = bestF1(scores, labels);
    const all = Array.from(new Set(scores), f1At);
    assert(all.length > 1);
    assertAlmostEquals(Math.max(...all), f1, 1e-15);
    assertAlmostEquals(f1At(threshold), f1, 1e-15);
  }
});

Deno.test("maps and masks are left as they were", () => {
  const { maps, masks } = drawn(seededRandom(7, "variants"), 0);
  const before = structuredClone({ maps, masks });
  for (const change of [scaledTogether, scaledApart, throughSigmoid, inLevels]) change(maps);
  clamped(maps, { least: 0, most: 1 });
  clampedAround(maps, { threshold: 0, least: 0, most: 1 });
  auproEvenSteps(maps, masks);
  auproNormalQuantiles(maps, masks);
  auproFourConnected(maps, masks);
  assertEquals({ maps, masks }, before);
});
