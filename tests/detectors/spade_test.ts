import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { type Backbone, loadBackbone, loadDetector } from "../../mod.ts";
import { dn2 } from "../../src/detectors/dn2.ts";
import { spade, type SpadeOptions } from "../../src/detectors/spade.ts";
import type { Image } from "../../src/types.ts";
import fixture from "../fixtures/spade/methods.json" with { type: "json" };
import { formulaPhoto, type Localised, localised } from "./formula_photo.ts";

const SIDE = fixture.side;
const geometry = { resize: SIDE, crop: SIDE };
const backbone = await loadBackbone("efficientnet_lite0");
const { neighbours } = fixture;

/** The formula of tests/fixtures/spade/make.py. */
const photo = (k: number, defect = false): Image => formulaPhoto(SIDE, k, defect);
const train = Array.from({ length: fixture.train }, (_, k) => photo(k));

async function predictAll(
  options: SpadeOptions,
  images: readonly Image[],
): Promise<Localised[]> {
  await using fitted = await spade(backbone, { geometry, neighbours, ...options }).fit(train);
  const found: Localised[] = [];
  for (const image of images) found.push(localised(await fitted.predict(image)));
  return found;
}

Deno.test("scores and maps equal torch, numpy and scipy", async () => {
  const images = fixture.cases.map((c) => photo(c.photo, c.defect));
  assertEquals(images.length, 2);
  const variants = [
    ["score", "map", {}],
    ["score", "mapThree", { pixelNeighbours: 3 }],
    ["scoreSquared", "mapSquared", { distance: "squared" }],
    ["score", "mapAverage", { aggregation: "average" }],
  ] as const;
  for (const [score, map, options] of variants) {
    const found = await predictAll(options, images);
    found.forEach((prediction, i) => {
      const one = Math.abs(prediction.score / fixture.cases[i][score] - 1);
      const expected = fixture.cases[i][map];
      assertEquals(prediction.map.shape, [SIDE, SIDE]);
      const sampled: number[] = [];
      for (let y = 0; y < SIDE; y += 5) {
        for (let x = 0; x < SIDE; x += 7) sampled.push(prediction.map.data[y * SIDE + x]);
      }
      assertEquals(sampled.length, expected.length);
      const most = expected.reduce((a, v, k) => Math.max(a, Math.abs(v - sampled[k]) / v), 0);
      console.log(
        `${score} and ${map} of photo ${i}: largest relative differences ` +
          `${one.toExponential(1)} and ${most.toExponential(1)}`,
      );
      assert(one < 5e-6);
      assert(most < 5e-6);
    });
  }
});

Deno.test("the photo's score is DN2's with as many neighbours", async () => {
  await using fitted = await dn2(backbone, { geometry, neighbours }).fit(train);
  const [{ score }] = await predictAll({}, [photo(7, true)]);
  const { score: expected } = await fitted.predict(photo(7, true));
  assert(Math.abs(score / expected - 1) < 1e-6, `${score} and ${expected}`);
});

Deno.test("a photo of the training set has a map of zeros", async () => {
  for (const aggregation of ["concatenate", "average"] as const) {
    const [{ map }] = await predictAll({ aggregation }, [train[3]]);
    const most = Math.max(...map.data);
    console.log(`${aggregation}: largest value of a training photo's map ${most}`);
    assertEquals(map.data.length, SIDE * SIDE);
    assert(most < 1e-4, String(most));
  }
});

Deno.test("the map is highest at the defect", async () => {
  const [{ map }] = await predictAll({ sigma: 1 }, [photo(6, true)]);
  const at = map.data.indexOf(Math.max(...map.data));
  const [y, x] = [Math.floor(at / SIDE), at % SIDE];
  assert(y >= 16 && y < 40 && x >= 24 && x < 48, `${y}, ${x}`);
});

Deno.test("with as many neighbours as photos every photo is searched, in any order", async () => {
  const [whole] = await predictAll({ neighbours: 5 }, [photo(9, true)]);
  await using fitted = await spade(backbone, { geometry, neighbours: 5 })
    .fit(train.toReversed());
  const other = localised(await fitted.predict(photo(9, true)));
  const most = whole.map.data.reduce(
    (most, v, i) => Math.max(most, Math.abs(v / other.map.data[i] - 1)),
    0,
  );
  assert(most < 1e-5, String(most));
  const [few] = await predictAll({ neighbours: 1 }, [photo(9, true)]);
  assertEquals(few.map.data.length, whole.map.data.length);
  assert(few.map.data.every((v, i) => v >= whole.map.data[i] * (1 - 1e-5)));
});

Deno.test("one photo, and constant photos, give finite maps", async () => {
  const grey: Image = { ...train[0], data: train[0].data.map(() => 90) };
  await using fitted = await spade(backbone, { geometry, neighbours: 1 }).fit([grey]);
  const same = localised(await fitted.predict(grey));
  const other = localised(await fitted.predict(train[0]));
  assertEquals(same.map.data.length, SIDE * SIDE);
  assert(same.map.data.every((v) => v >= 0 && v < 1e-4));
  assert(other.map.data.every((v) => v > 0 && v < Infinity));
});

