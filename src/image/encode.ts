/** Images and masks as files: the same bytes for the same pixels. */

import jpeg from "jpeg-js";
import sharp from "sharp";
import { cannot } from "../errors.ts";
import type { Image, Mask } from "../types.ts";
import { checkMask, toCanvas } from "./canvas.ts";

/**
 * An image as a PNG file, lossless.
 *
 * The encoder is imagescript: it is plain JavaScript, so the bytes depend on the pixels alone and
 * not on the machine. It always writes RGBA; the alpha is 255 everywhere. The time stamp that it
 * would add is fixed to the Unix epoch.
 *
 * Cost: O(H·W), about 0.15 s for a megapixel on one core; sharp would take a third of it.
 *
 * @param image RGB, HWC uint8
 * @returns the file's bytes; the same for the same pixels
 * @throws {RangeError} when the data does not fit the size
 *
 * @example
 * ```ts
 * const png = await encodePng({ width: 2, height: 1, data: new Uint8Array([255, 0, 0, 0, 0, 255]) });
 * console.assert(png[1] === "P".charCodeAt(0));
 * ```
 */
export async function encodePng(image: Image): Promise<Uint8Array> {
  return await toCanvas(image, "encode a PNG").encode(3, { creationTime: 0 });
}

/**
 * A mask as an 8-bit grayscale PNG file: 255 where the defect is, else 0, as in MVTec AD's
 * `ground_truth` folders.
 *
 * The encoder is sharp, as imagescript cannot write grayscale.
 *
 * Cost: O(H·W), about 10 ms for a megapixel.
 *
 * @param mask one byte a pixel, 0 or 1
 * @returns the file's bytes; the same for the same mask
 * @throws {RangeError} when the data does not fit the size, or holds other values than 0 and 1
 *
 * @example
 * ```ts
 * const png = await encodeMaskPng({ width: 3, height: 1, data: new Uint8Array([0, 1, 0]) });
 * console.assert(png[24] === 8 && png[25] === 0); // 8 bits, grayscale
 * ```
 */
export async function encodeMaskPng(mask: Mask): Promise<Uint8Array> {
  checkMask(mask, "encode a mask");
  const { width, height, data } = mask;
  const gray = data.map((value) => 255 * value);
  const png = await sharp(gray, { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png({ compressionLevel: 6 })
    .toBuffer();
  return new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
}

/**
 * An image as a baseline JPEG file, its colours not subsampled: to be looked at only, nothing is
 * ever computed from it.
 *
 * The encoder is jpeg-js: plain JavaScript, so the bytes depend on the pixels alone, and nothing
 * has to be awaited. A photo of 150×150 pixels takes 8 kB instead of the 50 of a PNG.
 *
 * Cost: O(H·W), about 15 ms for 224×224.
 *
 * @param image RGB, HWC uint8
 * @param options quality: 1…100, as in libjpeg; default 85
 * @throws {RangeError} when the data does not fit the size, or the quality is out of range
 *
 * @example
 * ```ts
 * const file = encodeJpeg({ width: 1, height: 1, data: new Uint8Array([255, 0, 0]) });
 * console.assert(file[0] === 0xff && file[1] === 0xd8);
 * ```
 */
export function encodeJpeg(
  image: Image,
  { quality = 85 }: { readonly quality?: number } = {},
): Uint8Array {
  if (!(quality >= 1 && quality <= 100)) {
    throw cannot("encode a JPEG", "its quality must be in 1…100", String(quality));
  }
  const { width, height, bitmap } = toCanvas(image, "encode a JPEG");
  return new Uint8Array(jpeg.encode({ width, height, data: bitmap }, quality).data);
}

/**
 * As {@linkcode encodeJpeg}, in native code: some fifteen times as fast, but not the same bytes on
 * every machine.
 *
 * @throws {RangeError} when the data does not fit the size, or the quality is out of range
 */
export async function encodeJpegNatively(
  image: Image,
  { quality = 85 }: { readonly quality?: number } = {},
): Promise<Uint8Array> {
  if (!(quality >= 1 && quality <= 100)) {
    throw cannot("encode a JPEG", "its quality must be in 1…100", String(quality));
  }
  const { width, height, data } = image;
  if (data.length !== 3 * width * height) {
    throw cannot("encode a JPEG", `it must have ${width}×${height}×3 bytes`, String(data.length));
  }
  const raw = { width, height, channels: 3 as const };
  return new Uint8Array(await sharp(data, { raw }).jpeg({ quality }).toBuffer());
}
