/** AUPRO from a few thresholds: what most code computes under that name. */

import { cannot } from "../../errors.ts";
import type { AnomalyMap, Mask } from "../../types.ts";
import { areaUpTo, checkLimit, type Regions, regionsOf } from "../pro.ts";
import {
  checkThresholds,
  type CoarseThresholds,
  evenThresholds,
  fromHighest,
  indexThresholds,
  normalQuantileThresholds,
  passedBy,
} from "./thresholds.ts";

const ACTION = "compute AUPRO at thresholds";

/**
 * What is done at the limit of the false-positive rate.
 *
 * - `"interpolate"`: the curve starts at (0, 0), ends at (1, 1) and is cut exactly at the limit, as
 *   in {@linkcode aupro}.
 * - `"stretch"`: points beyond the limit are dropped and the rates of those left are stretched from
 *   their own range to 0…1, (x − min) / (max − min); the area is taken as it is.
 * - `"divide"`: points beyond the limit are dropped and the rates of those left are divided by the
 *   largest of them. What lies left of the first one is lost.
 */
export type CurveEnding = "interpolate" | "stretch" | "divide";

/** Options of {@linkcode auproAtThresholds}. */
export interface CoarseAuproOptions extends CoarseThresholds {
  /** The false-positive rate up to which the area is taken, in (0, 1]. Default 0.3. */
  readonly limit?: number;
  /** Default `"interpolate"`. */
  readonly ending?: CurveEnding;
  /** Whether a point exactly at the limit is kept; for the endings that drop. Default false. */
  readonly keepLimit?: boolean;
}

/**
 * AUPRO from a few given thresholds only; regions, false-positive rate and normalisation are those
 * of {@linkcode aupro}, the end is as told.
 *
 * Between two points the curve is a straight line: where it is concave, the area is lost that lies
 * above. With a threshold at every distinct score, `rule: ">="` and `ending: "interpolate"` it is
 * the AUPRO.
 *
 * Cost: O(pixels) for t thresholds that are spread evenly, O(pixels · log t) at worst.
 *
 * @param maps raw scores, each [H, W]
 * @param masks 0 normal, 1 anomalous
 * @throws {RangeError} as `aupro`, when thresholds are missing or out of order, or when too few
 * points lie below the limit to have an area (which popular code answers with NaN)
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(4, 3, 2, 1), shape: [1, 4] } as const;
 * const mask = { width: 4, height: 1, data: Uint8Array.of(1, 0, 1, 0) };
 * const every = Float64Array.of(1, 2, 3, 4);
 * const options = { thresholds: every, rule: ">=", limit: 1 } as const;
 * assertEquals(auproAtThresholds([map], [mask], options), 0.75);
 * ```
 */
export function auproAtThresholds(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
  { limit = 0.3, ending = "interpolate", keepLimit = false, ...coarse }: CoarseAuproOptions,
): number {
  checkLimit(limit);
  checkThresholds(ACTION, coarse);
  const curve = curveAt(coarse, { maps, ...regionsOf(maps, masks) });
  if (ending === "interpolate") {
    const falsePositiveRate = [0, ...curve.falsePositiveRate, 1];
    const perRegionOverlap = [0, ...curve.perRegionOverlap, 1];
    return areaUpTo(limit, { falsePositiveRate, perRegionOverlap }) / limit;
  }
  const kept = curve.falsePositiveRate.filter((rate) => keepLimit ? rate <= limit : rate < limit);
  const from = ending === "stretch" ? kept[0] : 0;
  const range = kept[kept.length - 1] - from;
  if (!(kept.length >= 2 && range > 0)) {
    throw cannot(
      ACTION,
      `two of its points must have different false-positive rates below ${limit}`,
      `${kept.length} of ${coarse.thresholds.length} are below` +
        (kept.length === 0 ? "" : `, all at ${kept[0]}`),
    );
  }
  return areaUpTo(Infinity, {
    falsePositiveRate: kept.map((rate) => (rate - from) / range),
    perRegionOverlap: curve.perRegionOverlap,
  });
}

/** Rates at each threshold, from the highest down. */
function curveAt(
  coarse: CoarseThresholds,
  { maps, components, scores }: Regions & { readonly maps: readonly AnomalyMap[] },
): { readonly falsePositiveRate: Float64Array; readonly perRegionOverlap: Float64Array } {
  const regions = components.reduce((sum, { sizes }) => sum + sizes.length, 0);
  const normal = new Float64Array(coarse.thresholds.length + 1);
  const overlap = new Float64Array(coarse.thresholds.length + 1);
  const indexed = indexThresholds(coarse);
  maps.forEach(({ data }, i) => {
    const { labels, sizes } = components[i];
    for (let pixel = 0; pixel < data.length; pixel++) {
      const passed = passedBy(data[pixel], indexed);
      const label = labels[pixel];
      if (label === 0) normal[passed]++;
      else overlap[passed] += 1 / (sizes[label - 1] * regions);
    }
  });
  return {
    falsePositiveRate: fromHighest(normal).map((count) => count / scores.normal),
    perRegionOverlap: fromHighest(overlap),
  };
}

