/** Notebooks for tests, from the sources of their code cells. */

import { fromFileUrl } from "@std/path";
import { denoKernel, type Notebook } from "../../src/runner/notebook_file.ts";

export const root = fromFileUrl(new URL("../..", import.meta.url));

/** A notebook of code cells; the first is a title in Markdown, so that code starts with cell 2. */
export function notebookOf(
  sources: readonly string[],
  tags: Readonly<Record<number, readonly string[]>> = {},
): Notebook {
  return {
    metadata: { kernelspec: denoKernel },
    cells: [
      { type: "markdown", id: "title", source: "# A test", metadata: {} },
      ...sources.map((source, i) => ({
        type: "code" as const,
        id: `cell-${i + 2}`,
        source,
        metadata: { tags: tags[i + 2] ?? [] },
        outputs: [],
        executionCount: null,
      })),
    ],
  };
}

/** Runs with a temporary folder that is gone afterwards. */
export async function withFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "kizu-test-" });
  try {
    return await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Whether a process is still running; one that has ended but is not reaped is not. */
export async function isRunning(pid: number): Promise<boolean> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "stat=", "-p", String(pid)] })
    .output();
  const state = new TextDecoder().decode(stdout).trim();
  return state !== "" && !state.startsWith("Z");
}

/** Waits until a process has ended, at most 20 s. Returns whether it has. */
export async function hasEnded(pid: number): Promise<boolean> {
  for (let i = 0; i < 200; i++) {
    if (!await isRunning(pid)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
