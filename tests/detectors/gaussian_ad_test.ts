import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { join } from "@std/path";
import { evaluate, type Fitted, generate, loadBackbone, loadDetector } from "../../mod.ts";
import type { Backbone, Graph, Image, Matrix, Value } from "../../mod.ts";
import {
  chiSquaredThreshold,
  gaussianAd,
  type GaussianAdOptions,
  mahalanobisByAxes,
} from "../../src/detectors/gaussian_ad.ts";
import { mahalanobis } from "../../src/math/covariance.ts";
import { ledoitWolf, type ShrunkGaussian, shrunkGaussian } from "../../src/math/ledoit_wolf.ts";
import { seededRandom } from "../../src/random.ts";
import { tensor } from "../../src/tensor.ts";
import fixture from "../fixtures/gaussian_ad/gaussian_ad.json" with { type: "json" };
import { rows } from "../math/formula_rows.ts";
import { formulaPhoto } from "./formula_photo.ts";

const SIDE = fixture.side;
const geometry = { resize: SIDE, crop: SIDE };
const backbone = await loadBackbone("efficientnet_lite0");
const levels = backbone.levels.map(({ name }) => name);

/** The formula of tests/fixtures/gaussian_ad/make.py. */
const photo = (k: number, defect = false): Image => formulaPhoto(SIDE, k, defect);
const train = Array.from({ length: fixture.train }, (_, k) => photo(k));
const tests = fixture.tests.map(({ photo: k, defect }) => photo(k, defect));

const fit = (options: GaussianAdOptions = {}, images: readonly Image[] = train) =>
  gaussianAd(backbone, { geometry, ...options }).fit(images);

async function scores(options: GaussianAdOptions): Promise<number[]> {
  await using fitted = await fit(options);
  const found: number[] = [];
  for (const image of tests) found.push((await fitted.predict(image)).score);
  return found;
}

const numbers = (value: unknown): number[] => {
  if (!Array.isArray(value)) throw new TypeError("a list of numbers was expected");
  return value;
};

Deno.test("scores equal torch and scikit-learn, level by level, summed and averaged", async () => {
  assertEquals(tests.length, 2);
  assertEquals(levels.length, 8);
  const variants = [
    ["none", {}],
    ["pca", { reduction: "pca", variance: 0.8 }],
    ["npca", { reduction: "npca", variance: 0.2 }],
  ] as const;
  for (const [name, options] of variants) {
    const known = fixture.found[name];
    let most = 0;
    const compare = (found: readonly number[], expected: readonly number[]) => {
      assertEquals(found.length, expected.length);
      found.forEach((score, i) => most = Math.max(most, Math.abs(score / expected[i] - 1)));
    };
    for (const [i, level] of levels.entries()) {
      compare(await scores({ ...options, levels: [level] }), known.levels[i]);
    }
    const sums = tests.map((_, t) => known.levels.reduce((sum, level) => sum + level[t], 0));
    compare(await scores(options), sums);
    compare(await scores({ ...options, combine: "mean" }), sums.map((sum) => sum / 8));
    console.log(`reduction ${name}, 20 scores: largest relative difference ${most}`);
    assert(most < 2e-5, `${most}`);

    await using fitted = await fit(options);
    assertEquals(fitted.options.dimensions, known.dimensions);
    numbers(fitted.options.shrinkage).forEach((s, i) =>
      assertAlmostEquals(s, known.shrinkage[i], 1e-4)
    );
  }
});

/** The usual form of Woodbury's identity, which cancels. */
function usualForm(g: Graph, x: Value, gaussian: ShrunkGaussian, rest: number): Value {
  const { mean, axes, variances } = gaussian;
  const [r, D] = [variances.length, mean.length];
  const constant = (data: Float64Array, shape: number[]) =>
    g.constant({ data: Float32Array.from(data), shape });
  const deviation = g.subtract(x, constant(mean, [1, D]));
  const along = g.linear(deviation, constant(axes, [r, D]), { transposed: true });
  const weights = constant(variances.map((v) => 1 - rest / v), [1, r]);
  const squared = g.subtract(
    g.sum(g.multiply(deviation, deviation), [1]),
    g.sum(g.multiply(weights, g.multiply(along, along)), [1]),
  );
  return g.squareRoot(g.multiply(squared, g.scalar(1 / rest)));
}

Deno.test("distances in float32 equal the dense double-precision twin's, wide or tall", async () => {
  for (const [N, D] of [[60, 1280], [209, 320], [391, 112], [30, 16]] as const) {
    const [x, queries] = [rows(0, N, D), rows(1000, 5, D)];
    const gaussian = shrunkGaussian(x);
    const { data } = await evaluate((g, q) => mahalanobisByAxes(g, q, gaussian), queries);
    const dense = mahalanobis(queries, ledoitWolf(x));
    assertEquals([data.length, dense.length], [5, 5]);
    const off = (found: Float32Array) =>
      dense.reduce((most, d, i) => Math.max(most, Math.abs(found[i] / d - 1)), 0);
    let text = `[${N}, ${D}]: largest relative difference ${off(data).toExponential(1)}`;
    const { rest } = gaussian;
    if (rest !== undefined) {
      const usual = await evaluate((g, q) => usualForm(g, q, gaussian, rest), queries);
      text += `; of the usual form ${off(usual.data).toExponential(1)}`;
      assert(off(usual.data) > off(data));
    }
    console.log(text);
    assert(off(data) < 2e-6);
  }
});

