/** A true mask as popular code resizes it: as a grey picture. */

import { type Geometry, preprocessImage } from "../image/preprocess.ts";
import type { GreyMask } from "../metrics/variants.ts";
import type { Mask } from "../types.ts";

/**
 * A mask of 0 and 255 resized bilinearly through a geometry, its edges grey: what torchvision's
 * `Resize` makes of the mask's picture.
 */
export async function greyMask(mask: Mask, geometry: Geometry): Promise<GreyMask> {
  const { crop } = geometry;
  // Most photos' masks are empty, and so is what becomes of them.
  if (!mask.data.includes(1)) {
    return { width: crop, height: crop, data: new Uint8Array(crop * crop) };
  }
  const { width, height } = mask;
  const picture = { width, height, data: new Uint8Array(3 * width * height) };
  for (let i = 0; i < mask.data.length; i++) {
    picture.data.fill(mask.data[i] === 1 ? 255 : 0, 3 * i, 3 * i + 3);
  }
  const { data } = await preprocessImage(picture, { ...geometry, filter: "bilinear" });
  return { width: crop, height: crop, data: data.filter((_, i) => i % 3 === 0) };
}
