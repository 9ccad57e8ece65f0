import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  createDetector,
  findMethod,
  type MethodName,
  methodNames,
  type PlanOption,
  presets,
} from "../../../mod.ts";
import { dependencesOf } from "../../../src/evaluation/recipes/option_dependence.ts";
import { namedRecipe, namedRecipes } from "../../../src/evaluation/recipes/named_recipes.ts";
import {
  detectorOf,
  type RecipeSettings,
  recipeSettings,
  resolvedOptions,
} from "../../../src/evaluation/recipes/recipe_settings.ts";
import {
  recipeWalk,
  switchOrder,
  type WalkEnd,
  walkMethods,
  walkPairs,
  type WalkStep,
  withSwitch,
} from "../../../src/evaluation/recipes/recipe_walk.ts";
import { walkText } from "../../../src/evaluation/recipes/walk_table.ts";
import { load } from "./stand_in_networks.ts";

const usual = "efficientnet_lite0";

/** A named recipe as an end of a walk. */
async function endOf(name: string, backbone?: string): Promise<WalkEnd> {
  const { maskFilter } = namedRecipe(name);
  return { name, settings: await recipeSettings(name, { usual, load, backbone, maskFilter }) };
}

/** A recipe that has no name. */
function own(name: string, method: MethodName, options: Record<string, PlanOption>): WalkEnd {
  const geometry = { resize: 256, crop: 224, filter: "bilinear", aspect: "keep" } as const;
  return {
    name,
    settings: { method, backbones: [usual], geometry, maskFilter: "nearest", options },
  };
}

/** The options of the detector that `--method NAME` would run. */
async function optionsOf(name: string) {
  const { backbones = [usual] } = findMethod(name);
  return createDetector(name, await Promise.all(backbones.map(load))).options;
}

/** Parts in which two steps differ, as switches; a default that was spelt out is no difference. */
function differing(one: WalkStep, other: WalkStep): string[] {
  const [a, b] = [one.settings, other.settings];
  const text = (value: unknown) => JSON.stringify(value);
  const [old, now] = [one, other].map(({ detector }) => resolvedOptions(detector));
  const names = new Set([...Object.keys(a.options), ...Object.keys(b.options)]);
  return [
    ...(a.geometry.aspect === b.geometry.aspect ? [] : ["aspect"]),
    ...(a.geometry.filter === b.geometry.filter ? [] : ["filter"]),
    ...(a.geometry.resize === b.geometry.resize && a.geometry.crop === b.geometry.crop
      ? []
      : ["size"]),
    ...(a.maskFilter === b.maskFilter ? [] : ["masks"]),
    ...(text(a.backbones) === text(b.backbones) ? [] : ["backbone"]),
    ...[...names].filter((name) => text(a.options[name]) !== text(b.options[name]))
      .filter((name) => text(old[name]) !== text(now[name])),
  ];
}

const recipes = [...methodNames, ...Object.keys(presets)];
const pairs = recipes.flatMap((a) =>
  recipes.filter((b) => a !== b && findMethod(a).method === findMethod(b).method)
    .map((b) => [a, b] as const)
);

Deno.test("every pair of recipes of a method: the walk begins at one and ends exactly at the other", async () => {
  assert(pairs.length > 80, `${pairs.length} pairs`);
  for (const [a, b] of pairs) {
    const { steps } = await recipeWalk(await endOf(a), await endOf(b), load);
    const [first, last] = [steps[0], steps[steps.length - 1]];
    assert(steps.length > 1, `${a} to ${b}`);
    assertEquals(first.detector.options, await optionsOf(a), `${a} to ${b}`);
    assertEquals(last.detector.options, await optionsOf(b), `${a} to ${b}`);
    assertEquals(
      last.detector.taps.map(({ backbone, level }) => `${backbone.name} ${level}`),
      createDetector(b, await Promise.all((findMethod(b).backbones ?? [usual]).map(load)))
        .taps.map(({ backbone, level }) => `${backbone.name} ${level}`),
    );
    assertEquals(first.settings.maskFilter, namedRecipe(a).maskFilter);
    assertEquals(last.settings.maskFilter, namedRecipe(b).maskFilter);
  }
});

