import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Network } from "../../src/backbones/backbone.ts";
import { weight } from "../../src/backbones/convolution.ts";
import {
  denseNet,
  type DenseNetName,
  denseNetNames,
  denseNetTensors,
  isDenseNetName,
} from "../../src/backbones/densenet.ts";
import { normalise } from "../../src/image/preprocess.ts";
import { createGraph } from "../../src/onnx/graph.ts";
import { openSession } from "../../src/onnx/session.ts";
import type { Tensor } from "../../src/types.ts";
import { formulaPixels, sampledPositions } from "./formula_pixels.ts";
import { formulaWeights } from "./formula_weights.ts";
import {
  differencesFrom,
  expectSameTensors,
  expectSmall,
  listSha256,
  type ReferenceCase,
  type ReferenceEntry,
  withoutNumbers,
} from "./reference.ts";

interface Fixture {
  readonly architectures: Readonly<
    Record<
      string,
      ReferenceEntry & {
        readonly old_list_sha256: string;
        readonly receptive_fields: Readonly<Record<string, number>>;
      }
    >
  >;
}

const { architectures }: Fixture = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/backbones/densenet.json", import.meta.url)),
);

const withoutClassifier = (name: DenseNetName) =>
  formulaWeights(denseNetTensors(name).filter(([tensor]) => !tensor.startsWith("classifier.")));

/** `denselayer1.norm1` as torchvision's published files have it: `denselayer1.norm.1`. */
const oldSpelling = (name: string) =>
  name.replace(/(denselayer\d+\.(?:norm|conv))(?=[12]\.)/, "$1.");

/** An architecture's names and shapes with no numbers: enough for what is refused. */
const emptyWeights = (name: DenseNetName): Map<string, Tensor> =>
  withoutNumbers(denseNetTensors(name));

Deno.test("the family is torchvision's four", () => {
  assertEquals(Object.keys(architectures), [...denseNetNames]);
  assertEquals(denseNetNames.length, 4);
  assertEquals(denseNetNames.every(isDenseNetName), true);
  assertEquals(["densenet264", "toString"].some(isDenseNetName), false);
});

/**
 * A photo with odd sides: the largest difference of a sample as a part of its level's largest
 * value. The averages between blocks drop the last row and column of an odd map, so that a level's
 * sides are not the photo's by its stride, as `differencesFrom` expects.
 */
async function oddDifference(network: Network, reference: ReferenceCase): Promise<number> {
  const { height, width, levels } = reference;
  const g = createGraph();
  const pixels = g.input("pixels", "uint8", [1, 3, height, width]);
  const names = network.levels.map(({ name }) => name);
  network.build(g, normalise(g, pixels, network.normalisation), names)
    .forEach((map, i) => g.output(names[i], map));
  await using session = await openSession(g.toModel());
  const shape = [1, 3, height, width];
  const found = await session.run({ pixels: { data: formulaPixels(height, width), shape } });
  const differences = names.flatMap((name) => {
    const { data, shape } = found[name];
    assertEquals([...shape], [...levels[name].shape], name);
    const { samples, largest } = levels[name];
    assertEquals(samples.length, 64);
    const at = sampledPositions(name, { count: samples.length, size: data.length });
    return samples.map((value, k) => Math.abs(Number(data[at[k]]) - value) / largest);
  });
  return Math.max(...differences);
}

for (const name of denseNetNames) {
  Deno.test(`${name} has torchvision's tensors and outputs at every level and size`, async () => {
    const { old_list_sha256, receptive_fields, cases, ...own } = architectures[name];
    const expected = denseNetTensors(name);
    expectSameTensors(expected, own);
    assertEquals(
      listSha256(expected.map(([tensor, shape]) => [oldSpelling(tensor), shape])),
      old_list_sha256,
    );

    const network = denseNet(withoutClassifier(name), name);
    const fields = network.levels.map(({ name, receptiveField }) => [name, receptiveField]);
    assertEquals(Object.fromEntries(fields), { ...receptive_fields });
    assertEquals(cases.length, 3);
    const differences = await differencesFrom(cases.slice(0, 2), network);
    assertEquals(differences.size, 6);
    const odd = await oddDifference(network, cases[2]);
    expectSmall(name, new Map([...differences, ["an odd size", odd]]));
  });
}

Deno.test("the levels have the channels and strides of the blocks", () => {
  const levelsOf = (name: DenseNetName) =>
    denseNet(withoutClassifier(name), name).levels
      .map(({ name, channels, stride }) => `${name} ${channels} ${stride}`);
  assertEquals(levelsOf("densenet121"), [
    "conv0 64 2",
    "denseblock1 256 4",
    "denseblock2 512 8",
    "denseblock3 1024 16",
    "denseblock4 1024 32",
    "norm5 1024 32",
  ]);
  // PatchCore's ensemble: 512 and 1,792 channels of densenet201.
  assertEquals(levelsOf("densenet201").slice(2, 4), ["denseblock2 512 8", "denseblock3 1792 16"]);
});

Deno.test("the defaults are levels at strides 8 and 16, 4 to 16, and what is classified", () => {
  const { levels, defaults } = denseNet(withoutClassifier("densenet121"), "densenet121");
  const stridesOf = (names: readonly string[]) =>
    names.map((name) => levels.find((level) => level.name === name)?.stride);
  assertEquals(stridesOf(defaults.patches), [8, 16]);
  assertEquals(stridesOf(defaults.pyramid), [4, 8, 16]);
  assertEquals(defaults.pooled, "norm5");
});

