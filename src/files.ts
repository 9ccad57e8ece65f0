/** Writing files so that nobody ever sees half of one. */

import { dirname, isAbsolute, join } from "@std/path";
import { cannot, isRefusal } from "./errors.ts";

const unfinished = new Set<string>();

/** Bytes read at a time. */
const STEP = 2 ** 24;

/** An error of the operating system while writing, as a refusal that names the path. */
function unwritable(path: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  const full = /no space left|quota|file too large/i.test(reason);
  return cannot(
    `write ${path}`,
    full ? "the disk must have room" : "its folder must be writable",
    reason,
  );
}

/**
 * A file's bytes.
 *
 * @param options `most`: bytes beyond which it is refused unread
 * @throws {RangeError} naming the path and the operating system's reason: missing, a folder, not
 * permitted
 */
export async function readFileWhole(
  path: string,
  { most = Infinity }: { readonly most?: number } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    // Into memory taken once: Deno.readFile holds a large file twice.
    using file = await Deno.open(path);
    const { size, isFile } = await file.stat();
    if (!isFile) return await Deno.readFile(path);
    if (size > most) throw cannot(`read ${path}`, `it may hold ${most} bytes at most`, `${size}`);
    const bytes = new Uint8Array(size);
    let at = 0;
    for (let count: number | null = 0; at < size && count !== null; at += count ?? 0) {
      count = await file.read(bytes.subarray(at, at + STEP));
    }
    return at === size ? bytes : bytes.slice(0, at);
  } catch (error) {
    if (isRefusal(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot(`read ${path}`, "the file must be there and readable", reason);
  }
}

/**
 * Makes sure that a file can be written into a folder, before hours of work are spent: makes the
 * folder where it is missing, and writes and removes an empty file there.
 *
 * @throws {RangeError} naming the folder and the operating system's reason
 */
export async function expectWritableFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    const probe = await Deno.makeTempFile({ dir: folder, prefix: ".kizu-", suffix: ".partial" });
    await Deno.remove(probe);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/**
 * Writes a whole file, or nothing: into a partial file beside it, flushed to the disk, then
 * renamed. The folder is made where it is missing. On failure the partial file is removed.
 *
 * @param content bytes, text (as UTF-8), or pieces one behind the other
 * @throws {RangeError} naming the path and the operating system's reason: no space, no permission
 */
export async function writeFileWhole(
  path: string,
  content: Uint8Array | string | Iterable<Uint8Array>,
): Promise<void> {
  const pieces = typeof content === "string"
    ? [new TextEncoder().encode(content)]
    : content instanceof Uint8Array
    ? [content]
    : content;
  const partial = `${path}.${Deno.pid}.partial`;
  unfinished.add(partial);
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    {
      using file = await Deno.open(partial, { write: true, create: true, truncate: true });
      for (const bytes of pieces) {
        for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      }
      await file.sync();
    }
    await Deno.rename(partial, path);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw unwritable(path, error);
  } finally {
    unfinished.delete(partial);
  }
}

/** Bytes kept on the disk for the length of a job, not in memory. */
export interface Scratch extends Disposable {
  /** Writes behind what is there; returns where it begins. */
  append(bytes: Uint8Array): number;
  read(start: number, length: number): Uint8Array<ArrayBuffer>;
}

/**
 * A temporary file in a folder; it is removed when disposed of, and when the program is
 * interrupted.
 *
 * @throws {RangeError} naming the folder and the operating system's reason: no space, no permission
 */
export function openScratch(folder: string): Scratch {
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw unwritable(folder, error);
    }
  };
  const path = attempt(() =>
    Deno.makeTempFileSync({ dir: folder, prefix: ".kizu-", suffix: ".partial" })
  );
  unfinished.add(path);
  const file = attempt(() => Deno.openSync(path, { read: true, write: true }));
  let end = 0;
  return {
    append: (bytes) =>
      attempt(() => {
        const start = end;
        file.seekSync(start, Deno.SeekMode.Start);
        for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
        end += bytes.length;
        return start;
      }),
    read(start, length) {
      const bytes = new Uint8Array(length);
      file.seekSync(start, Deno.SeekMode.Start);
      for (let at = 0; at < length;) {
        const count = file.readSync(bytes.subarray(at));
        if (count === null) {
          throw cannot(`read ${path}`, "it must be as long as was written", `${start + at} bytes`);
        }
        at += count;
      }
      return bytes;
    },
    [Symbol.dispose]() {
      file.close();
      Deno.removeSync(path);
      unfinished.delete(path);
    },
  };
}

/** A variable of the environment; undefined where it is not set. */
export type ReadEnv = (name: string) => string | undefined;

/**
 * The folder of things that can be made or fetched again: `XDG_CACHE_HOME`, by default `~/.cache`;
 * on macOS `~/Library/Caches`, on Windows `LOCALAPPDATA`.
 *
 * Source: XDG Base Directory Specification 0.8 (a relative `XDG_CACHE_HOME` counts as not set).
 *
 * @returns undefined where the environment names no home
 */
export function userCacheFolder(
  env: ReadEnv,
  os: typeof Deno.build.os = Deno.build.os,
): string | undefined {
  const value = (name: string): string | undefined => env(name) || undefined;
  const home = value("HOME") ?? (os === "windows" ? value("USERPROFILE") : undefined);
  const below = (...names: readonly string[]): string | undefined =>
    home === undefined ? undefined : join(home, ...names);
  const xdg = value("XDG_CACHE_HOME");
  if (xdg !== undefined && isAbsolute(xdg)) return xdg;
  if (os === "windows") return value("LOCALAPPDATA") ?? below("AppData", "Local");
  return os === "darwin" ? below("Library", "Caches") : below(".cache");
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
