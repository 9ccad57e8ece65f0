import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  assess,
  aupro,
  auroc,
  compareMeasured,
  dn2,
  generate,
  loadBackbone,
  measurePredictions,
  padim,
  predictSamples,
} from "../../mod.ts";

const backbone = await loadBackbone("efficientnet_lite0");
const geometry = { resize: 72, crop: 64 };
const weave = await generate("weave", { size: 96, train: 8, testGood: 4, testPerDefect: 2 });
const train = await Promise.all(weave.train.map((sample) => sample.image()));
const byPosition = await padim(backbone, { geometry, dimensions: 8 }).fit(train);
const byPhoto = await dn2(backbone, { geometry }).fit(train);

Deno.test("predictions are what predict says, in the order of the samples", async () => {
  const done: number[] = [];
  const found = await predictSamples(byPosition, weave.test, {
    progress: (progress) => done.push(progress.done),
  });
  assertEquals(found.method, "padim");
  assertEquals(found.scores.length, weave.test.length);
  assertEquals(done, weave.test.map((_, i) => i + 1));
  assertEquals(found.labels, weave.test.map(({ label }) => label === "anomalous" ? 1 : 0));
  for (const i of [0, 5, weave.test.length - 1]) {
    const { score, map } = await byPosition.predict(await weave.test[i].image());
    assertEquals([found.scores[i], found.maps?.[i]], [score, map]);
    assertEquals([found.images[i].width, found.masks?.[i].height], [64, 64]);
  }
});

Deno.test("measured, predictions give what assess reports, with intervals around it", async () => {
  const run = await assess(padim(backbone, { geometry, dimensions: 8 }), weave);
  const found = await predictSamples(byPosition, weave.test);
  const { imageAuroc, aupro: area } = measurePredictions(found, { resamples: 200 });
  assertEquals(imageAuroc.value, run.imageAuroc);
  assertEquals(imageAuroc.value, auroc(found.scores, found.labels));
  assertAlmostEquals(area?.value ?? NaN, aupro(found.maps ?? [], found.masks ?? []), 1e-12);
  assertAlmostEquals(area?.value ?? NaN, run.aupro ?? NaN, 1e-12);
  assert(area !== undefined && area.lower <= area.value && area.value <= area.upper);
});

Deno.test("a method without maps has no AUPRO, and is compared by image AUROC alone", async () => {
  const found = await predictSamples(byPhoto, weave.test);
  assertEquals(found.maps, undefined);
  const photo = measurePredictions(found);
  const position = measurePredictions(await predictSamples(byPosition, weave.test), {
    resamples: 200,
  });
  assertEquals(photo.aupro, undefined);
  const difference = compareMeasured(position, photo);
  assertEquals(difference.methods, ["padim", "dn2"]);
  assertEquals(difference.aupro, undefined);
  assertAlmostEquals(
    difference.imageAuroc.value,
    position.imageAuroc.value - photo.imageAuroc.value,
    1e-12,
  );
});

Deno.test("a method compared with itself differs by nothing", async () => {
  const measured = measurePredictions(await predictSamples(byPosition, weave.test), {
    resamples: 200,
  });
  const { imageAuroc, aupro: area } = compareMeasured(measured, measured);
  assertEquals([imageAuroc.value, imageAuroc.p], [0, 1]);
  assertEquals([area?.value, area?.p], [0, 1]);
});

Deno.test("one class, and other photos, are refused", async () => {
  const found = await predictSamples(byPhoto, weave.test);
  const good = { ...found, labels: found.labels.map(() => 0) };
  assertThrows(() => measurePredictions(good), RangeError);
  const measured = measurePredictions(found);
  const fewer = measurePredictions({
    ...found,
    labels: found.labels.slice(1),
    scores: found.scores.slice(1),
  });
  assertThrows(() => compareMeasured(measured, fewer), RangeError);
});
