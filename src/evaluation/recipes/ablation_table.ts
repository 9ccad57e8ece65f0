/** An ablation in plain text. */

import type { Ablation, Variation } from "./ablation.ts";
import { alignColumns } from "../columns.ts";
import { effectNotes, effectTable } from "./effects.ts";
import { flowText } from "./flow_text.ts";
import type { Report } from "../report.ts";

/**
 * The base, then each variation with its metrics and how far they are from the base's: a block a
 * category, and one of their means.
 */
export function ablationTable(ablation: Ablation, report: Report): string {
  const categories = [...new Set(report.summaries.map(({ category }) => category))];
  return [
    baseText(ablation),
    ...categories.map((category) => block(ablation, report, [category])),
    ...(categories.length > 1 ? [block(ablation, report, categories)] : []),
    notes(ablation, report).map((note) => flowText(note, { hanging: "  " })).join("\n"),
  ].join("\n\n");
}

/** All settings of the base. */
export function baseText({ label, described }: Ablation): string {
  return flowText(`Base ${label}: ${described.join(", ")}.`, { hanging: "  " });
}

function block(
  { label: base, variations }: Ablation,
  report: Report,
  categories: readonly string[],
): string {
  const localised = isLocalised(report);
  const rows = variations.map((one, i) => ({
    // An option is named once.
    texts: [
      variations[i - 1]?.name === one.name ? "" : one.name,
      one.value + marksOf(one, localised),
    ],
    label: one.label,
    against: base,
  }));
  const title = categories.length === 1 ? categories[0] : `mean of ${categories.length}`;
  return effectTable(
    report,
    [{ texts: ["base", ""], label: base, against: undefined }, ...rows],
    { header: [title, ""], categories },
  );
}

const marksOf = ({ otherPixels, also }: Variation, localised: boolean): string =>
  `${otherPixels && localised ? " †" : ""}${also.length > 0 ? " ‡" : ""}`;

const isLocalised = ({ summaries }: Report): boolean =>
  summaries.some(({ pixelAuroc }) => pixelAuroc !== null);

function notes({ variations, leftOut }: Ablation, report: Report): readonly string[] {
  const elsewhere = variations.some(({ otherPixels }) => otherPixels) && isLocalised(report);
  const moved = variations.filter(({ also }) => also.length > 0);
  return [
    ...effectNotes(report),
    ...(elsewhere
      ? [
        "† pixel AUROC and AUPRO are measured on other pixels than the base's: another part or " +
        "size of the photos (for aspect, of those that are not square). Where other photos show " +
        "a defect the two cannot be paired, and the difference has no interval.",
      ]
      : []),
    ...(moved.length > 0
      ? [
        `‡ a default went with it: ${
          moved.map(({ label, also }) => `${label} with ${also.join(", ")}`).join("; ")
        }.`,
      ]
      : []),
    ...leftOut.map((reason) => `Left out: ${reason}`),
  ];
}

/** What would be run, a line an option. */
export function ablationList(
  { variations, leftOut }: Ablation,
  { categories, seeds }: { readonly categories: number; readonly seeds: number },
): string {
  const byName = [...Map.groupBy(variations, ({ name }) => name)];
  const runs = (variations.length + 1) * categories * seeds;
  return [
    alignColumns([
      ["option", "values"],
      ...byName.map(([name, own]) => [
        name,
        own.map(({ value, also }) => value + (also.length > 0 ? ` (${also.join(", ")})` : ""))
          .join(", "),
      ]),
    ], { left: 2 }),
    ...leftOut.map((reason) => flowText(`Left out: ${reason}`, { hanging: "  " })),
    `${runs} runs: the base and ${variations.length} variations, ` +
    `${categories} ${categories === 1 ? "category" : "categories"}, ` +
    `${seeds} ${seeds === 1 ? "seed" : "seeds"}.`,
  ].join("\n");
}
