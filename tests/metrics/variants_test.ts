import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { connectedComponents } from "../../src/metrics/components.ts";
import { aupro } from "../../src/metrics/pro.ts";
import { auroc } from "../../src/metrics/roc.ts";
import {
  auproAtThresholds,
  auproEvenSteps,
  auproFourConnected,
  auproMeanImageRate,
  auproPerImage,
  aurocAtThresholds,
  aurocTieBounds,
  bestF1,
  clamped,
  clampedAround,
  evenThresholds,
  f1AcrossHalves,
  fourConnectedComponents,
  inLevels,
  type MaskedMaps,
  maskFromGrey,
  meanImagePixelAuroc,
  normalQuantileThresholds,
  onGrid,
  pixelAurocAtThresholds,
  pixelAurocTieBounds,
  scaledTogether,
} from "../../src/metrics/variants.ts";
import { rows } from "./variant_images.ts";

Deno.test("evenly spaced thresholds lie on the ends that are named", () => {
  const lists = [[3, 1], [5]];
  const at = (ends: "lowest" | "highest" | "both") => [
    ...evenThresholds(lists, { count: 4, ends }),
  ];
  assertEquals(at("lowest"), [1, 2, 3, 4]);
  assertEquals(at("highest"), [2, 3, 4, 5]);
  assertEquals([...evenThresholds(lists, { count: 3, ends: "both" })], [1, 3, 5]);
  const thirds = evenThresholds([[0, 0.1]], { count: 4, ends: "both" });
  assertEquals([thirds[0], thirds[3]], [0, 0.1]);
});

Deno.test("bins make ties of what lies between two thresholds", () => {
  const scores = [1, 2, 3, 4];
  const labels = [0, 1, 0, 1];
  assertEquals(auroc(scores, labels), 0.75);
  const at = (...thresholds: number[]) =>
    aurocAtThresholds(scores, labels, {
      thresholds: Float64Array.from(thresholds),
      rule: ">=",
    });
  // {1, 2}, {3, 4}: one pair of four is decided, two tie and one is lost.
  assertEquals(at(3), 0.5);
  // {1}, {2, 3, 4}: two are decided, two tie.
  assertEquals(at(2), 0.75);
  assertEquals(at(100), 0.5);
});

Deno.test("without its ends a curve loses what lies left of its first point", () => {
  const labels = [0, 1, 0, 1];
  const options = { thresholds: Float64Array.of(0, 1), rule: ">=" } as const;
  // All that scores 1 ties with itself: from (½, 1) to (1, 1) there is ½.
  assertEquals(aurocAtThresholds([0, 1, 1, 1], labels, options), 0.75);
  assertEquals(aurocAtThresholds([0, 1, 1, 1], labels, { ...options, ends: false }), 0.5);
});

Deno.test("a tie is lost, won or halved", () => {
  const scores = [1, 2, 2, 2, 3];
  const labels = [0, 0, 0, 1, 1];
  // Of six pairs two tie.
  assertEquals(aurocTieBounds(scores, labels), { lowest: 4 / 6, highest: 1 });
  assertEquals(auroc(scores, labels), 5 / 6);
});

Deno.test("a rare outlier takes the evenly spaced thresholds away from the rest", () => {
  const normal = Array.from({ length: 40 }, (_, i) => i);
  const defective = [30.5, 31.5, 32.5, 33.5];
  const labels = [...normal.map(() => 0), ...defective.map(() => 1)];
  const plain = rows([[...normal, ...defective], labels]);
  const spoilt = rows([[...normal, ...defective, 1000], [...labels, 0]]);
  const exact = aupro(plain.maps, plain.masks);
  // Most of the curve below 0.3 is seen without it, and one line with it.
  const off = ({ maps, masks }: MaskedMaps) =>
    Math.abs(auproEvenSteps(maps, masks, { count: 40 }) - exact);
  assert(off(plain) < 0.1, `${off(plain)}`);
  assertThrows(() => off(spoilt), RangeError, "below 0.3: 38 of 40 are below, all at 0");
  assert(Math.abs(aupro(spoilt.maps, spoilt.masks) - exact) < 0.1);
});

