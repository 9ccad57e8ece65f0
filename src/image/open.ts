/** Opening a picture: its headers are read and checked, its pixels wait until they are wanted. */

import sharp from "sharp";
import { cannot } from "../errors.ts";
import { decodeBmp, readBmpHeader } from "./bmp.ts";
import { type PictureKind, pictureKind } from "./picture_kind.ts";
import { wholePng } from "./png_chunks.ts";

/** A picture whose headers are read and whose pixels are not. */
export interface OpenedPicture {
  readonly kind: PictureKind;
  /** As the pixels will come: with the EXIF orientation applied. */
  readonly width: number;
  readonly height: number;
  /** The pixels as RGB, HWC uint8. */
  rgb(): Promise<Uint8Array>;
  /** A 16-bit picture's samples with all their bits, without alpha; undefined at 8 bits. */
  readonly samples16: (() => Promise<Uint16Array>) | undefined;
}

/** libvips' names of what Pillow can turn to RGB. */
const spaces: readonly string[] = ["b-w", "srgb", "grey16", "rgb16", "cmyk"];

/**
 * Opens a picture.
 *
 * @param bytes the whole file
 * @param name the file, for errors
 * @param maxPixels more than these are refused from the headers
 * @throws as {@linkcode decodeImage} in decode.ts
 */
export async function openPicture(
  bytes: Uint8Array,
  name: string,
  maxPixels: number,
): Promise<OpenedPicture> {
  const kind = pictureKind(bytes, name);
  if (kind === "BMP") {
    const header = readBmpHeader(bytes, name);
    const { width, height } = header;
    checkPixelCount(width, height, maxPixels, name);
    // Within a promise, so that a malformed file rejects like those of the other formats.
    const rgb = () => Promise.resolve().then(() => decodeBmp(bytes, header, name));
    return { kind, width, height, rgb, samples16: undefined };
  }
  const input = sharp(kind === "PNG" ? wholePng(bytes, name) : bytes, {
    autoOrient: true,
    ignoreIcc: true,
    // "error" refuses what is cut off ("truncated" would fill TIFF with zeros) and forgives what
    // only deserves a warning, as Pillow does.
    failOn: "error",
    limitInputPixels: false, // checked below, so that the error names the file
  });
  const { width, height, autoOrient, space, depth } = await named(() => input.metadata());
  checkPixelCount(width, height, maxPixels, name);
  const deep = depth === "ushort";
  if ((!deep && depth !== "uchar") || !spaces.includes(space)) {
    throw cannot(
      `read ${name}`,
      "its samples must be gray, RGB or CMYK of 8 or 16 bits",
      `${space}, ${depth}`,
      TypeError,
    );
  }
  /** The samples, converted to `wanted`; `clone` as a sharp pipeline may be asked for twice. */
  const samples = (wanted: string, depth?: "ushort") =>
    named(async () => {
      const pipeline = input.clone().removeAlpha().toColourspace(wanted);
      // Without this, CMYK would pass through RGB by a colour profile.
      if (space === "cmyk") pipeline.pipelineColourspace("cmyk");
      return await pipeline.raw({ depth }).toBuffer();
    });
  return {
    kind,
    width: autoOrient.width,
    height: autoOrient.height,
    async rgb() {
      if (space === "cmyk") return cmykToRgb(await samples("cmyk"));
      const { buffer, byteOffset, byteLength } = await samples("srgb");
      return new Uint8Array(buffer, byteOffset, byteLength);
    },
    samples16: !deep ? undefined : async () => {
      const bytes = Uint8Array.from(await samples(space, "ushort")); // aligned for 16 bits
      return new Uint16Array(bytes.buffer);
    },
  };

  /** Runs a step of the codec; its own errors do not name the file and may have several lines. */
  async function named<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const found = message.split("\n")[0].replace(/^Input buffer (has corrupt header: )?/, "");
      throw cannot(`read ${name}`, `it must be a whole ${kind} file`, found, SyntaxError);
    }
  }
}

function checkPixelCount(width: number, height: number, maxPixels: number, name: string): void {
  if (width * height <= maxPixels) return;
  throw cannot(
    `read ${name}`,
    `a picture may have at most ${maxPixels} pixels`,
    `${width}×${height}, ${width * height} pixels`,
  );
}

/** (255 − C)(255 − K)/255, rounded: Pillow's conversion, without colour profiles. */
function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(cmyk.length / 4 * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4) {
    const light = 255 - cmyk[from + 3];
    for (let c = 0; c < 3; c++) {
      rgb[to++] = Math.min(255, Math.max(0, light - Math.round(cmyk[from + c] * light / 255)));
    }
  }
  return rgb;
}
