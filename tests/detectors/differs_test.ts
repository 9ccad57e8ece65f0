/**
 * Where papers and popular code differ, the paper's choice is the default and the other one a named
 * option. Each is recomputed here in plain numbers on a small network. Elsewhere, against
 * independent implementations: resize filters, stretching and masks in image/filters_test.ts and
 * image/preprocess_test.ts, the levels' upsampling, the neighbourhood and the official pooling in features/steps_test.ts, PCA and NPCA
 * in gaussian_ad_test.ts, the members' calibration in ensemble_test.ts, the official selection in
 * search/approximate_greedy_test.ts.
 */

import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import {
  adaptiveBins,
  approximateGreedyPlain,
  assess,
  createDetector,
  type Detector,
  dn2,
  embeddedBackbones,
  ensemble,
  evaluate,
  findMethod,
  gaussianAd,
  gaussianOf,
  generate,
  type Geometry,
  type Image,
  isRefusal,
  kCenterGreedy,
  kCenterGreedyPlain,
  ledoitWolf,
  mahalanobis,
  type Mask,
  matrix,
  padim,
  patchCore,
  type PatchCoreOptions,
  pixelAuroc,
  preprocessImage,
  preprocessMask,
  presets,
  projectionMatrix,
  randomDimensions,
  sampleWithoutReplacement,
  seededRandom,
  spade,
  type SpadeOptions,
} from "../../mod.ts";
import {
  meanBackbone,
  noisePhoto,
  spottedPhoto,
} from "../fixtures/detector_files/mean_backbone.ts";
import {
  enlarge,
  join,
  mapOf,
  mean,
  nearestOf,
  type PlainMap,
  plainMaps,
  rowsOf,
  windows,
} from "../fixtures/detector_files/plain_maps.ts";

const SIDE = 64;
const geometry: Geometry = { resize: 72, crop: SIDE };
const backbone = meanBackbone();
const train = Array.from({ length: 5 }, (_, k) => noisePhoto(SIDE, k));
const photo = spottedPhoto(SIDE, 9);

const mapsOf = (level: string, of: Geometry = geometry) =>
  plainMaps(backbone, level, { photos: [...train, photo], geometry: of });
const [fine, mid, deep] = await Promise.all(["fine", "mid", "deep"].map((level) => mapsOf(level)));

/** Per photo (the one that is scored is the last) the mean of each channel. */
const pooled = (maps: readonly PlainMap[]) => maps.map(({ channels }) => channels.map(mean));

interface Found {
  readonly score: number;
  readonly map?: ArrayLike<number>;
}

async function predict(detector: Detector, image: Image = photo): Promise<Found> {
  await using fitted = await detector.fit(train);
  const { score, map } = await fitted.predict(image);
  return { score, map: map?.data };
}

/** Largest difference of score and map, as a share of the largest value. */
function assertSame(what: string, found: Found, expected: Found, bound = 2e-5): void {
  assert(expected.score > 1e-3, `${what}: ${expected.score}`);
  let most = Math.abs(found.score / expected.score - 1);
  assertEquals(found.map?.length, expected.map?.length, what);
  const { map = [] } = expected;
  const largest = Array.from(map).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  for (let i = 0; i < map.length; i++) {
    most = Math.max(most, Math.abs((found.map?.[i] ?? NaN) - map[i]) / largest);
  }
  console.log(`${what}: largest relative difference ${most.toExponential(1)}`);
  assert(most < bound, `${what}: ${most}, score ${found.score} instead of ${expected.score}`);
}

/** Scores of a grid's cells as the map of a detector that does not blur. */
const toMap = (scores: readonly number[], { height, width }: PlainMap) =>
  enlarge({ height, width, channels: [scores] }, SIDE, SIDE).channels[0];

const power = { euclidean: 1, squared: 2 } as const;

