import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Network } from "../../src/backbones/backbone.ts";
import { weight } from "../../src/backbones/convolution.ts";
import { isResNetName, resNet, resNetNames, resNetTensors } from "../../src/backbones/resnet.ts";
import { createGraph } from "../../src/onnx/graph.ts";
import { formulaWeights } from "./formula_weights.ts";
import {
  differencesFrom,
  expectSameTensors,
  expectSmall,
  type ReferenceEntry,
} from "./reference.ts";

interface Fixture {
  readonly architectures: Readonly<
    Record<
      string,
      ReferenceEntry & { readonly receptive_fields: Readonly<Record<string, number>> }
    >
  >;
}

const { architectures }: Fixture = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/backbones/resnet.json", import.meta.url)),
);

const withoutClassifier = (name: (typeof resNetNames)[number]) =>
  formulaWeights(resNetTensors(name).filter(([tensor]) => !tensor.startsWith("fc.")));

Deno.test("the family is torchvision's ten", () => {
  assertEquals(Object.keys(architectures), [...resNetNames]);
  assertEquals(resNetNames.length, 10);
  assertEquals(resNetNames.every(isResNetName), true);
  assertEquals(["resnet20", "toString"].some(isResNetName), false);
});

for (const name of resNetNames) {
  Deno.test(`${name} has torchvision's tensors and outputs at every level and size`, async () => {
    const { receptive_fields, cases, ...own } = architectures[name];
    expectSameTensors(resNetTensors(name), own);

    const network = resNet(withoutClassifier(name), name);
    const fields = network.levels.map(({ name, receptiveField }) => [name, receptiveField]);
    assertEquals(Object.fromEntries(fields), { ...receptive_fields });
    assertEquals(cases.length, 2);
    const differences = await differencesFrom(cases, network);
    expectSmall(name, differences);
  });
}

Deno.test("the defaults are levels at strides 8 and 16, 4 to 16, and the deepest", () => {
  const { levels, defaults } = resNet(withoutClassifier("resnet18"), "resnet18");
  const stridesOf = (names: readonly string[]) =>
    names.map((name) => levels.find((level) => level.name === name)?.stride);
  assertEquals(stridesOf(defaults.patches), [8, 16]);
  assertEquals(stridesOf(defaults.pyramid), [4, 8, 16]);
  assertEquals(stridesOf([defaults.pooled]), [32]);
});

/** Bytes of a graph with these levels as outputs. */
function sizeOf(network: Network, names: readonly string[]): number {
  const g = createGraph();
  const x = g.input("x", "float32", [1, 3, 64, 64]);
  network.build(g, x, names).forEach((map, i) => g.output(`level_${i}`, map));
  return g.toModel().length;
}

Deno.test("the graph is cut after the last level in use", () => {
  const network = resNet(withoutClassifier("resnet18"), "resnet18");
  // The stem's weights are 64 × 3 × 7² and a bias, 37,888 bytes.
  assert(sizeOf(network, ["conv1"]) < 39_000);
  // 11,176,512 parameters in 20 convolutions, of which layer4 has 8,393,728.
  assert(sizeOf(network, ["layer3"]) < 0.26 * sizeOf(network, ["layer4"]));
  assert(sizeOf(network, ["layer3", "conv1"]) - sizeOf(network, ["layer3"]) < 300);
});

Deno.test("levels come in the order in which they are asked for, each as often as asked", () => {
  const network = resNet(withoutClassifier("resnet18"), "resnet18");
  const g = createGraph();
  const x = g.input("x", "float32", [2, 3, 64, 64]);
  const shapes = network.build(g, x, ["layer3", "conv1", "layer3"]).map(({ shape }) => shape);
  assertEquals(shapes, [[2, 256, 4, 4], [2, 64, 32, 32], [2, 256, 4, 4]]);
  assertThrows(() => network.build(g, x, ["layer5"]), RangeError, "conv1, layer1");
});

Deno.test("the classifier may be there, of any size, and counters of batch norms too", () => {
  const weights = new Map(withoutClassifier("resnet18"));
  const one = { data: new Float32Array(1), shape: [] };
  weights.set("bn1.num_batches_tracked", one);
  weights.set("fc.weight", { data: new Float32Array(5 * 512), shape: [5, 512] });
  assertEquals(resNet(weights, "resnet18").levels.length, 5);
});

Deno.test("weights of another member are refused with its name", () => {
  const weights = withoutClassifier("resnet34");
  assertThrows(
    () => resNet(weights, "resnet18"),
    RangeError,
    "Cannot assemble resnet18 as the weights must be its 100 tensors: 80 are too many " +
      "(layer1.2.conv1.weight, layer1.2.bn1.weight, layer1.2.bn1.bias, …); " +
      "these look like the weights of resnet34",
  );
  const prefixed = new Map([...weights].map(([name, value]) => [`module.${name}`, value]));
  assertThrows(
    () => resNet(prefixed, "resnet34"),
    RangeError,
    'these look like the weights of resnet34, with "module." before each name',
  );
});

Deno.test("each member's weights are refused by every other one, with the right name", () => {
  let refused = 0;
  for (const name of resNetNames) {
    // Only shapes count here: an empty classifier's worth of memory is enough.
    const weights = new Map(
      resNetTensors(name).map(([tensor, shape]) => [
        tensor,
        { data: new Float32Array(0), shape },
      ]),
    );
    for (const other of resNetNames.filter((other) => other !== name)) {
      const message = assertThrows(() => resNet(weights, other), RangeError).message;
      assertEquals(message.split("the weights of ").at(-1), name);
      refused++;
    }
  }
  assertEquals(refused, 90);
});

Deno.test("a changed weight changes the levels after it and none before", async () => {
  const weights = new Map(withoutClassifier("resnet18"));
  const { data, shape } = weight(weights, "layer2.0.conv1.weight");
  const changed = data.slice();
  for (let i = 0; i < changed.length; i++) changed[i] *= 0.9;
  weights.set("layer2.0.conv1.weight", { data: changed, shape });
  const { cases } = architectures.resnet18;
  const differences = await differencesFrom(cases, resNet(weights, "resnet18"));
  const differing = [...differences].filter(([, value]) => value > 1e-4).map(([name]) => name);
  assertEquals(differing, ["layer2", "layer3", "layer4"]);
});
