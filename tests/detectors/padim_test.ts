import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import {
  type Backbone,
  createBackbone,
  type Image,
  loadBackbone,
  loadDetector,
} from "../../mod.ts";
import { affordableRoute, padim, type PadimOptions } from "../../src/detectors/padim.ts";
import { randomDimensions } from "../../src/features/dimensions.ts";
import { formulaPhoto, type Localised, localised } from "./formula_photo.ts";

interface Expected {
  readonly score: number;
  readonly squared: number;
  readonly map: readonly number[];
}
const fixture: {
  readonly side: number;
  readonly train: number;
  readonly twenty: readonly number[];
  readonly six: readonly number[];
  readonly tests: readonly { readonly photo: number; readonly defect: boolean }[];
  readonly cases: Readonly<
    Record<"default" | "six" | "ridge" | "pca" | "nearest", readonly Expected[]>
  >;
} = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/padim/padim.json", import.meta.url)),
);
const SIDE = fixture.side;
const geometry = { resize: SIDE, crop: SIDE };
const backbone = await loadBackbone("efficientnet_lite0");

/** The formula of tests/fixtures/padim/make.py. */
const photo = (k: number, defect = false): Image => formulaPhoto(SIDE, k, defect);
const train = Array.from({ length: fixture.train }, (_, k) => photo(k));

async function predictAll(
  options: PadimOptions,
  images: readonly Image[],
  { on = backbone, normal = train }: { on?: Backbone; normal?: readonly Image[] } = {},
): Promise<Localised[]> {
  await using fitted = await padim(on, { geometry, ...options }).fit(normal);
  const found: Localised[] = [];
  for (const image of images) found.push(localised(await fitted.predict(image)));
  return found;
}

Deno.test("scores and maps equal torch, numpy's inverse and scipy's mahalanobis and filter", async () => {
  const [twenty, six] = [{ dimensions: 20 }, { dimensions: 6 }];
  assertEquals([...randomDimensions(176, { count: 20, seed: 0 })], fixture.twenty);
  assertEquals([...randomDimensions(176, { count: 6, seed: 0 })], fixture.six);
  const images = fixture.tests.map((test) => photo(test.photo, test.defect));
  assertEquals(images.length, 2);
  const variants = [
    ["default", twenty],
    ["six", six],
    ["ridge", { ...six, ridge: 0.5 }],
    ["pca", { ...twenty, reduction: "pca" }],
    ["nearest", { ...twenty, upsampling: "nearest" }],
  ] as const;
  for (const [name, options] of variants) {
    const found = await predictAll(options, images);
    const squared = await predictAll({ ...options, distance: "squared" }, images);
    for (const [i, expected] of fixture.cases[name].entries()) {
      const score = Math.abs(found[i].score / expected.score - 1);
      const square = Math.abs(squared[i].score / expected.squared - 1);
      const sampled: number[] = [];
      for (let y = 0; y < SIDE; y += 5) {
        for (let x = 0; x < SIDE; x += 7) sampled.push(found[i].map.data[y * SIDE + x]);
      }
      assertEquals(sampled.length, expected.map.length);
      const map = sampled.reduce((a, v, k) => Math.max(a, Math.abs(v / expected.map[k] - 1)), 0);
      console.log(
        `${name}, photo ${i}: relative difference of the score ${score.toExponential(1)}, ` +
          `squared ${square.toExponential(1)}, map ${map.toExponential(1)}`,
      );
      assert(Math.max(score, square, map) < 3e-5);
    }
  }
});

Deno.test("a good photo scores lower than one with a defect, and the map shows where it is", async () => {
  const normal = Array.from({ length: 30 }, (_, k) => photo(k));
  const [good, bad] = await predictAll({ sigma: 2 }, [photo(31), photo(31, true)], { normal });
  assert(bad.score > good.score);
  const at = bad.map.data.indexOf(bad.score);
  assert(at >= 0, "the score is the map's largest value");
  const [y, x] = [Math.floor(at / SIDE), at % SIDE];
  assert(y >= 14 && y < 42 && x >= 22 && x < 50, `${x}, ${y}`);
});

