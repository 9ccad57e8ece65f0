import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  efficientNetLite,
  type EfficientNetLiteName,
  efficientNetLiteNames,
  efficientNetLiteTensors,
  isEfficientNetLiteName,
  type LiteNamingPackage,
} from "../../src/backbones/efficientnet_lite.ts";
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
  readonly packages: Readonly<Record<LiteNamingPackage, Readonly<Record<string, ReferenceEntry>>>>;
} = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/backbones/efficientnet_lite.json", import.meta.url)),
);
const namings = ["efficientnet_pytorch", "timm"] as const;

/** An architecture's names and shapes with no numbers: enough for what is refused. */
const emptyWeights = (
  name: EfficientNetLiteName,
  naming: LiteNamingPackage,
): Map<string, Tensor> => withoutNumbers(efficientNetLiteTensors(name, naming));

Deno.test("the family is Lite 0 to 4, each as it is and as it came from TensorFlow", () => {
  assertEquals(efficientNetLiteNames.length, 10);
  assertEquals(efficientNetLiteNames.every(isEfficientNetLiteName), true);
  assertEquals(["efficientnet_lite5", "efficientnet_b0"].some(isEfficientNetLiteName), false);
  assertEquals(Object.keys(packages.timm).sort(), [...efficientNetLiteNames]);
  assertEquals(
    Object.keys(packages.efficientnet_pytorch),
    efficientNetLiteNames.filter((name) => !name.startsWith("tf_")),
  );
});

let compared = 0;
for (const naming of namings) {
  for (
    const name of efficientNetLiteNames.filter((name) => Object.hasOwn(packages[naming], name))
  ) {
    const entry = packages[naming][name];
    const { cases } = entry;

    Deno.test(`${name} has the tensors of ${naming}`, () => {
      expectSameTensors(efficientNetLiteTensors(name, naming), entry);
    });

    if (cases.length === 0) continue;
    compared++;
    Deno.test(`${name} has the outputs of ${naming} at every level and size`, async () => {
      const weights = formulaWeights(efficientNetLiteTensors(name, naming));
      const network = efficientNetLite(weights, name);
      assertEquals(network.levels.map(({ stride }) => stride), [2, 4, 8, 16, 16, 32, 32, 32]);
      const differences = await differencesFrom(cases, network);
      assertEquals(differences.size, 8);
      expectSmall(`${name}, ${naming}`, differences);
    });
  }
}

Deno.test("every size is compared in both packages, two of timm's own training among them", () => {
  assertEquals(compared, 5 + 5 + 2);
});

Deno.test("the size is seen from the weights, unless it is said", () => {
  const sizes = efficientNetLiteNames.slice(0, 5);
  const channels = sizes.map((name) => {
    const weights = emptyWeights(name, "efficientnet_pytorch");
    const { levels } = efficientNetLite(weights);
    assertEquals(levels, efficientNetLite(weights, name).levels);
    return levels.map(({ channels }) => channels);
  });
  assertEquals(channels, [
    [16, 24, 40, 80, 112, 192, 320, 1280],
    [16, 24, 40, 80, 112, 192, 320, 1280],
    [16, 24, 48, 88, 120, 208, 352, 1280],
    [24, 32, 48, 96, 136, 232, 384, 1280],
    [24, 32, 56, 112, 160, 272, 448, 1280],
  ]);
  const fields = sizes.slice(0, 2).map((name) =>
    efficientNetLite(emptyWeights(name, "efficientnet_pytorch")).levels.at(-1)?.receptiveField
  );
  // Lite1 has 23 blocks where Lite0 has 16.
  assert(Number(fields[1]) > Number(fields[0]));
});

Deno.test("timm's names give timm's levels", () => {
  const network = efficientNetLite(
    emptyWeights("efficientnet_lite2", "timm"),
    "tf_efficientnet_lite2",
  );
  assertEquals(network.levels.map(({ name }) => name), [
    ...[0, 1, 2, 3, 4, 5, 6].map((i) => `blocks.${i}`),
    "conv_head",
  ]);
  assertEquals(network.defaults, {
    patches: ["blocks.2", "blocks.4"],
    pyramid: ["blocks.1", "blocks.2", "blocks.4"],
    pooled: "blocks.6",
  });
});

Deno.test("timm's names need the architecture, which tells the padding and the input", () => {
  const weights = emptyWeights("efficientnet_lite0", "timm");
  assertThrows(
    () => efficientNetLite(weights),
    TypeError,
    "Cannot assemble EfficientNet-Lite as timm's names do not tell TensorFlow's weights from " +
      "PyTorch's, which are padded otherwise: no architecture is given, such as " +
      "tf_efficientnet_lite0 or efficientnet_lite0",
  );
  const means = (name: EfficientNetLiteName, naming: LiteNamingPackage) =>
    efficientNetLite(emptyWeights(name, naming), name).normalisation.mean;
  assertEquals([...means("tf_efficientnet_lite0", "timm")], [127, 127, 127]);
  assertEquals([...means("efficientnet_lite0", "timm")], [123.675, 116.28, 103.53]);
  assertEquals([...means("efficientnet_lite0", "efficientnet_pytorch")], [127, 127, 127]);
});

Deno.test("other weights are refused with what differs and what they look like", () => {
  assertThrows(
    () =>
      efficientNetLite(
        emptyWeights("efficientnet_lite1", "efficientnet_pytorch"),
        "efficientnet_lite0",
      ),
    RangeError,
    "these look like the weights of efficientnet_lite1",
  );
  assertThrows(
    () => efficientNetLite(new Map()),
    RangeError,
    "Cannot assemble efficientnet_lite0 as the weights must be its 245 tensors: 245 are missing " +
      "(_conv_stem.weight, _bn0.weight, _bn0.bias, …)",
  );
  const weights = emptyWeights("efficientnet_lite3", "efficientnet_pytorch");
  weights.delete("_blocks.3._bn1.bias");
  assertThrows(
    () => efficientNetLite(weights),
    RangeError,
    "Cannot assemble efficientnet_lite3 as the weights must be its 365 tensors: " +
      "1 is missing (_blocks.3._bn1.bias)",
  );
  assertThrows(
    // @ts-expect-error: no such architecture
    () => efficientNetLiteTensors("efficientnet_lite9", "timm"),
    RangeError,
    "did you mean efficientnet_lite0?",
  );
});
