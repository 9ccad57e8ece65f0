/** What can be wrong with cloth. */

import type { Random } from "../../random.ts";
import { type Canvas, dim, fill, stroke, tone } from "./canvas.ts";
import { type Colour, srgb } from "./colour.ts";
import {
  bell,
  clamp,
  direction,
  ease,
  length,
  mostlySmall,
  type Point,
  turned,
  wander,
} from "./curves.ts";
import { surface } from "./noise.ts";
import { type Cloth, type Loss, onCloth, paintCloth, spun } from "./weave.ts";

export const weaveFlaws = ["broken_thread", "foreign_thread", "hole", "stain"] as const;
export type WeaveFlaw = typeof weaveFlaws[number];

function somewhere(random: Random, margin: number): Point {
  const far = 0.5 - margin;
  return { x: random.between(-far, far), y: random.between(-far, far) };
}

/** A torn end of yarn: a few fibres that fan out. */
function fray(
  random: Random,
  scene: Cloth,
  target: Canvas,
  { start, heading, colour, count, reach, spread }: {
    readonly start: Point;
    readonly heading: Point;
    readonly colour: Colour;
    readonly count: number;
    readonly reach: number;
    /** How far from `start` the fibres begin. */
    readonly spread: number;
  },
): void {
  const { size } = target;
  for (let i = 0; i < count; i++) {
    const radius = scene.pitch * random.between(0.03, 0.075);
    const level = random.between(0.6, 1.15);
    const far = reach * random.between(0.4, 1);
    const line = wander(random, {
      start: {
        x: start.x + spread * bell(random),
        y: start.y + spread * bell(random),
      },
      heading: turned(heading, 0.05 * bell(random)),
      reach: far,
      bend: 0.35,
      steps: 12,
    });
    stroke(target, line, radius + 1 / size, (across, along, ink) => {
      const taper = radius * (1 - 0.6 * along / far);
      ink.cover = 0.9 * clamp(0.5 + (taper - Math.abs(across)) * size);
      tone(ink, colour, level * (0.45 + 0.55 * ease(1 - Math.abs(across) / radius)));
    }, { trace: true });
  }
}

/** Threads are gone within a ragged spot. */
function hole(random: Random, scene: Cloth, target: Canvas): void {
  const edge = surface(random);
  const radius = mostlySmall(random, 0.75, 2.9);
  const at = somewhere(random, 0.06);
  const middle = onCloth(scene, at.x, at.y);
  const way = direction(random.uniform());
  const long = 1 + 0.7 * random.uniform();
  /** Where a thread ends: each a little elsewhere, and its fibres too. */
  const left = (thread: number, u: number, v: number, across: number, off: number) => {
    const du = u - middle.u, dv = v - middle.v;
    if (du * du + dv * dv > 36) return 1;
    const a = (du * way.x + dv * way.y) / long, b = dv * way.x - du * way.y;
    const ragged = 0.34 * edge(thread * 3.7 + off, (du + dv > 0 ? 9 : 3) + 0.2) +
      0.2 * edge(du * 0.8 + off, dv * 0.8) + 0.16 * edge(across * 3 + thread * 5.3, off + du + dv);
    return ease((length(a, b) - radius - ragged) / 0.3);
  };
  paintCloth(target, scene, {
    warp: (thread, u, v, across) => left(thread, u, v, across, 0),
    weft: (thread, u, v, across) => left(thread, u, v, across, 50),
  });
  const fibres = 2 + random.integer(2 + Math.round(3 * radius));
  for (let i = 0; i < fibres; i++) {
    const out = direction(random.uniform());
    fray(random, scene, target, {
      start: {
        x: at.x + out.x * radius * 1.1 * scene.pitch,
        y: at.y + out.y * radius * 1.1 * scene.pitch,
      },
      heading: turned(out, 0.5 + 0.06 * bell(random)),
      colour: random.pick([scene.warp.colour, scene.weft.colour]),
      count: 1,
      reach: scene.pitch * radius * random.between(0.5, 1.4),
      spread: 0.22 * scene.pitch,
    });
  }
}

const STAINS: readonly Colour[] = [
  srgb(150, 140, 118), // oil
  srgb(176, 128, 92), // rust
  srgb(128, 118, 116), // grease
  srgb(196, 176, 150), // water
  srgb(132, 138, 178), // ink
];

/** Liquid that soaked in: a blot with a darker rim, or several. */
function stain(random: Random, scene: Cloth, target: Canvas): void {
  paintCloth(target, scene);
  const edge = surface(random);
  const colour = random.pick(STAINS);
  const strength = mostlySmall(random, 0.3, 0.95);
  const count = random.uniform() < 0.7 ? 1 : 2 + random.integer(3);
  let at = somewhere(random, 0.08);
  let radius = mostlySmall(random, 0.022, 0.11);
  for (let i = 0; i < count; i++) {
    const here = at, size = radius;
    const phase = random.uniform() * 90;
    const tide = random.between(0, 0.45);
    const way = direction(random.uniform());
    const long = 1 + 0.6 * random.uniform();
    fill(target, { ...here, reach: size * long * 1.5 }, (x, y, ink) => {
      const dx = x - here.x, dy = y - here.y;
      const a = (dx * way.x + dy * way.y) / long, b = dy * way.x - dx * way.y;
      // Liquid creeps along the threads, so that the rim follows them a little.
      const depth = 1 - length(a, b) / size + 0.2 * edge(x * 14 + phase, y * 14) +
        0.08 * edge(x * 60 + phase, y * 60);
      const inside = ease(depth / 0.16);
      const rim = ease(depth / 0.1) * (1 - ease((depth - 0.1) / 0.22));
      ink.cover = strength * inside * (0.72 + tide * rim + 0.16 * edge(x * 30, y * 30 + phase));
      tone(ink, colour, 1);
    }, { multiply: true, trace: true });
    at = { x: at.x + 1.5 * radius * bell(random), y: at.y + 1.5 * radius * bell(random) };
    radius *= random.between(0.25, 0.7);
  }
}

