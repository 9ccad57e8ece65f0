import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { generate, loadBackbone, loadDetector, patchCore } from "../../mod.ts";
import type { Image, PatchCoreOptions } from "../../mod.ts";
import { formulaPhoto, type Localised, localised } from "./formula_photo.ts";

interface Fixture {
  readonly side: number;
  readonly train: number;
  readonly cases: readonly {
    readonly photo: number;
    readonly defect: boolean;
    readonly score: number;
    readonly reweighted: number;
    readonly threeNeighbours: number;
    readonly squared: number;
    readonly map: readonly number[];
  }[];
}
const fixture: Fixture = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/detectors/patchcore.json", import.meta.url)),
);
const SIDE = fixture.side;
const geometry = { resize: SIDE, crop: SIDE };
const backbone = await loadBackbone("efficientnet_lite0");

/** The formula of tests/fixtures/detectors/make.py. */
const photo = (k: number, defect = false): Image => formulaPhoto(SIDE, k, defect);
const train = Array.from({ length: fixture.train }, (_, k) => photo(k));

async function predictAll(
  options: PatchCoreOptions,
  images: readonly Image[],
): Promise<Localised[]> {
  await using fitted = await patchCore(backbone, { geometry, ...options }).fit(train);
  const found: Localised[] = [];
  for (const image of images) found.push(localised(await fitted.predict(image)));
  return found;
}

Deno.test("with the whole bank, scores and maps equal torch, numpy and scipy", async () => {
  const images = fixture.cases.map((c) => photo(c.photo, c.defect));
  assertEquals(images.length, 2);
  const variants = [
    ["score", {}],
    ["reweighted", { score: "reweighted" }],
    ["threeNeighbours", { neighbours: 3 }],
    ["squared", { distance: "squared" }],
  ] as const;
  for (const [name, options] of variants) {
    const found = await predictAll({ coreset: 1, ...options }, images);
    found.forEach(({ score }, i) => {
      const relative = Math.abs(score / fixture.cases[i][name] - 1);
      console.log(`${name} of photo ${i}: relative difference ${relative.toExponential(1)}`);
      assert(relative < 2e-5, `${name} ${score} instead of ${fixture.cases[i][name]}`);
    });
  }
  const found = await predictAll({ coreset: 1 }, images);
  found.forEach(({ map }, i) => {
    assertEquals(map.shape, [SIDE, SIDE]);
    const expected = fixture.cases[i].map;
    const sampled: number[] = [];
    for (let y = 0; y < SIDE; y += 5) {
      for (let x = 0; x < SIDE; x += 7) sampled.push(map.data[y * SIDE + x]);
    }
    assertEquals(sampled.length, expected.length);
    const most = expected.reduce((a, v, k) => Math.max(a, Math.abs(v - sampled[k]) / v), 0);
    console.log(`map of photo ${i}: largest relative difference ${most.toExponential(1)}`);
    assert(most < 2e-5);
  });
});

Deno.test("a photo of the training set has score 0 under the whole bank", async () => {
  const [{ score }] = await predictAll({ coreset: 1 }, [train[1]]);
  assert(score < 1e-3, String(score));
});

Deno.test("the same seed gives the same bank, another seed another one", async () => {
  const images = [photo(9)];
  const [[a], [b], [c]] = [
    await predictAll({ coreset: 0.2, seed: 1 }, images),
    await predictAll({ coreset: 0.2, seed: 1 }, images),
    await predictAll({ coreset: 0.2, seed: 2 }, images),
  ];
  assertEquals(a, b);
  assertNotEquals(a.map.data, c.map.data);
});

Deno.test("every option changes what is computed", async () => {
  const images = [photo(9, true)];
  const base = { coreset: 0.3 };
  const [plain] = await predictAll(base, images);
  const variants: PatchCoreOptions[] = [
    { levels: ["stage3"] },
    { neighbourhood: 1 },
    { pooling: "official" },
    { pooling: "official", levelDimensions: 64 },
    { pooling: "official", dimensions: 64 },
    { dimensions: 64 },
    { coreset: 0.05 },
    { sampling: "random" },
    { sampling: "approximate" },
    { start: "dropped" },
    { projection: 0 },
    { projection: 8 },
    { neighbours: 4 },
    { distance: "squared" },
    { sigma: 1 },
    { seed: 5 },
    { geometry: { resize: 72, crop: 64 } },
    { geometry: { resize: 80, crop: 64, filter: "bicubic" } },
    { geometry: { resize: 80, crop: 64, filter: "lanczos" } },
  ];
  assertEquals(variants.length, 19);
  for (const variant of variants) {
    const [found] = await predictAll({ ...base, ...variant }, images);
    assertNotEquals(found.map.data, plain.map.data, JSON.stringify(variant));
  }
  const [reweighted] = await predictAll({ ...base, score: "reweighted" }, images);
  assert(reweighted.score < plain.score);
  const [few] = await predictAll(
    { ...base, score: "reweighted", reweightingNeighbours: 2 },
    images,
  );
  assert(few.score <= reweighted.score);
});

