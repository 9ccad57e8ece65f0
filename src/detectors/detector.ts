/** What every method is: a detector that, once fitted, is another thing: one that predicts. */

import type { Backbone } from "../backbones/backbone.ts";
import type { Geometry } from "../image/preprocess.ts";
import type { AnomalyMap, Image, Tensor } from "../types.ts";

/** What a method takes from a network for one photo: a level's map, or its mean over the map. */
export interface Tap {
  readonly backbone: Backbone;
  readonly geometry: Geometry;
  /** One of the backbone's levels. */
  readonly level: string;
  /** The mean over all positions, [1, C], instead of the map, [1, C, H, W]. */
  readonly pooled: boolean;
}

/**
 * A photo as the features that a method taps: it was read and passed through the network before.
 * What is fitted or predicted with it equals what the photo itself gives.
 */
export interface PhotoFeatures {
  /** By {@linkcode tapKey}. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** What detectors learn from and look at. */
export type Photo = Image | PhotoFeatures;

/** How far a fit has come. */
export interface Progress {
  /** For example `features` or `coreset`. */
  readonly stage: string;
  readonly done: number;
  /** Undefined where it is not known beforehand. */
  readonly total?: number;
}

/** What a fit may be told, and whom it tells. */
export interface FitContext {
  /** How many photos there are, when known: memory is then taken once. */
  readonly count?: number;
  readonly progress?: (progress: Progress) => void;
  /** Stops the fit between two photos or selections. */
  readonly signal?: AbortSignal;
  /** For which photos the predictions are compiled first; default `"images"`. */
  readonly predicts?: "images" | "features";
}

/** What a fitted detector says of one photo. */
export interface Prediction {
  /** Higher = more anomalous. A raw score: never clamped, never normalised over a test set. */
  readonly score: number;
  /** Scores per pixel of the pre-processed photo; undefined for a method that does not localise. */
  readonly map: AnomalyMap | undefined;
}

/** JSON-like description of how something was made. */
export type Options = { readonly [name: string]: OptionValue };
/** What an option can be. */
export type OptionValue = string | number | boolean | null | readonly OptionValue[] | Options;

/** A method with its options, before it has seen any photo. */
export interface Detector {
  /** As in the CLI and in reports, for example `patchcore`. */
  readonly name: string;
  /** Every option with its value, defaults included. */
  readonly options: Options;
  /** What it takes from networks: photos may be given as these features. */
  readonly taps: readonly Tap[];
  /**
   * Learns what is normal from photos of good parts only.
   *
   * @throws {RangeError} for too few photos, or options that do not fit them
   */
  fit(normal: AsyncIterable<Photo> | Iterable<Photo>, context?: FitContext): Promise<Fitted>;
}

/** A detector that has learnt what is normal. Read-only. Dispose of it (`await using`) when done. */
export interface Fitted extends AsyncDisposable {
  readonly name: string;
  /** The detector's options, and what only the fit could know. */
  readonly options: Options;
  /** The backbone's name; several are joined by `+`. */
  readonly backbone: string;
  /** How photos, and masks beside them, become what the map covers. */
  readonly geometry: Geometry;
  readonly seed: number;
  /** How many photos it was fitted on. */
  readonly trainImages: number;
  /** The photo may have any size. */
  predict(photo: Photo): Promise<Prediction>;
  /**
   * Writes one ONNX file that holds the whole of predict, from the uint8 photo of any size to map
   * and score, with method, backbone, options, seed, licences and library version inside.
   * {@linkcode loadDetector} reads it back; so does any ONNX Runtime.
   */
  save(path: string): Promise<void>;
  dispose(): Promise<void>;
}
