/** One detector on one data set: fit, predict, measure. */

import process from "node:process";
import { readAhead } from "../data/read_ahead.ts";
import type { Detector, Prediction, Progress } from "../detectors/detector.ts";
import {
  checkMaskFilter,
  type Geometry,
  type MaskFilter,
  preprocessMask,
} from "../image/preprocess.ts";
import { averagePrecision } from "../metrics/average_precision.ts";
import { aupro } from "../metrics/pro.ts";
import { auroc, pixelAuroc } from "../metrics/roc.ts";
import type { AnomalyMap, Dataset, Image, Mask, Sample } from "../types.ts";
import type { Run } from "./report.ts";

/** Options of {@linkcode assess}. */
export interface AssessOptions {
  /** Pass over photos that cannot be read, and count them; default: the first one ends the run. */
  readonly skipBroken?: boolean;
  /**
   * How true masks are resized; default `"nearest"`. Differs: the official PatchCore code erodes
   * them: `"official"`. It changes what is measured, not what is predicted.
   */
  readonly maskFilter?: MaskFilter;
  readonly progress?: (progress: Progress) => void;
  /** Told each prediction as it is made. */
  readonly predicted?: (found: {
    readonly sample: Sample;
    readonly image: Image;
    readonly mask: Mask | undefined;
    readonly prediction: Prediction;
    readonly geometry: Geometry;
  }) => void | Promise<void>;
  readonly signal?: AbortSignal;
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
  { skipBroken = false, maskFilter = "nearest", progress, predicted, signal }: AssessOptions = {},
): Promise<Run> {
  checkMaskFilter(maskFilter);
  const skipped: string[] = [];
  const skip = skipBroken ? (sample: Sample) => void skipped.push(sample.id) : undefined;
  let read = 0;
  const whole = stopwatch();

  const fitting = stopwatch();
  const waitedFor = (clock: { readonly waited: (seconds: number) => void }) => (s: number) => {
    read += s;
    clock.waited(s);
  };
  async function* normal() {
    const samples = readAhead(dataset.train, { skip, waited: waitedFor(fitting) });
    for await (const { image } of samples) yield image;
  }
  await using fitted = await detector.fit(normal(), {
    count: dataset.train.length,
    progress,
    signal,
  });
  const fit = fitting.seconds();

  const predicting = stopwatch();
  const scores: number[] = [];
  const labels: number[] = [];
  const maps: AnomalyMap[] = [];
  const masks: Mask[] = [];
  let masked = true;
  const test = readAhead(dataset.test, { masks: true, skip, waited: waitedFor(predicting) });
  for await (const { sample, image, mask } of test) {
    signal?.throwIfAborted();
    const prediction = await fitted.predict(image);
    scores.push(prediction.score);
    labels.push(sample.label === "anomalous" ? 1 : 0);
    const seen = mask && preprocessMask(mask, fitted.geometry, { filter: maskFilter });
    if (seen && prediction.map) {
      maps.push(prediction.map);
      masks.push(seen);
    } else {
      masked = false;
    }
    const start = performance.now();
    await predicted?.({ sample, image, mask: seen, prediction, geometry: fitted.geometry });
    predicting.waited((performance.now() - start) / 1000);
    progress?.({ stage: "predict", done: scores.length, total: dataset.test.length });
  }
  const predict = predicting.seconds();

  const measuring = stopwatch();
  progress?.({ stage: "metrics", done: 0, total: 1 });
  const both = labels.includes(0) && labels.includes(1);
  const defects = masked && masks.some((mask) => mask.data.includes(1));
  const measured = {
    imageAuroc: both ? auroc(scores, labels) : null,
    pixelAuroc: defects ? pixelAuroc(maps, masks) : null,
    aupro: defects ? aupro(maps, masks) : null,
    imageAp: both ? averagePrecision(scores, labels) : null,
  };
  progress?.({ stage: "metrics", done: 1, total: 1 });

  return {
    dataset: dataset.name,
    category: dataset.category,
    method: detector.name,
    backbone: fitted.backbone,
    options: fitted.options,
    seed: fitted.seed,
    trainImages: fitted.trainImages,
    testImages: scores.length,
    skippedImages: skipped,
    ...measured,
    maskFilter,
    seconds: { read, fit, predict, metrics: measuring.seconds(), total: whole.seconds() },
    msPerImage: scores.length === 0 ? 0 : (1000 * predict) / scores.length,
    peakMemoryMb: process.resourceUsage().maxRSS / 1024,
  };
}
