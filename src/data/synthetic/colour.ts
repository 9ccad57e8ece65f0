/** Colours as light: linear RGB, where halving the number halves the photons. */

import type { Random } from "../../random.ts";
import { bell } from "./curves.ts";

/** Linear RGB; 1 is as bright as white paper, highlights go beyond. */
export interface Colour {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

/** An sRGB value 0…255 as linear light (a polynomial, within 0.002). */
function linear(level: number): number {
  const v = level / 255;
  return v * (v * (v * 0.305306011 + 0.682171111) + 0.012522878);
}

/** A colour as a picture editor names it, 0…255 each. */
export function srgb(red: number, green: number, blue: number): Colour {
  return { red: linear(red), green: linear(green), blue: linear(blue) };
}

/** Linear light 0…1 as an sRGB value 0…255 (three nested roots, within half a level). */
export function toSrgb(light: number): number {
  const a = Math.sqrt(light), b = Math.sqrt(a), c = Math.sqrt(b);
  return 255 * (0.585122381 * a + 0.783140355 * b - 0.368262736 * c);
}

/** The colour a little brighter or darker, and a little off in hue. */
export function vary(random: Random, colour: Colour, brightness: number, hue: number): Colour {
  const level = 1 + brightness * bell(random);
  return {
    red: colour.red * level * (1 + hue * bell(random)),
    green: colour.green * level * (1 + hue * bell(random)),
    blue: colour.blue * level * (1 + hue * bell(random)),
  };
}
