/** A bounded folder of named tensors that several processes and workers may use at once. */

import { dirname } from "@std/path";
import { cannot } from "../errors.ts";
import {
  type CacheFiles,
  entryPath,
  evict,
  isAbsent,
  listCache,
  partialPath,
  removeIfThere,
  removeLeftOver,
  tagFolder,
} from "./cache_folder.ts";
import { encodeEntry, type StoredTensor, type StoredTensors } from "./entry_format.ts";
import { type FoundEntry, readEntry } from "./read_entry.ts";

/** Where a cache lies and how large it may grow. */
export interface TensorCacheOptions {
  /** Made where it is missing. */
  readonly folder: string;
  /** Bytes of all entries together, a whole number ≥ 0. */
  readonly mostBytes: number;
}

/** What happened in a cache since it was opened here. */
export interface TensorCacheStatistics {
  readonly hits: number;
  /** Damaged entries are misses too. */
  readonly misses: number;
  readonly written: number;
  /** Entries whose checksums were wrong; they are removed. */
  readonly damaged: number;
  /** Entries removed to make room. */
  readonly evicted: number;
  /** Entries not stored as one alone is larger than the bound. */
  readonly tooLarge: number;
  /** Bytes of all entries, by the last count of the folder and what was written here since. */
  readonly bytes: number;
  /** Why nothing is stored any longer. What is stored can still be read. */
  readonly trouble?: string;
}

/** Named tensors on the disk by key; {@linkcode openTensorCache} says how it behaves. */
export interface TensorCache {
  /** The named tensors, or undefined: the entry is absent, lacks a name, or was damaged. */
  get(
    key: string,
    names: readonly string[],
  ): Promise<Readonly<Record<string, StoredTensor>> | undefined>;
  /** Adds or replaces an entry. The tensors must not change until it is done. */
  put(key: string, tensors: StoredTensors): Promise<void>;
  /** As of now. */
  readonly statistics: TensorCacheStatistics;
}

/** Part of the bound that is filled after making room. */
const KEPT = 0.9;
/** Part of the bound that may be written without looking what others wrote. */
const UNSEEN = 1 / 32;
/** Age of the last note of use beyond which a hit is noted again, in milliseconds. */
const NOTED = 60_000;

