/** The bootstrap of a pixel AUROC, over images. */

import type { AnomalyMap, Mask } from "../types.ts";
import { bootstrap, type Bootstrapped, type CountedMeasure, type Measured } from "./bootstrap.ts";
import {
  drawnBuffer,
  drawnImages,
  drawnPairSum,
  drawnSum,
  type ImagePairs,
} from "./drawn_images.ts";
import { labelledPixels, type LabelledScores, requireBothClasses } from "./labelled_scores.ts";
import { type RankedPixels, rankPixels, strataOfPixels } from "./ranked_pixels.ts";
import type { ResampleOptions, Strata } from "./resamples.ts";

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
 * Cost: O(pixels + N·a) for U with a defective pixels, O(N²) a resample; memory 4 bytes a
 * pixel, maps are read in place.
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
  const ranked = rankPixels(pixelsOfBothClasses(maps, masks));
  const strata = strataOfPixels(ACTION, ranked);
  return bootstrap(measuredPixelAuroc(ranked, strata), { strata, ...options });
}

/** Checks maps and masks, and that there are pixels of both classes. */
export function pixelsOfBothClasses(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
): LabelledScores {
  const scores = labelledPixels(ACTION, maps, masks);
  requireBothClasses(ACTION, scores);
  return scores;
}

/** The pixel AUROC of ranked pixels, and of images that count several times, or not at all. */
export function measuredPixelAuroc(ranked: RankedPixels, { anomalous }: Strata): Measured {
  const onCounts = countedPixelAuroc(twicePairs(ranked, anomalous), ranked);
  const value = onCounts(new Uint32Array(ranked.normal.length).fill(1));
  return { measure: "pixel AUROC", value, onCounts };
}

/**
 * Twice the pairs that defective pixels of image `defective[i]` win against normal pixels of image
 * j, a tie adding 1: row i, column j of [D, N].
 */
function twicePairs(
  { ladder, normal, anomalous }: RankedPixels,
  defective: Int32Array,
): ImagePairs {
  const images = normal.length;
  // In order, so that the look-ups below walk through memory instead of jumping.
  const rungsOf = Array.from(
    defective,
    (image) => anomalous[image].map((slot) => slot >> 1).sort(),
  );
  const values = new Float64Array(defective.length * images);
  const counts = new Uint32Array(2 * ladder.rungs.length + 1);
  const twiceBelow = new Uint32Array(ladder.rungs.length);
  for (let j = 0; j < images; j++) {
    const slots = normal[j];
    let highest = 0;
    for (let i = 0; i < slots.length; i++) {
      counts[slots[i]]++;
      if (slots[i] > highest) highest = slots[i];
    }
    // Defective pixels on rungs from this one on win against all of image j.
    const above = (highest + 1) >> 1;
    for (let r = 0, below = 0; r < above; r++) {
      below += counts[2 * r];
      const tied = counts[2 * r + 1];
      twiceBelow[r] = 2 * below + tied;
      below += tied;
    }
    counts.fill(0, 0, highest + 1);
    for (let i = 0; i < rungsOf.length; i++) {
      const own = rungsOf[i];
      let won = 0;
      let pixel = 0;
      for (; pixel < own.length && own[pixel] < above; pixel++) won += twiceBelow[own[pixel]];
      values[i * images + j] = won + 2 * slots.length * (own.length - pixel);
    }
  }
  return { defective, values };
}

function countedPixelAuroc(pairs: ImagePairs, { normal, anomalous }: RankedPixels): CountedMeasure {
  const normalPixels = Float64Array.from(normal, ({ length }) => length);
  const defectivePixels = Float64Array.from(anomalous, ({ length }) => length);
  const buffer = drawnBuffer(normal.length);
  return (counts) => {
    const drawn = drawnImages(counts, buffer);
    const ofNormal = drawnSum(drawn, normalPixels, 0);
    const ofDefective = drawnSum(drawn, defectivePixels, 0);
    return drawnPairSum(drawn, pairs, counts) / (2 * ofDefective * ofNormal);
  };
}
