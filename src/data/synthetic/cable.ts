/** The cut face of a power cable: three insulated conductors in a sheath. */

import type { Random } from "../../random.ts";
import { type Canvas, fill, tone } from "./canvas.ts";
import type { Colour } from "./colour.ts";
import { bell, clamp, direction, ease, length, mix, type Point } from "./curves.ts";
import { type CableBatch, type CutFace, cutFace, face, insulations } from "./plastic.ts";
import { paintWire, type Slot, type Wire, wire } from "./wire.ts";

/** One cable, laid under the camera. */
export interface Cable extends CutFace {
  readonly middle: Point;
  readonly radius: number;
  /** From the middle towards the first slot. */
  readonly axis: Point;
  readonly slots: readonly Slot[];
  /** Undefined where the conductor is missing. */
  readonly wires: readonly (Wire | undefined)[];
  readonly dust: readonly (Point & { readonly radius: number; readonly level: number })[];
}

/** @param lamp towards the lamp, see Camera */
export function cable(random: Random, batch: CableBatch, lamp: Point): Cable {
  const middle = { x: 0.009 * bell(random), y: 0.009 * bell(random) };
  const turn = -0.25 + 0.0085 * bell(random);
  const spacing = batch.radius * (1.178 + 0.008 * bell(random));
  const slots = insulations.map((_, i) => {
    const way = direction(turn + i / 3 + 0.004 * bell(random));
    const far = spacing * (1 + 0.012 * bell(random));
    return {
      x: middle.x + far * way.x,
      y: middle.y + far * way.y,
      radius: batch.radius * (1 + 0.012 * bell(random)),
    };
  });
  return {
    ...cutFace(random, batch, lamp),
    middle,
    radius: 0.456 + 0.004 * bell(random),
    axis: direction(turn),
    slots,
    wires: insulations.map((name) => wire(random, batch, name)),
    dust: Array.from({ length: 4 + random.integer(9) }, () => ({
      x: random.between(-0.5, 0.5),
      y: random.between(-0.5, 0.5),
      radius: random.between(0.0012, 0.0034),
      level: random.between(0.25, 1.1),
    })),
  };
}

function paintGround(target: Canvas, scene: Cable): void {
  const { batch, surface, middle, lamp, radius } = scene;
  const hide = radius - 0.01;
  const x0 = middle.x - 0.022 * lamp.x, y0 = middle.y - 0.022 * lamp.y;
  fill(target, { x: 0, y: 0, reach: 0.5 }, (x, y, ink) => {
    ink.cover = 0;
    if (length(x - middle.x, y - middle.y) < hide) return;
    const shadow = 1 - 0.62 * (1 - ease((length(x - x0, y - y0) - radius + 0.01) / 0.075));
    ink.cover = 1;
    tone(
      ink,
      batch.ground,
      shadow * (1 + 0.1 * surface(x * 4, y * 4 + 30) + 0.09 * surface(x * 120, y * 120)),
    );
  });
}

/** A disc of cut plastic whose rim is rounded off: bright towards the lamp, dark away from it. */
function paintDisc(
  target: Canvas,
  scene: Cable,
  { radius, hidden, trefoil, wobble, bevel, phase, colour, shade }: {
    readonly radius: number;
    /** What is nearer to the middle than this is drawn over later. */
    readonly hidden: number;
    /** How far the outline bulges where a conductor presses against it. */
    readonly trefoil: number;
    readonly wobble: number;
    readonly bevel: number;
    readonly phase: number;
    readonly colour: Colour;
    readonly shade: (x: number, y: number) => number;
  },
): void {
  const { middle, lamp, surface, axis } = scene;
  const { size } = target;
  const slack = trefoil + wobble;
  fill(target, { ...middle, reach: radius + slack }, (x, y, ink) => {
    const dx = x - middle.x, dy = y - middle.y;
    const far = length(dx, dy) + 1e-6;
    ink.cover = 0;
    if (far > radius + slack + 1 / size || far < hidden) return;
    let depth = radius - far;
    if (depth < slack + bevel) {
      const cosine = (dx * axis.x + dy * axis.y) / far;
      depth += trefoil * cosine * (4 * cosine * cosine - 3) +
        wobble *
          (0.75 * surface(x * 4.5 + phase, y * 4.5) + 0.25 * surface(x * 23 + phase, y * 23));
    }
    ink.cover = clamp(0.5 + depth * size);
    if (ink.cover === 0) return;
    const edge = 1 - ease(depth / bevel);
    const facing = (dx * lamp.x + dy * lamp.y) / far;
    tone(ink, colour, shade(x, y) * (1 + edge * (0.5 * facing - 0.2)));
  });
}

