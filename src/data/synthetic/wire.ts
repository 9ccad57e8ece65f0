/** One conductor: insulation around a bundle of copper strands. */

import type { Random } from "../../random.ts";
import { type Canvas, fill, tone } from "./canvas.ts";
import type { Colour } from "./colour.ts";
import { bell, clamp, direction, ease, length, mix, type Point } from "./curves.ts";
import { type CableBatch, type CutFace, face, type Insulation } from "./plastic.ts";

/** The cut end of one strand, placed from the conductor's middle. */
export interface Strand extends Point {
  readonly radius: number;
  readonly level: number;
  /** Which way the cut face leans; it gleams when that is towards the lamp. */
  readonly lean: Point;
  /** Along the scratches of its cut. */
  readonly scratch: Point;
  readonly phase: number;
}

/** A place for a conductor; what lies in it is a wire. */
export interface Slot extends Point {
  readonly radius: number;
}

export interface Wire {
  readonly insulation: Insulation;
  /** Where the second colour's stripes are. */
  readonly stripes: Point;
  /** Radius of the copper, as a share of the conductor's. */
  readonly core: number;
  /** Middle of the copper, as a share of the conductor's radius. */
  readonly offset: Point;
  /** Which way the cut face leans: brighter on one side. */
  readonly lean: Point;
  /** None when the copper is missing. */
  readonly strands: readonly Strand[];
  /** Half axes of the slightly oval outline, as shares of the radius, along `stripes`. */
  readonly oval: Point;
}

/** Strands in layers around a middle one, as bunching machines lay them, a little disordered. */
function bundle(random: Random, core: number, offset: Point): Strand[] {
  const strands: Strand[] = [];
  const layers = 4;
  const pitch = core / (layers + 0.52);
  for (let layer = 0; layer <= layers; layer++) {
    const count = Math.max(1, 6 * layer);
    const start = random.uniform();
    for (let i = 0; i < count; i++) {
      const way = direction(start + (i + 0.09 * bell(random)) / count);
      const far = layer * pitch * (1 + 0.012 * bell(random)) + 0.05 * pitch * bell(random);
      const steep = 0.55 * random.uniform();
      const tilt = direction(random.uniform());
      strands.push({
        x: offset.x + way.x * Math.min(far, core - 0.5 * pitch),
        y: offset.y + way.y * Math.min(far, core - 0.5 * pitch),
        radius: pitch * (0.505 + 0.025 * bell(random)),
        level: 0.3 + 0.75 * random.uniform() + (random.uniform() < 0.12 ? 0.4 : 0),
        lean: { x: tilt.x * steep, y: tilt.y * steep },
        scratch: direction(random.uniform()),
        phase: random.uniform() * 100,
      });
    }
  }
  return strands;
}

export function wire(random: Random, batch: CableBatch, insulation: Insulation): Wire {
  const core = 0.61 + 0.012 * bell(random);
  const offset = { x: 0.022 * bell(random), y: 0.022 * bell(random) };
  const tilt = direction(random.uniform());
  const steep = 0.9 * random.uniform();
  const scaled = { x: offset.x * batch.radius, y: offset.y * batch.radius };
  return {
    insulation,
    stripes: direction(random.uniform()),
    core,
    offset,
    lean: { x: tilt.x * steep, y: tilt.y * steep },
    strands: bundle(random, core * batch.radius, scaled),
    oval: { x: 1 + 0.008 * bell(random), y: 1 + 0.008 * bell(random) },
  };
}

/** How deep a place lies within the insulation's outline; negative outside. */
function within(slot: Slot, { stripes, oval }: Wire, dx: number, dy: number): number {
  const a = (dx * stripes.x + dy * stripes.y) / oval.x;
  const b = (dy * stripes.x - dx * stripes.y) / oval.y;
  return slot.radius * 0.992 - length(a, b);
}

function paintInsulation(target: Canvas, scene: CutFace, slot: Slot, content: Wire): void {
  const { lamp, surface } = scene;
  const { size } = target;
  const { stripes, core, offset, lean } = content;
  const striped = content.insulation === "green and yellow";
  const [first, second] = scene.batch.plastics[content.insulation];
  // The core lies over the middle.
  const hidden = 0.85 * core * slot.radius;
  const ox = offset.x * slot.radius, oy = offset.y * slot.radius;
  fill(target, { ...slot, reach: slot.radius * 1.04 }, (x, y, ink) => {
    const dx = x - slot.x, dy = y - slot.y;
    const far = length(dx, dy) + 1e-6;
    ink.cover = 0;
    if (far < hidden || far > slot.radius * 1.02) return;
    const depth = Math.min(
      within(slot, content, dx, dy) + 0.0015 * surface(x * 26, y * 26 + 44),
      slot.radius + 0.0015 - far,
    );
    ink.cover = clamp(0.5 + depth * size);
    if (ink.cover === 0) return;
    const facing = (dx * lamp.x + dy * lamp.y) / far;
    const edge = 1 - ease(depth / 0.013);
    const inward = length(dx - ox, dy - oy) - core * slot.radius;
    // The rim of the core: worn off by the blade, and shaded by what stands above it.
    const lip = 1 - ease(inward / 0.011);
    const level = face(scene, x, y) * (1 + edge * (0.6 * facing - 0.12)) *
      (1 - lip * (0.16 + 0.3 * facing)) *
      (1 + dx * lean.x + dy * lean.y + 0.05 * surface(x * 240, y * 240 + 15));
    let share = 0;
    if (striped) {
      const side = Math.abs(dx * stripes.x + dy * stripes.y) / far;
      const wide = 0.7 + 0.13 * depth / (slot.radius * (1 - core)) + 0.05 * surface(x * 28, y * 28);
      share = ease((side - wide) / 0.07 + 0.5);
    }
    ink.red = level * mix(first.red, second.red, share);
    ink.green = level * mix(first.green, second.green, share);
    ink.blue = level * mix(first.blue, second.blue, share);
  });
}

