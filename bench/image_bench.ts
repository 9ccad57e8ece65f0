/**
 * Decoding and encoding a photo of 1,024 × 1,024 pixels: the project's routes against sharp and
 * imagescript by themselves.
 *
 * `deno bench bench/image_bench.ts` shows the engine's table; `deno run bench/image_bench.ts`
 * runs the codecs in turn and prints medians in milliseconds as one JSON line.
 */

import { Image as Canvas } from "imagescript";
import sharp from "sharp";
import { decodeImage, readImageSize } from "../src/image/decode.ts";
import { overlay } from "../src/image/draw.ts";
import { encodeMaskPng, encodePng } from "../src/image/encode.ts";
import { seededRandom } from "../src/random.ts";
import type { Image } from "../src/types.ts";

const SIDE = 1024;
const ROUNDS = 9;

/** Smooth colours with sensor noise: compresses like a photo. */
function photo(): Image {
  const random = seededRandom(0);
  const data = new Uint8Array(SIDE * SIDE * 3);
  for (let y = 0, i = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const light = 120 + 60 * Math.sin(x / 50) + 40 * Math.cos(y / 30);
      for (let c = 0; c < 3; c++, i++) {
        data[i] = Math.min(255, Math.max(0, light + 8 * c + 6 * random.normal()));
      }
    }
  }
  return { width: SIDE, height: SIDE, data };
}

/** A 24-bit BMP file of the photo, rows from the bottom. */
function bmp({ data }: Image): Uint8Array {
  const bytes = new Uint8Array(54 + data.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  [[10, 54], [14, 40], [18, SIDE], [22, SIDE]].forEach(([at, n]) => view.setUint32(at, n, true));
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  for (let y = 0, to = 54; y < SIDE; y++) {
    for (let from = (SIDE - 1 - y) * SIDE * 3, x = 0; x < SIDE; x++, from += 3) {
      for (let c = 2; c >= 0; c--) bytes[to++] = data[from + c];
    }
  }
  return bytes;
}

const image = photo();
const raw = () => sharp(image.data, { raw: { width: SIDE, height: SIDE, channels: 3 } });
const png = new Uint8Array(await raw().png().toBuffer());
const jpeg = new Uint8Array(await raw().jpeg({ quality: 90 }).toBuffer());
const bitmap = bmp(image);
const pngFile = await Deno.makeTempFile({ suffix: ".png" });
await Deno.writeFile(pngFile, png);
const mask = {
  width: SIDE,
  height: SIDE,
  data: Uint8Array.from(
    { length: SIDE * SIDE },
    (_, i) => Math.hypot(i % SIDE - 400, i / SIDE - 600) < 120 ? 1 : 0,
  ),
};
const small = { width: 224, height: 224, data: image.data.slice(0, 224 * 224 * 3) };
const scores = Float32Array.from({ length: 224 * 224 }, (_, i) => i / 50_176);

const works: Readonly<Record<string, () => unknown>> = {
  "decode PNG, ours (sharp)": () => decodeImage(png, "a.png"),
  "decode PNG, imagescript": () => Canvas.decode(png),
  "decode JPEG, ours (sharp)": () => decodeImage(jpeg, "a.jpg"),
  "decode JPEG, imagescript": () => Canvas.decode(jpeg),
  "decode BMP 24, ours": () => decodeImage(bitmap, "a.bmp"),
  "size of a PNG file, ours": () => readImageSize(pngFile),
  "encode PNG, ours (imagescript)": () => encodePng(image),
  "encode PNG, sharp": () => raw().png({ compressionLevel: 3 }).toBuffer(),
  "encode mask PNG, ours (sharp)": () => encodeMaskPng(mask),
  "overlay of 224 px panels": () =>
    overlay({ image: small, map: { data: scores, shape: [224, 224] }, domain: [0, 1] }),
};

for (const [name, work] of Object.entries(works)) {
  Deno.bench(name, { group: name.split(",")[0] }, async () => void await work());
}

if (import.meta.main) {
  const times = new Map(Object.keys(works).map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, work] of Object.entries(works)) {
      const start = performance.now();
      await work();
      times.get(name)?.push(performance.now() - start);
    }
  }
  const medians = [...times].map(([name, list]) => [
    name,
    Number(list.sort((a, b) => a - b)[ROUNDS >> 1].toFixed(1)),
  ]);
  console.log(JSON.stringify(Object.fromEntries(medians), null, 1));
}
