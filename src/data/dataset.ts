/** Opening a data set from a folder, whichever of the known layouts it has. */

import { basename, join, resolve } from "@std/path";
import type { Dataset } from "../types.ts";
import { cannot } from "../errors.ts";
import { type FolderOptions, hasGoodFolder, loadFolder } from "./folder.ts";
import { limitDataset } from "./limit.ts";
import { loadMvtec, noCategory } from "./mvtec.ts";
import { isFolder, list, requireFolder } from "./photos.ts";

/** What to open. */
export interface OpenDatasetOptions extends FolderOptions {
  /** The folder below the root that is meant; not needed where the root itself is it. */
  readonly category?: string;
  /** See {@linkcode limitDataset}. All photos by default. */
  readonly limit?: number;
}

/**
 * Opens a folder as MVTec AD's layout where it has `train/good` and `test`
 * ({@linkcode loadMvtec}), else as a plain folder of photos ({@linkcode loadFolder}).
 *
 * The folder is `root/category` where that is there, else the root itself. `holdOut` and `seed`
 * belong to plain folders only. Cost: lists the folders, O(n log n) for n files.
 *
 * @throws {RangeError} when neither layout is there (with both in brief), when a category is
 * missing, misspelt or given for a folder of another name, when `holdOut` or `seed` is given for
 * MVTec AD's layout, and as the two functions do
 * @throws {TypeError} when the root is a file
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * const root = await Deno.makeTempDir();
 * await assertRejects(() => openDataset(root), RangeError, "train/good and test");
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function openDataset(
  root: string,
  options: OpenDatasetOptions = {},
): Promise<Dataset> {
  const dataset = await openWhole(root, options);
  return options.limit === undefined ? dataset : limitDataset(dataset, options.limit);
}

async function openWhole(
  root: string,
  { category, holdOut, seed }: OpenDatasetOptions,
): Promise<Dataset> {
  await requireFolder(root);
  const { folders } = await list(root);
  const folder = category !== undefined && folders.includes(category) ? join(root, category) : root;

  if (await isMvtecLayout(folder)) {
    if (holdOut !== undefined || seed !== undefined) {
      throw cannot(
        "open the data set",
        "holdOut and seed are for plain folders",
        `${folder} has MVTec AD's layout, with good test photos of its own`,
      );
    }
    return await loadMvtec(root, { category });
  }
  if (!await hasGoodFolder(folder)) {
    const present = folder === root ? await categoriesIn(root, folders) : [];
    if (present.length > 0) throw noCategory("open the data set", category, { present, root });
    // Photos without any folder are a data set of good ones.
    if ((await list(folder)).photos.length === 0) {
      throw cannot(
        "open the data set",
        "a folder holds train/good and test/<defect> (MVTec AD), or good/ and a folder per defect",
        `neither in ${folder}`,
      );
    }
  }
  const own = basename(resolve(folder));
  if (category !== undefined && category !== own) {
    throw cannot(
      "open the data set",
      `the folder is a category itself and can only be opened as ${JSON.stringify(own)}`,
      `category ${JSON.stringify(category)} (${root})`,
    );
  }
  return await loadFolder(folder, { holdOut, seed });
}

async function categoriesIn(root: string, folders: readonly string[]): Promise<readonly string[]> {
  const held = await Promise.all(folders.map((name) => hasGoodFolder(join(root, name))));
  return folders.filter((_, i) => held[i]);
}

async function isMvtecLayout(folder: string): Promise<boolean> {
  return await isFolder(join(folder, "train", "good")) && await isFolder(join(folder, "test"));
}
