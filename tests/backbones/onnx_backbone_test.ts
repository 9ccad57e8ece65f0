import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import {
  createGraph,
  evaluate,
  type Graph,
  type Image,
  openSession,
  padim,
  patchCore,
  type Value,
} from "../../mod.ts";
import { openOnnxBackbone } from "../../src/backbones/onnx_backbone.ts";
import { listOnnxValues } from "../../src/backbones/onnx_values.ts";
import { formulaPhoto } from "../detectors/formula_photo.ts";
import { copyModel, formulaInput, inFolder, modelPath, readExpected } from "./onnx_fixtures.ts";

const expected = await readExpected();
const imagenet = { normalisation: "imagenet" } as const;
const residual = { ...imagenet, taps: ["level1", "level2", "level3"] };
const names = [
  "residual_17",
  "gated_13",
  "fixed",
  "modern_20",
  "old_9",
  "external",
  "halves",
  "last_channels",
];

for (const name of names) {
  Deno.test(`${name}.onnx says what an independent engine says of it, at every size`, async () => {
    assertEquals(Object.keys(expected).sort(), [...names].sort());
    const { taps, cases } = expected[name];
    assert(cases.length > 0 && taps.length > 0);
    const layout = name === "last_channels" ? "nhwc" : "nchw";
    const backbone = await openOnnxBackbone(modelPath(name), { ...imagenet, taps, layout });
    assertEquals(backbone.levels.length, taps.length);
    let worst = 0;
    for (const { height, width, outputs } of cases) {
      const step = (g: Graph, photos: Value) => backbone.build(g, photos, taps);
      const input = { data: formulaInput(height, width), shape: [1, 3, height, width] };
      const maps = await evaluate(step, input);
      assertEquals(maps.map(({ shape }) => [...shape]), outputs.map(({ shape }) => shape));
      maps.forEach(({ data }, i) => {
        const { samples, largest } = outputs[i];
        assertEquals(samples.length, 31);
        samples.forEach((value, k) => {
          const at = Math.floor((k * (data.length - 1)) / (samples.length - 1));
          worst = Math.max(worst, Math.abs(data[at] - value) / largest);
        });
      });
    }
    console.log(`${name}: largest difference ${worst.toExponential(1)} of a value's largest`);
    assert(worst <= 1e-5, `${worst}`);
  });
}