Deno.test("each step of every walk turns one switch, and changes something", async () => {
  let seen = 0;
  for (const [a, b] of pairs) {
    const [from, to] = [await endOf(a), await endOf(b)];
    const { steps } = await recipeWalk(from, to, load);
    for (const [i, step] of steps.entries()) {
      if (i === 0) continue;
      const { switched = "", settings, detector, changes } = step;
      const { settings: before, detector: old } = steps[i - 1];
      const all = differing(steps[i - 1], step);
      assert(all.includes(switched), `${a} to ${b}: ${switched} not in ${all}`);
      assert(changes.length > 0 && changes[0].startsWith(`${switched} `), changes.join());
      const text = (made: typeof detector, of: RecipeSettings) =>
        JSON.stringify([made.options, made.taps.map((tap) => tap.backbone.name), of.maskFilter]);
      assert(text(detector, settings) !== text(old, before), `${a} to ${b}: ${switched}`);
      // What moved with it is bound to it, or it could not have been without it.
      const bound = dependencesOf(settings.method).filter(({ on }) => on === switched)
        .map(({ option }) => option);
      const forced = all.filter((name) => name !== switched && !bound.includes(name));
      if (forced.length > 0) {
        await assertRejects(() => detectorOf(withSwitch(before, to.settings, switched), load));
      }
      seen++;
    }
    const order = steps.slice(1).map(({ switched }) =>
      switchOrder.findIndex((one) => one === switched)
    );
    assertEquals(order, order.toSorted((x, y) => x - y), `${a} to ${b}`);
    assertEquals(new Set(order).size, order.length);
  }
  console.log(`${pairs.length} walks, ${seen} steps`);
  assert(seen > 250, `${seen} steps`);
});

Deno.test("the order of switches knows every option of every method", async () => {
  const known: readonly string[] = switchOrder;
  for (const method of methodNames) {
    const names = Object.keys(resolvedOptions(createDetector(method, await load(usual))));
    assert(names.length > 2, method);
    for (const name of names) assert(known.includes(name), `${method} ${name}`);
  }
});

Deno.test("from PatchCore of 2021 to the official code: masks, pooling, sampling, distance", async () => {
  const walk = await recipeWalk(
    await endOf("patchcore-2021"),
    await endOf("patchcore-official"),
    load,
  );
  assertEquals(walk.steps.map(({ label }) => label), [
    "patchcore-2021",
    "1 masks=official",
    "2 pooling=official",
    "3 sampling=approximate",
    "4 distance=squared = patchcore-official",
  ]);
  assertEquals(
    walkText(walk),
    `From patchcore-2021 (efficientnet_lite0, 256/224 px, masks nearest) to patchcore-official, a
  switch at a time:
  1 masks nearest → official
  2 pooling mean → official, dimensions 0 → 1024, levelDimensions 1024
  3 sampling greedy → approximate, without start
  4 distance euclidean → squared`,
  );
  const [before, after] = walkMethods(walk);
  assertEquals(before.map(({ label }) => label), ["patchcore-2021"]);
  assertEquals(after.length, 4);
  const labels = walk.steps.map(({ label }) => label);
  assertEquals(walkPairs(walk), [
    [labels[1], labels[0]],
    [labels[2], labels[1]],
    [labels[3], labels[2]],
    [labels[4], labels[3]],
    [labels[4], labels[0]],
  ]);
});

Deno.test("a walk of one step is compared once, in one plan", async () => {
  const walk = await recipeWalk(await endOf("padim"), await endOf("padim-pca"), load);
  assertEquals(walk.steps.length, 2);
  assertEquals(walkPairs(walk), [["1 reduction=pca = padim-pca", "padim"]]);
  assertEquals(walkMethods(walk).length, 1);
});

