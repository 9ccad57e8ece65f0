/** Whether executing a notebook again gave what is committed. */

import type { Bundle, CodeCell, Notebook, Output } from "./notebook_file.ts";
import { tagsOf } from "./notebook_file.ts";
import type { Json } from "./python_json.ts";

/** The tag of cells whose outputs hold measured times or memory: their numbers may change. */
export const TIMING_TAG = "timing";

/** Two outputs that are not the same. */
export interface Difference {
  /** Among all cells, from 1. */
  readonly cell: number;
  /** For example `text/plain` or `number of outputs`. */
  readonly what: string;
  readonly committed: string;
  readonly now: string;
}

/** What differs: texts, and apart from them figures, which are only reported. */
export interface Comparison {
  readonly texts: readonly Difference[];
  readonly figures: readonly Difference[];
}

/** Below this a number is rounding noise, as in the largest difference of two equal results. */
const NOISE = 1e-5;

/**
 * Compares the outputs of two executions of the same notebook.
 *
 * Texts must be the same, but for spaces and for what another processor's rounding changes: a
 * number with a decimal point or exponent may differ by one unit of its last digit, and two
 * numbers below 1e-5 are taken as equal. In cells tagged `timing` any number may differ. Whole
 * numbers must be equal.
 */
export function compareNotebooks(committed: Notebook, now: Notebook): Comparison {
  const texts: Difference[] = [];
  const figures: Difference[] = [];
  now.cells.forEach((cell, i) => {
    const before = committed.cells[i];
    if (cell.type !== "code" || before?.type !== "code") return;
    const found = compareCells(before, cell, i + 1);
    texts.push(...found.texts);
    figures.push(...found.figures);
  });
  return { texts, figures };
}

function compareCells(before: CodeCell, now: CodeCell, cell: number): Comparison {
  const timing = tagsOf(now).includes(TIMING_TAG);
  const texts: Difference[] = [];
  const figures: Difference[] = [];
  const count = (what: string, committed: number | string, now: number | string) => {
    if (committed === now) return true;
    texts.push({ cell, what, committed: String(committed), now: String(now) });
    return false;
  };
  if (!count("execution count", String(before.executionCount), String(now.executionCount))) {
    return { texts, figures };
  }
  if (!count("number of outputs", before.outputs.length, now.outputs.length)) {
    return { texts, figures };
  }
  now.outputs.forEach((output, i) => {
    const [a, b] = [mediaOf(before.outputs[i]), mediaOf(output)];
    if (!count("kind of output", Object.keys(a).sort().join(), Object.keys(b).sort().join())) {
      return;
    }
    for (const [what, text] of Object.entries(b)) {
      const committed = a[what];
      if (isText(what)) {
        if (!sameText(String(committed), String(text), timing)) {
          texts.push({ cell, what, ...firstDifference(String(committed), String(text), timing) });
        }
      } else if (!timing && !sameJson(committed, text)) {
        const bytes = (value: Json) => `${JSON.stringify(value).length} bytes`;
        figures.push({ cell, what, committed: bytes(committed), now: bytes(text) });
      }
    }
  });
  return { texts, figures };
}

const isText = (what: string): boolean => what.startsWith("text/") || what.startsWith("stream ");

/** An output as a bundle; printed text and errors too. */
function mediaOf(output: Output): Bundle {
  if (output.kind === "stream") return { [`stream ${output.name}`]: output.text };
  if (output.kind === "error") return { "text/plain": `${output.name}: ${output.message}` };
  return output.data;
}

const NUMBER = /-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/gi;

/** Whether two texts are the same; see {@linkcode compareNotebooks}. */
export function sameText(a: string, b: string, timing: boolean): boolean {
  // A longer number moves the columns of a table and lengthens the rule below its head.
  const calm = (text: string) => text.replaceAll(timing ? /[ \t─-]+/g : /[ \t]+/g, " ").trim();
  const rest = (text: string) => calm(text.replaceAll(NUMBER, "#"));
  if (rest(a) !== rest(b)) return false;
  const [p, q] = [a.match(NUMBER) ?? [], b.match(NUMBER) ?? []];
  return timing || p.every((number, i) => sameNumber(number, q[i]));
}

function sameNumber(a: string, b: string): boolean {
  if (a === b) return true;
  const whole = /^-?\d+$/;
  if (whole.test(a) && whole.test(b)) return false;
  const [x, y] = [Number(a), Number(b)];
  if (Math.abs(x) < NOISE && Math.abs(y) < NOISE) return true;
  return Math.abs(x - y) <= 1.001 * Math.max(lastUnit(a), lastUnit(b));
}

/** What one more in a number's last digit adds to it. */
function lastUnit(number: string): number {
  const [digits, exponent = "0"] = number.toLowerCase().split("e");
  return 10 ** (Number(exponent) - (digits.split(".")[1]?.length ?? 0));
}

/** The first line that differs. */
function firstDifference(
  a: string,
  b: string,
  timing: boolean,
): { readonly committed: string; readonly now: string } {
  const [before, after] = [a.split("\n"), b.split("\n")];
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    const [committed, now] = [before[i] ?? "(nothing)", after[i] ?? "(nothing)"];
    if (!sameText(committed, now, timing)) return { committed, now };
  }
  return { committed: a, now: b };
}

/** JSON is the same when its structure is and its numbers are, up to rounding noise. */
function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (typeof a === "number" && typeof b === "number") {
    return Math.abs(a - b) <= NOISE * Math.max(1, Math.abs(a), Math.abs(b));
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const [x, y] = [Object.entries(a), new Map(Object.entries(b))];
  return Array.isArray(a) === Array.isArray(b) && x.length === y.size &&
    x.every(([name, value]) => y.has(name) && sameJson(value, y.get(name)));
}

/**
 * The new notebook, but with the committed outputs in cells tagged `timing` that differ in numbers
 * only: so that running it again does not change the file.
 */
export function keepTimings(committed: Notebook, now: Notebook): Notebook {
  return {
    ...now,
    cells: now.cells.map((cell, i) => {
      const before = committed.cells[i];
      if (cell.type !== "code" || before?.type !== "code") return cell;
      if (!tagsOf(cell).includes(TIMING_TAG)) return cell;
      const { texts } = compareCells(before, cell, i + 1);
      const same = texts.length === 0 && before.source === cell.source;
      return same ? { ...cell, outputs: before.outputs } : cell;
    }),
  };
}
