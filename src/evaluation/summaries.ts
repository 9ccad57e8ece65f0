/** Several seeds as one row: how sure over photos, and how much the seed alone changes. */

import { cannot } from "../errors.ts";
import {
  bootstrapInterval,
  type Bootstrapped,
  requireSameResamples,
} from "../metrics/bootstrap.ts";
import type { Interval } from "../metrics/intervals.ts";
import type { Evidence } from "./measure.ts";
import {
  type MetricName,
  metricNames,
  type Run,
  type SeedEstimate,
  type Summary,
} from "./report.ts";

/** A run with what comparisons are made of. */
export interface RunResult {
  readonly run: Run;
  readonly evidence: Evidence;
}

/** The runs of one label on one category: they differ in their seed only. */
export interface Group {
  readonly category: string;
  readonly label: string;
  /** At least one, by seed. */
  readonly results: readonly RunResult[];
}

/** Results by category and label, in the order in which these first come. */
export function groupRuns(results: readonly RunResult[]): readonly Group[] {
  const groups = new Map<string, RunResult[]>();
  for (const result of results) {
    const key = JSON.stringify([result.run.category, result.run.label]);
    groups.getOrInsertComputed(key, () => []).push(result);
  }
  return [...groups.values()].map((members) => {
    const sorted = members.toSorted((a, b) => a.run.seed - b.run.seed);
    const { category, label } = sorted[0].run;
    return { category, label, results: sorted };
  });
}

/**
 * The mean of several bootstraps, resample by resample: each has the same photos in every run, so
 * what is left is the spread over photos, with the seeds held fixed.
 *
 * @throws {RangeError} when there is none, or they were not made on the same resamples
 */
export function meanBootstrap(all: readonly Bootstrapped[]): Bootstrapped {
  if (all.length === 0) throw cannot("average bootstraps", "there must be one", "none");
  for (const one of all) requireSameResamples(all[0], one);
  if (all.length === 1) return all[0];
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const along = (of: (one: Bootstrapped) => Float64Array) =>
    of(all[0]).map((_, i) => mean(all.map((one) => of(one)[i])));
  return {
    ...all[0],
    value: mean(all.map(({ value }) => value)),
    resampled: along(({ resampled }) => resampled),
    jackknife: along(({ jackknife }) => jackknife),
  };
}

/** The evidence of a metric over all seeds; undefined where one seed has none. */
export function evidenceOf({ results }: Group, metric: MetricName): Bootstrapped | undefined {
  const all = results.flatMap(({ evidence }) => evidence[metric] ?? []);
  return all.length === results.length ? meanBootstrap(all) : undefined;
}

/** One row for all seeds of a label. */
export function summarise(group: Group): Summary {
  const runs = group.results.map(({ run }) => run);
  const mean = (of: (run: Run) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const estimates = Object.fromEntries(
    metricNames.map((metric) => [metric, seedEstimate(group, metric)]),
  ) as Pick<Summary, MetricName>;
  return {
    category: group.category,
    label: group.label,
    method: runs[0].method,
    seeds: runs.map(({ seed }) => seed),
    ...estimates,
    fitSeconds: mean(({ seconds }) => seconds.fit),
    msPerImage: mean(({ msPerImage }) => msPerImage),
    peakMemoryMb: Math.max(...runs.map(({ peakMemoryMb }) => peakMemoryMb)),
  };
}

function seedEstimate(group: Group, metric: MetricName): SeedEstimate | null {
  const values = group.results.flatMap(({ run }) => run[metric] ?? []);
  if (values.length < group.results.length) return null;
  const value = values.reduce((sum, one) => sum + one, 0) / values.length;
  return {
    value,
    interval: intervalOf(group, metric),
    seedDeviation: values.length === 1 ? null : Math.sqrt(
      values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (values.length - 1),
    ),
  };
}

/** One seed: the run's own interval; several: that of their mean. */
function intervalOf(group: Group, metric: MetricName): Interval | null {
  if (group.results.length === 1) return group.results[0].run.intervals[metric];
  const evidence = evidenceOf(group, metric);
  if (!evidence) return null;
  const { lower, upper, level, method } = bootstrapInterval(evidence);
  return { lower, upper, level, method };
}

/**
 * The mean of independent estimates, such as categories' with photos of their own:
 *
 *     θ̄ ∓ √Σ (θᵢ − lᵢ)² / n,   and with uᵢ above
 *
 * Source: Zou and Donner 2008 (MOVER). Null where one has no interval.
 */
export function meanEstimate(
  estimates: readonly { readonly value: number; readonly interval: Interval | null }[],
): { readonly value: number; readonly interval: Interval | null } {
  const n = estimates.length;
  const value = estimates.reduce((sum, one) => sum + one.value, 0) / n;
  const squares = { lower: 0, upper: 0 };
  for (const { value, interval } of estimates) {
    if (!interval) return { value: estimates.reduce((s, e) => s + e.value, 0) / n, interval: null };
    squares.lower += (value - interval.lower) ** 2;
    squares.upper += (interval.upper - value) ** 2;
  }
  const level = estimates[0].interval?.level ?? 0.95;
  return {
    value,
    interval: {
      lower: value - Math.sqrt(squares.lower) / n,
      upper: value + Math.sqrt(squares.upper) / n,
      level,
      method: "joined",
    },
  };
}
