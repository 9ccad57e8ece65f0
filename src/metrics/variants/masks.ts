/** What becomes of true masks before they are compared with, and which images take part. */

import { cannot } from "../../errors.ts";
import type { AnomalyMap, Mask } from "../../types.ts";

/** Maps with their masks. */
export interface MaskedMaps {
  readonly maps: readonly AnomalyMap[];
  readonly masks: readonly Mask[];
}

/** A mask that was resized as a grey picture: bytes 0…255 a pixel, row-major. */
export interface GreyMask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Which grey levels of a resized mask count as defect, from 0 (none of the pixels under it was
 * defective) to 255 (all of them were).
 *
 * - `"any"`: above 0. Regions are dilated by up to a pixel, small ones multiply their area.
 * - `"half"`: above half. Edges stay about where they were.
 * - `"full"`: 255 only. Regions are eroded, thin ones vanish.
 */
export type GreyRule = "any" | "half" | "full";

const LOWEST: Readonly<Record<GreyRule, number>> = { any: 1, half: 128, full: 255 };

/**
 * A binary mask from one that was resized bilinearly, which has grey edges.
 *
 * Source: `"half"`: RD4AD and DFR (> 0.5). `"full"`: the official PatchCore code, DRAEM (both
 * truncate to whole numbers). `"any"` (> 0): in circulation, also as `astype(bool)`.
 * Differs: resizing by the nearest pixel leaves nothing to decide.
 *
 * Cost: O(pixels).
 *
 * @throws {RangeError} when the number of values is not width × height
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const grey = { width: 4, height: 1, data: Uint8Array.of(0, 64, 191, 255) };
 * const masks = (["any", "half", "full"] as const).map((rule) => [...maskFromGrey(grey, rule).data]);
 * assertEquals(masks, [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]]);
 * ```
 */
export function maskFromGrey({ width, height, data }: GreyMask, rule: GreyRule): Mask {
  if (data.length !== width * height) {
    throw cannot(
      "make a mask of a grey picture",
      "it must have width × height values",
      `${width}×${height}, ${data.length} values`,
    );
  }
  return { width, height, data: data.map((grey) => grey >= LOWEST[rule] ? 1 : 0) };
}

/**
 * Maps and masks read on a coarse grid: at the pixel under the centre of each of side × side cells.
 *
 * At the resolution of the patches (28 or 56 a side for 224 pixels) the edges of a region are as
 * coarse as the patches, and a region that lies under no centre is not there at all.
 *
 * Source: in circulation, where maps are compared before they are enlarged.
 * Differs: here the enlarged and smoothed map is read; the patches' own scores are not smoothed.
 *
 * Cost: O(images · side²).
 *
 * @throws {RangeError} when maps and masks are not equally many or large, or the side is not a whole
 * number from 1 to the shorter side
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] } as const;
 * const mask = { width: 2, height: 2, data: Uint8Array.of(0, 0, 0, 1) };
 * const read = onGrid({ maps: [map], masks: [mask] }, { side: 1 });
 * assertEquals([read.maps[0].data[0], read.masks[0].data[0]], [4, 1]);
 * ```
 */
export function onGrid(
  { maps, masks }: MaskedMaps,
  { side }: { readonly side: number },
): MaskedMaps {
  const action = "read maps on a grid";
  const read = maps.map(({ data, shape: [height, width] }, i) => {
    const mask = masks[i];
    if (mask === undefined || mask.width !== width || mask.height !== height) {
      const found = mask === undefined ? "none" : `${mask.width}×${mask.height}`;
      const what = `map ${i} is ${width}×${height}, its mask ${found}`;
      throw cannot(action, "each map needs a mask of its size (width×height)", what);
    }
    if (!(Number.isInteger(side) && side >= 1 && side <= Math.min(width, height))) {
      const found = `${side} for ${width}×${height}`;
      throw cannot(action, "its side must be a whole number up to the map's", found);
    }
    const under = (cell: number, size: number) => Math.floor((cell + 0.5) * size / side);
    const pixels = Array.from(
      { length: side * side },
      (_, cell) => under(Math.floor(cell / side), height) * width + under(cell % side, width),
    );
    return {
      map: { data: Float32Array.from(pixels, (at) => data[at]), shape: [side, side] as const },
      mask: { width: side, height: side, data: Uint8Array.from(pixels, (at) => mask.data[at]) },
    };
  });
  return { maps: read.map(({ map }) => map), masks: read.map(({ mask }) => mask) };
}

/**
 * Only the images whose mask holds a defect: good ones, and all that could be a false alarm in
 * them, are left out.
 *
 * Source: the official PatchCore code reports a pixel AUROC of these (`anomaly_pixel_auroc`) beside
 * that of all images (`full_pixel_auroc`).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(1, 2), shape: [1, 2] } as const;
 * const masks = [Uint8Array.of(0, 1), new Uint8Array(2)].map((data) => (
 *   { width: 2, height: 1, data }
 * ));
 * assertEquals(defectiveOnly({ maps: [map, map], masks }).maps.length, 1);
 * ```
 */
export function defectiveOnly({ maps, masks }: MaskedMaps): MaskedMaps {
  const flawed = masks.map(({ data }) => data.includes(1));
  return { maps: maps.filter((_, i) => flawed[i]), masks: masks.filter((_, i) => flawed[i]) };
}
