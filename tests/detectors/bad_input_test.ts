/** Bad input of every kind for every method: a refusal in the one grammar, never a wrong number. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  type Backbone,
  createDetector,
  createGraph,
  type Detector,
  dn2,
  ensemble,
  type EnsembleOptions,
  type FitContext,
  type Fitted,
  gaussianAd,
  type Graph,
  type Image,
  isRefusal,
  loadDetector,
  padim,
  patchCore,
  spade,
  type Value,
} from "../../mod.ts";
import { sealModel } from "../../src/onnx/model_file.ts";
import format1 from "../fixtures/detector_files/format_1.json" with { type: "json" };
import {
  meanBackbone,
  noisePhoto,
  plainPhoto,
  type Spoil,
  spottedPhoto,
} from "../fixtures/detector_files/mean_backbone.ts";

const SIDE = 64;
const geometry = { resize: SIDE, crop: SIDE };
const whole = meanBackbone();
const train = Array.from({ length: 10 }, (_, k) => noisePhoto(SIDE, k));
const white = plainPhoto(SIDE, 255);
const spotted = spottedPhoto(SIDE, 30);

/** Every method, and every one of its ways that computes something else on the features. */
const methods: Readonly<Record<string, (backbone: Backbone) => Detector>> = {
  "dn2": (b) => dn2(b, { geometry }),
  "dn2 squared": (b) => dn2(b, { geometry, distance: "squared" }),
  "spade": (b) => spade(b, { geometry, neighbours: 2 }),
  "spade average": (b) => spade(b, { geometry, neighbours: 2, aggregation: "average" }),
  "gaussian-ad": (b) => gaussianAd(b, { geometry }),
  "gaussian-ad pca": (b) => gaussianAd(b, { geometry, reduction: "pca" }),
  "gaussian-ad npca": (b) => gaussianAd(b, { geometry, reduction: "npca" }),
  "padim cholesky": (b) => padim(b, { geometry, dimensions: 6 }),
  "padim gram": (b) => padim(b, { geometry, dimensions: 18, levels: ["fine", "mid", "deep"] }),
  "padim pca": (b) => padim(b, { geometry, dimensions: 6, reduction: "pca" }),
  "patchcore": (b) => patchCore(b, { geometry, coreset: 0.1 }),
  "patchcore random": (b) => patchCore(b, { geometry, coreset: 0.1, sampling: "random" }),
  "patchcore reweighted": (b) => patchCore(b, { geometry, coreset: 0.1, score: "reweighted" }),
  "patchcore official": (b) =>
    patchCore(b, {
      geometry,
      coreset: 0.1,
      pooling: "official",
      levelDimensions: 32,
      dimensions: 32,
      sampling: "approximate",
      distance: "squared",
    }),
  "patchcore unblurred": (b) => patchCore(b, { geometry, coreset: 0.1, sigma: 0, projection: 0 }),
  "ensemble": (b) =>
    ensemble([
      patchCore(b, { geometry, coreset: 0.1 }),
      patchCore(b, { geometry, coreset: 0.1, levels: ["deep"] }),
    ]),
};
const names = Object.keys(methods);

/** Asserts that work ends in a refusal, in the grammar, with all of the words in it. */
async function refused(
  what: string,
  work: () => unknown,
  ...words: readonly string[]
): Promise<string> {
  let result: unknown;
  try {
    result = await work();
  } catch (error) {
    if (!isRefusal(error)) throw new Error(`${what}: not a refusal but ${error}`);
    assertMatch(error.message, /^Cannot [^]+ as [^]+: [^]+$/, what);
    for (const word of words) assertStringIncludes(error.message, word, what);
    return error.message;
  }
  if (typeof result === "object" && result !== null && Symbol.asyncDispose in result) {
    await (result as Fitted).dispose();
    result = "a detector";
  }
  const shown = typeof result === "object" && result !== null && "score" in result
    ? `score ${result.score}`
    : String(result);
  throw new Error(`${what}: not refused, but gave ${shown}`);
}

