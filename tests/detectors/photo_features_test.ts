import { assert, assertEquals, assertRejects } from "@std/assert";
import { generate, loadBackbone, loadDetector } from "../../mod.ts";
import type { Backbone, Detector, Fitted, Image, Sample } from "../../mod.ts";
import type { PhotoFeatures, Tap } from "../../src/detectors/detector.ts";
import { openPhotoSession, tapKey, tapsOf } from "../../src/detectors/photo_graph.ts";
import { createDetector, findMethod, methodNames, presets } from "../../src/detectors/registry.ts";
import { openFeatureSource } from "../../src/evaluation/runs/photo_features.ts";
import { openTensorCache, type TensorCache } from "../../src/store/tensor_cache.ts";

const geometry = { resize: 64, crop: 64 };
const [first, second] = await Promise.all(
  ["efficientnet_lite0", "efficientnet_lite2"].map((name) => loadBackbone(name)),
);
const weave = await generate("weave", { size: 64, train: 8, testGood: 1, testPerDefect: 1 });
const train = await Promise.all(weave.train.map((sample) => sample.image()));
const test = await Promise.all(weave.test.map((sample) => sample.image()));

/** What small photos, few of them, and the embedded networks need of each method's options. */
const tiny: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "dn2": {},
  "spade": { neighbours: 3 },
  "gaussian-ad": {},
  "padim": { dimensions: 30 },
  "patchcore": { coreset: 0.3 },
};
const names = [...methodNames, ...Object.keys(presets)];

/** A method or preset on the embedded networks. */
function detectorOf(name: string): Detector {
  const { method, backbones: own, options } = findMethod(name);
  const networks: readonly Backbone[] = (own?.length ?? 1) > 1 ? [first, second] : [first];
  const given = { ...tiny[method] };
  if (method === "padim" && options(first).reduction === "pca") given.dimensions = 10;
  return createDetector(name, networks, { geometry, options: given });
}

