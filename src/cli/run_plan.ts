/** Runs a plan from a command line: results, cache, workers, and everything that is written. */

import { dirname, join } from "@std/path";
import { backboneNames } from "../backbones/registry.ts";
import { composeReport } from "../evaluation/compose_report.ts";
import type { LabelPairs } from "../evaluation/differences.ts";
import { type JobRunner, openJobRunner, type RunSetting } from "../evaluation/runs/job_runner.ts";
import type { Job } from "../evaluation/runs/jobs.ts";
import { openFeatureSource } from "../evaluation/runs/photo_features.ts";
import type { Plan } from "../evaluation/runs/plan.ts";
import { type PreparedPlan, preparePlan } from "../evaluation/runs/prepare_plan.ts";
import type { Environment, Report, Run } from "../evaluation/report.ts";
import { readResults, runJobs } from "../evaluation/runs/run_jobs.ts";
import { spooledResults } from "../evaluation/runs/spooled_results.ts";
import { reportCsv } from "../evaluation/table.ts";
import { cannot, isRefusal, refusalFrom } from "../errors.ts";
import { expectWritableFolder, userCacheFolder, writeFileWhole } from "../files.ts";
import { engineVersion } from "../onnx/session.ts";
import { collectPage } from "../report/collect_page.ts";
import { reportPage } from "../report/page.ts";
import { openResultsFolder, type ResultsFolder } from "../store/results_folder.ts";
import { openTensorCache, type TensorCacheOptions } from "../store/tensor_cache.ts";
import { memoryResults } from "../store/memory_results.ts";
import { version } from "../version.ts";
import type { Given } from "./arguments.ts";
import type { runSpec } from "./run_options.ts";
import { writeMaps } from "./maps.ts";
import { type ProgressLine, progressLine } from "./progress.ts";

/** What else a command wants of its plan. */
export interface RunPlanOptions {
  readonly given: Given<typeof runSpec> & { readonly maps?: string };
  /** Leave out methods that the photos are not enough for, instead of failing. */
  readonly leaveOut: boolean;
  /** The report page's title. */
  readonly title: string;
  /** What was called, without its options, for example `deno task eval`. */
  readonly command: string;
  /** Which labels are compared; default: every two. */
  readonly pairs?: LabelPairs;
  /**
   * Another plan on the same data that belongs to the same report, with labels of its own: for
   * recipes whose masks are resized otherwise.
   */
  readonly second?: Plan;
  /** Told the report once it is known, before pictures are drawn. */
  readonly print: (report: Report) => void;
}

/** A plan made ready, with what runs it. */
interface Part {
  readonly setting: RunSetting;
  readonly runner: JobRunner;
  readonly prepared: PreparedPlan;
}

const DEFAULT_CACHE_GB = 4;
const MEMORY_SHARE = 0.75;

/**
 * Runs a plan and writes what was asked for.
 *
 * Whatever fails, what is done is printed and written before the failure is thrown.
 *
 * @throws what the plan's runs and files throw
 */