/**
 * Opens a folder of tensors by key, for results that are dear to compute and can be computed again.
 *
 * An entry is one file, read back by name without reading the rest, every byte of it under a
 * checksum: a damaged entry is a miss, never wrong numbers. Entries appear whole, by renaming; they
 * are not flushed to the disk, as the checksums find what a power failure tears. Any number of
 * processes and workers may open the folder at once; an entry that another one removes is a miss.
 *
 * When an entry would exceed the bound, those not used for longest go until nine tenths are filled;
 * use is noted once a minute at most, and not at all where that is not permitted. P processes that
 * write at once look at the folder so often that together they exceed the bound by at most P/32
 * of it, or by an entry each where that is more.
 *
 * A full disk or a folder that cannot be written ends no run: from then on nothing is stored, and
 * `statistics.trouble` says why. Files that are not the cache's own are never touched.
 *
 * Cost: opening and making room O(entries), about 30 ms for 1,000; reading back 600 kB of tensors
 * 0.3 ms from the system's memory.
 *
 * @throws {RangeError} when the folder cannot be made, the bound is not a whole number ≥ 0, and in
 * `get` and `put` when the key is not 64 hexadecimal digits or a shape does not fit its numbers
 * @throws {TypeError} in `put` when numbers are neither float32 nor uint8
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const folder = await Deno.makeTempDir();
 * const cache = await openTensorCache({ folder, mostBytes: 1e9 });
 * const key = "0123456789abcdef".repeat(4);
 * await cache.put(key, { map: { data: new Float32Array([1, 2]), shape: [1, 2] } });
 * const found = await cache.get(key, ["map"]);
 * assertEquals(found?.map.data, new Float32Array([1, 2]));
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function openTensorCache(
  { folder, mostBytes }: TensorCacheOptions,
): Promise<TensorCache> {
  if (!Number.isSafeInteger(mostBytes) || mostBytes < 0) {
    throw cannot("open a cache", "mostBytes must be a whole number ≥ 0", String(mostBytes));
  }
  const counts = { hits: 0, misses: 0, written: 0, damaged: 0, evicted: 0, tooLarge: 0, bytes: 0 };
  let trouble: string | undefined;
  let unseen = 0;
  let turn: Promise<void> = Promise.resolve();

  const stop = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error);
    const requirement = "its disk must have room and its files be readable and writable";
    trouble ??= cannot(`go on storing in the cache ${folder}`, requirement, reason).message;
  };
  const count = async (): Promise<CacheFiles> => {
    const files = await listCache(folder);
    counts.bytes = files.entries.reduce((sum, { bytes }) => sum + bytes, 0);
    unseen = 0;
    return files;
  };
  const makeRoom = async (size: number): Promise<void> => {
    if (counts.bytes + size <= mostBytes && unseen + size <= mostBytes * UNSEEN) return;
    const files = await count();
    if (counts.bytes + size <= mostBytes) return;
    const { bytes, removed } = await evict(files, Math.max(0, mostBytes * KEPT - size));
    counts.bytes = bytes;
    counts.evicted += removed;
  };
  const store = async (key: string, tensors: StoredTensors): Promise<void> => {
    if (trouble !== undefined) return;
    const pieces = encodeEntry(key, tensors);
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    if (size > mostBytes) return void counts.tooLarge++;
    try {
      await makeRoom(size);
      const replaced = await writeEntry(folder, key, pieces);
      // Somebody cleared the cache just now.
      if (replaced === undefined) return;
      counts.bytes += size - replaced;
      unseen += size;
      counts.written++;
    } catch (error) {
      stop(error);
    }
  };

  try {
    await Deno.mkdir(folder, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot(`open the cache ${folder}`, "its folder must be there or be makeable", reason);
  }
  try {
    await tagFolder(folder);
    await removeLeftOver(await count());
  } catch (error) {
    stop(error);
  }
  return {
    async get(key, names) {
      expectKey(key);
      let found: FoundEntry = { kind: "other" };
      const path = entryPath(folder, key);
      try {
        using file = await Deno.open(path);
        found = await readEntry(file, { key, names });
        if (found.kind === "whole") await noteUse(file);
        if (found.kind === "damaged") {
          counts.damaged++;
          const { size } = file.statSync();
          if (await removeIfThere(path)) counts.bytes = Math.max(0, counts.bytes - size);
        }
      } catch (error) {
        if (!isAbsent(error)) stop(error);
      }
      if (found.kind !== "whole") return void counts.misses++;
      counts.hits++;
      return found.tensors;
    },
    put(key, tensors) {
      // One after the other, so that the count of bytes is right.
      const done = turn.then(() => {
        expectKey(key);
        return store(key, tensors);
      });
      turn = done.catch(() => {});
      return done;
    },
    get statistics() {
      return { ...counts, ...(trouble === undefined ? {} : { trouble }) };
    },
  };
}

function expectKey(key: string): void {
  if (!/^[0-9a-f]{64}$/.test(key)) {
    throw cannot("use a cache", "a key must be 64 lower-case hexadecimal digits", String(key));
  }
}

/** Makes an entry one of those used last; where that is not permitted, the order just ages. */
async function noteUse(file: Deno.FsFile): Promise<void> {
  const now = new Date();
  const { mtime } = file.statSync();
  if (mtime !== null && Math.abs(now.getTime() - mtime.getTime()) < NOTED) return;
  await file.utime(now, now).catch(() => {});
}

/**
 * Writes an entry whole: beside its place, then renamed.
 *
 * @returns bytes of the entry that it replaced, or undefined where the partial file vanished
 */
async function writeEntry(
  folder: string,
  key: string,
  pieces: readonly Uint8Array[],
): Promise<number | undefined> {
  const path = entryPath(folder, key);
  const partial = partialPath(folder, key);
  try {
    {
      using file = await createIn(partial);
      for (const bytes of pieces) {
        for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      }
    }
    const replaced = await Deno.lstat(path).then(({ size }) => size, () => 0);
    await Deno.rename(partial, path);
    return replaced;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    await Deno.remove(partial).catch(() => {});
    throw error;
  }
}

/** Creates a file, and its folder where that is missing. */
async function createIn(path: string): Promise<Deno.FsFile> {
  const options = { write: true, createNew: true } as const;
  try {
    return await Deno.open(path, options);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.mkdir(dirname(path), { recursive: true });
    return await Deno.open(path, options);
  }
}
