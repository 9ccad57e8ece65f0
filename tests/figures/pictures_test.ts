/** What figures embed: the small encoders, the palette, the ruler. */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { COLOUR_SCALE } from "../../src/image/colour_scale.ts";
import { decodeImage } from "../../src/image/decode.ts";
import { tensor } from "../../src/tensor.ts";
import type { Image } from "../../src/types.ts";
import { textWidth } from "../../src/figures/fonts.ts";
import { indexedPng } from "../../src/figures/indexed_png.ts";
import { encodeJpeg } from "../../src/image/encode.ts";
import { quantise } from "../../src/figures/quantise.ts";
import { lineWidth } from "../../src/figures/picture_table.ts";
import { mapUrl, maskUrl, outlineUrl, photoUrl } from "../../src/figures/raster.ts";
import { thinned } from "../../src/figures/series.ts";
import { colourTable, SCORE_COLOURS } from "../../src/figures/theme.ts";

const decode = (url: string): Promise<Image> =>
  decodeImage(Uint8Array.fromBase64(url.slice(url.indexOf(",") + 1)), "picture");

/** A photo of `width`×`height` with soft colours. */
function soft(width: number, height: number): Image {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 3 * (y * width + x);
      data[at] = 128 + 100 * Math.sin(x / 9);
      data[at + 1] = 128 + 100 * Math.cos(y / 11);
      data[at + 2] = (x + y) % 256;
    }
  }
  return { width, height, data };
}

Deno.test("a JPEG decodes to nearly the photo, also where blocks are cut", async () => {
  for (const [width, height] of [[64, 48], [37, 19], [8, 8], [1, 1]]) {
    const photo = soft(width, height);
    const back = await decodeImage(encodeJpeg(photo, { quality: 95 }), "photo");
    assertEquals([back.width, back.height], [width, height]);
    const off = photo.data.map((value, i) => Math.abs(value - back.data[i]));
    const mean = off.reduce((sum, value) => sum + value, 0) / off.length;
    console.log(`JPEG ${width}×${height}: largest difference ${Math.max(...off)}, mean ${mean}`);
    assert(mean < 2.5 && Math.max(...off) <= 16);
  }
});

Deno.test("a lower quality makes a smaller JPEG", () => {
  const sizes = [95, 85, 50, 20].map((quality) => encodeJpeg(soft(64, 64), { quality }).length);
  assertEquals(sizes.toSorted((a, b) => b - a), sizes);
});

Deno.test("an indexed PNG decodes to exactly its colours", async () => {
  const palette = Uint8Array.of(1, 2, 3, 250, 251, 252);
  const indices = Uint8Array.of(0, 1, 1, 0, 0, 1);
  const { width, height, data } = await decodeImage(
    indexedPng({ width: 3, height: 2, indices, palette }),
    "indexed",
  );
  assertEquals([width, height], [3, 2]);
  assertEquals([...data], [...indices].flatMap((i) => [...palette.subarray(3 * i, 3 * i + 3)]));
  assertThrows(
    () => indexedPng({ width: 4, height: 2, indices, palette }),
    RangeError,
    "4×2 pixels",
  );
});

Deno.test("a picture of few colours is quantised exactly, one of many to the count", () => {
  const pixels = Uint8Array.of(9, 8, 7, 255, 1, 2, 3, 255, 9, 8, 7, 255, 0, 0, 0, 0);
  const { indices, palette } = quantise(pixels, 3);
  assertEquals([...indices], [0, 1, 0, 2]);
  assertEquals([...palette], [9, 8, 7, 1, 2, 3, 255, 255, 255]);

  const { data } = soft(100, 100);
  const rgba = new Uint8Array(40_000).fill(255);
  for (let i = 0; i < 10_000; i++) rgba.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
  const errors = [256, 64, 16].map((count) => {
    const few = quantise(rgba, count);
    assert(few.palette.length <= 3 * count);
    let sum = 0;
    data.forEach((value, i) => {
      sum += Math.abs(value - few.palette[3 * few.indices[Math.floor(i / 3)] + i % 3]);
    });
    return sum / data.length;
  });
  console.log(`mean error with 256, 64 and 16 colours: ${errors.map((e) => e.toFixed(2)).join()}`);
  assert(errors[0] < 8 && errors[0] < errors[1] && errors[1] < errors[2]);
});

