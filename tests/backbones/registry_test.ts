import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import {
  architectureNames,
  assemble,
  backboneNames,
  embeddedBackbones,
  generate,
  loadBackbone,
  resNetTensors,
  weightsSources,
  writeSafetensors,
} from "../../mod.ts";
import { formulaWeights } from "./formula_weights.ts";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "kizu-registry-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("embedded networks come first, and every published file is of a network that there is", () => {
  assertEquals(embeddedBackbones, ["efficientnet_lite0", "efficientnet_lite2"]);
  assertEquals(backboneNames.slice(0, 2), embeddedBackbones);
  assert(weightsSources.length > 20);
  for (const { name, architecture } of weightsSources) {
    assert(backboneNames.includes(name), name);
    assert(architectureNames.includes(architecture), architecture);
  }
});

Deno.test("weights that are missing are named, with the command and the place", async () => {
  await withFolder(async (folder) => {
    const missing = () => loadBackbone("wide_resnet50_2", { folder });
    for (
      const part of [
        "wide_resnet50_2-95faca4d.pth",
        "deno task weights pull wide_resnet50_2",
        "by hand",
        folder,
      ]
    ) {
      await assertRejects(missing, RangeError, part);
    }
  });
});

Deno.test("a file under a published name with another hash is refused", async () => {
  await withFolder(async (folder) => {
    await Deno.writeFile(join(folder, "resnet18-f37072fd.pth"), new Uint8Array(100));
    await assertRejects(() => loadBackbone("resnet18", { folder }), RangeError, "f37072fd");
  });
});

Deno.test("a weights file of one's own is read for the network named, and for no other", async () => {
  await withFolder(async (folder) => {
    const tensors = formulaWeights(resNetTensors("resnet18"));
    const path = join(folder, "own.safetensors");
    await Deno.writeFile(path, writeSafetensors(tensors));
    const backbone = await loadBackbone("resnet18", { weights: path });
    assertEquals([backbone.name, backbone.license], ["resnet18", `unknown, from ${path}`]);
    assertEquals(backbone.level("layer3").stride, 16);

    const { test } = await generate("weave", { size: 64, train: 1, testGood: 1, testPerDefect: 1 });
    const photos = test.slice(0, 1);
    const geometry = { resize: 64, crop: 64 };
    const [found] = await backbone.features(photos, ["layer2"], geometry);
    const network = assemble("resnet18", tensors);
    assertEquals(found.shape, [1, 128, 8, 8]);
    assert(found.data.some((value) => value > 0) && found.data.every(Number.isFinite));
    assertEquals(network.levels, backbone.levels);
    await assertRejects(
      () => loadBackbone("resnet34", { weights: path }),
      RangeError,
      "look like the weights of resnet18",
    );
    await assertRejects(() => loadBackbone("x.onnx", { weights: path }), RangeError, "itself");
  });
});

Deno.test("names that there are not are refused with the nearest", async () => {
  await assertRejects(() => loadBackbone("resnet-18"), RangeError, "did you mean resnet18?");
  await assertRejects(() => loadBackbone("toString"), RangeError, "deno task weights list");
  assertThrows(() => assemble("resnet20", new Map()), RangeError, "resnet18, resnet34");
});

Deno.test("a path that ends with .onnx is opened as an ONNX file", async () => {
  const path = new URL("../fixtures/onnx_backbone/residual_17.onnx", import.meta.url).pathname;
  const backbone = await loadBackbone(path, {
    onnx: { taps: ["level1", "level2"], normalisation: "imagenet" },
  });
  assertEquals(backbone.levels.map(({ name, stride }) => [name, stride]), [
    ["level1", 4],
    ["level2", 8],
  ]);
});
