/** Runs a plan's jobs, one after another or in workers beside each other, and keeps each result. */

import type { Progress } from "../../detectors/detector.ts";
import { cannot, refusalFrom } from "../../errors.ts";
import type { ResultsFolder } from "../../store/results_folder.ts";
import { decodeRun, encodeRun, type FinishedRun } from "./evidence_file.ts";
import type { CacheNews, JobRunner, RunSetting } from "./job_runner.ts";
import type { Job } from "./jobs.ts";
import type { Recipe } from "./plan.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

/** What became of a job. */
export type JobEnd =
  | { readonly finished: FinishedRun["run"] }
  | { readonly leftOut: string };

/** Told how jobs go. */
export interface JobWatcher {
  readonly begin?: (job: Job) => void;
  readonly progress?: (job: Job, progress: Progress) => void;
  readonly end?: (job: Job, end: JobEnd) => void;
  /** Once, when features are no longer kept, with the reason. */
  readonly trouble?: (reason: string) => void;
  /** Kept features had changed on the disk: so many entries were removed and computed anew. */
  readonly damaged?: (entries: number) => void;
}

/** How jobs are run. */
export interface RunJobsOptions {
  readonly setting: RunSetting;
  readonly results: ResultsFolder;
  /** Jobs at a time. 1: in this thread. */
  readonly workers: number;
  /** Bytes that all jobs under way may take together, by `estimate`. */
  readonly memory: number;
  /** Bytes that a job takes. */
  readonly estimate: (job: Job) => number;
  /** Cores that workers share. */
  readonly cores: number;
  readonly watcher: JobWatcher;
  /** Used where there are no workers; it stays open. */
  readonly runner: JobRunner;
}

type Encoded = ReturnType<typeof encodeRun>;
type Answer = Encoded | { readonly leftOut: string };

/** What a results folder holds of a job that was left out. */
interface LeftOutRecord {
  readonly leftOut: string;
}

/**
 * Runs the jobs that the results do not have yet. Each is appended when it is done, so that a run
 * that ends in between, however, goes on from there.
 *
 * With several workers a job on another category than those under way is preferred, so that no two
 * compute the same features; and no job is begun while the estimates of those under way leave it
 * no memory.
 *
 * @throws {RangeError} when one job alone needs more memory than there may be
 * @throws the first job's error, after the jobs under way were kept
 */
export async function runJobs(jobs: readonly Job[], options: RunJobsOptions): Promise<void> {
  const { results, workers, memory, estimate, watcher } = options;
  const pending = jobs.filter(({ id }) => !results.finished.has(id));
  for (const job of pending) {
    if (estimate(job) <= memory) continue;
    throw cannot(
      `run ${job.recipe.label} on ${job.category ?? "the photos"}`,
      `what it is estimated to need must fit into ${gigabytes(memory)} of memory (--memory)`,
      gigabytes(estimate(job)),
    );
  }
  let told = false;
  const tell = ({ damaged, trouble }: CacheNews) => {
    if (damaged > 0) watcher.damaged?.(damaged);
    if (trouble === undefined || told) return;
    told = true;
    watcher.trouble?.(trouble);
  };
  const keep = async (job: Job, answer: Answer): Promise<void> => {
    if ("leftOut" in answer) {
      const record: LeftOutRecord = { leftOut: answer.leftOut };
      await results.append(job.id, record);
      watcher.end?.(job, record);
    } else {
      await results.append(job.id, answer.record, answer.attachments);
      watcher.end?.(job, { finished: answer.record.run });
    }
  };
  if (workers === 1) await oneByOne(pending, options, { keep, tell });
  else await besideEachOther(pending, options, { keep, tell });
}

/** The recipes of jobs, each once. */
const recipesIn = (jobs: readonly Job[]): readonly Recipe[] => [
  ...new Map(jobs.map(({ recipe }) => [recipe.label, recipe])).values(),
];

