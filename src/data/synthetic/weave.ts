/** Woven cloth seen from above: a 2/2 twill of light warp (running down) and darker weft. */

import type { Random } from "../../random.ts";
import { type Canvas, stroke, tone } from "./canvas.ts";
import { type Colour, srgb, vary } from "./colour.ts";
import { bell, clamp, direction, ease, type Point, wander } from "./curves.ts";
import { type Surface, surface } from "./noise.ts";

/** What the cloth of one batch shares. */
export interface ClothBatch {
  readonly warp: Colour;
  readonly weft: Colour;
  /** Distance of neighbouring threads. */
  readonly pitch: number;
}

/** Irregularities of the threads of one direction, sampled twice a crossing. */
export interface Threads {
  readonly colour: Colour;
  /** Sideways, in pitches. */
  readonly shift: Float32Array;
  /** Half the width, in pitches. */
  readonly radius: Float32Array;
  readonly level: Float32Array;
}

/** One piece of cloth, laid under the camera. */
export interface Cloth {
  readonly pitch: number;
  /** Along the weft. */
  readonly way: Point;
  /** What of the cloth's own frame lies at the photo's middle, in pitches. */
  readonly origin: Point;
  readonly warp: Threads;
  readonly weft: Threads;
  readonly surface: Surface;
  readonly lamp: Point;
  readonly fuzz: readonly { readonly line: readonly Point[]; readonly level: number }[];
}

/**
 * Threads taken away: 1 where a warp (weft) thread is as it should be, 0 where it is gone.
 * `across` is −1…1 over the thread's width.
 */
export interface Loss {
  warp(thread: number, u: number, v: number, across: number): number;
  weft(thread: number, u: number, v: number, across: number): number;
}

export function clothBatch(random: Random): ClothBatch {
  return {
    warp: vary(random, srgb(176, 170, 158), 0.07, 0.025),
    weft: vary(random, srgb(104, 116, 132), 0.09, 0.03),
    pitch: (1 / 30) * (1 + 0.012 * bell(random)),
  };
}

const COUNT = 128;
const LAST = COUNT - 1;

/** A random walk that returns to its mean, for the unevenness along spun yarn. */
function uneven(random: Random, mean: number, between: number, along: number): Float32Array {
  const values = new Float32Array(COUNT * COUNT);
  for (let thread = 0; thread < COUNT; thread++) {
    const own = mean + between * bell(random);
    let drift = bell(random);
    for (let i = 0; i < COUNT; i++) {
      drift = 0.8 * drift + 0.6 * bell(random);
      values[thread * COUNT + i] = own + along * drift;
    }
  }
  return values;
}

function threads(random: Random, colour: Colour): Threads {
  return {
    colour,
    shift: uneven(random, 0, 0.02, 0.022),
    radius: uneven(random, 0.475, 0.012, 0.02),
    level: uneven(random, 1, 0.045, 0.035),
  };
}

export function cloth(random: Random, batch: ClothBatch, lamp: Point): Cloth {
  return {
    pitch: batch.pitch * (1 + 0.008 * bell(random)),
    way: direction(0.0045 * bell(random)),
    origin: { x: 40 + 8 * random.uniform(), y: 40 + 8 * random.uniform() },
    warp: threads(random, batch.warp),
    weft: threads(random, batch.weft),
    surface: surface(random),
    lamp,
    fuzz: Array.from({ length: 14 + random.integer(24) }, () => ({
      line: wander(random, {
        start: { x: random.between(-0.5, 0.5), y: random.between(-0.5, 0.5) },
        heading: direction(random.uniform()),
        reach: random.between(0.012, 0.06),
        bend: 1,
        steps: 14,
      }),
      level: random.between(0.9, 1.5),
    })),
  };
}

/** A place on the cloth, in pitches: u along the weft, v along the warp; threads meet between
 * whole numbers. `fold` is how bright the cloth is there, which does not lie quite flat. */
