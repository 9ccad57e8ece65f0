/** The data of a notebook: one constant switches from generated photos to real ones. */

import { fromFileUrl, isAbsolute, join } from "@std/path";
import { openDataset } from "../data/dataset.ts";
import { keepPhotos } from "../data/keep_photos.ts";
import { limitDataset } from "../data/limit.ts";
import { generate, syntheticCategories } from "../data/synthetic.ts";
import { listCategories } from "../data/mvtec.ts";
import { isFolder } from "../data/photos.ts";
import { cannot, didYouMean } from "../errors.ts";
import type { Dataset } from "../types.ts";

/** Which photos a notebook wants. */
export interface NotebookDatasetOptions {
  /** Of the generated data set, or a folder below the data's. Not looked at where the data's folder
   * is a category itself. */
  readonly category: string;
  /** At most so many good photos to fit on. Default: all, or as many as are generated. */
  readonly train?: number;
  /** At most so many photos to test of each defect, and of the good ones. Default: all. */
  readonly test?: number;
  /** Of the generated photos, and of the choice of held-out ones in a plain folder. Default 0. */
  readonly seed?: number;
}

/**
 * An absolute path below the project's folder. A cell cannot say `import.meta`, and the working
 * directory is another in each editor.
 *
 * @throws {RangeError} when the library was not loaded from a folder
 *
 * @example
 * ```ts
 * console.assert(projectPath("models").endsWith("models"));
 * ```
 */
export function projectPath(path: string): string {
  if (isAbsolute(path)) return path;
  const root = new URL("../../", import.meta.url);
  if (root.protocol !== "file:") {
    throw cannot("find a path", "the library must be a folder on this machine", root.href);
  }
  return join(fromFileUrl(root), path);
}

/**
 * A notebook's photos: generated ones, which are drawn once and then kept, or a folder's, which may
 * have MVTec AD's layout or be a plain one (see `openDataset`).
 *
 * @param data `"synthetic"`, or a folder; a relative path counts from the project's folder
 * @throws {RangeError} when the category or the folder is not there, or a count is not a whole
 * number of at least 1
 *
 * @example
 * ```ts
 * const cable = await notebookDataset("synthetic", { category: "cable", train: 4, test: 1 });
 * console.assert(cable.train.length === 4);
 * ```
 */
export async function notebookDataset(
  data: string,
  { category, train, test, seed }: NotebookDatasetOptions,
): Promise<Dataset> {
  for (const [name, count] of Object.entries({ train, test })) {
    if (count !== undefined && !(Number.isInteger(count) && count >= 1)) {
      throw cannot("open the data", `${name} must be a whole number of at least 1`, String(count));
    }
  }
  if (data === "synthetic") {
    const known = syntheticCategories.find((name) => name === category);
    if (known === undefined) {
      throw cannot(
        "open the data",
        `the generated data set has ${syntheticCategories.join(" and ")}`,
        `"${category}"${didYouMean(category, syntheticCategories)}`,
      );
    }
    const counts = { train, testGood: test, testPerDefect: test };
    return keepPhotos(await generate(known, { seed, ...counts }));
  }
  const root = projectPath(data);
  const whole = await openFolder(root, category, seed);
  return {
    ...whole,
    train: whole.train.slice(0, train),
    test: test === undefined ? whole.test : limitDataset(whole, test).test,
  };
}

async function openFolder(root: string, category: string, seed?: number): Promise<Dataset> {
  const below = join(root, category);
  const folder = await isFolder(below) ? below : root;
  // MVTec AD's layout has test photos of its own: there is nothing for a seed to choose.
  const plain = !await isFolder(join(folder, "train", "good"));
  const named = folder === below || (await listCategories(root)).length > 0;
  return await openDataset(root, {
    ...(named ? { category } : {}),
    ...(plain ? { seed } : {}),
  });
}
