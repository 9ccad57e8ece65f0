/** The chunks of a PNG file: all of them there, and EXIF data where the codec looks for it. */

import { cannot } from "../errors.ts";

const FIRST_CHUNK = 8;
const SECOND_CHUNK = FIRST_CHUNK + 25; // after IHDR

/**
 * Checks that a PNG file is there to its last chunk, and puts an `eXIf` chunk that stands after
 * the pixels before them: the standard allows both places, the codec reads only the latter, and
 * without it a photo would lie on its side.
 *
 * @returns the bytes given where there is nothing to move, else a copy
 * @throws {SyntaxError} when the file ends before its `IEND` chunk does
 */
export function wholePng(bytes: Uint8Array, name: string): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let seenPixels = false;
  let exif: { readonly start: number; readonly end: number } | undefined;
  for (let start = FIRST_CHUNK; start + 12 <= bytes.length;) {
    const end = start + 12 + view.getUint32(start);
    if (end > bytes.length) break;
    const kind = String.fromCharCode(...bytes.subarray(start + 4, start + 8));
    if (kind === "IDAT") seenPixels = true;
    if (kind === "eXIf" && seenPixels) exif = { start, end };
    if (kind === "IEND") return exif === undefined ? bytes : moved(exif.start, exif.end);
    start = end;
  }
  throw cannot(
    `read ${name}`,
    "a PNG file ends with its IEND chunk",
    `the file ends at byte ${bytes.length}`,
    SyntaxError,
  );

  function moved(start: number, end: number): Uint8Array {
    const copy = new Uint8Array(bytes.length);
    copy.set(bytes.subarray(0, SECOND_CHUNK));
    copy.set(bytes.subarray(start, end), SECOND_CHUNK);
    copy.set(bytes.subarray(SECOND_CHUNK, start), SECOND_CHUNK + end - start);
    copy.set(bytes.subarray(end), end);
    return copy;
  }
}
