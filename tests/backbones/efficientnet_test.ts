import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Network } from "../../src/backbones/backbone.ts";
import { weight } from "../../src/backbones/convolution.ts";
import {
  efficientNet,
  type EfficientNetName,
  efficientNetNames,
  efficientNetTensors,
  isEfficientNetName,
} from "../../src/backbones/efficientnet.ts";
import { type NamingPackage, namingPackages } from "../../src/backbones/efficientnet_names.ts";
import { evaluate } from "../../src/onnx/evaluate.ts";
import { createGraph, type Graph } from "../../src/onnx/graph.ts";
import type { Value } from "../../src/onnx/value.ts";
import type { Tensor } from "../../src/types.ts";
import { formulaWeights } from "./formula_weights.ts";
import {
  differencesFrom,
  expectSameTensors,
  expectSmall,
  type ReferenceEntry,
  withoutNumbers,
} from "./reference.ts";

const { packages }: {
  readonly packages: Readonly<Record<NamingPackage, Readonly<Record<string, ReferenceEntry>>>>;
} = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/backbones/efficientnet.json", import.meta.url)),
);

const CLASSIFIER = /^(?:classifier|_fc)\./;

const formula = (name: EfficientNetName, naming: NamingPackage) =>
  formulaWeights(
    efficientNetTensors(name, naming).filter(([tensor]) => !CLASSIFIER.test(tensor)),
  );

/** An architecture's names and shapes with no numbers: enough for what is refused. */
const emptyWeights = (name: EfficientNetName, naming: NamingPackage): Map<string, Tensor> =>
  withoutNumbers(efficientNetTensors(name, naming));

Deno.test("the family is B0 to B7, each as it is and as it came from TensorFlow", () => {
  assertEquals(efficientNetNames.length, 16);
  assertEquals(efficientNetNames.every(isEfficientNetName), true);
  for (const name of ["efficientnet_b8", "tf_tf_efficientnet_b0", "toString", "tf_"]) {
    assertEquals(isEfficientNetName(name), false, name);
  }
  const named = (naming: NamingPackage) => Object.keys(packages[naming]).sort();
  const plain = efficientNetNames.filter((name) => !name.startsWith("tf_"));
  assertEquals(named("torchvision"), plain);
  assertEquals(named("timm"), [...efficientNetNames]);
  assertEquals(named("efficientnet_pytorch"), plain);
});

for (const naming of namingPackages) {
  for (const name of efficientNetNames.filter((name) => Object.hasOwn(packages[naming], name))) {
    const entry = packages[naming][name];
    const { cases } = entry;

    Deno.test(`${name} has the tensors of ${naming}`, () => {
      expectSameTensors(efficientNetTensors(name, naming), entry);
    });

    if (cases.length === 0) continue;
    Deno.test(`${name} has the outputs of ${naming} at every level and size`, async () => {
      const differences = await differencesFrom(cases, efficientNet(formula(name, naming), name));
      assertEquals(differences.size, 9);
      expectSmall(`${name}, ${naming}`, differences);
    });
  }
}

Deno.test("every size is compared as torchvision's and as TensorFlow's by timm", () => {
  const compared = (naming: NamingPackage) =>
    Object.entries(packages[naming]).filter(([, { cases }]) => cases.length > 0)
      .map(([name]) => name);
  assertEquals(compared("torchvision").length, 8);
  assertEquals(compared("timm").filter((name) => name.startsWith("tf_")).length, 8);
  assertEquals(compared("timm").filter((name) => !name.startsWith("tf_")), [
    "efficientnet_b0",
    "efficientnet_b5",
  ]);
  assertEquals(compared("efficientnet_pytorch"), ["efficientnet_b0", "efficientnet_b4"]);
});