Deno.test("DN2: K, squared distances, the level and the geometry with its filter", async () => {
  for (const distance of ["euclidean", "squared"] as const) {
    for (const neighbours of [1, 2, 4]) {
      for (const [level, maps] of [["deep", deep], ["mid", mid]] as const) {
        const rows = pooled(maps);
        const nearest = nearestOf(rows[5], rows.slice(0, 5), neighbours);
        const score = mean(nearest.map((n) => n.distance ** power[distance]));
        const detector = dn2(backbone, { geometry, level, neighbours, distance });
        assertSame(`DN2 ${distance}, K ${neighbours}, ${level}`, await predict(detector), {
          score,
        });
      }
    }
  }
  for (const filter of ["bicubic", "lanczos"] as const) {
    const other: Geometry = { resize: 80, crop: SIDE, filter };
    const rows = pooled(await mapsOf("deep", other));
    const score = mean(nearestOf(rows[5], rows.slice(0, 5), 2).map(({ distance }) => distance));
    assertSame(`DN2 ${filter}`, await predict(dn2(backbone, { geometry: other })), { score });
  }
});

/** A photo's upper part, three quarters as high as wide. */
const oblong = ({ width, data }: Image): Image => {
  const height = (width * 3) / 4;
  return { width, height, data: data.slice(0, 3 * width * height) };
};

/** Every method by name, on the geometry given. */
const every = (of: Geometry): Readonly<Record<string, Detector>> => ({
  "dn2": dn2(backbone, { geometry: of }),
  "spade": spade(backbone, { geometry: of, neighbours: 3 }),
  "gaussian-ad": gaussianAd(backbone, { geometry: of }),
  "padim": padim(backbone, { geometry: of, dimensions: 6 }),
  "patchcore": patchCore(backbone, { geometry: of, coreset: 0.1 }),
});

Deno.test("stretched, resized and cropped photos are what a method looks at", async () => {
  const geometries: Geometry[] = [
    { resize: SIDE, crop: SIDE, aspect: "stretch" },
    { resize: 72, crop: SIDE, aspect: "stretch", filter: "lanczos" },
    { resize: 72, crop: SIDE, aspect: "keep", filter: "lanczos" },
  ];
  const whole: Geometry = { resize: SIDE, crop: SIDE };
  const photos = train.map(oblong);
  const scores = new Set<number>();
  for (const used of geometries) {
    // The same pixels beforehand, of which a geometry of their own size changes nothing.
    const ready: Image[] = [];
    for (const image of [...photos, oblong(photo)]) ready.push(await preprocessImage(image, used));
    const [stretched, plain] = [every(used), every(whole)];
    assertEquals(Object.keys(stretched).length, 5);
    for (const [name, detector] of Object.entries(stretched)) {
      await using fitted = await detector.fit(photos);
      await using expected = await plain[name].fit(ready.slice(0, 5));
      const { score, map } = await fitted.predict(oblong(photo));
      assertEquals({ score, map }, await expected.predict(ready[5]), name);
      const described = fitted.options.geometry;
      assertEquals(described, { filter: "bilinear", ...used }, name);
      assertEquals(fitted.geometry, used);
      scores.add(score);
    }
  }
  assertEquals(scores.size, 15);
});

