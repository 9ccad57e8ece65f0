/** What a fitted detector says of many photos, and how good and how sure that is. */

import { readAhead } from "../data/read_ahead.ts";
import type { Fitted, Progress } from "../detectors/detector.ts";
import { preprocessImage, preprocessMask } from "../image/preprocess.ts";
import { bootstrapInterval, type Bootstrapped } from "../metrics/bootstrap.ts";
import { bootstrapAupro } from "../metrics/bootstrap_pro.ts";
import {
  type AurocEstimate,
  aurocInterval,
  type Comparison,
  type DelongComparison,
  delongTest,
} from "../metrics/delong.ts";
import type { Estimate } from "../metrics/intervals.ts";
import { pairedBootstrap } from "../metrics/paired.ts";
import type { ResampleOptions } from "../metrics/resamples.ts";
import type { AnomalyMap, Image, Mask, Sample } from "../types.ts";

/** One method's predictions; all lists are in the order of the samples. Plain data. */
export interface Predictions {
  /** As in reports, or what you call it. */
  readonly method: string;
  readonly samples: readonly Sample[];
  /** 1 anomalous, 0 normal. */
  readonly labels: readonly number[];
  /** The photos as the network saw them. */
  readonly images: readonly Image[];
  /** What is defective of these; undefined where a photo has no mask. */
  readonly masks: readonly Mask[] | undefined;
  /** Higher = more anomalous. */
  readonly scores: readonly number[];
  /** Undefined for a method that does not localise. */
  readonly maps: readonly AnomalyMap[] | undefined;
}

/**
 * Predicts photos one after the other and keeps everything that can be asked of them afterwards.
 *
 * Cost: a prediction a photo; memory 7 bytes and a mask a pixel that the network sees.
 *
 * @param options progress: told how many photos are done; signal: stops between two
 * @throws {RangeError} when a photo cannot be read, or its features are not finite
 *
 * @example
 * ```ts
 * import { dn2, generate, loadBackbone } from "@kizu/kizu";
 * const { train, test } = await generate("weave", { size: 64, train: 3, testPerDefect: 1 });
 * await using fitted = await dn2(await loadBackbone("efficientnet_lite0"), {
 *   geometry: { resize: 64, crop: 64 },
 * }).fit(await Promise.all(train.map((sample) => sample.image())));
 * const { scores, maps } = await predictSamples(fitted, test.slice(0, 2));
 * console.assert(scores.length === 2 && maps === undefined);
 * ```
 */
export async function predictSamples(
  fitted: Fitted,
  samples: readonly Sample[],
  { progress, signal }: {
    readonly progress?: (progress: Progress) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Predictions> {
  const images: Image[] = [];
  const masks: Mask[] = [];
  const scores: number[] = [];
  const maps: AnomalyMap[] = [];
  for await (const { image, mask } of readAhead(samples, { masks: true })) {
    signal?.throwIfAborted();
    const { score, map } = await fitted.predict(image);
    scores.push(score);
    if (map) maps.push(map);
    images.push(await preprocessImage(image, fitted.geometry));
    if (mask) masks.push(preprocessMask(mask, fitted.geometry));
    progress?.({ stage: "predict", done: scores.length, total: samples.length });
  }
  return {
    method: fitted.name,
    samples,
    labels: samples.map(({ label }) => label === "anomalous" ? 1 : 0),
    images,
    masks: masks.length === samples.length ? masks : undefined,
    scores,
    maps: maps.length === samples.length ? maps : undefined,
  };
}

/** Predictions as metrics need them; images may be left out. */
export type Measurable = Pick<Predictions, "method" | "labels" | "masks" | "scores" | "maps">;

/** How good predictions are, with intervals. */
export interface Measured {
  readonly method: string;
  /** DeLong's interval on the logit scale. */
  readonly imageAuroc: AurocEstimate;
  /** Bootstrapped over photos; undefined without maps, masks or a defect in them. */
  readonly aupro: Estimate | undefined;
  /** What comparisons are made of. */
  readonly evidence: Pick<Measurable, "labels" | "scores"> & {
    readonly aupro: Bootstrapped | undefined;
  };
}

/**
 * Image AUROC and AUPRO of predictions, each with its interval.
 *
 * @param options of the bootstrap: resamples, default 10,000; seed
 * @throws {RangeError} when a class has fewer than 2 photos, or a score is NaN
 *
 * @example
 * ```ts
 * const { imageAuroc, aupro } = measurePredictions({
 *   method: "mine",
 *   labels: [0, 0, 1, 1],
 *   scores: [0.1, 0.4, 0.3, 0.9],
 *   masks: undefined,
 *   maps: undefined,
 * });
 * console.assert(imageAuroc.value === 0.75 && aupro === undefined);
 * ```
 */
export function measurePredictions(
  { method, labels, masks, scores, maps }: Measurable,
  options: ResampleOptions = {},
): Measured {
  const flawed = masks?.filter(({ data }) => data.includes(1)).length ?? 0;
  const bootstrapped = maps && masks && flawed >= 2
    ? bootstrapAupro(maps, masks, options)
    : undefined;
  return {
    method,
    imageAuroc: aurocInterval(scores, labels),
    aupro: bootstrapped && bootstrapInterval(bootstrapped),
    evidence: { labels, scores, aupro: bootstrapped },
  };
}

/** The first method's values less the second's, on the same photos. */
export interface MeasuredDifference {
  readonly methods: readonly [string, string];
  /** DeLong's paired test. */
  readonly imageAuroc: DelongComparison;
  /** The paired bootstrap; undefined where one has no AUPRO. */
  readonly aupro: Comparison | undefined;
}

/**
 * Compares two methods that were measured on the same photos.
 *
 * @throws {RangeError} when they were not measured on equally many photos, with equal resamples
 *
 * @example
 * ```ts
 * const rest = { labels: [0, 0, 1, 1], masks: undefined, maps: undefined };
 * const [a, b] = [[0.1, 0.4, 0.3, 0.9], [0.1, 0.2, 0.3, 0.4]].map((scores) =>
 *   measurePredictions({ method: String(scores), scores, ...rest })
 * );
 * console.assert(compareMeasured(a, b).imageAuroc.value === -0.25);
 * ```
 */
export function compareMeasured(a: Measured, b: Measured): MeasuredDifference {
  const { labels } = a.evidence;
  return {
    methods: [a.method, b.method],
    imageAuroc: delongTest([a.evidence.scores, b.evidence.scores], labels),
    aupro: a.evidence.aupro && b.evidence.aupro &&
      pairedBootstrap(a.evidence.aupro, b.evidence.aupro),
  };
}