/** Score and map of a photo are numbers. */
async function assertFinite(what: string, fitted: Fitted, image: Image): Promise<number> {
  const { score, map } = await fitted.predict(image);
  assert(Number.isFinite(score), `${what}: score ${score}`);
  if (map) {
    assertEquals(map.shape, [SIDE, SIDE]);
    assert(map.data.every(Number.isFinite), `${what}: a map that is not finite`);
  }
  return score;
}

Deno.test("the methods that are spoilt below work as long as nothing is spoilt", async () => {
  assertEquals(names.length, 16);
  for (const name of names) {
    await using fitted = await methods[name](whole).fit(train);
    const good = await assertFinite(name, fitted, noisePhoto(SIDE, 30));
    const bad = await assertFinite(name, fitted, spotted);
    assert(bad > good, `${name}: ${bad} and ${good}`);
  }
});

Deno.test("more neighbours than training photos are refused with both numbers", async () => {
  const cases: [string, Detector][] = [
    ["dn2", dn2(whole, { geometry, neighbours: 11 })],
    ["spade", spade(whole, { geometry, neighbours: 11 })],
    ["spade with the paper's K", spade(whole, { geometry })],
    ["preset", createDetector("spade-popular", whole, { geometry, options: { neighbours: 11 } })],
    // Two of ten photos are held out.
    ["ensemble", ensemble([dn2(whole, { geometry, neighbours: 9 }), dn2(whole, { geometry })])],
  ];
  assertEquals(cases.length, 5);
  for (const [what, detector] of cases) {
    await refused(what, () => detector.fit(train), "neighbours = ", "need as many good photos: ");
  }
});

Deno.test("more PaDiM dimensions than channels are refused with the range", async () => {
  await refused("all", () => padim(whole, { dimensions: 19 }), "dimensions", "1…18: 19");
  const levels = ["mid"];
  await refused("pca", () => padim(whole, { levels, dimensions: 7, reduction: "pca" }), "1…6: 7");
});

Deno.test("a bank smaller than b, or than k, is refused with both numbers", async () => {
  const coreset = 0.002; // 5 of 2,560 patches
  const cases = [
    [{ score: "reweighted" }, "reweightingNeighbours = 9 rows: 5 of 2560 patches"],
    [{ score: "reweighted", reweightingNeighbours: 6 }, "reweightingNeighbours = 6 rows: 5"],
    [{ neighbours: 6 }, "neighbours = 6 rows: 5"],
    [{ neighbours: 6, sampling: "random" }, "neighbours = 6 rows: 5"],
  ] as const;
  assertEquals(cases.length, 4);
  for (const [options, words] of cases) {
    const detector = patchCore(whole, { geometry, coreset, ...options });
    await refused(words, () => detector.fit(train), "the memory bank must hold", words);
  }
  for (const options of [{ score: "reweighted", reweightingNeighbours: 5 }, { neighbours: 5 }]) {
    const detector = patchCore(whole, { geometry, coreset, ...options as { neighbours: number } });
    await using fitted = await detector.fit(train);
    await assertFinite("a bank just large enough", fitted, spotted);
  }
});

/** Channel 1 of every level does not vary. */
const flat = (value: number): Spoil => (g, map) => {
  const [, C] = map.shape.map(Number);
  const row = (at: (k: number) => number) =>
    g.constant({ data: Float32Array.from({ length: C }, (_, k) => at(k)), shape: [1, C, 1, 1] });
  return g.add(g.multiply(map, row((k) => k === 1 ? 0 : 1)), row((k) => k === 1 ? value : 0));
};

Deno.test("a channel without variance does no harm: finite scores, defects still higher", async () => {
  for (const value of [0, 7]) {
    for (const name of names) {
      await using fitted = await methods[name](meanBackbone(flat(value))).fit(train);
      const good = await assertFinite(name, fitted, noisePhoto(SIDE, 30));
      assert(await assertFinite(name, fitted, spotted) > good, name);
    }
  }
});

Deno.test("a channel without variance that a PaDiM without ridge looks at is refused", async () => {
  const detector = padim(meanBackbone(flat(7)), {
    geometry,
    ridge: 0,
    levels: ["fine"],
    dimensions: 4,
  });
  await refused("flat", () => detector.fit(train), "ridge 0", "must be positive definite");
});

