import { assert, assertEquals, assertThrows } from "@std/assert";
import { createDetector, findMethod, loadBackbone, methodNames, presets } from "../../mod.ts";
import { paperBackbone } from "./paper_backbones.ts";

const [first, second] = await Promise.all(
  ["efficientnet_lite0", "efficientnet_lite2"].map((name) => loadBackbone(name)),
);

Deno.test("every method and preset makes a detector of its own name", () => {
  const names = [...methodNames, ...Object.keys(presets)];
  assert(names.length > 4);
  for (const name of names) {
    const own = findMethod(name).backbones ?? [first.name];
    const embedded = new Map([first, second].map((backbone) => [backbone.name, backbone]));
    const detector = createDetector(
      name,
      own.map((one) => embedded.get(one) ?? paperBackbone(one)),
    );
    assertEquals(detector.name, name);
    assertEquals([...new Set(detector.taps.map(({ backbone }) => backbone.name))], [...own]);
  }
});

Deno.test("the papers' presets have the papers' networks, sizes and numbers", () => {
  const described = (name: string) => {
    const { backbones = [], options, geometry } = findMethod(name);
    const made = createDetector(name, backbones.map(paperBackbone));
    const levels = made.taps.map(({ backbone, level, pooled }) =>
      `${backbone.name} ${level}${pooled ? " pooled" : ""}`
    );
    return { levels, geometry, options: options(paperBackbone(backbones[0])) };
  };
  const wide = (...levels: readonly string[]) => levels.map((level) => `wide_resnet50_2 ${level}`);
  assertEquals(described("padim-paper"), {
    levels: wide("layer1", "layer2", "layer3"),
    geometry: undefined,
    options: { dimensions: 550 },
  });
  assertEquals(described("padim-paper-resnet18").options, { dimensions: 100 });
  assertEquals(described("spade-paper"), {
    levels: wide("layer1", "layer2", "layer3", "layer4 pooled"),
    geometry: undefined,
    options: { neighbours: 50 },
  });
  assertEquals(described("patchcore-paper"), {
    levels: wide("layer2", "layer3"),
    geometry: undefined,
    options: { coreset: 0.25, score: "reweighted" },
  });
  assertEquals(described("dn2-paper").levels, ["resnet101 layer4 pooled"]);
  const gaussian = described("gaussian-ad-paper");
  assertEquals(gaussian.geometry, { resize: 380, crop: 380 });
  assertEquals(
    gaussian.levels,
    Array.from({ length: 9 }, (_, i) => `efficientnet_b4 features.${i} pooled`),
  );
  const ensemble = described("patchcore-2022-ensemble");
  assertEquals(ensemble.geometry, { resize: 366, crop: 320 });
  assertEquals(ensemble.options.dimensions, 384);
  assertEquals(ensemble.levels, [
    "wide_resnet101_2 layer2",
    "wide_resnet101_2 layer3",
    "resnext101_32x8d layer2",
    "resnext101_32x8d layer3",
    "densenet201 denseblock2",
    "densenet201 denseblock3",
  ]);
});

Deno.test("presets say what they are, and name no unknown method", () => {
  for (const [name, { method, about }] of Object.entries(presets)) {
    assert(methodNames.includes(method) && name.startsWith(`${method}-`), name);
    assert(about.length > 10, name);
  }
});

Deno.test("a preset's options differ from the method's, and the caller's go over both", () => {
  const plain = createDetector("patchcore", first);
  const old = createDetector("patchcore-2021", first);
  assertEquals([plain.options.coreset, old.options.coreset], [0.01, 0.1]);
  assertEquals(old.options.score, "max");
  const own = createDetector("patchcore-2021", first, { options: { coreset: 0.5 }, seed: 7 });
  assertEquals([own.options.coreset, own.options.score, own.options.seed], [0.5, "max", 7]);
});

Deno.test("a preset's geometry is its detector's, unless the caller has one", () => {
  const square = { resize: 256, crop: 256, filter: "bilinear", aspect: "stretch" };
  for (const name of ["padim-anomalib", "patchcore-anomalib"]) {
    assertEquals(createDetector(name, first).options.geometry, square);
  }
  const own = { resize: 64, crop: 64 };
  assertEquals(createDetector("padim-anomalib", first, { geometry: own }).options.geometry, {
    ...own,
    filter: "bilinear",
    aspect: "keep",
  });
});

Deno.test("several backbones make an ensemble with one seed", () => {
  const { options } = createDetector("patchcore", [first, second], { seed: 5 });
  const members = options.members as readonly { readonly options: { readonly seed: number } }[];
  assertEquals(members.map(({ options }) => options.seed), [5, 5]);
});

Deno.test("what no method knows is refused", () => {
  assertThrows(() => findMethod("patchcore-2020"), RangeError, "did you mean patchcore-202");
  assertThrows(() => findMethod("toString"), RangeError, "must be one of");
  assertThrows(
    () => createDetector("patchcore", first, { options: { ratio: 1 } }),
    TypeError,
    "its options are",
  );
});
