import { assert, assertEquals, assertRejects } from "@std/assert";
import { generate, loadBackbone, preprocessImage } from "../../../mod.ts";
import type { Sample } from "../../../mod.ts";
import { tapKey, tapsOf } from "../../../src/detectors/photo_graph.ts";
import { cannot } from "../../../src/errors.ts";
import {
  type FeaturedSample,
  openFeatureSource,
} from "../../../src/evaluation/runs/photo_features.ts";
import { openTensorCache, type TensorCache } from "../../../src/store/tensor_cache.ts";
import { filesIn, withFolder } from "../../cli/eval_command.ts";

const geometry = { resize: 64, crop: 64 };
const backbone = await loadBackbone("efficientnet_lite0");
const { test: samples } = await generate("weave", { size: 64, testGood: 3, testPerDefect: 1 });
const { patches } = backbone.defaults;
const taps = tapsOf({ backbone, geometry, maps: patches });

async function withCache(
  run: (cache: TensorCache, folder: string) => Promise<void>,
  mostBytes = 1e9,
): Promise<void> {
  await withFolder(async (folder) => run(await openTensorCache({ folder, mostBytes }), folder));
}

/** Reads with a source of its own, so that everything was written afterwards. */
async function read(
  cache: TensorCache,
  of: readonly Sample[] = samples,
  options: Partial<Parameters<ReturnType<typeof openFeatureSource>["read"]>[1]> = {},
): Promise<FeaturedSample[]> {
  await using source = openFeatureSource(cache);
  return await Array.fromAsync(source.read(of, { taps, ...options }));
}
const cachedOf = (found: readonly FeaturedSample[]) => found.map(({ cached }) => cached);

Deno.test("samples come in their order, each with the maps that the backbone gives", async () => {
  await withCache(async (cache) => {
    const found = await read(cache);
    assertEquals(found.map(({ sample }) => sample.id), samples.map(({ id }) => id));
    assertEquals(found.map(({ mask }) => mask), samples.map(() => undefined));
    let most = 0;
    for (const { sample, photo } of found) {
      assertEquals([...photo.tensors.keys()], taps.map(tapKey));
      const maps = await backbone.features([await sample.image()], patches, geometry);
      assertEquals(maps.length, 2);
      for (const [i, { data, shape }] of maps.entries()) {
        const own = photo.tensors.get(tapKey(taps[i]));
        assertEquals(own?.shape, shape);
        const scale = data.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
        data.forEach((v, at) =>
          most = Math.max(most, Math.abs(v - (own?.data[at] ?? NaN)) / scale)
        );
      }
    }
    console.log(`against the backbone's own: largest relative difference ${most.toExponential(1)}`);
    assert(most < 1e-6, String(most));
  });
});

Deno.test("a photo is passed through once, whatever other standard taps are asked for later", async () => {
  await withCache(async (cache) => {
    assert(cachedOf(await read(cache)).every((cached) => !cached));
    assert(cachedOf(await read(cache)).every((cached) => cached));
    const pooled = tapsOf({ backbone, geometry, pooled: backbone.levels.map(({ name }) => name) });
    const others = [pooled, tapsOf({ backbone, geometry, maps: backbone.defaults.pyramid })];
    for (const other of others) {
      assert(cachedOf(await read(cache, samples, { taps: other })).every((cached) => cached));
    }
    assertEquals(cache.statistics.written, samples.length);
    // A kept photo is not decoded.
    const blind = samples.map((sample): Sample => ({
      ...sample,
      image: () => Promise.reject(new Error("decoded")),
    }));
    assertEquals((await read(cache, blind)).length, samples.length);
    // One with other content, or without a word for it, is not mistaken for it.
    const [first, second] = samples;
    const swapped = { ...first, image: second.image, content: second.content };
    const [one, two, three] = [
      ...await read(cache, [first]),
      ...await read(cache, [swapped]),
      ...await read(cache, [{ ...first, content: undefined }]),
    ];
    assert(two.cached && !three.cached);
    const [key] = one.photo.tensors.keys();
    assert(one.photo.tensors.get(key)?.data[7] !== two.photo.tensors.get(key)?.data[7]);
    assertEquals(three.photo, one.photo);
    assert((await read(cache, [{ ...first, content: undefined }]))[0].cached);
  });
});

Deno.test("a cache that keeps nothing, or loses all in between, changes no number", async () => {
  let expected: FeaturedSample["photo"][] = [];
  await withCache(async (cache, folder) => {
    expected = (await read(cache)).map(({ photo }) => photo);
    for (const path of filesIn(folder).filter((path) => path.endsWith(".tensors"))) {
      const bytes = await Deno.readFile(path);
      bytes[bytes.length - 3] ^= 1;
      await Deno.writeFile(path, bytes);
    }
    const again = await read(cache);
    assertEquals(again.map(({ photo }) => photo), expected);
    // The last byte is a pooled level's, which these taps do not read: nothing wrong was taken.
    assertEquals(cachedOf(again), cachedOf(again).map(() => cache.statistics.damaged === 0));
    const pooled = tapsOf({ backbone, geometry, pooled: [backbone.levels[0].name] });
    for (const level of backbone.levels) {
      const one = tapsOf({ backbone, geometry, pooled: [level.name] });
      assertEquals(
        (await read(cache, samples, { taps: one })).map(({ photo }) => photo.tensors.size),
        samples.map(() => 1),
      );
    }
    assertEquals(cache.statistics.damaged, samples.length);
    assertEquals((await read(cache, samples, { taps: pooled })).length, samples.length);
  });
  await withCache(async (cache) => {
    const found = await read(cache);
    assertEquals(found.map(({ photo }) => photo), expected);
    assertEquals([cachedOf(await read(cache)).includes(true), cache.statistics.written], [
      false,
      0,
    ]);
    assertEquals(cache.statistics.tooLarge, 2 * samples.length);
  }, 100);
});

