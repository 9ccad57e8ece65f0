/** PNG files with a palette, written at once: what a figure embeds, and what it is drawn as. */

import { crc32, deflateSync } from "node:zlib";
import { cannot } from "../errors.ts";

/** A picture of at most 256 colours. */
export interface IndexedPicture {
  readonly width: number;
  readonly height: number;
  /** Which colour, pixel after pixel. */
  readonly indices: Uint8Array;
  /** RGB after RGB. */
  readonly palette: Uint8Array;
  /** Opacity of each colour, 0…255; opaque where it is left out or shorter than the palette. */
  readonly alpha?: Uint8Array;
}

/**
 * An indexed picture as a PNG file, 8 bits a pixel.
 *
 * Beside `encodePng`: figures are plain functions, so nothing in them may be awaited, and a map
 * with its colour scale as the palette takes a fifth of the bytes.
 *
 * Source: PNG, second edition, W3C 2003.
 * Cost: O(H·W).
 *
 * @returns the file's bytes; the same for the same picture
 * @throws {RangeError} when indices do not fit the size, or the palette has not 1…256 colours
 */
export function indexedPng(picture: IndexedPicture): Uint8Array<ArrayBuffer> {
  const { width, height, indices, palette, alpha } = picture;
  const action = "encode an indexed PNG";
  if (indices.length !== width * height || indices.length === 0) {
    throw cannot(action, `${width}×${height} pixels are wanted`, `${indices.length}`);
  }
  if (palette.length < 3 || palette.length > 768 || palette.length % 3 !== 0) {
    throw cannot(action, "a palette has 1…256 colours", `${palette.length} bytes`);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 3], 8);
  // Every line begins with its filter: none, which is best for palettes.
  const lines = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) {
    lines.set(indices.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", header),
    chunk("PLTE", palette),
    ...(alpha === undefined ? [] : [chunk("tRNS", alpha)]),
    chunk("IDAT", new Uint8Array(deflateSync(lines, { level: 9 }))),
    chunk("IEND", new Uint8Array(0)),
  ];
  const file = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
