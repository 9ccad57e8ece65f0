import { assert, assertEquals, assertRejects } from "@std/assert";
import { createDetector, findMethod, methodNames, type PlanOption, presets } from "../../../mod.ts";
import {
  ablationMethods,
  ablationPairs,
  planAblation,
  type VaryRequest,
} from "../../../src/evaluation/recipes/ablation.ts";
import { ablationList, baseText } from "../../../src/evaluation/recipes/ablation_table.ts";
import { recipesOf } from "../../../src/evaluation/runs/plan.ts";
import {
  detectorOf,
  recipeSettings,
  resolvedOptions,
} from "../../../src/evaluation/recipes/recipe_settings.ts";
import { load } from "./stand_in_networks.ts";

const usual = "efficientnet_lite0";
const plenty = [{ category: "weave", train: 200 }];

async function ablationOf(
  label: string,
  { vary, photos = plenty, options }: {
    readonly vary?: Record<string, readonly PlanOption[] | undefined>;
    readonly photos?: typeof plenty;
    readonly options?: Record<string, PlanOption>;
  } = {},
) {
  const base = await recipeSettings(label, { usual, load, options });
  const request: VaryRequest | undefined = vary && new Map(Object.entries(vary));
  return await planAblation({ label, base }, { vary: request, photos, load });
}

/** Refusals name what was varied. */
async function refusedVariation(
  base: string,
  vary: Record<string, readonly PlanOption[] | undefined>,
  message: string,
  photos = plenty,
): Promise<void> {
  await assertRejects(() => ablationOf(base, { vary, photos }), Error, message);
}

const names = [...methodNames, ...Object.keys(presets)];

Deno.test("PatchCore is varied in what the papers discuss, without the base's own values", async () => {
  const { variations, leftOut } = await ablationOf("patchcore");
  assertEquals(leftOut, []);
  assertEquals(variations.map(({ label }) => label), [
    "levels=stage3",
    "levels=stage5",
    "levels=stage2+stage3+stage5",
    "neighbourhood=1",
    "neighbourhood=5",
    "pooling=official",
    "coreset=0.001",
    "coreset=0.1",
    "coreset=0.25",
    "sampling=approximate",
    "sampling=random",
    "projection=0",
    "projection=64",
    "neighbours=3",
    "neighbours=9",
    "distance=squared",
    "score=reweighted",
    "sigma=0",
    "sigma=2",
    "sigma=8",
    "image-size=160",
    "image-size=320",
    "crop=256",
    "resize=224",
    "filter=bicubic",
    "filter=lanczos",
    "aspect=stretch",
  ]);
  const sizes = new Map(variations.map(({ label, settings }) => [label, settings.geometry]));
  const size = (label: string) => [sizes.get(label)?.resize, sizes.get(label)?.crop];
  assertEquals(size("image-size=320"), [366, 320]);
  assertEquals(size("crop=256"), [256, 256]);
  assertEquals(size("resize=224"), [224, 224]);
});

Deno.test("of every method and preset each usual variation differs from the base in its option alone", async () => {
  assert(names.length > 15);
  for (const name of names) {
    const { base, variations, leftOut } = await ablationOf(name);
    assert(variations.length >= 8, `${name}: ${variations.length}`);
    assertEquals(
      leftOut.filter((reason) => !/dimensions must be|longest|stretch/.test(reason)),
      [],
    );
    const before = resolvedOptions(await detectorOf(base, load));
    for (const { name: varied, label, settings, also, otherPixels } of variations) {
      const after = resolvedOptions(await detectorOf(settings, load));
      const changed = Object.keys({ ...before, ...after }).filter((option) =>
        JSON.stringify(before[option]) !== JSON.stringify(after[option])
      );
      const geometry = JSON.stringify(settings.geometry) !== JSON.stringify(base.geometry);
      assertEquals(geometry, ["image-size", "crop", "resize", "filter", "aspect"].includes(varied));
      assertEquals(otherPixels, geometry && varied !== "filter");
      const others = changed.filter((option) => option !== varied);
      assertEquals(also.map((text) => text.split(" ")[0]), others, `${name} ${label}`);
      assertEquals(changed.length > 0, !geometry, `${name} ${label}`);
      assertEquals([settings.method, settings.backbones], [base.method, base.backbones]);
    }
  }
});

Deno.test("a plan has the base first, full settings, labels of its own, and pairs with the base", async () => {
  const ablation = await ablationOf("padim-anomalib", {
    vary: { ridge: [0.1], "image-size": [128], dimensions: undefined },
  });
  const methods = ablationMethods(ablation);
  assertEquals(methods.map(({ label }) => label), [
    "padim-anomalib",
    "ridge=0.1",
    "image-size=128",
    "dimensions=25",
    "dimensions=50",
    "dimensions=176",
  ]);
  const recipes = recipesOf({ methods }, "none");
  assertEquals(recipes.map(({ backbones }) => backbones), methods.map(() => [usual]));
  assertEquals(recipes[0].geometry, {
    resize: 256,
    crop: 256,
    filter: "bilinear",
    aspect: "stretch",
  });
  assertEquals(recipes[2].geometry, {
    resize: 128,
    crop: 128,
    filter: "bilinear",
    aspect: "stretch",
  });
  assertEquals(recipes[1].options, { upsampling: "nearest", ridge: 0.1 });
  assertEquals(
    ablationPairs(ablation),
    methods.slice(1).map(({ label }) => [label, "padim-anomalib"]),
  );
});

