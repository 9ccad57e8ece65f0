import { assert, assertEquals, assertRejects } from "@std/assert";
import sharp from "sharp";
import { seededRandom } from "../../src/random.ts";
import { encodeMaskPng, encodePng } from "../../src/image/encode.ts";

function noise(width: number, height: number, channels: number, below: number): Uint8Array {
  const random = seededRandom(3);
  return Uint8Array.from({ length: width * height * channels }, () => random.integer(below));
}

Deno.test("an encoded image is an 8-bit PNG that gives the same pixels again", async () => {
  const image = { width: 23, height: 17, data: noise(23, 17, 3, 256) };
  const before = image.data.slice();
  const png = await encodePng(image);
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  assertEquals([info.width, info.height, info.channels], [23, 17, 3]);
  assertEquals(new Uint8Array(data), before);
  assertEquals(image.data, before, "the input is not changed");
});

Deno.test("the same pixels give the same PNG bytes at any time", async () => {
  const image = { width: 9, height: 5, data: noise(9, 5, 3, 256) };
  const first = await encodePng(image);
  await new Promise((resolve) => setTimeout(resolve, 1100)); // time stamps count seconds
  assertEquals(await encodePng(image), first);
  const text = new TextDecoder("latin1").decode(first);
  assert(text.includes("Thu, 01 Jan 1970"), "the time stamp is fixed");
});

Deno.test("an encoded mask is an 8-bit grayscale PNG of 0 and 255", async () => {
  const mask = { width: 13, height: 11, data: noise(13, 11, 1, 2) };
  const before = mask.data.slice();
  const png = await encodeMaskPng(mask);
  assertEquals([png[24], png[25]], [8, 0], "bit depth 8, colour type 0 (grayscale)");
  const { data, info } = await sharp(png).toColourspace("b-w").raw()
    .toBuffer({ resolveWithObject: true });
  assertEquals([info.width, info.height, info.channels], [13, 11, 1]);
  assertEquals(new Uint8Array(data), before.map((value) => value * 255));
  assertEquals(mask.data, before, "the input is not changed");
  assertEquals(await encodeMaskPng(mask), png);
});

Deno.test("an all-zero mask and a one-pixel image can be encoded", async () => {
  const empty = await encodeMaskPng({ width: 4, height: 4, data: new Uint8Array(16) });
  assertEquals([empty[24], empty[25]], [8, 0]);
  const dot = await encodePng({ width: 1, height: 1, data: new Uint8Array([1, 2, 3]) });
  assertEquals([...await sharp(dot).removeAlpha().raw().toBuffer()], [1, 2, 3]);
});

Deno.test("encoding refuses data that does not fit its size", async () => {
  await assertRejects(
    () => encodePng({ width: 2, height: 2, data: new Uint8Array(11) }),
    RangeError,
    "Cannot encode a PNG as 2×2 pixels of 3 bytes are wanted: 11 bytes",
  );
  await assertRejects(
    () => encodePng({ width: 0, height: 2, data: new Uint8Array(0) }),
    RangeError,
    "0×2",
  );
  await assertRejects(
    () => encodeMaskPng({ width: 2, height: 2, data: new Uint8Array(5) }),
    RangeError,
    "Cannot encode a mask as 2×2 pixels of 1 byte are wanted: 5 bytes",
  );
});

Deno.test("a mask with other values than 0 and 1 is refused with their place", async () => {
  await assertRejects(
    () => encodeMaskPng({ width: 2, height: 2, data: new Uint8Array([0, 1, 0, 255]) }),
    RangeError,
    "Cannot encode a mask as a mask's values are 0 and 1: 255 at x 1, y 1",
  );
});
