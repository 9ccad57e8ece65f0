// Comparisons print their largest difference.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import sharp from "sharp";
import { isRefusal } from "../../src/errors.ts";
import { decodeImage, readImage, readImageSize, readMask } from "../../src/image/decode.ts";
import { encodeMaskPng } from "../../src/image/encode.ts";

const fixtures = new URL("../fixtures/image/", import.meta.url);
const pictures = new URL("pictures/", fixtures);

interface Expected {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** What Pillow made of every picture; written by tests/fixtures/image/make.py. */
function readExpected(): readonly Expected[] {
  const listed: (Expected & { readonly offset: number })[] = JSON.parse(
    Deno.readTextFileSync(new URL("expected.json", fixtures)),
  );
  const bytes = Deno.readFileSync(new URL("expected.bin", fixtures));
  return listed.map(({ name, width, height, offset }) => ({
    name,
    width,
    height,
    rgb: bytes.subarray(offset, offset + width * height * 3),
  }));
}

const expected = readExpected();

function picture(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(name, pictures));
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  assertEquals(a.length, b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}

for (
  const [format, count] of [["png", 44], ["jpeg", 21], ["bmp", 24], ["webp", 7], ["tiff", 26]]
) {
  Deno.test(`every kind of ${format} gives Pillow's RGB`, async () => {
    const chosen = expected.filter(({ name }) => name.startsWith(`${format}_`));
    assertEquals(chosen.length, count);
    let largest = 0, values = 0;
    for (const { name, width, height, rgb } of chosen) {
      const bytes = picture(name);
      const before = bytes.slice();
      const image = await decodeImage(bytes, name);
      assertEquals([name, image.width, image.height], [name, width, height]);
      const difference = largestDifference(image.data, rgb);
      // Lossy formats could differ by rounding with other codec builds; lossless ones never.
      const lossy = format === "jpeg" || name.includes("_lossy") || name === "tiff_jpeg.tif";
      assert(difference <= (lossy ? 2 : 0), `${name} differs by ${difference}`);
      assertEquals(bytes, before, "the input is not changed");
      largest = Math.max(largest, difference);
      values += rgb.length;
    }
    assert(values >= chosen.length * 21 * 13 * 3);
    console.log(`${format}: ${chosen.length} pictures, ${values} values, largest: ${largest}`);
  });
}

Deno.test("the pictures with a colour profile would change if it were applied", async () => {
  const names = ["png_icc_rgb8.png", "jpeg_icc.jpg", "webp_icc.webp", "tiff_icc.tif"];
  for (const name of names) {
    const converted = await sharp(picture(name)).toColourspace("srgb").raw().toBuffer();
    const { data } = await decodeImage(picture(name), name);
    assert(largestDifference(new Uint8Array(converted), data) > 50, name);
  }
});

Deno.test("the size read from the headers is the size of the decoded picture", async () => {
  assertEquals(expected.length, 122);
  for (const { name, width, height } of expected) {
    const path = new URL(name, pictures).pathname;
    assertEquals([name, await readImageSize(path)], [name, { width, height }]);
  }
});

Deno.test("a picture that is cut off anywhere is refused, unless no pixel is missing", async () => {
  let refused = 0, complete = 0;
  for (const { name, rgb } of expected) {
    const bytes = picture(name);
    const cuts = [1, 2, 3, 5, 9, 14, 20, 33, 60, 100].filter((size) => size < bytes.length);
    for (let i = 1; i < 12; i++) cuts.push(Math.floor(bytes.length * i / 12));
    for (let missing = 1; missing <= 16; missing++) cuts.push(bytes.length - missing);
    for (const size of cuts) {
      let data: Uint8Array;
      try {
        data = (await decodeImage(bytes.slice(0, size), name)).data;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        assert(error instanceof SyntaxError, `${name} at ${size}: ${error}`);
        assertStringIncludes(error.message, `Cannot read ${name} as `);
        assert(!error.message.includes("\n"), error.message);
        refused++;
        continue;
      }
      // Only a trailer or a later page is missing.
      assert(largestDifference(data, rgb) === 0, `${name} at ${size} lost pixels`);
      assert(/^(jpeg|tiff)_/.test(name), `${name} at ${size} has no trailer to lose`);
      complete++;
    }
  }
  console.log(`${refused} cuts refused, ${complete} cuts without a missing pixel`);
  assert(refused > 4000 && complete < 60);
});

Deno.test("bytes that are no picture are refused by name", async () => {
  const text = new TextEncoder().encode("this is a text\n");
  await assertRejects(
    () => decodeImage(text, "notes.png"),
    SyntaxError,
    "Cannot read notes.png as a picture is PNG, JPEG, BMP, WebP or TIFF: " +
      "its first bytes are 74 68 69 73 20 69 73 20",
  );
  await assertRejects(
    () => decodeImage(new Uint8Array(0), "empty.png"),
    SyntaxError,
    "Cannot read empty.png as a picture has bytes: the file is empty",
  );
});

Deno.test("known formats that are not read are refused as what they are", async () => {
  const read = (name: string) => Deno.readFileSync(new URL(`refused/${name}`, fixtures));
  const svg = (text: string) => new TextEncoder().encode(text);
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ["a.gif", read("gif.gif"), "it is a GIF"],
    ["a.png", read("avif.avif"), "it is an AVIF"],
    ["a.jp2", read("jpeg2000.jp2"), "it is a JPEG 2000"],
    ["a.svg", svg('<svg xmlns="http://www.w3.org/2000/svg"/>'), "it is an SVG"],
    ["b.png", svg('\ufeff<?xml version="1.0"?>\n<!-- x -->\n<svg width="9"/>'), "it is an SVG"],
    ["float.tif", read("float.tif"), "its samples must be gray, RGB or CMYK of 8 or 16 bits"],
    ["int32.tif", read("int32.tif"), "its samples must be gray, RGB or CMYK of 8 or 16 bits"],
    ["inside.bmp", read("jpeg_inside.bmp"), "a JPEG inside a BMP"],
  ];
  for (const [name, bytes, found] of cases) {
    const error = await assertRejects(() => decodeImage(bytes, name), TypeError, found);
    assertStringIncludes((error as Error).message, `Cannot read ${name} as `);
  }
});

