/** A strict reader of BMP files: none of the codecs used elsewhere reads them. */

import { cannot } from "../errors.ts";
import { runLengthIndices } from "./bmp_runs.ts";

/** What the headers say. */
export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  /** Whether the first row in the file is the bottom row of the picture: the usual case. */
  readonly upward: boolean;
  readonly depth: 1 | 4 | 8 | 16 | 24 | 32;
  readonly compression: number;
  /** Where red, green and blue are in a pixel of 16 or 32 bits. */
  readonly masks: readonly [red: number, green: number, blue: number];
  /** RGB after RGB; empty above 8 bits. */
  readonly palette: Uint8Array;
  /** Where the pixels begin in the file. */
  readonly pixels: number;
}

const RGB = 0, RLE8 = 1, RLE4 = 2, FIELDS = 3, ALPHA_FIELDS = 6;
const depths: readonly number[] = [1, 4, 8, 16, 24, 32];
/** OS/2 1 and 2, Windows 3, with masks, version 4 and version 5. */
const headerSizes: readonly number[] = [12, 40, 52, 56, 64, 108, 124];

function malformed(name: string, requirement: string, found: string, offset: number): Error {
  return cannot(`read ${name}`, requirement, `${found} at byte ${offset}`, SyntaxError);
}

/**
 * Reads and checks the headers and the palette of a BMP file.
 *
 * @throws {SyntaxError} when the headers are cut off or contradict themselves; names the byte
 * @throws {TypeError} when the pixels are an embedded JPEG or PNG
 */
export function readBmpHeader(bytes: Uint8Array, name: string): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const want = (end: number) => {
    if (bytes.length < end) {
      throw malformed(name, `a BMP header needs ${end} bytes`, "the file ends", bytes.length);
    }
  };
  want(18);
  const pixels = view.getUint32(10, true);
  const size = view.getUint32(14, true);
  if (!headerSizes.includes(size)) {
    throw malformed(name, `a BMP header has ${headerSizes.join(", ")} bytes`, `${size}`, 14);
  }
  const old = size === 12;
  want(14 + size);
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  const signed = old ? view.getUint16(20, true) : view.getInt32(22, true);
  const height = Math.abs(signed);
  if (width < 1 || height < 1) {
    throw malformed(name, "a picture has at least one pixel", `${width}×${height}`, 18);
  }
  const depth = view.getUint16(old ? 24 : 28, true);
  if (!depths.includes(depth)) {
    throw malformed(name, `a BMP pixel has ${depths.join(", ")} bits`, `${depth}`, old ? 24 : 28);
  }
  const compression = old ? RGB : view.getUint32(30, true);
  if (compression === 4 || compression === 5) {
    const found = compression === 4 ? "a JPEG inside a BMP" : "a PNG inside a BMP";
    throw cannot(`read ${name}`, "a BMP file holds pixels", found, TypeError);
  }
  const fields = compression === FIELDS || compression === ALPHA_FIELDS;
  const fits = compression === RGB || compression === RLE8 && depth === 8 ||
    compression === RLE4 && depth === 4 || fields && (depth === 16 || depth === 32);
  if (!fits) {
    throw malformed(
      name,
      "compression and bits a pixel must fit",
      `compression ${compression} with ${depth} bits`,
      30,
    );
  }
  if (signed < 0 && (compression === RLE8 || compression === RLE4)) {
    throw malformed(name, "run-length rows go upward", `height ${signed}`, 22);
  }
  let masks: [number, number, number] = depth === 16
    ? [0x7c00, 0x3e0, 0x1f]
    : [0xff0000, 0xff00, 0xff];
  if (fields) {
    want(66);
    masks = [view.getUint32(54, true), view.getUint32(58, true), view.getUint32(62, true)];
    if (!masks.every(isRun)) {
      const found = masks.map((mask) => mask.toString(16)).join(", ");
      throw malformed(name, "a colour mask is one run of bits", found, 54);
    }
  }
  return {
    width,
    height,
    upward: old || signed > 0,
    depth: depth as BmpHeader["depth"],
    compression,
    masks,
    palette: depth <= 8 ? readPalette() : new Uint8Array(0),
    pixels,
  };

  function readPalette(): Uint8Array {
    const used = old ? 0 : view.getUint32(46, true);
    const count = Math.min(used || 2 ** depth, 2 ** depth);
    const step = old ? 3 : 4;
    const start = 14 + size;
    want(start + count * step);
    const palette = new Uint8Array(count * 3);
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < 3; c++) palette[i * 3 + c] = bytes[start + i * step + 2 - c];
    }
    return palette;
  }
}

