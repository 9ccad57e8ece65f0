/** A plain folder of one's own photos as a data set. */

import { basename, join, resolve } from "@std/path";
import type { Dataset, Sample } from "../types.ts";
import { cannot } from "../errors.ts";
import { sampleWithoutReplacement, seededRandom } from "../random.ts";
import {
  type DefectPhotos,
  defectSamples,
  goodSamples,
  list,
  masksByStem,
  type Photo,
  requireFolder,
} from "./photos.ts";

/** What to load of a plain folder. */
export interface FolderOptions {
  /**
   * The share of the good photos, in [0, 1), that is kept from training and becomes the good part
   * of the test; rounded to whole photos. 0.2 by default, 0 where the folder has good test
   * photos of its own.
   */
  readonly holdOut?: number;
  /** Seed of the choice of held-out photos; 0 by default. */
  readonly seed?: number;
}

const goodNames = ["good", "normal", "ok"];
const maskNames = ["masks", "ground_truth"];

/**
 * Opens a plain folder of photos. Every part but the good photos is optional:
 *
 * | what | where |
 * |---|---|
 * | good photos | `good/`, `normal/` or `ok/`; or the same below `train/`; or, with no subfolders at all, the folder itself |
 * | good photos to test on | `test/good/`, `test/normal/` or `test/ok/`; otherwise a share is held out |
 * | photos with a defect | any other subfolder: `scratch/`; or `test/scratch/` |
 * | masks | `masks/scratch/<name>.png`, `ground_truth/scratch/<name>.png` or, beside the photo, `scratch/<name>_mask.png`; `_mask` may end the name everywhere |
 *
 * `<name>` is the photo's, without extension; the case of `good`, `train`, … does not matter.
 * Photos are PNG, JPEG, BMP, WebP or TIFF, sorted by name (code units), read when asked for;
 * hidden and other files and deeper folders are ignored. Either every photo with a defect has a
 * mask or none has. Cost: lists the folders, O(n log n) for n files.
 *
 * @returns the data set, named after the folder; `test` is empty where nothing is held out and
 * there are no defects
 * @throws {RangeError} when the folder is missing, has no good photos or several folders of them,
 * when some photos with a defect have masks and others not, or an option is out of range; and from
 * `Sample.mask()`, when a mask's size is not its photo's
 * @throws {TypeError} when the root is a file
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * const root = await Deno.makeTempDir();
 * await assertRejects(() => loadFolder(root), RangeError, "good photos");
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function loadFolder(root: string, options: FolderOptions = {}): Promise<Dataset> {
  await requireFolder(root);
  const good = await goodPhotos(root);
  const test = await below(root, "test");
  const testGood = (await Promise.all(
    test.filter(({ key }) => goodNames.includes(key)).map(({ path }) => photosAndMasks(path)),
  )).flatMap(({ photos }) => photos);
  const { kept, heldOut } = split(good, {
    share: options.holdOut ?? (testGood.length > 0 ? 0 : 0.2),
    seed: options.seed ?? 0,
  });

  const groups = Map.groupBy(
    defectSamples(root, await defectPhotos(root, test)),
    ({ defect }) => defect,
  );
  groups.set("good", goodSamples(root, [...heldOut, ...testGood]));
  return {
    name: basename(resolve(root)),
    category: basename(resolve(root)),
    train: goodSamples(root, kept),
    test: [...groups.keys()].sort().flatMap((defect): readonly Sample[] =>
      groups.get(defect) ?? []
    ),
  };
}

/** Whether a folder holds a folder of good photos as {@linkcode loadFolder} knows them. */
export async function hasGoodFolder(root: string): Promise<boolean> {
  return (await goodFolders(root)).length > 0;
}

interface Subfolder {
  readonly name: string;
  /** The name in lower case, to compare with the names that mean something. */
  readonly key: string;
  readonly path: string;
}

