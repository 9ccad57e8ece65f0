/** Reading one cache entry: its header, and only the tensors that are asked for. */

import {
  checksum,
  decodeHeader,
  headerLength,
  type StoredRange,
  type StoredTensor,
  tensorOf,
} from "./entry_format.ts";

/** Read at first; holds nearly every header whole. */
const FIRST = 4096;

/** What a file turned out to hold. */
export type FoundEntry =
  | { readonly kind: "whole"; readonly tensors: Readonly<Record<string, StoredTensor>> }
  /** Of another version, or without one of the names. */
  | { readonly kind: "other" }
  | { readonly kind: "damaged" };

/**
 * The named tensors of an entry, each in memory of its own, so that each can be transferred to a
 * worker by itself. Every byte that is returned, or that says what it means, is checked.
 *
 * @throws the operating system's error
 */
export async function readEntry(
  file: Deno.FsFile,
  { key, names }: { readonly key: string; readonly names: readonly string[] },
): Promise<FoundEntry> {
  const { size } = file.statSync();
  const first = await readAt(file, 0, Math.min(FIRST, size));
  const length = first === undefined ? undefined : headerLength(first);
  if (first === undefined || length === undefined || length > size) return { kind: "damaged" };
  const header = length <= first.length ? first.subarray(0, length) : await readAt(file, 0, length);
  const found = header === undefined ? "damaged" : decodeHeader(header);
  if (found === "other") return { kind: "other" };
  if (found === "damaged" || found.key !== key || length + found.bytes !== size) {
    return { kind: "damaged" };
  }
  const ranges = new Map(found.tensors.map((range) => [range.name, range]));
  const wanted: StoredRange[] = [];
  for (const name of names) {
    const range = ranges.get(name);
    if (range === undefined) return { kind: "other" };
    wanted.push(range);
  }
  const tensors: [string, StoredTensor][] = [];
  for (const range of wanted) {
    const bytes = await readAt(file, length + range.start, range.bytes);
    if (bytes === undefined || checksum(bytes) !== range.checksum) return { kind: "damaged" };
    tensors.push([range.name, tensorOf(range, bytes)]);
  }
  return { kind: "whole", tensors: Object.fromEntries(tensors) };
}

/** Bytes from a place on, or undefined where the file ends before. */
async function readAt(
  file: Deno.FsFile,
  start: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = new Uint8Array(length);
  // Moves a number in the kernel, waits for no disk.
  file.seekSync(start, Deno.SeekMode.Start);
  for (let at = 0; at < length;) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) return undefined;
    at += count;
  }
  return bytes;
}
