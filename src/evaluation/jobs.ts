/** A plan's jobs: one recipe on one category with one seed each. */

import { openDataset } from "../data/dataset.ts";
import { keepPhotos } from "../data/keep_photos.ts";
import { limitDataset } from "../data/limit.ts";
import { listCategories } from "../data/mvtec.ts";
import { generate, syntheticCategories } from "../data/synthetic.ts";
import { cannot, didYouMean } from "../errors.ts";
import { sha256Hex } from "../sha256.ts";
import type { Dataset } from "../types.ts";
import type { Plan, Recipe } from "./plan.ts";

/** Where photos come from. */
export type DataPlan = Pick<Plan, "data" | "limit">;

/** One thing to do, as plain data. */
export interface Job {
  /** Names its files: category, label and seed, and a hash of everything. */
  readonly id: string;
  /** Undefined: the folder itself. */
  readonly category: string | undefined;
  readonly recipe: Recipe;
  readonly seed: number;
}

/**
 * Opens a category of a plan's data, listed but not read.
 *
 * @throws {RangeError | TypeError} as {@linkcode openDataset}, or for a generated category that
 * there is not
 */
export async function openCategory(
  { data, limit }: DataPlan,
  category: string | undefined,
): Promise<Dataset> {
  if (data !== undefined) return await openDataset(data, { category, limit });
  const name = syntheticCategories.find((one) => one === category);
  if (!name) throw noSuchCategory(String(category));
  const set = keepPhotos(await generate(name));
  return limit === undefined ? set : limitDataset(set, limit);
}

/** The categories of a plan: those that it names, else all there are. */
export async function categoriesOf(
  { data, categories }: Pick<Plan, "data" | "categories">,
): Promise<readonly (string | undefined)[]> {
  const all = categories === undefined || categories.includes("all");
  if (data === undefined) {
    if (all) return syntheticCategories;
    for (const name of categories) {
      if (!syntheticCategories.some((one) => one === name)) throw noSuchCategory(name);
    }
    return categories;
  }
  const names = all ? await listCategories(data) : categories;
  return names.length === 0 ? [undefined] : names;
}

function noSuchCategory(name: string): Error {
  return cannot(
    "choose a category",
    `the generated data set has ${syntheticCategories.join(", ")} (--data names another)`,
    `"${name}"${didYouMean(name, syntheticCategories)}`,
  );
}

/** What is known of a data set without reading its photos: what a resumed run must find again. */
export function datasetFacts({ name, category, train, test }: Dataset): {
  readonly name: string;
  readonly category: string;
  readonly train: number;
  readonly test: number;
  readonly ids: string;
} {
  const ids = [...train, ...test].map(({ id }) => id).join("\n");
  return {
    name,
    category,
    train: train.length,
    test: test.length,
    ids: sha256Hex(new TextEncoder().encode(ids)).slice(0, 16),
  };
}

/** Jobs in the order of tables: by category, then recipe, then seed. */
export function jobsOf(
  categories: readonly (string | undefined)[],
  recipes: readonly Recipe[],
): readonly Job[] {
  return categories.flatMap((category) =>
    recipes.flatMap((recipe) =>
      recipe.seeds.map((seed): Job => {
        const { seeds: _, ...made } = recipe;
        const all = new TextEncoder().encode(JSON.stringify([category ?? null, made, seed]));
        const hash = sha256Hex(all).slice(0, 10);
        const words = [category ?? "photos", recipe.label].map(slug).join("-").slice(0, 80);
        return { id: `${words}-seed${seed}-${hash}`, category, recipe, seed };
      })
    )
  );
}

/** A text as part of a file's name. */
function slug(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_").replaceAll(/^_+|_+$/g, "") || "x";
}