export interface ClothPlace {
  readonly u: number;
  readonly v: number;
  readonly fold: number;
}

/** What of the cloth lies at a place of the photo. */
export function onCloth({ way, pitch, origin, surface }: Cloth, x: number, y: number): ClothPlace {
  const ripple = surface(x * 2.6 + 31, y * 2.6), skew = surface(x * 2.6, y * 2.6 + 57);
  return {
    u: (x * way.x + y * way.y) / pitch + origin.x + 0.45 * ripple,
    v: (y * way.x - x * way.y) / pitch + origin.y + 0.45 * skew,
    fold: 1.12 + 0.1 * ripple + 0.06 * skew,
  };
}

/** Whether the warp lies on top where two threads cross: 1, else −1. */
export function warpOnTop(warp: number, weft: number): number {
  return ((warp + weft) & 3) < 2 ? 1 : -1;
}

/**
 * How bright spun yarn is at a place: two plies wound around each other, of fibres that run
 * along the plies.
 *
 * @param along in pitches
 * @param across −1…1 over the thread's width
 * @param key another number for every thread
 */
export function spun(
  noise: Surface,
  along: number,
  across: number,
  key: number,
  fibres: number,
): number {
  const side = 0.47 * across;
  const q = 0.8 * side + 0.6 * along, p = 0.8 * along - 0.6 * side;
  const ply = 1.9 * q + 0.37 * key;
  const groove = 1 - 2 * Math.abs(ply - Math.floor(ply) - 0.5);
  return 1.17 - 0.34 * (1 - groove) * (1 - groove) + 0.17 * noise(q * 6 + key, p * 1.1 + key) +
    fibres * noise(q * 16 + key, p * 2.4 - key);
}

/**
 * How much light a round thread returns that rises and dives.
 *
 * @param round 1 on its back, 0 at its sides
 * @param side how far it leans towards the lamp by its roundness
 * @param slope how far it leans away by rising or diving
 * @param height 1 where it lies on top, −1 below another, in its shade
 */
function reflected(round: number, side: number, slope: number, height: number): number {
  return (0.16 + 0.66 * round + 0.3 * side - 0.13 * slope) *
    (0.5 + 0.5 * clamp(0.5 + 0.5 * height));
}

