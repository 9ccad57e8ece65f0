/** What all parts of one cut cable share: the batch's colours, the blade's marks, the light. */

import type { Random } from "../../random.ts";
import { type Colour, srgb, vary } from "./colour.ts";
import { bell, direction, type Point } from "./curves.ts";
import { type Surface, surface } from "./noise.ts";

/** Insulations in clockwise order from the top: a good cable has each once, in this order. */
export const insulations = ["green and yellow", "brown", "blue"] as const;
export type Insulation = typeof insulations[number];

/** Colours and sizes that one production batch shares. */
export interface CableBatch {
  readonly ground: Colour;
  readonly sheath: Colour;
  readonly filler: Colour;
  readonly copper: Colour;
  readonly plastics: Readonly<Record<Insulation, readonly [Colour, Colour]>>;
  /** Radius of a conductor with its insulation. */
  readonly radius: number;
}

/** The cut face and the light on it. */
export interface CutFace {
  readonly batch: CableBatch;
  /** Along the marks that the blade left. */
  readonly blade: Point;
  /** Middle of the soft reflection of the lamp. */
  readonly sheen: Point;
  /** Noise for everything that is uneven. */
  readonly surface: Surface;
  /** Unit vector in the picture towards the lamp. */
  readonly lamp: Point;
}

export function cableBatch(random: Random): CableBatch {
  const plastic = (base: Colour, stripes = base) =>
    [vary(random, base, 0.1, 0.05), vary(random, stripes, 0.03, 0.01)] as const;
  return {
    ground: vary(random, srgb(64, 66, 69), 0.12, 0.03),
    sheath: vary(random, srgb(188, 188, 184), 0.07, 0.02),
    filler: vary(random, srgb(118, 116, 112), 0.1, 0.025),
    copper: vary(random, srgb(206, 130, 88), 0.06, 0.04),
    plastics: {
      "green and yellow": plastic(srgb(62, 120, 66), srgb(206, 190, 78)),
      brown: plastic(srgb(116, 80, 62)),
      blue: plastic(srgb(58, 100, 160)),
    },
    radius: 0.179 + 0.0025 * bell(random),
  };
}

export function cutFace(random: Random, batch: CableBatch, lamp: Point): CutFace {
  return {
    batch,
    blade: direction(random.uniform()),
    sheen: { x: random.between(-0.4, 0.4), y: random.between(-0.4, 0.4) },
    surface: surface(random),
    lamp,
  };
}

/** How much a place of the cut reflects, near 1: blade marks, mottling, and a soft sheen. */
export function face({ blade, sheen, surface }: CutFace, x: number, y: number): number {
  const along = x * blade.x + y * blade.y, across = y * blade.x - x * blade.y;
  const gleam = 1 - 4 * ((x - sheen.x) * (x - sheen.x) + (y - sheen.y) * (y - sheen.y));
  const marks = 0.06 * surface(along * 4, across * 62) + 0.08 * surface(along * 15, across * 260);
  const glossy = gleam > 0 ? 0.2 * gleam * gleam : 0;
  return (1 + marks + 0.05 * surface(x * 9 + 70, y * 9)) * (1 + glossy * (1 + 4 * marks));
}
