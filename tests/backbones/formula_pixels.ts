/** A photo by a formula, and the entries of a map that a fixture holds: as formula_weights.py. */

import { hashAt, seedOf } from "./formula_weights.ts";

/**
 * uint8 [3, height, width]: hashed values on a grid of 8 px, bilinear in integers between them,
 * and 32 grey levels of hashed noise.
 */
export function formulaPixels(height: number, width: number): Uint8Array {
  const data = new Uint8Array(3 * height * width);
  const [grid, noise] = [seedOf("pixels"), seedOf("noise")];
  const corner = (c: number, y: number, x: number) =>
    hashAt(grid, (c * 4096 + y) * 4096 + x) >>> 24;
  let at = 0;
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [top, left, fy, fx] = [y >> 3, x >> 3, y & 7, x & 7];
        const smooth = (8 - fy) * (8 - fx) * corner(c, top, left) +
          (8 - fy) * fx * corner(c, top, left + 1) +
          fy * (8 - fx) * corner(c, top + 1, left) +
          fy * fx * corner(c, top + 1, left + 1);
        data[at++] = Math.floor((smooth * 7) / 512) +
          (hashAt(noise, (c * 4096 + y) * 4096 + x) >>> 27);
      }
    }
  }
  return data;
}

/** The positions that the fixture of a level of this name holds, in a map of `size` values. */
export function sampledPositions(
  name: string,
  { count, size }: { readonly count: number; readonly size: number },
): number[] {
  const seed = seedOf(name);
  return Array.from({ length: count }, (_, i) => hashAt(seed, i) % size);
}
