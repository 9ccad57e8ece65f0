/** AUPRO from every threshold, but with other regions or another false-positive rate. */

import type { AnomalyMap, Mask } from "../../types.ts";
import { slotBuffer, slotsOf } from "../ladder.ts";
import { areaUpTo, type AuproOptions, checkLimit, pointsUpTo, regionsOf } from "../pro.ts";
import { fourConnectedComponents } from "./four_connected.ts";

/**
 * AUPRO against a false-positive rate that is averaged over images, exact otherwise:
 *
 *     FPR(t) = mean over images of (normal pixels of the image with score ≥ t / its normal pixels)
 *
 * A normal pixel beside a large defect weighs more than one of a good image; images without normal
 * pixels are left out of the mean.
 *
 * Source: in circulation.
 * Differs: {@linkcode aupro} counts normal pixels over all images together. The two agree where all
 * images have equally many.
 *
 * Cost: O(pixels).
 *
 * @throws {RangeError} as `aupro`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(9, 5, 1), shape: [1, 3] } as const;
 * const mask = { width: 3, height: 1, data: Uint8Array.of(1, 0, 0) };
 * assertEquals(auproMeanImageRate([map], [mask]), 1);
 * ```
 */
export function auproMeanImageRate(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
  { limit = 0.3 }: AuproOptions = {},
): number {
  checkLimit(limit);
  const regions = regionsOf(maps, masks);
  const { ladder, scores } = regions;
  const { slots: ends, perRegionOverlap } = pointsUpTo(1, regions);
  const slots = slotBuffer(scores);
  const rates = new Float64Array(2 * ladder.rungs.length + 1);
  let images = 0;
  for (const part of scores.parts) {
    const normal = slotsOf(ladder, part, 0, slots);
    if (normal > 0) images++;
    for (let i = 0; i < normal; i++) rates[slots[i]] += 1 / normal;
  }
  // From the highest slot down each becomes the sum of all above it and its own.
  for (let slot = rates.length - 2; slot >= 0; slot--) rates[slot] += rates[slot + 1];
  // The point (0, 0) ends above all slots.
  const falsePositiveRate = Float64Array.from(ends, (slot) => (rates[slot] ?? 0) / images);
  return areaUpTo(limit, { falsePositiveRate, perRegionOverlap }) / limit;
}

/**
 * AUPRO with 4-connected regions, exact otherwise: see {@linkcode fourConnectedComponents}. A mask
 * with ragged or diagonal edges falls into more regions, most of them of a pixel or two.
 *
 * Source: in circulation; it is what `scipy.ndimage.label` does unless told otherwise.
 *
 * Cost: O(pixels).
 *
 * @throws {RangeError} as `aupro`
 *
 * @example Two pixels that are found, and one at their corner that is not: ⅔ if that is one region
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(9, 9, 0, 5, 1, 0, 5, 0, 0), shape: [3, 3] } as const;
 * const mask = { width: 3, height: 3, data: Uint8Array.of(1, 1, 0, 0, 0, 1, 0, 0, 0) };
 * assertEquals(auproFourConnected([map], [mask]), 0.5);
 * ```
 */
export function auproFourConnected(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
  { limit = 0.3 }: AuproOptions = {},
): number {
  checkLimit(limit);
  const regions = regionsOf(maps, masks);
  const components = masks.map(fourConnectedComponents);
  return areaUpTo(limit, pointsUpTo(limit, { ...regions, components })) / limit;
}
