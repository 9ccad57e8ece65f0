/** A plan's jobs: one recipe on one category with one seed each. */

import { chooseSynthetic } from "../../data/choose_synthetic.ts";
import { openDataset } from "../../data/dataset.ts";
import { keepPhotos } from "../../data/keep_photos.ts";
import { limitDataset } from "../../data/limit.ts";
import { listCategories } from "../../data/mvtec.ts";
import { generate } from "../../data/synthetic.ts";
import { isRefusal } from "../../errors.ts";
import { sha256Hex } from "../../sha256.ts";
import type { Dataset, Sample } from "../../types.ts";
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
  const [name] = chooseSynthetic([String(category)]);
  const set = keepPhotos(await generate(name));
  return limit === undefined ? set : limitDataset(set, limit);
}

/** The categories of a plan: those that it names, else all there are. */
export async function categoriesOf(
  { data, categories }: Pick<Plan, "data" | "categories">,
): Promise<readonly (string | undefined)[]> {
  const all = categories === undefined || categories.includes("all");
  if (data === undefined) return chooseSynthetic(categories);
  const names = all ? await listCategories(data) : categories;
  return names.length === 0 ? [undefined] : names;
}

/** What a resumed run must find again of a data set. */
export interface DatasetFacts {
  readonly name: string;
  readonly category: string;
  /** Before the hashes in the order of names, so that a difference is first told in numbers. */
  readonly counts: { readonly train: number; readonly test: number };
  readonly ids: string;
  /** Of the photos' content; null where it was not asked for. Masks are not looked at. */
  readonly photos: string | null;
}

/**
 * What is known of a data set: counts, names and, where asked for, the photos' content.
 *
 * Cost: with contents every file is read and hashed, a millisecond a megabyte; else nothing is read.
 */
export async function datasetFacts(
  { name, category, train, test }: Dataset,
  { contents }: { readonly contents: boolean },
): Promise<DatasetFacts> {
  const all = [...train, ...test];
  const hash = (lines: readonly string[]) =>
    sha256Hex(new TextEncoder().encode(lines.join("\n"))).slice(0, 16);
  const found: string[] = [];
  for (const sample of contents ? all : []) found.push(await contentOf(sample));
  return {
    name,
    category,
    counts: { train: train.length, test: test.length },
    ids: hash(all.map(({ id }) => id)),
    photos: contents ? hash(found) : null,
  };
}

/** What cannot be read is the run's to refuse or to pass over. */
async function contentOf({ content }: Sample): Promise<string> {
  if (!content) return "";
  try {
    return await content();
  } catch (error) {
    if (isRefusal(error)) return "unreadable";
    throw error;
  }
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