Deno.test("the base's plan entry is the base: the same detector as by its name", async () => {
  const backbones = new Map(
    Object.entries(presets).map(([name, { backbones }]) => [name, backbones]),
  );
  for (const name of names) {
    const base = await recipeSettings(name, { usual, load });
    const own = await Promise.all((backbones.get(name) ?? [usual]).map(load));
    assertEquals((await detectorOf(base, load)).options, createDetector(name, own).options, name);
    assertEquals(base.method, findMethod(name).method);
  }
});

Deno.test("values equal to the base's are skipped, however they are written", async () => {
  const { variations } = await ablationOf("patchcore", {
    vary: {
      coreset: [0.01, 0.1],
      levels: [["stage3", "stage5"], ["stage5"]],
      crop: [224],
      score: ["max"],
      pooling: ["official"],
    },
  });
  assertEquals(variations.map(({ label }) => label), [
    "coreset=0.1",
    "levels=stage5",
    "pooling=official",
  ]);
  assertEquals(variations[2].also, ["dimensions 0 → 1024"]);
  await refusedVariation(
    "patchcore",
    { coreset: [0.01] },
    "Cannot ablate patchcore as some value must differ from the base's: coreset",
  );
});

Deno.test("values that were asked for and cannot be are refused by their name", async () => {
  const cases:
    readonly (readonly [string, Record<string, readonly PlanOption[] | undefined>, string])[] = [
      ["patchcore", { levels: [["stage9"]] }, "Cannot vary levels=stage9 as it must make a recipe"],
      ["patchcore", { coreset: [2] }, "Cannot vary coreset=2 as"],
      ["patchcore", { reweightingNeighbours: [5] }, "Cannot vary reweightingNeighbours=5 as"],
      ["patchcore", { crop: [300] }, "Cannot vary crop=300 as"],
      ["patchcore", { "image-size": ["large"] }, "Cannot vary image-size=large as"],
      ["patchcore", { filter: ["bicubik"] }, '"bicubik"; did you mean bicubic?'],
      ["patchcore", { neighbors: [1] }, '"neighbors"; did you mean neighbours?'],
      ["patchcore", { dimensions: undefined }, "Cannot vary dimensions as it needs values"],
      ["padim", { dimensions: [177] }, "Cannot vary dimensions=177 as"],
      ["dn2", { neighbours: [201] }, "Cannot vary neighbours=201 as neighbours = 201 need as many"],
      ["dn2", { coreset: [0.1] }, "what can be varied of dn2 is level, neighbours, distance"],
    ];
  for (const [base, vary, message] of cases) await refusedVariation(base, vary, message);
  await refusedVariation(
    "patchcore",
    { neighbours: [9] },
    "Cannot vary neighbours=9 as the memory bank must hold at least neighbours = 9 rows: " +
      "7 of 784 patches at coreset 0.01 (one)",
    [{ category: "one", train: 1 }],
  );
  await assertRejects(
    () => ablationOf("spade", { photos: [{ category: "cable", train: 49 }] }),
    RangeError,
    "Cannot ablate spade as neighbours = 50 need as many good photos: 49 (cable)",
  );
});

Deno.test("usual values that photos or other options do not allow are left out and said", async () => {
  const few = await ablationOf("dn2", {
    vary: { neighbours: undefined },
    photos: [{ category: "a", train: 20 }, { category: "b", train: 7 }],
  });
  assertEquals(few.variations.map(({ label }) => label), ["neighbours=1", "neighbours=5"]);
  assertEquals(few.leftOut, [
    "Cannot vary neighbours=10 as neighbours = 10 need as many good photos: 7 (b)",
  ]);
  const text = ablationList(few, { categories: 2, seeds: 1 });
  assert(text.includes("Left out: Cannot vary neighbours=10"), text);
  assert(text.endsWith("6 runs: the base and 2 variations, 2 categories, 1 seed."), text);
});

Deno.test("another network is varied on request, and an ensemble is one", async () => {
  const { variations } = await ablationOf("patchcore", {
    vary: { backbone: ["efficientnet_lite2", ["efficientnet_lite0", "efficientnet_lite2"]] },
  });
  assertEquals(variations.map(({ settings }) => settings.backbones), [
    ["efficientnet_lite2"],
    ["efficientnet_lite0", "efficientnet_lite2"],
  ]);
});

Deno.test("the base is described with all that matters, defaults included", async () => {
  assertEquals(
    baseText(await ablationOf("gaussian-ad-npca")),
    `Base gaussian-ad-npca: gaussian-ad on efficientnet_lite0, image-size 224, resize 256, filter
  bilinear, aspect keep, masks nearest, levels stage1+2+3+4+5+6+7+head, combine sum, reduction
  npca, variance 0.01.`,
  );
});
