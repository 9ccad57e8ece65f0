/** Figures from photos, masks and anomaly maps, as images. */

import { Image as Canvas } from "imagescript";
import type { AnomalyMap, Image, Mask } from "../types.ts";
import { cannot } from "../errors.ts";
import { shapeText } from "../tensor.ts";
import { checkMask, fromCanvas, toCanvas } from "./canvas.ts";
import { type Colour, colourAt } from "./colour_scale.ts";
import { contour } from "./contour.ts";
import { DIGIT_HEIGHT, drawText, fitText, LINE_HEIGHT, textWidth } from "./text.ts";
import { roundTicks } from "./ticks.ts";

/** What {@linkcode overlay} shows. */
export interface OverlayOptions {
  /** The photo as the detector saw it: resized and cropped to the map's size. */
  readonly image: Image;
  readonly map: AnomalyMap;
  /** The scores at the ends of the colour scale. The same for all figures that are compared. */
  readonly domain: readonly [low: number, high: number];
  /** Ground truth; left out where there is none. */
  readonly mask?: Mask;
  readonly title?: string;
}

const ACTION = "draw an overlay";
const UNIT = "score";
const INK: Colour = [34, 34, 34];
/** The outline of a defect: light inside, dark outside. */
const LINE: Colour = [0, 255, 224];
const LINE_AROUND: Colour = [0, 0, 0];
/** How much of the heat map's colour is in the blend; the rest is the gray photo. */
const HEAT = 0.65;

/**
 * One row of panels: the photo; the photo with the defect outlined (where a mask is given); the
 * anomaly map over the photo in gray; and the colour scale with its scores.
 *
 * Scores outside the domain get the colour of the nearer end; the map itself is not changed. The
 * same input gives the same pixels.
 *
 * Cost: O(H·W).
 *
 * @throws {RangeError} when photo, map and mask differ in size, the domain is not two rising
 * finite numbers, the map has a value that is not a number, or the mask one beside 0 and 1
 *
 * @example
 * ```ts
 * const image = { width: 32, height: 32, data: new Uint8Array(32 * 32 * 3).fill(200) };
 * const map = { data: new Float32Array(32 * 32), shape: [32, 32] as const };
 * const figure = overlay({ image, map, domain: [0, 1], title: "good/000" });
 * console.assert(figure.width > 2 * 32);
 * ```
 */
export function overlay(options: OverlayOptions): Image {
  checkOverlay(options);
  const { image, map, domain, mask, title } = options;
  const { width, height } = image;
  const scale = Math.max(1, Math.round(Math.min(width, height) / 320));
  const panels = [{ caption: "photo", canvas: toCanvas(image, ACTION) }];
  if (mask !== undefined) {
    panels.push({ caption: "ground truth", canvas: outlined(image, mask, scale) });
  }
  panels.push({ caption: "anomaly map", canvas: heated(image, map, domain) });

  const gap = 8 * scale;
  const line = LINE_HEIGHT * scale;
  const ticks = roundTicks(domain, Math.min(5, Math.max(2, height / (2 * line))));
  const bar = { x: 2 * gap + panels.length * (width + gap) - gap / 2, width: 14 * scale };
  const tickLength = 4 * scale;
  const labels = { x: bar.x + bar.width + tickLength + 3 * scale };
  const right = Math.max(
    bar.x + textWidth(UNIT) * scale,
    ...ticks.map(({ text }) => labels.x + textWidth(text) * scale),
  );
  const top = gap + line + 2 * scale + (title === undefined ? 0 : line + gap / 2);
  const figure = paper(right + gap, top + height + gap);
  const write = (text: string, x: number, baseline: number) =>
    drawText(figure, text, { x, baseline, colour: INK, scale });
  const above = top - 6 * scale;

  if (title !== undefined) {
    const space = Math.floor((figure.width - 2 * gap) / scale);
    write(fitText(title, space), gap, above - line - gap / 2);
  }
  panels.forEach(({ caption, canvas }, i) => {
    const x = gap + i * (width + gap);
    figure.composite(canvas, x, top);
    write(fitText(caption, Math.floor(width / scale)), x, above);
  });
  write(UNIT, bar.x, above);
  for (let y = 0; y < height; y++) {
    fill(figure, bar.x, top + y, bar.width, 1, colourAt(1 - y / Math.max(1, height - 1)));
  }
  const [low, high] = domain;
  for (const { value, text } of ticks) {
    const y = top + Math.round((1 - (value - low) / (high - low)) * (height - 1));
    fill(figure, bar.x + bar.width, y - Math.floor(scale / 2), tickLength, scale, INK);
    write(text, labels.x, y + Math.ceil(DIGIT_HEIGHT * scale / 2));
  }
  return fromCanvas(figure);
}

