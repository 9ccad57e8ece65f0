/** The bootstrap of AUPRO, over images. */

import { cannot } from "../errors.ts";
import type { AnomalyMap, Mask } from "../types.ts";
import { bootstrap, type Bootstrapped, type Measured } from "./bootstrap.ts";
import { countedAupro } from "./counted_aupro.ts";
import { type AuproOptions, checkLimit, LIMIT, pixelsWithRegions } from "./pro.ts";
import { type PieceOptions, proPieces } from "./pro_pieces.ts";
import { type RankedPixels, rankPixels, strataOfPixels } from "./ranked_pixels.ts";
import type { ResampleOptions } from "./resamples.ts";

const ACTION = "bootstrap AUPRO";

/** Options of {@linkcode bootstrapAupro}. */
export interface BootstrapAuproOptions extends AuproOptions, ResampleOptions {
  /** How far two thresholds may be apart on the curve, in (0, 1]. Default 0.005. */
  readonly step?: number;
}

/** Far finer than the spread of resampled values, which is about 0.01 for a hundred images. */
export const STEP = 0.005;

/**
 * Bootstraps AUPRO over images, the good and the defective ones each as often as there are. An
 * image drawn twice counts its regions and its normal pixels twice.
 *
 * At a threshold t, image j has Fⱼ(t) false positives among bⱼ normal pixels, and its kⱼ regions
 * are covered by Cⱼ(t) in sum. With image j drawn cⱼ times,
 *
 *     FPR(t) = Σ cⱼ·Fⱼ(t) / Σ cⱼ·bⱼ,   PRO(t) = Σ cⱼ·Cⱼ(t) / Σ cⱼ·kⱼ
 *
 * and the area up to the limit is a resample's AUPRO. F and C are counted once, at thresholds that
 * are points of the curve of all images, so close that PRO + FPR/limit grows by `step` at most
 * between two (beyond the limit, PRO + ln FPR). Between two of them a resample's curve divides the
 * rectangle ΔFPR·ΔPRO about as the curve of all images does, which is known exactly; both curves only
 * grow, so the error cannot exceed the sum of these rectangles, about step/2. Two points that are
 * next to each other are never parted: between them nothing is lost, and curves with few points are
 * resampled exactly. Measured against exact AUPROs of the same resamples, on sets of 8 to 100 maps:
 * within 4e-5 for the default step, without bias.
 *
 * Cost: O(pixels + N²·thresholds) once, with about (2 − ln limit)/step thresholds; O(N²) a resample,
 * and never more than O(N·thresholds). Memory 4 bytes a pixel.
 *
 * @param maps raw scores, higher = more anomalous, each [H, W]
 * @param masks 0 normal, 1 anomalous, in the maps' order and sizes
 * @returns resampled values, for {@linkcode bootstrapInterval} and {@linkcode pairedBootstrap};
 * `value` is the exact {@linkcode aupro}
 * @throws {RangeError} as {@linkcode aupro}; when fewer than 2 images have a defect, exactly one
 * has none, or a mask covers all of its image while no image is good; or when `step`, `resamples`
 * or `seed` is out of range
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const row = (...scores: number[]) => ({ data: Float32Array.from(scores), shape: [1, 3] }) as const;
 * const maps = [row(1, 5, 2), row(4, 3, 1)];
 * const masks = [[0, 1, 0], [1, 0, 0]].map((m) => (
 *   { width: 3, height: 1, data: Uint8Array.from(m) }
 * ));
 * assertEquals(bootstrapAupro(maps, masks, { resamples: 100 }).value, 1);
 * ```
 */
export function bootstrapAupro(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
  { limit = LIMIT, step = STEP, ...options }: BootstrapAuproOptions = {},
): Bootstrapped {
  if (!(step > 0 && step <= 1)) {
    throw cannot(ACTION, "the step between thresholds must be in (0, 1]", String(step));
  }
  checkLimit(limit);
  const ranked = rankPixels(pixelsWithRegions(maps, masks));
  const strata = strataOfPixels(ACTION, ranked);
  const measured = measuredAupro(ranked, masks, { limit, step });
  return bootstrap(measured, { strata, ...options });
}

/** The AUPRO of ranked pixels, and of images that count several times, or not at all. */
export function measuredAupro(
  ranked: RankedPixels,
  masks: readonly Mask[],
  { limit, step }: PieceOptions,
): Measured {
  const pieces = proPieces(ranked, masks, { limit, step });
  return { measure: "AUPRO", value: pieces.value, onCounts: countedAupro(pieces, limit) };
}
