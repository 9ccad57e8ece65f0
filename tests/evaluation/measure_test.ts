import { assert, assertEquals } from "@std/assert";
import {
  aupro,
  aurocInterval,
  averagePrecision,
  bootstrapAupro,
  bootstrapAuroc,
  bootstrapInterval,
  bootstrapPixelAuroc,
  pixelAuroc,
} from "../../mod.ts";
import { localisationCurves, thin } from "../../src/evaluation/curves.ts";
import { measure } from "../../src/evaluation/measure.ts";
import { smallMaps, smallMasks } from "./sample_runs.ts";

const scores = [1, 2, 3, 6, 4, 5, 7, 8];
const labels = [0, 0, 0, 0, 1, 1, 1, 1];
const masks = smallMasks(4, 4);
const maps = smallMaps(scores.map((score, i) => [score, i % 3, 2, 1]));
const options = { resamples: 300, seed: 5 };
const ends = (found: { lower: number; upper: number } | null) =>
  found && [found.lower, found.upper];

Deno.test("each value and interval is the metric's own function's", () => {
  const found = measure({ scores, labels, maps, masks }, options);
  assertEquals(found.imageAuroc, 14 / 16);
  assertEquals(found.imageAp, averagePrecision(scores, labels));
  assertEquals(found.pixelAuroc, pixelAuroc(maps, masks));
  assertEquals(found.aupro, aupro(maps, masks));
  assertEquals(ends(found.intervals.imageAuroc), ends(aurocInterval(scores, labels)));
  const drawn = bootstrapAuroc(scores, labels, options);
  assertEquals(ends(found.intervals.imageAurocBootstrap), ends(bootstrapInterval(drawn)));
  assertEquals(found.evidence.imageAuroc, drawn);
  const pixels = bootstrapPixelAuroc(maps, masks, options);
  assertEquals(ends(found.intervals.pixelAuroc), ends(bootstrapInterval(pixels)));
  const regions = bootstrapAupro(maps, masks, options);
  assertEquals(ends(found.intervals.aupro), ends(bootstrapInterval(regions)));
  assertEquals(Object.keys(found.evidence), ["imageAuroc", "pixelAuroc", "aupro"]);
});

Deno.test("too few photos of a class give a value without an interval", () => {
  const found = measure({
    scores: [1, 2, 3],
    labels: [0, 0, 1],
    maps: maps.slice(2, 5),
    masks: masks.slice(2, 5),
  }, options);
  assertEquals(found.imageAuroc, 1);
  assertEquals(found.intervals, {
    imageAuroc: null,
    imageAurocBootstrap: null,
    pixelAuroc: null,
    aupro: null,
  });
  assert(found.pixelAuroc !== null && found.aupro !== null);
  assertEquals(found.evidence, {});
});

Deno.test("a mask that covers its whole photo costs no interval while other photos are good", () => {
  const covered = masks.map((mask, i) =>
    i === 7 ? { ...mask, data: Uint8Array.of(1, 1, 1, 1) } : mask
  );
  const found = measure({ scores, labels, maps, masks: covered }, options);
  assert(found.pixelAuroc !== null && found.intervals.pixelAuroc !== null);
  assert(found.aupro !== null && found.intervals.aupro !== null);
  // Without good photos a resample may have no normal pixel: a value, but no interval.
  const bad = measure({
    scores: scores.slice(4),
    labels: labels.slice(4),
    maps: maps.slice(4),
    masks: covered.slice(4),
  }, options);
  assert(bad.pixelAuroc !== null);
  assertEquals([bad.intervals.pixelAuroc, bad.intervals.aupro], [null, null]);
});

Deno.test("masks without a normal pixel, or without a defect, measure nothing and refuse nothing", () => {
  for (const value of [0, 1]) {
    const uniform = masks.map((mask) => ({ ...mask, data: new Uint8Array(4).fill(value) }));
    const found = measure({ scores, labels, maps, masks: uniform }, options);
    assertEquals([found.pixelAuroc, found.aupro], [null, null]);
    assertEquals(found.imageAuroc, 14 / 16);
    assertEquals(localisationCurves(maps, uniform), { pixelRoc: undefined, pro: undefined });
  }
});

Deno.test("one photo without a defect among the masks gives no pixel interval", () => {
  const one = measure({
    scores: scores.slice(3),
    labels: labels.slice(3),
    maps: maps.slice(3),
    masks: masks.slice(3),
  }, options);
  assert(one.pixelAuroc !== null);
  assertEquals(one.intervals.pixelAuroc, null);
});

Deno.test("ten thousand resamples of 200 photos' image AUROC are the same as fewer, continued", () => {
  const many = Array.from({ length: 200 }, (_, i) => (i * 7919) % 211 + (i % 2) * 60);
  const kinds = many.map((_, i) => i % 2);
  const found = measure({ scores: many, labels: kinds, maps: undefined, masks: undefined });
  const { resampled } = found.evidence.imageAuroc ?? { resampled: new Float64Array() };
  assertEquals(resampled.length, 10_000);
  const few = bootstrapAuroc(many, kinds, { resamples: 50 });
  assertEquals(resampled.slice(0, 50), few.resampled);
});

Deno.test("a thinned curve keeps both ends and leaves out what the eye cannot see", () => {
  const x = Array.from({ length: 4001 }, (_, i) => i / 4000);
  const { x: kept, y } = thin(x, x.map((v) => v * v));
  assertEquals([kept[0], kept.at(-1), y[0], y.at(-1)], [0, 1, 0, 1]);
  assert(kept.length > 300 && kept.length < 900, String(kept.length));
  for (let i = 1; i < kept.length - 1; i++) {
    const step = Math.max(kept[i] - kept[i - 1], y[i] - y[i - 1]);
    assert(step >= 1 / 400 - 1e-12 && step < 2 / 400, `${step}`);
  }
  const { pixelRoc, pro } = localisationCurves(maps, masks);
  assertEquals([pixelRoc?.x.at(-1), pro?.y[0]], [1, 0]);
});
