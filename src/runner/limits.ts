/** What a committed notebook must keep to, so that every viewer can show it. */

import type { Failure } from "./failure.ts";
import { type Notebook, notebookText, type Output } from "./notebook_file.ts";

/** Above 1 MB a kernel loses outputs, and viewers are slow. */
export const OUTPUT_BYTES = 1_000_000;
/** GitHub shows larger notebooks late or not at all. */
export const NOTEBOOK_BYTES = 2_000_000;

const bytes = (text: string): number => new TextEncoder().encode(text).length;
const megabytes = (count: number): string => `${(count / 1e6).toFixed(2)} MB`;

/** What is wrong with a cell's outputs: too large, or written to stderr. */
export function limitFailure(outputs: readonly Output[], cell: number): Failure | undefined {
  for (const output of outputs) {
    const size = bytes(JSON.stringify(output));
    if (size > OUTPUT_BYTES) {
      const most = megabytes(OUTPUT_BYTES);
      return { cell, message: `an output has ${megabytes(size)}, at most ${most} are allowed` };
    }
    if (output.kind === "stream" && output.name === "stderr") {
      return { cell, message: `it writes to stderr: ${output.text.trim().split("\n")[0]}` };
    }
    if (output.kind === "error") return { cell, message: `${output.name}: ${output.message}` };
  }
  return undefined;
}

/** What is wrong with a whole notebook: too large. */
export function sizeFailure(notebook: Notebook): Failure | undefined {
  const size = bytes(notebookText(notebook));
  return size <= NOTEBOOK_BYTES ? undefined : {
    message: `the notebook has ${megabytes(size)}, at most ${
      megabytes(NOTEBOOK_BYTES)
    } are allowed`,
  };
}
