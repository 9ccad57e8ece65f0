/** Everything that is done with one notebook: types, formatting, execution, limits, comparison. */

import { compareNotebooks, type Difference, keepTimings } from "./compare.ts";
import { type ExecutedCell, executeNotebook } from "./execute.ts";
import type { Failure } from "./failure.ts";
import { formatCode } from "./formatting.ts";
import { sizeFailure } from "./limits.ts";
import { type Notebook, notebookText } from "./notebook_file.ts";

/** What is to be done: `execute` and write, `check` against what is there, or `types` only. */
export type Mode = "execute" | "check" | "types";

/** What is known of a notebook before it runs. */
export interface NotebookJob {
  readonly notebook: Notebook;
  /** Its file's text. */
  readonly text: string;
  readonly typeErrors: readonly Failure[];
}

/** How it is run. */
export interface RunOptions {
  readonly mode: Mode;
  readonly root: string;
  readonly scratch: string;
  readonly timeoutSeconds?: number;
  /** 60 by default; more is noted, five times as much fails. */
  readonly limitSeconds?: number;
  readonly progress?: (cell: ExecutedCell) => void;
}

/** How it went. */
export interface NotebookResult {
  readonly ok: boolean;
  /** In a word or two, for a table. */
  readonly state: string;
  readonly failures: readonly Failure[];
  readonly texts: readonly Difference[];
  readonly figures: readonly Difference[];
  readonly notes: readonly string[];
  /** The file's new text, where it is to be written. */
  readonly write?: string;
  readonly seconds?: number;
  readonly slowest?: ExecutedCell;
  readonly bytes?: number;
}

const NOTHING = { failures: [], texts: [], figures: [], notes: [] };
/** Machines differ; this much slower is no machine. */
const FAR_BEYOND = 5;

/**
 * Runs one notebook as far as it goes. Nothing is written: `write` of the result holds the new text
 * where there is one.
 */
export async function runNotebook(
  { notebook, text, typeErrors }: NotebookJob,
  { mode, root, scratch, timeoutSeconds, limitSeconds = 60, progress }: RunOptions,
): Promise<NotebookResult> {
  if (typeErrors.length > 0) {
    return { ...NOTHING, ok: false, state: "type errors", failures: typeErrors };
  }
  const formatted = await formatCode(notebook, root);
  if (mode !== "execute") {
    const failures = formatFailures(notebook, formatted);
    if (failures.length > 0) return { ...NOTHING, ok: false, state: "not formatted", failures };
    if (mode === "types") return { ...NOTHING, ok: true, state: "types right" };
  }
  const run = await executeNotebook(formatted, { root, scratch, timeoutSeconds, progress });
  const { seconds } = run;
  const slowest = run.cells.toSorted((a, b) => b.seconds - a.seconds).at(0);
  const failure = run.failure ?? sizeFailure(run.notebook) ??
    tooSlow(seconds, FAR_BEYOND * limitSeconds);
  if (failure) {
    return { ...NOTHING, ok: false, state: "failed", failures: [failure], seconds, slowest };
  }
  const notes = seconds > limitSeconds ? [tooSlow(seconds, limitSeconds)?.message ?? ""] : [];
  const written = notebookText(keepTimings(notebook, run.notebook));
  const bytes = new TextEncoder().encode(written).length;
  const common = { ...NOTHING, notes, seconds, slowest, bytes };
  if (mode === "execute") {
    if (written === text) return { ...common, ok: true, state: "unchanged" };
    return { ...common, ok: true, state: "written", write: written };
  }
  const { texts, figures } = compareNotebooks(notebook, run.notebook);
  const ok = texts.length === 0;
  const state = !ok ? "differs" : figures.length === 0 ? "as committed" : "texts as committed";
  return { ...common, ok, state, texts, figures };
}

function tooSlow(seconds: number, limit: number): Failure | undefined {
  return seconds <= limit
    ? undefined
    : { message: `it takes ${seconds.toFixed(1)} s, more than ${limit} s` };
}

function formatFailures(notebook: Notebook, formatted: Notebook): Failure[] {
  return notebook.cells.flatMap((cell, i) =>
    cell.source === formatted.cells[i].source
      ? []
      : [{ cell: i + 1, message: "it is not formatted (executing the notebook formats it)" }]
  );
}
