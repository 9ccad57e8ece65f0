/** What a change does to a metric: values and differences out of a report, as tables have them. */

import type { Interval } from "../../metrics/intervals.ts";
import { alignColumns, percent, points } from "../columns.ts";
import { type MetricName, metricNames, metricTitles, type Report } from "../report.ts";
import { meanEstimate } from "../summaries.ts";

/** The chance of an error that marks keep. */
const ALPHA = 0.05;

/** A metric of one label, and how far it is from another's. */
export interface Effect {
  /** A fraction; null where there is nothing to measure. */
  readonly value: number | null;
  /** Of the value, over test photos; null where they are too few. */
  readonly own: Interval | null;
  /** The value less the other label's; null where one has none. */
  readonly difference: number | null;
  /** Of the difference, paired on the same photos; null where the two cannot be paired. */
  readonly interval: Interval | null;
  /** Whether they differ at 5 % after Holm's correction over the report's pairs of the metric. */
  readonly sure: boolean;
}

/** Which effect. */
export interface EffectOf {
  readonly metric: MetricName;
  readonly label: string;
  /** The label to compare with; undefined: none. */
  readonly against: string | undefined;
}

/** The effect on one category. */
export function effectOf(
  report: Report,
  { category, metric, label, against }: EffectOf & { readonly category: string },
): Effect {
  const estimateOf = (wanted: string | undefined) =>
    report.summaries.find((one) => one.category === category && one.label === wanted)?.[metric];
  const { value = null, interval: own = null } = estimateOf(label) ?? {};
  const other = estimateOf(against)?.value ?? null;
  const paired = report.differences.find((one) =>
    one.category === category && one.metric === metric && one.labels[0] === label &&
    one.labels[1] === against
  );
  return {
    value,
    own,
    difference: paired?.value ?? (value === null || other === null ? null : value - other),
    interval: paired ?? null,
    sure: paired !== undefined && paired.adjustedP < ALPHA,
  };
}

/**
 * The effect averaged over categories, whose photos are independent ({@linkcode meanEstimate}).
 * It is sure where the signed-rank test over categories is, which needs many of them.
 */
export function meanEffect(
  report: Report,
  { categories, ...of }: EffectOf & { readonly categories: readonly string[] },
): Effect {
  const all = categories.map((category) => effectOf(report, { category, ...of }));
  const values = all.flatMap(({ value, own }) => value === null ? [] : [{ value, interval: own }]);
  const differences = all.flatMap(({ difference, interval }) =>
    difference === null ? [] : [{ value: difference, interval }]
  );
  const mean = differences.length === all.length ? meanEstimate(differences) : undefined;
  const whole = values.length === all.length ? meanEstimate(values) : undefined;
  const test = report.across.find(({ metric }) => metric === of.metric)?.pairs.find(({ labels }) =>
    labels[0] === of.label && labels[1] === of.against
  );
  return {
    value: whole?.value ?? null,
    own: whole?.interval ?? null,
    difference: mean?.value ?? null,
    interval: mean?.interval ?? null,
    sure: test !== undefined && test.adjustedP < ALPHA,
  };
}

/** One row of a table of effects. */
export interface EffectRow {
  /** The text columns. */
  readonly texts: readonly string[];
  readonly label: string;
  /** Undefined: the row shows the value's own interval instead of a difference. */
  readonly against: string | undefined;
}

/**
 * A table of effects on one category, or of their means over several: text columns, for each metric
 * that the report has the value and its difference, and times.
 *
 * @param header over the text columns
 */
