/** All that follows from runs: summaries, comparisons, the literature. */

import { acrossCategories, type LabelPairs, pairedDifferences } from "./differences.ts";
import { againstLiterature } from "./literature.ts";
import type { Environment, Report } from "./report.ts";
import { groupRuns, type RunResult, summarise } from "./summaries.ts";
import { version } from "../version.ts";

/**
 * The report of runs: rows over seeds, paired comparisons of labels, and published numbers beside.
 *
 * Cost: a sort of 10,000 resampled values for each pair of labels, category and metric.
 *
 * @param pairs which labels are compared; default: every two of them
 *
 * @example
 * ```ts
 * import { assessWithEvidence, dn2, generate, loadBackbone } from "@kizu/kizu";
 * const cable = await generate("cable", { size: 64, train: 3, testGood: 3, testPerDefect: 1 });
 * const detector = dn2(await loadBackbone("efficientnet_lite0"), {
 *   geometry: { resize: 64, crop: 64 },
 * });
 * const result = await assessWithEvidence(detector, cable, { resamples: 100 });
 * const environment = { deno: "", onnxruntime: "", os: "", arch: "", cores: 2 };
 * const { summaries } = composeReport([result], environment);
 * console.assert(summaries[0].imageAuroc?.value === result.run.imageAuroc);
 * ```
 */
export function composeReport(
  results: readonly RunResult[],
  environment: Environment,
  { pairs }: { readonly pairs?: LabelPairs } = {},
): Report {
  const groups = groupRuns(results);
  const summaries = groups.map(summarise);
  return {
    version,
    environment,
    runs: results.map(({ run }) => run),
    summaries,
    differences: pairedDifferences(groups, pairs),
    across: acrossCategories(summaries, pairs),
    literature: againstLiterature(groups, summaries),
  };
}
