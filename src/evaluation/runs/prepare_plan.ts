/** From a plan to jobs, with everything checked that can be before the first photo is read. */

import { version } from "../../version.ts";
import { engineVersion } from "../../onnx/session.ts";
import type { JobRunner, RunSetting } from "./job_runner.ts";
import {
  categoriesOf,
  type DatasetFacts,
  datasetFacts,
  type Job,
  jobsOf,
  openCategory,
} from "./jobs.ts";
import { estimateMemory } from "./memory.ts";
import { byNetwork, networkIdentity } from "./network_identity.ts";
import { type Plan, recipesOf } from "./plan.ts";

/** A plan that can be run. */
export interface PreparedPlan {
  readonly jobs: readonly Job[];
  /** Bytes that a job is estimated to take. */
  readonly estimate: (job: Job) => number;
  /** All that results depend on, as JSON: results of anything else are not gone on with. */
  readonly facts: unknown;
}

/**
 * Expands a plan: recipes, categories, jobs. Makes each recipe's detector once, so that weights,
 * options and levels are checked, and lists every category's photos.
 *
 * @param usual the backbone of methods that name none
 * @param contents whether the facts are to tell photos of other content apart
 * @throws {RangeError | TypeError} for anything in the plan that is not there or does not fit
 */
export async function preparePlan(
  plan: Plan,
  { usual, contents, runner, setting }: {
    readonly usual: string;
    readonly contents: boolean;
    readonly runner: JobRunner;
    readonly setting: RunSetting;
  },
): Promise<PreparedPlan> {
  const recipes = recipesOf(plan, usual);
  const described: unknown[] = [];
  const memory = new Map<string, (images: number) => number>();
  for (const recipe of recipes) {
    const detector = await runner.check(recipe);
    const { label, method, backbones, seeds } = recipe;
    const networks = byNetwork(detector.taps).map((taps) =>
      `${taps[0].backbone.name} ${networkIdentity(taps).slice(0, 16)}`
    );
    described.push({ label, method, backbones, networks, options: detector.options, seeds });
    memory.set(label, (images) => estimateMemory(detector, images));
  }
  const categories = await categoriesOf(plan);
  const datasets: DatasetFacts[] = [];
  for (const category of categories) {
    datasets.push(await datasetFacts(await openCategory(plan, category), { contents }));
  }
  const imagesOf = new Map(categories.map((category, i) => [category, datasets[i].counts.train]));
  const { skipBroken, maskFilter, leaveOut } = setting;
  return {
    jobs: jobsOf(categories, recipes),
    estimate: ({ category, recipe }) =>
      memory.get(recipe.label)?.(imagesOf.get(category) ?? 0) ?? 0,
    facts: {
      engine: engineVersion,
      data: plan.data ?? null,
      datasets,
      methods: described,
      skipBroken,
      maskFilter,
      leaveOut,
      version,
    },
  };
}
