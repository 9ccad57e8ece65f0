/** Writing files so that nobody ever sees half of one. */

import { dirname } from "@std/path";

const unfinished = new Set<string>();

/**
 * Writes a whole file or nothing: into `path.partial` beside it, flushed to the disk, then
 * renamed. The folder is made where it is missing. On failure the partial file is removed.
 *
 * @throws what the operating system says: no space, no permission
 */
export async function writeFileWhole(path: string, content: Uint8Array | string): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.mkdir(dirname(path) || ".", { recursive: true });
  const partial = `${path}.${Deno.pid}.partial`;
  unfinished.add(partial);
  try {
    using file = await Deno.open(partial, { write: true, create: true, truncate: true });
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    await file.sync();
    await Deno.rename(partial, path);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw error;
  } finally {
    unfinished.delete(partial);
  }
}

/** Removes what interrupted writes left behind; for a signal handler. */
export function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      Deno.removeSync(path);
    } catch {
      // It was not there yet, or is gone: either way nothing half-written stays.
    }
  }
}
