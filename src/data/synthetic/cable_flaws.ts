/** What can be wrong with a cable. */

import type { Random } from "../../random.ts";
import { type Cable, paintCable } from "./cable.ts";
import { type Canvas, dim, fill, stroke, tone } from "./canvas.ts";
import {
  bell,
  clamp,
  direction,
  ease,
  length,
  mix,
  mostlySmall,
  type Point,
  turned,
  wander,
} from "./curves.ts";
import { type Insulation, insulations } from "./plastic.ts";
import { type Slot, wire } from "./wire.ts";

export const cableFlaws = [
  "bent_strand",
  "cut_insulation",
  "missing_conductor",
  "poked_hole",
  "swapped_conductor",
] as const;
export type CableFlaw = typeof cableFlaws[number];

/** Two conductors changed places, or one has a colour that another has already. */
function swapped(random: Random, scene: Cable, target: Canvas): void {
  const wires = [...scene.wires];
  const first = random.integer(3);
  const second = (first + 1 + random.integer(2)) % 3;
  if (random.uniform() < 0.6) {
    wires[first] = scene.wires[second];
    wires[second] = scene.wires[first];
    return paintCable(target, { ...scene, wires }, [first, second]);
  }
  const colour: Insulation = insulations[second];
  wires[first] = wire(random, scene.batch, colour);
  paintCable(target, { ...scene, wires }, [first]);
}

/** A whole conductor is missing, or its copper only. */
function missing(random: Random, scene: Cable, target: Canvas): void {
  const index = random.integer(3);
  const content = scene.wires[index];
  const hollow = random.uniform() < 0.35 && content !== undefined;
  const wires = scene.wires.map((one, i) =>
    i !== index ? one : hollow ? { ...content, strands: [] } : undefined
  );
  paintCable(target, { ...scene, wires }, hollow ? [] : [index], hollow ? [index] : []);
}

/** A rounded, ragged pit with a raised, lit rim. */
function pit(
  random: Random,
  scene: Cable,
  target: Canvas,
  at: Point,
  radius: number,
): void {
  const { lamp, surface } = scene;
  const { size } = target;
  const way = direction(random.uniform());
  const long = 1 + 0.5 * random.uniform();
  const phase = random.uniform() * 90;
  const dark = random.between(0.06, 0.24);
  const rim = Math.max(0.3 * radius, 0.004);
  fill(target, { ...at, reach: (radius + rim) * 1.7 }, (x, y, ink) => {
    const dx = x - at.x, dy = y - at.y;
    const a = (dx * way.x + dy * way.y) / long, b = dy * way.x - dx * way.y;
    const far = length(a, b) + radius *
        (0.2 * surface(x * 60 + phase, y * 60) + 0.1 * surface(x * 210 + phase, y * 210));
    const facing = (dx * lamp.x + dy * lamp.y) / (length(dx, dy) + 1e-6);
    // The rim that was pushed up: bright where it faces the lamp, in shade behind.
    const ring = 0.7 * clamp(1 - (far - radius) / rim) * clamp(0.4 + 0.6 * facing * facing);
    const raised = facing > 0 ? 1.35 : 0.4;
    const inside = clamp(0.5 + (radius - far) * size);
    const wall = 1 - ease((radius - far) / (0.55 * radius));
    const deep = dark + wall * (0.22 - 0.28 * facing);
    ink.cover = mix(ring, 1, inside);
    dim(ink, mix(raised, deep < 0.03 ? 0.03 : deep, inside));
  }, { multiply: true, trace: true });
}

/** One to three stabs into insulation, copper or sheath. */
function poked(random: Random, scene: Cable, target: Canvas): void {
  paintCable(target, scene);
  const count = random.uniform() < 0.72 ? 1 : 2 + random.integer(2);
  for (let i = 0; i < count; i++) {
    const where = random.uniform();
    const slot = random.pick(scene.slots);
    const way = direction(random.uniform());
    const radius = mostlySmall(random, 0.0065, 0.021);
    const on = (middle: Point, far: number) => ({
      x: middle.x + way.x * far,
      y: middle.y + way.y * far,
    });
    const at = where < 0.62
      ? on(slot, slot.radius * random.between(0.73, 0.9))
      : where < 0.78
      ? on(slot, slot.radius * random.between(0.1, 0.5))
      : on(scene.middle, scene.radius - 0.028);
    pit(random, scene, target, at, radius);
  }
}

