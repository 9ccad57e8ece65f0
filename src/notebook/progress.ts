/** How far a long cell has come: one line that is rewritten. */

import type { Progress } from "../detectors/detector.ts";
import { atCellEnd, display, inKernel } from "./kernel_hook.ts";

/** A callback for `FitContext.progress` and the like, and a wrapper of whatever is gone through. */
export interface ProgressLine {
  (progress: Progress): void;
  /**
   * The same things in the same order, counted as they go by. The total is taken from arrays, maps
   * and sets, else from the second argument.
   */
  over<T>(things: Iterable<T> | AsyncIterable<T>, total?: number): AsyncGenerator<T>;
}

const UPDATES_PER_SECOND = 8;

/** The unfinished line of a terminal ends here. */
const CLEAR = "\r\x1b[K";

let count = 0;

/** Where a line is written: below a notebook's cell, or to stderr. */
interface Writer {
  update(text: string): void;
  /** The last text; nothing follows. */
  end(text: string): void;
}

function notebookWriter(): Writer {
  const id = `kizu-progress-${++count}`;
  let shown = false;
  const write = (text: string) => {
    display({ "text/plain": text }, { id, update: shown });
    shown = true;
  };
  return { update: write, end: write };
}

function terminalWriter(): Writer {
  const terminal = Deno.stderr.isTerminal();
  const write = (text: string) => void Deno.stderr.writeSync(new TextEncoder().encode(text));
  return {
    update: (text) => terminal && write(CLEAR + text),
    end: (text) => write(`${terminal ? CLEAR : ""}${text}\n`),
  };
}

/**
 * A line that tells how far something has come, updated at most 8 times a second:
 * `fit: features 40/60, 35/s, 1 s left`, and in the end `fit: features 60/60 done`, without time or
 * rate, so that a notebook's outputs stay the same from run to run. Stages that are over stay in
 * the line. In a notebook it is below the cell; elsewhere on stderr, rewritten in a terminal, and
 * else only the closing line.
 *
 * @param label what is going on, for example `fit`
 * @returns a callback to be handed to `fit` or `assess`, with `over` for loops of one's own
 *
 * @example
 * ```ts
 * let sum = 0;
 * for await (const number of progress("sum").over([1, 2, 3])) sum += number;
 * console.assert(sum === 6);
 * ```
 */
export function progress(label: string): ProgressLine {
  const notebook = inKernel();
  let writer: Writer | undefined;
  // By stage, as members of an ensemble tell of theirs in turn.
  const others = new Map<string, Progress>();
  let stage: string | undefined;
  let last: Progress | undefined;
  let [since, firstDone, written] = [0, 0, 0];

  const told = ({ stage, done, total }: Progress): string =>
    `${stage && `${stage} `}${total === undefined ? done : `${done}/${total}`}`;
  const line = (parts: readonly string[], end = ""): string =>
    `${label}: ${[...[...others.values()].map(told), ...parts].join(", ")}${end}`;
  const begin = (): Writer => {
    // A line that nobody ended ends with its cell, or its last text would hold a rate.
    if (notebook) atCellEnd(close);
    return notebook ? notebookWriter() : terminalWriter();
  };
  const close = (): void => {
    if (writer === undefined || last === undefined) return;
    writer.end(line([told(last)], last.done === last.total ? " done" : ""));
    writer = undefined;
    last = undefined;
    stage = undefined;
    others.clear();
  };
  const report = (now: Progress): void => {
    const time = performance.now();
    writer ??= begin();
    if (now.stage !== stage) {
      if (last !== undefined) others.set(last.stage, last);
      // A stage that comes back is no other one, and no reason to write sooner.
      const returns = others.delete(now.stage);
      [stage, since, firstDone] = [now.stage, time, now.done];
      if (!returns) written = 0;
    }
    last = now;
    if (time - written < 1000 / UPDATES_PER_SECOND) return;
    written = time;
    const rate = (now.done - firstDone) / ((time - since) / 1000);
    writer.update(line([told(now), ...pace(rate, now)]));
  };
  const callback = (now: Progress): void => {
    report(now);
    // In a notebook further stages may follow in the same line; its cell's end closes it.
    if (now.done !== now.total) return;
    if (notebook) writer?.update(line([told(now)], " done"));
    else close();
  };
  return Object.assign(callback, {
    async *over<T>(things: Iterable<T> | AsyncIterable<T>, total = sizeOf(things)) {
      let done = 0;
      report({ stage: "", done, total });
      for await (const thing of things) {
        yield thing;
        report({ stage: "", done: ++done, total });
      }
      last = { stage: "", done, total: total ?? done };
      close();
    },
  });
}

function sizeOf(things: unknown): number | undefined {
  if (Array.isArray(things) || ArrayBuffer.isView(things) && "length" in things) {
    return Number(things.length);
  }
  return things instanceof Map || things instanceof Set ? things.size : undefined;
}

/** `35/s` and `2 s left`, once they can be told. */
function pace(rate: number, { done, total }: Progress): string[] {
  if (!Number.isFinite(rate) || rate <= 0) return [];
  const left = total === undefined ? [] : [`${Math.ceil((total - done) / rate)} s left`];
  return [`${rate.toFixed(rate < 10 ? 1 : 0)}/s`, ...left];
}
