/** `deno task weights list`. */

import { findWeights } from "../backbones/weights/places.ts";
import { type WeightsSource, weightsTerms } from "../backbones/weights/sources.ts";
import { cannot, didYouMean } from "../errors.ts";
import type { WeightsContext } from "./weights_context.ts";

/**
 * Prints the published files whose name or architecture begins with one of the words; all of them
 * where there is none.
 *
 * @throws {RangeError} for a word that begins none
 */
export async function listWeights(
  words: readonly string[],
  { sources, places }: WeightsContext,
): Promise<void> {
  const begins = ({ name, architecture }: WeightsSource, word: string) =>
    name.startsWith(word) || architecture.startsWith(word);
  for (const word of words) {
    if (sources.some((source) => begins(source, word))) continue;
    throw cannot(
      "list weights",
      "some name must begin so",
      `"${word}"${didYouMean(word, sources.map(({ name }) => name))}`,
    );
  }
  const shown = sources.filter((source) =>
    words.length === 0 || words.some((word) => begins(source, word))
  );
  const rows = await Promise.all(shown.map(async (source) => {
    const found = await findWeights(source, places);
    const { name, architecture, mebibytes, license, collection } = source;
    const megabytes = mebibytes === undefined ? "–" : (mebibytes * 2 ** 20 / 1e6).toFixed(1);
    return [name, architecture, megabytes, license, collection, source.file, found?.path ?? "–"];
  }));
  const head = ["name", "architecture", "MB", "licence", "source", "file", "present"];
  const table = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...table.map((row) => row[i].length)));
  const line = (row: readonly string[]) =>
    row.map((text, i) => i === 2 ? text.padStart(widths[i]) : text.padEnd(widths[i]))
      .join("  ").trimEnd();
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  console.log([line(head), rule, ...rows.map(line)].join("\n"));
  for (const collection of new Set(shown.map((source) => source.collection))) {
    console.log(`\n${weightsTerms[collection]}`);
  }
}
