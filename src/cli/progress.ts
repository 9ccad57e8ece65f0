/** Progress on stderr: one line rewritten in a terminal, else one closing line for each job. */

import type { Progress } from "../detectors/detector.ts";

/** Shows how far a job has come. */
export interface ProgressLine {
  /** Begins a job, for example `[1/2] cable patchcore`. */
  begin(title: string): void;
  readonly show: (progress: Progress) => void;
  /** Ends the job with one line. */
  end(summary: string): void;
}

const UPDATES_PER_SECOND = 8;

const duration = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;

/** Writes to stderr; rewrites its line only in a terminal. */
export function progressLine(): ProgressLine {
  const terminal = Deno.stderr.isTerminal();
  const encoder = new TextEncoder();
  const write = (text: string) => void Deno.stderr.writeSync(encoder.encode(text));
  let title = "";
  let stage = "";
  let since = 0;
  let firstDone = 0;
  let last = 0;
  return {
    begin(next) {
      title = next;
      stage = "";
      last = 0;
      if (terminal) write(`\r\x1b[K${title}`);
    },
    show(progress) {
      const now = performance.now();
      if (progress.stage !== stage) {
        stage = progress.stage;
        since = now;
        firstDone = progress.done;
        last = 0;
      }
      const { done, total } = progress;
      if (!terminal || (now - last < 1000 / UPDATES_PER_SECOND && done !== total)) return;
      last = now;
      const rate = (done - firstDone) / ((now - since) / 1000);
      const parts = [title, stage, total === undefined ? `${done}` : `${done}/${total}`];
      if (Number.isFinite(rate) && rate > 0) {
        parts.push(`${rate.toFixed(rate < 10 ? 1 : 0)}/s`);
        if (total !== undefined && done < total) {
          parts.push(`${duration((total - done) / rate)} left`);
        }
      }
      write(`\r\x1b[K${parts.join("  ")}`);
    },
    end(summary) {
      write(`${terminal ? "\r\x1b[K" : ""}${title}  ${summary}\n`);
    },
  };
}