Deno.test("stretching puts what is left of a curve in the place of what was dropped", () => {
  // Points (0, ½), (¼, 1), (½, 1), (¾, 1).
  const { maps, masks } = rows([[8, 5, 6, 4, 3, 0], [1, 1, 0, 0, 0, 0]]);
  const options = { thresholds: Float64Array.of(2, 3.5, 4.5, 7), rule: ">", limit: 0.6 } as const;
  const at = (ending: "interpolate" | "stretch" | "divide", limit = 0.6) =>
    auproAtThresholds(maps, masks, { ...options, ending, limit });
  const upToHalf = (0.25 * 0.75 + 0.25) / 0.5;
  assertAlmostEquals(at("stretch"), upToHalf, 1e-15);
  assertAlmostEquals(at("divide"), upToHalf, 1e-15);
  assertAlmostEquals(at("interpolate"), (0.25 * 0.75 + 0.35) / 0.6, 1e-15);
  // A point at the limit is dropped unless it is kept.
  assertAlmostEquals(at("stretch", 0.5), 0.75, 1e-15);
  const kept = auproAtThresholds(maps, masks, {
    ...options,
    ending: "stretch",
    limit: 0.5,
    keepLimit: true,
  });
  assertAlmostEquals(kept, upToHalf, 1e-15);
});

Deno.test("dividing loses what lies left of the first point, stretching does not", () => {
  // The only points below the limit: (¼, 1) and (½, 1).
  const { maps, masks } = rows([[8, 9, 6, 4, 0], [1, 0, 0, 0, 0]]);
  const options = { thresholds: Float64Array.of(5, 7), rule: ">", limit: 0.6 } as const;
  assertEquals(auproAtThresholds(maps, masks, { ...options, ending: "divide" }), 0.5);
  assertEquals(auproAtThresholds(maps, masks, { ...options, ending: "stretch" }), 1);
});

Deno.test("one AUPRO an image leaves out good images and their false alarms", () => {
  const alone = rows([[8, 5, 6, 0, 0, 0], [1, 1, 0, 0, 0, 0]]);
  const both = rows(
    [[8, 5, 6, 0, 0, 0], [1, 1, 0, 0, 0, 0]],
    [[99, 99, 99, 99], [0, 0, 0, 0]],
  );
  assertEquals(auproPerImage(both.maps, both.masks, { count: 4 }), 0.75);
  assertEquals(auproPerImage(alone.maps, alone.masks, { count: 4 }), 0.75);
  assertEquals(aupro(both.maps, both.masks), 0);
});

Deno.test("a mean rate gives an image with few normal pixels as much as one with many", () => {
  // One false alarm: 1 of 10 normal pixels together; ½ of the first image's, ¼ in the mean.
  const { maps, masks } = rows(
    [[5, 9, 1], [1, 0, 0]],
    [[0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0]],
  );
  assertAlmostEquals(aupro(maps, masks), (0.3 - 0.1) / 0.3, 1e-15);
  assertAlmostEquals(auproMeanImageRate(maps, masks), (0.3 - 0.25) / 0.3, 1e-15);
});

Deno.test("where all images have equally many normal pixels a mean rate changes nothing", () => {
  const { maps, masks } = rows(
    [[5, 9, 1, 4], [1, 0, 0, 0]],
    [[6, 2, 7, 3], [0, 1, 0, 0]],
  );
  for (const limit of [0.1, 0.3, 1]) {
    const exact = aupro(maps, masks, { limit });
    assertAlmostEquals(auproMeanImageRate(maps, masks, { limit }), exact, 1e-15);
  }
});

