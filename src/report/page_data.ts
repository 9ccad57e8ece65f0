/** What the report page shows, as plain data: everything is in it, nothing is looked up. */

import type { Report, Run } from "../evaluation/report.ts";

/** Points of a curve, x rising; thinned to what a screen can show. */
export interface PageCurve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** One photo of the test part, as the network saw it. Several runs share it. */
export interface PagePhoto {
  readonly category: string;
  readonly id: string;
  readonly label: "normal" | "anomalous";
  readonly defect: string;
  /** A JPEG, square. */
  readonly jpeg: Uint8Array;
  /** True defects, one byte a cell, 0 or 1, `maskSide`² cells; undefined where nothing is known. */
  readonly mask: Uint8Array | undefined;
  readonly maskSide: number;
}

/** What one run said of one photo. */
export interface PagePrediction {
  /** In {@linkcode PageData.photos}. */
  readonly photo: number;
  readonly score: number;
  /** Scores on the run's scale, 0…255, `mapSide`² cells; undefined where it does not localise. */
  readonly map: Uint8Array | undefined;
}

/** One run with its evidence. */
export interface PageRun {
  readonly run: Run;
  /** True-positive rate over false-positive rate, of photos and of pixels; per-region overlap over
   * false-positive rate up to 0.3. Undefined where there is nothing to draw. */
  readonly imageRoc: PageCurve | undefined;
  readonly pixelRoc: PageCurve | undefined;
  readonly pro: PageCurve | undefined;
  /** Raw scores at the ends of the colour scale: one for all photos of a method
   * and category. */
  readonly scale: readonly [low: number, high: number];
  readonly mapSide: number;
  readonly predictions: readonly PagePrediction[];
}

/** The whole page. */
export interface PageData {
  readonly title: string;
  /** The command line that made it. */
  readonly command: string;
  readonly report: Report;
  readonly runs: readonly PageRun[];
  readonly photos: readonly PagePhoto[];
}
