/**
 * The part of a file that a download has so far: `<path>.partial`, and beside it
 * `<path>.partial.json`, which says where the bytes are from. Both outlive the program, so that
 * the next one goes on. `<path>.partial.lock` is held meanwhile.
 */

import { createHash, type Hash } from "node:crypto";
import { dirname } from "@std/path";
import { cannot } from "../../errors.ts";

/** What is known of the file that the bytes are a part of. */
export interface PartialOrigin {
  readonly url: string;
  readonly etag?: string;
  readonly lastModified?: string;
}

/** A file in the making, held by one download alone. */
export interface PartialFile extends Disposable {
  readonly path: string;
  /** Bytes that are there. */
  readonly size: number;
  readonly origin: PartialOrigin | undefined;
  /** Notes where the bytes to come are from. */
  note(origin: PartialOrigin): Promise<void>;
  append(bytes: Uint8Array): Promise<void>;
  /** Drops all bytes. */
  restart(): Promise<void>;
  /** SHA-256 of the bytes; nothing can be appended afterwards. */
  digest(): string;
  /** Gives the file its name, after its bytes are on the disk. */
  finish(): Promise<void>;
  /** Removes the file and its note. */
  discard(): Promise<void>;
}

const STEP = 2 ** 20;

/** An error of the operating system, as a refusal that names the path. */
function unwritable(path: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return cannot(
    `write ${path}`,
    /no space left|quota/i.test(reason)
      ? "the disk must have room"
      : "its folder must be there and writable",
    reason,
  );
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function statOf(path: string): Promise<Deno.FileInfo | undefined> {
  return await Deno.stat(path).catch(() => undefined);
}

/**
 * Opens the partial file for `path`, alone: where another download holds it, this one waits. The
 * bytes that are there are read once, for the hash.
 *
 * @param options `waiting` is told once that another download is under way
 * @returns undefined where the other download gave the file its name meanwhile
 * @throws {RangeError} naming the path and the operating system's reason: no space, no permission
 * @throws the signal's reason when it is aborted
 */
export async function openPartial(
  path: string,
  { signal, pause, waiting }: {
    readonly signal?: AbortSignal;
    readonly pause: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
    readonly waiting?: () => void;
  },
): Promise<PartialFile | undefined> {
  await attempt(path, () => Deno.mkdir(dirname(path), { recursive: true }));
  const lockPath = `${path}.partial.lock`;
  let waited = false;
  for (;;) {
    signal?.throwIfAborted();
    const lock = await attempt(
      lockPath,
      () => Deno.open(lockPath, { read: true, write: true, create: true }),
    );
    const release = () => {
      // Removed while it is held: who opened it before finds another file under the name.
      try {
        Deno.removeSync(lockPath);
      } catch {
        // Gone already, with its folder.
      }
      lock.close();
    };
    if (await lock.tryLock(true)) {
      const [own, there] = [await lock.stat(), await statOf(lockPath)];
      if (there !== undefined && own.ino === there.ino && own.dev === there.dev) {
        if (!waited || await statOf(path) === undefined) return await heldPartial(path, release);
        release();
        return undefined;
      }
    }
    lock.close();
    if (!waited) waiting?.();
    waited = true;
    await pause(100, signal);
  }
}

async function heldPartial(path: string, release: () => void): Promise<PartialFile> {
  const partial = `${path}.partial`;
  const notePath = `${partial}.json`;
  const stack = new DisposableStack();
  stack.defer(release);
  let file: Deno.FsFile;
  let origin = await readNote(notePath);
  let hash = createHash("sha256");
  let size = 0;
  try {
    file = await attempt(
      partial,
      () => Deno.open(partial, { read: true, write: true, create: true }),
    );
    stack.use(file);
    const { size: found } = await file.stat();
    // Bytes of unknown origin are none.
    if (origin !== undefined) size = await hashUpTo(file, found, hash);
    else if (found > 0) await attempt(partial, () => file.truncate(0));
  } catch (error) {
    stack.dispose();
    throw error;
  }
  const drop = async () => {
    await Deno.remove(notePath).catch(() => {});
    origin = undefined;
  };
  return {
    path: partial,
    get size() {
      return size;
    },
    get origin() {
      return origin;
    },
    async note(next) {
      await attempt(notePath, () => Deno.writeTextFile(notePath, JSON.stringify(next)));
      origin = next;
    },
    async append(bytes) {
      await attempt(partial, async () => {
        for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      });
      hash.update(bytes);
      size += bytes.length;
    },
    async restart() {
      await drop();
      if (size > 0) {
        await attempt(partial, async () => {
          await file.truncate(0);
          await file.seek(0, Deno.SeekMode.Start);
        });
      }
      hash = createHash("sha256");
      size = 0;
    },
    digest: () => hash.digest("hex"),
    async finish() {
      await attempt(path, async () => {
        await file.sync();
        await Deno.rename(partial, path);
      });
      await drop();
    },
    async discard() {
      await drop();
      await Deno.remove(partial).catch(() => {});
    },
    [Symbol.dispose]() {
      stack.dispose();
    },
  };
}

/** Hashes the first bytes of a file and leaves it there; the number of bytes that were there. */
async function hashUpTo(file: Deno.FsFile, size: number, hash: Hash): Promise<number> {
  const buffer = new Uint8Array(Math.min(size, STEP));
  let at = 0;
  while (at < size) {
    const count = await file.read(buffer.subarray(0, Math.min(buffer.length, size - at)));
    if (count === null) break;
    hash.update(buffer.subarray(0, count));
    at += count;
  }
  return at;
}

/** The note beside a partial file; undefined where there is none, or half of one. */
async function readNote(path: string): Promise<PartialOrigin | undefined> {
  let note: unknown;
  try {
    note = JSON.parse(await Deno.readTextFile(path));
  } catch {
    // Without a note the download begins anew, which is what a broken one deserves as well.
    return undefined;
  }
  const field = (name: string): string | undefined => {
    const value = Object.entries(note ?? {}).find(([key]) => key === name)?.[1];
    return typeof value === "string" ? value : undefined;
  };
  const url = field("url");
  if (url === undefined) return undefined;
  return { url, etag: field("etag"), lastModified: field("lastModified") };
}
