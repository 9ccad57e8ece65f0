/** Tables in plain text. */

/**
 * Text columns to the left, numbers to the right; a rule below the header and above the footer.
 *
 * @param left how many columns are text
 */
export function alignColumns(
  rows: readonly (readonly string[])[],
  { left, footer = [] }: {
    readonly left: number;
    readonly footer?: readonly (readonly string[])[];
  },
): string {
  const all = [...rows, ...footer];
  const widths = rows[0].map((_, i) => Math.max(...all.map((row) => [...row[i]].length)));
  const line = (row: readonly string[]) =>
    row.map((text, i) => {
      const space = " ".repeat(widths[i] - [...text].length);
      return i < left ? text + space : space + text;
    }).join("  ").trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("──");
  return [
    line(rows[0]),
    rule,
    ...rows.slice(1).map(line),
    ...(footer.length === 0 ? [] : [rule, ...footer.map(line)]),
  ].join("\n");
}

/** A fraction as percent with one digit; – for nothing. */
export const percent = (value: number | null | undefined): string =>
  value === null || value === undefined ? "–" : (100 * value).toFixed(1);

/** A difference of fractions in points, with its sign. */
export function points(value: number): string {
  const text = (100 * value).toFixed(1);
  return value > 0 && text !== "0.0" ? `+${text}` : text.replace(/^-0\.0$/, "0.0");
}

/** A p-value as tables give it. */
export function pText(p: number): string {
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}
