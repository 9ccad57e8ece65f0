/** Every filter and aspect of a geometry, and both of masks, against Pillow and torchvision. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import {
  checkGeometry,
  createGraph,
  evaluate,
  type Geometry,
  type Image,
  type Mask,
  openSession,
  preprocessImage,
  preprocessMask,
  resizeAndCrop,
  resizedSize,
} from "../../mod.ts";

const folder = new URL("../fixtures/preprocess/", import.meta.url);

interface Size extends Required<Geometry> {
  readonly height: number;
  readonly width: number;
}
interface Photo extends Size {
  readonly content: "edges" | "noise";
}
const fixture: { readonly photos: readonly Photo[]; readonly masks: readonly Size[] } = JSON.parse(
  await Deno.readTextFile(new URL("filters.json", folder)),
);
const zipped = await Deno.readFile(new URL("filters.bin.gz", folder));
const outputs = new Uint8Array(
  await new Response(new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip")))
    .arrayBuffer(),
);

/** The expected output of each case. */
const expected: { photos: Uint8Array[]; masks: Uint8Array[] } = { photos: [], masks: [] };
let at = 0;
for (const { crop } of fixture.photos) {
  expected.photos.push(outputs.subarray(at, at += crop * crop * 3));
}
for (const { crop } of fixture.masks) expected.masks.push(outputs.subarray(at, at += crop * crop));

/** The formulas of tests/fixtures/preprocess/make.py and make_filters.py. */
function photo({ content, height, width }: Omit<Photo, keyof Geometry>): Image {
  const data = new Uint8Array(height * width * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let grey = (Math.floor(x / 37) + Math.floor(y / 23)) % 2 === 0 ? 200 : 30;
      if (y % 128 < 40 && x % 5 < 2) grey = 120;
      if ((x + 3 * height - y) % 61 < 3) grey = 255;
      if ((x + 2 * y) % 97 < 1) grey = 0;
      for (let c = 0; c < 3; c++) {
        const noise = ((y * 7919 + x * 104729 + c * 1299709) % 1009) % 256;
        data[i++] = content === "noise"
          ? (x + 2 * y + 40 * c + noise) % 256
          : Math.max(0, grey - 4 * c);
      }
    }
  }
  return { width, height, data };
}
function mask({ height, width }: { readonly height: number; readonly width: number }): Mask {
  const radius = Math.floor(Math.floor((Math.min(height, width) * 3) / 4) ** 2 / 4);
  const data = Uint8Array.from({ length: height * width }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const disc = (2 * x - width) ** 2 + (2 * y - height) ** 2 < radius;
    const bar = x < Math.floor(width / 3) && 10 * y > 8 * height;
    const line = x === Math.floor(width / 4) + y % 2;
    return disc || bar || line || (x % 31 === 5 && y % 29 === 7) ? 1 : 0;
  });
  return { width, height, data };
}

const geometryOf = ({ resize, crop, filter, aspect }: Size): Geometry => ({
  resize,
  crop,
  ...(filter && { filter }),
  aspect,
});

/** How many values differ, and by how much at most. */
function apart(found: Uint8Array, expected: Uint8Array): { most: number; share: number } {
  assertEquals(found.length, expected.length);
  let [most, count] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(found[i] - expected[i]);
    most = Math.max(most, difference);
    if (difference > 0) count++;
  }
  return { most, share: count / expected.length };
}

const named = ({ height, width, resize, crop, filter, aspect }: Size) =>
  `${height}×${width} to ${resize}, crop ${crop}, ${[filter, aspect].filter(Boolean).join(", ")}`;

Deno.test("lanczos equals Pillow to the bit; bilinear and bicubic within one level, stretched too", async () => {
  assertEquals([fixture.photos.length, fixture.masks.length], [17, 7]);
  assertEquals(at, outputs.length);
  const seen = new Set<string>();
  for (const [i, of] of fixture.photos.entries()) {
    const { data } = await preprocessImage(photo(of), geometryOf(of));
    const { most, share } = apart(data, expected.photos[i]);
    console.log(
      `${of.content} ${named(of)}: largest difference from Pillow ${most}, ` +
        `in ${(100 * share).toFixed(3)} % of the values`,
    );
    assert(of.filter === "lanczos" ? most === 0 : most <= 1 && share < 0.004, named(of));
    assert(new Set(data).size > 1 || of.height === 1);
    seen.add(`${of.filter} ${of.aspect}`);
  }
  assertEquals(seen.size, 5);
});

