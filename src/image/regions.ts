/** Parts of photos and masks: cut out, moved, measured. */

import { cannot } from "../errors.ts";
import type { Image, Mask } from "../types.ts";
import { checkPixels } from "./canvas.ts";

/**
 * A rectangle of a photo. Copies.
 *
 * @param rectangle in pixels, wholly inside the photo
 * @throws {RangeError} when it is empty or reaches beyond the photo
 *
 * @example
 * ```ts
 * const photo = { width: 2, height: 1, data: new Uint8Array([1, 2, 3, 4, 5, 6]) };
 * const right = cropImage(photo, { left: 1, top: 0, width: 1, height: 1 });
 * console.assert(right.data.join() === "4,5,6");
 * ```
 */
export function cropImage(
  image: Image,
  { left, top, width, height }: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  },
): Image {
  checkPixels(image, "crop a photo", 3);
  const whole = [left, top, width, height].every(Number.isInteger);
  if (
    !whole || left < 0 || top < 0 || width < 1 || height < 1 ||
    left + width > image.width || top + height > image.height
  ) {
    throw cannot(
      "crop a photo",
      `a rectangle of whole pixels must lie inside its ${image.width}×${image.height}`,
      `${width}×${height} at ${left}, ${top}`,
    );
  }
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * image.width + left);
    data.set(image.data.subarray(from, from + 3 * width), 3 * y * width);
  }
  return { width, height, data };
}

/**
 * A photo as if the part had slipped: everything is moved, and what comes in from beyond the border
 * is the border itself. Copies.
 *
 * @param by whole pixels; negative ones move left and up
 * @throws {RangeError} when they are not whole
 *
 * @example
 * ```ts
 * const photo = { width: 2, height: 1, data: new Uint8Array([1, 2, 3, 4, 5, 6]) };
 * console.assert(moveImage(photo, { right: 1 }).data.join() === "1,2,3,1,2,3");
 * ```
 */
export function moveImage(
  image: Image,
  { right = 0, down = 0 }: { readonly right?: number; readonly down?: number },
): Image {
  checkPixels(image, "move a photo", 3);
  if (!Number.isInteger(right) || !Number.isInteger(down)) {
    throw cannot("move a photo", "pixels must be whole", `${right} right, ${down} down`);
  }
  const { width, height } = image;
  const inside = (value: number, size: number) => Math.min(size - 1, Math.max(0, value));
  const data = new Uint8Array(image.data.length);
  for (let y = 0; y < height; y++) {
    const row = inside(y - down, height) * width;
    for (let x = 0; x < width; x++) {
      const from = 3 * (row + inside(x - right, width));
      const to = 3 * (y * width + x);
      data[to] = image.data[from];
      data[to + 1] = image.data[from + 1];
      data[to + 2] = image.data[from + 2];
    }
  }
  return { width, height, data };
}

/**
 * How much of the photo a mask covers, 0 to 1.
 *
 * @throws {RangeError} when the data does not fit the size
 *
 * @example
 * ```ts
 * console.assert(maskShare({ width: 2, height: 2, data: new Uint8Array([1, 0, 0, 0]) }) === 0.25);
 * ```
 */
export function maskShare(mask: Mask): number {
  checkPixels(mask, "measure a mask", 1);
  let covered = 0;
  for (const pixel of mask.data) covered += pixel === 0 ? 0 : 1;
  return covered / mask.data.length;
}
