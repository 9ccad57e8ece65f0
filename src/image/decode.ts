/** Pictures and masks from files: what Pillow's `convert("RGB")` gives, or one clear refusal. */

import { readFileWhole } from "../files.ts";
import type { Image, Mask } from "../types.ts";
import { openPicture } from "./open.ts";

/** How pictures are read. */
export interface DecodeOptions {
  /**
   * A picture with more pixels is refused before its pixels are touched; default 178,956,970,
   * where Pillow calls a picture a decompression bomb.
   */
  readonly maxPixels?: number;
}

const MAX_PIXELS = 2 * 89_478_485;

/**
 * Decodes a PNG, JPEG, BMP, WebP or TIFF picture; the first bytes tell which, not the name.
 *
 * The result is Pillow 13's `ImageOps.exif_transpose(image).convert("RGB")`, byte for byte: EXIF
 * orientation is applied, alpha dropped (not blended), a palette looked up, gray replicated, the
 * high byte taken of 16 bits, CMYK turned to RGB by (255 − C)(255 − K)/255, an embedded ICC
 * profile or gamma left alone; of several frames or pages the first is read. JPEG and lossy WebP
 * are equal as well as long as Pillow is built with the same family of codec libraries
 * (libjpeg-turbo, libwebp).
 *
 * Differs: Pillow *clips* 16-bit gray at 255, so that nearly every photo turns white; here it is
 * value >> 8, as for 16-bit colour.
 *
 * The codec is sharp (libvips), two to ten times as fast as imagescript (bench/image_bench.ts),
 * which reads no WebP and passes over the EXIF orientation; BMP, which neither reads, is read
 * here. A file that was cut off is refused as soon as one pixel is missing. Cost: O(H·W).
 *
 * @param bytes the whole file
 * @param name the file, for errors
 * @throws {TypeError} when the format is not one of the five (SVG and GIF are not), or its samples
 * are not gray, RGB or CMYK of 8 or 16 bits
 * @throws {SyntaxError} when the bytes are no picture, malformed or cut off
 * @throws {RangeError} when the picture has more than `maxPixels` pixels
 *
 * @example
 * ```ts
 * // A BMP of one red pixel, 24 bits.
 * const bytes = new Uint8Array(58);
 * bytes.set([0x42, 0x4d, 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1]);
 * bytes.set([1, 0, 24], 26);
 * bytes.set([0, 0, 255], 54); // blue, green, red
 * const { width, data } = await decodeImage(bytes, "red.bmp");
 * console.assert(width === 1 && data[0] === 255 && data[2] === 0);
 * ```
 */
export async function decodeImage(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions = {},
): Promise<Image> {
  const { width, height, rgb } = await openPicture(bytes, name, options.maxPixels ?? MAX_PIXELS);
  return { width, height, data: await rgb() };
}

/**
 * Reads an image file; see {@linkcode decodeImage}.
 *
 * @throws {RangeError} when the file cannot be read: missing, a folder, not permitted
 */
export async function readImage(path: string, options: DecodeOptions = {}): Promise<Image> {
  return await decodeImage(await readFileWhole(path), path, options);
}

/**
 * The size that {@linkcode readImage} would give (EXIF orientation applied): the file is read,
 * its pixels are not decoded. About a millisecond a megabyte.
 *
 * @throws as {@linkcode readImage} does for what the headers show
 */
export async function readImageSize(
  path: string,
  options: DecodeOptions = {},
): Promise<{ readonly width: number; readonly height: number }> {
  return await decodeImageSize(await readFileWhole(path), path, options);
}

/** As {@linkcode readImageSize}, of a file's bytes. */
export async function decodeImageSize(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions = {},
): Promise<{ readonly width: number; readonly height: number }> {
  const { width, height } = await openPicture(bytes, name, options.maxPixels ?? MAX_PIXELS);
  return { width, height };
}

/**
 * Reads a ground-truth mask: a pixel is 1 where the file has any colour but black, else 0. So
 * masks of 0 and 255, of 0 and 1, with one label a defect and of 16 bits all come out right.
 *
 * JPEG and WebP may blur a mask's edges: there a pixel is 1 where one of its channels is at least
 * 128. EXIF orientation is applied as to photos; alpha is dropped.
 *
 * Differs: the official PatchCore code truncates value/255, so that only 255 counts.
 *
 * @throws as {@linkcode readImage}
 */
export async function readMask(path: string, options: DecodeOptions = {}): Promise<Mask> {
  const bytes = await readFileWhole(path);
  const opened = await openPicture(bytes, path, options.maxPixels ?? MAX_PIXELS);
  const { kind, width, height } = opened;
  const samples = await (opened.samples16 ?? opened.rgb)();
  const least = kind === "JPEG" || kind === "WebP" ? 128 : 1;
  const data = new Uint8Array(width * height);
  const channels = samples.length / data.length;
  for (let pixel = 0, i = 0; pixel < data.length; pixel++) {
    for (let c = 0; c < channels; c++) if (samples[i++] >= least) data[pixel] = 1;
  }
  return { width, height, data };
}