Deno.test("equal constant photos: zero for the same photo, or a refusal that says what is amiss", async () => {
  const grey = plainPhoto(SIDE, 90);
  const constant = Array.from({ length: 10 }, () => grey);
  let fits = 0;
  for (const name of names) {
    const fit = () => methods[name](whole).fit(constant);
    if (name.startsWith("gaussian-ad")) {
      await refused(name, fit, "features must vary between photos: 10 rows, all equal");
    } else if (name === "ensemble") {
      await refused(name, fit, "held-out good photos must score differently");
    } else {
      await using fitted = await fit();
      const same = await assertFinite(name, fitted, grey);
      assert(same >= 0 && same < 1e-6, `${name}: ${same}`);
      assert(await assertFinite(name, fitted, spotted) > 1e-3, name);
      fits++;
    }
  }
  assertEquals(fits, 12);
  const without = padim(whole, { geometry, ridge: 0, dimensions: 3 });
  await refused("no ridge", () => without.fit(constant), "must be positive definite");
});

Deno.test("one training photo: enough for one neighbour, else refused with what is needed", async () => {
  const one = train.slice(0, 1);
  for (const name of names) {
    const need = /^(dn2|spade)/.test(name)
      ? "neighbours = 2 need as many"
      : "good photos are needed";
    await refused(name, () => methods[name](whole).fit(one), need);
    await refused(name, () => methods[name](whole).fit([]), "at least ");
  }
  for (const detector of [dn2, spade]) {
    await using fitted = await detector(whole, { geometry, neighbours: 1 }).fit(one);
    assert(await assertFinite("one", fitted, one[0]) < 1e-6);
    assert(await assertFinite("one", fitted, spotted) > 0.01);
  }
});

/** One number of one level's map is replaced, in every photo. */
const oneNumber = (value: number, at: string): Spoil => (g, map, { level }) => {
  if (level !== at) return map;
  const shape = map.shape.map(Number);
  const data = new Float32Array(shape.reduce((a, b) => a * b));
  data[5] = value;
  return g.add(map, g.constant({ data, shape }));
};

/** The levels that a method looks at. */
const levelsOf = (name: string): readonly string[] =>
  name.startsWith("dn2")
    ? ["deep"]
    : name.startsWith("patchcore")
    ? ["fine", "mid"]
    : ["fine", "mid", "deep"];

Deno.test("one NaN or infinity in the features of a fit is refused, whatever the level", async () => {
  let cases = 0;
  for (const name of names) {
    for (const level of levelsOf(name)) {
      for (const value of [NaN, Infinity, -Infinity]) {
        const spoilt = meanBackbone(oneNumber(value, level));
        // PaDiM's random dimensions may leave the spoilt channel out; all of them cannot.
        const detector = name === "padim cholesky"
          ? padim(spoilt, { geometry, dimensions: 18 })
          : methods[name](spoilt);
        await refused(`${name}, ${value} at ${level}`, () => detector.fit(train), "finite");
        cases++;
      }
    }
  }
  assertEquals(cases, 3 * (2 * 1 + 5 * 2 + 9 * 3));
});

/** exp(10⁴·white): 1 for good photos, out of float32's range in a white cell. */
const growth = (g: Graph, white: Value, scale = 1e4) =>
  g.exponential(g.multiply(white, g.scalar(scale)));

/** What a white cell becomes; all else stays as it is. */
const whiteBecomes: Readonly<Record<string, Spoil>> = {
  "infinity": (g, map, { white }) => g.multiply(map, growth(g, white)),
  "NaN": (g, map, { white }) => {
    const large = growth(g, white);
    return g.add(map, g.subtract(large, large));
  },
  // About 1e26: finite, but its square is not.
  "too large to square": (g, map, { white }) => g.multiply(map, growth(g, white, 600)),
};

Deno.test("a photo whose features are not finite, or overflow, is refused by predict", async () => {
  let cases = 0;
  for (const [what, spoil] of Object.entries(whiteBecomes)) {
    for (const name of names) {
      await using fitted = await methods[name](meanBackbone(spoil)).fit(train);
      await assertFinite(name, fitted, noisePhoto(SIDE, 30));
      for (const photo of [white, spotted]) {
        await refused(`${name}, ${what}`, () => fitted.predict(photo), "finite");
        cases++;
      }
      await assertFinite(`${name} afterwards`, fitted, noisePhoto(SIDE, 30));
    }
  }
  assertEquals(cases, 3 * 16 * 2);
});