Deno.test("corners do not join 4-connected regions; sides do, and rows do not wrap", () => {
  const data = Uint8Array.from([
    [1, 1, 0, 0, 1],
    [0, 0, 1, 0, 1],
    [1, 0, 1, 1, 0],
  ].flat());
  const mask = { width: 5, height: 3, data };
  const { labels, sizes } = fourConnectedComponents(mask);
  assertEquals([...labels], [1, 1, 0, 0, 2, 0, 0, 3, 0, 2, 4, 0, 3, 3, 0]);
  assertEquals([...sizes], [2, 2, 3, 1]);
  assertEquals([...connectedComponents(mask).sizes], [7, 1]);
  const ring = { width: 3, height: 3, data: Uint8Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1) };
  assertEquals([...fourConnectedComponents(ring).sizes], [8]);
  const empty = { width: 2, height: 1, data: new Uint8Array(2) };
  assertEquals(fourConnectedComponents(empty).sizes.length, 0);
});

Deno.test("what has no value is refused", () => {
  const { maps, masks } = rows([[1, 2, 3], [0, 0, 1]]);
  const flat = rows([[1, 1, 1], [0, 0, 1]]);
  const empty = rows([[1, 2, 3], [0, 0, 0]]);
  const every = (...thresholds: number[]) => (
    { thresholds: Float64Array.from(thresholds), rule: ">=" } as const
  );
  const cases: readonly (readonly [() => unknown, string])[] = [
    [() => evenThresholds([[1, 2]], { count: 1, ends: "both" }), "at least 2"],
    [() => evenThresholds([[2, 2]], { count: 3, ends: "both" }), "they span 2…2"],
    [() => evenThresholds([[2, NaN, 3]], { count: 3, ends: "both" }), "finite"],
    [() => evenThresholds([[2, Infinity]], { count: 3, ends: "both" }), "finite"],
    [() => evenThresholds([], { count: 3, ends: "both" }), "finite"],
    [() => normalQuantileThresholds(maps, masks, { count: 1 }), "at least 2"],
    [() => aurocAtThresholds([1, 2], [0, 1], every()), "there must be thresholds"],
    [() => aurocAtThresholds([1, 2], [0, 1], every(2, 1)), "ascending order: threshold 1"],
    [() => aurocAtThresholds([1, 2], [0, 1], every(NaN)), "ascending order: threshold 0"],
    [() => aurocAtThresholds([1, 2], [1, 1], every(1)), "0 normal, 2 anomalous"],
    [() => pixelAurocAtThresholds(maps, [], every(1)), "equally many"],
    [() => auproAtThresholds(maps, masks, { ...every(1), limit: 0 }), "(0, 1]"],
    [
      () => auproAtThresholds(maps, masks, { ...every(3), ending: "stretch" }),
      "1 of 1 are below, all at 0",
    ],
    [() => auproEvenSteps(flat.maps, flat.masks), "they span 1…1"],
    [() => auproEvenSteps(empty.maps, empty.masks), "must hold a region"],
    [() => auproPerImage(empty.maps, empty.masks), "must hold a region"],
    [() => auproFourConnected(maps, masks, { limit: 2 }), "(0, 1]"],
    [() => auproMeanImageRate(maps, masks, { limit: NaN }), "(0, 1]"],
    [() => meanImagePixelAuroc(empty.maps, empty.masks), "none of 1 has"],
    [() => pixelAurocTieBounds(empty.maps, empty.masks), "both normal and anomalous"],
    [() => scaledTogether(flat.maps), "they span 1…1"],
    [() => clamped(maps, { least: 2, most: 2 }), "2…2"],
    [() => clampedAround(maps, { threshold: NaN, least: 0, most: 1 }), "finite"],
    [() => inLevels(maps, { levels: 1 }), "at least 2 levels"],
    [() => maskFromGrey({ width: 2, height: 2, data: new Uint8Array(3) }, "any"), "3 values"],
    [() => onGrid({ maps, masks }, { side: 2 }), "2 for 3×1"],
    [() => onGrid({ maps, masks: [] }, { side: 1 }), "its mask none"],
    [() => bestF1([1, 2], [0, 0]), "both normal and anomalous"],
    [() => f1AcrossHalves([1, 2, 3], [0, 0, 1]), "2 normal, 1 anomalous"],
    [() => fourConnectedComponents({ width: 1, height: 1, data: Uint8Array.of(2) }), "0 and 1"],
  ];
  assertEquals(cases.length, 30);
  for (const [attempt, message] of cases) assertThrows(attempt, RangeError, message);
});
