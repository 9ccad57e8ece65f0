/** One colour scale for all maps that are compared. */

import { quantile } from "../math/quantile.ts";
import type { ResultsFolder } from "../store/results_folder.ts";
import type { AnomalyMap } from "../types.ts";
import type { Job } from "./runs/jobs.ts";
import type { Run } from "./report.ts";
import { readResult } from "./runs/run_jobs.ts";

/** Raw scores at the ends of a colour scale. */
export type MapScale = readonly [low: number, high: number];

/** Every so many pixels of a map count for the median: a prime, so that no column is favoured. */
const STEP = 97;

/**
 * The scale of a method for the whole run: from the median of all pixels, so that what is ordinary
 * is black, to the value that the largest of a map exceeds in 5 % of the photos; but at least to
 * twice the median, so that a run on good photos only does not make noise glow.
 */
export function mapScale(
  { pixels, peaks }: { readonly pixels: readonly number[]; readonly peaks: readonly number[] },
): MapScale {
  if (pixels.length === 0 || peaks.length === 0) return [0, 1];
  const low = quantile(pixels, 0.5);
  const high = Math.max(quantile(peaks, 0.95), 2 * low);
  return high > low ? [low, high] : [low, low + 1];
}

/** Maps of several runs on their way to scales. */
export interface ScaleGathering {
  /** Adds the maps of a run to the scale of this name. */
  add(name: string, maps: readonly AnomalyMap[]): void;
  /** The scale of a name; 0…1 where no map had it. */
  scaleOf(name: string): MapScale;
}

/** Gathers what {@linkcode mapScale} looks at, so that maps need not be held. */
export function gatherScales(): ScaleGathering {
  const seen = new Map<string, { readonly pixels: number[]; readonly peaks: number[] }>();
  return {
    add(name, maps) {
      const { pixels, peaks } = seen.getOrInsertComputed(name, () => ({ pixels: [], peaks: [] }));
      for (const { data } of maps) {
        let peak = -Infinity;
        for (let i = 0; i < data.length; i++) if (data[i] > peak) peak = data[i];
        for (let i = 0; i < data.length; i += STEP) pixels.push(data[i]);
        peaks.push(peak);
      }
    },
    scaleOf: (name) => mapScale(seen.get(name) ?? { pixels: [], peaks: [] }),
  };
}

/**
 * The scales of runs by a name that runs share: those of one name are drawn on one scale. One run's
 * maps are held at a time.
 *
 * @param nameOf for example the run's label, or its label and category
 */
export async function mapScales(
  jobs: readonly Job[],
  results: ResultsFolder,
  nameOf: (run: Run) => string,
): Promise<ScaleGathering> {
  const gathering = gatherScales();
  for (const job of jobs) {
    for (const { run, pictures } of await readResult(job, results, { pictures: true })) {
      gathering.add(nameOf(run), pictures?.maps ?? []);
    }
  }
  return gathering;
}