Deno.test("a detector and what it fits say what they are made of", async () => {
  const detector = patchCore(backbone, { geometry, coreset: 0.1 });
  await using fitted = await detector.fit(train);
  assertEquals(detector.options.coreset, 0.1);
  assertEquals(detector.options.neighbourhood, 3);
  assertEquals(fitted.options.bankRows, Math.floor(4 * 64 * 0.1));
  assertEquals(fitted.options.dimensions, 152);
  assertEquals([fitted.name, fitted.backbone], ["patchcore", "efficientnet_lite0"]);
  assertEquals(fitted.trainImages, 4);
});

Deno.test("photos of any size are taken, and are not changed", async () => {
  await using fitted = await patchCore(backbone, { geometry }).fit(train);
  const [wide] = (await generate("weave", { size: 96, train: 1 })).train;
  const image = await wide.image();
  const before = image.data.slice();
  const { map } = await fitted.predict(image);
  assertEquals(map?.shape, [SIDE, SIDE]);
  assertEquals(image.data, before);
});

Deno.test("a bank of all patches holds the start that is dropped from smaller ones", async () => {
  const images = [photo(9, true)];
  const [included] = await predictAll({ coreset: 1 }, images);
  const [dropped] = await predictAll({ coreset: 1, start: "dropped" }, images);
  assertEquals(dropped.score, included.score);
});

Deno.test("a saved detector resizes by Lanczos, and stretches, photos of any size", async () => {
  const wide = { width: SIDE, height: SIDE / 2, data: photo(9, true).data.slice(0, 6 * 64 * 16) };
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  try {
    for (const aspect of ["keep", "stretch"] as const) {
      const whole = { resize: 80, crop: 64, filter: "lanczos", aspect } as const;
      await using fitted = await patchCore(backbone, { geometry: whole, coreset: 0.2 }).fit(train);
      await fitted.save(path);
      await using loaded = await loadDetector(path);
      assertEquals([loaded.geometry, loaded.options.geometry], [whole, whole]);
      for (const image of [photo(9, true), wide]) {
        const before = localised(await fitted.predict(image));
        const after = localised(await loaded.predict(image));
        assert(Math.abs(after.score / before.score - 1) < 1e-5);
        assertEquals(after.map.shape, [64, 64]);
      }
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("progress is told photo by photo and row by row", async () => {
  const told: string[] = [];
  const detector = patchCore(backbone, { geometry, coreset: 0.1 });
  await using _ = await detector.fit(train, {
    count: 4,
    progress: ({ stage, done, total }) => told.push(`${stage} ${done}/${total}`),
  });
  assertEquals(told.slice(0, 4), [1, 2, 3, 4].map((n) => `features ${n}/4`));
  assertEquals(told.at(-1), "coreset 25/25");
});

Deno.test("a fit can be stopped", async () => {
  const controller = new AbortController();
  controller.abort();
  await assertRejects(
    () => patchCore(backbone, { geometry }).fit(train, { signal: controller.signal }),
    DOMException,
  );
});

Deno.test("bad options are refused by name before anything runs", () => {
  const cases: [PatchCoreOptions, string][] = [
    [{ coreset: 0 }, "(0, 1]: 0"],
    [{ coreset: 2 }, "(0, 1]: 2"],
    [{ coreset: NaN }, "(0, 1]: NaN"],
    [{ neighbourhood: 2 }, "odd"],
    [{ neighbours: 0 }, "neighbours"],
    [{ projection: -1 }, "projection"],
    [{ reweightingNeighbours: 1 }, "reweightingNeighbours"],
    [{ sigma: -1 }, "sigma"],
    [{ seed: -1 }, "seed"],
    [{ dimensions: -1 }, "dimensions"],
    [{ levelDimensions: 64 }, 'belongs to pooling "official"'],
    [{ reweightingNeighbours: 3 }, 'belongs to score "reweighted"'],
    [{ sampling: "random", projection: 64 }, 'belongs to sampling "greedy" or'],
    [{ sampling: "random", start: "dropped" }, 'start belongs to sampling "greedy"'],
    [{ sampling: "approximate", start: "included" }, 'start belongs to sampling "greedy"'],
    [{ levels: [] }, "at least one level"],
    [{ levels: ["layer2"] }, "stage1"],
    [{ geometry: { resize: 100, crop: 200 } }, "resize 100"],
  ];
  assertEquals(cases.length, 18);
  for (const [options, message] of cases) {
    assertThrows(() => patchCore(backbone, options), RangeError, message);
  }
  // @ts-expect-error no such option: does not compile, and is refused at run time with a hint
  assertThrows(() => patchCore(backbone, { corset: 0.1 }), TypeError, "did you mean coreset?");
  // @ts-expect-error no such choice
  assertThrows(() => patchCore(backbone, { score: "mean" }), RangeError, "max, reweighted");
  // @ts-expect-error no such choice
  assertThrows(() => patchCore(backbone, { start: "kept" }), RangeError, "included, dropped");
});

Deno.test("too few photos, and a bank too small for what is asked of it, are refused", async () => {
  const fit = (options: PatchCoreOptions, images: readonly Image[]) =>
    patchCore(backbone, { geometry, ...options }).fit(images);
  await assertRejects(() => fit({}, []), RangeError, "at least 2 good photos are needed: 0");
  await assertRejects(() => fit({}, train.slice(0, 1)), RangeError, "needed: 1");
  await assertRejects(() => fit({ neighbours: 9 }, train), RangeError, "neighbours = 9 rows");
  await assertRejects(
    () => fit({ score: "reweighted" }, train),
    RangeError,
    "reweightingNeighbours = 9",
  );
});
