/** Published results beside ours: facts with their sources, never measured by this project. */

import mvtec from "./mvtec_ad.json" with { type: "json" };
import published from "./published.json" with { type: "json" };
import type { Run } from "./report.ts";

/** What a published row measures. */
export type PublishedMetric = "imageAuroc" | "pixelAuroc" | "pro";

/** One published number. */
export interface PublishedResult {
  /** A fraction from 0 to 1. */
  readonly value: number;
  /** Backbone, size and settings, for example `WideResNet50-2, 224 px, coreset 1%`. */
  readonly config: string;
  readonly source: string;
  /** `paper`, `official code`, `re-implementation`, … */
  readonly kind: string;
  /**
   * Whether the run had as many photos as MVTec AD's category has. If not, it was another test,
   * or a part of it, and the numbers are not comparable.
   */
  readonly samePhotos: boolean;
}

interface Row {
  readonly method: string;
  readonly config: string;
  readonly metric: string;
  /** Percent; null where only a mean was published. */
  readonly perCategory: Readonly<Record<string, number>> | null;
  readonly source: string;
  readonly kind: string;
}

/** Method names here, and as the publications write them. */
const titles: Readonly<Record<string, string>> = {
  "spade": "SPADE",
  "gaussian-ad": "Gaussian AD",
  "padim": "PaDiM",
  "patchcore": "PatchCore",
};

const percentOf = (config: string): number => Number(/coreset (\d+)%/.exec(config)?.[1] ?? NaN);

interface Counts {
  readonly train: number;
  readonly testGood: number;
  readonly testDefective: number;
}

/**
 * The published number nearest to a run: the paper's before others', and among PatchCore's the
 * one whose coreset is nearest to the run's; an ensemble's beside an ensemble.
 *
 * @returns undefined where nothing is published for that method, category and metric, or the run
 * was not on a folder in MVTec AD's layout
 */
export function publishedResult(
  run: Pick<
    Run,
    "dataset" | "method" | "category" | "backbone" | "options" | "trainImages" | "testImages"
  >,
  metric: PublishedMetric,
): PublishedResult | undefined {
  if (run.dataset !== "mvtec") return undefined;
  // A preset of a method, such as patchcore-2022-ensemble, is compared with that method's rows.
  const base = Object.keys(titles).find((name) => `${run.method}-`.startsWith(`${name}-`));
  const title = base && titles[base];
  const valueOf = ({ perCategory }: Row): number | undefined =>
    perCategory && Object.hasOwn(perCategory, run.category) ? perCategory[run.category] : undefined;
  const rows = (published.rows as readonly Row[]).filter((row) =>
    row.method === title && row.metric === metric && valueOf(row) !== undefined
  );
  const coreset = typeof run.options.coreset === "number" ? run.options.coreset : 0.01;
  const members = run.backbone.split("+").length;
  const cost = ({ config, kind }: Row): number => {
    const apart = Math.abs(Math.log(percentOf(config) / (100 * coreset)));
    return (config.startsWith("ensemble") === members > 1 ? 0 : 2000) +
      (kind === "paper" ? 0 : 1000) + (Number.isNaN(apart) ? 0 : apart);
  };
  const best = rows.toSorted((a, b) => cost(a) - cost(b))[0];
  const value = best && valueOf(best);
  if (value === undefined) return undefined;
  const counts = (mvtec.categories as Readonly<Record<string, Counts>>)[run.category];
  return {
    value: value / 100,
    config: best.config,
    source: best.source,
    kind: best.kind,
    samePhotos: counts.train === run.trainImages &&
      counts.testGood + counts.testDefective === run.testImages,
  };
}
