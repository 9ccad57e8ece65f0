import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  checkGeometry,
  createGraph,
  cropStart,
  evaluate,
  normalise,
  preprocessImage,
  preprocessMask,
  resizeAndCrop,
  resizedSize,
} from "../../mod.ts";
import type { Image, Mask } from "../../mod.ts";

const folder = new URL("../fixtures/preprocess/", import.meta.url);
const fixture: {
  readonly resize: number;
  readonly crop: number;
  readonly sizes: readonly (readonly [number, number])[];
} = JSON.parse(await Deno.readTextFile(new URL("preprocess.json", folder)));
const outputs = await Deno.readFile(new URL("preprocess.bin", folder));

/** The formulas of tests/fixtures/preprocess/make.py. */
function photo(height: number, width: number): Image {
  const data = new Uint8Array(height * width * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const noise = ((y * 7919 + x * 104729 + c * 1299709) % 1009) % 256;
        data[i++] = (x + 2 * y + 40 * c + noise) % 256;
      }
    }
  }
  return { width, height, data };
}
function mask(height: number, width: number): Mask {
  const data = Uint8Array.from({ length: height * width }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    return (Math.floor(x / 9) + Math.floor(y / 7)) % 3 === 0 ? 1 : 0;
  });
  return { width, height, data };
}

const { resize, crop } = fixture;
const photoBytes = crop * crop * 3;
const caseBytes = 2 * photoBytes + crop * crop;

Deno.test("resize and crop equal Pillow: whole reductions to the bit, others within one level", async () => {
  assertEquals(fixture.sizes.length, 8);
  assertEquals(outputs.length, 8 * caseBytes);
  const input = fixture.sizes.map(([height, width]) => photo(height, width));
  for (const [i, image] of input.entries()) {
    for (const [f, filter] of (["bilinear", "bicubic"] as const).entries()) {
      const start = i * caseBytes + f * photoBytes;
      const expected = outputs.subarray(start, start + photoBytes);
      const { data } = await preprocessImage(image, { resize, crop, filter });
      let most = 0;
      let differing = 0;
      for (let k = 0; k < expected.length; k++) {
        const difference = Math.abs(expected[k] - data[k]);
        most = Math.max(most, difference);
        if (difference > 0) differing++;
      }
      console.log(
        `${image.height}×${image.width} ${filter}: largest difference from Pillow ${most}, ` +
          `in ${(100 * differing / expected.length).toFixed(3)} % of the values`,
      );
      const whole = Math.min(image.height, image.width) % resize === 0 &&
        Math.max(image.height, image.width) % resize === 0;
      assert(most <= (whole ? 0 : 1));
      assert(differing / expected.length < 0.004);
    }
  }
});

Deno.test("masks equal Pillow's nearest and stay binary", () => {
  fixture.sizes.forEach(([height, width], i) => {
    const start = i * caseBytes + 2 * photoBytes;
    const { data } = preprocessMask(mask(height, width), { resize, crop });
    assertEquals(data, outputs.slice(start, start + crop * crop));
  });
});

Deno.test("the crop's first row is half of what is cut, halves to the even number", () => {
  assertEquals([256, 257, 259, 261, 224].map((size) => cropStart(size, 224)), [16, 16, 18, 18, 0]);
});

Deno.test("the longer side is rounded down", () => {
  assertEquals(resizedSize({ height: 1024, width: 700 }, { resize: 256 }), [374, 256]);
  assertEquals(resizedSize({ height: 700, width: 1024 }, { resize: 256 }), [256, 374]);
});

Deno.test("the photo's size is known only when the graph runs", async () => {
  const { openSession } = await import("../../mod.ts");
  const g = createGraph();
  const image = g.input("image", "uint8", ["height", "width", 3]);
  const pixels = resizeAndCrop(g, image, { resize, crop });
  assertEquals(pixels.shape, [1, 3, crop, crop]);
  g.output("pixels", pixels);
  await using session = await openSession(g.toModel());
  for (const [height, width] of [[64, 64], [300, 90]] as const) {
    const { data } = photo(height, width);
    const result = await session.run({ image: { data, shape: [height, width, 3] } });
    assertEquals(result.pixels.shape, [1, 3, crop, crop]);
  }
});

Deno.test("normalisation is (x − mean) / deviation for each channel", async () => {
  const pixels = { data: Uint8Array.of(127, 255, 0), shape: [1, 3, 1, 1] };
  const { data } = await evaluate(
    (g, x) => normalise(g, x, { mean: [127, 127, 127], deviation: [128, 64, 127] }),
    pixels,
  );
  assertEquals([...data], [0, 2, -1]);
});

Deno.test("bad geometry and stretched photos are refused", async () => {
  assertThrows(() => checkGeometry({ resize: 200, crop: 224 }), RangeError, "resize 200");
  assertThrows(() => checkGeometry({ resize: 256, crop: 31 }), RangeError, "31");
  assertThrows(() => checkGeometry({ resize: 256.5, crop: 224 }), RangeError, "256.5");
  await assertRejects(
    () => preprocessImage(photo(2, 300), { resize, crop }),
    RangeError,
    "300×2",
  );
});
