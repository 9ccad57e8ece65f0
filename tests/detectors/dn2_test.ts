import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { type Backbone, loadBackbone, loadDetector } from "../../mod.ts";
import { dn2, type Dn2Options } from "../../src/detectors/dn2.ts";
import type { Image } from "../../src/types.ts";
import fixture from "../fixtures/spade/methods.json" with { type: "json" };
import { formulaPhoto } from "./formula_photo.ts";

const SIDE = fixture.side;
const geometry = { resize: SIDE, crop: SIDE };
const backbone = await loadBackbone("efficientnet_lite0");

/** The formula of tests/fixtures/spade/make.py. */
const photo = (k: number, defect = false): Image => formulaPhoto(SIDE, k, defect);
const train = Array.from({ length: fixture.train }, (_, k) => photo(k));

async function scores(options: Dn2Options, images: readonly Image[]): Promise<number[]> {
  await using fitted = await dn2(backbone, { geometry, ...options }).fit(train);
  const found: number[] = [];
  for (const image of images) found.push((await fitted.predict(image)).score);
  return found;
}

Deno.test("scores equal torch and numpy", async () => {
  const images = fixture.cases.map((c) => photo(c.photo, c.defect));
  assertEquals(images.length, 2);
  for (const [name, distance] of [["dn2", "euclidean"], ["dn2Squared", "squared"]] as const) {
    const found = await scores({ distance }, images);
    found.forEach((score, i) => {
      const relative = Math.abs(score / fixture.cases[i][name] - 1);
      console.log(`${name} of photo ${i}: relative difference ${relative.toExponential(1)}`);
      assert(relative < 5e-6, `${name} ${score} instead of ${fixture.cases[i][name]}`);
    });
  }
});

Deno.test("a photo of the training set has score 0 with one neighbour, and there is no map", async () => {
  await using fitted = await dn2(backbone, { geometry, neighbours: 1 }).fit(train);
  const { score, map } = await fitted.predict(train[2]);
  assert(score < 1e-5, String(score));
  assertEquals(map, undefined);
});

Deno.test("one photo is enough for one neighbour", async () => {
  await using fitted = await dn2(backbone, { geometry, neighbours: 1 }).fit([train[0]]);
  assert((await fitted.predict(train[1])).score > 0);
  assertEquals(fitted.trainImages, 1);
});

Deno.test("constant photos have finite scores", async () => {
  const grey = (value: number): Image => ({ ...train[0], data: train[0].data.map(() => value) });
  await using fitted = await dn2(backbone, { geometry }).fit([grey(0), grey(0), grey(255)]);
  assert((await fitted.predict(grey(0))).score < 1e-5);
  const { score } = await fitted.predict(grey(128));
  assert(score > 0 && score < Infinity);
});

Deno.test("every option changes what is computed", async () => {
  const [plain] = await scores({}, [photo(9, true)]);
  const variants: Dn2Options[] = [
    { level: "stage5" },
    { neighbours: 1 },
    { distance: "squared" },
    { geometry: { resize: 72, crop: 64 } },
  ];
  assertEquals(variants.length, 4);
  for (const variant of variants) {
    assertNotEquals(await scores(variant, [photo(9, true)]), [plain], JSON.stringify(variant));
  }
});

Deno.test("saved and loaded it scores the same", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using fitted = await dn2(backbone, { geometry }).fit(train);
    await fitted.save(join(folder, "dn2.onnx"));
    await using loaded = await loadDetector(join(folder, "dn2.onnx"));
    assertEquals(await loaded.predict(photo(9)), await fitted.predict(photo(9)));
    assertEquals([loaded.name, loaded.options], ["dn2", fitted.options]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("it says what it is made of", async () => {
  assertEquals(dn2(backbone).options, {
    level: "stage7",
    neighbours: 2,
    distance: "euclidean",
    geometry: { resize: 256, crop: 224, filter: "bilinear", aspect: "keep" },
  });
  await using fitted = await dn2(backbone, { geometry }).fit(train);
  assertEquals([fitted.name, fitted.options.dimensions, fitted.trainImages], ["dn2", 320, 5]);
});

Deno.test("bad options, and too few photos for them, are refused by name", async () => {
  const cases: [Dn2Options, string][] = [
    [{ neighbours: 0 }, "neighbours"],
    [{ neighbours: 1.5 }, "neighbours"],
    [{ level: "layer4" }, "stage1"],
    [{ geometry: { resize: 100, crop: 200 } }, "resize 100"],
  ];
  assertEquals(cases.length, 4);
  for (const [options, message] of cases) {
    assertThrows(() => dn2(backbone, options), RangeError, message);
  }
  // @ts-expect-error no such choice
  assertThrows(() => dn2(backbone, { distance: "cosine" }), RangeError, "euclidean, squared");
  // @ts-expect-error nothing is drawn at random, so that a seed would be ignored
  assertThrows(() => dn2(backbone, { seed: 1 }), TypeError, '"seed"');
  const fit = (options: Dn2Options, images: readonly Image[]) =>
    dn2(backbone, { geometry, ...options }).fit(images);
  await assertRejects(() => fit({}, []), RangeError, "at least 1 good photos are needed: 0");
  await assertRejects(() => fit({}, train.slice(0, 1)), RangeError, "neighbours = 2 need as many");
  await assertRejects(() => fit({ neighbours: 6 }, train), RangeError, "good photos: 5;");
});

Deno.test("features that are not finite are refused", async () => {
  const broken: Backbone = {
    ...backbone,
    build: (g, input, names) =>
      backbone.build(g, input, names).map((map) => g.divide(map, g.scalar(0))),
  };
  await assertRejects(() => dn2(broken, { geometry }).fit(train), RangeError, "finite");
});
