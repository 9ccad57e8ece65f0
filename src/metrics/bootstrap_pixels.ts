/** The bootstrap of a pixel AUROC, over images. */

import type { AnomalyMap, Mask } from "../types.ts";
import { bootstrap, type Bootstrapped, type CountedMeasure } from "./bootstrap.ts";
import { labelledPixels, type LabelledScores, requireBothClasses } from "./labelled_scores.ts";
import { ladderOf, slotBuffer, slotsOf } from "./ladder.ts";
import { requireNormalPixels, type ResampleOptions, strataOf } from "./resamples.ts";

const ACTION = "bootstrap pixel AUROC";

/**
 * Bootstraps the pixel AUROC over images. Pixels of one image go together, so it is images that
 * are drawn, the good and the defective ones each as often as there are; a resample of pixels would
 * call a value ten times surer than it is.
 *
 * A pixel AUROC is a sum over pairs of images. With Uᵢⱼ the pairs in which a defective pixel of
 * image i scores higher than a normal pixel of image j (ties count half), aᵢ defective and bⱼ
 * normal pixels, and image i drawn cᵢ times,
 *
 *     AUROC = Σᵢⱼ cᵢ·cⱼ·Uᵢⱼ / (Σᵢ cᵢ·aᵢ · Σⱼ cⱼ·bⱼ)
 *
 * exactly; U is counted once, in whole numbers.
 *
 * Cost: O(pixels + N·a) for U with a defective pixels, O(N²) a resample; memory for the defective
 * pixels only, maps are read in place.
 *
 * @param maps raw scores, higher = more anomalous, each [H, W]
 * @param masks 0 normal, 1 anomalous, in the maps' order and sizes
 * @returns resampled values, for {@linkcode bootstrapInterval} and {@linkcode pairedBootstrap}
 * @throws {RangeError} as {@linkcode pixelAuroc}; when fewer than 2 images have a defect, exactly
 * one has none, or a mask covers all of its image while no image is good; or when `resamples` or
 * `seed` is out of range
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const row = (...scores: number[]) => ({ data: Float32Array.from(scores), shape: [1, 3] }) as const;
 * const maps = [row(1, 5, 2), row(4, 3, 1)];
 * const masks = [[0, 1, 0], [1, 0, 0]].map((m) => (
 *   { width: 3, height: 1, data: Uint8Array.from(m) }
 * ));
 * assertEquals(bootstrapPixelAuroc(maps, masks, { resamples: 100 }).value, 1);
 * ```
 */
export function bootstrapPixelAuroc(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
  options: ResampleOptions = {},
): Bootstrapped {
  const data = labelledPixels(ACTION, maps, masks);
  requireBothClasses(ACTION, data);
  const pixels = pixelCounts(data);
  const strata = strataOf(ACTION, Uint8Array.from(pixels.anomalous, Math.sign));
  requireNormalPixels(ACTION, pixels.normal, strata);
  const onCounts = countedPixelAuroc(twicePairs(data, strata.anomalous), pixels, strata.anomalous);
  const value = onCounts(new Uint32Array(maps.length).fill(1));
  return bootstrap({ measure: "pixel AUROC", value, onCounts }, { strata, ...options });
}

/** Pixels of each class in each image, [N]. */
interface PixelCounts {
  readonly anomalous: Float64Array;
  readonly normal: Float64Array;
}

function pixelCounts({ parts }: LabelledScores): PixelCounts {
  const anomalous = Float64Array.from(parts, ({ labels }) => labels.reduce((sum, l) => sum + l, 0));
  return { anomalous, normal: anomalous.map((count, i) => parts[i].labels.length - count) };
}

/**
 * Twice the pairs that defective pixels of image `defective[i]` win against normal pixels of image
 * j, a tie adding 1: row i, column j of [defective, N].
 */
function twicePairs(data: LabelledScores, defective: Int32Array): Float64Array {
  const images = data.parts.length;
  const ladder = ladderOf(data, 1);
  const rungs = ladder.rungs.length;
  const slots = slotBuffer(data);
  const rungsOf = Array.from(defective, (image) => {
    const count = slotsOf(ladder, data.parts[image], 1, slots);
    // In order, so that the look-ups below walk through memory instead of jumping.
    return slots.slice(0, count).map((slot) => slot >> 1).sort();
  });
  const pairs = new Float64Array(defective.length * images);
  const counts = new Uint32Array(2 * rungs + 1);
  const twiceBelow = new Float64Array(rungs);
  data.parts.forEach((part, j) => {
    counts.fill(0);
    const written = slotsOf(ladder, part, 0, slots);
    for (let i = 0; i < written; i++) counts[slots[i]]++;
    for (let r = 0, below = 0; r < rungs; r++) {
      below += counts[2 * r];
      twiceBelow[r] = 2 * below + counts[2 * r + 1];
      below += counts[2 * r + 1];
    }
    rungsOf.forEach((own, i) => {
      let won = 0;
      for (let pixel = 0; pixel < own.length; pixel++) won += twiceBelow[own[pixel]];
      pairs[i * images + j] = won;
    });
  });
  return pairs;
}

/** The pixel AUROC of images that count several times, or not at all. */
function countedPixelAuroc(
  pairs: Float64Array,
  pixels: PixelCounts,
  defective: Int32Array,
): CountedMeasure {
  const images = pixels.normal.length;
  const drawn = new Int32Array(images);
  const times = new Float64Array(images);
  return (counts) => {
    let distinct = 0;
    let normal = 0;
    for (let j = 0; j < images; j++) {
      if (counts[j] === 0) continue;
      drawn[distinct] = j;
      times[distinct++] = counts[j];
      normal += counts[j] * pixels.normal[j];
    }
    let won = 0;
    let anomalous = 0;
    for (let i = 0; i < defective.length; i++) {
      const count = counts[defective[i]];
      if (count === 0) continue;
      const row = i * images;
      let ofRow = 0;
      for (let j = 0; j < distinct; j++) ofRow += times[j] * pairs[row + drawn[j]];
      won += count * ofRow;
      anomalous += count * pixels.anomalous[defective[i]];
    }
    return won / (2 * anomalous * normal);
  };
}