/** Bytes of a graph with these levels as outputs. */
function modelOf(network: Network, names: readonly string[]): Uint8Array {
  const g = createGraph();
  const x = g.input("x", "float32", [1, 3, 64, 64]);
  network.build(g, x, names).forEach((map, i) => g.output(`level_${i}`, map));
  return g.toModel();
}

Deno.test("the old and the new spelling of the tensors give the same network", () => {
  const weights = withoutClassifier("densenet121");
  const old = new Map([...weights].map(([name, value]) => [oldSpelling(name), value]));
  assert(old.has("features.denseblock1.denselayer1.norm.1.weight"));
  assert(old.has("features.denseblock4.denselayer16.conv.2.weight"));
  assert(old.has("features.transition1.norm.weight"));
  assertEquals(
    modelOf(denseNet(old, "densenet121"), ["norm5"]),
    modelOf(denseNet(weights, "densenet121"), ["norm5"]),
  );
});

Deno.test("a tensor in both spellings is refused", () => {
  const weights = emptyWeights("densenet121");
  const name = "features.denseblock2.denselayer3.norm2.bias";
  weights.set(oldSpelling(name), { data: new Float32Array(0), shape: [128] });
  assertThrows(
    () => denseNet(weights, "densenet121"),
    RangeError,
    "Cannot assemble densenet121 as a tensor may be named in the old or the new spelling: " +
      `${name} is there in both`,
  );
});

Deno.test("the graph is cut after the last level in use", () => {
  const network = denseNet(withoutClassifier("densenet121"), "densenet121");
  const sizeOf = (...names: string[]) => modelOf(network, names).length;
  // The stem's weights are 64 × 3 × 7² and a bias, 37,888 bytes.
  assert(sizeOf("conv0") < 39_000);
  assert(sizeOf("denseblock3") < 0.7 * sizeOf("denseblock4"));
  assert(sizeOf("denseblock3", "conv0") - sizeOf("denseblock3") < 300);
  // Scale and shift of 1,024 channels are what is left.
  const norm = sizeOf("norm5") - sizeOf("denseblock4");
  assert(norm > 8192 && norm < 9000, `${norm}`);
});

Deno.test("levels come in the order in which they are asked for, each as often as asked", () => {
  const network = denseNet(withoutClassifier("densenet121"), "densenet121");
  const g = createGraph();
  const x = g.input("x", "float32", [2, 3, 64, 64]);
  const names = ["denseblock3", "conv0", "denseblock3"];
  assertEquals(network.build(g, x, names).map(({ shape }) => shape), [
    [2, 1024, 4, 4],
    [2, 64, 32, 32],
    [2, 1024, 4, 4],
  ]);
  assertThrows(() => network.build(g, x, ["denseblock5"]), RangeError, "conv0, denseblock1");
});

Deno.test("the classifier may be there, of any size, and counters of batch norms too", () => {
  const weights = new Map(withoutClassifier("densenet121"));
  weights.set("features.norm0.num_batches_tracked", { data: new Float32Array(1), shape: [] });
  weights.set("classifier.weight", { data: new Float32Array(5 * 1024), shape: [5, 1024] });
  assertEquals(denseNet(weights, "densenet121").levels.length, 6);
});

Deno.test("weights of another member are refused with its name, in either spelling", () => {
  const message = "Cannot assemble densenet121 as the weights must be its 604 tensors: 400 are " +
    "too many (features.denseblock3.denselayer25.norm1.weight, " +
    "features.denseblock3.denselayer25.norm1.bias, " +
    "features.denseblock3.denselayer25.norm1.running_mean, …), ";
  const weights = emptyWeights("densenet201");
  const old = new Map([...weights].map(([name, value]) => [oldSpelling(name), value]));
  for (const held of [weights, old]) {
    const error = assertThrows(() => denseNet(held, "densenet121"), RangeError);
    assert(error.message.startsWith(message), error.message);
    assert(error.message.endsWith("; these look like the weights of densenet201"), error.message);
  }
  let refused = 0;
  for (const name of denseNetNames) {
    for (const other of denseNetNames.filter((other) => other !== name)) {
      const { message } = assertThrows(() => denseNet(emptyWeights(name), other), RangeError);
      assertEquals(message.split("the weights of ").at(-1), name);
      refused++;
    }
  }
  assertEquals(refused, 12);
});

Deno.test("a changed norm changes the levels after it and none before", async () => {
  const weights = new Map(withoutClassifier("densenet121"));
  const name = "features.denseblock2.denselayer1.norm1.weight";
  const { data, shape } = weight(weights, name);
  weights.set(name, { data: data.map((value) => 0.9 * value), shape });
  const { cases } = architectures.densenet121;
  const differences = await differencesFrom(
    cases.slice(0, 2),
    denseNet(weights, "densenet121"),
  );
  const differing = [...differences].filter(([, value]) => value > 1e-4).map(([level]) => level);
  assertEquals(differing, ["denseblock2", "denseblock3", "denseblock4", "norm5"]);
});
