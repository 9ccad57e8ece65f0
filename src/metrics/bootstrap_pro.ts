/** The bootstrap of AUPRO, over images. */

import { cannot } from "../errors.ts";
import type { AnomalyMap, Mask } from "../types.ts";
import { bootstrap, type Bootstrapped, type CountedMeasure } from "./bootstrap.ts";
import { slotBuffer, slotsOf } from "./ladder.ts";
import {
  areaUpTo,
  type AuproOptions,
  checkLimit,
  type Points,
  pointsUpTo,
  type Regions,
  regionsOf,
} from "./pro.ts";
import { requireNormalPixels, type ResampleOptions, strataOf } from "./resamples.ts";

const ACTION = "bootstrap AUPRO";

/** Options of {@linkcode bootstrapAupro}. */
export interface BootstrapAuproOptions extends AuproOptions, ResampleOptions {
  /** How far two thresholds may be apart on the curve, in (0, 1]. Default 0.005. */
  readonly step?: number;
}

/** Far finer than the spread of resampled values, which is about 0.01 for a hundred images. */
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
 * and the area up to the limit is a resample's AUPRO. F and C are counted once, at thresholds that
 * are points of the curve of all images, so close that PRO + FPR/limit grows by `step` at most
 * between two (beyond the limit, PRO + ln FPR). Between two of them a resample's curve divides the
 * rectangle ΔFPR·ΔPRO about as the curve of all images does, which is known exactly; both curves only
 * grow, so the error cannot exceed the sum of these rectangles, about step/2. Two points that are
 * next to each other are never parted: between them nothing is lost, and curves with few points are
 * resampled exactly. Measured against exact AUPROs of the same resamples, on sets of 8 to 100 maps:
 * within 4e-5 for the default step, without bias.
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
  checkLimit(limit);
  const regions = regionsOf(maps, masks);
  const points = pointsUpTo(1, regions);
  const value = areaUpTo(limit, points) / limit;
  const thinned = thin(points, { limit, step, slots: 2 * regions.ladder.rungs.length + 1 });
  const summary = summarise(regions, thinned);
  const strata = strataOf(ACTION, Uint8Array.from(summary.regions, Math.sign));
  requireNormalPixels(ACTION, summary.normal, strata);
  const onCounts = countedAupro(summary, { limit, below: thinned.below });
  return bootstrap({ measure: "AUPRO", value, onCounts }, { strata, ...options });
}

/** Pieces of a curve that stand for all of it, from (0, 0) on. */
interface Thinned {
  /** Of each slot of the ladder, the piece that it is in. */
  readonly pieces: Uint32Array;
  /** Of each piece, the share of ΔPRO·ΔFPR that lies below the curve, [T]: ½ for a straight line. */
  readonly below: Float64Array;
}

/** Cuts the curve at points that are at most a step apart, unless they are neighbours on it. */
function thin(
  { falsePositiveRate: x, perRegionOverlap: y, slots }: Points,
  { limit, step, slots: count }: {
    readonly limit: number;
    readonly step: number;
    readonly slots: number;
  },
): Thinned {
  const along = (i: number) => y[i] + (x[i] <= limit ? x[i] / limit : 1 + Math.log(x[i] / limit));
  const pieces = new Uint32Array(count);
  const below: number[] = [];
  let area = 0;
  for (let i = 1, last = 0; i < x.length; i++) {
    pieces[slots[i]] = below.length;
    area += (x[i] - x[i - 1]) * ((y[i] + y[i - 1]) / 2 - y[last]);
    if (i < x.length - 1 && along(i + 1) - along(last) <= step) continue;
    const whole = (x[i] - x[last]) * (y[i] - y[last]);
    below.push(i - last > 1 && whole > 0 ? area / whole : 0.5);
    last = i;
    area = 0;
  }
  return { pieces, below: Float64Array.from(below) };
}

/** What a resample needs to know of each image. */
interface Summary {
  /** Normal pixels, [N]. */
  readonly normal: Float64Array;
  /** Regions, [N]. */
  readonly regions: Float64Array;
  /** Normal pixels in each piece of the curve: [T, N]. */
  readonly falsePositives: Float64Array;
  /** Fractions of regions that are covered there, summed over the image's regions: [T, N]. */
  readonly covered: Float64Array;
}

function summarise({ scores, components, ladder }: Regions, { pieces, below }: Thinned): Summary {
  const images = scores.parts.length;
  const summary: Summary = {
    normal: new Float64Array(images),
    regions: new Float64Array(images),
    falsePositives: new Float64Array(below.length * images),
    covered: new Float64Array(below.length * images),
  };
  const slots = slotBuffer(scores);
  scores.parts.forEach((part, j) => {
    const normal = slotsOf(ladder, part, 0, slots);
    summary.normal[j] = normal;
    for (let i = 0; i < normal; i++) summary.falsePositives[pieces[slots[i]] * images + j]++;

    const { labels, sizes } = components[j];
    summary.regions[j] = sizes.length;
    slotsOf(ladder, part, 1, slots);
    for (let pixel = 0, next = 0; pixel < labels.length; pixel++) {
      if (labels[pixel] === 0) continue;
      summary.covered[pieces[slots[next++]] * images + j] += 1 / sizes[labels[pixel] - 1];
    }
  });
  return summary;
}

/** AUPRO of images that count several times, or not at all. */
function countedAupro(
  summary: Summary,
  { limit, below }: { readonly limit: number; readonly below: Float64Array },
): CountedMeasure {
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
    for (let t = 0; t < thresholds && x < end; t++) {
      const row = t * images;
      let right = 0;
      let up = 0;
      for (let d = 0; d < distinct; d++) {
        right += times[d] * falsePositives[row + drawn[d]];
        up += times[d] * covered[row + drawn[d]];
      }
      const inside = x + right <= end ? 1 : (end - x) / right;
      area += right * inside * (y + up * inside * below[t]);
      x += right;
      y += up;
    }
    return area / (end * regions);
  };
}