Deno.test("every option changes what is computed", async () => {
  const images = [photo(9, true)];
  const base = { dimensions: 30 };
  const [plain] = await predictAll(base, images);
  const [again] = await predictAll(base, images);
  assertEquals(again, plain);
  const variants: PadimOptions[] = [
    { levels: ["stage3", "stage5"] },
    { dimensions: 31 },
    { upsampling: "nearest" },
    { reduction: "pca" },
    { ridge: 0.01001 },
    { distance: "squared" },
    { sigma: 1 },
    { seed: 5 },
    { geometry: { resize: 72, crop: 64 } },
    { geometry: { resize: 80, crop: 64, filter: "bicubic" } },
  ];
  assertEquals(variants.length, 10);
  for (const variant of variants) {
    const [found] = await predictAll({ ...base, ...variant }, images);
    assertNotEquals(found.map.data, plain.map.data, JSON.stringify(variant));
  }
});

Deno.test("saved, loaded, predicted again: the same, for photos of any size", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const wide: Image = { width: 64, height: 32, data: photo(3).data.slice(0, 64 * 32 * 3) };
    for (const [i, options] of [{ dimensions: 20 }, { reduction: "pca" } as const].entries()) {
      await using fitted = await padim(backbone, { geometry, ...options }).fit(train);
      const path = join(folder, `${i}.onnx`);
      await fitted.save(path);
      await using loaded = await loadDetector(path);
      for (const image of [photo(11), photo(12, true), wide]) {
        assertEquals(await loaded.predict(image), await fitted.predict(image));
      }
      assertEquals([loaded.name, loaded.options], [fitted.name, fitted.options]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a detector and what it fits say what they are made of", async () => {
  const detector = padim(backbone, { geometry });
  assertEquals(detector.options, {
    levels: ["stage2", "stage3", "stage5"],
    geometry: { ...geometry, filter: "bilinear", aspect: "keep" },
    upsampling: "bilinear",
    dimensions: 100,
    reduction: "random",
    ridge: 0.01,
    distance: "euclidean",
    sigma: 4,
    seed: 0,
  });
  await using fitted = await detector.fit(train);
  assertEquals([fitted.name, fitted.trainImages], ["padim", 8]);
  assertEquals(fitted.options.channels, 176);
  assertEquals(fitted.options.chosenDimensions, [
    ...randomDimensions(176, { count: 100, seed: 0 }),
  ]);
  await using pca = await padim(backbone, { geometry, reduction: "pca" }).fit(train);
  assert(Number(pca.options.varianceShare) > 0.9 && Number(pca.options.varianceShare) <= 1);
  assertEquals(padim(backbone, { levels: ["stage3"] }).options.dimensions, 40);
});

Deno.test("photos are read once and stay as they are; how many there are need not be known", async () => {
  const photos = Array.from({ length: 20 }, (_, k) => photo(k));
  const before = photos.map(({ data }) => data.slice());
  let read = 0;
  async function* once() {
    for (const image of photos) {
      read++;
      yield await Promise.resolve(image);
    }
  }
  const detector = padim(backbone, { geometry, dimensions: 10 });
  const told: string[] = [];
  await using unknown = await detector.fit(once());
  await using known = await detector.fit(photos, {
    count: 20,
    progress: ({ stage, done, total }) => told.push(`${stage} ${done}/${total}`),
  });
  assertEquals(read, 20);
  assertEquals(photos.map(({ data }) => data), before);
  assertEquals(await unknown.predict(photo(25)), await known.predict(photo(25)));
  assertEquals(told.slice(0, 20), before.map((_, n) => `features ${n + 1}/20`));
  assertEquals(told.at(-1), "gaussians 256/256");
});

Deno.test("a fit can be stopped", async () => {
  const signal = AbortSignal.abort();
  await assertRejects(() => padim(backbone, { geometry }).fit(train, { signal }), DOMException);
});

Deno.test("equal good photos are fine: what differs from them is anomalous", async () => {
  const normal = [photo(1), photo(1), photo(1)];
  const [same, other] = await predictAll({}, [photo(1), photo(2)], { normal });
  assert(same.score < 0.1 && other.score > 10, `${same.score} and ${other.score}`);
  const black: Image = { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE * 3) };
  for (const reduction of ["random", "pca"] as const) {
    const [flat] = await predictAll({ reduction }, [black], { normal: [black, black, black] });
    assert(Number.isFinite(flat.score) && flat.score < 0.1);
  }
});