const FOREIGN: readonly Colour[] = [
  srgb(152, 56, 50),
  srgb(28, 28, 32),
  srgb(214, 206, 186),
  srgb(62, 84, 132),
  srgb(112, 122, 72),
  srgb(150, 124, 96),
  srgb(150, 152, 152),
];

/** A thread or fibre that does not belong lies on the cloth. */
function foreign(random: Random, scene: Cloth, target: Canvas): void {
  paintCloth(target, scene);
  const { lamp, pitch } = scene;
  const { size } = target;
  const count = random.uniform() < 0.75 ? 1 : 2;
  for (let i = 0; i < count; i++) {
    const edge = surface(random);
    const colour = random.pick(FOREIGN);
    const radius = pitch * mostlySmall(random, 0.075, 0.34);
    const reach = mostlySmall(random, 0.1, 0.62);
    const line = wander(random, {
      start: somewhere(random, 0.16),
      heading: direction(random.uniform()),
      reach,
      bend: random.between(0.2, 1.3),
      steps: 56,
    });
    const drop = radius * random.between(0.7, 1.5);
    const shade = line.map((p) => ({ x: p.x - drop * lamp.x, y: p.y - drop * lamp.y }));
    stroke(target, shade, radius * 1.7, (across, _along, ink) => {
      dim(ink, 0.35);
      ink.cover = 0.7 * ease((1.7 * radius - Math.abs(across)) / (1.1 * radius));
    }, { multiply: true, trace: true });
    stroke(target, line, radius * 1.2 + 1 / size, (across, along, ink) => {
      const wide = radius * (1 + 0.16 * edge(along / pitch * 1.3, 3.5));
      const t = across / wide;
      const round = Math.sqrt(Math.max(0, 1 - t * t));
      ink.cover = clamp(0.5 + (wide - Math.abs(across)) * size);
      const k = Math.min(line.length - 2, Math.floor(along / reach * (line.length - 1)));
      const nx = line[k].y - line[k + 1].y, ny = line[k + 1].x - line[k].x;
      const facing = (nx * lamp.x + ny * lamp.y) / (length(nx, ny) + 1e-9);
      const lit = 0.25 + 0.6 * round + 0.32 * facing * t;
      tone(ink, colour, lit * spun(edge, along / (2 * radius), t, 3, 0.2));
    }, { trace: true });
    for (const end of [0, line.length - 1]) {
      const next = line[end === 0 ? 1 : end - 1];
      fray(random, scene, target, {
        start: line[end],
        heading: { x: line[end].x - next.x, y: line[end].y - next.y },
        colour,
        count: Math.round(3 * radius / (0.1 * pitch) * random.uniform()),
        reach: 3.5 * radius,
        spread: 0.6 * radius,
      });
    }
  }
}

/** One thread, or two neighbours, are missing over some crossings. */
function broken(random: Random, scene: Cloth, target: Canvas): void {
  const edge = surface(random);
  const alongWarp = random.uniform() < 0.5;
  const at = somewhere(random, 0.13);
  const middle = onCloth(scene, at.x, at.y);
  const first = Math.floor(alongWarp ? middle.u : middle.v);
  const count = random.uniform() < 0.8 ? 1 : 2;
  const half = mostlySmall(random, 1.1, 5.5);
  const centre = alongWarp ? middle.v : middle.u;
  const left = (thread: number, along: number, across: number) => {
    if (thread < first || thread >= first + count) return 1;
    const own = 0.6 * edge(thread * 3.1, along > centre ? 7.5 : 2.5);
    const ragged = 0.35 * edge(across * 2.5 + thread, along * 0.5);
    return ease((Math.abs(along - centre) - half - own - ragged) / 0.35);
  };
  const loss: Loss = {
    warp: (thread, _u, v, across) => alongWarp ? left(thread, v, across) : 1,
    weft: (thread, u, _v, across) => alongWarp ? 1 : left(thread, u, across),
  };
  paintCloth(target, scene, loss);
  const colour = alongWarp ? scene.warp.colour : scene.weft.colour;
  const { way, pitch } = scene;
  const along = alongWarp ? { x: -way.y, y: way.x } : way;
  for (const end of [-1, 1]) {
    if (random.uniform() < 0.25) continue;
    fray(random, scene, target, {
      start: { x: at.x + end * half * pitch * along.x, y: at.y + end * half * pitch * along.y },
      heading: turned(along, (end > 0 ? 0.5 : 0) + 0.1 * bell(random)),
      colour,
      count: 2 + random.integer(4),
      reach: pitch * random.between(0.7, 2),
      spread: 0.22 * pitch,
    });
  }
}

/** Draws cloth with a defect and marks the pixels that the defect changed. */
export function paintFlawedCloth(
  target: Canvas,
  scene: Cloth,
  flaw: WeaveFlaw,
  random: Random,
): void {
  const draw = {
    broken_thread: broken,
    foreign_thread: foreign,
    hole,
    stain,
  }[flaw];
  draw(random, scene, target);
}
