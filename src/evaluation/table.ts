/** Reports as text: a table for people, rows for spreadsheets. */

import { stringify } from "@std/csv/stringify";
import { publishedResult } from "./published.ts";
import type { PublishedResult } from "./published.ts";
import type { Report, Run } from "./report.ts";

const METRICS = [
  { key: "imageAuroc", published: "imageAuroc", title: "image AUROC" },
  { key: "pixelAuroc", published: "pixelAuroc", title: "pixel AUROC" },
  { key: "aupro", published: "pro", title: "AUPRO" },
] as const;

const percent = (value: number | null): string => value === null ? "–" : (100 * value).toFixed(1);

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 || known.length < values.length
    ? null
    : known.reduce((sum, value) => sum + value, 0) / known.length;
}

const publishedFor = (run: Run): (PublishedResult | undefined)[] =>
  METRICS.map(({ published }) => publishedResult(run, published));

/**
 * The runs as a table in plain text: percentages, published ones in brackets beside ours where
 * category and method are known, with their sources below; means where a method has several
 * categories. A mean is left out (–) where one of its categories has no value.
 */
export function reportTable({ runs }: Report): string {
  const anyPublished = METRICS.map((_, i) => runs.some((run) => publishedFor(run)[i]));
  const header = [
    "category",
    "method",
    ...METRICS.map(({ title }, i) => anyPublished[i] ? `${title} (published)` : title),
    "fit s",
    "ms/image",
    "memory MiB",
  ];
  const cell = (value: number | null, i: number, published: string): string =>
    anyPublished[i] && published !== "" ? `${percent(value)} ${published}` : percent(value);
  const bracket = (published: PublishedResult | undefined): string =>
    published ? `(${percent(published.value)}${published.samePhotos ? "" : "*"})` : "";
  const rows = runs.map((run) => [
    run.category,
    run.method,
    ...METRICS.map(({ key }, i) => cell(run[key], i, bracket(publishedFor(run)[i]))),
    run.seconds.fit.toFixed(1),
    run.msPerImage.toFixed(1),
    run.peakMemoryMb.toFixed(0),
  ]);
  const methods = [...new Set(runs.map((run) => run.method))];
  const means = methods.flatMap((method) => {
    const own = runs.filter((run) => run.method === method);
    if (own.length < 2) return [];
    const meanPublished = (i: number): string => {
      const all = own.map((run) => publishedFor(run)[i]);
      const value = mean(all.map((published) => published?.value ?? null));
      if (value === null) return "";
      return `(${percent(value)}${all.every((published) => published?.samePhotos) ? "" : "*"})`;
    };
    return [[
      `mean of ${own.length}`,
      method,
      ...METRICS.map(({ key }, i) => cell(mean(own.map((run) => run[key])), i, meanPublished(i))),
      (mean(own.map((run) => run.seconds.fit)) ?? 0).toFixed(1),
      (mean(own.map((run) => run.msPerImage)) ?? 0).toFixed(1),
      Math.max(...own.map((run) => run.peakMemoryMb)).toFixed(0),
    ]];
  });
  const partial = runs.some((run) => publishedFor(run).some((p) => p && !p.samePhotos));
  const sources = [
    ...new Set(
      runs.flatMap((run) =>
        publishedFor(run).flatMap((p) => p ? [`${run.method}: ${p.config}; ${p.source}`] : [])
      ),
    ),
  ];
  return [
    alignColumns([header, ...rows], means),
    "",
    "AUROC and AUPRO (false-positive rate up to 0.3) in percent; ms/image: predicting, without",
    "reading; memory: largest of the process so far.",
    ...(sources.length === 0
      ? []
      : ["(published), with another backbone than ours unless it is named here:"]),
    ...sources.map((source) => `  ${source}`),
    ...(partial
      ? ["* not the number of photos that MVTec AD has: another test, not to be compared"]
      : []),
  ].join("\n");
}

/** Text columns to the left, numbers to the right; a rule below the header and above the means. */
function alignColumns(
  rows: readonly (readonly string[])[],
  footer: readonly (readonly string[])[],
): string {
  const all = [...rows, ...footer];
  const widths = rows[0].map((_, i) => Math.max(...all.map((row) => [...row[i]].length)));
  const line = (row: readonly string[]) =>
    row.map((text, i) => {
      const space = " ".repeat(widths[i] - [...text].length);
      return i < 2 ? text + space : space + text;
    }).join("  ").trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("──");
  return [
    line(rows[0]),
    rule,
    ...rows.slice(1).map(line),
    ...(footer.length === 0 ? [] : [rule, ...footer.map(line)]),
  ].join("\n");
}

const CSV_COLUMNS = [
  "dataset",
  "category",
  "method",
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
  "peakMemoryMb",
] as const;

/** The runs as comma-separated values: one row a run, fractions, an empty cell for null. */
export function reportCsv({ runs }: Report): string {
  const rows = runs.map((run) => ({
    ...Object.fromEntries(CSV_COLUMNS.map((column) => [column, run[column] ?? ""])),
    ...Object.fromEntries(
      Object.entries(run.seconds).map(([name, value]) => [`seconds.${name}`, value]),
    ),
  }));
  const columns = [
    ...CSV_COLUMNS,
    ...["read", "fit", "predict", "metrics", "total"].map((name) => `seconds.${name}`),
  ];
  return stringify(rows, { columns });
}