/** Draws the cloth; where `loss` takes threads away, the ground shows, and it counts as changed. */
export function paintCloth(target: Canvas, scene: Cloth, loss?: Loss): void {
  const { size, light, changed } = target;
  const { pitch, way, warp, weft, surface, lamp } = scene;
  const sharp = pitch * size;
  const lu = lamp.x * way.x + lamp.y * way.y, lv = lamp.y * way.x - lamp.x * way.y;
  const fine = clamp((sharp - 6) / 20);
  const blend = Math.min(7, Math.max(1.5, sharp / 4));
  const fibres = 0.11 + 0.1 * fine;
  for (let row = 0, pixel = 0; row < size; row++) {
    const y = (row + 0.5) / size - 0.5;
    for (let column = 0; column < size; column++, pixel++) {
      const x = (column + 0.5) / size - 0.5;
      const { u, v, fold } = onCloth(scene, x, y);
      const i = Math.floor(u), j = Math.floor(v);

      // Along either thread: the sample of its irregularities, and how high it runs.
      const halfV = 2 * v, atV = Math.floor(halfV), restV = halfV - atV;
      const a = (i & LAST) * COUNT + (atV & LAST), b = (i & LAST) * COUNT + ((atV + 1) & LAST);
      const halfU = 2 * u, atU = Math.floor(halfU), restU = halfU - atU;
      const c = (j & LAST) * COUNT + (atU & LAST), d = (j & LAST) * COUNT + ((atU + 1) & LAST);
      const warpRadius = warp.radius[a] + (warp.radius[b] - warp.radius[a]) * restV;
      const weftRadius = weft.radius[c] + (weft.radius[d] - weft.radius[c]) * restU;
      const s = u - i - 0.5 - warp.shift[a] - (warp.shift[b] - warp.shift[a]) * restV;
      const t = v - j - 0.5 - weft.shift[c] - (weft.shift[d] - weft.shift[c]) * restU;
      const fv = v - 0.5, j0 = Math.floor(fv), ev = fv - j0;
      const fu = u - 0.5, i0 = Math.floor(fu), eu = fu - i0;
      const w0 = warpOnTop(i, j0), w1 = warpOnTop(i, j0 + 1);
      const f0 = -warpOnTop(i0, j), f1 = -warpOnTop(i0 + 1, j);
      let warpHeight = w0 + (w1 - w0) * ev * ev * (3 - 2 * ev);
      let weftHeight = f0 + (f1 - f0) * eu * eu * (3 - 2 * eu);
      const warpSlope = (w1 - w0) * 6 * ev * (1 - ev), weftSlope = (f1 - f0) * 6 * eu * (1 - eu);

      const across = s / warpRadius, over = t / weftRadius;
      const warpRound = Math.sqrt(Math.max(0, 1 - across * across));
      const weftRound = Math.sqrt(Math.max(0, 1 - over * over));
      let warpCover = clamp(0.5 + (warpRadius - Math.abs(s)) * sharp);
      let weftCover = clamp(0.5 + (weftRadius - Math.abs(t)) * sharp);
      if (loss !== undefined) {
        const warpLeft = loss.warp(i, u, v, across), weftLeft = loss.weft(j, u, v, over);
        if (warpLeft < 1 || weftLeft < 1) {
          changed[pixel] = 1;
          // Nothing holds the crossing thread up or down any more.
          weftHeight += (1 - warpLeft) * (-0.25 - 0.7 * weftHeight);
          warpHeight += (1 - weftLeft) * (-0.25 - 0.7 * warpHeight);
          warpCover *= warpLeft;
          weftCover *= weftLeft;
        }
      }
      const front = clamp(
        0.5 + blend * (0.5 * (warpHeight - weftHeight) + 0.6 * (warpRound - weftRound)),
      );
      const warpShare = warpCover * (front + (1 - front) * (1 - weftCover));
      const weftShare = weftCover * (1 - front + front * (1 - warpCover));
      const gap = 1 - warpShare - weftShare;

      let red = 0.012 * gap, green = 0.012 * gap, blue = 0.012 * gap;
      if (warpShare > 0) {
        const level = warp.level[a] + (warp.level[b] - warp.level[a]) * restV;
        const bright = warpShare * level * spun(surface, v, across, i * 7.3, fibres) *
          reflected(warpRound, across * lu, warpSlope * lv, warpHeight);
        red += bright * warp.colour.red;
        green += bright * warp.colour.green;
        blue += bright * warp.colour.blue;
      }
      if (weftShare > 0) {
        const level = weft.level[c] + (weft.level[d] - weft.level[c]) * restU;
        const bright = weftShare * level * spun(surface, u, over, j * 5.9 + 60, fibres) *
          reflected(weftRound, over * lv, weftSlope * lu, weftHeight);
        red += bright * weft.colour.red;
        green += bright * weft.colour.green;
        blue += bright * weft.colour.blue;
      }
      light[pixel * 3] = red * fold;
      light[pixel * 3 + 1] = green * fold;
      light[pixel * 3 + 2] = blue * fold;
    }
  }
}

/** Draws the loose fibres that lie on good cloth too. */
export function paintFuzz(target: Canvas, scene: Cloth): void {
  const { size } = target;
  for (const { line, level } of scene.fuzz) {
    const radius = 0.0011;
    stroke(target, line, radius + 1 / size, (across, _along, ink) => {
      ink.cover = 0.5 * clamp(0.5 + (radius - Math.abs(across)) * size);
      tone(ink, scene.warp.colour, level * (0.5 + 0.5 * ease(1 - Math.abs(across) / radius)));
    });
  }
}
