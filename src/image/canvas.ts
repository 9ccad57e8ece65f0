/** Between the project's images and imagescript's, and the one check of an image's size. */

import { Image as Canvas } from "imagescript";
import type { Image, Mask } from "../types.ts";
import { cannot } from "../errors.ts";

/**
 * Checks that an image or a mask holds as many bytes as its size wants.
 *
 * @param action what is about to be done, for the error: `encode a PNG`
 * @param channels bytes a pixel: 3 for images, 1 for masks
 * @throws {RangeError} when the size is not two whole numbers ≥ 1 or the data has another length
 */
export function checkPixels(picture: Image | Mask, action: string, channels: 1 | 3): void {
  const { width, height, data } = picture;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw cannot(action, "a size is two whole numbers ≥ 1", `${width}×${height}`);
  }
  if (data.length !== width * height * channels) {
    throw cannot(
      action,
      `${width}×${height} pixels of ${channels} byte${channels === 1 ? "" : "s"} are wanted`,
      `${data.length} bytes`,
    );
  }
}

/**
 * Checks a mask's size and that it holds 0 and 1 only.
 *
 * @throws {RangeError} when it does not; names the first other value and its place
 */
export function checkMask(mask: Mask, action: string): void {
  checkPixels(mask, action, 1);
  const other = mask.data.findIndex((value) => value > 1);
  if (other < 0) return;
  const place = `x ${other % mask.width}, y ${Math.floor(other / mask.width)}`;
  throw cannot(action, "a mask's values are 0 and 1", `${mask.data[other]} at ${place}`);
}

/**
 * An imagescript canvas with the image's pixels, opaque. Copies.
 *
 * @throws {RangeError} when the data does not fit the size
 */
export function toCanvas(image: Image, action: string): Canvas {
  checkPixels(image, action, 3);
  const canvas = new Canvas(image.width, image.height);
  const from = image.data;
  const to = canvas.bitmap;
  for (let i = 0, j = 0; j < from.length; i += 4, j += 3) {
    to[i] = from[j];
    to[i + 1] = from[j + 1];
    to[i + 2] = from[j + 2];
    to[i + 3] = 255;
  }
  return canvas;
}

/** The image on an opaque canvas. Copies; alpha is dropped. */
export function fromCanvas(canvas: Canvas): Image {
  const from = canvas.bitmap;
  const data = new Uint8Array(canvas.width * canvas.height * 3);
  for (let i = 0, j = 0; j < data.length; i += 4, j += 3) {
    data[j] = from[i];
    data[j + 1] = from[i + 1];
    data[j + 2] = from[i + 2];
  }
  return { width: canvas.width, height: canvas.height, data };
}
