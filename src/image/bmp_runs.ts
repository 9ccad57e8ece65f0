/** Run-length packed BMP pixels. */

/**
 * Unpacks the palette indices of a run-length packed BMP, rows in the file's order (bottom row
 * first). Pixels that no run reaches are index 0.
 *
 * Source: Microsoft, "Bitmap Compression" (BI_RLE8, BI_RLE4).
 *
 * @param bytes the whole file
 * @param error makes the error to throw from what was found and at which byte
 * @returns one index a pixel, height · width
 */
export function runLengthIndices(
  bytes: Uint8Array,
  { width, height, depth, pixels }: {
    readonly width: number;
    readonly height: number;
    readonly depth: number;
    readonly pixels: number;
  },
  error: (found: string, offset: number) => Error,
): Uint8Array {
  const indices = new Uint8Array(width * height);
  const nibbles = depth === 4;
  let at = pixels, x = 0, row = 0;
  const next = () => {
    if (at >= bytes.length) throw error("the file ends", bytes.length);
    return bytes[at++];
  };
  const put = (index: number, offset: number) => {
    if (x >= width || row >= height) throw error(`a pixel at x ${x}, row ${row}`, offset);
    indices[row * width + x++] = index;
  };
  for (;;) {
    const start = at;
    const count = next();
    const value = next();
    if (count > 0) {
      for (let i = 0; i < count; i++) {
        put(!nibbles ? value : i % 2 === 0 ? value >> 4 : value & 15, start);
      }
    } else if (value === 0) { // end of the row
      x = 0;
      row++;
    } else if (value === 1) { // end of the picture
      return indices;
    } else if (value === 2) { // a jump
      x += next();
      row += next();
    } else { // `value` pixels one by one, padded to two bytes
      let pair = 0;
      for (let i = 0; i < value; i++) {
        if (!nibbles || i % 2 === 0) pair = next();
        put(!nibbles ? pair : i % 2 === 0 ? pair >> 4 : pair & 15, start);
      }
      if ((at - start) % 2 === 1) next();
    }
  }
}