Deno.test("what belongs to an option moves with it, and alone where both recipes have use for it", async () => {
  const changesOf = async (a: WalkEnd, b: WalkEnd) =>
    (await recipeWalk(a, b, load)).steps.slice(1).map(({ changes }) => changes.join(", "));
  const patch = (options: Record<string, PlanOption>) => own("patch", "patchcore", options);
  assertEquals(
    await changesOf(patch({ start: "dropped" }), patch({ sampling: "random", coreset: 0.1 })),
    ["coreset 0.01 → 0.1", "sampling greedy → random, without start, without projection"],
  );
  assertEquals(
    await changesOf(
      patch({ sampling: "random" }),
      patch({ sampling: "greedy", start: "dropped", projection: 0 }),
    ),
    ["sampling random → greedy, start dropped, projection 0"],
  );
  assertEquals(
    await changesOf(patch({ start: "dropped", projection: 0 }), patch({ projection: 64 })),
    ["start dropped → included", "projection 0 → 64"],
  );
  assertEquals(
    await changesOf(
      patch({ pooling: "official", levelDimensions: 256 }),
      patch({ pooling: "official", dimensions: 384 }),
    ),
    ["levelDimensions 256 → 1024", "dimensions 1024 → 384"],
  );
  assertEquals(
    await changesOf(patch({ dimensions: 384 }), patch({ pooling: "official", dimensions: 384 })),
    ["pooling mean → official, levelDimensions 1024"],
  );
  assertEquals(
    await changesOf(patch({ score: "reweighted", reweightingNeighbours: 5 }), patch({})),
    ["score reweighted → max, without reweightingNeighbours"],
  );
  const gaussian = (options: Record<string, PlanOption>) => own("g", "gaussian-ad", options);
  assertEquals(
    await changesOf(
      gaussian({ reduction: "npca", variance: 0.05 }),
      gaussian({ reduction: "pca" }),
    ),
    ["reduction npca → pca, variance 0.05 → 0.99"],
  );
});

Deno.test("what another network could not be with moves with the network, and nothing else", async () => {
  // Lite2's levels have 192 channels in all, Lite0's 176.
  const wide = own("wide", "padim", { dimensions: 185, ridge: 0.1 });
  const from = { ...wide, settings: { ...wide.settings, backbones: ["efficientnet_lite2"] } };
  const { steps } = await recipeWalk(from, own("narrow", "padim", {}), load);
  assertEquals(steps.slice(1).map(({ changes }) => changes), [
    ["backbone efficientnet_lite2 → efficientnet_lite0", "dimensions 185 → 100"],
    ["ridge 0.1 → 0.01"],
  ]);
  const paper = await recipeWalk(await endOf("padim-paper"), await endOf("padim"), load);
  assertEquals(paper.steps.slice(1).map(({ changes }) => changes.join("; ")), [
    "backbone wide_resnet50_2 → efficientnet_lite0; levels layer1+2+3 → stage2+3+5; " +
    "dimensions 550 → 100",
  ]);
  const named = own("named", "spade", { levels: ["stage2"], imageLevel: "stage5", neighbours: 5 });
  const other = await recipeWalk(named, await endOf("spade-paper"), load);
  assertEquals(other.steps.slice(1).map(({ switched }) => switched), ["backbone", "neighbours"]);
});

Deno.test("recipes of two methods, the same recipe, and what cannot be made are refused", async () => {
  await assertRejects(
    async () => await recipeWalk(await endOf("padim"), await endOf("patchcore"), load),
    RangeError,
    "Cannot walk from padim to patchcore as both recipes must be of one method: " +
      "padim and patchcore",
  );
  await assertRejects(
    async () => await recipeWalk(await endOf("dn2", usual), await endOf("dn2-paper", usual), load),
    RangeError,
    "two recipes must differ: they are the same in every setting",
  );
  await assertRejects(
    async () => await recipeWalk(await endOf("padim-paper", usual), await endOf("padim"), load),
    RangeError,
    "Cannot walk with padim-paper on efficientnet_lite0 as it must make a detector: Cannot " +
      "configure PaDiM as dimensions must be a whole number in 1…176: 550",
  );
  const mixed = "wide_resnet50_2+efficientnet_lite0";
  await assertRejects(
    () => recipeSettings("patchcore-2022-ensemble", { usual, load, backbone: mixed }),
    RangeError,
    "all members of an ensemble must have the same options",
  );
});

Deno.test("recipes are told apart by whose they are, and only the official PatchCore erodes masks", () => {
  const all = namedRecipes();
  assertEquals(all.length, recipes.length);
  assertEquals(new Set(all.map(({ name }) => name)), new Set(recipes));
  const of = (kind: string) => all.filter((one) => one.kind === kind).map(({ name }) => name);
  assertEquals(of("defaults"), [...methodNames]);
  assertEquals(of("official code"), ["patchcore-official"]);
  assertEquals(of("re-implementation"), [
    "spade-popular",
    "padim-popular",
    "padim-anomalib",
    "patchcore-anomalib",
  ]);
  assertEquals(all.filter(({ maskFilter }) => maskFilter === "official").map(({ name }) => name), [
    "patchcore-official",
  ]);
  for (const { about } of all) assert(about.length > 10);
});
