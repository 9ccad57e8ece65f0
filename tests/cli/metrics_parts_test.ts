import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { greyMask } from "../../src/cli/grey_mask.ts";
import { compareMetrics } from "../../src/cli/metrics_comparison.ts";
import { group, inUnitRange } from "../../src/cli/metrics_rows.ts";
import { metricsTable } from "../../src/cli/metrics_table.ts";
import { onOwnPixels } from "../../src/cli/own_pixels.ts";
import { cannot } from "../../src/errors.ts";
import { preprocessMask } from "../../src/image/preprocess.ts";
import { maskFromGrey } from "../../src/metrics/variants.ts";
import { seededRandom } from "../../src/random.ts";
import type { AnomalyMap, Mask } from "../../src/types.ts";

/** A disc on a photo. */
function disc(width: number, height: number, radius: number): Mask {
  const data = Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width - width / 2, Math.floor(i / width) - height / 2];
    return Math.hypot(x, y) < radius ? 1 : 0;
  });
  return { width, height, data };
}

const count = ({ data }: Mask): number => data.reduce((sum, label) => sum + label, 0);

Deno.test("a grey mask that is truncated is the official code's mask; the other rules hold more", async () => {
  const sizes = [[300, 300, 40], [211, 307, 30], [150, 149, 8]] as const;
  for (const [width, height, radius] of sizes) {
    const geometry = { resize: 72, crop: 64, filter: "lanczos" } as const;
    const mask = disc(width, height, radius);
    const grey = await greyMask(mask, geometry);
    const [any, half, full] = (["any", "half", "full"] as const).map((rule) =>
      maskFromGrey(grey, rule)
    );
    assertEquals(full, preprocessMask(mask, geometry, { filter: "official" }));
    const nearest = count(preprocessMask(mask, geometry));
    assert(count(any) > count(half) && count(half) > count(full), `${width}×${height}`);
    assert(Math.abs(count(half) - nearest) < 0.15 * nearest, `${count(half)}, ${nearest}`);
  }
  const empty = await greyMask(disc(300, 300, 0), { resize: 72, crop: 64 });
  assertEquals([empty.data.length, Math.max(...empty.data)], [64 * 64, 0]);
});

Deno.test("photos of the map's own size are measured as they are", () => {
  const random = seededRandom(1, "own pixels");
  const data = Float32Array.from({ length: 32 * 32 }, () => random.normal());
  const map: AnomalyMap = { data, shape: [32, 32] };
  const mask = disc(32, 32, 5);
  const own = onOwnPixels({ maps: [map], masks: [mask] }, { resize: 32, crop: 32 });
  assertEquals(own, { maps: [map], masks: [mask] });
});

Deno.test("a map is enlarged in straight lines, and the mask cut to what the crop covers", () => {
  // A photo of 96 × 80, its shorter side resized to 40, the middle 32 of 48 × 40 looked at.
  const map: AnomalyMap = {
    data: Float32Array.from({ length: 32 * 32 }, (_, i) => i % 32),
    shape: [32, 32],
  };
  const mask = disc(96, 80, 20);
  const own = onOwnPixels({ maps: [map], masks: [mask] }, { resize: 40, crop: 32 });
  assertEquals(own.maps[0].shape, [64, 64]);
  // Own pixel 16 is the first: its centre lies ¼ before that of the map's first pixel.
  const row = own.maps[0].data.subarray(0, 64);
  assertEquals([...row.subarray(0, 4)], [0, 0.25, 0.75, 1.25]);
  assertAlmostEquals(row[62], 30.75, 1e-6);
  assertEquals(row[63], 31);
  assertEquals(count(own.masks[0]), count(mask));
  const [y, x] = [30, 41];
  assertEquals(own.masks[0].data[y * 64 + x], mask.data[(y + 8) * 96 + x + 16]);
});

Deno.test("more pixels than memory is worth are refused with how many they are", () => {
  const map: AnomalyMap = { data: new Float32Array(32 * 32), shape: [32, 32] };
  const mask = { width: 3000, height: 3000, data: new Uint8Array(9e6) };
  const five = { maps: Array(5).fill(map), masks: Array(5).fill(mask) };
  assertThrows(
    () => onOwnPixels(five, { resize: 32, crop: 32 }),
    RangeError,
    "may have 40 million pixels: 45 million",
  );
});

Deno.test("a value that is refused is a dash with its reason, and costs the others nothing", () => {
  const found = group("G", ["A"], [
    ["first", "kizu", () => [0.5]],
    ["second", "them", () => {
      throw cannot("do it", "it must be so", "it is not");
    }],
    ["third", "others", () => [0.25]],
    ["fourth", "others", () => [0.5]],
    ["fifth", "others", () => [0.500001]],
  ]);
  assertEquals(found.rows.map(({ differences }) => differences[0]?.toFixed(3)), [
    "0.000",
    undefined,
    "-25.000",
    "0.000",
    "0.000",
  ]);
  const text = metricsTable([{ ...found, note: "Of note." }]).split("\n");
  assertEquals(text.slice(2, 8).map((line) => line.replace(/ +/g, " ")), [
    "first 50.00 kizu",
    "second – – them",
    "third 25.00 -25.00 others",
    "fourth 50.00 0 others",
    "fifth 50.00 0.00 others",
    "Of note.",
  ]);
  assertEquals(text.at(-1), "– G, second: Cannot do it as it must be so: it is not");
  // What is no refusal is a fault of the program, and is not hidden.
  assertThrows(
    () =>
      group("G", ["A"], [["x", "y", () => {
        throw new TypeError("bug");
      }]]),
    TypeError,
    "bug",
  );
});

Deno.test("groups follow what there is: scores of both kinds, maps, a defect in the masks", () => {
  const names = (...args: Parameters<typeof compareMetrics>) =>
    compareMetrics(...args).map(({ name }) => name);
  const scores = [1, 2, 3, 4];
  const images = ["image AUROC", "F1 of images"];
  assertEquals(names({ labels: [0, 0, 1, 1], scores }), images);
  assertEquals(names({ labels: [0, 0, 0, 0], scores }), []);
  const maps = scores.map((score): AnomalyMap => (
    { data: Float32Array.from({ length: 256 }, (_, i) => score + (i % 7) / 9), shape: [16, 16] }
  ));
  const masks = [0, 0, 3, 3].map((radius) => disc(16, 16, radius));
  const greyMasks = masks.map((mask) => ({ ...mask, data: mask.data.map((label) => 255 * label) }));
  const pixels = { maps, masks, greyMasks, own: () => ({ maps, masks }) };
  const steps: number[] = [];
  const all = compareMetrics({ labels: [0, 0, 1, 1], scores, pixels }, (done) => steps.push(done));
  const rest = ["pixel AUROC", "AUPRO", "masks", "scores"];
  assertEquals([all.map(({ name }) => name), steps], [[...images, ...rest], [1, 2, 3, 4, 5, 6]]);
  assert(all.find(({ name }) => name === "masks")?.note?.includes("no grey pixel"));
  assertEquals(names({ labels: [1, 1, 1, 1], scores, pixels }), rest);
  const clean = { ...pixels, masks: masks.map(() => disc(16, 16, 0)) };
  assertEquals(names({ labels: [0, 0, 1, 1], scores, pixels: clean }), images);
});

Deno.test("torchmetrics' thresholds span 0…1 and leave the ends out", () => {
  const { thresholds, rule, ends } = inUnitRange(5);
  assertEquals([[...thresholds], rule, ends], [[0, 0.25, 0.5, 0.75, 1], ">=", false]);
});