Deno.test("a small map becomes blocks of its values' colours", async () => {
  const map = tensor(Float32Array.of(0, 5, 10, 20), [2, 2]);
  const { width, height, data } = await decode(mapUrl(map, [0, 10], { width: 6, height: 6 }));
  assertEquals([width, height], [6, 6]);
  const colour = (x: number, y: number) => [...data.subarray(3 * (6 * y + x), 3 * (6 * y + x) + 3)];
  const scale = (i: number) => [...COLOUR_SCALE.subarray(3 * i, 3 * i + 3)];
  assertEquals([colour(0, 0), colour(2, 2)], [scale(0), scale(0)]);
  assertEquals([colour(3, 0), colour(5, 2)], [scale(128), scale(128)]);
  assertEquals([colour(0, 3), colour(5, 5)], [scale(255), scale(255)]);
});

Deno.test("a large map and a large photo are averaged over what a pixel covers", async () => {
  const map = tensor(Float32Array.of(0, 2, 4, 6, 0, 2, 4, 6, 0, 2, 4, 6, 0, 2, 4, 6), [4, 4]);
  const { width, data } = await decode(mapUrl(map, [0, 255], { width: 2, height: 2 }));
  assertEquals(width, 2);
  assertEquals([...data.subarray(0, 6)], [
    ...COLOUR_SCALE.subarray(3, 6),
    ...COLOUR_SCALE.subarray(15, 18),
  ]);

  const gray = { width: 6, height: 4, data: new Uint8Array(72).fill(100) };
  const small = await decode(photoUrl(gray, { width: 4, height: 3 }));
  assertEquals([small.width, small.height], [4, 3]);
  assert(small.data.every((value) => Math.abs(value - 100) <= 1));
});

Deno.test("a mask stays black and white; its outline is clear but for two lines", async () => {
  const mask = { width: 4, height: 4, data: new Uint8Array(16).fill(1, 5, 7) };
  const shown = await decode(maskUrl(mask, { width: 8, height: 8 }));
  assertEquals(shown.data.reduce((sum, value) => sum + value, 0), 3 * 255 * 8);
  const outline = outlineUrl(mask, { width: 8, height: 8 });
  const chunks = new TextDecoder("latin1").decode(Uint8Array.fromBase64(outline.split(",")[1]));
  assert(chunks.includes("tRNS"));
});

Deno.test("Vega's stops draw the project's scale to within two levels", () => {
  const table = colourTable(SCORE_COLOURS);
  const off = table.map((value, i) => Math.abs(value - COLOUR_SCALE[i]));
  console.log(`largest difference ${Math.max(...off)} levels over ${off.length} values`);
  assertEquals(off.length, 768);
  assert(Math.max(...off) <= 2);
});

Deno.test("texts are as wide as the font says", async () => {
  const width = await textWidth();
  // DejaVu Sans: digits 1,303 of 2,048 units, bold 1,425; the space 651; the minus sign 1,716.
  assertAlmostEquals(width("0123456789", { size: 2048, bold: false }), 13_030, 1e-6);
  assertAlmostEquals(width("0123456789", { size: 2048, bold: true }), 14_250, 1e-6);
  assertAlmostEquals(width(" ", { size: 2048, bold: false }), 651, 1e-6);
  assertAlmostEquals(width("−", { size: 2048, bold: false }), 1716, 1e-6);
  assertEquals(width("", { size: 12, bold: false }), 0);
});

Deno.test("a line laid out without the font is as wide as in it, or narrower in it", async () => {
  const width = await textWidth();
  const characters = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
  const off = characters.map((character) =>
    Math.abs(lineWidth(character) - width(character, { size: 12, bold: false }))
  );
  console.log(`largest difference ${Math.max(...off)} pixels over ${off.length} characters`);
  assert(off.length === 95 && Math.max(...off) < 1e-9);
  for (const sign of "×−≤≥±→éöσμ²·–") {
    assert(width(sign, { size: 12, bold: false }) <= lineWidth(sign) + 1e-9, sign);
  }
});

Deno.test("a thinned curve keeps its ends and its corners", () => {
  const x = Float64Array.from({ length: 10_001 }, (_, i) => i / 10_000);
  const y = x.map((value) => value < 0.5 ? 0 : 1);
  const kept = thinned(x, y, 100);
  assert(kept.length <= 210, `${kept.length}`);
  assertEquals([kept[0], kept[kept.length - 1]], [0, 10_000]);
  assert(kept.includes(4999) && kept.includes(5000), "the step");
  assert(kept.every((place, i) => i === 0 || place > kept[i - 1]));
  assertEquals(thinned([1, 2, 3], [0, 5, 0], 100), [0, 1, 2]);
});
