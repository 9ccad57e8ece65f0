/** What the program and its workers say to each other. */

import type { Progress } from "../../detectors/detector.ts";
import type { encodeRun } from "./evidence_file.ts";
import type { CacheNews, RunSetting } from "./job_runner.ts";
import type { Job } from "./jobs.ts";
import type { Recipe } from "./plan.ts";

/** One job to do. The setting is the same in every message. */
export interface ToWorker {
  readonly setting: RunSetting;
  readonly job: Job;
  /** Recipes of jobs to come. */
  readonly later: readonly Recipe[];
  /** Threads of the worker's engine. */
  readonly threads: number;
}

/** How a job goes, and how it ended. */
export type FromWorker =
  | { readonly progress: Progress }
  | { readonly leftOut: string; readonly news: CacheNews }
  | (ReturnType<typeof encodeRun> & { readonly news: CacheNews })
  | { readonly failed: WorkerFailure };

/** An error that crossed the border between workers. */
export interface WorkerFailure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Whether it was the input's fault. */
  readonly refusal: boolean;
}
