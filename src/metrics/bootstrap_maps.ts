/** The bootstraps of pixel AUROC and AUPRO, in one go. */

import type { AnomalyMap, Mask } from "../types.ts";
import { bootstrapAll, type Bootstrapped } from "./bootstrap.ts";
import { measuredPixelAuroc, pixelsOfBothClasses } from "./bootstrap_pixels.ts";
import { measuredAupro, STEP } from "./bootstrap_pro.ts";
import { LIMIT } from "./pro.ts";
import { rankPixels, strataOfPixels } from "./ranked_pixels.ts";
import type { ResampleOptions } from "./resamples.ts";

/** Both metrics of maps on the same resamples. */
export interface BootstrappedMaps {
  readonly pixelAuroc: Bootstrapped;
  readonly aupro: Bootstrapped;
}

/**
 * What `bootstrapPixelAuroc` and `bootstrapAupro` return, to the last bit: both look up every pixel
 * among the scores of defective ones, and draw the same images, which is done once here.
 *
 * Cost: O(pixels) once, O(N²) a resample.
 *
 * @param maps raw scores, higher = more anomalous, each [H, W]
 * @param masks 0 normal, 1 anomalous, in the maps' order and sizes
 * @throws {RangeError} as `bootstrapPixelAuroc`
 */
export function bootstrapMaps(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
  options: ResampleOptions = {},
): BootstrappedMaps {
  const ranked = rankPixels(pixelsOfBothClasses(maps, masks));
  const strata = strataOfPixels("bootstrap pixel AUROC", ranked);
  const [pixelAuroc, aupro] = bootstrapAll(
    [
      measuredPixelAuroc(ranked, strata),
      measuredAupro(ranked, masks, { limit: LIMIT, step: STEP }),
    ],
    { strata, ...options },
  );
  return { pixelAuroc, aupro };
}