Deno.test("levels are called as in the checkpoint, with channels and strides", () => {
  const levelsOf = (name: EfficientNetName, naming: NamingPackage) =>
    efficientNet(emptyWeights(name, naming), name).levels
      .map(({ name, channels, stride }) => `${name} ${channels} ${stride}`);
  assertEquals(levelsOf("efficientnet_b0", "torchvision"), [
    "features.0 32 2",
    "features.1 16 2",
    "features.2 24 4",
    "features.3 40 8",
    "features.4 80 16",
    "features.5 112 16",
    "features.6 192 32",
    "features.7 320 32",
    "features.8 1280 32",
  ]);
  assertEquals(levelsOf("tf_efficientnet_b4", "timm"), [
    "conv_stem 48 2",
    "blocks.0 24 2",
    "blocks.1 32 4",
    "blocks.2 56 8",
    "blocks.3 112 16",
    "blocks.4 160 16",
    "blocks.5 272 32",
    "blocks.6 448 32",
    "conv_head 1792 32",
  ]);
  assertEquals(
    efficientNet(emptyWeights("efficientnet_b4", "efficientnet_pytorch"), "efficientnet_b4")
      .levels.map(({ name }) => name),
    ["stem", ...[1, 2, 3, 4, 5, 6, 7].map((i) => `stage${i}`), "head"],
  );
});

Deno.test("the defaults are the deepest levels of strides 8 and 16, 4 to 16, and the head", () => {
  for (const naming of namingPackages) {
    const network = efficientNet(emptyWeights("efficientnet_b2", naming), "efficientnet_b2");
    const { levels, defaults: { patches, pyramid, pooled } } = network;
    const deepest = [4, 8, 16].map((stride) =>
      levels.findLast((level) => level.stride === stride)?.name
    );
    assertEquals([...pyramid], deepest);
    assertEquals([...patches], deepest.slice(1));
    assertEquals(pooled, levels[levels.length - 1].name);
  }
});

Deno.test("only the stem has a receptive field: after it a cell sees the whole photo", async () => {
  const weights = formula("efficientnet_b0", "torchvision");
  const network = efficientNet(weights, "efficientnet_b0");
  assertEquals(network.levels.map(({ receptiveField }) => receptiveField), [
    3,
    ...new Array(8).fill(undefined),
  ]);
  const step = (g: Graph, x: Value) => network.build(g, x, ["features.0", "features.1"]);
  const firstCells = async (data: Float32Array) =>
    (await evaluate(step, { data, shape: [1, 3, 64, 64] })).map(({ data }) => data[0]);
  const photo = new Float32Array(3 * 64 * 64).fill(0.5);
  const before = await firstCells(photo);
  const after = await firstCells(photo.fill(-1, 64 * 64 - 64, 64 * 64));
  // The last row of the photo's red channel is far from the first cell.
  assertEquals(after[0], before[0]);
  assert(after[1] !== before[1]);
});

function modelOf(network: Network, names: readonly string[], side = 64): Uint8Array {
  const g = createGraph();
  const x = g.input("x", "float32", [1, 3, side, side]);
  network.build(g, x, names).forEach((map, i) => g.output(`level_${i}`, map));
  return g.toModel();
}

Deno.test("the graph is cut after the last level in use", () => {
  const network = efficientNet(formula("efficientnet_b0", "torchvision"), "efficientnet_b0");
  const sizeOf = (...names: string[]) => modelOf(network, names).length;
  // The stem's weights are 32 × 3 × 3² and a bias, 3,584 bytes.
  assert(sizeOf("features.0") < 4500);
  assert(sizeOf("features.5") < 0.25 * sizeOf("features.8"));
  assert(sizeOf("features.5", "features.1") - sizeOf("features.5") < 300);
});

Deno.test("levels come in the order in which they are asked for, each as often as asked", () => {
  const network = efficientNet(formula("efficientnet_b0", "torchvision"), "efficientnet_b0");
  const g = createGraph();
  const x = g.input("x", "float32", [2, 3, 65, 64]);
  const names = ["features.3", "features.0", "features.3"];
  assertEquals(network.build(g, x, names).map(({ shape }) => shape), [
    [2, 40, 9, 8],
    [2, 32, 33, 32],
    [2, 40, 9, 8],
  ]);
  assertThrows(() => network.build(g, x, ["blocks.2"]), RangeError, "features.0, features.1");
});

Deno.test("the same tensors under another convention give another network", () => {
  const weights = formula("efficientnet_b0", "timm");
  const pytorch = modelOf(efficientNet(weights, "efficientnet_b0"), ["blocks.1"]);
  const tensorflow = modelOf(efficientNet(weights, "tf_efficientnet_b0"), ["blocks.1"]);
  assert(pytorch.some((byte, i) => byte !== tensorflow[i]));
  // Weights in efficientnet_pytorch's names are TensorFlow's under either name.
  const converted = formula("efficientnet_b0", "efficientnet_pytorch");
  assertEquals(
    modelOf(efficientNet(converted, "efficientnet_b0"), ["stage2"]),
    modelOf(efficientNet(converted, "tf_efficientnet_b0"), ["stage2"]),
  );
});

