/** Published results beside ours: facts with their sources, never measured by this project. */

import published from "./published.json" with { type: "json" };

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
}

interface Row {
  readonly method: string;
  readonly config: string;
  readonly metric: string;
  readonly perCategory: Readonly<Record<string, number>>;
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

/**
 * The published number nearest to a run: the paper's before others', and among PatchCore's the
 * one whose coreset is nearest to the run's.
 *
 * @param run method and category as in reports, for example `patchcore` and `transistor`
 * @returns undefined where nothing is published for that method, category and metric
 */
export function publishedResult(
  run: { readonly method: string; readonly category: string; readonly coreset?: number },
  metric: PublishedMetric,
): PublishedResult | undefined {
  const title = titles[run.method];
  const rows: readonly Row[] = (published.rows as readonly Row[]).filter((row) =>
    row.method === title && row.metric === metric && Object.hasOwn(row.perCategory, run.category)
  );
  const cost = (row: Row): number => {
    const percent = percentOf(row.config);
    const apart = Math.abs(Math.log(percent / (100 * (run.coreset ?? 0.01))));
    return (row.kind === "paper" ? 0 : 1000) + (Number.isNaN(apart) ? 0 : apart);
  };
  const best = rows.toSorted((a, b) => cost(a) - cost(b))[0];
  if (best === undefined) return undefined;
  return {
    value: best.perCategory[run.category] / 100,
    config: best.config,
    source: best.source,
    kind: best.kind,
  };
}