Deno.test("an evaluation measures against the masks of its filter, and says which", async () => {
  const weave = await generate("weave", { size: 96, train: 3, testGood: 2, testPerDefect: 2 });
  const of: Geometry = { resize: 72, crop: SIDE, aspect: "stretch" };
  const detector = patchCore(backbone, { geometry: of, coreset: 0.1 });
  const found: (number | null)[] = [];
  for (const maskFilter of ["nearest", "official"] as const) {
    const maps: { data: Float32Array; shape: readonly [number, number] }[] = [];
    const masks: Mask[] = [];
    const run = await assess(detector, weave, {
      maskFilter,
      predicted: async ({ sample, prediction: { map }, mask }) => {
        const whole = await sample.mask();
        if (map === undefined || whole === undefined) throw new Error("both are needed");
        maps.push(map);
        masks.push(preprocessMask(whole, of, { filter: maskFilter }));
        assertEquals(mask, masks.at(-1));
      },
    });
    assertEquals(maps.length, weave.test.length);
    assertEquals([run.maskFilter, run.pixelAuroc], [maskFilter, pixelAuroc(maps, masks)]);
    found.push(run.pixelAuroc);
  }
  const { maskFilter, pixelAuroc: byDefault } = await assess(detector, weave);
  assertEquals([maskFilter, byDefault], ["nearest", found[0]]);
  assertNotEquals(found[0], found[1]);
  const wrong = "eroded" as "official";
  const error = await assess(detector, weave, { maskFilter: wrong }).catch((error) => error);
  assert(isRefusal(error) && error.message.includes("nearest, official"), String(error));
});

/** SPADE as its paper, or popular code, has it. */
function plainSpade(
  { neighbours = 3, pixelNeighbours = 1, aggregation, distance = "euclidean" }: SpadeOptions,
): Found {
  const rows = pooled(deep);
  const images = nearestOf(rows[5], rows.slice(0, 5), neighbours);
  const search = (levels: readonly (readonly PlainMap[])[]) => {
    const joined = [...images.map(({ index }) => index), 5].map((n) =>
      join(levels.map((maps) => maps[n]))
    );
    const gallery = joined.slice(0, -1).flatMap(rowsOf);
    const scores = rowsOf(joined[images.length]).map((row) =>
      mean(nearestOf(row, gallery, pixelNeighbours).map((n) => n.distance ** power[distance]))
    );
    return toMap(scores, joined[0]);
  };
  const maps = aggregation === "average"
    ? [search([fine]), search([mid]), search([deep])]
    : [search([fine, mid, deep])];
  return {
    score: mean(images.map((n) => n.distance ** power[distance])),
    map: maps[0].map((_, i) => mean(maps.map((map) => map[i]))),
  };
}

Deno.test("SPADE: K, κ, maps per level averaged, squared distances", async () => {
  const variants: SpadeOptions[] = [
    { neighbours: 3 },
    { neighbours: 1 },
    { neighbours: 3, pixelNeighbours: 4 },
    { neighbours: 3, aggregation: "average" },
    { neighbours: 3, distance: "squared", pixelNeighbours: 2 },
    { neighbours: 2, distance: "squared", aggregation: "average" },
  ];
  assertEquals(variants.length, 6);
  for (const options of variants) {
    const found = await predict(spade(backbone, { geometry, sigma: 0, ...options }));
    assertSame(`SPADE ${JSON.stringify(options)}`, found, plainSpade(options));
  }
});

Deno.test("Gaussian AD: sum or mean over levels, one level alone, no crop", async () => {
  const whole: Geometry = { resize: SIDE, crop: SIDE };
  for (const used of [geometry, whole]) {
    const levels = ["fine", "mid", "deep"];
    const distances: number[] = [];
    for (const level of levels) {
      const rows = pooled(await mapsOf(level, used));
      const gaussian = ledoitWolf(matrix(rows.slice(0, 5)));
      distances.push(mahalanobis(matrix([rows[5]]), gaussian)[0]);
      const alone = gaussianAd(backbone, { geometry: used, levels: [level] });
      assertSame(`Gaussian AD, ${level}`, await predict(alone), { score: distances.at(-1) ?? NaN });
    }
    const sum = distances.reduce((a, b) => a + b);
    const options = { geometry: used } as const;
    assertSame("Gaussian AD", await predict(gaussianAd(backbone, options)), { score: sum });
    const averaged = gaussianAd(backbone, { ...options, combine: "mean" });
    assertSame("Gaussian AD, mean", await predict(averaged), { score: sum / 3 });
  }
});

