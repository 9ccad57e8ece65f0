/** Each row beside the published figures for its method and category. */

import {
  knownDifferences,
  publishedMean,
  type PublishedMetric,
  type PublishedResult,
  publishedResult,
} from "./published.ts";
import { type LiteratureRow, type MetricName, metricNames, type Summary } from "./report.ts";
import { type Group, meanEstimate } from "./summaries.ts";

/** Our names of metrics, and the publications'. */
const publishedNames: Readonly<Record<MetricName, PublishedMetric>> = {
  imageAuroc: "imageAuroc",
  pixelAuroc: "pixelAuroc",
  aupro: "pro",
};

/**
 * Our values beside the nearest published ones, with the difference, whether the published one
 * lies in our interval over test photos, and in what the two are known to differ. Where a label was
 * run on all of MVTec AD, the means over its categories too.
 *
 * @param summaries of the groups, in their order
 */
export function againstLiterature(
  groups: readonly Group[],
  summaries: readonly Summary[],
): readonly LiteratureRow[] {
  const rows = groups.flatMap((group, i) =>
    metricNames.flatMap((metric) => {
      const own = summaries[i][metric];
      const { run } = group.results[0];
      const found = publishedResult(run, publishedNames[metric]);
      if (!own || !found) return [];
      const { category, label } = group;
      return [rowOf({ category, label, metric }, own, found, knownDifferences(run, found))];
    })
  );
  const labels = [...new Set(groups.map(({ label }) => label))];
  const means = labels.flatMap((label) => {
    const own = groups.flatMap((group, i) => group.label === label ? [{ group, i }] : []);
    const runs = own.map(({ group }) => group.results[0].run);
    return metricNames.flatMap((metric) => {
      const found = publishedMean(runs, publishedNames[metric]);
      const estimates = own.flatMap(({ i }) => summaries[i][metric] ?? []);
      if (!found || estimates.length < own.length) return [];
      const category = `mean of ${own.length}`;
      const differs = knownDifferences(runs[0], found);
      return [rowOf({ category, label, metric }, meanEstimate(estimates), found, differs)];
    });
  });
  return [...rows, ...means];
}

function rowOf(
  of: Pick<LiteratureRow, "category" | "label" | "metric">,
  { value, interval }: Pick<LiteratureRow, "value" | "interval">,
  { value: published, source, config, kind }: PublishedResult,
  differs: readonly string[],
): LiteratureRow {
  return {
    ...of,
    value,
    interval,
    published,
    difference: value - published,
    inside: interval && interval.lower <= published && published <= interval.upper,
    source,
    config,
    kind,
    differs,
  };
}