interface Keeping {
  readonly keep: (job: Job, answer: Answer) => Promise<void>;
  readonly tell: (news: CacheNews) => void;
}

async function oneByOne(
  pending: readonly Job[],
  { runner, watcher }: RunJobsOptions,
  { keep, tell }: Keeping,
): Promise<void> {
  for (const [i, job] of pending.entries()) {
    watcher.begin?.(job);
    const outcome = await runner.run(job, {
      progress: (progress) => watcher.progress?.(job, progress),
      later: recipesIn(pending.slice(i + 1)),
    });
    await keep(job, "leftOut" in outcome ? outcome : encodeRun(outcome.finished));
    tell(runner.cacheNews());
  }
}

async function besideEachOther(
  pending: Job[],
  { setting, workers, memory, estimate, cores, watcher }: RunJobsOptions,
  { keep, tell }: Keeping,
): Promise<void> {
  const threads = Math.max(1, Math.floor(cores / workers));
  const pool = Array.from(
    { length: Math.min(workers, pending.length) },
    () => new Worker(new URL("./job_worker.ts", import.meta.url), { type: "module" }),
  );
  const idle = [...pool];
  const running = new Map<Job, Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  const take = (): Job | undefined => {
    const under = [...running.keys()];
    const used = under.reduce((sum, job) => sum + estimate(job), 0);
    const fits = pending.filter((job) => used + estimate(job) <= memory);
    const other = fits.find(({ category }) => under.every((job) => job.category !== category));
    const job = other ?? fits[0];
    if (job) pending.splice(pending.indexOf(job), 1);
    return job;
  };
  const perform = async (worker: Worker, job: Job): Promise<void> => {
    watcher.begin?.(job);
    try {
      const { answer, news } = await ask(
        worker,
        { setting, job, threads, later: recipesIn(pending) },
        (progress) => watcher.progress?.(job, progress),
      );
      await keep(job, answer);
      tell(news);
      idle.push(worker);
    } catch (error) {
      failure ??= { error };
    } finally {
      running.delete(job);
    }
  };
  try {
    while (running.size > 0 || (pending.length > 0 && !failure)) {
      while (!failure && idle.length > 0) {
        const job = take();
        const worker = job && idle.pop();
        if (!worker) break;
        running.set(job, perform(worker, job));
      }
      await Promise.race(running.values());
    }
  } finally {
    for (const worker of pool) worker.terminate();
  }
  if (failure) throw failure.error;
}

/** Has a worker do a job. */
function ask(
  worker: Worker,
  message: ToWorker,
  progress: (progress: Progress) => void,
): Promise<{ readonly answer: Answer; readonly news: CacheNews }> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if ("progress" in data) return progress(data.progress);
      if ("failed" in data) {
        const { name, message, stack, refusal } = data.failed;
        if (refusal) return reject(refusalFrom({ name, message }));
        return reject(Object.assign(new Error(message), { stack }));
      }
      const { news, ...answer } = data;
      resolve({ answer, news });
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`a worker failed: ${event.message}`));
    };
    worker.postMessage(message);
  });
}

/** The results of jobs in their order, whatever order they were done in, without pictures. */
export async function readResults(
  jobs: readonly Job[],
  results: ResultsFolder,
): Promise<readonly FinishedRun[]> {
  const found: FinishedRun[] = [];
  for (const job of jobs) found.push(...await readResult(job, results));
  return found;
}

/** The result of one job, with its pictures where they are asked for; none where it was left out. */
export async function readResult(
  { id }: Job,
  results: ResultsFolder,
  options: { readonly pictures?: boolean } = {},
): Promise<readonly FinishedRun[]> {
  if (!results.finished.has(id)) return [];
  const { record, attachment } = await results.read(id);
  const leftOut = typeof record === "object" && record !== null && "leftOut" in record;
  return leftOut ? [] : [await decodeRun(record, attachment, options)];
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
