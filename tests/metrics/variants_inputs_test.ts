import { assertAlmostEquals, assertEquals } from "@std/assert";
import { pixelAuroc } from "../../src/metrics/roc.ts";
import {
  bestF1,
  bestPixelF1,
  clamped,
  clampedAround,
  defectiveOnly,
  f1AcrossHalves,
  inLevels,
  maskFromGrey,
  onGrid,
  scaledApart,
  scaledTogether,
  throughSigmoid,
} from "../../src/metrics/variants.ts";
import { rows } from "./variant_images.ts";

Deno.test("scaling all maps together keeps every order, scaling them apart does not", () => {
  const { maps, masks } = rows([[1, 2, 9], [0, 0, 1]], [[3, 4, 5], [0, 0, 0]]);
  assertEquals(pixelAuroc(maps, masks), 1);
  assertEquals(pixelAuroc(scaledTogether(maps), masks), 1);
  assertEquals(scaledApart(maps).map(({ data }) => data[2]), [1, 1]);
  assertEquals(pixelAuroc(scaledApart(maps), masks), (4 + 0.5) / 5);
  assertEquals([...maps[0].data], [1, 2, 9]);
});

Deno.test("what is clamped ties: normal pixels cost nothing, defects that meet them half", () => {
  const { maps, masks } = rows([[1, 2, 3, 4, 5], [0, 0, 0, 1, 1]]);
  assertEquals(pixelAuroc(clamped(maps, { least: 2, most: 5 }), masks), 1);
  assertEquals(pixelAuroc(clamped(maps, { least: 0, most: 3 }), masks), (4 + 2 * 0.5) / 6);
  const around = clampedAround(maps, { threshold: 3, least: 1, most: 3 });
  assertEquals([...around[0].data], [0, 0, 0.5, 1, 1]);
});

Deno.test("the sigmoid is left out for scores within 0…1, and ties large ones in float32", () => {
  const { maps } = rows([[0, 0.5, 1], [0, 0, 1]]);
  assertEquals([...throughSigmoid(maps)[0].data], [0, 0.5, 1]);
  // torchmetrics' issue 2819: an AUROC of 0.93 becomes one of 0.5.
  const large = rows([[98.1, 98.5, 99.9], [0, 1, 1]]);
  assertEquals(pixelAuroc(large.maps, large.masks), 1);
  assertEquals(pixelAuroc(throughSigmoid(large.maps), large.masks), 0.5);
});

Deno.test("eight bits leave 256 levels over the range of all maps", () => {
  const { maps } = rows([Array.from({ length: 1000 }, (_, i) => i), Array(1000).fill(0)]);
  const [{ data }] = inLevels(maps);
  assertEquals([data[0], data[999], new Set(data).size], [0, 255, 256]);
});

Deno.test("a grey edge is defect, half of it, or none of it", () => {
  const grey = { width: 5, height: 1, data: Uint8Array.of(0, 1, 127, 128, 255) };
  assertEquals([...maskFromGrey(grey, "any").data], [0, 1, 1, 1, 1]);
  assertEquals([...maskFromGrey(grey, "half").data], [0, 0, 0, 1, 1]);
  assertEquals([...maskFromGrey(grey, "full").data], [0, 0, 0, 0, 1]);
});

Deno.test("a grid reads map and mask at the same pixels, the cells' centres", () => {
  const data = Float32Array.from({ length: 24 }, (_, i) => i);
  const mask = { width: 6, height: 4, data: Uint8Array.from(data, (i) => i === 19 ? 1 : 0) };
  const read = onGrid({ maps: [{ data, shape: [4, 6] }], masks: [mask] }, { side: 2 });
  assertEquals([...read.maps[0].data], [7, 10, 19, 22]);
  assertEquals([...read.masks[0].data], [0, 0, 1, 0]);
});

Deno.test("images without defect are left out by their masks", () => {
  const all = rows([[1, 2], [0, 1]], [[9, 9], [0, 0]]);
  const { maps, masks } = defectiveOnly(all);
  assertEquals([maps, masks], [[all.maps[0]], [all.masks[0]]]);
});

Deno.test("the best F1 is the highest of all thresholds', ties between them to the highest", () => {
  // At 5: 1 found, F1 ⅔; at 3: both found, one false alarm, F1 0.8.
  assertEquals(bestF1([5, 4, 3, 1], [1, 0, 1, 0]), { f1: 0.8, threshold: 3 });
  // ⅔ at 5 and ⅔ at 2.
  assertEquals(bestF1([5, 4, 3, 2], [1, 0, 0, 1]), { f1: 2 / 3, threshold: 5 });
  const { maps, masks } = rows([[5, 4], [1, 0]], [[3, 1], [1, 0]]);
  assertEquals(bestPixelF1(maps, masks), { f1: 0.8, threshold: 3 });
});

Deno.test("halves choose the threshold for each other", () => {
  // First half: normal 0, anomalous 4, best at 4. Second: normal 3, anomalous 5, best at 5.
  const scores = [0, 3, 4, 5];
  const labels = [0, 0, 1, 1];
  // At 5 the first half misses its 4; at 4 the second finds its 5, and its 3 is no false alarm.
  assertAlmostEquals(f1AcrossHalves(scores, labels), 2 / 3, 1e-15);
  assertEquals(bestF1(scores, labels).f1, 1);
});