Deno.test("bad options are refused by name before anything runs", () => {
  const cases: [PadimOptions, string][] = [
    [{ levels: [] }, "at least one level"],
    [{ levels: ["layer2"] }, "stage1"],
    [{ geometry: { resize: 100, crop: 200 } }, "resize 100"],
    [{ dimensions: 0 }, "in 1…176: 0"],
    [{ dimensions: 177 }, "dimensions must be a whole number in 1…176: 177"],
    [{ dimensions: 41, levels: ["stage3"] }, "in 1…40: 41"],
    [{ dimensions: 1.5 }, "1.5"],
    [{ ridge: -0.1 }, "ridge"],
    [{ ridge: NaN }, "ridge"],
    [{ ridge: Infinity }, "ridge"],
    [{ sigma: -1 }, "sigma"],
    [{ seed: -1 }, "seed"],
  ];
  assertEquals(cases.length, 12);
  for (const [options, message] of cases) {
    assertThrows(() => padim(backbone, options), RangeError, message);
  }
  // @ts-expect-error no such option: does not compile, and is refused at run time with a hint
  assertThrows(() => padim(backbone, { dimension: 9 }), TypeError, "did you mean dimensions?");
  // @ts-expect-error no such choice
  assertThrows(() => padim(backbone, { reduction: "PCA" }), RangeError, "random, pca");
  // @ts-expect-error no such choice
  assertThrows(() => padim(backbone, { upsampling: "cubic" }), RangeError, "bilinear, nearest");
  // @ts-expect-error no such choice
  assertThrows(() => padim(backbone, { distance: "cosine" }), RangeError, "euclidean, squared");
});

Deno.test("too few photos, and no ridge for few photos or flat channels, are refused", async () => {
  const fit = (options: PadimOptions, images: readonly Image[]) =>
    padim(backbone, { geometry, ...options }).fit(images);
  await assertRejects(() => fit({}, []), RangeError, "at least 2 good photos are needed: 0");
  await assertRejects(() => fit({}, train.slice(0, 1)), RangeError, "needed: 1");
  await assertRejects(() => fit({ ridge: 0 }, train), RangeError, "8 photos, 100 dimensions");
  await assertRejects(
    () => fit({ ridge: 0, dimensions: 3 }, Array.from({ length: 5 }, () => photo(1))),
    RangeError,
    "the covariance at position 0, with ridge 0, must be positive definite",
  );
  const [found] = await predictAll({ ridge: 0, dimensions: 3 }, [photo(9)]);
  assert(Number.isFinite(found.score));
});

Deno.test("Gaussians take the exact route up to 2 GB, beyond that the one in place of the rows", () => {
  assertEquals(affordableRoute([3136, 209, 100]), "auto");
  assertEquals(affordableRoute([3136, 209, 550]), "auto");
  assertEquals(affordableRoute([3136, 280, 550]), "gram");
  assertEquals(affordableRoute([3136, 391, 550]), "gram");
  assertEquals(affordableRoute([3136, 600, 550]), "auto");
});

Deno.test("features that are not finite are refused", async () => {
  const { name, license, sha256 } = backbone;
  for (const reduction of ["random", "pca"] as const) {
    const broken = createBackbone({
      ...backbone,
      build: (g, input, names) =>
        backbone.build(g, input, names).map((map) => g.squareRoot(g.subtract(map, g.scalar(1e3)))),
    }, { name, license, sha256 });
    await assertRejects(
      () => padim(broken, { geometry, reduction }).fit(train),
      RangeError,
      "all numbers must be finite",
    );
  }
});