Deno.test("channels and strides are inferred, and levels are in the network's order", async () => {
  const taps = ["level3", "level1", "level2"];
  const backbone = await openOnnxBackbone(modelPath("residual_17"), { ...imagenet, taps });
  assertEquals(backbone.levels, [
    { name: "level1", channels: 6, stride: 4 },
    { name: "level2", channels: 8, stride: 8 },
    { name: "level3", channels: 9, stride: 16 },
  ]);
  assertEquals(backbone.defaults, {
    patches: ["level2", "level3"],
    pyramid: ["level1", "level2", "level3"],
    pooled: "level3",
  });
  assertEquals(backbone.name, "residual_17");
  assertEquals(backbone.license, "unknown, from residual_17.onnx");
  const hash = await crypto.subtle.digest("SHA-256", await Deno.readFile(modelPath("residual_17")));
  assertEquals(
    backbone.sha256,
    [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
  );
});

Deno.test("default levels are those at the papers' strides, else the last and the first", async () => {
  const open = async (name: string, taps: readonly string[]) =>
    (await openOnnxBackbone(modelPath(name), { ...imagenet, taps })).defaults;
  const four = ["/Relu_output_0", "level1", "level2", "level3"];
  assertEquals((await open("residual_17", four)).pyramid, ["level1", "level2", "level3"]);
  assertEquals(await open("residual_17", four.slice(0, 2)), {
    patches: four.slice(0, 2),
    pyramid: four.slice(0, 2),
    pooled: "level1",
  });
  assertEquals((await open("old_9", ["map4", "map8", "again4"])).pooled, "map8");
  const early = ["stem", "normed", "clipped", "map4"];
  assertEquals((await open("old_9", early)).pyramid, early.slice(0, 3));
});

Deno.test("values that can be taps are listed in the network's order with what they are", async () => {
  const values = await listOnnxValues(modelPath("modern_20"));
  assertEquals(values.map(({ name, op, channels, stride }) => [name, op, channels, stride]), [
    ["patches", "Conv", 6, 4],
    ["map4", "Transpose", 7, 4],
    ["soft", "Gelu", 7, 4],
    ["map8", "AveragePool", 7, 8],
    ["part0", "Split", 3, 8],
    ["part1", "Split", 3, 8],
    ["part2", "Split", 1, 8],
    ["half", "ConstantOfShape", 1, 8],
    ["below", "Sub", 7, 8],
    ["raised", "Add", 1, 8],
    ["joined", "Concat", 11, 8],
  ]);
  const only = async (name: string) => (await listOnnxValues(modelPath(name))).map((v) => v.name);
  assertEquals(await only("kinds"), ["map8"]);
  assertEquals(await only("branching"), ["map8"]);
  assertEquals(await only("resize_10"), ["map8"]);
  assertEquals((await only("fixed")).at(-1), "level3");
});

Deno.test("nodes that do not lead to the taps are cut away, and constants are not copied", async () => {
  const backbone = await openOnnxBackbone(modelPath("residual_17"), residual);
  const g = createGraph();
  const photos = g.input("photos", "float32", [1, 3, 64, 64]);
  const size = (...taps: string[]) => {
    const own = createGraph();
    const input = own.input("photos", "float32", [1, 3, 64, 64]);
    backbone.build(own, input, taps).forEach((value, i) => own.output(`map_${i}`, value));
    return own.toModel().length;
  };
  assert(size("level1") < 0.7 * size("level2"));
  assert(size("level3", "level1") - size("level3") < 200);
  backbone.build(g, photos, ["level3"]);
  const before = g.constants().filter(({ tensor }) => tensor.data instanceof Float32Array);
  backbone.build(g, photos, ["level3"]);
  const after = g.constants().filter(({ tensor }) => tensor.data instanceof Float32Array);
  assert(before.length > 10);
  assertEquals(after.length, before.length);
});

Deno.test("two models fit into one graph", async () => {
  const [one, two] = await Promise.all([
    openOnnxBackbone(modelPath("residual_17"), residual),
    openOnnxBackbone(modelPath("gated_13"), residual),
  ]);
  const input = { data: formulaInput(64, 64), shape: [1, 3, 64, 64] };
  const both = await evaluate(
    (g: Graph, x: Value) => [...one.build(g, x, ["level2"]), ...two.build(g, x, ["level2"])],
    input,
  );
  const alone = await Promise.all(
    [one, two].map((backbone) =>
      evaluate((g: Graph, x: Value) => backbone.build(g, x, ["level2"]), input)
    ),
  );
  assertEquals(both.length, 2);
  both.forEach(({ data }, i) => assertEquals([...data], [...alone[i][0].data]));
});

Deno.test("normalisation is said on 0…1 or 0…255, by options or a side-car, in either order", async () => {
  const photo: Image = {
    width: 32,
    height: 32,
    data: Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => [200, 100, 50][i % 3]),
  };
  const geometry = { resize: 32, crop: 32 };
  await inFolder(async (folder) => {
    const path = await copyModel(folder, "halves");
    /** The mean of a patch is what normalisation makes of the one colour. */
    const colour = async (options: Parameters<typeof openOnnxBackbone>[1]) => {
      const backbone = await openOnnxBackbone(path, { taps: ["means"], ...options });
      const [map] = await backbone.features([photo], ["means"], geometry);
      return [0, 1, 2].map((c) => map.data[c * 64 + 9]);
    };
    const check = (found: readonly number[], wanted: readonly number[]) => {
      assertEquals(found.length, 3);
      found.forEach((value, c) => assertAlmostEquals(value, wanted[c], 1e-5));
    };
    check(await colour(imagenet), [
      (200 / 255 - 0.485) / 0.229,
      (100 / 255 - 0.456) / 0.224,
      (50 / 255 - 0.406) / 0.225,
    ]);
    const mean = [10, 20, 30];
    const deviation = [1, 2, 4];
    check(await colour({ mean, deviation, scale: 255 }), [190, 40, 5]);
    check(await colour({ mean, deviation, scale: 255, order: "bgr" }), [40, 40, 42.5]);
    check(await colour({ mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5], scale: 1 }), [
      2 * 200 / 255 - 1,
      2 * 100 / 255 - 1,
      2 * 50 / 255 - 1,
    ]);
    const write = (file: string, content: object) =>
      Deno.writeTextFile(join(folder, file), JSON.stringify(content));
    await write("halves.json", { mean, deviation, scale: 255, license: "CC0-1.0" });
    check(await colour({}), [190, 40, 5]);
    await write("halves.onnx.json", { mean, deviation, scale: 255, order: "bgr", taps: ["means"] });
    check(await colour({}), [40, 40, 42.5]);
    // Options replace what the side-car says of pixels, all of it.
    check(await colour({ mean, deviation, scale: 255 }), [190, 40, 5]);
    const { license, levels } = await openOnnxBackbone(path, {
      sidecar: join(folder, "halves.json"),
      taps: ["map4"],
    });
    assertEquals([license, levels[0].name], ["CC0-1.0", "map4"]);
    assertEquals((await openOnnxBackbone(path)).levels[0].name, "means");
  });
});

