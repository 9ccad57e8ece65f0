/** What an evaluation says, in the form in which it is written to JSON. */

import type { Options } from "../detectors/detector.ts";
import type { MaskFilter } from "../image/preprocess.ts";

/** Where the time of one run went, in seconds. */
export interface Seconds {
  /** Waiting for photos and masks to be read; reading goes on while computing. */
  readonly read: number;
  readonly fit: number;
  readonly predict: number;
  readonly metrics: number;
  readonly total: number;
}

/** One method on one category. Metrics are fractions from 0 to 1; null where there is nothing to
 * measure: no masks, or test photos of one kind only. */
export interface Run {
  readonly dataset: string;
  readonly category: string;
  readonly method: string;
  readonly backbone: string;
  readonly options: Options;
  readonly seed: number;
  readonly trainImages: number;
  readonly testImages: number;
  /** Photos that could not be read and were passed over, by id. */
  readonly skippedImages: readonly string[];
  readonly imageAuroc: number | null;
  readonly pixelAuroc: number | null;
  /** Area under the per-region-overlap curve up to a false-positive rate of 0.3, over 0.3. */
  readonly aupro: number | null;
  readonly imageAp: number | null;
  /** How the masks were resized that pixel AUROC and AUPRO measure against. */
  readonly maskFilter?: MaskFilter;
  readonly seconds: Seconds;
  /** Predicting one photo, without reading it. */
  readonly msPerImage: number;
  /** Largest resident memory of the process up to the end of this run, in MiB. */
  readonly peakMemoryMb: number;
}

/** On what it ran. */
export interface Environment {
  readonly deno: string;
  readonly onnxruntime: string;
  readonly os: string;
  readonly arch: string;
  readonly cores: number;
}

/** All runs of one call. */
export interface Report {
  readonly version: string;
  readonly environment: Environment;
  readonly runs: readonly Run[];
}