Deno.test("every option changes what is computed", async () => {
  const images = [photo(9, true)];
  const [plain] = await predictAll({}, images);
  const variants: SpadeOptions[] = [
    { neighbours: 1 },
    { pixelNeighbours: 2 },
    { aggregation: "average" },
    { distance: "squared" },
    { levels: ["stage3"] },
    { sigma: 1 },
    { geometry: { resize: 72, crop: 64 } },
    { geometry: { resize: 80, crop: 64, filter: "bicubic" } },
  ];
  assertEquals(variants.length, 8);
  for (const variant of variants) {
    const [found] = await predictAll(variant, images);
    assertNotEquals(found.map.data, plain.map.data, JSON.stringify(variant));
  }
  const [deep] = await predictAll({ imageLevel: "stage5" }, images);
  assertNotEquals(deep.score, plain.score);
});

Deno.test("saved and loaded it predicts the same, for photos of any size", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using fitted = await spade(backbone, { geometry, neighbours }).fit(train);
    await fitted.save(join(folder, "spade.onnx"));
    await using loaded = await loadDetector(join(folder, "spade.onnx"));
    const wide: Image = { width: 64, height: 40, data: train[0].data.slice(0, 64 * 40 * 3) };
    for (const image of [photo(9), wide]) {
      const [a, b] = [await fitted.predict(image), await loaded.predict(image)].map(localised);
      assertEquals(a.map.shape, [SIDE, SIDE]);
      const most = a.map.data.reduce(
        (most, v, i) => Math.max(most, Math.abs(b.map.data[i] / v - 1)),
        Math.abs(b.score / a.score - 1),
      );
      assert(most < 1e-5, String(most));
    }
    assertEquals([loaded.name, loaded.options], ["spade", fitted.options]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("it says what it is made of", async () => {
  assertEquals(spade(backbone).options, {
    neighbours: 50,
    pixelNeighbours: 1,
    aggregation: "concatenate",
    distance: "euclidean",
    imageLevel: "stage7",
    levels: ["stage2", "stage3", "stage5"],
    sigma: 4,
    geometry: { resize: 256, crop: 224, filter: "bilinear", aspect: "keep" },
  });
  await using fitted = await spade(backbone, { geometry, neighbours }).fit(train);
  assertEquals([fitted.name, fitted.options.dimensions, fitted.trainImages], ["spade", 176, 5]);
});

Deno.test("progress is told, and a fit can be stopped", async () => {
  const told: string[] = [];
  const detector = spade(backbone, { geometry, neighbours });
  await using _ = await detector.fit(train, {
    count: 5,
    progress: ({ stage, done, total }) => told.push(`${stage} ${done}/${total}`),
  });
  assertEquals(told.slice(0, 5), [1, 2, 3, 4, 5].map((n) => `features ${n}/5`));
  await assertRejects(
    () => detector.fit(train, { signal: AbortSignal.abort() }),
    DOMException,
  );
});

Deno.test("bad options, and too few photos for them, are refused by name", async () => {
  const cases: [SpadeOptions, string][] = [
    [{ neighbours: 0 }, "neighbours"],
    [{ pixelNeighbours: 0 }, "pixelNeighbours"],
    [{ sigma: -1 }, "sigma"],
    [{ sigma: NaN }, "sigma"],
    [{ levels: [] }, "at least one level"],
    [{ levels: ["layer2"] }, "stage1"],
    [{ imageLevel: "layer4" }, "stage1"],
    [{ geometry: { resize: 100, crop: 200 } }, "resize 100"],
  ];
  assertEquals(cases.length, 8);
  for (const [options, message] of cases) {
    assertThrows(() => spade(backbone, options), RangeError, message);
  }
  // @ts-expect-error no such choice
  assertThrows(() => spade(backbone, { aggregation: "mean" }), RangeError, "concatenate, average");
  // @ts-expect-error no such choice
  assertThrows(() => spade(backbone, { distance: "cosine" }), RangeError, "euclidean, squared");
  // @ts-expect-error nothing is drawn at random, so that a seed would be ignored
  assertThrows(() => spade(backbone, { seed: 1 }), TypeError, '"seed"');
  const fit = (options: SpadeOptions, images: readonly Image[]) =>
    spade(backbone, { geometry, ...options }).fit(images);
  await assertRejects(() => fit({}, []), RangeError, "at least 1 good photos are needed: 0");
  await assertRejects(() => fit({}, train), RangeError, "neighbours = 50 need as many good photos");
  await assertRejects(
    () => fit({ neighbours: 1, pixelNeighbours: 257 }, train),
    RangeError,
    "256 in each of 1 photos",
  );
  await assertRejects(
    () => fit({ neighbours: 1, pixelNeighbours: 17, aggregation: "average" }, train),
    RangeError,
    "16 in each of 1 photos",
  );
});

Deno.test("features that are not finite are refused", async () => {
  const broken: Backbone = {
    ...backbone,
    build: (g, input, names) =>
      backbone.build(g, input, names).map((map) => g.divide(map, g.scalar(0))),
  };
  await assertRejects(
    () => spade(broken, { geometry, neighbours }).fit(train),
    RangeError,
    "finite",
  );
});
