/** Photos, masks and maps as small pictures inside a specification. */

import { cannot } from "../errors.ts";
import { encodeJpeg } from "../image/encode.ts";
import { COLOUR_SCALE } from "../image/colour_scale.ts";
import { contour } from "../image/contour.ts";
import type { AnomalyMap, Image, Mask } from "../types.ts";
import { expectMap } from "./expect.ts";
import { indexedPng } from "./indexed_png.ts";

/** How a map becomes colours. */
export interface MapColours {
  /** 256 colours, RGB after RGB; default the project's scale. */
  readonly palette?: Uint8Array;
  /** How many of them are used, evenly spaced; fewer make smaller files. Default 256. */
  readonly shades?: number;
}

/** What can be put into a grid: a photo, an anomaly map, or a mask. */
export type Picture = Image | AnomalyMap | Mask;

/** Pixels in width and height. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Whether a picture is a map of scores. */
export function isMap(picture: Picture): picture is AnomalyMap {
  return "shape" in picture;
}

/** Whether a picture is a mask, one byte a pixel. */
export function isMask(picture: Picture): picture is Mask {
  return !isMap(picture) && picture.data.length === picture.width * picture.height;
}

/** The size of any picture. */
export function sizeOf(picture: Picture): Size {
  return isMap(picture) ? { width: picture.shape[1], height: picture.shape[0] } : picture;
}

/** Refuses what is not one of the three kinds of picture. */
export function expectPicture(action: string, picture: Picture): void {
  if (isMap(picture)) return expectMap(action, picture);
  const { width, height, data } = picture;
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (!whole || (data.length !== 3 * width * height && data.length !== width * height)) {
    throw cannot(
      action,
      "a picture has 3 bytes a pixel, a mask 1",
      `${width}×${height} pixels, ${data.length} bytes`,
    );
  }
}

/** Refuses pictures of two sizes that lie on each other. */
export function expectSameSize(action: string, pictures: Readonly<Record<string, Picture>>): void {
  const sizes = Object.entries(pictures).map(([name, picture]) => {
    const { width, height } = sizeOf(picture);
    return { name, size: `${width}×${height}` };
  });
  if (sizes.some(({ size }) => size !== sizes[0].size)) {
    throw cannot(
      action,
      `${sizes.map(({ name }) => name).join(" and ")} must have one size`,
      sizes.map(({ name, size }) => `${name} is ${size}`).join(", "),
    );
  }
}

/**
 * A photo as a data URL, a JPEG no larger than wanted.
 *
 * @param size the largest size that will be seen, in pixels
 */
export function photoUrl(photo: Image, size: Size): string {
  const target = { width: Math.round(size.width), height: Math.round(size.height) };
  if (target.width >= photo.width || target.height >= photo.height) {
    return url("image/jpeg", encodeJpeg(photo));
  }
  const data = Uint8Array.from(areaAverage(photo.data, photo, 3, target), Math.round);
  return url("image/jpeg", encodeJpeg({ ...target, data }));
}

/**
 * A map on the project's colour scale as a data URL, an indexed PNG: averaged where it is larger
 * than wanted, every value as a block of equal pixels where it is smaller.
 */
export function mapUrl(
  map: AnomalyMap,
  domain: readonly [number, number],
  size: Size,
  { palette = COLOUR_SCALE, shades = 256 }: MapColours = {},
): string {
  const { values, width, height } = resized(map.data, sizeOf(map), size);
  const [low, high] = domain;
  const indices = Uint8Array.from(
    values,
    (value) => {
      const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
      return Math.round(255 * Math.round((shades - 1) * t) / (shades - 1));
    },
  );
  return url("image/png", indexedPng({ width, height, indices, palette }));
}

/** A mask as a data URL: white where the defect is, else black. */
export function maskUrl(mask: Mask, size: Size): string {
  const { data, width, height } = resizedMask(mask, size);
  const palette = Uint8Array.of(0, 0, 0, 255, 255, 255);
  return url("image/png", indexedPng({ width, height, indices: data, palette }));
}

/** The outline of a mask as a data URL, clear elsewhere: light inside, dark outside. */
export function outlineUrl(mask: Mask, size: Size): string {
  const fine = resizedMask(mask, { width: 2 * size.width, height: 2 * size.height });
  const indices = contour(fine, 2);
  const palette = Uint8Array.of(0, 0, 0, 0, 255, 224, 0, 0, 0);
  return url(
    "image/png",
    indexedPng({ ...fine, indices, palette, alpha: Uint8Array.of(0, 255, 255) }),
  );
}

function url(type: string, bytes: Uint8Array): string {
  return `data:${type};base64,${bytes.toBase64()}`;
}

/** Nearest neighbour in both directions, so that a mask stays one. */
function resizedMask(mask: Mask, size: Size): Mask {
  const width = Math.round(size.width);
  const height = Math.round(size.height);
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y + 0.5) * mask.height / height) * mask.width;
    for (let x = 0; x < width; x++) {
      data[y * width + x] = mask.data[row + Math.floor((x + 0.5) * mask.width / width)];
    }
  }
  return { width, height, data };
}

function resized(values: Float32Array, from: Size, size: Size) {
  const target = { width: Math.round(size.width), height: Math.round(size.height) };
  if (target.width < from.width && target.height < from.height) {
    return { values: areaAverage(values, from, 1, target), ...target };
  }
  const factor = Math.max(1, Math.ceil(target.width / from.width));
  const width = factor * from.width;
  const height = factor * from.height;
  const blocks = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / factor) * from.width;
    for (let x = 0; x < width; x++) blocks[y * width + x] = values[row + Math.floor(x / factor)];
  }
  return { values: blocks, width, height };
}

/** The mean over the area that each smaller pixel covers, first along x, then along y. */
function areaAverage(
  values: ArrayLike<number>,
  from: Size,
  channels: number,
  to: Size,
): Float32Array {
  const across = new Float32Array(to.width * from.height * channels);
  shares(from.width, to.width).forEach(({ source, target, weight }) => {
    for (let y = 0; y < from.height; y++) {
      for (let c = 0; c < channels; c++) {
        across[(y * to.width + target) * channels + c] += weight *
          values[(y * from.width + source) * channels + c];
      }
    }
  });
  const result = new Float32Array(to.width * to.height * channels);
  const line = to.width * channels;
  shares(from.height, to.height).forEach(({ source, target, weight }) => {
    for (let i = 0; i < line; i++) {
      result[target * line + i] += weight * across[source * line + i];
    }
  });
  return result;
}

/** How much of which source pixel every target pixel takes, along one side. */
function shares(from: number, to: number) {
  const ratio = from / to;
  const result: { source: number; target: number; weight: number }[] = [];
  for (let target = 0; target < to; target++) {
    const [start, end] = [target * ratio, Math.min(from, (target + 1) * ratio)];
    for (let source = Math.floor(start); source < end; source++) {
      const covered = Math.min(end, source + 1) - Math.max(start, source);
      if (covered > 1e-9) result.push({ source, target, weight: covered / ratio });
    }
  }
  return result;
}