Deno.test("the input is ImageNet's unless told otherwise", () => {
  const weights = emptyWeights("tf_efficientnet_b0", "timm");
  assertEquals(efficientNet(weights, "tf_efficientnet_b0").normalisation, {
    mean: [123.675, 116.28, 103.53],
    deviation: [58.395, 57.12, 57.375],
  });
  const normalisation = { mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5] } as const;
  const other = efficientNet(weights, "tf_efficientnet_b0", { normalisation });
  assertEquals(other.normalisation, normalisation);
});

Deno.test("the classifier may be there, of any size, and counters of batch norms too", () => {
  for (const naming of namingPackages) {
    const weights = emptyWeights("efficientnet_b0", naming);
    const names = [...weights.keys()].filter((name) => CLASSIFIER.test(name));
    assertEquals(names.length, 2);
    for (const name of names) weights.set(name, { data: new Float32Array(0), shape: [5] });
    weights.set("x.num_batches_tracked", { data: new Float32Array(1), shape: [] });
    assertEquals(efficientNet(weights, "efficientnet_b0").levels.length, 9);
  }
});

Deno.test("weights of another member are refused with its name", () => {
  assertThrows(
    () => efficientNet(emptyWeights("efficientnet_b1", "timm"), "efficientnet_b0"),
    RangeError,
    "Cannot assemble efficientnet_b0 in timm's names as the weights must be its 309 tensors: " +
      "128 are too many (blocks.0.1.conv_dw.weight, blocks.0.1.bn1.weight, " +
      "blocks.0.1.bn1.bias, …); these look like the weights of efficientnet_b1 in timm's names",
  );
  let refused = 0;
  const plain = efficientNetNames.filter((name) => !name.startsWith("tf_"));
  for (const naming of namingPackages) {
    for (const [i, name] of plain.entries()) {
      const other = plain[(i + 3) % plain.length];
      const { message } = assertThrows(
        () => efficientNet(emptyWeights(name, naming), other),
        RangeError,
      );
      assertEquals(message.split("the weights of ").at(-1), `${name} in ${naming}'s names`);
      refused++;
    }
  }
  assertEquals(refused, 24);
});

Deno.test("a prefix before each name is told, whichever package's names they are", () => {
  const prefixed = (naming: NamingPackage) =>
    new Map(
      [...emptyWeights("efficientnet_b3", naming)].map(([name, value]) => [`model.${name}`, value]),
    );
  for (const naming of namingPackages) {
    assertThrows(
      () => efficientNet(prefixed(naming), "efficientnet_b3"),
      RangeError,
      `the weights of efficientnet_b3 in ${naming}'s names, with "model." before each name`,
    );
  }
  assertThrows(
    () => efficientNet(prefixed("timm"), "tf_efficientnet_b3"),
    RangeError,
    "Cannot assemble tf_efficientnet_b3 in timm's names as the weights must be its 494 tensors",
  );
});

Deno.test("TensorFlow's architectures with torchvision's names, and unknown ones, are refused", () => {
  assertThrows(
    () => efficientNet(emptyWeights("efficientnet_b0", "torchvision"), "tf_efficientnet_b0"),
    RangeError,
    "Cannot assemble tf_efficientnet_b0 as its weights have timm's or efficientnet_pytorch's " +
      "names: torchvision's, which belong to efficientnet_b0",
  );
  assertThrows(
    // @ts-expect-error: no such architecture
    () => efficientNetTensors("efficientnet_b9", "timm"),
    RangeError,
    '"efficientnet_b9"; did you mean efficientnet_b0?',
  );
});

Deno.test("a changed layer of squeeze-and-excite changes its level and those after it", async () => {
  const weights = new Map(formula("efficientnet_b0", "torchvision"));
  const name = "features.4.2.block.2.fc2.bias";
  const { data, shape } = weight(weights, name);
  weights.set(name, { data: data.map((value) => value + 0.1), shape });
  const { cases } = packages.torchvision.efficientnet_b0;
  const differences = await differencesFrom(cases, efficientNet(weights, "efficientnet_b0"));
  const differing = [...differences].filter(([, value]) => value > 1e-4).map(([level]) => level);
  assertEquals(differing, [4, 5, 6, 7, 8].map((i) => `features.${i}`));
});