Deno.test("features too large to square are refused, in the fit or at the first photo", async () => {
  const huge = meanBackbone((g, map) => g.multiply(map, g.scalar(1e30)));
  for (const name of names) {
    // Gaussian AD measures in the Gaussians' own units: nothing overflows.
    if (name.startsWith("gaussian-ad")) continue;
    await refused(name, async () => {
      await using fitted = await methods[name](huge).fit(train);
      return await fitted.predict(spotted);
    });
  }
});

Deno.test("an option of no method is refused with the nearest that there is", async () => {
  const cases: [string, () => unknown][] = [
    // @ts-expect-error no such option
    ["neighbours", () => dn2(whole, { neighbors: 3 })],
    // @ts-expect-error no such option
    ["aggregation", () => spade(whole, { agregation: "average" })],
    // @ts-expect-error no such option
    ["variance", () => gaussianAd(whole, { varience: 0.5 })],
    // @ts-expect-error no such option
    ["upsampling", () => padim(whole, { upsample: "nearest" })],
    // @ts-expect-error no such option
    ["reweightingNeighbours", () => patchCore(whole, { reweightNeighbours: 5 })],
    // @ts-expect-error no such option
    ["holdOut", () => ensemble([dn2(whole), dn2(whole)], { heldOut: 0.5 })],
    ["coreset", () => createDetector("patchcore-2021", whole, { options: { coresett: 1 } })],
  ];
  assertEquals(cases.length, 7);
  for (const [near, make] of cases) await refused(near, make, `did you mean ${near}?`);
});