export async function runPlan(plan: Plan, options: RunPlanOptions): Promise<void> {
  const { given } = options;
  const folders = [given.json, given.csv].flatMap((file) => file ? [dirname(file)] : []);
  for (const folder of [...folders, given.report, given.maps]) {
    if (folder !== undefined) await expectWritableFolder(folder);
  }
  const line = progressLine();
  const cache = await cacheOf(given, (notice) => {
    line.begin("cache");
    line.end(notice);
  });
  await using runners = new AsyncDisposableStack();
  const parts: Part[] = [];
  for (const one of options.second ? [plan, options.second] : [plan]) {
    const setting = settingOf(one, options, cache);
    const runner = runners.use(await openJobRunner(setting));
    const prepared = await preparePlan(one, {
      usual: backboneNames[0],
      contents: given.results !== undefined,
      runner,
      setting,
    });
    parts.push({ setting, runner, prepared });
  }
  const jobs = parts.flatMap(({ prepared }) => prepared.jobs);
  const facts = parts.map(({ prepared }) => prepared.facts);
  await using results = await openResults(given, facts.length === 1 ? facts[0] : { parts: facts });

  const watcher = watcherOf(line, jobs, results);
  let failure: { readonly error: unknown } | undefined;
  try {
    for (const { setting, runner, prepared } of parts) {
      await runJobs(prepared.jobs, {
        setting,
        results,
        workers: given.workers ?? 1,
        memory: memoryOf(given),
        estimate: prepared.estimate,
        cores: navigator.hardwareConcurrency,
        watcher,
        runner,
      });
    }
  } catch (error) {
    failure = { error };
  }
  const found = await readResults(jobs, results);
  if (found.length === 0) {
    if (failure) throw failure.error;
    throw await leftOutError(jobs, results);
  }
  const report = composeReport(found, environment(), { pairs: options.pairs });
  // The files first: whatever happens to the screen, the numbers are kept.
  if (given.json) await writeFileWhole(given.json, JSON.stringify(report, null, 2) + "\n");
  if (given.csv) await writeFileWhole(given.csv, reportCsv(report));
  options.print(report);
  const { setting } = parts[0];
  await writePictures({ report, plan, jobs, results, line, setting }, options);
  if (failure) throw failure.error;
}

function settingOf(
  plan: Plan,
  { given, leaveOut }: RunPlanOptions,
  cache: TensorCacheOptions | undefined,
): RunSetting {
  return {
    data: plan.data,
    limit: plan.limit,
    onnx: plan.onnx,
    skipBroken: plan.skipBroken ?? false,
    maskFilter: plan.maskFilter ?? "nearest",
    cache,
    // A results folder keeps them always: whoever wants a page later need not run again.
    pictures: (given.results ?? given.report ?? given.maps) !== undefined,
    leaveOut,
  };
}

/** Where finished runs go: the folder named, else memory, or beside the pictures as maps are large. */
async function openResults(
  { results: folder, report, maps }: RunPlanOptions["given"],
  facts: unknown,
): Promise<ResultsFolder> {
  if (folder !== undefined) return await openResultsFolder(folder, { plan: facts, version });
  const pictured = report ?? maps;
  return pictured === undefined ? memoryResults() : spooledResults(pictured);
}

/**
 * Where features are kept; undefined: nowhere. A place that nobody named, the user's cache folder,
 * is done without where there is none or it cannot be written: that is told.
 *
 * @throws {RangeError} where a place that was named cannot be written, or options contradict
 */
export async function cacheOf(
  given: Pick<RunPlanOptions["given"], "cache" | "cache-size" | "no-cache">,
  tell: (notice: string) => void = () => {},
): Promise<TensorCacheOptions | undefined> {
  if (given["no-cache"]) {
    const other = (["cache", "cache-size"] as const).find((name) => given[name] !== undefined);
    if (other === undefined) return undefined;
    throw cannot("read the command", "--no-cache keeps nothing", `--no-cache and --${other}`);
  }
  const mostBytes = Math.floor(1e9 * (given["cache-size"] ?? DEFAULT_CACHE_GB));
  const named = given.cache ?? Deno.env.get("KIZU_CACHE");
  if (named) return { folder: named, mostBytes };
  const user = userCacheFolder((name) => Deno.env.get(name));
  if (user === undefined) {
    tell("no features are kept: the environment names no home (--cache names a folder)");
    return undefined;
  }
  const folder = join(user, "kizu", "features");
  try {
    await expectWritableFolder(folder);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    tell(`no features are kept: ${error.message} (--cache names another folder)`);
    return undefined;
  }
  return { folder, mostBytes };
}

/** One run at a time may take what it takes, unless a limit was named. */
function memoryOf({ memory, workers }: RunPlanOptions["given"]): number {
  if (memory !== undefined) return 1e9 * memory;
  if ((workers ?? 1) === 1) return Infinity;
  return MEMORY_SHARE * Deno.systemMemoryInfo().available;
}

