/** Records as a table: in plain text and in Markdown. */

import { columnTexts } from "./number_text.ts";

/** What a table's cell can hold. */
export type Cell = string | number | bigint | boolean | null | undefined;
/** One row: a value for each column. */
export type Row = Readonly<Record<string, Cell>>;

/** Whether a value is a non-empty array of records that hold nothing but texts and numbers. */
export function isTable(value: unknown): value is readonly Row[] {
  return Array.isArray(value) && value.length > 0 &&
    value.every((row) =>
      typeof row === "object" && row !== null && !Array.isArray(row) &&
      !ArrayBuffer.isView(row) && Object.keys(row).length > 0 &&
      Object.values(row).every((cell) =>
        cell === null ||
        ["string", "number", "bigint", "boolean", "undefined"].includes(typeof cell)
      )
    );
}

/** More rows than these are left out, with a line that says so. */
const ROWS = 100;

/** A table in plain text, and in Markdown for viewers that draw it. */
export function tableTexts(rows: readonly Row[]): { readonly plain: string; readonly md: string } {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const shown = rows.slice(0, ROWS);
  const numeric = columns.map((column) =>
    rows.every((row) => row[column] == null || ["number", "bigint"].includes(typeof row[column])) &&
    rows.some((row) => row[column] != null)
  );
  const texts = columns.map((column) => cellTexts(shown.map((row) => row[column])));
  const cells = shown.map((_, row) => texts.map((column) => column[row]));
  const widths = columns.map((column, i) => Math.max(...[column, ...texts[i]].map(width)));
  const line = (row: readonly string[]) =>
    row.map((text, i) => {
      const space = " ".repeat(widths[i] - width(text));
      return numeric[i] ? space + text : text + space;
    }).join("  ").trimEnd();
  const more = rows.length > ROWS ? [`… and ${rows.length - ROWS} more rows`] : [];
  const rule = widths.map((count) => "─".repeat(count)).join("──");
  const bars = (row: readonly string[]) => `| ${row.map(escaped).join(" | ")} |`;
  return {
    plain: [line(columns), rule, ...cells.map(line), ...more].join("\n"),
    md: [
      bars(columns),
      `| ${numeric.map((right) => right ? "---:" : ":---").join(" | ")} |`,
      ...cells.map(bars),
      ...more.flatMap((text) => ["", text]),
    ].join("\n"),
  };
}

/** The texts of a column; its numbers have the same number of decimals where that suits them. */
function cellTexts(column: readonly Cell[]): string[] {
  const numbers = columnTexts(column.filter((cell) => typeof cell === "number"));
  return column.map((cell) => {
    if (cell === null || cell === undefined) return "–";
    if (typeof cell === "number") return numbers.shift() ?? "";
    return String(cell).replaceAll(/\s+/g, " ");
  });
}

const width = (text: string): number => [...text].length;

/** Nothing in a cell is Markdown. */
const escaped = (text: string): string => text.replaceAll(/[\\`*_{}[\]<>|$~#]/g, "\\$&");