Deno.test("a wrong option does not compile, and is refused when it comes from JavaScript", async () => {
  const cases: [string, () => unknown][] = [
    // @ts-expect-error a name is wanted
    ["level", () => dn2(whole, { level: 3 })],
    // @ts-expect-error a number is wanted
    ["neighbours", () => dn2(whole, { neighbours: "2" })],
    // @ts-expect-error no such filter
    ["filter", () => dn2(whole, { geometry: { ...geometry, filter: "lanczo" } })],
    // @ts-expect-error no such part of a geometry
    ["flter", () => dn2(whole, { geometry: { ...geometry, flter: "bicubic" } })],
    // @ts-expect-error both sizes are needed
    ["resize", () => dn2(whole, { geometry: { crop: SIDE } })],
    // @ts-expect-error undefined stands for the default, null for nothing
    ["geometry", () => dn2(whole, { geometry: null })],
    // @ts-expect-error an option was expected
    ["options", () => dn2(whole, 3)],
    // @ts-expect-error null is no record of options
    ["options", () => patchCore(whole, null)],
    // @ts-expect-error a backbone is wanted
    ["backbone", () => patchCore("efficientnet_lite0")],
    // @ts-expect-error it was not awaited
    ["backbone", () => padim(Promise.resolve(whole))],
    // @ts-expect-error a number is wanted
    ["pixelNeighbours", () => spade(whole, { pixelNeighbours: "1" })],
    // @ts-expect-error a number is wanted
    ["sigma", () => spade(whole, { sigma: "4" })],
    // @ts-expect-error a number is wanted; with null the map would be NaN
    ["sigma", () => spade(whole, { sigma: null })],
    // @ts-expect-error a list is wanted
    ["levels", () => spade(whole, { levels: "fine" })],
    // @ts-expect-error a list is wanted
    ["levels", () => spade(whole, { levels: null })],
    // @ts-expect-error a name is wanted
    ["level", () => spade(whole, { imageLevel: ["deep"] })],
    // @ts-expect-error a list of names is wanted
    ["levels", () => gaussianAd(whole, { levels: [["fine"]] })],
    // @ts-expect-error a number is wanted
    ["variance", () => gaussianAd(whole, { reduction: "pca", variance: "0.5" })],
    // @ts-expect-error a number is wanted; with null everything would be kept
    ["variance", () => gaussianAd(whole, { reduction: "pca", variance: null })],
    // @ts-expect-error a list is wanted
    ["levels", () => padim(whole, { levels: "fine" })],
    // @ts-expect-error a number is wanted; it would be put behind others as text
    ["ridge", () => padim(whole, { ridge: "0.01" })],
    // @ts-expect-error a number is wanted; null would be taken for 0
    ["ridge", () => padim(whole, { ridge: null })],
    // @ts-expect-error a number is wanted
    ["sigma", () => padim(whole, { sigma: true })],
    // @ts-expect-error a number is wanted
    ["dimensions", () => padim(whole, { dimensions: "20" })],
    // @ts-expect-error a number is wanted
    ["seed", () => padim(whole, { seed: "0" })],
    // @ts-expect-error a list is wanted
    ["levels", () => patchCore(whole, { levels: "fine" })],
    // @ts-expect-error a number is wanted
    ["coreset", () => patchCore(whole, { coreset: "0.1" })],
    // @ts-expect-error a number is wanted
    ["coreset", () => patchCore(whole, { coreset: true })],
    // @ts-expect-error a number is wanted
    ["sigma", () => patchCore(whole, { sigma: null })],
    // @ts-expect-error a number is wanted
    ["neighbourhood", () => patchCore(whole, { neighbourhood: "3" })],
    // @ts-expect-error no such pooling
    ["pooling", () => patchCore(whole, { pooling: "adaptive" })],
    // @ts-expect-error no such sampling
    ["sampling", () => patchCore(whole, { sampling: "k-means" })],
    // @ts-expect-error no such distance
    ["distance", () => patchCore(whole, { distance: "cosine" })],
    // @ts-expect-error a number is wanted
    ["projection", () => patchCore(whole, { projection: "128" })],
    // @ts-expect-error a number is wanted
    ["holdOut", () => ensemble([dn2(whole), dn2(whole)], { holdOut: "0.5" })],
    // @ts-expect-error a name is wanted
    ["name", () => ensemble([dn2(whole), dn2(whole)], { name: 5 })],
    // @ts-expect-error detectors are wanted
    ["members", () => ensemble([1, 2])],
    ["NaN", () => ensemble([dn2(whole), dn2(whole)], { holdOut: NaN } satisfies EnsembleOptions)],
    ["sigma", () => patchCore(whole, { sigma: Infinity })],
  ];
  assertEquals(cases.length, 39);
  const failures: string[] = [];
  for (const [word, make] of cases) {
    await refused(`${word}: ${make}`, make, word).catch((error) => failures.push(error.message));
  }
  assertEquals(failures, []);
});

Deno.test("the same level twice is refused: it would count twice", async () => {
  const levels = ["fine", "fine"];
  for (const make of [spade, gaussianAd, padim, patchCore]) {
    await refused(make.name, () => make(whole, { levels }), "levels", "fine");
  }
});

Deno.test("a sigma too small to be squared blurs nothing, instead of giving NaN", async () => {
  const maps = await Promise.all([0, 1e-200].map(async (sigma) => {
    await using fitted = await patchCore(whole, { geometry, coreset: 0.1, sigma }).fit(train);
    return (await fitted.predict(spotted)).map?.data ?? [];
  }));
  assertEquals(maps.map(({ length }) => length), [SIDE * SIDE, SIDE * SIDE]);
  assert(maps[0].every((value, i) => value === maps[1][i]), `${maps[1][0]}`);
});

