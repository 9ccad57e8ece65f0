/** What every command shares: exit codes, one-line errors, tidying up on interruption. */

import { isRefusal } from "../errors.ts";
import { removeUnfinished } from "../files.ts";

/** Exit codes: 0 done; 1 failed; 2 bad usage or input; 130 interrupted. */
export const exitCodes = { done: 0, failed: 1, badInput: 2, interrupted: 130 } as const;

/**
 * Runs a command and ends the process.
 *
 * Bad input is one line on stderr and exit code 2. A failure of the program itself is one line
 * and exit code 1, with the stack trace only when the environment variable `KIZU_DEBUG` is set.
 *
 * @param tidy awaited when the command is interrupted, before the process ends: to stop what the
 * command started
 */
export async function runCommand(
  main: (args: readonly string[]) => Promise<void>,
  tidy: () => Promise<void> = () => Promise.resolve(),
): Promise<never> {
  const interrupted = async () => {
    removeUnfinished();
    await tidy();
    Deno.exit(exitCodes.interrupted);
  };
  for (
    const signal of Deno.build.os === "windows" ? ["SIGINT"] as const : [
      "SIGINT",
      "SIGTERM",
    ] as const
  ) {
    Deno.addSignalListener(signal, interrupted);
  }
  try {
    await main(Deno.args);
    Deno.exit(exitCodes.done);
  } catch (error) {
    removeUnfinished();
    Deno.exit(explain(error));
  }
}

function explain(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  if (isRefusal(error)) {
    console.error(`error: ${message.replaceAll("\n", " ")}`);
    return exitCodes.badInput;
  }
  console.error(`error: unexpected failure: ${message.split("\n")[0]} (KIZU_DEBUG=1 shows where)`);
  if (Deno.env.get("KIZU_DEBUG")) console.error(error);
  return exitCodes.failed;
}
