/** Smooth random surfaces, for mottling, scratches and waviness, and the grain of a sensor. */

import type { Random } from "../../random.ts";

/** Height at (x, y), in −1…1, changing over a distance of about 1; repeats after 128. */
export type Surface = (x: number, y: number) => number;

const SIDE = 128;
const LAST = SIDE - 1;

/** Value noise: a lattice of random heights with smooth interpolation between them. */
export function surface(random: Random): Surface {
  const heights = new Float32Array(SIDE * SIDE);
  for (let i = 0; i < heights.length; i++) heights[i] = 2 * random.uniform() - 1;
  return (x, y) => {
    const column = Math.floor(x), row = Math.floor(y);
    const fx = x - column, fy = y - row;
    const sx = fx * fx * (3 - 2 * fx), sy = fy * fy * (3 - 2 * fy);
    const left = column & LAST, right = (column + 1) & LAST;
    const upper = (row & LAST) * SIDE, lower = ((row + 1) & LAST) * SIDE;
    const top = heights[upper + left] + (heights[upper + right] - heights[upper + left]) * sx;
    const bottom = heights[lower + left] + (heights[lower + right] - heights[lower + left]) * sx;
    return top + (bottom - top) * sy;
  };
}

/** A well-mixed 32-bit number for a 32-bit number (the finaliser of MurmurHash3). */
export function scramble(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Bell-shaped with mean 0 and standard deviation 1 from the four bytes of a scrambled number. */
export function grain(bits: number): number {
  const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
  return (sum - 510) / 147.8;
}