Deno.test("PaDiM: upsampling, seed, anomalib's ridge, squared; the score is the raw map's largest", async () => {
  const variants = [
    { dimensions: 3 },
    { dimensions: 18 },
    { dimensions: 3, upsampling: "nearest" },
    { dimensions: 3, seed: 4 },
    // Small against the variances, so that the fifth digit shows.
    { dimensions: 3, ridge: 1e-4 },
    { dimensions: 3, ridge: 1e-4 + 1e-5 },
    { dimensions: 3, distance: "squared" },
    { dimensions: 3, ridge: 0 },
  ] as const;
  assertEquals(variants.length, 8);
  const scores = new Set<number>();
  for (const options of variants) {
    const { upsampling = "bilinear", seed = 0, ridge = 0.01, distance = "euclidean" } = {
      ...options as { upsampling?: "nearest"; seed?: number; ridge?: number; distance?: "squared" },
    };
    const chosen = randomDimensions(18, { count: options.dimensions, seed });
    const photos = fine.map((_, n) => join([fine[n], mid[n], deep[n]], upsampling));
    const rows = photos.map((map) => rowsOf(map).map((row) => [...chosen].map((k) => row[k])));
    const cells = rows[5].map((row, i) => {
      const gaussian = gaussianOf(matrix(rows.slice(0, 5).map((photo) => photo[i])), { ridge });
      return mahalanobis(matrix([row]), gaussian)[0] ** power[distance];
    });
    const map = toMap(cells, photos[0]);
    const found = await predict(padim(backbone, { geometry, sigma: 0, ...options }));
    // Without a ridge the smallest variances decide, of which float32 rows know few digits.
    const bound = ridge === 0 ? 1e-3 : 2e-5;
    assertSame(`PaDiM ${JSON.stringify(options)}`, found, { score: Math.max(...map), map }, bound);
    scores.add(found.score);
  }
  assertEquals(scores.size, 8);
  const anomalib = padim(backbone, { ridge: 0.01 + 1e-5 });
  assertEquals(anomalib.options.ridge, 0.01001);
});

/** The mean of values in bins, as torch's adaptive_avg_pool1d. */
const inBins = (values: readonly number[], bins: number) =>
  adaptiveBins(values.length, bins).map(({ start, end }) => mean(values.slice(start, end)));

/** Patch embeddings of all photos, [photo][patch][dimension]. */
function patches(options: PatchCoreOptions): { rows: number[][][]; grid: PlainMap } {
  const { neighbourhood = 3, pooling = "mean", levelDimensions = 1024 } = options;
  const { dimensions = pooling === "official" ? 1024 : 0 } = options;
  const pool = (map: PlainMap) =>
    mapOf(
      windows(map, neighbourhood).map((cell) =>
        pooling === "mean" ? cell.map(mean) : inBins(cell.flat(), levelDimensions)
      ),
      map.height,
      map.width,
    );
  const joined = fine.map((_, n) => join([pool(fine[n]), pool(mid[n])]));
  const reduce = (row: number[]) => dimensions === 0 ? row : inBins(row, dimensions);
  return { rows: joined.map((map) => rowsOf(map).map(reduce)), grid: joined[0] };
}

/** The rows that the bank keeps, in the order in which they are chosen. */
async function chosen(all: number[][], options: PatchCoreOptions): Promise<ArrayLike<number>> {
  const { coreset = 0.01, sampling, projection = 128, seed = 0 } = options;
  const count = Math.max(1, Math.floor(all.length * coreset));
  const random = seededRandom(seed, "coreset");
  if (sampling === "random") return sampleWithoutReplacement(random, { count, below: all.length });
  const rows = matrix(all);
  // By the engine, as rounding otherwise would now and then decide which of two rows is farther.
  const projected = projection === 0 ? rows : await evaluate(
    (g, x, m) => g.linear(x, m),
    rows,
    projectionMatrix(all[0].length, { dimensions: projection, seed }),
  );
  const looked = { data: projected.data, shape: [all.length, projected.shape[1]] } as const;
  if (sampling === "approximate") return approximateGreedyPlain(looked, { count, seed }).indices;
  const start = random.integer(all.length);
  return options.start === "dropped"
    ? kCenterGreedyPlain(looked, { count: count + 1, start }).indices.slice(1)
    : kCenterGreedyPlain(looked, { count, start }).indices;
}

