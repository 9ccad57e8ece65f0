import { assert, assertEquals, assertThrows } from "@std/assert";
import { createDetector, findMethod, loadBackbone, methodNames, presets } from "../../mod.ts";

const [first, second] = await Promise.all(
  ["efficientnet_lite0", "efficientnet_lite2"].map((name) => loadBackbone(name)),
);

Deno.test("every method and preset makes a detector of its own name", () => {
  const names = [...methodNames, ...Object.keys(presets)];
  assert(names.length > 4);
  for (const name of names) {
    const backbones = findMethod(name).backbones ? [first, second] : first;
    assertEquals(createDetector(name, backbones).name, name);
  }
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