Deno.test("distances are taken row by row, of any number of rows", async () => {
  const gaussian = shrunkGaussian(rows(0, 12, 20));
  const step = (g: Graph, x: Value) => mahalanobisByAxes(g, x, gaussian);
  const four = rows(50, 4, 20);
  const together = await evaluate(step, four);
  assertEquals(together.shape, [4]);
  for (let i = 0; i < 4; i++) {
    const one = await evaluate(step, tensor(four.data.slice(20 * i, 20 * i + 20), [1, 20]));
    assertAlmostEquals(one.data[0] / together.data[i], 1, 1e-6);
  }
  await assertRejects(() => evaluate(step, rows(0, 2, 19)), RangeError, "as wide as the Gaussian");
  const flat = tensor(new Float32Array(20), [20]);
  await assertRejects(() => evaluate(step, flat), TypeError, "rank 2");
});

Deno.test("the threshold from χ² is exceeded as often as asked for, where features are Gaussian", async () => {
  const random = seededRandom(5);
  const draw = (N: number): Matrix => {
    const data = new Float32Array(N * 6);
    for (let i = 0; i < data.length; i++) {
      // Correlated columns of different spread.
      data[i] = (1 + i % 6) * random.normal() + (i % 6 > 0 ? 0.5 * data[i - 1] : 0);
    }
    return tensor(data, [N, 6]);
  };
  const gaussian = shrunkGaussian(draw(4000));
  const { data } = await evaluate(
    (g, x) => mahalanobisByAxes(g, x, gaussian),
    draw(20_000),
  );
  assertEquals(data.length, 20_000);
  const fitted = { name: "gaussian-ad", options: { dimensions: [6] } };
  for (const falsePositiveRate of [0.5, 0.1, 0.01]) {
    const threshold = chiSquaredThreshold(fitted, { falsePositiveRate });
    const rate = data.filter((d) => d > threshold).length / data.length;
    console.log(`asked for ${falsePositiveRate}, found ${rate}`);
    assertAlmostEquals(rate / falsePositiveRate, 1, 0.15);
  }
});

Deno.test("a fitted detector gives its threshold, and so does one that was loaded", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using fitted = await fit({ levels: ["stage7"] });
    const path = join(folder, "gaussian.onnx");
    await fitted.save(path);
    await using loaded = await loadDetector(path);
    const asked = { falsePositiveRate: 0.05 };
    // The 95 % quantile of χ² with 320 degrees of freedom.
    assertAlmostEquals(chiSquaredThreshold(fitted, asked) ** 2, 362.72, 0.01);
    assertEquals(chiSquaredThreshold(loaded, asked), chiSquaredThreshold(fitted, asked));
    const [a, b] = [await fitted.predict(tests[1]), await loaded.predict(tests[1])];
    assertAlmostEquals(a.score / b.score, 1, 1e-6);
    assertEquals([a.map, b.map], [undefined, undefined]);
    assertEquals(loaded.options, fitted.options);
    const { size } = await Deno.stat(path);
    console.log(`file of one level: ${(size / 1e6).toFixed(1)} MB`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a threshold is refused for several levels, other methods and no rate at all", async () => {
  const one = { name: "gaussian-ad", options: { dimensions: [6] } };
  await using several: Fitted = await fit({ levels: ["stage1", "stage2"] });
  assertThrows(
    () => chiSquaredThreshold(several, { falsePositiveRate: 0.1 }),
    RangeError,
    "one level: 2 levels",
  );
  const other = { name: "patchcore", options: { dimensions: 6 } };
  assertThrows(
    () => chiSquaredThreshold(other, { falsePositiveRate: 0.1 }),
    TypeError,
    "patchcore",
  );
  for (const falsePositiveRate of [0, 1, -1, NaN]) {
    assertThrows(() => chiSquaredThreshold(one, { falsePositiveRate }), RangeError, "(0, 1)");
  }
});

Deno.test("every option changes what is computed", async () => {
  const base = { levels: ["stage2", "stage4"] };
  const plain = await scores(base);
  const variants: GaussianAdOptions[] = [
    { levels: ["stage4"] },
    { combine: "mean" },
    { reduction: "pca" },
    { reduction: "pca", variance: 0.5 },
    { reduction: "npca" },
    { reduction: "npca", variance: 0.5 },
    { geometry: { resize: 72, crop: 64 } },
    { geometry: { resize: 80, crop: 64, filter: "bicubic" } },
  ];
  assertEquals(variants.length, 8);
  const found = [plain];
  for (const variant of variants) found.push(await scores({ ...base, ...variant }));
  for (const [i, a] of found.entries()) {
    for (const b of found.slice(i + 1)) assertNotEquals(a, b);
  }
});

