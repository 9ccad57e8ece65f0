/** The cache's folder: which files are its own, how much they take, and who goes first. */

import { join } from "@std/path";
import { cannot } from "../errors.ts";

const SUBFOLDER = /^[0-9a-f]{2}$/;
const ENTRY = /^[0-9a-f]{64}\.tensors$/;
const PARTIAL = /^[0-9a-f]{64}\.[0-9a-f-]{36}\.partial$/;
/** Age beyond which a partial file's writer is taken to be dead, in milliseconds. */
const LEFT_OVER = 3_600_000;

const TAG = "CACHEDIR.TAG";
const TAG_TEXT = "Signature: 8a477f597d28d172789f06886806bc55\n" +
  "# This file marks a cache of kizu, so that backups skip it. Everything here can be made again.\n" +
  "# See https://bford.info/cachedir/\n";

/** One file of the cache. */
export interface CacheFile {
  readonly path: string;
  readonly bytes: number;
  /** When it was last written or used, in milliseconds since 1970. */
  readonly used: number;
}

/** The cache's own files as they are now. */
export interface CacheFiles {
  readonly entries: readonly CacheFile[];
  /** Entries being written, or left behind by a process that ended while writing. */
  readonly partial: readonly CacheFile[];
}

/** Where an entry lies. */
export function entryPath(folder: string, key: string): string {
  return join(folder, key.slice(0, 2), `${key}.tensors`);
}

/** A name for writing an entry that no process, thread or call shares. */
export function partialPath(folder: string, key: string): string {
  return join(folder, key.slice(0, 2), `${key}.${crypto.randomUUID()}.partial`);
}

/** Whether an error says that a file or folder is not there. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** The entries of a folder; none where it is not there or is a file. */
async function list(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** The cache's own files; whatever else is in the folder is not looked at. O(files). */
export async function listCache(folder: string): Promise<CacheFiles> {
  const entries: CacheFile[] = [];
  const partial: CacheFile[] = [];
  for (const { name, isDirectory } of await list(folder)) {
    if (!isDirectory || !SUBFOLDER.test(name)) continue;
    const own = (await list(join(folder, name))).filter((file) =>
      file.isFile && file.name.startsWith(name) &&
      (ENTRY.test(file.name) || PARTIAL.test(file.name))
    );
    // Together, as each waits for a thread.
    await Promise.all(own.map(async (file) => {
      const path = join(folder, name, file.name);
      try {
        const { size, mtime } = await Deno.lstat(path);
        const found = { path, bytes: size, used: mtime?.getTime() ?? 0 };
        (ENTRY.test(file.name) ? entries : partial).push(found);
      } catch (error) {
        // Another process may have removed it since.
        if (!isAbsent(error)) throw error;
      }
    }));
  }
  return { entries, partial };
}

/** Removes a file; false where it was gone already. */
export async function removeIfThere(path: string): Promise<boolean> {
  try {
    await Deno.remove(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Removes what processes left behind that ended while writing. */
export async function removeLeftOver({ partial }: CacheFiles): Promise<void> {
  const now = Date.now();
  for (const { path, used } of partial) {
    if (now - used > LEFT_OVER) await removeIfThere(path);
  }
}

/**
 * Removes entries, least recently used first, until the rest take no more than `most` bytes.
 *
 * @returns bytes that are left, and how many entries were removed here; entries that another
 * process removed at the same time are not counted
 */
export async function evict(
  { entries }: CacheFiles,
  most: number,
): Promise<{ readonly bytes: number; readonly removed: number }> {
  let bytes = entries.reduce((sum, file) => sum + file.bytes, 0);
  let removed = 0;
  // The path decides between equal times, so that several processes agree.
  const order = entries.toSorted((a, b) => a.used - b.used || (a.path < b.path ? -1 : 1));
  for (const file of order) {
    if (bytes <= most) break;
    if (await removeIfThere(file.path)) removed++;
    bytes -= file.bytes;
  }
  return { bytes, removed };
}

/**
 * Marks the folder as a cache, so that backups skip it; not where it holds anything but a cache,
 * as backups would skip that too.
 */
export async function tagFolder(folder: string): Promise<void> {
  const names = await list(folder);
  if (!names.every(({ name, isDirectory }) => isDirectory && SUBFOLDER.test(name))) return;
  try {
    await Deno.writeTextFile(join(folder, TAG), TAG_TEXT, { createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/**
 * Empties a tensor cache: removes its entries and what was left of unfinished ones, nothing else.
 * Safe beside running processes: to them the entries are missing.
 *
 * @returns bytes freed; 0 for a folder that is not there
 * @throws {RangeError} naming the folder and the operating system's reason: not permitted
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(await clearTensorCache("no/such/folder"), 0);
 * ```
 */
export async function clearTensorCache(folder: string): Promise<number> {
  let freed = 0;
  try {
    const { entries, partial } = await listCache(folder);
    for (const { path, bytes } of [...entries, ...partial]) {
      if (await removeIfThere(path)) freed += bytes;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot(`clear the cache ${folder}`, "its files must be removable", reason);
  }
  return freed;
}