/** Options of {@linkcode auproEvenSteps}. */
export interface EvenStepsOptions {
  /** How many thresholds. Default 200. */
  readonly count?: number;
  /** The end of the scores' range that is itself a threshold. Default `"lowest"`. */
  readonly from?: "lowest" | "highest";
  /** Default 0.3. */
  readonly limit?: number;
}

/**
 * AUPRO at evenly spaced thresholds between the lowest and the highest score of the test set,
 * score > threshold; points beyond the limit dropped, the rest stretched to 0…1.
 *
 * Source: `cal_pro_score` (200, from the lowest, rates < 0.3) of AnomalyCLIP and the codes that took
 * it over; cflow-ad (1,000, from the highest, rates ≤ 0.3), which took it from DFR (5,000).
 * Differs: most of the thresholds lie where few scores are, so that the part below 0.3, where the
 * curve bends, rests on few points; the last piece up to 0.3 is not there, and stretching puts what
 * is left in its place. One outlier in the test set moves every threshold.
 *
 * Cost: O(pixels).
 *
 * @throws {RangeError} as {@linkcode auproAtThresholds}, and when the scores do not differ
 *
 * @example Two rates below 0.3 remain, 0 and ¼: the piece from ½ at 0 to 1 at ¼ is the whole area
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(8, 5, 6, 0, 0, 0), shape: [1, 6] } as const;
 * const mask = { width: 6, height: 1, data: Uint8Array.of(1, 1, 0, 0, 0, 0) };
 * assertEquals(auproEvenSteps([map], [mask], { count: 4 }), 0.75);
 * ```
 */
export function auproEvenSteps(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
  { count = 200, from = "lowest", limit = 0.3 }: EvenStepsOptions = {},
): number {
  const thresholds = evenThresholds(maps.map(({ data }) => data), { count, ends: from });
  const keepLimit = from === "highest";
  return auproAtThresholds(maps, masks, {
    thresholds,
    rule: ">",
    limit,
    ending: "stretch",
    keepLimit,
  });
}

/**
 * The mean of one AUPRO an image, over the images with a defect: evenly spaced thresholds over the
 * range of that one map, its own normal pixels as false positives, points at the limit and beyond
 * dropped, the rates divided by the largest left.
 *
 * Good images and their false alarms are left out, images with several defects weigh no more than
 * those with one, and maps are in effect scaled one by one.
 *
 * Source: `compute_pro` and `evaluation` of RD4AD (200 thresholds).
 * Differs: {@linkcode aupro} pools the normal pixels of all images, good ones included.
 *
 * Cost: O(pixels).
 *
 * @throws {RangeError} as {@linkcode auproEvenSteps}, for any of the images with a defect
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const map = { data: Float32Array.of(8, 5, 6, 0, 0, 0), shape: [1, 6] } as const;
 * const mask = { width: 6, height: 1, data: Uint8Array.of(1, 1, 0, 0, 0, 0) };
 * const good = { width: 6, height: 1, data: new Uint8Array(6) };
 * assertEquals(auproPerImage([map, map], [mask, good], { count: 4 }), 0.75);
 * ```
 */
export function auproPerImage(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
  { count = 200, limit = 0.3 }: Pick<EvenStepsOptions, "count" | "limit"> = {},
): number {
  regionsOf(maps, masks);
  const flawed = maps.flatMap((map, i) => masks[i].data.includes(1) ? [{ map, i }] : []);
  const values = flawed.map(({ map, i }) => {
    const thresholds = evenThresholds([map.data], { count, ends: "lowest" });
    return auproAtThresholds([map], [masks[i]], {
      thresholds,
      rule: ">",
      limit,
      ending: "divide",
    });
  });
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * AUPRO at thresholds that are themselves scores of normal pixels, at evenly spaced places of their
 * sorted list; score > threshold, the curve cut at the limit by interpolation.
 *
 * Source: MVTec's evaluation script for MVTec 3D-AD, and 3D-ADS and its successors (100 by default).
 * Differs: false-positive rates are evenly spaced, so that about 30 of 100 thresholds lie below
 * 0.3; where normal scores tie, that script takes the rate from the place in the list, and here it
 * is counted.
 *
 * Cost: O(pixels).
 *
 * @throws {RangeError} as `aupro`, and when n is not a whole number of at least 2
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * const map = { data: Float32Array.of(9, 2, 3, 1, 0), shape: [1, 5] } as const;
 * const mask = { width: 5, height: 1, data: Uint8Array.of(1, 1, 0, 0, 0) };
 * // Thresholds 0 and 3: from ½ at rate 0 straight to 1 at rate ⅔.
 * assertAlmostEquals(auproNormalQuantiles([map], [mask], { count: 2 }), 0.6125);
 * ```
 */
export function auproNormalQuantiles(
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
  { count = 100, limit = 0.3 }: Pick<EvenStepsOptions, "count" | "limit"> = {},
): number {
  const thresholds = normalQuantileThresholds(maps, masks, { count });
  return auproAtThresholds(maps, masks, { thresholds, rule: ">", limit });
}
