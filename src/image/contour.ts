/** Outlines of masks. */

import type { Mask } from "../types.ts";

/** Which pixels belong to an outline: 1 for its inner line, 2 for its outer line, else 0. */
export type Contour = Uint8Array;

/**
 * The outline of a mask as two lines side by side: the inner one on the mask's own pixels, the
 * outer one around them. Drawn light and dark, one of the two is visible on any photo.
 *
 * Cost: O(H·W·thickness).
 *
 * @param thickness of each line in pixels
 * @returns height · width values. The picture's border is no outline: a mask that touches it is
 * left open there
 */
export function contour(mask: Mask, thickness: number): Contour {
  const { width, height, data } = mask;
  const grown = grow(data, width, height, thickness);
  const outside = grow(data.map((value) => 1 - value), width, height, thickness);
  return grown.map((value, i) => data[i] === 1 ? outside[i] : 2 * value);
}

/** Pixels that have a set pixel within `radius` rows and columns (a square neighbourhood). */
function grow(data: Uint8Array, width: number, height: number, radius: number): Uint8Array {
  const across = new Uint8Array(data.length);
  const result = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] === 0) continue;
      const from = y * width + Math.max(0, x - radius);
      across.fill(1, from, y * width + Math.min(width, x + radius + 1));
    }
  }
  for (let y = 0; y < height; y++) {
    for (let near = Math.max(0, y - radius); near <= Math.min(height - 1, y + radius); near++) {
      for (let x = 0; x < width; x++) {
        result[y * width + x] |= across[near * width + x];
      }
    }
  }
  return result;
}