/** A notch or slit from the rim of a disc inwards. */
function notch(
  random: Random,
  scene: Cable,
  target: Canvas,
  disc: Slot,
  { deepest, thickness }: {
    /** Of the deepest notch, as a share of the thickness. */
    readonly deepest: number;
    /** From the disc's rim to what it covers. */
    readonly thickness: number;
  },
): void {
  const { lamp, surface } = scene;
  const { size } = target;
  const way = direction(random.uniform());
  const slit = random.uniform() < 0.4;
  const depth = thickness * (slit ? random.between(0.55, 1) : mostlySmall(random, 0.35, deepest));
  const half = slit ? random.between(0.0022, 0.0045) : mostlySmall(random, 0.011, 0.042);
  const slant = 0.45 * bell(random);
  const phase = random.uniform() * 90;
  const level = random.between(0.1, 0.26);
  const middle = { x: disc.x + way.x * disc.radius, y: disc.y + way.y * disc.radius };
  const lip = slit ? 0.0035 : 0.006;
  fill(target, { ...middle, reach: depth + 2 * half + 0.02 }, (x, y, ink) => {
    ink.cover = 0;
    const dx = x - disc.x, dy = y - disc.y;
    const inward = disc.radius - length(dx, dy);
    if (inward < -0.004 || inward >= depth || dx * way.x + dy * way.y < 0) return;
    const side = dy * way.x - dx * way.y - slant * inward +
      0.002 * surface(x * 28 + phase, y * 28) + 0.0007 * surface(x * 130, y * 130 + phase);
    // Wide at the rim, round at the bottom.
    const away = half * Math.sqrt(1 - inward / depth) - Math.abs(side);
    if (away < -lip) return;
    const rim = clamp((inward + 0.004) / 0.004);
    const across = side < 0 ? -1 : 1;
    // The normal of the cut's wall, from way turned by a quarter.
    const facing = across * (-way.y * lamp.x + way.x * lamp.y);
    const inside = clamp(0.5 + away * size);
    const edge = 0.6 * clamp(1 + away / lip) * rim;
    const wall = 1 - ease(away / (0.7 * half + 0.002));
    const dark = level + wall * (0.28 - 0.34 * facing);
    ink.cover = mix(edge, rim, inside);
    dim(ink, mix(facing > 0 ? 1.3 : 0.5, dark < 0.04 ? 0.04 : dark, inside));
  }, { multiply: true, trace: true });
}

/** Insulation or sheath is nicked or slit. */
function cut(random: Random, scene: Cable, target: Canvas): void {
  paintCable(target, scene);
  const count = random.uniform() < 0.8 ? 1 : 2;
  for (let i = 0; i < count; i++) {
    if (random.uniform() < 0.24) {
      notch(random, scene, target, { ...scene.middle, radius: scene.radius }, {
        deepest: 1,
        thickness: 0.05,
      });
    } else {
      const slot = random.pick(scene.slots);
      notch(random, scene, target, { ...slot, radius: slot.radius * 0.99 }, {
        deepest: 1.15,
        thickness: slot.radius * 0.37,
      });
    }
  }
}

/** Strands that left the bundle and lie across the insulation. */
function bent(random: Random, scene: Cable, target: Canvas): void {
  paintCable(target, scene);
  const { lamp, batch, surface } = scene;
  const { size } = target;
  const count = random.uniform() < 0.65 ? 1 : 2 + random.integer(2);
  const index = random.integer(3);
  const slot = scene.slots[index];
  const core = (scene.wires[index]?.core ?? 0.6) * slot.radius;
  const side = random.uniform();
  for (let i = 0; i < count; i++) {
    const turn = side + (i === 0 ? 0 : 0.06 * bell(random));
    const way = direction(turn);
    const from = core - random.between(0.008, 0.03);
    const radius = random.between(0.0085, 0.0112);
    const reach = mostlySmall(random, 0.038, 0.17);
    const line = wander(random, {
      start: { x: slot.x + way.x * from, y: slot.y + way.y * from },
      heading: turned(way, 0.07 * bell(random)),
      reach,
      bend: 0.34,
      steps: 28,
    });
    const shade = line.map((p, k) => {
      const height = 0.4 + 0.6 * k / line.length;
      return { x: p.x - 0.011 * height * lamp.x, y: p.y - 0.011 * height * lamp.y };
    });
    stroke(target, shade, radius * 1.3, (across, _along, ink) => {
      dim(ink, 0.3);
      ink.cover = 0.75 * ease((1.3 * radius - Math.abs(across)) / (0.8 * radius));
    }, { multiply: true, trace: true });
    const level = random.between(0.75, 1.15);
    const phase = random.uniform() * 90;
    stroke(target, line, radius + 1 / size, (across, along, ink) => {
      const t = clamp(Math.abs(across) / radius);
      const round = Math.sqrt(1 - t * t);
      // The end is cut straight, not rounded.
      ink.cover = clamp(0.5 + (radius - Math.abs(across)) * size) *
        clamp((reach - along) * size);
      // Where the line runs decides which side of the round strand faces the lamp.
      const k = Math.min(line.length - 2, Math.floor(along / reach * (line.length - 1)));
      const nx = -(line[k + 1].y - line[k].y), ny = line[k + 1].x - line[k].x;
      const facing = (nx * lamp.x + ny * lamp.y) / (length(nx, ny) + 1e-9);
      const lit = 0.07 + 0.5 * round * round + 0.4 * facing * across / radius;
      const highlight = ease(1 - Math.abs(across / radius - 0.5 * facing) / 0.26);
      const streak = 1 + 0.14 * surface(along * 25 + phase, across * 700) +
        0.08 * surface(along * 90, across * 200 + phase);
      const end = ease((reach - along) / (0.5 * radius));
      tone(ink, batch.copper, level * streak * mix(1.15, lit < 0.04 ? 0.04 : lit, end));
      const shine = 0.75 * highlight * level * end;
      ink.red += shine;
      ink.green += 0.9 * shine;
      ink.blue += 0.78 * shine;
    }, { trace: true });
  }
}

/** Draws a cable with a defect and marks the pixels that the defect changed. */
export function paintFlawedCable(
  target: Canvas,
  scene: Cable,
  flaw: CableFlaw,
  random: Random,
): void {
  const draw = {
    bent_strand: bent,
    cut_insulation: cut,
    missing_conductor: missing,
    poked_hole: poked,
    swapped_conductor: swapped,
  }[flaw];
  draw(random, scene, target);
}