Deno.test("what is no photo is refused, by fit and by predict, with its size", async () => {
  const photo = (width: number, height: number, length: number): Image => ({
    width,
    height,
    data: new Uint8Array(length),
  });
  const n = SIDE * SIDE;
  const cases: [string, unknown][] = [
    ["too short", photo(SIDE, SIDE, 5)],
    ["gray", photo(SIDE, SIDE, n)],
    ["with alpha", photo(SIDE, SIDE, 4 * n)],
    ["empty", photo(0, 0, 0)],
    ["without width", photo(0, 5, 0)],
    ["half a pixel", photo(64.5, 64, 12384)],
    ["NaN wide", photo(NaN, SIDE, 3 * n)],
    ["negative", photo(-SIDE, -SIDE, 3 * n)],
    ["101 times as wide as high", photo(101, 1, 303)],
    ["floats", { width: SIDE, height: SIDE, data: new Float32Array(3 * n) }],
    ["a list", { width: SIDE, height: SIDE, data: Array(3 * n).fill(1) }],
    ["sizes as text", { width: "64", height: "64", data: new Uint8Array(3 * n) }],
    ["a path", "photo.png"],
    ["nothing", undefined],
    ["null", null],
  ];
  assertEquals(cases.length, 15);
  await using fitted = await dn2(whole, { geometry }).fit(train);
  const failures: string[] = [];
  for (const [what, given] of cases) {
    const image = given as Image;
    for (
      const work of [
        () => fitted.predict(image),
        () => dn2(whole, { geometry, neighbours: 1 }).fit([image]),
        () => padim(whole, { geometry }).fit([train[0], image]),
      ]
    ) await refused(what, work).catch((error) => failures.push(error.message));
  }
  for (const normal of [undefined, null, 5, {}, train[0]]) {
    const photos = normal as readonly Image[];
    for (const make of [dn2, padim]) {
      await refused(`photos: ${typeof normal}`, () => make(whole, { geometry }).fit(photos))
        .catch((error) => failures.push(error.message));
    }
  }
  assertEquals(failures, []);
});

Deno.test("a count that is wrong changes nothing, and one that cannot be is refused", async () => {
  const scores = new Set<number>();
  for (const count of [undefined, 1, 10, 40]) {
    await using fitted = await padim(whole, { geometry }).fit(train, { count });
    scores.add(await assertFinite("count", fitted, spotted));
  }
  assertEquals(scores.size, 1);
  const failures: string[] = [];
  for (const count of [NaN, 1.5, -1, "10"]) {
    const context = { count } as FitContext;
    for (const make of [dn2, padim]) {
      await refused(`count ${count}`, () => make(whole, { geometry }).fit(train, context), "count")
        .catch((error) => failures.push(error.message));
    }
  }
  assertEquals(failures, []);
});

/** Runs with the bytes of a small detector's file, and a way to try others in their place. */
async function withFile(
  run: (bytes: Uint8Array, load: (content: Uint8Array) => Promise<Fitted>, path: string) => unknown,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "detector.onnx");
    await using fitted = await dn2(whole, { geometry }).fit(train.slice(0, 3));
    await fitted.save(path);
    const bytes = await Deno.readFile(path);
    await run(bytes, async (content) => {
      await Deno.writeFile(path, content);
      return await loadDetector(path);
    }, path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a detector file cut off anywhere is refused by name", () =>
  withFile(async (bytes, load, path) => {
    assert(bytes.length > 1000, `${bytes.length} bytes`);
    for (let length = 0; length < bytes.length; length += length < bytes.length - 900 ? 7 : 1) {
      await refused(
        `${length} bytes`,
        () => load(bytes.subarray(0, length)),
        path,
        "detector file",
      );
    }
  }));

Deno.test("a detector file changed anywhere, by one bit or at its ends, is refused by name", () =>
  withFile(async (bytes, load, path) => {
    for (let at = 0; at < bytes.length; at += at < bytes.length - 900 ? 5 : 1) {
      const changed = bytes.slice();
      changed[at] ^= 1 << at % 8;
      await refused(`byte ${at}`, () => load(changed), path);
    }
    const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
    const zero = new Uint8Array(1);
    await refused("appended", () => load(joined(bytes, zero)), path, "as it was saved");
    await refused("put before", () => load(joined(zero, bytes)), path, "as it was saved");
    await refused("twice", () => load(joined(bytes, bytes)), path, "as it was saved");
    await using back = await load(bytes);
    await assertFinite("unchanged", back, spotted);
  }));