/**
 * Images in a grid, in reading order, each at the top left of its cell; the cells are as large
 * as the largest image, the paper is white.
 *
 * @param columns images a row; the last row may be shorter
 * @param gap pixels between the cells and around them, default 8
 * @throws {RangeError} when there are no images, or `columns` or `gap` is not a whole number
 *
 * @example
 * ```ts
 * const image = { width: 4, height: 3, data: new Uint8Array(4 * 3 * 3) };
 * const grid = mosaic([image, image, image], { columns: 2, gap: 1 });
 * console.assert(grid.width === 4 * 2 + 3 && grid.height === 3 * 2 + 3);
 * ```
 */
export function mosaic(
  images: readonly Image[],
  { columns, gap = 8 }: { readonly columns: number; readonly gap?: number },
): Image {
  const action = "lay out a mosaic";
  if (images.length === 0) throw cannot(action, "it needs at least one image", "none");
  if (!Number.isInteger(columns) || columns < 1) {
    throw cannot(action, "its columns are a whole number ≥ 1", `${columns}`);
  }
  if (!Number.isInteger(gap) || gap < 0) {
    throw cannot(action, "its gap is a whole number ≥ 0", `${gap}`);
  }
  const width = Math.max(...images.map((image) => image.width));
  const height = Math.max(...images.map((image) => image.height));
  const across = Math.min(columns, images.length);
  const down = Math.ceil(images.length / across);
  const grid = paper(gap + across * (width + gap), gap + down * (height + gap));
  images.forEach((image, i) => {
    const x = gap + (i % across) * (width + gap);
    const y = gap + Math.floor(i / across) * (height + gap);
    grid.composite(toCanvas(image, action), x, y);
  });
  return fromCanvas(grid);
}

function checkOverlay({ image, map, domain: [low, high], mask }: OverlayOptions): void {
  const size = `${image.width}×${image.height}`;
  const [height, width] = map.shape;
  if (map.shape.length !== 2 || width !== image.width || height !== image.height) {
    throw cannot(
      ACTION,
      "the map must have its image's size",
      `image is ${size}, map ${width}×${height}`,
    );
  }
  if (mask !== undefined) {
    checkMask(mask, ACTION);
    if (mask.width !== image.width || mask.height !== image.height) {
      throw cannot(
        ACTION,
        "the mask must have its image's size",
        `image is ${size}, mask ${mask.width}×${mask.height}`,
      );
    }
  }
  if (!Number.isFinite(low) || !Number.isFinite(high) || !(low < high)) {
    throw cannot(ACTION, "a domain is two rising finite numbers", shapeText([low, high]));
  }
  const bad = map.data.findIndex(Number.isNaN);
  if (bad >= 0) {
    const place = `NaN at x ${bad % width}, y ${Math.floor(bad / width)}`;
    throw cannot(ACTION, "a score is a number", place);
  }
}

/** A white canvas. */
function paper(width: number, height: number): Canvas {
  return new Canvas(width, height).fill(0xffffffff);
}

/** Fills a box; imagescript counts its corner from 1. */
function fill(
  canvas: Canvas,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: Colour,
): void {
  canvas.drawBox(x + 1, y + 1, width, height, Canvas.rgbToColor(...colour));
}

/** The photo with the mask's outline. */
function outlined(image: Image, mask: Mask, scale: number): Canvas {
  const canvas = toCanvas(image, ACTION);
  contour(mask, scale).forEach((part, i) => {
    if (part !== 0) canvas.bitmap.set(part === 1 ? LINE : LINE_AROUND, i * 4);
  });
  return canvas;
}

/** The heat map blended over the photo in gray. */
function heated(image: Image, map: AnomalyMap, [low, high]: readonly [number, number]): Canvas {
  const canvas = toCanvas(image, ACTION);
  const { bitmap } = canvas;
  map.data.forEach((score, i) => {
    const at = i * 4;
    // Rec. 601 luma.
    const gray = 0.299 * bitmap[at] + 0.587 * bitmap[at + 1] + 0.114 * bitmap[at + 2];
    const colour = colourAt((score - low) / (high - low));
    for (let c = 0; c < 3; c++) {
      bitmap[at + c] = Math.round(HEAT * colour[c] + (1 - HEAT) * gray);
    }
  });
  return canvas;
}