/** The subfolders of a folder, or of its subfolder with that name in any case. */
async function below(root: string, name?: string): Promise<readonly Subfolder[]> {
  const all = (await list(root)).folders.map((folder): Subfolder => ({
    name: folder,
    key: folder.toLowerCase(),
    path: join(root, folder),
  }));
  if (name === undefined) return all;
  return (await Promise.all(all.filter(({ key }) => key === name).map(({ path }) => below(path))))
    .flat();
}

async function goodFolders(root: string): Promise<readonly Subfolder[]> {
  const all = [...await below(root), ...await below(root, "train")];
  return all.filter(({ key }) => goodNames.includes(key));
}

async function goodPhotos(root: string): Promise<readonly Photo[]> {
  const folders = await goodFolders(root);
  if (folders.length > 1) {
    throw cannot(
      "open the folder",
      "one folder must hold the good photos",
      folders.map(({ path }) => path).join(", "),
    );
  }
  if (folders.length === 1) {
    const { photos } = await photosAndMasks(folders[0].path);
    if (photos.length > 0) return photos;
    throw cannot("open the folder", "it must hold good photos", `none in ${folders[0].path}`);
  }
  const { photos } = await photosAndMasks(root);
  if (photos.length === 0) {
    throw cannot(
      "open the folder",
      "the good photos must be in good/, normal/, ok/, train/good/ or the folder itself",
      `none in ${root}`,
    );
  }
  for (const { path } of await below(root)) {
    if ((await list(path)).photos.length > 0) {
      throw cannot(
        "open the folder",
        "beside other folders of photos, the good ones must be in good/",
        `photos in ${root} and in ${path}`,
      );
    }
  }
  return photos;
}

/** A folder's photos, and the masks beside them: `x_mask.png` is a mask where there is an `x`. */
async function photosAndMasks(
  folder: string,
): Promise<{ photos: readonly Photo[]; masks: readonly Photo[] }> {
  const { photos } = await list(folder);
  const stems = new Set(photos.map(({ stem }) => stem));
  const isMask = ({ stem }: Photo) => stem.endsWith("_mask") && stems.has(stem.slice(0, -5));
  return { photos: photos.filter((file) => !isMask(file)), masks: photos.filter(isMask) };
}

async function defectPhotos(
  root: string,
  test: readonly Subfolder[],
): Promise<readonly DefectPhotos[]> {
  const reserved = [...goodNames, ...maskNames, "train", "test"];
  const folders = [
    ...(await below(root)).filter(({ key }) => !reserved.includes(key)),
    ...test.filter(({ key }) => !goodNames.includes(key)),
  ];
  const maskFolders = (await Promise.all(maskNames.map((name) => below(root, name)))).flat();
  for (const { name, key, path } of maskFolders) {
    if (goodNames.includes(key) || folders.some((folder) => folder.name === name)) continue;
    throw cannot("open the folder", "a folder of masks is named like its defect's", path);
  }
  return await Promise.all(folders.map(async ({ name, path }): Promise<DefectPhotos> => {
    const { photos, masks } = await photosAndMasks(path);
    const elsewhere = await Promise.all(
      maskFolders.filter((folder) => folder.name === name).map((folder) => list(folder.path)),
    );
    const files = [...masks, ...elsewhere.flatMap((listing) => listing.photos)];
    return { defect: name, photos, masks: masksByStem(files) };
  }));
}

/** Chooses the held-out photos at random; both parts stay sorted by name. */
function split(
  photos: readonly Photo[],
  { share, seed }: { readonly share: number; readonly seed: number },
): { kept: readonly Photo[]; heldOut: readonly Photo[] } {
  if (!(share >= 0 && share < 1)) {
    throw cannot("hold out photos", "the share must be in [0, 1)", String(share));
  }
  const count = Math.min(Math.round(share * photos.length), photos.length - 1);
  const chosen = new Set(
    sampleWithoutReplacement(seededRandom(seed, "hold out"), { count, below: photos.length }),
  );
  return {
    kept: photos.filter((_, i) => !chosen.has(i)),
    heldOut: photos.filter((_, i) => chosen.has(i)),
  };
}