Deno.test("the folder stays within its bound, and the numbers stay the same", async () => {
  let size = 0;
  await withCache(async (cache) => {
    await read(cache, samples.slice(0, 1));
    size = cache.statistics.bytes;
  });
  const most = Math.ceil(3.5 * size);
  await withCache(async (cache, folder) => {
    await read(cache);
    const bytes = filesIn(folder).filter((path) => path.endsWith(".tensors"))
      .reduce((sum, path) => sum + Deno.statSync(path).size, 0);
    assert(bytes <= most && bytes > 0, `${bytes} of ${most}`);
    assert(cache.statistics.evicted > 0);
  }, most);
});

Deno.test("the numbers are the same to the last bit, whatever else one pass computes", async () => {
  const levels = backbone.levels.map(({ name }) => name);
  const unusual = levels.filter((name) =>
    ![...patches, ...backbone.defaults.pyramid].includes(name)
  );
  assert(unusual.length >= 2);
  const own = tapsOf({ backbone, geometry, maps: unusual });
  const wanted = [...taps, ...own];
  const alone: (readonly [string, unknown])[] = [];
  for (const tap of wanted) {
    await withCache(async (cache) => {
      const found = await read(cache, samples, { taps: [tap] });
      found.forEach(({ photo }, i) => {
        alone.push([`${i} ${tapKey(tap)}`, photo.tensors.get(tapKey(tap))]);
      });
    });
  }
  const expected = Object.fromEntries(alone);
  assertEquals(Object.keys(expected).length, wanted.length * samples.length);
  for (const pictures of [false, true]) {
    await withCache(async (cache) => {
      await using source = openFeatureSource(cache, { planned: () => own });
      const options = { taps, pictures };
      await Array.fromAsync(source.read(samples, options));
      await source[Symbol.asyncDispose]();
      // Planned, they are there when they are asked for.
      const found = await read(cache, samples, { taps: wanted });
      assert(found.every(({ cached }) => cached));
      assertEquals(
        Object.fromEntries(
          found.flatMap(({ photo }, i) =>
            wanted.map((tap) => [`${i} ${tapKey(tap)}`, photo.tensors.get(tapKey(tap))])
          ),
        ),
        expected,
      );
      const { misses } = cache.statistics;
      const [sample] = samples;
      await using later = openFeatureSource(cache);
      assertEquals(
        await later.seen(sample, geometry),
        await preprocessImage(await sample.image(), geometry),
      );
      assertEquals(cache.statistics.misses, pictures ? misses : misses + 1);
    });
  }
});

Deno.test("masks come along, what cannot be read is skipped or refused, in order", async () => {
  await withCache(async (cache) => {
    const broken: Sample = {
      ...samples[1],
      content: () => Promise.reject(cannot("read it", "it must be there", "no")),
    };
    const some = [samples[0], broken, samples[2], samples[4]];
    const skipped: string[] = [];
    const found = await read(cache, some, { masks: true, skip: ({ id }) => void skipped.push(id) });
    assertEquals(skipped, [broken.id]);
    assertEquals(found.map(({ sample }) => sample.id), [0, 2, 4].map((i) => samples[i].id));
    for (const { sample, mask } of found) assertEquals(mask, await sample.mask());
    await assertRejects(() => read(cache, some), RangeError, "Cannot read it");
    // The program's own failure is not the photo's.
    const failing = { ...broken, content: () => Promise.reject(new Error("out of order")) };
    await assertRejects(() => read(cache, [failing], { skip: () => {} }), Error, "out of order");
    let waited = 0;
    await read(cache, some.slice(2), { waited: (seconds) => waited += seconds });
    assert(waited > 0);
  });
});

Deno.test("a photo as the network sees it is kept too, and the pass is measured once", async () => {
  await withCache(async (cache) => {
    const [sample] = samples;
    {
      await using source = openFeatureSource(cache);
      const other = { resize: 40, crop: 32 };
      assertEquals(
        await source.seen(sample, other),
        await preprocessImage(await sample.image(), other),
      );
    }
    await using source = openFeatureSource(cache);
    const blind = { ...sample, image: () => Promise.reject(new Error("decoded")) };
    const kept = await source.seen(blind, { resize: 40, crop: 32 });
    assertEquals([kept.width, kept.height, kept.data.length], [32, 32, 3072]);
    const pass = await source.passMilliseconds(sample, taps);
    assert(pass > 0);
    assertEquals(await source.passMilliseconds(blind, taps), pass);
  });
});
