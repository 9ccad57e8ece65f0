/** `deno task recipe-diff`: from one recipe to another, one switch at a time. */

import { embeddedBackbones } from "../backbones/registry.ts";
import { cannot, isRefusal } from "../errors.ts";
import { type NamedRecipe, namedRecipe } from "../evaluation/recipes/named_recipes.ts";
import { checkPhotoCount } from "../evaluation/recipes/photo_count.ts";
import type { Plan } from "../evaluation/runs/plan.ts";
import { recipeSettings } from "../evaluation/recipes/recipe_settings.ts";
import {
  recipeWalk,
  type WalkEnd,
  walkMethods,
  walkPairs,
} from "../evaluation/recipes/recipe_walk.ts";
import { recipeList, walkTable, walkText } from "../evaluation/recipes/walk_table.ts";
import { type Given, parseCommand, splitWords } from "./arguments.ts";
import { runCommand } from "./command.ts";
import { geometryGiven, maskFilterGiven } from "./given_options.ts";
import {
  backboneGiven,
  generatedNote,
  networkLoader,
  photoCounts,
  planFrame,
} from "./plan_frame.ts";
import { recipeDiffHelp, recipeDiffSpec, twoRecipes } from "./recipe_diff_options.ts";
import { runPlan } from "./run_plan.ts";

type RecipeDiffGiven = Given<typeof recipeDiffSpec>;

/** What both recipes take instead of their own, said with every result. */
const INSTEAD = ["backbone", "image-size", "resize", "filter", "aspect", "mask-filter"] as const;

async function main(args: readonly string[]): Promise<void> {
  const { words, rest } = splitWords(args, recipeDiffSpec);
  const given = parseCommand(recipeDiffSpec, rest);
  if (given.help) return console.log(recipeDiffHelp);
  const names = twoRecipes(words, given);
  if (names === undefined) {
    if (given.list) return console.log(recipeList());
    throw cannot("read the command", "two recipes must be named (see --list)", "none");
  }
  const [a, b] = names.map(namedRecipe);
  if (a.method !== b.method) {
    throw cannot(
      `walk from ${a.name} to ${b.name}`,
      "both recipes must be of one method",
      `${a.method} and ${b.method}`,
    );
  }
  const frame = planFrame(given);
  const load = networkLoader(frame.onnx);
  const backbone = backboneGiven(given);
  const end = async ({ name, maskFilter }: NamedRecipe): Promise<WalkEnd> => {
    const settings = recipeSettings(name, {
      usual: embeddedBackbones[0],
      load,
      backbone,
      geometry: geometryGiven(given),
      maskFilter: maskFilterGiven(given) ?? maskFilter,
    });
    return { name, settings: await (backbone ? settings : settings.catch(withoutWeights)) };
  };
  const walk = await recipeWalk(await end(a), await end(b), load);
  const instead = insteadText(given);
  if (given.list) return console.log(walkText(walk) + instead);

  const photos = await photoCounts(frame);
  for (const { label, settings, detector } of walk.steps) {
    checkPhotoCount(`walk over "${label}"`, detector, { settings, photos });
  }
  const [first, second] = walkMethods(walk);
  const { from, to } = walk;
  const plan: Plan = { ...frame, maskFilter: from.settings.maskFilter, methods: first };
  await runPlan(plan, {
    given,
    leaveOut: false,
    title: `kizu: from ${from.name} to ${to.name}`,
    command: "deno task recipe-diff",
    pairs: walkPairs(walk),
    second: second && { ...frame, maskFilter: to.settings.maskFilter, methods: second },
    print: (report) => console.log(walkTable(walk, report) + instead + generatedNote(frame)),
  });
}

/** Weights that are missing need not be fetched: another network can walk the same way. */
function withoutWeights(error: unknown): never {
  if (!isRefusal(error) || !error.message.startsWith("Cannot load ")) throw error;
  const requirement = "its network must be there, or --backbone name one for both recipes";
  throw cannot("make a recipe", requirement, error.message);
}

/** What was given instead of the recipes' own parts. */
function insteadText(given: RecipeDiffGiven): string {
  const said = INSTEAD.filter((name) => given[name] !== undefined);
  return said.length === 0
    ? ""
    : `\nInstead of the recipes' own: ${said.map((name) => `${name} ${given[name]}`).join(", ")}.`;
}

if (import.meta.main) await runCommand(main);
