/** What the tests of downloads share: the file, a folder of their own, a clock that stands still. */

import { assert, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { download, type DownloadOptions } from "../../../src/backbones/weights/download.ts";
import { isRefusal } from "../../../src/errors.ts";
import { sha256Hex } from "../../../src/sha256.ts";
import type { ScriptedServer } from "./scripted_server.ts";

export const file = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) >> 3);
export const sha256 = sha256Hex(file);
export const other = file.map((byte) => byte ^ 1);

export async function withFolder(
  run: (path: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(join(folder, "deep", "w.pth"), join(folder, "deep"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
export const names = (folder: string): readonly string[] =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** Downloads without waiting between attempts; the pauses are noted. */
export function quick(
  { address }: Pick<ScriptedServer, "address">,
  path: string,
  options: DownloadOptions & { readonly pauses?: number[] } = {},
): ReturnType<typeof download> {
  const { pauses, ...rest } = options;
  return download(`${address}/models/w.pth`, path, {
    expected: { sha256 },
    // The clock stands still, but other work goes on.
    pause: async (milliseconds, signal) => {
      pauses?.push(milliseconds);
      await new Promise((resolve) => setTimeout(resolve, 1));
      signal?.throwIfAborted();
    },
    ...rest,
  });
}

export async function refused(work: Promise<unknown>, ...found: readonly string[]): Promise<void> {
  const error = await assertRejects(() => work, RangeError);
  assert(isRefusal(error), String(error));
  for (const part of found) assert(error.message.includes(part), error.message);
}
