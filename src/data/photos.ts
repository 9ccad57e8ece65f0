/** Photos and masks in folders: what counts as one, in which order, and how they pair up. */

import { basename, join, relative } from "@std/path";
import type { Mask, Sample } from "../types.ts";
import { cannot } from "../errors.ts";
import { decodeImage, decodeImageSize, readMask } from "../image/decode.ts";
import { sha256Hex } from "../sha256.ts";
import { recentFiles } from "./recent_files.ts";

/** A photo's file. */
export interface Photo {
  readonly path: string;
  /** The file's name without extension, in Unicode's composed form (NFC). */
  readonly stem: string;
}

/** What a folder holds, each list sorted by code unit. */
export interface Listing {
  readonly photos: readonly Photo[];
  readonly folders: readonly string[];
}

/** The photos of one defect and the masks that may belong to them, by stem. */
export interface DefectPhotos {
  readonly defect: string;
  readonly photos: readonly Photo[];
  readonly masks: ReadonlyMap<string, string>;
}

const isPhoto = /^(.+)\.(?:png|jpe?g|bmp|webp|tiff?)$/i;

/** Whether there is a folder at this path; a link to a folder is one. */
export async function isFolder(path: string): Promise<boolean> {
  return (await statOf(path))?.isDirectory === true;
}

/** What is at a path, links followed; undefined for nothing, a dangling link or a loop of links. */
async function statOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    const nothing = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory ||
      error instanceof Deno.errors.FilesystemLoop;
    if (nothing) return undefined;
    throw error;
  }
}

/**
 * Refuses a data set's root that is no folder.
 *
 * @throws {RangeError} when nothing is there
 * @throws {TypeError} when it is a file
 */
export async function requireFolder(root: string): Promise<void> {
  const info = await statOf(root);
  if (info === undefined) throw cannot("open the data set", "its folder must exist", root);
  if (!info.isDirectory) {
    throw cannot("open the data set", "its root must be a folder", `${root} is a file`, TypeError);
  }
}

/**
 * The photos and subfolders in a folder: PNG, JPEG, BMP, WebP and TIFF by extension, whatever its
 * case; hidden names and other files are left out. Links to files count as files; a link to a
 * folder counts as a folder unless it leads back to this folder or one above it. Empty where
 * there is no such folder. O(n log n).
 *
 * @throws {RangeError} when two photos differ by extension only, or a photo's link leads nowhere
 */
export async function list(folder: string): Promise<Listing> {
  const photos = new Map<string, Photo>();
  const folders: string[] = [];
  if (!await isFolder(folder)) return { photos: [], folders };
  const here = await Deno.realPath(folder);
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  for (const name of names) {
    if (name.startsWith(".")) continue;
    const path = join(folder, name);
    const info = await statOf(path);
    const stem = isPhoto.exec(name)?.[1].normalize("NFC");
    if (info?.isDirectory) {
      const real = await Deno.realPath(path);
      if (here !== real && !here.startsWith(join(real, "/"))) folders.push(name);
    } else if (stem !== undefined) {
      if (info === undefined) {
        throw cannot("list photos", "a link must lead to a file", path);
      }
      const twin = photos.get(stem);
      if (twin !== undefined) {
        throw cannot(
          "list photos",
          "names must differ by more than their extension",
          `${basename(twin.path)} and ${name} (${folder})`,
        );
      }
      photos.set(stem, { path, stem });
    }
  }
  return { photos: [...photos.values()], folders };
}

/**
 * Mask files by the stem of the photo they belong to: `003_mask.png` and `003.png` both belong to
 * photo `003`.
 *
 * @throws {RangeError} when two masks belong to one photo
 */
export function masksByStem(files: readonly Photo[]): ReadonlyMap<string, string> {
  const masks = new Map<string, string>();
  for (const { stem, path } of files) {
    const key = stem.replace(/_mask$/, "");
    const twin = masks.get(key);
    if (twin !== undefined) {
      throw cannot("pair masks", "a photo has one mask", `${twin} and ${path}`);
    }
    masks.set(key, path);
  }
  return masks;
}

/**
 * Good photos as samples of the good kind. Nothing is read before `image()` or `mask()` is called.
 *
 * @param root the folder that ids are counted from
 */
export function goodSamples(root: string, photos: readonly Photo[]): Sample[] {
  const read = recentFiles();
  return photos.map((photo): Sample => ({
    id: idOf(root, photo),
    label: "normal",
    defect: "good",
    image: async () => await decodeImage(await read(photo.path), photo.path),
    content: async () => contentOf(await read(photo.path)),
    async mask() {
      const { width, height } = await decodeImageSize(await read(photo.path), photo.path);
      return { width, height, data: new Uint8Array(width * height) };
    },
  }));
}

/**
 * Photos with defects as samples, paired with their masks: all of them, or none.
 *
 * @throws {RangeError} when a photo has no mask although the data set has masks
 */
export function defectSamples(root: string, defects: readonly DefectPhotos[]): Sample[] {
  const read = recentFiles();
  const withMasks = defects.some(({ masks }) => masks.size > 0);
  return defects.flatMap(({ defect, photos, masks }) =>
    photos.map((photo): Sample => {
      const mask = masks.get(photo.stem);
      if (mask === undefined && withMasks) {
        throw cannot(
          "open the data set",
          "either every photo with a defect has a mask or none has",
          `no mask for ${photo.path}`,
        );
      }
      return {
        id: idOf(root, photo),
        label: "anomalous",
        defect,
        image: async () => await decodeImage(await read(photo.path), photo.path),
        content: async () => contentOf(await read(photo.path)),
        mask: async () =>
          mask === undefined
            ? undefined
            : await maskOf(root, await read(photo.path), { photo, mask }),
      };
    })
  );
}

/** The hash of a file's bytes: half a millisecond a megabyte, where decoding takes twenty. */
function contentOf(bytes: Uint8Array): string {
  return `file ${sha256Hex(bytes)}`;
}

async function maskOf(
  root: string,
  bytes: Uint8Array,
  { photo, mask: path }: { readonly photo: Photo; readonly mask: string },
): Promise<Mask> {
  const mask = await readMask(path);
  const { width, height } = await decodeImageSize(bytes, photo.path);
  if (mask.width !== width || mask.height !== height) {
    throw cannot(
      "load mask",
      "it must match its image's size",
      `image is ${width}×${height}, mask ${mask.width}×${mask.height} (${below(root, path)})`,
    );
  }
  return mask;
}

/** A photo's path below the root without extension: `test/poked_hole/003`. */
function idOf(root: string, photo: Photo): string {
  return below(root, photo.path).replace(/\.[^.]+$/, "");
}

/** A path below a folder, with `/` on every system. */
function below(root: string, path: string): string {
  return relative(root, path).replaceAll("\\", "/");
}