/** The dark between the strands, or the empty tube where they are missing. */
function paintBore(
  target: Canvas,
  scene: CutFace,
  slot: Slot,
  content: Wire,
  trace: boolean,
): void {
  const { lamp, batch, surface } = scene;
  const { size } = target;
  const empty = content.strands.length === 0;
  const radius = content.core * slot.radius + 0.001;
  const middle = {
    x: slot.x + content.offset.x * slot.radius,
    y: slot.y + content.offset.y * slot.radius,
  };
  const [plastic] = batch.plastics[content.insulation];
  fill(target, { ...middle, reach: radius + 0.004 }, (x, y, ink) => {
    const dx = x - middle.x, dy = y - middle.y;
    const far = length(dx, dy) + 1e-6;
    const depth = radius - far + 0.002 * surface(x * 45 + 5, y * 45);
    ink.cover = clamp(0.5 + depth * size);
    if (!empty) return tone(ink, batch.copper, 0.035);
    const facing = (dx * lamp.x + dy * lamp.y) / far;
    const wall = 1 - ease(depth / 0.06);
    tone(ink, plastic, 0.09 + wall * (0.2 - 0.3 * facing) * (1 + 0.2 * surface(x * 60, y * 60)));
  }, { trace });
}

/** Draws a strand's cut end with its middle at a place. */
function paintStrand(
  target: Canvas,
  scene: CutFace,
  at: Point,
  strand: Strand,
  trace: boolean,
): void {
  const { lamp, surface, batch } = scene;
  const { size } = target;
  const { radius, lean, scratch, phase } = strand;
  const gleam = lean.x * lamp.x + lean.y * lamp.y;
  const level = strand.level * (0.85 + 1.1 * gleam);
  const white = clamp(0.8 * (strand.level - 0.85) + 0.9 * gleam);
  const copper: Colour = {
    red: mix(batch.copper.red, 1, white * 0.7),
    green: mix(batch.copper.green, 0.9, white * 0.7),
    blue: mix(batch.copper.blue, 0.8, white * 0.7),
  };
  // Where the shears slid off, a polished band remains.
  const band = (phase % 1 - 0.5) * 1.2 * radius;
  fill(target, { ...at, reach: radius * 1.15 }, (x, y, ink) => {
    const dx = x - at.x, dy = y - at.y;
    const far = length(dx, dy) + 1e-6;
    const depth = radius - far + 0.16 * radius * surface(dx * 80 + phase, dy * 80);
    ink.cover = clamp(0.5 + depth * size);
    if (ink.cover === 0) return;
    const along = dx * scratch.x + dy * scratch.y, across = dy * scratch.x - dx * scratch.y;
    const marks = 0.22 * surface(along * 50 + phase, across * 420) +
      0.16 * surface(along * 130, across * 1000 + phase);
    const facing = (dx * lamp.x + dy * lamp.y) / far;
    const rim = 1 - ease(depth / (0.5 * radius));
    const slope = (dx * lean.x + dy * lean.y) / radius;
    const shine = ease(1 - Math.abs(across - band) / (0.4 * radius)) * (0.5 + 0.8 * gleam + marks);
    const light = (1 + marks + 0.9 * slope) * (1 + rim * (0.7 * facing - 0.5));
    tone(ink, copper, level * (light < 0.1 ? 0.1 : light));
    const polish = 0.38 * (shine < 0 ? 0 : shine) * (1 - rim);
    ink.red += polish;
    ink.green += 0.86 * polish;
    ink.blue += 0.72 * polish;
  }, { trace });
}

/** Draws a conductor in its slot; `trace` marks its core as changed by a defect. */
export function paintWire(
  target: Canvas,
  scene: CutFace,
  slot: Slot,
  content: Wire,
  trace: boolean,
): void {
  paintInsulation(target, scene, slot, content);
  paintBore(target, scene, slot, content, trace);
  for (const strand of content.strands) {
    paintStrand(target, scene, { x: slot.x + strand.x, y: slot.y + strand.y }, strand, trace);
  }
}
