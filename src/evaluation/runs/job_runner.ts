/** Runs jobs one after another: opens what they need once, and keeps it for the next. */

import type { Backbone } from "../../backbones/backbone.ts";
import type { OnnxSettings } from "../../backbones/onnx_settings.ts";
import { loadBackbone } from "../../backbones/registry.ts";
import type { Detector, Progress, Tap } from "../../detectors/detector.ts";
import { createDetector } from "../../detectors/registry.ts";
import { isRefusal } from "../../errors.ts";
import type { MaskFilter } from "../../image/preprocess.ts";
import { openTensorCache, type TensorCacheOptions } from "../../store/tensor_cache.ts";
import type { Dataset } from "../../types.ts";
import { assessWithEvidence } from "../assess.ts";
import { localisationCurves } from "../curves.ts";
import type { FinishedRun } from "./evidence_file.ts";
import { type DataPlan, type Job, openCategory } from "./jobs.ts";
import { openFeatureSource } from "./photo_features.ts";
import type { Recipe } from "./plan.ts";

/** What all jobs of a run share; plain data, so that it can be sent to a worker. */
export interface RunSetting extends DataPlan {
  readonly skipBroken: boolean;
  readonly maskFilter: MaskFilter;
  /** Of backbones that are ONNX files. */
  readonly onnx?: OnnxSettings;
  /** Where features are kept; undefined: nowhere. */
  readonly cache: TensorCacheOptions | undefined;
  /** Keep maps and curves for pictures. */
  readonly pictures: boolean;
  /** Leave out, instead of failing, what a method cannot fit on these photos. */
  readonly leaveOut: boolean;
}

/** A job done, or left out with its reason: the method refused the photos. */
export type JobOutcome =
  | { readonly finished: FinishedRun }
  | { readonly leftOut: string };

/** What a job is told beside what to do. */
export interface RunJobOptions {
  readonly progress?: (progress: Progress) => void;
  /** Recipes of jobs to come: what they take of the same networks is computed in the same pass. */
  readonly later?: readonly Recipe[];
}

/** Runs jobs. */
export interface JobRunner extends AsyncDisposable {
  run(job: Job, options?: RunJobOptions): Promise<JobOutcome>;
  /**
   * Makes a recipe's detector, so that what is wrong with it is known before any photo is read.
   *
   * @throws {RangeError | TypeError} for options, levels or weights that do not fit
   */
  check(recipe: Recipe): Promise<Detector>;
  /** What became of kept features since this was last asked. */
  cacheNews(): CacheNews;
}

/** What a user should know of the cache. */
export interface CacheNews {
  /** Entries whose bytes had changed; they were removed and computed anew. */
  readonly damaged: number;
  /** Why features are no longer kept. */
  readonly trouble: string | undefined;
}

/** @throws {RangeError} when the cache's folder cannot be made */
export async function openJobRunner(setting: RunSetting): Promise<JobRunner> {
  const cache = setting.cache && await openTensorCache(setting.cache);
  let planned: Tap[] = [];
  const features = cache && openFeatureSource(cache, { planned: () => planned });
  const backbones = new Map<string, Promise<Backbone>>();
  const datasets = new Map<string | undefined, Promise<Dataset>>();
  let seenDamaged = 0;

  const detectorOf = async (recipe: Recipe, seed: number): Promise<Detector> => {
    const { method, geometry, options } = recipe;
    const networks: Backbone[] = [];
    for (const name of recipe.backbones) {
      networks.push(
        await backbones.getOrInsertComputed(name, () => loadBackbone(name, { onnx: setting.onnx })),
      );
    }
    return createDetector(method, networks, { geometry, seed, options });
  };

  return {
    check: (recipe) => detectorOf(recipe, recipe.seeds[0]),
    cacheNews() {
      const { damaged, trouble } = cache?.statistics ?? { damaged: 0, trouble: undefined };
      const before = seenDamaged;
      seenDamaged = damaged;
      return { damaged: damaged - before, trouble };
    },
    async run({ category, recipe, seed }, { progress, later = [] } = {}) {
      const detector = await detectorOf(recipe, seed);
      planned = [];
      for (const other of later) {
        // What another method takes of the same networks is computed in the same pass.
        if (!other.backbones.every((name) => recipe.backbones.includes(name))) continue;
        planned.push(...(await detectorOf(other, other.seeds[0])).taps);
      }
      // One data set at a time: kept photos of others would only fill memory.
      for (const other of datasets.keys()) if (other !== category) datasets.delete(other);
      const dataset = await datasets.getOrInsertComputed(
        category,
        () => openCategory(setting, category),
      );
      try {
        const { run, evidence, maps, masks } = await assessWithEvidence(detector, dataset, {
          skipBroken: setting.skipBroken,
          maskFilter: setting.maskFilter,
          label: recipe.label,
          progress,
          features,
          pictures: setting.pictures,
        });
        const pictures = setting.pictures
          ? { ...localisationCurves(maps, masks), maps }
          : undefined;
        return { finished: { run: { ...run, seed }, evidence, pictures } };
      } catch (error) {
        if (!setting.leaveOut || !isUnfit(error)) throw error;
        return { leftOut: error.message };
      }
    },
    async [Symbol.asyncDispose]() {
      await features?.[Symbol.asyncDispose]();
    },
  };
}

/** Whether a method refused the photos, as those with too few of them: `Cannot fit …`. */
function isUnfit(error: unknown): error is Error {
  return isRefusal(error) && error.message.startsWith("Cannot fit ");
}