async function plainPatchCore(options: PatchCoreOptions): Promise<Found> {
  const { neighbours = 1, distance = "euclidean", score = "max", reweightingNeighbours = 9 } =
    options;
  const { rows, grid } = patches(options);
  const all = rows.slice(0, 5).flat();
  const bank = Array.from(await chosen(all, options), (i) => all[i]);
  const found = rows[5].map((row) => nearestOf(row, bank, neighbours));
  const scores = found.map((near) => mean(near.map((n) => n.distance ** power[distance])));
  const map = toMap(scores, grid);
  if (score === "max") return { score: Math.max(...scores), map };
  // Equation 7, as it is written.
  const patch = found.reduce((a, near, i) => near[0].distance > found[a][0].distance ? i : a, 0);
  const [{ distance: own, index }] = found[patch];
  const around = nearestOf(bank[index], bank, reweightingNeighbours).map(({ index }) => index);
  const sum = around.reduce((s, m) => {
    return s + Math.exp(Math.hypot(...rows[5][patch].map((v, k) => v - bank[m][k])));
  }, 0);
  return { score: (1 - Math.exp(own) / sum) * own, map };
}

Deno.test("PatchCore: neighbourhood, pooling, coreset and its start, distance, k, equation 7", async () => {
  const base: PatchCoreOptions = { coreset: 0.02, projection: 0 };
  const variants: PatchCoreOptions[] = [
    base,
    { coreset: 0.02 },
    { ...base, seed: 6 },
    { ...base, neighbourhood: 1 },
    { ...base, neighbourhood: 5 },
    { ...base, pooling: "official", levelDimensions: 16, dimensions: 12 },
    { ...base, pooling: "official" },
    { ...base, sampling: "approximate" },
    { ...base, start: "dropped" },
    { coreset: 0.05, start: "dropped", seed: 6 },
    { coreset: 0.02, sampling: "random" },
    { ...base, distance: "squared" },
    { ...base, neighbours: 3 },
    { ...base, score: "reweighted" },
    { ...base, score: "reweighted", reweightingNeighbours: 3 },
    { coreset: 0.02, ...presets["patchcore-official"].options(backbone) },
    { ...presets["patchcore-anomalib"].options(backbone) },
  ];
  assertEquals(variants.length, 17);
  const scores = new Set<number>();
  for (const options of variants) {
    const found = await predict(patchCore(backbone, { geometry, sigma: 0, ...options }));
    assertSame(`PatchCore ${JSON.stringify(options)}`, found, await plainPatchCore(options));
    scores.add(found.score);
  }
  assert(scores.size > 10, `${scores.size}`);
});

