/** Reports as text: tables for people, rows for spreadsheets. */

import { stringify } from "@std/csv/stringify";
import { alignColumns, percent, points, pText } from "./columns.ts";
import {
  type AcrossCategories,
  type LiteratureRow,
  type MetricName,
  metricNames,
  metricTitles,
  type PairedDifference,
  type Report,
  type Run,
  type SeedEstimate,
  type Summary,
} from "./report.ts";
import { meanEstimate } from "./summaries.ts";

/** The chance of an error that tables of comparisons keep. */
const ALPHA = 0.05;

/**
 * The report in plain text: percentages with their 95 % intervals over test photos and, with
 * several seeds, the spread between these; means where a label has several categories; our values
 * beside published ones; which labels differ on the same photos, and over categories.
 */
export function reportTable(report: Report): string {
  const blocks = [
    summaryTable(report),
    literatureTable(report.literature),
    differencesText(report.differences),
    ...report.across.map(acrossText),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

const interval = (found: { readonly interval: { lower: number; upper: number } | null }): string =>
  found.interval ? ` [${percent(found.interval.lower)}, ${percent(found.interval.upper)}]` : "";

function cell(estimate: Pick<SeedEstimate, "value" | "interval"> | null): string {
  return estimate ? `${percent(estimate.value)}${interval(estimate)}` : "–";
}

const deviation = (estimate: SeedEstimate | null): string =>
  estimate?.seedDeviation === null || !estimate ? "–" : (100 * estimate.seedDeviation).toFixed(1);

function summaryTable({ summaries, runs }: Report): string {
  const seeded = summaries.some(({ seeds }) => seeds.length > 1);
  const header = [
    "category",
    "method",
    ...metricNames.flatMap((name) => [metricTitles[name], ...(seeded ? ["±sd"] : [])]),
    ...(seeded ? ["seeds"] : []),
    "fit s",
    "ms/image",
    "MiB",
  ];
  const rows = summaries.map((one) => [
    one.category,
    one.label,
    ...metricNames.flatMap((
      name,
    ) => [cell(one[name]), ...(seeded ? [deviation(one[name])] : [])]),
    ...(seeded ? [String(one.seeds.length)] : []),
    one.fitSeconds.toFixed(1),
    one.msPerImage.toFixed(1),
    one.peakMemoryMb.toFixed(0),
  ]);
  const footer = [...Map.groupBy(summaries, ({ label }) => label).values()]
    .filter((own) => own.length > 1).map((own) => meanRow(own, seeded));
  const cached = runs.reduce((sum, run) => sum + run.cachedImages, 0);
  const photos = runs.reduce((sum, run) => sum + run.trainImages + run.testImages, 0);
  return [
    alignColumns([header, ...rows], { left: 2, footer }),
    "",
    "In percent, with the 95 % interval over test photos: DeLong's for image AUROC, else the",
    "stratified bootstrap over photos. AUPRO: up to a false-positive rate of 0.3. ms/image: from",
    "pixels to scores; MiB: the largest of the process so far.",
    ...(seeded
      ? [
        "Several seeds: their mean; ±sd is the standard deviation between seeds, the interval is over",
        "photos alone.",
      ]
      : []),
    ...(cached > 0
      ? [`Features of ${cached} of ${photos} photos were kept from before: fit s is without them.`]
      : []),
  ].join("\n");
}

/** The mean over categories; left out where one has no value. */
function meanRow(own: readonly Summary[], seeded: boolean): string[] {
  const of = (name: MetricName): string => {
    const all = own.flatMap((one) => one[name] ?? []);
    return all.length < own.length ? "–" : cell(meanEstimate(all));
  };
  const mean = (value: (one: Summary) => number) =>
    (own.reduce((sum, one) => sum + value(one), 0) / own.length).toFixed(1);
  return [
    `mean of ${own.length}`,
    own[0].label,
    ...metricNames.flatMap((name) => [of(name), ...(seeded ? [""] : [])]),
    ...(seeded ? [""] : []),
    mean(({ fitSeconds }) => fitSeconds),
    mean(({ msPerImage }) => msPerImage),
    Math.max(...own.map(({ peakMemoryMb }) => peakMemoryMb)).toFixed(0),
  ];
}

function literatureTable(rows: readonly LiteratureRow[]): string {
  if (rows.length === 0) return "";
  const notes = [...new Set(rows.map(noteOf))];
  const header = ["category", "method", "metric", "ours", "published", "differ by", "inside", ""];
  return [
    "Against the literature (inside: the published value is in our interval):",
    alignColumns([
      header,
      ...rows.map((row) => [
        row.category,
        row.label,
        metricTitles[row.metric],
        cell(row),
        percent(row.published),
        points(row.difference),
        row.inside === null ? "–" : row.inside ? "yes" : "no",
        `(${notes.indexOf(noteOf(row)) + 1})`,
      ]),
    ], { left: 3 }),
    ...notes.map((note, i) => `(${i + 1}) ${note}`),
  ].join("\n");
}

const noteOf = ({ label, config, kind, source, differs }: LiteratureRow): string =>
  `${label} beside ${config}\n    ${kind}: ${source}` +
  (differs.length === 0 ? "" : `\n    known to differ: ${differs.join("; ")}`);

/** For each category and metric the best label, and which others differ from it for sure. */
function differencesText(differences: readonly PairedDifference[]): string {
  if (differences.length === 0) return "";
  const groups = [
    ...Map.groupBy(
      differences,
      ({ category, metric }) => JSON.stringify([category, metric]),
    ).values(),
  ];
  const lines = groups.flatMap((own) => {
    const sure = own.filter(({ adjustedP }) => adjustedP < ALPHA);
    const { category, metric } = own[0];
    const head = `  ${category}, ${metricTitles[metric]}: `;
    if (sure.length === 0) return [`${head}none of ${own.length}`];
    return [
      `${head}${sure.length} of ${own.length}`,
      ...sure.map(({ labels: [a, b], value, lower, upper, adjustedP }) => {
        // The better one first.
        const [first, second, sign] = value < 0 ? [b, a, -1] : [a, b, 1];
        const ends = [sign * lower, sign * upper].toSorted((x, y) => x - y).map(points);
        return `    ${first} over ${second}: ${points(sign * value)} [${ends.join(", ")}], ` +
          `p ${pText(adjustedP)}`;
      }),
    ];
  });
  return [
    "Pairs of methods that differ on the same photos (paired tests, 5 % over all pairs of a metric",
    "after Holm; differences in points with their 95 % interval):",
    ...lines,
  ].join("\n");
}

function acrossText(
  { metric, categories, ranks, friedmanP, criticalDifference, pairs }: AcrossCategories,
): string {
  const sure = pairs.filter(({ adjustedP }) => adjustedP < ALPHA);
  return [
    `Over ${categories.length} categories, ${metricTitles[metric]} (Friedman p ${
      pText(friedmanP)
    }): mean ranks ` +
    ranks.map(({ label, meanRank }) => `${label} ${meanRank.toFixed(2)}`).join(", ") + ";",
    `  mean ranks nearer than ${
      criticalDifference.toFixed(2)
    } cannot be told apart (Nemenyi, 5 %).`,
    sure.length === 0
      ? `  Signed-rank tests after Holm: ${
        pairs.length === 1 ? "the pair does not differ" : `none of ${pairs.length} pairs differs`
      }.`
      : `  Signed-rank tests after Holm: ` +
        sure.map(({ labels: [a, b], median, adjustedP }) =>
          `${median < 0 ? b : a} over ${median < 0 ? a : b} (median ${
            points(Math.abs(median))
          }, p ${pText(adjustedP)})`
        ).join("; ") + ".",
  ].join("\n");
}

const CSV_COLUMNS = [
  "dataset",
  "category",
  "method",
  "label",
  "backbone",
  "seed",
  "trainImages",
  "testImages",
  "imageAuroc",
  "pixelAuroc",
  "aupro",
  "imageAp",
  "maskFilter",
  "msPerImage",
  "cachedImages",
  "peakMemoryMb",
] as const satisfies readonly (keyof Run)[];

/**
 * The runs as comma-separated values: one row a run, fractions, an empty cell for null; of each
 * metric the ends of its interval as `metric.lower` and `metric.upper`.
 */
export function reportCsv({ runs }: Pick<Report, "runs">): string {
  const ends = metricNames.flatMap((name) => [`${name}.lower`, `${name}.upper`]);
  const seconds = ["read", "fit", "predict", "metrics", "total"].map((name) => `seconds.${name}`);
  const rows = runs.map((run) => ({
    ...Object.fromEntries(CSV_COLUMNS.map((column) => [column, run[column] ?? ""])),
    ...Object.fromEntries(metricNames.flatMap((name) => [
      [`${name}.lower`, run.intervals[name]?.lower ?? ""],
      [`${name}.upper`, run.intervals[name]?.upper ?? ""],
    ])),
    ...Object.fromEntries(
      Object.entries(run.seconds).map(([name, value]) => [`seconds.${name}`, value]),
    ),
  }));
  return stringify(rows, { columns: [...CSV_COLUMNS, ...ends, ...seconds] });
}