async function withSource(
  run: (
    featuresOf: (detector: Detector, samples: readonly Sample[]) => Promise<PhotoFeatures[]>,
    cache: TensorCache,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "kizu-features-" });
  try {
    const cache = await openTensorCache({ folder, mostBytes: 1e9 });
    await run(async ({ taps }, samples) => {
      // Disposed of, it has written all that it computed.
      await using source = openFeatureSource(cache);
      const found = await Array.fromAsync(source.read(samples, { taps }));
      return found.map(({ photo }) => photo);
    }, cache);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The largest difference of scores and maps, each over the largest size in it. */
async function furthest(
  [a, from]: readonly [Fitted, readonly (Image | PhotoFeatures)[]],
  [b, other]: readonly [Fitted, readonly (Image | PhotoFeatures)[]],
): Promise<number> {
  let most = 0;
  for (const [i, photo] of from.entries()) {
    const [x, y] = [await a.predict(photo), await b.predict(other[i])];
    most = Math.max(most, Math.abs(x.score - y.score) / Math.abs(x.score));
    const scale = x.map?.data.reduce((size, v) => Math.max(size, Math.abs(v)), 0) ?? 1;
    assertEquals(x.map?.shape, y.map?.shape);
    x.map?.data.forEach((v, at) => {
      most = Math.max(most, Math.abs(v - (y.map?.data[at] ?? NaN)) / scale);
    });
    assert(!Number.isNaN(most));
  }
  return most;
}

Deno.test("every method and preset says of features what it says of pixels, within 1e-5", async () => {
  assert(names.length >= 15, `${names.length} names`);
  const lines: string[] = [];
  await withSource(async (featuresOf) => {
    for (const name of names) {
      const detector = detectorOf(name);
      await using fromPixels = await detector.fit(train, { count: train.length });
      const seen = await featuresOf(detector, weave.train);
      const context = { count: seen.length, predicts: "features" } as const;
      await using fromFeatures = await detector.fit(seen, context);
      assertEquals(fromFeatures.options, fromPixels.options, name);
      const asked = await featuresOf(detector, weave.test);
      const most = Math.max(
        await furthest([fromPixels, test], [fromFeatures, asked]),
        // Each of the two sees the other kind of photos too.
        await furthest([fromPixels, test], [fromPixels, asked]),
        await furthest([fromFeatures, asked], [fromFeatures, test]),
      );
      lines.push(`${name} ${most.toExponential(1)}`);
      assert(most < 1e-5, lines.at(-1));
    }
  });
  console.log(`features against pixels, largest relative difference: ${lines.join(", ")}`);
});

Deno.test("kept features equal fresh ones to the last bit, and so do predictions", async () => {
  const tapsOfAll = names.map(detectorOf);
  await withSource(async (featuresOf, cache) => {
    for (const detector of tapsOfAll) {
      const fresh = await featuresOf(detector, weave.test);
      const before = cache.statistics;
      const kept = await featuresOf(detector, weave.test);
      const { hits, misses } = cache.statistics;
      assert(hits >= before.hits + test.length && misses === before.misses, detector.name);
      assertEquals(kept, fresh);
    }
    const patchcore = detectorOf("patchcore");
    const seen = await featuresOf(patchcore, weave.train);
    const { misses } = cache.statistics;
    const again = await featuresOf(patchcore, weave.train);
    assertEquals(cache.statistics.misses, misses);
    await using one = await patchcore.fit(seen);
    await using two = await patchcore.fit(again);
    for (const photo of await featuresOf(patchcore, weave.test)) {
      assertEquals(await one.predict(photo), await two.predict(photo));
    }
  });
});

Deno.test("a file saved by a detector fitted on features is the one fitted on photos writes", async () => {
  const folder = await Deno.makeTempDir({ prefix: "kizu-save-" });
  try {
    await withSource(async (featuresOf) => {
      for (
        const name of [
          "dn2",
          "spade",
          "gaussian-ad",
          "padim",
          "patchcore",
          "patchcore-2022-ensemble",
        ]
      ) {
        const detector = detectorOf(name);
        await using fitted = await detector.fit(await featuresOf(detector, weave.train), {
          count: 8,
          predicts: "features",
        });
        await using plain = await detector.fit(train, { count: 8 });
        const [a, b] = [`${folder}/a.onnx`, `${folder}/b.onnx`];
        await fitted.save(a);
        await plain.save(b);
        await using loaded = await loadDetector(a);
        await using other = await loadDetector(b);
        assertEquals([loaded.options, loaded.trainImages], [plain.options, 8], name);
        assert(await furthest([loaded, test], [fitted, test]) === 0, `${name}: saved and fitted`);
        assert(await furthest([loaded, test], [other, test]) < 1e-5, name);
        assertEquals((await Deno.stat(a)).size, (await Deno.stat(b)).size, name);
        await assertRejects(
          () => loaded.predict({ tensors: new Map() }),
          TypeError,
          "looks at photos, not at features",
        );
      }
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a photo whose tap is missing is refused, by fit and by predict, naming it", async () => {
  await withSource(async (featuresOf) => {
    const detector = detectorOf("patchcore");
    const seen = await featuresOf(detector, weave.train);
    await using fitted = await detector.fit(seen);
    const [{ tensors }] = seen;
    assert(tensors.size >= 2);
    for (const key of tensors.keys()) {
      const partial = { tensors: new Map([...tensors].filter(([other]) => other !== key)) };
      for (
        const attempt of [() => fitted.predict(partial), () => detector.fit([partial, partial])]
      ) {
        await assertRejects(attempt, RangeError, `they must hold every tap: no ${key}`);
      }
    }
    // Those of another network or geometry do not count.
    const other = createDetector("patchcore", second, { geometry, options: tiny.patchcore });
    const [foreign] = await featuresOf(other, weave.test);
    await assertRejects(() => fitted.predict(foreign), RangeError, "must hold every tap");
  });
});

Deno.test("taps lists what a detector takes: no more, no less", async () => {
  await withSource(async (featuresOf) => {
    for (const name of names) {
      const detector = detectorOf(name);
      const keys = detector.taps.map(tapKey);
      const asked = new Set<string>();
      const watched = (photo: PhotoFeatures): PhotoFeatures => ({
        tensors: new class extends Map<string, ReturnType<PhotoFeatures["tensors"]["get"]>> {
          override get(key: string) {
            asked.add(key);
            return super.get(key);
          }
        }(photo.tensors) as PhotoFeatures["tensors"],
      });
      const seen = (await featuresOf(detector, weave.train)).map(watched);
      await using fitted = await detector.fit(seen);
      const [one] = await featuresOf(detector, weave.test);
      await fitted.predict(watched(one));
      assertEquals([...asked].sort(), keys.toSorted(), name);
      assertEquals(new Set(keys).size, keys.length, name);
    }
  });
});

Deno.test("a tap's key tells network, geometry, level and pooling apart", () => {
  const tap: Tap = { backbone: first, geometry, level: "stage3", pooled: false };
  const others: readonly Tap[] = [
    { ...tap, backbone: second },
    { ...tap, geometry: { resize: 72, crop: 64 } },
    { ...tap, geometry: { ...geometry, filter: "lanczos" } },
    { ...tap, geometry: { ...geometry, aspect: "stretch" } },
    { ...tap, level: "stage4" },
    { ...tap, pooled: true },
  ];
  assertEquals(new Set([tap, ...others].map(tapKey)).size, 1 + others.length);
  // What is said and what is left to the default are the same.
  assertEquals(tapKey({ ...tap, geometry: { ...geometry, filter: "bilinear" } }), tapKey(tap));
  assertEquals(
    tapsOf({ backbone: first, geometry, maps: ["stage3"], pooled: ["stage5"] }).map(
      ({ level, pooled }) => [level, pooled],
    ),
    [["stage3", false], ["stage5", true]],
  );
});

Deno.test("a session whose graph cannot be compiled tells why, and can be disposed of", async () => {
  const session = await openPhotoSession((g, photo) => {
    const { maps } = photo.take({ backbone: first, geometry, maps: ["stage3"] });
    return { found: g.node({ operator: "NoSuchOperator", inputs: [maps[0]] }, "float32", [1]) };
  });
  await assertRejects(() => session.run(test[0]), SyntaxError, "ONNX Runtime must accept it");
  await session.dispose();
  await assertRejects(() => session.run(test[0]), TypeError, "it was disposed of");
});
