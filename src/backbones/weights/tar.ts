/** Tar archives as the first versions of PyTorch wrote them. Nothing is extracted. */

import { malformed } from "./state_dict.ts";

/** One file in the archive: bytes start…start+size−1. */
export interface TarEntry {
  readonly start: number;
  readonly size: number;
}

const BLOCK = 512;
const ascii = new TextDecoder("latin1");

/** Whether a file begins with a tar header. */
export function isTar(bytes: Uint8Array): boolean {
  return bytes.length >= BLOCK && ascii.decode(bytes.subarray(257, 262)) === "ustar";
}

/**
 * The entries of a tar archive by name. O(entries).
 *
 * Source: POSIX.1-2001, pax, "ustar Interchange Format".
 *
 * @throws {SyntaxError} for what PyTorch never wrote: links, folders, names other than a plain
 * word, duplicate names, a header whose checksum differs, an entry that leaves the file
 */
export function tarEntries(bytes: Uint8Array, file: string): ReadonlyMap<string, TarEntry> {
  const fail = (requirement: string, found: string, at: number): Error =>
    malformed("read PyTorch weights", requirement, found, { file, at });
  const text = (from: number, size: number): string =>
    ascii.decode(bytes.subarray(from, from + size)).replace(/\0.*$/s, "");
  const octal = (from: number, size: number): number => {
    const digits = text(from, size).trim();
    if (!/^[0-7]{1,11}$/.test(digits)) {
      throw fail("a tar header has octal numbers", JSON.stringify(digits), from);
    }
    return parseInt(digits, 8);
  };

  const entries = new Map<string, TarEntry>();
  let at = 0;
  for (; at + BLOCK <= bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return entries;
    // The checksum counts its own field as spaces.
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    if (octal(at + 148, 8) !== sum) throw fail("a tar header's checksum must match", `${sum}`, at);
    const name = text(at, 100);
    if (!/^\w{1,32}$/.test(name) || text(at + 345, 155) !== "") {
      throw fail("a tar's names must be plain words", JSON.stringify(name), at);
    }
    const type = header[156];
    if (type !== 0x30 && type !== 0) {
      throw fail("a tar's entries must be files", `${name} of type ${type}`, at + 156);
    }
    if (entries.has(name)) throw fail("a tar's names must be unique", name, at);
    const [start, size] = [at + BLOCK, octal(at + 124, 12)];
    if (start + size > bytes.length) {
      throw fail("a tar's entry must lie in the file", `${name} of ${size} bytes`, at);
    }
    entries.set(name, { start, size });
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw fail("a tar must end with an empty block", "none", Math.min(at, bytes.length));
}