export function effectTable(
  report: Report,
  rows: readonly EffectRow[],
  { header, categories }: {
    readonly header: readonly string[];
    readonly categories: readonly string[];
  },
): string {
  const columns = measured(report).map((metric) => {
    const cells = rows.map(({ label, against }) => {
      const of = { metric, label, against };
      const effect = categories.length === 1
        ? effectOf(report, { category: categories[0], ...of })
        : meanEffect(report, { categories, ...of });
      return [percent(effect.value), besideValue(effect, against)];
    });
    const widths = [0, 1].map((i) => Math.max(...cells.map((cell) => cell[i].length)));
    return [
      `${metricTitles[metric]} `,
      ...cells.map((cell) => cell.map((text, i) => text.padStart(widths[i])).join(" ")),
    ];
  });
  return alignColumns([
    [...header, ...columns.map(([title]) => title), "fit s", "ms/image"],
    ...rows.map(({ texts, label }, i) => [
      ...texts,
      ...columns.map((column) => column[i + 1]),
      ...timeCells(report, { categories, label }),
    ]),
  ], { left: header.length });
}

/** Difference and interval, with a place for the mark so that numbers stand below each other. */
function besideValue(
  { own, difference, interval, sure }: Effect,
  against: string | undefined,
): string {
  const ends = (found: Interval | null, text: (value: number) => string) =>
    found ? `[${text(found.lower)}, ${text(found.upper)}]` : "";
  if (against === undefined) return `${ends(own, percent)} `;
  if (difference === null) return "";
  const bare = (value: number) => points(value).replace(/^\+/, "");
  return `${points(difference)} ${ends(interval, bare)}`.trimEnd() + (sure ? "*" : " ");
}

/** Metrics that some label has a value of: methods that do not localise have one only. */
function measured({ summaries }: Report): readonly MetricName[] {
  return metricNames.filter((metric) => summaries.some((summary) => summary[metric] !== null));
}

/** Seconds to fit and milliseconds to predict, means over categories and seeds. */
function timeCells(
  report: Report,
  { categories, label }: { readonly categories: readonly string[]; readonly label: string },
): readonly string[] {
  const own = report.summaries.filter((one) =>
    one.label === label && categories.includes(one.category)
  );
  if (own.length === 0) return ["–", "–"];
  const mean = (of: (summary: typeof own[number]) => number) =>
    own.reduce((sum, one) => sum + of(one), 0) / own.length;
  const passed = report.runs.some((run) =>
    run.label === label && categories.includes(run.category) && passedThrough(run)
  );
  const mark = passed && mixed(report) ? "°" : mixed(report) ? " " : "";
  return [
    `${mean(({ fitSeconds }) => fitSeconds).toFixed(1)}${mark}`,
    mean(({ msPerImage }) => msPerImage).toFixed(1),
  ];
}

type Counted = Report["runs"][number];
const passedThrough = ({ cachedImages, trainImages, testImages }: Counted): boolean =>
  cachedImages < trainImages + testImages;

/** Whether some runs took all features from the cache and others did not. */
function mixed({ runs }: Report): boolean {
  return runs.some(passedThrough) && !runs.every(passedThrough);
}

/** What below a table explains its columns, a paragraph each. */
export function effectNotes(report: Report): readonly string[] {
  const metrics = measured(report);
  const tests = metrics.map((metric) =>
    report.differences.filter((one) => one.metric === metric).length
  );
  const seeded = report.summaries.some(({ seeds }) => seeds.length > 1);
  const delong = metrics.includes("imageAuroc") && !seeded;
  const several = new Set(report.summaries.map(({ category }) => category)).size > 1;
  const ways = [
    ...(delong ? ["DeLong's for image AUROC"] : []),
    ...(seeded || metrics.length > 1 ? [seeded ? "the bootstrap" : "the bootstrap else"] : []),
  ];
  return [
    "In percent; the first row with its 95 % interval over test photos. Differences in points, " +
    `with their 95 % interval paired on the same photos (${ways.join(", ")}). ` +
    `Marked * where sure at 5 % after Holm over the ${
      [...new Set(tests)].join(" or ")
    } differences of a ` +
    "metric.",
    ...(seeded
      ? ["Means over seeds; the intervals are over photos, with the seeds held fixed."]
      : []),
    ...(several
      ? [
        "Means over categories: intervals joined as of independent photos; marked * by the " +
        "signed-rank test over categories after Holm, which few categories cannot pass.",
      ]
      : []),
    ...(mixed(report)
      ? ["fit s: ° with the network's pass over photos, the others on features kept from before."]
      : []),
  ];
}
