/** A walk between recipes in plain text. */

import { effectNotes, effectTable } from "./effects.ts";
import { flowText } from "./flow_text.ts";
import { type NamedRecipe, namedRecipes } from "./named_recipes.ts";
import type { RecipeWalk, WalkStep } from "./recipe_walk.ts";
import type { Report } from "../report.ts";

/** Switches after which maps or masks have other pixels. */
const ELSEWHERE = ["aspect", "size", "masks"];

/** Letters of a switch in a table. */
const LONGEST = 28;

/** Letters of a line in the list of recipes. */
const LIST_WIDTH = 110;

/**
 * The steps in words, then for each category, and for their means, each step's metrics and how far
 * they are from the step before's; at last from the first recipe to the other.
 */
export function walkTable(walk: RecipeWalk, report: Report): string {
  const categories = [...new Set(report.summaries.map(({ category }) => category))];
  return [
    walkText(walk),
    ...categories.map((category) => block(walk, report, [category])),
    ...(categories.length > 1 ? [block(walk, report, categories)] : []),
    notes(walk, report).map((note) => flowText(note, { hanging: "  " })).join("\n"),
  ].join("\n\n");
}

/** What each step switches. */
export function walkText({ from, to, steps }: RecipeWalk): string {
  const { backbones, geometry, maskFilter } = from.settings;
  const start =
    `From ${from.name} (${backbones.join("+")}, ${geometry.resize}/${geometry.crop} px, ` +
    `masks ${maskFilter}) to ${to.name}, a switch at a time:`;
  return [
    flowText(start, { hanging: "  " }),
    ...steps.slice(1).map(({ changes }, i) =>
      `  ${flowText(`${i + 1} ${changes.join(", ")}`, { hanging: "    " })}`
    ),
  ].join("\n");
}

function block(
  { from, to, steps }: RecipeWalk,
  report: Report,
  categories: readonly string[],
): string {
  const localised = isLocalised(report);
  const rows = steps.map((step, i) => ({
    texts: [i === 0 ? "" : String(i), i === 0 ? from.name : switchText(step, localised)],
    label: step.label,
    against: steps[i - 1]?.label,
  }));
  const [first, last] = [steps[0], steps[steps.length - 1]];
  const total = { texts: ["all", to.name], label: last.label, against: first.label };
  const title = categories.length === 1 ? categories[0] : `mean of ${categories.length}`;
  // One step is all.
  const all = steps.length === 2 ? rows : [...rows, total];
  return effectTable(report, all, { header: ["", title], categories });
}

/** `pooling official`, cut where it is long: the list of steps has it all. */
function switchText({ switched = "", value }: WalkStep, localised: boolean): string {
  const text = `${switched} ${value}`;
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  return short + (localised && ELSEWHERE.includes(switched) ? " †" : "");
}

const isLocalised = ({ summaries }: Report): boolean =>
  summaries.some(({ pixelAuroc }) => pixelAuroc !== null);

function notes({ steps }: RecipeWalk, report: Report): readonly string[] {
  const elsewhere = steps.some(({ switched = "" }) => ELSEWHERE.includes(switched));
  return [
    "Each difference is to the row above" +
    (steps.length === 2 ? "." : "; all: from the first recipe to the last."),
    ...effectNotes(report),
    ...(isLocalised(report) && elsewhere
      ? [
        "† pixel AUROC and AUPRO are measured on other pixels than the step before's: masks " +
        "resized otherwise, or another part or size of the photos. Where other photos show a " +
        "defect the two cannot be paired, and the difference has no interval.",
      ]
      : []),
  ];
}

/** The recipes there are: name, whose it is, and what it is. */
export function recipeList(): string {
  const recipes = namedRecipes();
  const [names, kinds] = [recipes.map(({ name }) => name), recipes.map(({ kind }) => kind)]
    .map((texts) => Math.max(...texts.map((text) => text.length)) + 2);
  const indent = " ".repeat(names + kinds);
  const entry = ({ name, kind, about, maskFilter }: NamedRecipe): string => {
    const masks = maskFilter === "official" ? "; here with such masks" : "";
    const text = flowText(about + masks, {
      hanging: indent,
      width: LIST_WIDTH,
      taken: indent.length,
    });
    return name.padEnd(names) + kind.padEnd(kinds) + text;
  };
  const blocks = [...Map.groupBy(recipes, ({ method }) => method).values()];
  return blocks.map((own) => own.map(entry).join("\n")).join("\n\n");
}
