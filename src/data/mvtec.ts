/** MVTec AD and data sets in its layout. */

import { basename, join, resolve } from "@std/path";
import type { Dataset } from "../types.ts";
import { cannot, didYouMean } from "../errors.ts";
import {
  defectSamples,
  goodSamples,
  isFolder,
  list,
  masksByStem,
  requireFolder,
} from "./photos.ts";

/** The fifteen categories of MVTec AD, textures and objects, in alphabetical order. */
export const mvtecCategories = [
  "bottle",
  "cable",
  "capsule",
  "carpet",
  "grid",
  "hazelnut",
  "leather",
  "metal_nut",
  "pill",
  "screw",
  "tile",
  "toothbrush",
  "transistor",
  "wood",
  "zipper",
] as const;

/** What to load of MVTec AD. */
export interface MvtecOptions {
  /** A category's folder below the root; not needed where the root is the category's own. */
  readonly category?: string;
}

/** The categories in a folder: the subfolders that hold `train/good`, sorted by code unit. */
export async function listCategories(root: string): Promise<string[]> {
  await requireFolder(root);
  const { folders } = await list(root);
  const held = await Promise.all(
    folders.map((name) => isFolder(join(root, name, "train", "good"))),
  );
  return folders.filter((_, i) => held[i]);
}

/**
 * Opens a category of MVTec AD, or of anything in its layout:
 *
 * ```text
 * <root>/<category>/train/good/000.png
 *                   test/good/000.png
 *                   test/<defect>/000.png
 *                   ground_truth/<defect>/000_mask.png   (or 000.png)
 * ```
 *
 * The root may also be the category's own folder, the one with `train`. Photos are sorted by
 * name (code units) and read when asked for. Without `ground_truth`, the masks of photos with
 * defects are undefined. Hidden files, texts and other strays are ignored.
 *
 * Source: P. Bergmann, M. Fauser, D. Sattlegger, C. Steger: MVTec AD, CVPR 2019.
 * Cost: lists the folders, O(n log n) for n files.
 *
 * @throws {RangeError} when the root, `train/good` or `test` is missing or empty; when there is no
 * such category, with the nearest one and those there are; when a photo with a defect has no mask
 * while others have; and from `Sample.mask()`, when a mask's size is not its photo's
 * @throws {TypeError} when the root is a file
 *
 * @example
 * ```ts
 * import { assertEquals, assertRejects } from "@std/assert";
 * const root = await Deno.makeTempDir();
 * await Deno.mkdir(`${root}/screw/train/good`, { recursive: true });
 * assertEquals(await listCategories(root), ["screw"]);
 * await assertRejects(() => loadMvtec(root, { category: "srew" }), RangeError, "screw");
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function loadMvtec(root: string, options: MvtecOptions = {}): Promise<Dataset> {
  const folder = await categoryFolder(root, options.category);
  const good = await list(join(folder, "train", "good"));
  if (good.photos.length === 0) {
    throw cannot("open MVTec AD", "train/good must hold photos", `none in ${folder}/train/good`);
  }
  const tests = await list(join(folder, "test"));
  const groups = await Promise.all(tests.folders.map(async (defect) => ({
    defect,
    photos: (await list(join(folder, "test", defect))).photos,
    masks: masksByStem((await list(join(folder, "ground_truth", defect))).photos),
  })));
  if (groups.every(({ photos }) => photos.length === 0)) {
    throw cannot(
      "open MVTec AD",
      "test must hold folders of photos, one for good and one for each defect",
      `none in ${folder}/test`,
    );
  }
  const anomalous = defectSamples(folder, groups.filter(({ defect }) => defect !== "good"));
  return {
    name: "mvtec",
    category: basename(resolve(folder)),
    train: goodSamples(folder, good.photos),
    test: groups.flatMap(({ defect, photos }) =>
      defect === "good"
        ? goodSamples(folder, photos)
        : anomalous.filter((sample) => sample.defect === defect)
    ),
  };
}

/** The folder of a category: below the root, or the root itself where it holds `train`. */
async function categoryFolder(root: string, category: string | undefined): Promise<string> {
  await requireFolder(root);
  const present = await listCategories(root);
  if (category !== undefined && present.includes(category)) return join(root, category);
  const own = basename(resolve(root));
  if (await isFolder(join(root, "train"))) {
    if (category === undefined || category === own) return root;
    throw cannot(
      "open MVTec AD",
      `the folder is a category itself and can only be opened as ${JSON.stringify(own)}`,
      `category ${JSON.stringify(category)} (${root})`,
    );
  }
  if (present.length === 0) {
    throw cannot(
      "open MVTec AD",
      "a folder in it, or the folder itself, must hold train/good",
      category === undefined ? root : `none in ${root}, category ${JSON.stringify(category)}`,
    );
  }
  throw noCategory("open MVTec AD", category, { present, root });
}

/** The refusal of a category that is missing or not there, with the nearest of those that are. */
export function noCategory(
  action: string,
  category: string | undefined,
  { present, root }: { readonly present: readonly string[]; readonly root: string },
): Error {
  const requirement = `a category must be one of ${present.join(", ")}`;
  if (category === undefined) return cannot(action, requirement, `none given (${root})`);
  return cannot(
    action,
    requirement,
    `${JSON.stringify(category)}${didYouMean(category, present)} (${root})`,
  );
}
