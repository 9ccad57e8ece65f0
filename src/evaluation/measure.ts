/** How good predictions are and how sure that is, with what comparisons are made of. */

import { averagePrecision } from "../metrics/average_precision.ts";
import { bootstrapInterval, type Bootstrapped } from "../metrics/bootstrap.ts";
import { bootstrapAuroc } from "../metrics/bootstrap_auroc.ts";
import { bootstrapMaps } from "../metrics/bootstrap_maps.ts";
import { aurocInterval } from "../metrics/delong.ts";
import type { Interval } from "../metrics/intervals.ts";
import { aupro } from "../metrics/pro.ts";
import type { ResampleOptions } from "../metrics/resamples.ts";
import { auroc, pixelAuroc } from "../metrics/roc.ts";
import type { AnomalyMap, Mask } from "../types.ts";
import type { MetricName, Run } from "./report.ts";

/** What metrics need of predictions; all lists are in the order of the photos. */
export interface Found {
  readonly scores: readonly number[];
  /** 0 normal, 1 anomalous. */
  readonly labels: readonly number[];
  /** Undefined where a photo has no map, or no mask beside it. */
  readonly maps: readonly AnomalyMap[] | undefined;
  readonly masks: readonly Mask[] | undefined;
}

/** The resampled values of each metric, where there are enough photos to draw from. */
export type Evidence = Readonly<Partial<Record<MetricName, Bootstrapped>>>;

/** Metrics, intervals and evidence. */
export type Measurement =
  & Pick<Run, MetricName | "imageAp" | "intervals">
  & { readonly evidence: Evidence };

/**
 * Measures predictions: image AUROC, pixel AUROC, AUPRO and average precision, each metric with its
 * 95 % interval over photos. Null where there is nothing to measure, or too few photos for an
 * interval: each class needs two.
 *
 * Cost: that of the metrics and of 10,000 resamples, about 0.25 s for 100 maps of 224².
 *
 * @param options of the bootstraps
 *
 * @example
 * ```ts
 * const { imageAuroc, intervals, pixelAuroc } = measure({
 *   scores: [0.1, 0.4, 0.3, 0.9],
 *   labels: [0, 0, 1, 1],
 *   maps: undefined,
 *   masks: undefined,
 * });
 * console.assert(imageAuroc === 0.75 && pixelAuroc === null);
 * console.assert(intervals.imageAuroc !== null && intervals.imageAuroc.lower < 0.75);
 * ```
 */
export function measure(found: Found, options: ResampleOptions = {}): Measurement {
  const { scores, labels, maps, masks } = found;
  const normal = labels.filter((label) => label === 0).length;
  const anomalous = labels.length - normal;
  const both = normal > 0 && anomalous > 0;
  const drawable = normal > 1 && anomalous > 1;
  const defective = masks?.filter(({ data }) => data.includes(1)).length ?? 0;
  const partly = masks?.some(({ data }) => data.includes(0)) ?? false;
  const localised = maps && masks && defective > 0 && partly ? { maps, masks } : undefined;
  // Of the photos without a defect in their mask one alone cannot be drawn from.
  const others = labels.length - defective;
  const drawn = defective > 1 && (others > 1 || (others === 0 && masks && coversNone(masks)));
  const redrawn = drawn ? localised : undefined;

  const ofImages = drawable ? bootstrapAuroc(scores, labels, options) : undefined;
  const ofMaps = redrawn && bootstrapMaps(redrawn.maps, redrawn.masks, options);
  const [ofPixels, ofRegions] = [ofMaps?.pixelAuroc, ofMaps?.aupro];
  const interval = (evidence: Bootstrapped | undefined): Interval | null =>
    evidence ? withoutValue(bootstrapInterval(evidence)) : null;
  return {
    imageAuroc: ofImages?.value ?? (both ? auroc(scores, labels) : null),
    pixelAuroc: ofPixels?.value ??
      (localised ? pixelAuroc(localised.maps, localised.masks) : null),
    aupro: ofRegions?.value ?? (localised ? aupro(localised.maps, localised.masks) : null),
    imageAp: both ? averagePrecision(scores, labels) : null,
    intervals: {
      imageAuroc: drawable ? withoutValue(aurocInterval(scores, labels)) : null,
      imageAurocBootstrap: interval(ofImages),
      pixelAuroc: interval(ofPixels),
      aupro: interval(ofRegions),
    },
    evidence: {
      ...(ofImages && { imageAuroc: ofImages }),
      ...(ofPixels && { pixelAuroc: ofPixels }),
      ...(ofRegions && { aupro: ofRegions }),
    },
  };
}

/**
 * Whether every mask leaves something normal: else, without good photos, a resample could be without
 * normal pixels.
 */
function coversNone(masks: readonly Mask[]): boolean {
  return masks.every(({ data }) => data.includes(0));
}

function withoutValue({ lower, upper, level, method }: Interval): Interval {
  return { lower, upper, level, method };
}
