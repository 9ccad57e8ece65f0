/** Masks to another size: the nearest pixel, or bilinearly as Pillow does. */

import type { Mask } from "../types.ts";

/** From how many pixels to how many, and which of these are kept. */
export interface MaskAxis {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly size: number;
}

/** Both axes of a mask. */
export interface MaskAxes {
  readonly down: MaskAxis;
  readonly across: MaskAxis;
}

/** The pixel under the centre of each new one. [down.size · across.size] */
export function nearestMask(mask: Mask, { down, across }: MaskAxes): Uint8Array {
  const under = ({ from, to, start }: MaskAxis, i: number): number =>
    Math.floor(((i + start + 0.5) * from) / to);
  const data = new Uint8Array(down.size * across.size);
  for (let y = 0; y < down.size; y++) {
    const row = under(down, y) * mask.width;
    for (let x = 0; x < across.size; x++) {
      data[y * across.size + x] = mask.data[row + under(across, x)];
    }
  }
  return data;
}

/**
 * A mask of 0 and 255 resized bilinearly, over the reduced area where it becomes smaller; 1 where
 * the result is 255, else 0. [down.size · across.size]
 *
 * Source: Pillow's Resample.c: across first, then down, each rounded to whole grey levels.
 */
export function bilinearMask(mask: Mask, { down, across }: MaskAxes): Uint8Array {
  const grey = mask.data.map((value) => value === 0 ? 0 : 255);
  const narrow = resampled(grey, across, { lines: mask.height, line: mask.width, step: 1 });
  // [across.size, height], so that its columns are lines again.
  const tall = resampled(narrow, down, { lines: across.size, line: 1, step: across.size });
  const data = new Uint8Array(tall.length);
  for (let x = 0, i = 0; x < across.size; x++) {
    for (let y = 0; y < down.size; y++) data[y * across.size + x] = tall[i++] === 255 ? 1 : 0;
  }
  return data;
}

/** Pillow's weights are whole numbers of 2⁻²². */
const STEPS = 2 ** 22;

/** Each line of bytes from `from` to `size` of `to` values; the result's lines are contiguous. */
function resampled(
  bytes: Uint8Array,
  axis: MaskAxis,
  { lines, line, step }: { readonly lines: number; readonly line: number; readonly step: number },
): Uint8Array {
  const windows = Array.from({ length: axis.size }, (_, i) => triangle(axis, axis.start + i));
  const result = new Uint8Array(lines * axis.size);
  for (let l = 0, k = 0; l < lines; l++) {
    for (const { first, weights } of windows) {
      let sum = STEPS / 2;
      const start = l * line + first * step;
      for (let t = 0; t < weights.length; t++) sum += weights[t] * bytes[start + t * step];
      result[k++] = Math.min(255, Math.floor(sum / STEPS));
    }
  }
  return result;
}

/** What new pixel i takes of the old ones: a triangle over both its neighbours' centres. */
function triangle(
  { from, to }: MaskAxis,
  i: number,
): { readonly first: number; readonly weights: readonly number[] } {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const centre = (i + 0.5) * scale;
  const first = Math.max(0, Math.floor(centre - reach + 0.5));
  const end = Math.min(from, Math.floor(centre + reach + 0.5));
  const raw = Array.from(
    { length: end - first },
    (_, t) => Math.max(0, 1 - Math.abs(first + t - centre + 0.5) / reach),
  );
  const sum = raw.reduce((a, b) => a + b, 0);
  return { first, weights: raw.map((weight) => Math.floor((weight / sum) * STEPS + 0.5)) };
}