Deno.test("a dropped start is the greedy selection without its first row, plain and lazy", async () => {
  const random = seededRandom(1, "rows");
  const rows = matrix(
    Array.from({ length: 300 }, () => Array.from({ length: 5 }, () => random.integer(9))),
  );
  const [N] = rows.shape;
  let compared = 0;
  for (const start of [0, 7, N - 1]) {
    for (const count of [1, 2, 60, N - 1]) {
      const options = { count, start, dropStart: true };
      const plain = kCenterGreedyPlain(rows, options);
      const whole = kCenterGreedyPlain(rows, { count: count + 1, start });
      assertEquals(plain, { indices: whole.indices.slice(1), radii: whole.radii.slice(1) });
      assertEquals(await kCenterGreedy(rows, options), plain);
      assert(!plain.indices.includes(start));
      compared++;
    }
    // All rows are all rows.
    const options = { count: N, start, dropStart: true };
    const all = kCenterGreedyPlain(rows, options);
    assertEquals(all.indices.toSorted(), Int32Array.from({ length: N }, (_, i) => i));
    assertEquals(all.indices.at(-1), start);
    assertEquals(await kCenterGreedy(rows, options), all);
  }
  assertEquals(compared, 12);
  const line = matrix([[0], [1], [9], [10], [5]]);
  const byHand = await kCenterGreedy(line, { count: 3, start: 4, dropStart: true });
  assertEquals(byHand.indices, Int32Array.of(0, 3, 1));
  assertEquals(byHand.radii, Float64Array.of(5, 1, 1));
  const told: number[] = [];
  const progress = (chosen: number) => void told.push(chosen);
  await kCenterGreedy(line, { count: 3, start: 4, dropStart: true, progress });
  assertEquals([told.at(-1), Math.max(...told)], [3, 3]);
});

Deno.test("PatchCore's bins repeat values where there are more bins than channels", async () => {
  const options = { geometry, coreset: 0.02, projection: 0, sigma: 0 };
  const { score, map = [] } = await predict(patchCore(backbone, options));
  const twice = await predict(patchCore(backbone, { ...options, dimensions: 20 }));
  assertSame("20 bins of 10 channels", twice, {
    score: score * Math.SQRT2,
    map: Array.from(map, (value) => value * Math.SQRT2),
  });
});

Deno.test("equation 7 beside squared distances or k > 1: refused, or they count", async () => {
  const base = { geometry, coreset: 0.02, score: "reweighted" } as const;
  const { score } = await predict(patchCore(backbone, base));
  for (const options of [{ distance: "squared" }, { neighbours: 3 }] as const) {
    const work = async () => await predict(patchCore(backbone, { ...base, ...options }));
    const found = await work().catch((error) => error);
    if (!isRefusal(found)) assertNotEquals((found as Found).score, score, JSON.stringify(options));
  }
});

Deno.test("an ensemble's score is its own, not the test set's: no other photo changes it", async () => {
  const members = [patchCore(backbone, { geometry }), padim(backbone, { geometry })];
  await using fitted = await ensemble(members, { holdOut: 0.4 }).fit(train);
  const before = await fitted.predict(photo);
  for (const image of train) await fitted.predict(image);
  assertEquals(await fitted.predict(photo), before);
});

Deno.test("the defaults are the papers' values", () => {
  const { options: spadeOptions } = spade(backbone);
  const geometry = { resize: 256, crop: 224, filter: "bilinear", aspect: "keep" };
  const shared = { geometry, sigma: 4 };
  assertEquals(spadeOptions, {
    ...shared,
    neighbours: 50,
    pixelNeighbours: 1,
    aggregation: "concatenate",
    distance: "euclidean",
    imageLevel: "deep",
    levels: ["fine", "mid", "deep"],
  });
  assertEquals(patchCore(backbone).options, {
    ...shared,
    levels: ["fine", "mid"],
    neighbourhood: 3,
    pooling: "mean",
    levelDimensions: 1024,
    dimensions: 0,
    coreset: 0.01,
    sampling: "greedy",
    start: "included",
    projection: 128,
    neighbours: 1,
    distance: "euclidean",
    score: "max",
    reweightingNeighbours: 9,
    seed: 0,
  });
  const { upsampling, reduction, ridge, distance } = padim(backbone).options;
  assertEquals([upsampling, reduction, ridge, distance], ["bilinear", "random", 0.01, "euclidean"]);
  assertEquals(dn2(backbone).options.neighbours, 2);
  const { combine, reduction: none } = gaussianAd(backbone).options;
  assertEquals([combine, none], ["sum", "none"]);
});

