/** One detector on one data set: fit, predict, measure. */

import process from "node:process";
import { readAhead } from "../data/read_ahead.ts";
import type { Detector, Photo, Prediction, Progress } from "../detectors/detector.ts";
import {
  checkMaskFilter,
  type Geometry,
  type MaskFilter,
  preprocessMask,
} from "../image/preprocess.ts";
import type { ResampleOptions } from "../metrics/resamples.ts";
import type { AnomalyMap, Dataset, Mask, Sample } from "../types.ts";
import { type Evidence, measure } from "./measure.ts";
import type { FeatureSource } from "./runs/photo_features.ts";
import type { PhotoScore, Run } from "./report.ts";

/** One prediction as it is made. */
export interface Predicted {
  readonly sample: Sample;
  /** As the map covers the photo; undefined where there is none. */
  readonly mask: Mask | undefined;
  readonly prediction: Prediction;
  readonly geometry: Geometry;
}

/** Options of {@linkcode assess}. */
export interface AssessOptions extends ResampleOptions {
  /** Pass over photos that cannot be read, and count them; default: the first one ends the run. */
  readonly skipBroken?: boolean;
  /**
   * How true masks are resized; default `"nearest"`. Differs: the official PatchCore code erodes
   * them: `"official"`. It changes what is measured, not what is predicted.
   */
  readonly maskFilter?: MaskFilter;
  /** What reports call the run; default: the detector's name. */
  readonly label?: string;
  readonly progress?: (progress: Progress) => void;
  /** Told each prediction as it is made. */
  readonly predicted?: (found: Predicted) => void | Promise<void>;
  readonly signal?: AbortSignal;
  /** Where photos come from as features; default: every photo is read and passed through anew. */
  readonly features?: FeatureSource;
  /** Keep test photos as networks see them beside their features, for pages; default false. */
  readonly pictures?: boolean;
}

/** A run, what comparisons with others are made of, and what its metrics were measured on. */
export interface Assessed {
  readonly run: Run;
  readonly evidence: Evidence;
  /** In the order of `run.scores`; undefined for a method that does not localise. */
  readonly maps: readonly AnomalyMap[] | undefined;
  /** Likewise; undefined where a photo has no mask. */
  readonly masks: readonly Mask[] | undefined;
}

/** A clock that can leave out the time spent waiting for photos. */
function stopwatch(): { seconds(): number; readonly waited: (seconds: number) => void } {
  const start = performance.now();
  let waiting = 0;
  return {
    seconds: () => (performance.now() - start) / 1000 - waiting,
    waited: (seconds) => void (waiting += seconds),
  };
}

/**
 * Fits on the data set's good photos, predicts its test photos, and measures.
 *
 * Thresholds and scales are never fitted on test photos; scores are never clamped.
 *
 * @throws {RangeError} when there are too few photos to fit, one cannot be read, or the mask filter
 * is not known
 */
export async function assess(
  detector: Detector,
  dataset: Dataset,
  options: AssessOptions = {},
): Promise<Run> {
  return (await assessWithEvidence(detector, dataset, options)).run;
}

/** As {@linkcode assess}, with the evidence. */
export async function assessWithEvidence(
  detector: Detector,
  dataset: Dataset,
  options: AssessOptions = {},
): Promise<Assessed> {
  const { maskFilter = "nearest", progress, predicted, signal, features } = options;
  checkMaskFilter(maskFilter);
  const skipped: string[] = [];
  const skip = options.skipBroken ? (sample: Sample) => void skipped.push(sample.id) : undefined;
  let read = 0;
  let cachedImages = 0;
  const clock = stopwatch();
  const waitedFor = (own: { readonly waited: (seconds: number) => void }) => (s: number) => {
    read += s;
    own.waited(s);
  };
  /** Samples as a detector takes them: features where there is a source of them, else photos. */
  async function* photosOf(
    samples: readonly Sample[],
    { masks, waited }: { readonly masks: boolean; readonly waited: (seconds: number) => void },
  ): AsyncGenerator<{
    readonly sample: Sample;
    readonly photo: Photo;
    readonly mask: Mask | undefined;
  }> {
    if (!features) {
      for await (const { sample, image, mask } of readAhead(samples, { masks, skip, waited })) {
        yield { sample, photo: image, mask };
      }
      return;
    }
    for await (
      const { cached, ...found } of features.read(samples, {
        taps: detector.taps,
        masks,
        skip,
        waited,
        // Only test photos are shown.
        pictures: masks && options.pictures,
      })
    ) {
      if (cached) cachedImages++;
      yield found;
    }
  }

  const fitting = stopwatch();
  async function* normal() {
    const waited = waitedFor(fitting);
    for await (const { photo } of photosOf(dataset.train, { masks: false, waited })) yield photo;
  }
  await using fitted = await detector.fit(normal(), {
    count: dataset.train.length,
    progress,
    signal,
    predicts: features ? "features" : "images",
  });
  const fit = fitting.seconds();

  const predicting = stopwatch();
  const scores: PhotoScore[] = [];
  const maps: AnomalyMap[] = [];
  const masks: Mask[] = [];
  let own = 0;
  const test = photosOf(dataset.test, { masks: true, waited: waitedFor(predicting) });
  for await (const { sample, photo, mask } of test) {
    signal?.throwIfAborted();
    const start = performance.now();
    const prediction = await fitted.predict(photo);
    own += performance.now() - start;
    const { id, label, defect } = sample;
    scores.push({ id, label, defect, score: prediction.score });
    const seen = mask && preprocessMask(mask, fitted.geometry, { filter: maskFilter });
    if (prediction.map) maps.push(prediction.map);
    if (seen) masks.push(seen);
    const told = performance.now();
    await predicted?.({ sample, mask: seen, prediction, geometry: fitted.geometry });
    predicting.waited((performance.now() - told) / 1000);
    progress?.({ stage: "predict", done: scores.length, total: dataset.test.length });
  }
  const predict = predicting.seconds();
  // What features save a prediction is measured apart, so that the time is that of a whole one.
  const first = dataset.test.find(({ id }) => id === scores[0]?.id);
  const pass = features && first ? await features.passMilliseconds(first, detector.taps) : 0;

  const measuring = stopwatch();
  progress?.({ stage: "metrics", done: 0, total: 1 });
  const whole = <T>(all: readonly T[]) =>
    all.length === scores.length && all.length > 0 ? all : undefined;
  const found = {
    scores: scores.map(({ score }) => score),
    labels: scores.map(({ label }) => label === "anomalous" ? 1 : 0),
    maps: whole(maps),
    masks: whole(masks),
  };
  const { resamples, seed } = options;
  const { evidence, ...measured } = measure(found, { resamples, seed });
  progress?.({ stage: "metrics", done: 1, total: 1 });

  const run: Run = {
    dataset: dataset.name,
    category: dataset.category,
    method: detector.name,
    label: options.label ?? detector.name,
    backbone: fitted.backbone,
    options: fitted.options,
    seed: fitted.seed,
    trainImages: fitted.trainImages,
    testImages: scores.length,
    skippedImages: skipped,
    ...measured,
    maskFilter,
    scores,
    seconds: { read, fit, predict, metrics: measuring.seconds(), total: clock.seconds() },
    msPerImage: scores.length === 0 ? 0 : own / scores.length + pass,
    cachedImages,
    peakMemoryMb: process.resourceUsage().maxRSS / 1024,
  };
  return { run, evidence, maps: found.maps, masks: found.masks };
}