function paintSheath(target: Canvas, scene: Cable): void {
  const { batch, radius, slots, surface, middle, lamp } = scene;
  const inner = radius - 0.056;
  paintDisc(target, scene, {
    radius,
    hidden: inner - 0.008,
    trefoil: 0.002,
    wobble: 0.004,
    bevel: 0.016,
    phase: 0,
    colour: batch.sheath,
    shade: (x, y) => face(scene, x, y) * (1 + 0.05 * surface(x * 60, y * 60 + 90)),
  });
  const rim = { trefoil: 0.007, wobble: 0.004, phase: 50 };
  paintDisc(target, scene, {
    ...rim,
    radius: inner + 0.002,
    hidden: inner - 0.018,
    bevel: 0.003,
    colour: batch.filler,
    shade: () => 0.16,
  });
  paintDisc(target, scene, {
    ...rim,
    radius: inner - 0.002,
    hidden: 0,
    bevel: 0.02,
    colour: batch.filler,
    shade: (x, y) => {
      let shadow = 1;
      for (const slot of slots) {
        const away = length(x - slot.x, y - slot.y) - slot.radius;
        if (away < -0.006) return 0; // Below a conductor.
        if (away < 0.05) {
          const off = length(x - slot.x + 0.012 * lamp.x, y - slot.y + 0.012 * lamp.y);
          shadow *= mix(0.3, 1, ease((off - slot.radius + 0.012) / 0.04));
        }
      }
      // The sheath stands a little higher and shades the filler on the lamp's side.
      const wall = inner - length(x - middle.x - 0.014 * lamp.x, y - middle.y - 0.014 * lamp.y);
      if (wall < 0.03) shadow *= mix(0.4, 1, ease((wall + 0.012) / 0.034));
      // Crumbly talc and fibres.
      const crumbs = surface(x * 100, y * 100 + 60) + 0.7 * surface(x * 260 + 5, y * 190);
      const lumps = surface(x * 30, y * 30 + 20);
      return shadow * (1 + 0.16 * lumps + 0.15 * crumbs + (crumbs > 0.9 ? 0.25 : 0));
    },
  });
}

/** The hole that a conductor's place is: dark, its far wall lit. */
function paintSocket(
  target: Canvas,
  scene: Cable,
  slot: Slot,
  { deep, trace }: { readonly deep: boolean; readonly trace: boolean },
): void {
  const { batch, lamp, surface } = scene;
  const { size } = target;
  const radius = slot.radius + 0.0045;
  fill(target, { ...slot, reach: radius + 0.002 }, (x, y, ink) => {
    const dx = x - slot.x, dy = y - slot.y;
    const far = length(dx, dy);
    const depth = radius - far + 0.0026 * surface(x * 14 + 9, y * 14);
    ink.cover = clamp(0.5 + depth * size);
    const facing = (dx * lamp.x + dy * lamp.y) / (far + 1e-6);
    if (!deep) return tone(ink, batch.filler, 0.24 - 0.2 * facing);
    const wall = 1 - ease(depth / 0.085);
    const streaks = 1 + 0.3 * surface(x * 40, y * 40 + 11) + 0.2 * surface(x * 150, y * 150);
    tone(ink, batch.filler, streaks * (0.08 + wall * (0.17 - 0.25 * facing)));
  }, { trace });
}

/** Lint and crumbs, which lie on good cables too. */
function paintDust(target: Canvas, scene: Cable): void {
  for (const { x: x0, y: y0, radius, level } of scene.dust) {
    const { size } = target;
    fill(target, { x: x0, y: y0, reach: 2 * radius }, (x, y, ink) => {
      const far = length(x - x0, 1.3 * (y - y0)) + 0.5 * radius * scene.surface(x * 300, y * 300);
      ink.cover = 0.8 * clamp(0.5 + (radius - far) * size);
      tone(ink, scene.batch.sheath, level);
    });
  }
}

/**
 * Draws the cable.
 *
 * @param strange indices of the slots whose wire is not the one that belongs there; they count as
 * changed
 * @param coreless the same for slots where only the copper is not as it should be
 */
export function paintCable(
  target: Canvas,
  scene: Cable,
  strange: readonly number[] = [],
  coreless: readonly number[] = [],
): void {
  paintGround(target, scene);
  paintSheath(target, scene);
  scene.slots.forEach((slot, i) => {
    const content = scene.wires[i];
    // The socket is wider than any wire in it: what it traces holds all that a wire can change.
    const trace = strange.includes(i);
    paintSocket(target, scene, slot, { deep: content === undefined, trace });
    if (content !== undefined) paintWire(target, scene, slot, content, coreless.includes(i));
  });
  paintDust(target, scene);
}
