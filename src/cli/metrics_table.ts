/** Compared metrics as text. */

import type { Group, Row } from "./metrics_rows.ts";

/** Below this many characters a line fits a terminal beside its neighbours. */
const NAME = 34;
const VALUE = 13;
const DIFFERENCE = 9;

/** Percent with one decimal more than reports have, as the differences are small. */
const percent = (value: number | null): string => value === null ? "–" : (100 * value).toFixed(2);

/** Points with their sign; 0 is exactly nothing, 0.00 is nothing that shows. */
function points(value: number | null): string {
  if (value === null) return "–";
  if (value === 0) return "0";
  const text = Math.abs(value).toFixed(2);
  return text === "0.00" ? text : `${value < 0 ? "-" : "+"}${text}`;
}

function line(
  name: string,
  cells: readonly (readonly [value: string, difference: string])[],
  who: string,
): string {
  const numbers = cells.map(([value, difference]) =>
    value.padStart(VALUE) + difference.padStart(DIFFERENCE)
  );
  return `${name.padEnd(NAME)}${numbers.join("")}  ${who}`.trimEnd();
}

const rowLine = ({ name, who, values, differences }: Row, first: boolean): string =>
  line(
    name,
    values.map((value, i) => [percent(value), first ? "" : points(differences[i])]),
    who,
  );

/**
 * The groups below each other, in lines of at most 110 characters; below them the reasons for
 * missing values.
 */
export function metricsTable(groups: readonly Group[]): string {
  const tables = groups.map(({ name, metrics, rows, note }) => {
    const own = metrics.length === 1 ? "" : name;
    const header = line(own, metrics.map((metric) => [metric, "differs"]), "who");
    return [
      header,
      "─".repeat([...header].length),
      ...rows.map((row, i) => rowLine(row, i === 0)),
      ...(note === undefined ? [] : [note]),
    ].join("\n");
  });
  const missing = groups.flatMap(({ name, rows }) =>
    rows.flatMap((row) => row.reason === undefined ? [] : [`– ${name}, ${row.name}: ${row.reason}`])
  );
  return [
    ...tables,
    [
      "Percent; differs: from the first row, in points, 0 being equal to the last bit.",
      "docs/metrics.md says what each row computes, and where that was read.",
      ...missing,
    ].join("\n"),
  ].join("\n\n");
}