Deno.test("masks as the official PatchCore code makes them equal torchvision's", () => {
  for (const [i, of] of fixture.masks.entries()) {
    const whole = mask(of);
    const geometry = geometryOf(of);
    const { data, width, height } = preprocessMask(whole, geometry, { filter: "official" });
    assertEquals([width, height], [of.crop, of.crop]);
    assertEquals(data, expected.masks[i].slice(), named(of));
    const nearest = preprocessMask(whole, geometry);
    const size = (values: Uint8Array) => values.reduce((a, b) => a + b, 0);
    console.log(`${named(of)}: ${size(nearest.data)} defect pixels, ${size(data)} official`);
    assert(size(data) > 0 && size(data) <= size(nearest.data));
    // Where nothing is resized nothing is eroded.
    if (of.height === of.resize && of.width === of.resize) assertEquals(data, nearest.data);
    else assert(size(data) < size(nearest.data));
  }
});

Deno.test("a stretched mask is the nearest pixel of each axis, and the default filter nearest", () => {
  const of = { height: 50, width: 200, resize: 100, crop: 90, aspect: "stretch" } as const;
  const { height, width, ...geometry } = of;
  const whole = mask(of);
  const { data } = preprocessMask(whole, geometry);
  assertEquals(data.length, 90 * 90);
  for (let y = 0; y < 90; y++) {
    for (let x = 0; x < 90; x++) {
      const [row, column] = [
        Math.floor(((y + 5.5) * height) / 100),
        Math.floor(((x + 5.5) * width) / 100),
      ];
      assertEquals(data[y * 90 + x], whole.data[row * width + column]);
    }
  }
  assertEquals(preprocessMask(whole, geometry, { filter: "nearest" }).data, data);
});

Deno.test("stretching gives a square whatever the sides", () => {
  const stretch = { resize: 256, aspect: "stretch" } as const;
  assertEquals(resizedSize({ height: 1024, width: 700 }, stretch), [256, 256]);
  assertEquals(resizedSize({ height: 700, width: 1024 }, { resize: 256, aspect: "keep" }), [
    256,
    374,
  ]);
});

/** The step alone as a model for photos of any size. */
function model(geometry: Geometry): Uint8Array {
  const g = createGraph();
  const image = g.input("image", "uint8", ["height", "width", 3]);
  const pixels = resizeAndCrop(g, image, geometry);
  assertEquals(pixels.shape, [1, 3, geometry.crop, geometry.crop]);
  g.output("pixels", pixels);
  return g.toModel();
}

/** [1, 3, size, size] as Pillow orders it. */
function interleaved(planes: Uint8Array, size: number): Uint8Array {
  return Uint8Array.from(planes, (_, i) => planes[(i % 3) * size * size + Math.floor(i / 3)]);
}

Deno.test("one model takes photos of every size", async () => {
  const kinds = [
    ["lanczos", "keep", 64, 56, 5],
    ["lanczos", "stretch", 64, 64, 1],
    ["bilinear", "stretch", 96, 81, 1],
  ] as const;
  for (const [filter, aspect, resize, crop, count] of kinds) {
    await using session = await openSession(model({ resize, crop, filter, aspect }));
    let compared = 0;
    for (const [i, of] of fixture.photos.entries()) {
      if (named(of) !== named({ ...of, resize, crop, filter, aspect })) continue;
      const { data } = photo(of);
      const { pixels } = await session.run({ image: { data, shape: [of.height, of.width, 3] } });
      const found = interleaved(pixels.data as Uint8Array, crop);
      const { most } = apart(found, expected.photos[i]);
      assert(most <= (filter === "lanczos" ? 0 : 1), named(of));
      compared++;
    }
    assertEquals(compared, count);
  }
});

