/** Runs made of numbers that a test chooses, measured as real ones are. */

import { measure } from "../../src/evaluation/measure.ts";
import type { Run } from "../../src/evaluation/report.ts";
import type { RunResult } from "../../src/evaluation/summaries.ts";
import type { AnomalyMap, Mask } from "../../src/types.ts";

/** Resamples in tests: enough for intervals to be ordered, few enough to be fast. */
export const RESAMPLES = 500;

/** A run on all of MVTec AD's transistor; nothing of it is measured. */
export const plainRun: Run = {
  dataset: "mvtec",
  category: "transistor",
  method: "patchcore",
  label: "patchcore",
  backbone: "efficientnet_lite0",
  options: { coreset: 0.01 },
  seed: 0,
  trainImages: 213,
  testImages: 100,
  skippedImages: [],
  imageAuroc: 0.9876,
  pixelAuroc: 0.95,
  aupro: null,
  imageAp: 0.9,
  intervals: { imageAuroc: null, imageAurocBootstrap: null, pixelAuroc: null, aupro: null },
  maskFilter: "nearest",
  scores: [],
  seconds: { read: 1, fit: 2, predict: 3, metrics: 4, total: 10 },
  msPerImage: 12.34,
  cachedImages: 0,
  peakMemoryMb: 500,
};

/** What a method says of photos: the first half of them is good. */
export interface SampleRun extends Partial<Run> {
  /** Of good photos, then of bad ones. */
  readonly found: readonly [good: readonly number[], bad: readonly number[]];
  readonly maps?: readonly AnomalyMap[];
  readonly masks?: readonly Mask[];
}

/** A run with its metrics, intervals and evidence. */
export function resultOf({ found: [good, bad], maps, masks, ...run }: SampleRun): RunResult {
  const scores = [...good, ...bad];
  const labels = scores.map((_, i) => i < good.length ? 0 : 1);
  const { evidence, ...measured } = measure({ scores, labels, maps, masks }, {
    resamples: RESAMPLES,
  });
  return {
    run: {
      ...plainRun,
      ...measured,
      testImages: scores.length,
      scores: scores.map((score, i) => ({
        id: `test/${i}`,
        label: labels[i] === 1 ? "anomalous" : "normal",
        defect: labels[i] === 1 ? "hole" : "good",
        score,
      })),
      ...run,
    },
    evidence,
  };
}

/** Masks of photos of 2 × 2: one defective pixel for each bad photo. */
export function smallMasks(good: number, bad: number): Mask[] {
  return Array.from({ length: good + bad }, (_, i) => ({
    width: 2,
    height: 2,
    data: Uint8Array.of(i < good ? 0 : 1, 0, 0, 0),
  }));
}

/** Maps of 2 × 2, each from its four numbers. */
export function smallMaps(numbers: readonly (readonly number[])[]): AnomalyMap[] {
  return numbers.map((data) => ({ data: Float32Array.from(data), shape: [2, 2] }));
}
