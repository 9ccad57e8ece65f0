import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createGraph, evaluate, loadBackbone, normalise, seededRandom } from "../../mod.ts";
import type { Graph, Value } from "../../mod.ts";

interface Fixture {
  readonly cases: readonly {
    readonly height: number;
    readonly width: number;
    readonly outputs: readonly {
      readonly shape: readonly number[];
      readonly mean: number;
      readonly largest: number;
      readonly samples: readonly number[];
    }[];
  }[];
}

/** The formula of tests/fixtures/backbones/make.py. */
function pixels(height: number, width: number): Uint8Array {
  const data = new Uint8Array(3 * height * width);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        data[(c * height + y) * width + x] = (x * 7 + y * 13 + c * 29 + ((x * y) % 31) * 3) % 256;
      }
    }
  }
  return data;
}

async function compare(name: string): Promise<void> {
  const fixture: Fixture = JSON.parse(
    await Deno.readTextFile(new URL(`../fixtures/backbones/${name}.json`, import.meta.url)),
  );
  const backbone = await loadBackbone(name);
  assertEquals(fixture.cases.length, 3);
  const names = backbone.levels.map((level) => level.name);
  assertEquals(names.length, 8);
  for (const { height, width, outputs } of fixture.cases) {
    const step = (g: Graph, image: Value<"uint8">) =>
      backbone.build(g, normalise(g, image, backbone.normalisation), names);
    const maps = await evaluate(step, {
      data: pixels(height, width),
      shape: [1, 3, height, width],
    });
    assertEquals(maps.map((map) => [...map.shape]), outputs.map(({ shape }) => [...shape]));
    let worst = 0;
    maps.forEach(({ data }, i) => {
      const { samples, largest, mean } = outputs[i];
      assertEquals(samples.length, 97);
      const at = (k: number) => Math.floor((k * (data.length - 1)) / (samples.length - 1));
      samples.forEach((value, k) => {
        worst = Math.max(worst, Math.abs(data[at(k)] - value) / largest);
      });
      const average = data.reduce((sum, v) => sum + v, 0) / data.length;
      worst = Math.max(worst, Math.abs(average - mean) / largest);
    });
    console.log(
      `${name} ${height}×${width}: largest difference from PyTorch ${worst.toExponential(1)}` +
        " of the level's largest value",
    );
    assert(worst < 1e-4, `${worst}`);
  }
}

Deno.test("EfficientNet-Lite0 equals the PyTorch network at every level and size", () =>
  compare("efficientnet_lite0"));

Deno.test("EfficientNet-Lite2 equals the PyTorch network at every level and size", () =>
  compare("efficientnet_lite2"));

Deno.test("the levels have the channels and strides of the stages", async () => {
  const { levels } = await loadBackbone("efficientnet_lite0");
  assertEquals(levels.map(({ name, channels, stride }) => `${name} ${channels} ${stride}`), [
    "stage1 16 2",
    "stage2 24 4",
    "stage3 40 8",
    "stage4 80 16",
    "stage5 112 16",
    "stage6 192 32",
    "stage7 320 32",
    "head 1280 32",
  ]);
  const second = await loadBackbone("efficientnet_lite2");
  assertEquals(second.levels.map(({ channels }) => channels), [
    16,
    24,
    48,
    88,
    120,
    208,
    352,
    1280,
  ]);
  assertEquals(second.levels.map(({ stride }) => stride), levels.map(({ stride }) => stride));
});

Deno.test("the graph is cut after the last level in use", async () => {
  const backbone = await loadBackbone("efficientnet_lite0");
  const size = (...names: string[]) => {
    const g = createGraph();
    const x = g.input("x", "float32", [1, 3, 64, 64]);
    backbone.build(g, x, names).forEach((value, i) => g.output(`level_${i}`, value));
    return g.toModel().length;
  };
  assert(size("stage3") < 0.1 * size("head"));
  assertEquals(size("stage3", "stage1") - size("stage3") < 300, true);
});

Deno.test("levels come in the order in which they are asked for", async () => {
  const backbone = await loadBackbone("efficientnet_lite0");
  const g = createGraph();
  const x = g.input("x", "float32", [1, 3, 64, 64]);
  const channels = backbone.build(g, x, ["stage5", "stage3"]).map(({ shape }) => shape[1]);
  assertEquals(channels, [112, 40]);
});

Deno.test("unknown levels and backbones are refused with those there are", async () => {
  const backbone = await loadBackbone("efficientnet_lite0");
  assertThrows(() => backbone.level("layer2"), RangeError, "stage1, stage2");
  await assertRejects(() => loadBackbone("resnet-18"), RangeError, "efficientnet_lite0");
});

Deno.test("a truncated weights file and one of another hash are refused by name", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const source = new URL("../../models/efficientnet_lite0.safetensors", import.meta.url);
    const bytes = await Deno.readFile(source);
    const path = `${folder}/efficientnet_lite0.safetensors`;
    await Deno.writeFile(path, bytes.subarray(0, 1e6));
    await assertRejects(() => loadBackbone("efficientnet_lite0", { folder }), RangeError, path);
    bytes[bytes.length - 1] ^= 1;
    await Deno.writeFile(path, bytes);
    await assertRejects(
      () => loadBackbone("efficientnet_lite0", { folder }),
      RangeError,
      "SHA-256",
    );
    await Deno.remove(path);
    await assertRejects(() => loadBackbone("efficientnet_lite0", { folder }), RangeError, path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a cell sees its receptive field and nothing beyond", async () => {
  const backbone = await loadBackbone("efficientnet_lite0");
  const side = 128;
  const noise = seededRandom(5);
  const data = Uint8Array.from({ length: side * side * 3 }, () => 256 * noise.uniform());
  const cell = async (level: string, photo: Uint8Array): Promise<string> => {
    const image = { width: side, height: side, data: photo };
    const [map] = await backbone.features([image], [level], { resize: side, crop: side });
    const [, channels, height, width] = map.shape;
    const middle = (height >> 1) * width + (width >> 1);
    return Array.from({ length: channels }, (_, c) => map.data[c * height * width + middle]).join();
  };
  for (const level of ["stage1", "stage2", "stage3"]) {
    const before = await cell(level, data);
    const seen: number[] = [];
    for (let x = 0; x < side; x++) {
      const changed = data.slice();
      for (let y = 0; y < side; y++) {
        changed.fill(255 - data[(y * side + x) * 3], (y * side + x) * 3, (y * side + x) * 3 + 3);
      }
      if (await cell(level, changed) !== before) seen.push(x);
    }
    const span = seen[seen.length - 1] - seen[0] + 1;
    const { receptiveField = 0 } = backbone.level(level);
    console.log(
      `${level}: columns ${seen[0]}…${
        seen[seen.length - 1]
      } of ${side}, ${span} of ${receptiveField}`,
    );
    assertEquals(span, receptiveField, level);
  }
});