Deno.test("what is no detector file is refused by name, empty or large", () =>
  withFile(async (_, load, path) => {
    const g = createGraph();
    g.output("score", g.add(g.input("image", "float32", [1]), g.scalar(1)));
    const text = new TextEncoder().encode("a photo of a cable");
    await refused("empty", () => load(new Uint8Array()), path, "it is empty");
    await refused("text", () => load(text), path, "must be a detector file");
    await refused("another model", () => load(g.toModel()), path, "must be a detector file");
    await Deno.truncate(path, 2 ** 28);
    await refused("large", () => loadDetector(path), path, "must be a detector file");
    await Deno.truncate(path, 2 ** 31 + 1);
    await refused("larger than an ONNX file can be", () => loadDetector(path), path);
    const folder = path.replace(/detector\.onnx$/, "");
    await refused("a folder", () => loadDetector(folder), folder);
    await refused("none", () => loadDetector(`${path}.none`), `${path}.none`);
  }));

/** The bytes with a key or the start of a value replaced, sealed anew as a forger would. */
async function resealed(bytes: Uint8Array, from: string, to: string): Promise<Uint8Array> {
  const text = new TextDecoder("latin1").decode(bytes);
  const at = text.lastIndexOf(from);
  assert(at >= 0 && from.length === to.length, from);
  const changed = bytes.slice();
  changed.set(new TextEncoder().encode(to), at);
  const seal = text.lastIndexOf("kizu.sha256") + "kizu.sha256".length + 2;
  changed.fill("0".charCodeAt(0), seal, seal + 64);
  await sealModel(changed);
  return changed;
}

Deno.test("a file that is sealed but does not say what it must is refused by name", () =>
  withFile(async (bytes, load, path) => {
    const broken: [string, string][] = [
      ...["format", "method", "backbone", "options", "geometry", "seed", "trainImages"].map(
        (key): [string, string] => [`kizu.${key}`, `kizo.${key}`],
      ),
      ['{"level"', '["level"'],
      ['{"resize":64', '{"rezise":64'],
      ['"crop":64', '"crop":65'],
    ];
    assertEquals(broken.length, 10);
    const failures: string[] = [];
    for (const [from, to] of broken) {
      const content = await resealed(bytes, from, to);
      await refused(`${from} → ${to}`, () => load(content), path)
        .catch((error) => failures.push(error.message));
    }
    assertEquals(failures, []);
  }));

Deno.test("a file of a newer format is refused with both versions", () =>
  withFile(async (bytes, load, path) => {
    const text = new TextDecoder("latin1").decode(bytes);
    const from = text.slice(text.lastIndexOf("kizu.format")).slice(0, "kizu.format".length + 3);
    assertEquals(from.at(-1), "1");
    for (const format of ["2", "9", "x"]) {
      const content = await resealed(bytes, from, from.slice(0, -1) + format);
      await refused(format, () => load(content), path, "format must be 1", `format ${format}`);
    }
  }));

Deno.test("a file that version 0.1.0 wrote says of two photos what it said then", async () => {
  const url = new URL("../fixtures/detector_files/format_1.onnx", import.meta.url);
  await using loaded = await loadDetector(url.pathname);
  const { name, backbone, options, geometry, seed, trainImages } = loaded;
  assertEquals({ name, backbone, options, geometry, seed, trainImages }, format1.facts);
  const photos = [noisePhoto(SIDE, 30), spottedPhoto(80, 31)];
  let most = 0;
  for (const [i, expected] of format1.found.entries()) {
    const { score, map } = await loaded.predict(photos[i]);
    const sampled = map?.data.filter((_, at) => at % 331 === 0) ?? [];
    assertEquals([sampled.length, expected.map.length], [13, 13]);
    most = Math.max(most, Math.abs(score / expected.score - 1));
    expected.map.forEach((value, k) => most = Math.max(most, Math.abs(sampled[k] / value - 1)));
  }
  console.log(`a file of version ${format1.version}: largest relative difference ${most}`);
  assert(most < 1e-5);
});

Deno.test("a loaded detector refuses what the fitted one refuses", async () => {
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  for (const spoil of Object.values(whiteBecomes)) {
    await using fitted = await patchCore(meanBackbone(spoil), { geometry, coreset: 0.1 }).fit(
      train,
    );
    await fitted.save(path);
    await using loaded = await loadDetector(path);
    await assertFinite("good", loaded, noisePhoto(SIDE, 30));
    await refused("white", () => loaded.predict(white), "Cannot predict", "finite");
  }
  await Deno.remove(path);
});
