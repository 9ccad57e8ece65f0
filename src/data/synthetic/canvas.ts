/** A small rasteriser: shapes are shaded pixel by pixel, with edges smoothed by their coverage. */

import type { Colour } from "./colour.ts";
import type { Point } from "./curves.ts";

/** The picture while it is drawn. */
export interface Canvas {
  readonly size: number;
  /** Linear RGB, `light[(row * size + column) * 3 + channel]`. */
  readonly light: Float32Array;
  /** 1 where a defect was drawn. */
  readonly changed: Uint8Array;
}

/** What a shader says about one pixel: colour, and how much of the pixel it covers. */
export interface Ink {
  red: number;
  green: number;
  blue: number;
  /** 0…1. */
  cover: number;
}

/** How ink meets what is there. */
export interface Brush {
  /** Dims what is there (shadows, pits, stains) instead of covering it. */
  readonly multiply?: boolean;
  /** Marks the pixels as changed by the defect. */
  readonly trace?: boolean;
}

/** Ink fainter than this is left away, so that a defect's mask ends where its change ends. */
const FAINTEST = 1 / 64;

/** An empty, black picture. */
export function canvas(size: number): Canvas {
  return {
    size,
    light: new Float32Array(size * size * 3),
    changed: new Uint8Array(size * size),
  };
}

/** Sets an ink's colour, `level` times as bright. */
export function tone(ink: Ink, colour: Colour, level: number): void {
  ink.red = colour.red * level;
  ink.green = colour.green * level;
  ink.blue = colour.blue * level;
}

/** Sets an ink that multiplies all light by `level`: shade below 1, gloss above. */
export function dim(ink: Ink, level: number): void {
  ink.red = ink.green = ink.blue = level;
}

function put(target: Canvas, pixel: number, ink: Ink, brush: Brush): void {
  const { light } = target;
  const cover = ink.cover > 1 ? 1 : ink.cover;
  const rest = 1 - cover;
  const at = pixel * 3;
  if (brush.multiply) {
    light[at] *= rest + cover * ink.red;
    light[at + 1] *= rest + cover * ink.green;
    light[at + 2] *= rest + cover * ink.blue;
  } else {
    light[at] = rest * light[at] + cover * ink.red;
    light[at + 1] = rest * light[at + 1] + cover * ink.green;
    light[at + 2] = rest * light[at + 2] + cover * ink.blue;
  }
  if (brush.trace) target.changed[pixel] = 1;
}

/** The whole pixels within `reach` of a stretch from `low` to `high`: first, and one past last. */
function pixels(size: number, low: number, high: number): [first: number, end: number] {
  const first = Math.floor((low + 0.5) * size) - 1;
  const end = Math.ceil((high + 0.5) * size) + 1;
  return [first < 0 ? 0 : first, end > size ? size : end];
}

/**
 * Shades a square of the picture.
 *
 * @param area middle and half the side of the square that holds the shape
 * @param shade says colour and coverage at a place; called at the middle of every pixel
 */
export function fill(
  target: Canvas,
  area: Point & { readonly reach: number },
  shade: (x: number, y: number, ink: Ink) => void,
  brush: Brush = {},
): void {
  const { size } = target;
  const [left, right] = pixels(size, area.x - area.reach, area.x + area.reach);
  const [top, bottom] = pixels(size, area.y - area.reach, area.y + area.reach);
  const ink: Ink = { red: 0, green: 0, blue: 0, cover: 0 };
  for (let row = top; row < bottom; row++) {
    const y = (row + 0.5) / size - 0.5;
    for (let column = left; column < right; column++) {
      shade((column + 0.5) / size - 0.5, y, ink);
      if (ink.cover >= FAINTEST) put(target, row * size + column, ink, brush);
    }
  }
}

/**
 * Shades the neighbourhood of a line, for strands, threads and fibres.
 *
 * @param points the line's corners
 * @param reach how far to its sides the ink may go
 * @param shade is told the signed distance across (positive to the right of the way) and the
 * distance along the line, both in the picture's units
 */
export function stroke(
  target: Canvas,
  points: readonly Point[],
  reach: number,
  shade: (across: number, along: number, ink: Ink) => void,
  brush: Brush = {},
): void {
  const { size } = target;
  const xs = points.map((p) => p.x), ys = points.map((p) => p.y);
  const [left, right] = pixels(size, Math.min(...xs) - reach, Math.max(...xs) + reach);
  const [top, bottom] = pixels(size, Math.min(...ys) - reach, Math.max(...ys) + reach);
  const width = right - left;
  if (width <= 0 || bottom <= top) return;
  const across = new Float32Array(width * (bottom - top)).fill(Infinity);
  const along = new Float32Array(across.length);
  let walked = 0;
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1], b = points[i];
    const dx = b.x - a.x, dy = b.y - a.y;
    const span = Math.sqrt(dx * dx + dy * dy);
    if (span === 0) continue;
    const [x0, x1] = pixels(size, Math.min(a.x, b.x) - reach, Math.max(a.x, b.x) + reach);
    const [y0, y1] = pixels(size, Math.min(a.y, b.y) - reach, Math.max(a.y, b.y) + reach);
    for (let row = y0; row < y1; row++) {
      const py = (row + 0.5) / size - 0.5 - a.y;
      for (let column = x0; column < x1; column++) {
        const px = (column + 0.5) / size - 0.5 - a.x;
        let t = (px * dx + py * dy) / (span * span);
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        const ex = px - t * dx, ey = py - t * dy;
        const distance = Math.sqrt(ex * ex + ey * ey);
        const at = (row - top) * width + column - left;
        if (distance < Math.abs(across[at])) {
          across[at] = dx * py - dy * px < 0 ? -distance : distance;
          along[at] = walked + t * span;
        }
      }
    }
    walked += span;
  }
  const ink: Ink = { red: 0, green: 0, blue: 0, cover: 0 };
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = (row - top) * width + column - left;
      if (Math.abs(across[at]) > reach) continue;
      shade(across[at], along[at], ink);
      if (ink.cover >= FAINTEST) put(target, row * size + column, ink, brush);
    }
  }
}
