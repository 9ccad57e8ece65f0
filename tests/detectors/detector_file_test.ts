import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { generate, loadBackbone, loadDetector, openSession, patchCore } from "../../mod.ts";
import type { Fitted, Image } from "../../mod.ts";

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
    await sealModel(bytes);
    await Deno.writeFile(path, bytes);
    await assertRejects(() => loadDetector(path), RangeError, "format must be 1");
  }));