Deno.test("a network runs at the sizes that it was exported for, and at no others", async () => {
  const build = (backbone: Awaited<ReturnType<typeof openOnnxBackbone>>, h: number, w: number) => {
    const g = createGraph();
    return backbone.build(g, g.input("x", "float32", [1, 3, h, w]), [backbone.levels[0].name]);
  };
  const fixed = await openOnnxBackbone(modelPath("fixed"), residual);
  assertEquals(build(fixed, 64, 64)[0].shape, [1, 6, 16, 16]);
  assertThrows(() => build(fixed, 64, 96), RangeError, "exported for 64×64 pixels only: 64×96");
  const multiples = await openOnnxBackbone(modelPath("multiples"), { ...imagenet, taps: ["sum8"] });
  assertEquals(build(multiples, 240, 320)[0].shape, [1, 2, 30, 40]);
  assertThrows(() => build(multiples, 232, 320), RangeError, "multiples of 16: 232×320");
});

Deno.test("a saved detector holds the network and runs in plain ONNX Runtime", async () => {
  const geometry = { resize: 64, crop: 64 };
  const train = Array.from({ length: 6 }, (_, k) => formulaPhoto(72, k));
  const photo = formulaPhoto(80, 9, true);
  const backbone = await openOnnxBackbone(modelPath("gated_13"), residual);
  const external = await openOnnxBackbone(modelPath("external"), { ...imagenet, taps: ["map8"] });
  const detectors = [
    patchCore(backbone, { geometry, coreset: 0.3 }),
    padim(backbone, { geometry, dimensions: 8 }),
    patchCore(external, { geometry, coreset: 0.3 }),
  ];
  await inFolder(async (folder) => {
    for (const detector of detectors) {
      const path = join(folder, "detector.onnx");
      await using fitted = await detector.fit(train);
      const { score, map } = await fitted.predict(photo);
      await fitted.save(path);
      await using session = await openSession(await Deno.readFile(path));
      const found = await session.run({
        image: { data: photo.data, shape: [photo.height, photo.width, 3] },
      });
      assertAlmostEquals(Number(found.score.data[0]), score, 1e-5 * Math.abs(score));
      assertEquals(found.map.data.length, 64 * 64);
      assertEquals([...found.map.data], [...map?.data ?? []]);
    }
  });
});
