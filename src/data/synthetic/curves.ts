/**
 * The few curves the drawing needs, from + − × ÷ √ and floor alone. IEEE 754 defines those to the
 * last bit, `Math.sin` or `Math.exp` it does not: with these the same seed gives the same bytes on
 * every machine.
 */

import type { Random } from "../../random.ts";

/** A place on the photo: the middle is (0, 0), the edges are at ±½, y points down. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** `value` limited to 0…1. */
export function clamp(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}

/** From `a` (t = 0) to `b` (t = 1) on a straight line. */
export function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

/** 0 below 0, 1 above 1, 3t² − 2t³ between: a soft step. */
export function ease(value: number): number {
  const t = clamp(value);
  return t * t * (3 - 2 * t);
}

/** Length of a vector; `Math.hypot` may round differently from engine to engine. */
export function length(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

/** sin(2π·turns), error below 4e-6: the odd Taylor polynomial of degree 9 on a quarter turn. */
export function sine(turns: number): number {
  let t = turns - Math.floor(turns + 0.5);
  if (t > 0.25) t = 0.5 - t;
  else if (t < -0.25) t = -0.5 - t;
  const x = 2 * Math.PI * t;
  const s = x * x;
  return x * (1 - s / 6 * (1 - s / 20 * (1 - s / 42 * (1 - s / 72))));
}

/** The point on the unit circle at an angle in turns, clockwise from the right as y points down. */
export function direction(turns: number): Point {
  return { x: sine(turns + 0.25), y: sine(turns) };
}

/** Bell-shaped, mean 0, standard deviation 1, never beyond ±3.5: the sum of four uniforms. */
export function bell(random: Random): number {
  const sum = random.uniform() + random.uniform() + random.uniform() + random.uniform();
  return (sum - 2) * 1.7320508075688772;
}

/** Between `low` and `high` with small values more frequent: most defects are small. */
export function mostlySmall(random: Random, low: number, high: number): number {
  const t = random.uniform();
  return low + (high - low) * t * Math.sqrt(t);
}

/** A vector turned by an angle in turns, clockwise as y points down. */
export function turned({ x, y }: Point, turns: number): Point {
  const way = direction(turns);
  return { x: x * way.x - y * way.y, y: x * way.y + y * way.x };
}

/** A line that wanders: `bend` is how far it may turn over its whole length, in turns. */
export function wander(
  random: Random,
  { start, heading, reach, bend, steps }: {
    readonly start: Point;
    /** Where to at first; of any length but 0. */
    readonly heading: Point;
    /** The line's length. */
    readonly reach: number;
    readonly bend: number;
    readonly steps: number;
  },
): Point[] {
  const points = [start];
  let angle = 0;
  const stride = reach / (steps * length(heading.x, heading.y));
  let turning = random.between(-1, 1);
  let { x, y } = start;
  for (let i = 0; i < steps; i++) {
    turning += 3 * random.between(-1, 1) / Math.sqrt(steps);
    if (turning > 1) turning = 1;
    if (turning < -1) turning = -1;
    angle += turning * bend / steps;
    const step = turned(heading, angle);
    x += step.x * stride;
    y += step.y * stride;
    points.push({ x, y });
  }
  return points;
}