/** A chunk of a PNG file: length, name, content, CRC-32 of name and content. */
function chunk(name: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(content.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(content, 8);
  let crc = ~0;
  for (const byte of bytes.subarray(4, -4)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  view.setUint32(content.length + 8, ~crc >>> 0);
  return bytes;
}

/** A 1-bit grayscale PNG of a square whose rows are compressed already. */
function squarePng(side: number, rows: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, side);
  new DataView(header.buffer).setUint32(4, side);
  header[8] = 1;
  const end = chunk("IEND", new Uint8Array(0));
  return new Blob([
    picture("png_rgb8.png").subarray(0, 8),
    chunk("IHDR", header),
    chunk("IDAT", rows),
    end,
  ]).bytes();
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

Deno.test("a picture of too many pixels is refused from its header", async () => {
  const claimed = await squarePng(20000, new Uint8Array(8)); // a header and no pixels
  const found = "Cannot read bomb.png as a picture may have at most 178956970 pixels: " +
    "20000×20000, 400000000 pixels";
  await assertRejects(() => decodeImage(claimed, "bomb.png"), RangeError, found);

  const bmp = picture("bmp_rgb24.bmp");
  const header = new DataView(bmp.buffer);
  header.setInt32(18, 20000, true);
  header.setInt32(22, -20000, true);
  await assertRejects(() => decodeImage(bmp, "b.bmp"), RangeError, "20000×20000");

  const file = await Deno.makeTempFile({ suffix: ".png" });
  try {
    await Deno.writeFile(file, claimed);
    for (const read of [readImage, readImageSize, readMask]) {
      await assertRejects(() => read(file), RangeError, file);
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("the largest number of pixels is an option", async () => {
  const bytes = picture("png_rgb8.png");
  assertEquals((await decodeImage(bytes, "a.png", { maxPixels: 21 * 13 })).width, 21);
  await assertRejects(
    () => decodeImage(bytes, "a.png", { maxPixels: 21 * 13 - 1 }),
    RangeError,
    "21×13, 273 pixels",
  );
});

Deno.test("a highly compressed picture is refused without being unpacked", async () => {
  const side = 14_000; // 196 megapixels, 588 MB as RGB
  const rows = await deflate(new Uint8Array(side * (side / 8 + 1)));
  const png = await squarePng(side, rows);
  assert(png.length < 50_000);
  const before = Deno.memoryUsage().rss;
  await assertRejects(() => decodeImage(png, "black.png"), RangeError, "14000×14000");
  const grown = Deno.memoryUsage().rss - before;
  console.log(`${png.length} bytes of PNG; memory grew by ${Math.round(grown / 1e6)} MB`);
  assert(grown < 100e6);

  const small = await squarePng(1600, await deflate(new Uint8Array(1600 * 201)));
  assertEquals((await decodeImage(small, "black.png")).data.length, 1600 * 1600 * 3);
});

Deno.test("a missing file and a folder are named in the error", async () => {
  const missing = new URL("no_such.png", pictures).pathname;
  for (const read of [readImage, readImageSize, readMask]) {
    await assertRejects(() => read(missing), RangeError, missing);
  }
  const folder = pictures.pathname.slice(0, -1);
  await assertRejects(() => readImage(folder), Error, folder);
});

Deno.test("pictures decode the same one by one and all at once", async () => {
  const decoded = await Promise.all(
    expected.map(({ name }) => readImage(new URL(name, pictures).pathname)),
  );
  assertEquals(decoded.length, 122);
  decoded.forEach(({ data }, i) => {
    assert(largestDifference(data, expected[i].rgb) <= 2, expected[i].name);
  });
});

async function maskOf(bytes: Uint8Array): Promise<number[]> {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeFile(file, bytes);
    return [...(await readMask(file)).data];
  } finally {
    await Deno.remove(file);
  }
}

function gray(values: readonly number[]) {
  return sharp(Uint8Array.from(values), {
    raw: { width: values.length, height: 1, channels: 1 },
  }).toColourspace("b-w");
}

Deno.test("a mask comes back as it was written", async () => {
  const data = Uint8Array.from({ length: 35 }, (_, i) => i % 3 === 0 ? 1 : 0);
  assertEquals(await maskOf(await encodeMaskPng({ width: 7, height: 5, data })), [...data]);
});

Deno.test("any value but black is a defect in a lossless mask", async () => {
  assertEquals(await maskOf(await gray([0, 1, 0, 254, 255]).png().toBuffer()), [0, 1, 0, 1, 1]);
  const red = sharp(Uint8Array.from([0, 0, 0, 9, 0, 0, 0, 0, 9]), {
    raw: { width: 3, height: 1, channels: 3 },
  });
  assertEquals(await maskOf(await red.png().toBuffer()), [0, 1, 1]);
});

Deno.test("a 16-bit mask keeps its small labels", async () => {
  const deep = sharp(Uint16Array.from([0, 1, 255, 256, 65535]), {
    raw: { width: 5, height: 1, channels: 1 },
  }).toColourspace("grey16");
  const png = await deep.png().toBuffer();
  assertEquals(png[24], 16, "the file has 16 bits");
  assertEquals(await maskOf(png), [0, 1, 1, 1, 1]);
});

Deno.test("a JPEG mask is cut at 128, so that ringing is no defect", async () => {
  const values = Array.from({ length: 64 }, (_, x) => x >= 19 && x < 40 ? 255 : 0);
  const blurred = await gray(values).jpeg({ quality: 40 }).toBuffer();
  const decoded = await decodeImage(blurred, "mask.jpg");
  assert(decoded.data.some((value) => value > 0 && value < 128), "the fixture rings");
  assertEquals(await maskOf(blurred), values.map((value) => value / 255));
});
