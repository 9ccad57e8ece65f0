/** What an evaluation says, in the form in which it is written to JSON. */

import type { Options } from "../detectors/detector.ts";
import type { MaskFilter } from "../image/preprocess.ts";
import type { Interval } from "../metrics/intervals.ts";

/** Where the time of one run went, in seconds. */
export interface Seconds {
  /** Waiting for photos and masks to be read; reading goes on while computing. */
  readonly read: number;
  readonly fit: number;
  readonly predict: number;
  readonly metrics: number;
  readonly total: number;
}

/** A metric of a run: a fraction from 0 to 1. */
export type MetricName = "imageAuroc" | "pixelAuroc" | "aupro";

/** The metrics in the order of tables, with their titles. */
export const metricTitles: Readonly<Record<MetricName, string>> = {
  imageAuroc: "image AUROC",
  pixelAuroc: "pixel AUROC",
  aupro: "AUPRO",
};

/** {@linkcode metricTitles}' names. */
export const metricNames = Object.keys(metricTitles) as readonly MetricName[];

/** Of each metric the 95 % interval over test photos; null where there is none to be had. */
export interface RunIntervals {
  /** DeLong's, on the logit scale. */
  readonly imageAuroc: Interval | null;
  /** The same by the stratified bootstrap over photos. */
  readonly imageAurocBootstrap: Interval | null;
  /** By the stratified bootstrap over photos, not pixels. */
  readonly pixelAuroc: Interval | null;
  /** By the stratified bootstrap over photos. */
  readonly aupro: Interval | null;
}

/** What a run said of one test photo. */
export interface PhotoScore {
  /** As {@linkcode Sample.id}. */
  readonly id: string;
  readonly label: "normal" | "anomalous";
  readonly defect: string;
  /** Raw; higher = more anomalous. */
  readonly score: number;
}

/** One method on one category. Metrics are fractions from 0 to 1; null where there is nothing to
 * measure: no masks, or test photos of one kind only. */
export interface Run {
  readonly dataset: string;
  readonly category: string;
  readonly method: string;
  /** What sets a run apart from the others of its category but for the seed: `patchcore`, or
   * `patchcore coreset=0.1` where several options were run. */
  readonly label: string;
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
  readonly intervals: RunIntervals;
  /** How the masks were resized that pixel AUROC and AUPRO measure against. */
  readonly maskFilter: MaskFilter;
  /** Of the test photos, in their order. */
  readonly scores: readonly PhotoScore[];
  readonly seconds: Seconds;
  /** Predicting one photo, without reading it. */
  readonly msPerImage: number;
  /** Photos whose features came from the disk cache; they were neither decoded nor passed through
   * the network. */
  readonly cachedImages: number;
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

/** A metric over one or several seeds. */
export interface SeedEstimate {
  /** Mean over the seeds. */
  readonly value: number;
  /** Of that mean, over test photos, with the seeds held fixed; null where photos are too few. */
  readonly interval: Interval | null;
  /** Standard deviation between seeds (n − 1), on the same photos; null for one seed. */
  readonly seedDeviation: number | null;
}

/** The runs of one label on one category, over all seeds. */
export interface Summary {
  readonly category: string;
  readonly label: string;
  readonly method: string;
  readonly seeds: readonly number[];
  readonly imageAuroc: SeedEstimate | null;
  readonly pixelAuroc: SeedEstimate | null;
  readonly aupro: SeedEstimate | null;
  /** Means over the seeds. */
  readonly fitSeconds: number;
  readonly msPerImage: number;
  /** The largest of the seeds. */
  readonly peakMemoryMb: number;
}

/** Two labels on the same photos of one category: the first's value less the second's. */
export interface PairedDifference extends Interval {
  readonly category: string;
  readonly metric: MetricName;
  readonly labels: readonly [string, string];
  readonly value: number;
  /** Two-sided: DeLong's paired test for image AUROC, the paired bootstrap for the others. */
  readonly p: number;
  /** The same, corrected by Holm for all differences of the metric in the report. */
  readonly adjustedP: number;
}

/** Two labels over categories. */
export interface SignedRankPair {
  readonly labels: readonly [string, string];
  /** Median over categories of the first's value less the second's. */
  readonly median: number;
  /** Wilcoxon's signed-rank test, two-sided. */
  readonly p: number;
  /** Corrected by Holm for all pairs of the metric. */
  readonly adjustedP: number;
}

/** All labels over all categories that all of them were measured on. */
export interface AcrossCategories {
  readonly metric: MetricName;
  readonly categories: readonly string[];
  /** By mean rank, best first; 1 is the best rank. */
  readonly ranks: readonly { readonly label: string; readonly meanRank: number }[];
  /** Friedman's test. */
  readonly friedmanP: number;
  /** Nemenyi's: mean ranks nearer than this cannot be told apart at 5 %. */
  readonly criticalDifference: number;
  readonly pairs: readonly SignedRankPair[];
}

/** A published number beside ours. */
export interface LiteratureRow {
  /** `mean of 15` where all of MVTec AD was run. */
  readonly category: string;
  readonly label: string;
  readonly metric: MetricName;
  readonly value: number;
  /** Over test photos; null where they are too few. */
  readonly interval: Interval | null;
  readonly published: number;
  /** Ours less the published one. */
  readonly difference: number;
  /** Whether the published number lies in the interval; null where there is none. */
  readonly inside: boolean | null;
  readonly source: string;
  /** As published, for example `WideResNet50-2, 224 px, coreset 1%`. */
  readonly config: string;
  readonly kind: string;
  /** In what the two are known to differ: backbone, size, coreset, number of photos. */
  readonly differs: readonly string[];
}

/** All runs of one call, and what follows from them. */
export interface Report {
  readonly version: string;
  readonly environment: Environment;
  readonly runs: readonly Run[];
  readonly summaries: readonly Summary[];
  readonly differences: readonly PairedDifference[];
  readonly across: readonly AcrossCategories[];
  readonly literature: readonly LiteratureRow[];
}