Deno.test("a preset is the recipe that its name says", () => {
  const recipe = (name: string) => createDetector(name, backbone).options;
  const small = { resize: 256, crop: 224, filter: "bilinear", aspect: "keep" };
  const large = { resize: 366, crop: 320, filter: "bilinear", aspect: "keep" };
  const square = { resize: 256, crop: 256, filter: "bilinear", aspect: "stretch" };
  const expected: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    "spade-popular": {
      neighbours: 5,
      pixelNeighbours: 1,
      aggregation: "average",
      distance: "euclidean",
      sigma: 4,
    },
    "gaussian-ad-npca": { reduction: "npca", variance: 0.01, combine: "sum" },
    "padim-pca": { reduction: "pca", ridge: 0.01, dimensions: 18 },
    "padim-popular": {
      upsampling: "nearest",
      reduction: "random",
      ridge: 0.01,
      distance: "euclidean",
      sigma: 4,
      geometry: { ...small, filter: "lanczos" },
    },
    "padim-anomalib": {
      upsampling: "nearest",
      reduction: "random",
      ridge: 0.01001,
      distance: "euclidean",
      sigma: 4,
      geometry: square,
    },
    "patchcore-2021": {
      coreset: 0.1,
      score: "max",
      reweightingNeighbours: 9,
      sampling: "greedy",
      start: "included",
      pooling: "mean",
      geometry: small,
    },
    "patchcore-2022": {
      coreset: 0.01,
      score: "reweighted",
      geometry: large,
    },
    "patchcore-2022-ensemble-lite": {
      coreset: 0.01,
      score: "reweighted",
      // 384 where there are more channels than that.
      dimensions: 0,
      geometry: large,
    },
    "patchcore-official": {
      pooling: "official",
      levelDimensions: 1024,
      dimensions: 1024,
      sampling: "approximate",
      projection: 128,
      distance: "squared",
      neighbours: 1,
      score: "max",
      coreset: 0.1,
      sigma: 4,
      geometry: small,
    },
    "patchcore-anomalib": {
      coreset: 0.1,
      sampling: "greedy",
      start: "dropped",
      pooling: "mean",
      distance: "euclidean",
      neighbours: 1,
      score: "reweighted",
      reweightingNeighbours: 9,
      geometry: square,
    },
  };
  // The papers' own need other networks: tests/detectors/registry_test.ts has them.
  const embedded = Object.entries(presets).filter(([, { backbones = [] }]) =>
    backbones.every((name) => embeddedBackbones.includes(name))
  );
  assertEquals(Object.keys(expected).sort(), embedded.map(([name]) => name).sort());
  for (const [name, options] of Object.entries(expected)) {
    const found = recipe(name);
    for (const [option, value] of Object.entries(options)) {
      assertEquals(found[option], value, `${name}: ${option}`);
    }
  }
  assertEquals(findMethod("patchcore-2022-ensemble-lite").backbones?.length, 2);
  const wide = { ...backbone, level: (name: string) => ({ name, channels: 300, stride: 8 }) };
  assertEquals(presets["patchcore-2022-ensemble-lite"].options(wide).dimensions, 384);
});

Deno.test("an option that would change nothing is refused", () => {
  const cases: [() => unknown, string][] = [
    [() => patchCore(backbone, { levelDimensions: 64 }), "levelDimensions"],
    [() => patchCore(backbone, { reweightingNeighbours: 5 }), "reweightingNeighbours"],
    [() => patchCore(backbone, { sampling: "random", projection: 64 }), "projection"],
    [() => patchCore(backbone, { sampling: "random", start: "included" }), "start"],
    [() => patchCore(backbone, { sampling: "approximate", start: "dropped" }), "start"],
    [() => gaussianAd(backbone, { variance: 0.5 }), "variance"],
  ];
  assertEquals(cases.length, 6);
  for (const [make, name] of cases) assertThrows(make, RangeError, `${name} belongs to`);
});
