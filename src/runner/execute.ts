/** Executing a notebook: its code cells one after the other in a kernel of its own. */

import { errorPlace } from "./error_place.ts";
import type { Failure } from "./failure.ts";
import { type Reply, startKernel } from "./kernel.ts";
import { limitFailure } from "./limits.ts";
import { type CodeCell, denoKernel, type Notebook } from "./notebook_file.ts";
import { outputCollector } from "./outputs.ts";

/** How a notebook is executed. */
export interface ExecuteNotebookOptions {
  /** The project's folder, where the kernel starts. */
  readonly root: string;
  /** A folder for short-lived files. */
  readonly scratch: string;
  /** For each cell; 300 by default. */
  readonly timeoutSeconds?: number;
  /** Told of each code cell once it is done. */
  readonly progress?: (cell: ExecutedCell) => void;
}

/** One code cell that has run. */
export interface ExecutedCell {
  /** Among all cells, from 1. */
  readonly cell: number;
  /** Among the code cells, from 1, and how many there are. */
  readonly count: number;
  readonly total: number;
  readonly seconds: number;
  readonly source: string;
}

/** A notebook with its new outputs, or why there are none. */
export interface ExecutedNotebook {
  /** As given, with outputs, counts 1…n, and what the kernel says of its language. */
  readonly notebook: Notebook;
  /** Of all cells together, in seconds, without the kernel's start. */
  readonly seconds: number;
  readonly cells: readonly ExecutedCell[];
  readonly failure: Failure | undefined;
}

/**
 * Executes all code cells in order in a new kernel and stops at the first that fails: that throws,
 * leaves a promise's rejection unhandled, writes to stderr, shows more than a megabyte, or does not
 * end. The notebook given is not changed.
 */
export async function executeNotebook(
  notebook: Notebook,
  { root, scratch, timeoutSeconds, progress }: ExecuteNotebookOptions,
): Promise<ExecutedNotebook> {
  await using kernel = await startKernel({ folder: root, scratch });
  const code = notebook.cells.flatMap((cell, i) =>
    cell.type === "code" && cell.source.trim() !== "" ? [{ cell, number: i + 1 }] : []
  );
  const collector = outputCollector();
  const done: ExecutedCell[] = [];
  let failure: Failure | undefined;
  for (const [i, { cell, number }] of code.entries()) {
    const { reply, messages, seconds } = await kernel.execute(cell.source, { timeoutSeconds });
    collector.add(messages);
    const ran = { cell: number, count: i + 1, total: code.length, seconds, source: cell.source };
    done.push(ran);
    const place = { cell, number, root, scratch };
    failure = await replyFailure(reply, place);
    const unseen = collector.unseen.find(({ cell }) => cell === i);
    if (unseen) failure ??= await failureAt(`not handled: ${unseen.text}`, [unseen.text], place);
    failure ??= limitFailure(collector.cells[i], number);
    if (failure) break;
    progress?.(ran);
  }
  let count = 0;
  const cells = notebook.cells.map((cell) => {
    if (cell.type !== "code") return cell;
    if (cell.source.trim() === "") return { ...cell, outputs: [], executionCount: null };
    return { ...cell, outputs: collector.cells[count++] ?? [], executionCount: count };
  });
  return {
    notebook: {
      cells,
      metadata: {
        ...notebook.metadata,
        kernelspec: denoKernel,
        language_info: kernel.languageInfo,
      },
    },
    seconds: done.reduce((sum, { seconds }) => sum + seconds, 0),
    cells: done,
    failure,
  };
}

/** A code cell among all, and where the project is. */
interface CellPlace {
  readonly cell: CodeCell;
  readonly number: number;
  readonly root: string;
  readonly scratch: string;
}

/** Why a cell failed; undefined where it did not. */
async function replyFailure(reply: Reply, place: CellPlace): Promise<Failure | undefined> {
  if (reply.status === "ok") return undefined;
  if (reply.status !== "error") return { cell: place.number, message: reply.message };
  if (reply.traceback.length === 0) {
    return {
      cell: place.number,
      message: "the kernel could not run the cell and does not say why: " +
        "a syntax error, or an import that cannot be resolved",
    };
  }
  return await failureAt(`${reply.name}: ${reply.message}`, reply.traceback, place);
}

/** A failure with the line of the cell that a traceback leads to, where it does. */
async function failureAt(
  message: string,
  traceback: readonly string[],
  { cell, number, root, scratch }: CellPlace,
): Promise<Failure> {
  const line = await errorPlace(cell.source, traceback, { root, scratch });
  return {
    cell: number,
    line,
    source: line === undefined ? undefined : cell.source.split("\n")[line - 1],
    message: message.split("\n    at ")[0],
  };
}
