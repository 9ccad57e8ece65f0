import { assertEquals, assertThrows } from "@std/assert";
import { decodeBmp, readBmpHeader } from "../../src/image/bmp.ts";

/** A BMP file with a 40-byte header. */
function file(
  { width = 2, height = 2, depth = 8, compression = 0, colours = 2, size = 40 },
  pixels: readonly number[],
  palette: readonly number[] = [0, 0, 0, 0, 30, 20, 10, 0],
): Uint8Array {
  const bytes = new Uint8Array(54 + palette.length + pixels.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(10, 54 + palette.length, true);
  view.setUint32(14, size, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, depth, true);
  view.setUint32(30, compression, true);
  view.setUint32(46, colours, true);
  bytes.set(palette, 54);
  bytes.set(pixels, 54 + palette.length);
  return bytes;
}

function decode(bytes: Uint8Array): number[] {
  return [...decodeBmp(bytes, readBmpHeader(bytes, "a.bmp"), "a.bmp")];
}

Deno.test("a palette picture is read from the bottom row upward, colours as BGR", () => {
  const colour = [10, 20, 30], black = [0, 0, 0];
  assertEquals(decode(file({}, [1, 0, 0, 0, 0, 1, 0, 0])), [
    ...black,
    ...colour,
    ...colour,
    ...black,
  ]);
  assertEquals(decode(file({ height: -2 }, [1, 0, 0, 0, 0, 1, 0, 0])), [
    ...colour,
    ...black,
    ...black,
    ...colour,
  ]);
});

Deno.test("pixels that no run reaches have the first colour", () => {
  // One pixel, a jump by one row, one pixel, the end.
  const runs = [1, 1, 0, 2, 0, 1, 1, 1, 0, 1];
  assertEquals(decode(file({ compression: 1 }, runs)).filter((_, i) => i % 3 === 0), [
    0,
    10,
    10,
    0,
  ]);
});

Deno.test("what is malformed is refused with the byte", () => {
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [file({}, [1, 0, 0, 0, 0, 2, 0, 0]), "colour 2 of 2 at byte 67"],
    [file({}, [1, 0, 0, 0, 0]), "its pixels need 70 bytes: the file ends at byte 67"],
    [file({ size: 41 }, []), "a BMP header has 12, 40, 52, 56, 64, 108, 124 bytes: 41 at byte 14"],
    [file({ width: 0 }, []), "a picture has at least one pixel: 0×2 at byte 18"],
    [file({ width: -3 }, []), "a picture has at least one pixel: -3×2 at byte 18"],
    [file({ depth: 7 }, []), "a BMP pixel has 1, 4, 8, 16, 24, 32 bits: 7 at byte 28"],
    [file({ compression: 2 }, []), "compression 2 with 8 bits at byte 30"],
    [file({ compression: 1, height: -2 }, []), "run-length rows go upward: height -2 at byte 22"],
    [file({ compression: 1 }, [3, 1, 0, 1]), "a pixel at x 2, row 0 at byte 62"],
    [file({ compression: 1 }, [2, 1]), "the file ends at byte 64"],
    [file({ compression: 1 }, [2, 1, 0, 0, 0, 0, 1, 1, 0, 1]), "a pixel at x 0, row 2 at byte 68"],
    [
      file({ depth: 16, compression: 3 }, [5, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0], []),
      "a colour mask is one run of bits: 5, 7, 8 at byte 54",
    ],
    [file({ colours: 200 }, [0, 0]), "a BMP header needs 854 bytes: the file ends at byte 64"],
  ];
  for (const [bytes, found] of cases) {
    assertThrows(() => decode(bytes), SyntaxError, "Cannot read a.bmp as ");
    assertThrows(() => decode(bytes), SyntaxError, found);
  }
  assertEquals(cases.length, 13);
});

Deno.test("jumps that never come back end with a refusal, not with a hang", () => {
  const jumps = Array.from({ length: 4000 }, (_, i) => [0, 2, 255, 255][i % 4]);
  assertThrows(() => decode(file({ compression: 1 }, jumps)), SyntaxError, "the file ends");
});
