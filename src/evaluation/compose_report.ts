/** All that follows from runs: summaries, comparisons, the literature. */

import { acrossCategories, pairedDifferences } from "./differences.ts";
import { againstLiterature } from "./literature.ts";
import type { Environment, Report } from "./report.ts";
import { groupRuns, type RunResult, summarise } from "./summaries.ts";
import { version } from "../version.ts";

/**
 * The report of runs: rows over seeds, paired comparisons of labels, and published numbers beside.
 *
 * Cost: a sort of 10,000 resampled values for each pair of labels, category and metric.
 */
export function composeReport(
  results: readonly RunResult[],
  environment: Environment,
): Report {
  const groups = groupRuns(results);
  const summaries = groups.map(summarise);
  return {
    version,
    environment,
    runs: results.map(({ run }) => run),
    summaries,
    differences: pairedDifferences(groups),
    across: acrossCategories(summaries),
    literature: againstLiterature(groups, summaries),
  };
}
