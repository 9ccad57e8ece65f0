/** The bootstrap of AUPRO, over images. */

import { cannot } from "../errors.ts";
import type { AnomalyMap, Mask } from "../types.ts";
import { bootstrap, type Bootstrapped, type CountedMeasure } from "./bootstrap.ts";
import { connectedComponents } from "./components.ts";
import { labelledPixels, type LabelledScores, labelledScores } from "./labelled_scores.ts";
import { type Ladder, ladderOf, slotBuffer, slotsOf } from "./ladder.ts";
import { aupro, type AuproOptions, proCurve, type ProCurve } from "./pro.ts";
import { requireNormalPixels, type ResampleOptions, strataOf } from "./resamples.ts";

const ACTION = "bootstrap AUPRO";

/** Options of {@linkcode bootstrapAupro}. */
export interface BootstrapAuproOptions extends AuproOptions, ResampleOptions {
  /** How far two thresholds may be apart on the curve, in (0, 1]. Default 0.005. */
  readonly step?: number;
}

/** Measured on maps of a texture and of an object, see bench/intervals_bench.ts: within 1e-5. */
const STEP = 0.005;

/**
 * Bootstraps AUPRO over images, the good and the defective ones each as often as there are. An
 * image drawn twice counts its regions and its normal pixels twice.
 *
 * At a threshold t, image j has Fⱼ(t) false positives among bⱼ normal pixels, and its kⱼ regions
 * are covered by Cⱼ(t) in sum. With image j drawn cⱼ times,
 *
 *     FPR(t) = Σ cⱼ·Fⱼ(t) / Σ cⱼ·bⱼ,   PRO(t) = Σ cⱼ·Cⱼ(t) / Σ cⱼ·kⱼ
 *
 * and the area below straight lines between points, up to the limit, is a resample's AUPRO. F and C
 * are counted once, at thresholds that are points of the curve of all images, so close that
 * PRO + FPR/limit grows by `step` at most between two (beyond the limit, PRO + ln FPR). Both only
 * grow, so the area between two points is known to ½·ΔPRO·ΔFPR: on the curve of all images to
 * step/4 in the worst case, in practice to about step² (the curve is smooth). Two points of the
 * curve that are next to each other are never parted: between them nothing is lost, and curves with
 * few points are resampled exactly.
 *
 * Cost: O(pixels) once; O(N·thresholds) a resample, with about (2 − ln limit)/step thresholds.
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
  { limit = 0.3, step = STEP, ...options }: BootstrapAuproOptions = {},
): Bootstrapped {
  if (!(step > 0 && step <= 1)) {
    throw cannot(ACTION, "the step between thresholds must be in (0, 1]", String(step));
  }
  const value = aupro(maps, masks, { limit });
  const data = labelledPixels(ACTION, maps, masks);
  const rungs = thinned(proCurve(maps, masks), { limit, step });
  const summary = summarise(data, masks, rungs);
  const strata = strataOf(ACTION, Uint8Array.from(summary.regions, Math.sign));
  requireNormalPixels(ACTION, summary.normal, strata);
  const onCounts = countedAupro(summary, limit);
  return bootstrap({ measure: "AUPRO", value, onCounts }, { strata, ...options });
}

/** A ladder of points of the curve, at most a step apart unless they are neighbours on it. */
function thinned(
  { falsePositiveRate: x, perRegionOverlap: y, thresholds }: ProCurve,
  { limit, step }: { readonly limit: number; readonly step: number },
): Ladder {
  const along = (i: number) => y[i] + (x[i] <= limit ? x[i] / limit : 1 + Math.log(x[i] / limit));
  const kept: number[] = [];
  let last = 0;
  for (let i = 1; i < x.length; i++) {
    if (i < x.length - 1 && along(i + 1) - along(last) <= step) continue;
    kept.push(thresholds[i]);
    last = i;
  }
  // They are scores of maps, so float32 holds them.
  const scores = Float32Array.from(kept);
  return ladderOf(labelledScores(ACTION, scores, new Uint8Array(kept.length).fill(1)), 1);
}

/** What a resample needs to know of each image. */
interface Summary {
  /** Normal pixels, [N]. */
  readonly normal: Float64Array;
  /** Regions, [N]. */
  readonly regions: Float64Array;
  /** Normal pixels from each threshold up to the next higher one, highest first: [T, N]. */
  readonly falsePositives: Float64Array;
  /** Covered fractions of regions there, summed over the image's regions: [T, N]. */
  readonly covered: Float64Array;
}

function summarise({ parts }: LabelledScores, masks: readonly Mask[], ladder: Ladder): Summary {
  const images = parts.length;
  const thresholds = ladder.rungs.length;
  const summary: Summary = {
    normal: new Float64Array(images),
    regions: new Float64Array(images),
    falsePositives: new Float64Array(thresholds * images),
    covered: new Float64Array(thresholds * images),
  };
  const slots = slotBuffer({ parts });
  // A slot's highest threshold that is not above it, counted from the highest one.
  const rowOf = (slot: number) => thresholds - ((slot + 1) >> 1);
  parts.forEach((part, j) => {
    const normal = slotsOf(ladder, part, 0, slots);
    summary.normal[j] = normal;
    for (let i = 0; i < normal; i++) summary.falsePositives[rowOf(slots[i]) * images + j]++;

    const { labels, sizes } = connectedComponents(masks[j]);
    summary.regions[j] = sizes.length;
    slotsOf(ladder, part, 1, slots);
    for (let pixel = 0, next = 0; pixel < labels.length; pixel++) {
      if (labels[pixel] === 0) continue;
      summary.covered[rowOf(slots[next++]) * images + j] += 1 / sizes[labels[pixel] - 1];
    }
  });
  return summary;
}

/** AUPRO of images that count several times, or not at all. */
function countedAupro(summary: Summary, limit: number): CountedMeasure {
  const { falsePositives, covered } = summary;
  const images = summary.normal.length;
  const thresholds = falsePositives.length / images;
  const drawn = new Int32Array(images);
  const times = new Float64Array(images);
  return (counts) => {
    let distinct = 0;
    let normal = 0;
    let regions = 0;
    for (let j = 0; j < images; j++) {
      if (counts[j] === 0) continue;
      drawn[distinct] = j;
      times[distinct++] = counts[j];
      normal += counts[j] * summary.normal[j];
      regions += counts[j] * summary.regions[j];
    }
    // Areas in units of normal pixels × regions: one division at the end.
    const end = limit * normal;
    let [x, y, area] = [0, 0, 0];
    for (let row = 0; row < thresholds * images && x < end; row += images) {
      let right = 0;
      let up = 0;
      for (let d = 0; d < distinct; d++) {
        right += times[d] * falsePositives[row + drawn[d]];
        up += times[d] * covered[row + drawn[d]];
      }
      const inside = x + right <= end ? 1 : (end - x) / right;
      area += right * inside * (y + up * inside / 2);
      x += right;
      y += up;
    }
    return area / (end * regions);
  };
}