function watcherOf(
  line: ProgressLine,
  jobs: readonly Job[],
  results: ResultsFolder,
): Parameters<typeof runJobs>[1]["watcher"] {
  const before = jobs.filter(({ id }) => results.finished.has(id)).length;
  const titleOf = (job: Job) =>
    `[${jobs.indexOf(job) + 1}/${jobs.length}] ${job.category ?? "photos"} ${job.recipe.label}` +
    (job.recipe.seeds.length > 1 ? ` seed ${job.seed}` : "");
  if (before > 0) {
    line.begin("results");
    line.end(`${before} of ${jobs.length} runs were finished before`);
  }
  // Of jobs beside each other the one that began last is shown.
  const underWay: Job[] = [];
  return {
    begin(job) {
      underWay.push(job);
      line.begin(titleOf(job));
    },
    progress(job, progress) {
      if (job === underWay.at(-1)) line.show(progress);
    },
    end(job, ended) {
      line.begin(titleOf(job));
      line.end("leftOut" in ended ? `left out: ${ended.leftOut}` : summary(ended.finished));
      underWay.splice(underWay.indexOf(job), 1);
      const other = underWay.at(-1);
      if (other) line.begin(titleOf(other));
    },
    trouble(reason) {
      line.begin("cache");
      line.end(`features are no longer kept: ${reason}`);
    },
    damaged(entries) {
      line.begin("cache");
      line.end(`${entries} damaged ${entries === 1 ? "entry was" : "entries were"} computed anew`);
    },
  };
}

function summary({ seconds, trainImages, testImages, skippedImages, cachedImages }: Run): string {
  const skipped = skippedImages.length > 0 ? `, skipped ${skippedImages.length} broken` : "";
  const cached = cachedImages > 0 ? `, ${cachedImages} from the cache` : "";
  return `fitted on ${trainImages}, tested on ${testImages}${skipped}${cached} ` +
    `in ${seconds.total.toFixed(1)} s`;
}

/** What the first method that was left out said, as an error. */
async function leftOutError(jobs: readonly Job[], results: ResultsFolder): Promise<Error> {
  for (const { id } of jobs) {
    const { record } = await results.read(id);
    if (typeof record === "object" && record !== null && "leftOut" in record) {
      return refusalFrom({ name: "RangeError", message: String(record.leftOut) });
    }
  }
  return new Error("nothing was run");
}

/** The page and the overlays; a full disk under them does not cost the numbers. */
async function writePictures(
  { report, plan, jobs, results, line, setting }: {
    readonly report: Report;
    readonly plan: Plan;
    readonly jobs: readonly Job[];
    readonly results: ResultsFolder;
    readonly line: ProgressLine;
    readonly setting: RunSetting;
  },
  { given, title, command }: RunPlanOptions,
): Promise<void> {
  if (given.report !== undefined) {
    line.begin("report");
    const cache = setting.cache && await openTensorCache(setting.cache);
    await using features = cache && openFeatureSource(cache);
    const page = await collectPage({
      title,
      command: [command, ...Deno.args.map(quoted)].join(" "),
      report,
      jobs,
      results,
      data: plan,
      features,
      progress: (done, total) => line.show({ stage: "collect", done, total }),
    });
    const path = join(given.report, "index.html");
    await writeFileWhole(path, await reportPage(page));
    line.end(`written to ${path}`);
  }
  if (given.maps !== undefined) {
    line.begin("maps");
    const count = await writeMaps(given.maps, {
      jobs,
      results,
      data: plan,
      progress: (done, total) => line.show({ stage: "draw", done, total }),
    });
    line.end(`${count} overlays written to ${given.maps}`);
  }
}

const quoted = (word: string): string => /^[\w./=,:+-]+$/.test(word) ? word : JSON.stringify(word);

/** On what this runs. */
export function environment(): Environment {
  return {
    deno: Deno.version.deno,
    onnxruntime: engineVersion,
    os: Deno.build.os,
    arch: Deno.build.arch,
    cores: navigator.hardwareConcurrency,
  };
}
