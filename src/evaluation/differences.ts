/** Methods against each other: on the same photos, and over categories. */

import type { Bootstrapped } from "../metrics/bootstrap.ts";
import { delongTest } from "../metrics/delong.ts";
import { friedman, nemenyi } from "../metrics/friedman.ts";
import { holm } from "../metrics/holm.ts";
import { pairedBootstrap } from "../metrics/paired.ts";
import { median } from "../math/quantile.ts";
import { wilcoxonSignedRank } from "../metrics/wilcoxon.ts";
import {
  type AcrossCategories,
  type MetricName,
  metricNames,
  type PairedDifference,
  type SignedRankPair,
  type Summary,
} from "./report.ts";
import { evidenceOf, type Group } from "./summaries.ts";

/** Categories below which ranks over categories say nothing. */
const LEAST_CATEGORIES = 3;

/** Which labels are compared: each time the first one's value less the second one's. */
export type LabelPairs = readonly (readonly [first: string, second: string])[];

/** The pairs named, where both are there; else every two of a list, in its order. */
function pairsOf<T extends { readonly label: string }>(
  all: readonly T[],
  pairs: LabelPairs | undefined,
): readonly (readonly [T, T])[] {
  if (pairs === undefined) {
    return all.flatMap((a, i) => all.slice(i + 1).map((b) => [a, b] as const));
  }
  return pairs.flatMap((labels) => {
    const [a, b] = labels.map((label) => all.find((one) => one.label === label));
    return a && b ? [[a, b] as const] : [];
  });
}

/**
 * Every two labels, or the pairs named, on the photos of each category: DeLong's paired test for image AUROC of single
 * runs, the paired bootstrap for everything else (for the means of several seeds too), and Holm's
 * correction over all differences of a metric in the report.
 *
 * A pair is left out where one has no value or the two did not see the same photos, or in pixels
 * not the same photos with a defect: another crop may leave a defect out.
 */
export function pairedDifferences(
  groups: readonly Group[],
  pairs?: LabelPairs,
): readonly PairedDifference[] {
  const byCategory = Map.groupBy(groups, ({ category }) => category);
  return metricNames.flatMap((metric) => {
    const found = [...byCategory.values()].flatMap((own) =>
      pairsOf(own, pairs).flatMap(([a, b]) => compare(a, b, metric) ?? [])
    );
    const adjusted = holm(found.map(({ p }) => p));
    return found.map((difference, i) => ({ ...difference, adjustedP: adjusted[i] }));
  });
}

function compare(
  a: Group,
  b: Group,
  metric: MetricName,
): Omit<PairedDifference, "adjustedP"> | undefined {
  if (idsOf(a) !== idsOf(b)) return undefined;
  const [first, second] = [a, b].map((group) => evidenceOf(group, metric));
  if (!first || !second || strataText(first) !== strataText(second)) return undefined;
  const single = a.results.length === 1 && b.results.length === 1;
  const { value, lower, upper, level, method, p } = metric === "imageAuroc" && single
    ? delongTest([a, b].map(scoresOf) as [number[], number[]], labelsOf(a))
    : pairedBootstrap(first, second);
  const { category } = a;
  return { category, metric, labels: [a.label, b.label], value, lower, upper, level, method, p };
}

const strataText = ({ strata: { normal, anomalous } }: Bootstrapped): string =>
  `${normal.join()} ${anomalous.join()}`;
const scoresOf = ({ results }: Group): number[] => results[0].run.scores.map(({ score }) => score);
const labelsOf = ({ results }: Group): number[] =>
  results[0].run.scores.map(({ label }) => label === "anomalous" ? 1 : 0);
const idsOf = ({ results }: Group): string =>
  JSON.stringify(results.map(({ run }) => run.scores.map(({ id }) => id))[0]);

/**
 * Labels over categories: mean ranks with Friedman's test and Nemenyi's critical difference, and
 * every two labels, or the pairs named, by Wilcoxon's signed-rank test, corrected by Holm.
 *
 * A label counts that has the metric anywhere, and a category in which all of these have it; fewer
 * than three categories say nothing and give nothing.
 *
 * Source: Demšar 2006, Statistical comparisons of classifiers over multiple data sets.
 */
export function acrossCategories(
  summaries: readonly Summary[],
  pairs?: LabelPairs,
): readonly AcrossCategories[] {
  const everywhere = [...new Set(summaries.map(({ category }) => category))];
  const all = [...new Set(summaries.map(({ label }) => label))];
  return metricNames.flatMap((metric) => {
    const valueOf = (label: string, category: string): number | undefined =>
      summaries.find((one) => one.label === label && one.category === category)?.[metric]?.value;
    const labels = all.filter((label) =>
      everywhere.some((category) => valueOf(label, category) !== undefined)
    );
    const categories = everywhere.filter((category) =>
      labels.every((label) => valueOf(label, category) !== undefined)
    );
    if (labels.length < 2 || categories.length < LEAST_CATEGORIES) return [];
    const table = categories.map((category) =>
      labels.map((label) => valueOf(label, category) ?? NaN)
    );
    const { meanRanks, p } = friedman(table);
    const { criticalDifference } = nemenyi(table);
    const ranks = labels.map((label, i) => ({ label, meanRank: meanRanks[i] }))
      .toSorted((a, b) => a.meanRank - b.meanRank);
    return [{
      metric,
      categories,
      ranks,
      friedmanP: p,
      criticalDifference,
      pairs: signedRanks(table, labels, pairs),
    }];
  });
}

function signedRanks(
  table: readonly (readonly number[])[],
  labels: readonly string[],
  pairs: LabelPairs | undefined,
): readonly SignedRankPair[] {
  const columns = labels.map((label, column) => ({ label, column }));
  const found = pairsOf(columns, pairs).map(([a, b]) => {
    const [first, second] = [a, b].map(({ column }) => table.map((row) => row[column]));
    const differences = first.map((value, i) => value - second[i]);
    // Equal everywhere: no sign to rank, and no difference.
    const p = differences.every((d) => d === 0) ? 1 : wilcoxonSignedRank(first, second).p;
    return { labels: [a.label, b.label] as const, median: median(differences), p };
  });
  const adjusted = holm(found.map(({ p }) => p));
  return found.map((pair, i) => ({ ...pair, adjustedP: adjusted[i] }));
}