Deno.test("the mean and the sum over levels put photos in the same order", async () => {
  const sum = await scores({ combine: "sum" });
  const mean = await scores({ combine: "mean" });
  sum.forEach((s, i) => assertAlmostEquals(s / mean[i], levels.length, 1e-5));
});

Deno.test("a detector and what it fits say what they are made of", async () => {
  const detector = gaussianAd(backbone, { reduction: "npca" });
  assertEquals(detector.options, {
    levels,
    geometry: { resize: 256, crop: 224, filter: "bilinear", aspect: "keep" },
    combine: "sum",
    reduction: "npca",
    variance: 0.01,
  });
  assertEquals(gaussianAd(backbone, { reduction: "pca" }).options.variance, 0.99);
  await using fitted = await fit();
  assertEquals([fitted.name, fitted.backbone], ["gaussian-ad", "efficientnet_lite0"]);
  assertEquals(fitted.trainImages, fixture.train);
  assertEquals(fitted.options.variance, null);
  assertEquals(numbers(fitted.options.dimensions), backbone.levels.map((l) => l.channels));
});

Deno.test("photos of any size are taken, and are not changed", async () => {
  await using fitted = await fit({ levels: ["stage3"] });
  const [wide] = (await generate("weave", { size: 96, train: 1 })).train;
  const image = await wide.image();
  const before = image.data.slice();
  assert((await fitted.predict(image)).score > 0);
  assertEquals(image.data, before);
});

Deno.test("progress is told photo by photo and level by level; a fit can be stopped", async () => {
  const told: string[] = [];
  const detector = gaussianAd(backbone, { geometry, levels: ["stage1", "stage2"] });
  await using _ = await detector.fit(train, {
    count: 6,
    progress: ({ stage, done, total }) => told.push(`${stage} ${done}/${total}`),
  });
  assertEquals(told, [
    ...[1, 2, 3, 4, 5, 6].map((n) => `features ${n}/6`),
    "gaussians 1/2",
    "gaussians 2/2",
  ]);
  const controller = new AbortController();
  controller.abort();
  await assertRejects(() => detector.fit(train, { signal: controller.signal }), DOMException);
});

Deno.test("bad options are refused by name before anything runs", () => {
  const cases: [GaussianAdOptions, string][] = [
    [{ levels: [] }, "list of different levels: none"],
    [{ levels: ["stage1", "stage1"] }, "different levels: stage1,stage1"],
    [{ levels: ["layer2"] }, "stage1"],
    [{ variance: 0.5 }, 'variance belongs to reduction "pca" or "npca"'],
    [{ reduction: "pca", variance: 0 }, "(0, 1]: 0"],
    [{ reduction: "npca", variance: 1.5 }, "(0, 1]: 1.5"],
    [{ reduction: "npca", variance: NaN }, "(0, 1]: NaN"],
    [{ geometry: { resize: 100, crop: 200 } }, "resize 100"],
  ];
  assertEquals(cases.length, 8);
  for (const [options, message] of cases) {
    assertThrows(() => gaussianAd(backbone, options), RangeError, message);
  }
  // @ts-expect-error a list of levels is wanted
  assertThrows(() => gaussianAd(backbone, { levels: "stage7" }), RangeError, "list");
  // @ts-expect-error no such option: does not compile, and is refused at run time with a hint
  assertThrows(() => gaussianAd(backbone, { level: ["stage1"] }), TypeError, "did you mean levels");
  // @ts-expect-error no such choice
  assertThrows(() => gaussianAd(backbone, { combine: "max" }), RangeError, "sum, mean");
  // @ts-expect-error no such choice
  assertThrows(() => gaussianAd(backbone, { reduction: "ica" }), RangeError, "none, pca, npca");
});

Deno.test("too few photos, and photos that are all alike, are refused with the level's name", async () => {
  const one = { levels: ["stage5"] };
  await assertRejects(() => fit(one, []), RangeError, "at least 2 good photos are needed: 0");
  await assertRejects(() => fit(one, train.slice(0, 1)), RangeError, "needed: 1");
  await assertRejects(
    () => fit(one, train.slice(0, 2)),
    RangeError,
    "Cannot fit Gaussian AD at stage5 as the covariance must not be singular: 2 rows vary in 1",
  );
  const grey: Image = { ...train[0], data: new Uint8Array(SIDE * SIDE * 3).fill(127) };
  await assertRejects(
    () => fit(one, [grey, grey, grey]),
    RangeError,
    "Cannot fit Gaussian AD at stage5 as features must vary between photos: 3 rows, all equal",
  );
  await assertRejects(() => fit({ ...one, reduction: "pca" }, [grey, grey]), RangeError, "vary");
});

Deno.test("features that are not finite are refused with the level's name", async () => {
  const broken: Backbone = {
    ...backbone,
    build: (g, input, names) =>
      backbone.build(g, input, names).map((map) => g.divide(map, g.scalar(0))),
  };
  await assertRejects(
    () => gaussianAd(broken, { geometry, levels: ["stage5"] }).fit(train),
    RangeError,
    "Cannot fit Gaussian AD at stage5 as all numbers must be finite",
  );
});