/** Whether the bits that are set stand side by side. */
function isRun(mask: number): boolean {
  const low = mask & -mask;
  return mask !== 0 && (((mask + low) >>> 0) & mask) === 0;
}

/**
 * Decodes a BMP file: 1, 4 and 8 bits with a palette, plain or run-length; 16 and 32 bits with or
 * without masks; 24 bits; upward and downward. Alpha is dropped. Equal to Pillow byte for byte.
 *
 * Differs: what Pillow repairs is refused: palette indices beyond the palette, runs beyond the
 * row's end.
 *
 * Cost: O(H·W).
 *
 * @returns RGB, HWC
 * @throws {SyntaxError} when the file is cut off or malformed; names the byte
 */
export function decodeBmp(bytes: Uint8Array, header: BmpHeader, name: string): Uint8Array {
  const { width, height, upward, depth, compression } = header;
  if (compression === RLE8 || compression === RLE4) {
    const indices = runLengthIndices(
      bytes,
      header,
      (found, offset) => malformed(name, "a BMP's runs must fill its picture", found, offset),
    );
    const start = (row: number) => (height - 1 - row) * width;
    return colours((x, row) => indices[start(row) + x], () => header.pixels);
  }
  const stride = Math.ceil(width * depth / 32) * 4;
  const end = header.pixels + stride * height;
  if (end > bytes.length) {
    throw malformed(name, `its pixels need ${end} bytes`, "the file ends", bytes.length);
  }
  const line = (row: number) => header.pixels + (upward ? height - 1 - row : row) * stride;
  if (depth <= 8) {
    const perByte = 8 / depth;
    const ones = 2 ** depth - 1;
    const index = (x: number, row: number) => {
      const byte = bytes[line(row) + Math.floor(x / perByte)];
      return (byte >> (8 - depth * (x % perByte + 1))) & ones;
    };
    return colours(index, (x, row) => line(row) + Math.floor(x / perByte));
  }
  const data = new Uint8Array(width * height * 3);
  const plain = depth === 24 ||
    depth === 32 && header.masks.join() === [0xff0000, 0xff00, 0xff].join();
  const channels = header.masks.map(channelReader);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const step = depth / 8;
  for (let row = 0, to = 0; row < height; row++) {
    let from = line(row);
    for (let x = 0; x < width; x++, from += step, to += 3) {
      if (plain) {
        data[to] = bytes[from + 2];
        data[to + 1] = bytes[from + 1];
        data[to + 2] = bytes[from];
      } else {
        const pixel = depth === 16 ? view.getUint16(from, true) : view.getUint32(from, true);
        for (let c = 0; c < 3; c++) data[to + c] = channels[c](pixel);
      }
    }
  }
  return data;

  function colours(
    index: (x: number, row: number) => number,
    offset: (x: number, row: number) => number,
  ): Uint8Array {
    const { palette } = header;
    const data = new Uint8Array(width * height * 3);
    for (let row = 0, to = 0; row < height; row++) {
      for (let x = 0; x < width; x++, to += 3) {
        const at = index(x, row) * 3;
        if (at >= palette.length) {
          const found = `colour ${at / 3} of ${palette.length / 3}`;
          throw malformed(name, "a pixel's colour must be in the palette", found, offset(x, row));
        }
        data[to] = palette[at];
        data[to + 1] = palette[at + 1];
        data[to + 2] = palette[at + 2];
      }
    }
    return data;
  }
}

/** From a pixel to one channel, 0…255, rounded down as Pillow does. */
function channelReader(mask: number): (pixel: number) => number {
  const shift = 31 - Math.clz32(mask & -mask);
  const top = mask >>> shift;
  return (pixel) => Math.floor((((pixel & mask) >>> 0) >>> shift) * 255 / top);
}
