import { assert, assertEquals, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import {
  createGraph,
  generate,
  imageTensor,
  loadBackbone,
  loadDetector,
  openSession,
  patchCore,
} from "../../mod.ts";
import type { Fitted, Image } from "../../mod.ts";
import {
  type DetectorFile,
  readDetectorFile,
  writeDetectorFile,
} from "../../src/detectors/detector_file.ts";
import { partsOf } from "../../src/detectors/fitted.ts";
import { pixelInput } from "../../src/detectors/photo_graph.ts";

const backbone = await loadBackbone("efficientnet_lite0");
const weave = await generate("weave", { size: 96, train: 4, testGood: 1, testPerDefect: 1 });
const train = await Promise.all(weave.train.map((sample) => sample.image()));
const test = await Promise.all(weave.test.map((sample) => sample.image()));
const wide: Image = { width: 96, height: 48, data: test[1].data.slice(0, 96 * 48 * 3) };

async function withFitted(run: (fitted: Fitted, path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await using fitted = await patchCore(backbone, {
      geometry: { resize: 72, crop: 64 },
      coreset: 0.3,
      score: "reweighted",
      seed: 3,
    }).fit(train);
    const path = join(folder, "new", "detector.onnx");
    await fitted.save(path);
    await run(fitted, path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("saved, loaded, predicted again: the same scores and maps, for photos of any size", () =>
  withFitted(async (fitted, path) => {
    await using loaded = await loadDetector(path);
    let most = 0;
    for (const image of [...test, wide]) {
      const [a, b] = [await fitted.predict(image), await loaded.predict(image)];
      most = Math.max(most, Math.abs(b.score / a.score - 1));
      const [x, y] = [a.map?.data ?? [], b.map?.data ?? []];
      assertEquals([x.length, y.length], [64 * 64, 64 * 64]);
      for (let i = 0; i < x.length; i++) most = Math.max(most, Math.abs(y[i] / x[i] - 1));
    }
    console.log(`saved and loaded: largest relative difference ${most}`);
    assert(most < 1e-5);
    const { name, backbone: of, options, geometry, seed, trainImages } = fitted;
    assertEquals(
      [loaded.name, loaded.backbone, loaded.options, loaded.geometry, loaded.seed],
      [name, of, options, geometry, seed],
    );
    assertEquals(loaded.trainImages, trainImages);
  }));

Deno.test("what was loaded can be saved again: the same bytes", () =>
  withFitted(async (_, path) => {
    await using loaded = await loadDetector(path);
    await loaded.save(`${path}.copy`);
    assertEquals(await Deno.readFile(`${path}.copy`), await Deno.readFile(path));
  }));

/** The graph and facts of a fitted detector, to write them in another way than `save` would. */
function graphAndFacts(fitted: Fitted): Parameters<typeof writeDetectorFile>[1] {
  const graph = createGraph();
  const photo = graph.input("image", "uint8", ["height", "width", 3]);
  const { score, map } = partsOf(fitted).build(graph, pixelInput(graph, photo));
  graph.output("score", graph.reshape(score, []));
  if (map) graph.output("map", map);
  const { name: method, backbone, options, geometry, seed, trainImages } = fitted;
  return {
    graph,
    facts: { method, backbone, options, geometry, seed, trainImages, licenses: ["none"] },
  };
}

const predictBy = async (file: DetectorFile, image: Image): Promise<Float32Array> => {
  await using session = await openSession(file.model, { fed: file.fed });
  assertEquals(session.inputs, ["image"]);
  const { score, map } = await session.run({ image: imageTensor(image) });
  return Float32Array.of(Number(score.data[0]), ...map.data as Float32Array);
};

/** Weights that are fed are not folded into each other beforehand: rounding differs. */
const assertClose = (found: Float32Array, expected: Float32Array) => {
  assertEquals([found.length, expected.length], [64 * 64 + 1, 64 * 64 + 1]);
  const most = Math.max(...found.map((value, i) => Math.abs(value / expected[i] - 1)));
  console.log(`fed: largest relative difference ${most}`);
  assert(most < 1e-5);
};

Deno.test("large constants are fed, not compiled: the same prediction, and saved again the same bytes", () =>
  withFitted(async (fitted, path) => {
    const expected = await predictBy(await readDetectorFile(path), test[0]);
    const apart = await readDetectorFile(path, { from: 1000 });
    assert(Object.keys(apart.fed).length > 20, `${Object.keys(apart.fed).length} fed`);
    assert(apart.model.length < 100_000, `${apart.model.length} bytes of model`);
    assertClose(await predictBy(apart, test[0]), expected);
    assertEquals(expected[0], (await fitted.predict(test[0])).score);
    await apart.save(`${path}.copy`);
    assertEquals(await Deno.readFile(`${path}.copy`), await Deno.readFile(path));
  }));

Deno.test("what one file cannot hold goes into a second one beside it, checked when read", () =>
  withFitted(async (fitted, path) => {
    const expected = await predictBy(await readDetectorFile(path), test[0]);
    const folder = join(dirname(path), "large");
    const large = join(folder, "d.onnx");
    await writeDetectorFile(large, { ...graphAndFacts(fitted), largestInside: 1e6, from: 1e4 });
    const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
    assertEquals(names.length, 2);
    const data = names.find((name) => /^d\.onnx\.[0-9a-f]{16}\.data$/.test(name)) ?? "";
    assert((await Deno.stat(large)).size < 1e6);
    assert((await Deno.stat(join(folder, data))).size > 1e6);
    const loaded = await readDetectorFile(large);
    assertClose(await predictBy(loaded, test[0]), expected);

    const copies = join(folder, "copies");
    await loaded.save(join(copies, "d.onnx"));
    for (const name of names) {
      assertEquals(
        await Deno.readFile(join(copies, name)),
        await Deno.readFile(join(folder, name)),
      );
    }
    const bytes = await Deno.readFile(join(folder, data));
    bytes[bytes.length >> 1] ^= 1;
    await Deno.writeFile(join(folder, data), bytes);
    await assertRejects(() => loadDetector(large), SyntaxError, "was changed or cut off");
    await Deno.remove(join(folder, data));
    await assertRejects(() => loadDetector(large), RangeError, data);
  }));

Deno.test("the file is a plain model: ONNX Runtime needs nothing of this library", () =>
  withFitted(async (fitted, path) => {
    await using session = await openSession(await Deno.readFile(path));
    assertEquals(session.inputs, ["image"]);
    assertEquals(session.outputs, ["score", "map"]);
    const { data, width, height } = test[0];
    const result = await session.run({ image: { data, shape: [height, width, 3] } });
    assertEquals(result.score.shape, []);
    assertEquals(result.score.data[0], (await fitted.predict(test[0])).score);
  }));

Deno.test("the file says what it is in its metadata", () =>
  withFitted(async (_, path) => {
    const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
    const words = ["kizu.method", "patchcore", "kizu.seed", "Apache-2.0", backbone.sha256];
    for (const word of words) assert(text.includes(word), word);
  }));

Deno.test("a file cut off, changed, of a newer version, or of another kind is refused", () =>
  withFitted(async (_, path) => {
    const bytes = await Deno.readFile(path);
    const refused = async (content: Uint8Array, message: string) => {
      await Deno.writeFile(path, content);
      const error = await assertRejects(() => loadDetector(path), SyntaxError, message);
      assert((error as Error).message.includes(path));
    };
    for (const share of [0, 0.01, 0.5, 0.9]) {
      await refused(bytes.subarray(0, bytes.length * share), "must be a detector file");
    }
    await refused(bytes.subarray(0, bytes.length - 1), "must be");
    for (const share of [0.001, 0.3, 0.7, 0.999]) {
      const changed = bytes.slice();
      changed[Math.floor(changed.length * share)] ^= 4;
      await refused(changed, "as it was saved");
    }
    await refused(new TextEncoder().encode("not a model"), "must be a detector file");
    await assertRejects(() => loadDetector(`${path}.none`), RangeError, `${path}.none`);
  }));

Deno.test("a file of another format version is refused with both versions", () =>
  withFitted(async (_, path) => {
    const { sealModel } = await import("../../src/onnx/model_file.ts");
    const bytes = await Deno.readFile(path);
    const text = new TextDecoder("latin1").decode(bytes);
    const at = text.lastIndexOf("kizu.format") + "kizu.format".length + 2;
    assertEquals(text[at], "1");
    bytes[at] = "2".charCodeAt(0);
    const seal = text.lastIndexOf("kizu.sha256") + "kizu.sha256".length + 2;
    bytes.fill("0".charCodeAt(0), seal, seal + 64);
    sealModel(bytes);
    await Deno.writeFile(path, bytes);
    await assertRejects(() => loadDetector(path), RangeError, "format must be 1");
  }));
