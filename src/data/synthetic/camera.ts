/** From light to a photo: uneven illumination, lens, sensor noise, 8 bits. */

import type { Random } from "../../random.ts";
import type { Image, Mask } from "../../types.ts";
import type { Canvas } from "./canvas.ts";
import { toSrgb } from "./colour.ts";
import { bell, direction, type Point } from "./curves.ts";
import { grain, scramble } from "./noise.ts";

/** How one photo was taken. */
export interface Camera {
  /** Unit vector in the picture towards the lamp. */
  readonly lamp: Point;
  readonly exposure: number;
  /** How much brighter the side towards the lamp is. */
  readonly slope: number;
  /** How much darker the corners are. */
  readonly vignette: number;
  /** White balance: red gains what blue loses. */
  readonly warmth: number;
  /** Share of light that each pass of the lens gives to either neighbour. */
  readonly softness: number;
  /** Standard deviation of the sensor's noise, in 8-bit levels. */
  readonly noise: number;
  readonly seed: number;
}

/** A lamp that stands roughly at the upper left, and settings that wander a little. */
export function camera(random: Random): Camera {
  return {
    lamp: direction(0.61 + 0.045 * bell(random)),
    exposure: 1 + 0.055 * bell(random),
    slope: 0.16 + 0.07 * bell(random),
    vignette: random.between(0.1, 0.26),
    warmth: 0.018 * bell(random),
    softness: random.between(0.09, 0.19),
    noise: random.between(1.4, 2.4),
    seed: random.integer(2 ** 32),
  };
}

/** Passes of the lens, each of which carries light one pixel far: the reach of the blur. */
export function blurReach(size: number): number {
  return Math.max(1, Math.round(size / 512));
}

/** One pass: every pixel gives `share` of its light to either neighbour, in x, then in y. */
function soften({ light, size }: Canvas, share: number): void {
  const keep = 1 - 2 * share;
  const line = new Float32Array(size * 3);
  for (let row = 0; row < size; row++) {
    const values = light.subarray(row * size * 3, (row + 1) * size * 3);
    line.set(values);
    for (let i = 0; i < values.length; i++) {
      const before = i < 3 ? i : i - 3, after = i + 3 < values.length ? i + 3 : i;
      values[i] = keep * line[i] + share * (line[before] + line[after]);
    }
  }
  const stride = size * 3;
  const above = light.slice(0, stride);
  for (let row = 0; row < size; row++) {
    const start = row * stride, next = row + 1 < size ? start + stride : start;
    for (let i = 0; i < stride; i++) {
      const here = light[start + i];
      light[start + i] = keep * here + share * (above[i] + light[next + i]);
      above[i] = here;
    }
  }
}

const STEPS = 4096;
/** Film-like: straight up to 0.7, then a shoulder that lets highlights saturate at 2 late. */
const TONES = Float32Array.from({ length: STEPS + 1 }, (_, i) => {
  const light = 2 * i / STEPS;
  return toSrgb(light < 0.7 ? light : 1 - 0.09 / (light - 0.7 + 0.3));
});

/**
 * Develops the picture: light × exposure × lamp's slope × vignette, blur, tone curve, noise,
 * rounding. What is noise at a pixel depends on its place only, so that a defect changes nothing
 * farther away than the blur reaches.
 */
export function develop(picture: Canvas, settings: Camera): Image {
  const { size } = picture;
  const { lamp, exposure, slope, vignette, warmth, softness, noise, seed } = settings;
  const light = picture.light;
  const lens = 2 * vignette;
  for (let row = 0, at = 0; row < size; row++) {
    const y = (row + 0.5) / size - 0.5;
    for (let column = 0; column < size; column++, at += 3) {
      const x = (column + 0.5) / size - 0.5;
      const level = exposure * (1 + slope * (x * lamp.x + y * lamp.y)) *
        (1 - lens * (x * x + y * y));
      light[at] *= level * (1 + warmth);
      light[at + 1] *= level;
      light[at + 2] *= level * (1 - warmth);
    }
  }
  for (let pass = blurReach(size); pass > 0; pass--) soften(picture, softness);
  const data = new Uint8Array(light.length);
  for (let i = 0; i < data.length; i++) {
    const step = light[i] * (STEPS / 2);
    const level = TONES[step > STEPS ? STEPS : step < 0 ? 0 : Math.round(step)];
    const value = level + noise * grain(scramble(seed + i)) + 0.5;
    data[i] = value < 0 ? 0 : value > 255 ? 255 : Math.floor(value);
  }
  return { width: size, height: size, data };
}

/** The defect's pixels, grown by the square that the blur reaches. */
export function changedPixels({ size, changed }: Canvas): Mask {
  const reach = blurReach(size);
  const across = new Uint8Array(changed.length);
  const data = new Uint8Array(changed.length);
  for (let pixel = 0; pixel < changed.length; pixel++) {
    if (changed[pixel] === 0) continue;
    const row = pixel - pixel % size;
    across.fill(1, Math.max(row, pixel - reach), Math.min(row + size, pixel + reach + 1));
  }
  for (let pixel = 0; pixel < across.length; pixel++) {
    if (across[pixel] === 0) continue;
    const end = Math.min(data.length - 1, pixel + reach * size);
    let at = pixel - reach * size;
    while (at < 0) at += size;
    for (; at <= end; at += size) data[at] = 1;
  }
  return { width: size, height: size, data };
}
