/** Which picture format some bytes are in, told by their first bytes and never by a file name. */

import { cannot } from "../errors.ts";

/** The formats that can be read. */
export type PictureKind = "PNG" | "JPEG" | "BMP" | "WebP" | "TIFF";

/** How files begin, a character a byte. */
const readable: readonly (readonly [PictureKind, string])[] = [
  ["PNG", "\x89PNG\r\n\x1a\n"],
  ["JPEG", "\xff\xd8\xff"],
  ["BMP", "BM"],
  ["TIFF", "II*\0"],
  ["TIFF", "MM\0*"],
  ["TIFF", "II+\0"], // BigTIFF
  ["TIFF", "MM\0+"],
];

/** Formats worth naming when they are refused. */
const refused: readonly (readonly [string, string])[] = [
  ["GIF", "GIF8"],
  ["PDF", "%PDF"],
  ["Photoshop file", "8BPS"],
  ["JPEG XL", "\xff\x0a"],
  ["JPEG XL", "\0\0\0\x0cJXL "],
  ["JPEG 2000", "\0\0\0\x0cjP  "],
  ["OpenEXR file", "v/1\x01"],
];

/**
 * The format of a picture. SVG is a program that draws, not a photo: it is refused here, so that
 * no renderer ever sees it.
 *
 * @param bytes the whole file, or at least its beginning
 * @param name the file, for errors
 * @throws {TypeError} when the format is a known one that is not read: GIF, SVG, AVIF, …
 * @throws {SyntaxError} when there are no bytes, or they begin like no picture
 */
export function pictureKind(bytes: Uint8Array, name: string): PictureKind {
  const action = `read ${name}`;
  if (bytes.length === 0) {
    throw cannot(action, "a picture has bytes", "the file is empty", SyntaxError);
  }
  const start = String.fromCharCode(...bytes.subarray(0, 1024));
  for (const [kind, signature] of readable) if (start.startsWith(signature)) return kind;
  if (start.startsWith("RIFF") && start.startsWith("WEBP", 8)) return "WebP";

  const brand = start.startsWith("ftyp", 4) ? start.slice(8, 12) : "";
  const known = refused.find(([, signature]) => start.startsWith(signature))?.[0] ??
    (/^avi[fs]$/.test(brand) ? "AVIF" : undefined) ??
    (/^(hei|hev|mif|msf)/.test(brand) ? "HEIF" : undefined) ??
    (/<svg[\s>]/i.test(start) ? "SVG" : undefined);
  const requirement = "a picture is PNG, JPEG, BMP, WebP or TIFF";
  if (known !== undefined) throw cannot(action, requirement, `it is ${article(known)}`, TypeError);
  const shown = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0"));
  throw cannot(action, requirement, `its first bytes are ${shown.join(" ")}`, SyntaxError);
}

function article(noun: string): string {
  return /^(AVIF|OpenEXR|SVG)/.test(noun) ? `an ${noun}` : `a ${noun}`;
}