const python = Deno.env.get("PYTHON") ?? "python3";
const available = await new Deno.Command(python, { args: ["-c", "import onnxruntime, numpy"] })
  .output().then(({ success }) => success, () => false);
if (!available) console.log(`Python's ONNX Runtime is not compared with: ${python} has none`);

Deno.test({
  name: "Python's ONNX Runtime resizes by Lanczos to the bit as Pillow does",
  ignore: !available,
  async fn() {
    const folderOfRun = await Deno.makeTempDir();
    let compared = 0;
    try {
      for (const [i, of] of fixture.photos.entries()) {
        if (of.filter !== "lanczos") continue;
        const path = join(folderOfRun, "model.onnx");
        await Deno.writeFile(path, model(geometryOf(of)));
        const script = fromFileUrl(new URL("run.py", folder));
        const process = new Deno.Command(python, {
          args: [script, path, String(of.height), String(of.width)],
          stdin: "piped",
          stdout: "piped",
          stderr: "piped",
        }).spawn();
        const writer = process.stdin.getWriter();
        await writer.write(photo(of).data);
        await writer.close();
        const { success, stdout, stderr } = await process.output();
        assert(success, new TextDecoder().decode(stderr));
        assertEquals(apart(interleaved(stdout, of.crop), expected.photos[i]).most, 0, named(of));
        compared += stdout.length;
      }
    } finally {
      await Deno.remove(folderOfRun, { recursive: true });
    }
    const sizes = fixture.photos.filter(({ filter }) => filter === "lanczos");
    assertEquals(compared, sizes.reduce((sum, { crop }) => sum + 3 * crop * crop, 0));
    console.log(`${compared} values equal`);
  },
});

Deno.test("Lanczos' cost beside the filters that ONNX has", async () => {
  const { data, ...of } = photo({ content: "edges", height: 1024, width: 1024 });
  const image = { data, shape: [of.height, of.width, 3] as const };
  const steps = (["bilinear", "bicubic", "lanczos"] as const).map((filter) => {
    const geometry: Geometry = { resize: 256, crop: 224, filter };
    const step: Parameters<typeof evaluate>[0] = (g, x) =>
      resizeAndCrop(g, x as Parameters<typeof resizeAndCrop>[1], geometry);
    return { filter, step, times: [] as number[] };
  });
  for (let round = 0; round < 9; round++) {
    for (const { step, times } of steps) {
      const start = performance.now();
      const { shape } = await evaluate(step, image) as { shape: readonly number[] };
      times.push(performance.now() - start);
      assertEquals(shape, [1, 3, 224, 224]);
    }
  }
  const text = steps.map(({ filter, times }) =>
    `${filter} ${times.toSorted((a, b) => a - b)[4].toFixed(1)} ms`
  );
  console.log(`1024×1024 to 256, crop 224: ${text.join(", ")}`);
});

Deno.test("an unknown filter, aspect or mask filter is refused with the nearest", async () => {
  const size = { resize: 64, crop: 64 };
  // @ts-expect-error no such filter
  assertThrows(() => checkGeometry({ ...size, filter: "lanzcos" }), RangeError, "lanczos?");
  // @ts-expect-error no such aspect
  assertThrows(() => checkGeometry({ ...size, aspect: "strech" }), RangeError, "stretch?");
  // @ts-expect-error no such part
  assertThrows(() => checkGeometry({ ...size, aspct: "keep" }), TypeError, "aspect?");
  const whole = mask({ height: 64, width: 64 });
  assertThrows(
    // @ts-expect-error no such filter
    () => preprocessMask(whole, size, { filter: "oficial" }),
    RangeError,
    "official?",
  );
  await assertRejects(
    // @ts-expect-error no such filter
    () => preprocessImage(photo({ content: "noise", height: 9, width: 9 }), { ...size, filter: 3 }),
    RangeError,
    "must be one of bilinear, bicubic, lanczos: 3",
  );
});
