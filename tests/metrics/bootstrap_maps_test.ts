import { assert, assertEquals, assertThrows } from "@std/assert";
import { bootstrapMaps } from "../../src/metrics/bootstrap_maps.ts";
import { bootstrapPixelAuroc } from "../../src/metrics/bootstrap_pixels.ts";
import { bootstrapAupro } from "../../src/metrics/bootstrap_pro.ts";
import { countedAupro } from "../../src/metrics/counted_aupro.ts";
import { aupro, pixelsWithRegions } from "../../src/metrics/pro.ts";
import { type ProPieces, proPieces } from "../../src/metrics/pro_pieces.ts";
import { rankPixels } from "../../src/metrics/ranked_pixels.ts";
import { pixelAuroc } from "../../src/metrics/roc.ts";
import { seededRandom } from "../../src/random.ts";
import { drawImages, drawSmooth, pick } from "./drawn_maps.ts";

Deno.test("both bootstraps in one go are the two apart, to the last bit", () => {
  const random = seededRandom(1, "maps");
  let compared = 0;
  const compare = ({ maps, masks }: ReturnType<typeof drawImages>) => {
    const options = { resamples: 50, seed: compared };
    const both = bootstrapMaps(maps, masks, options);
    assertEquals(both.pixelAuroc, bootstrapPixelAuroc(maps, masks, options));
    assertEquals(both.aupro, bootstrapAupro(maps, masks, options));
    assertEquals(both.pixelAuroc.value, pixelAuroc(maps, masks));
    assertEquals(both.aupro.value, aupro(maps, masks));
    compared++;
  };
  for (const levels of [0, 2, 6]) {
    for (const count of [5, 9, 14]) compare(drawImages(random, count, levels));
  }
  const smooth = drawSmooth(random, 20, 40);
  compare(smooth);
  const defective = Int32Array.from(smooth.masks.keys()).filter((i) => i % 4 > 0);
  compare({ maps: pick(smooth.maps, defective), masks: pick(smooth.masks, defective) });
  assertEquals(compared, 11);
});

Deno.test("without options there are 10,000 resamples, the same as of the two apart", () => {
  const { maps, masks } = drawImages(seededRandom(2, "maps"), 6, 0);
  const both = bootstrapMaps(maps, masks);
  assertEquals([both.pixelAuroc.resampled.length, both.aupro.resampled.length], [10_000, 10_000]);
  assertEquals(both.pixelAuroc, bootstrapPixelAuroc(maps, masks));
  assertEquals(both.aupro, bootstrapAupro(maps, masks));
});

Deno.test("an area that starts at a mark equals a walk over all pieces of the curve", () => {
  const random = seededRandom(3, "maps");
  let worst = 0;
  let compared = 0;
  for (const [images, side] of [[3, 32], [24, 32], [90, 12]]) {
    const { maps, masks } = drawSmooth(random, images, side);
    const ranked = rankPixels(pixelsWithRegions(maps, masks));
    for (const limit of [0.01, 0.3, 1]) {
      const pieces = proPieces(ranked, masks, { limit, step: 0.002 });
      assert(pieces.below.length > images);
      const measured = countedAupro(pieces, limit);
      // From nearly even draws to those of a few images: the limit falls on many pieces.
      const draws = Array.from({ length: 60 }, (_, draw) => {
        const counts = new Uint32Array(images).fill(draw % 3 === 0 ? 1 : 0);
        for (let i = 0; i < images; i++) counts[random.integer(1 + random.integer(images))]++;
        counts[1] = Math.max(1, counts[1]);
        return counts;
      });
      const found = draws.map(measured);
      found.forEach((value, i) => {
        worst = Math.max(worst, Math.abs(value - walked(draws[i], { pieces, limit })));
        compared++;
      });
      // What other draws came before changes nothing.
      const backwards = countedAupro(pieces, limit);
      assertEquals(draws.toReversed().map(backwards).toReversed(), found);
    }
  }
  assertEquals(compared, 9 * 60);
  console.log(`largest difference to a walk over all pieces: ${worst}`);
  assert(worst < 1e-13);
});

/** The plain twin: every piece up to the limit, one after the other. */
function walked(
  counts: Uint32Array,
  { pieces, limit }: { readonly pieces: ProPieces; readonly limit: number },
): number {
  const sum = (values: Float64Array, from = 0) =>
    counts.reduce((total, count, j) => total + count * values[from + j], 0);
  const end = limit * sum(pieces.normal);
  let [x, y, area] = [0, 0, 0];
  for (let t = 0; t < pieces.below.length && x < end; t++) {
    const right = sum(pieces.falsePositives, t * counts.length);
    const up = sum(pieces.covered, t * counts.length);
    const inside = x + right <= end ? 1 : (end - x) / right;
    area += right * inside * (y + up * inside * pieces.below[t]);
    x += right;
    y += up;
  }
  return area / (end * sum(pieces.regions));
}

Deno.test("what cannot be bootstrapped apart is refused in one go too, with the same words", () => {
  const { maps, masks } = drawImages(seededRandom(4, "maps"), 6, 0);
  const nan = { ...maps[2], data: maps[2].data.map((score, i) => i === 1 ? NaN : score) };
  const cases = [
    { maps: [], masks: [], message: "there must be scores: no pixels" },
    { maps, masks: masks.slice(1), message: "6 maps, 5 masks" },
    { maps: maps.with(2, nan), masks, message: "map 2, value 1 is NaN" },
    { maps: [maps[0]], masks: [masks[0]], message: "both normal and anomalous scores are needed" },
    { maps: maps.slice(0, 2), masks: masks.slice(0, 2), message: "1 normal, 1 anomalous" },
  ];
  assertEquals(cases.length, 5);
  for (const { maps, masks, message } of cases) {
    for (const measure of [bootstrapMaps, bootstrapPixelAuroc]) {
      const error = assertThrows(() => measure(maps, masks), RangeError, message);
      assert(error.message.startsWith("Cannot bootstrap pixel AUROC as "), error.message);
    }
  }
  for (const resamples of [0, 1.5, NaN]) {
    assertThrows(() => bootstrapMaps(maps, masks, { resamples }), RangeError, `: ${resamples}`);
  }
  assertThrows(() => bootstrapMaps(maps, masks, { seed: -1 }), RangeError, ": -1");
});
