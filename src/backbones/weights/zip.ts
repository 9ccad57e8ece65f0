/**
 * Zip archives as `torch.save` writes them: entries stored without compression, possibly with
 * zip64 records. Nothing is extracted; an entry is a range of the file.
 */

import { crc32 } from "node:zlib";
import { malformed } from "./state_dict.ts";

/** One stored entry: bytes start…start+size−1 of the file. */
export interface ZipEntry {
  readonly start: number;
  readonly size: number;
  /** CRC-32 of its bytes as the archive states it. */
  readonly crc: number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const noValue16 = 0xffff;
const noValue32 = 0xffffffff;

/**
 * The entries of a zip archive by name, checked against each other and the file's end.
 *
 * Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 to 4.3.16 and 4.5.3. O(entries log entries).
 *
 * @throws {SyntaxError} for what `torch.save` never writes: compression, encryption, several
 * disks, names that are absolute or climb (`..`), duplicate names, entries that overlap or leave
 * the file
 */
export function zipEntries(bytes: Uint8Array, file: string): ReadonlyMap<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fail = (requirement: string, found: string, at: number): Error =>
    malformed("read PyTorch weights", requirement, found, { file, at });
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  const u64 = (at: number) => Number(view.getBigUint64(at, true));
  const isRecord = (at: number, size: number, signature: number, limit: number) =>
    at >= 0 && at + size <= limit && u32(at) === signature;

  const directory = findDirectory();
  const entries = new Map<string, ZipEntry>();
  let at = directory.start;
  for (let i = 0; i < directory.count; i++) {
    if (!isRecord(at, 46, 0x02014b50, directory.end)) {
      throw fail("the zip directory must list its entries", `entry ${i + 1} is missing`, at);
    }
    const [nameLength, extraLength, commentLength] = [u16(at + 28), u16(at + 30), u16(at + 32)];
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > directory.end) throw fail("the zip directory must be whole", "its end", at);
    const name = safeName(bytes.subarray(at + 46, at + 46 + nameLength), at);
    if (entries.has(name)) throw fail("zip names must be unique", JSON.stringify(name), at);
    entries.set(name, entryAt(name, at, at + 46 + nameLength, extraLength));
    at = next;
  }
  if (at !== directory.end) {
    throw fail("the zip directory must end with its last entry", `${directory.end - at} bytes`, at);
  }
  refuseOverlaps();
  return entries;

  function findDirectory(): { start: number; end: number; count: number } {
    // The end record is 22 bytes and a comment of up to 65,535.
    let end = bytes.length - 22;
    const first = Math.max(0, end - noValue16);
    while (
      end >= first && !(u32(end) === 0x06054b50 && end + 22 + u16(end + 20) === bytes.length)
    ) {
      end--;
    }
    if (end < first) throw fail("a zip file must have its end record", "none", bytes.length);
    let [start, size, count, disks] = [u32(end + 16), u32(end + 12), u16(end + 10), u16(end + 4)];
    let limit = end;
    if (start === noValue32 || size === noValue32 || count === noValue16) {
      if (!isRecord(end - 20, 20, 0x07064b50, end)) {
        throw fail("a large zip file must have a zip64 locator", "none", end);
      }
      limit = u64(end - 12);
      if (!isRecord(limit, 56, 0x06064b50, end - 20)) {
        throw fail("a large zip file must have a zip64 end record", `none at ${limit}`, end - 20);
      }
      [start, size, count, disks] = [
        u64(limit + 48),
        u64(limit + 40),
        u64(limit + 32),
        u32(limit + 16),
      ];
    }
    if (disks !== 0) throw fail("a zip file must be one file", `disk ${disks}`, end);
    if (start + size > limit || count * 46 > size) {
      throw fail(
        "the zip directory must lie in the file",
        `${count} entries in ${size} bytes at ${start}`,
        end,
      );
    }
    return { start, end: start + size, count };
  }

  function safeName(encoded: Uint8Array, at: number): string {
    let name: string;
    try {
      name = utf8.decode(encoded);
    } catch {
      throw fail("zip names must be UTF-8", "other bytes", at + 46);
    }
    const parts = name.split("/");
    if (/[\\:\0]/.test(name) || parts.includes("..") || parts.includes("") || name.length > 4096) {
      throw fail("zip names must stay inside the archive", JSON.stringify(name.slice(0, 200)), at);
    }
    return name;
  }

  function entryAt(name: string, at: number, extraAt: number, extraLength: number): ZipEntry {
    const shown = JSON.stringify(name.slice(0, 200));
    if ((u16(at + 8) & 1) !== 0) throw fail("zip entries must not be encrypted", shown, at);
    if (u16(at + 10) !== 0) {
      throw fail("zip entries must be stored, not compressed, as torch.save does", shown, at);
    }
    let [packed, size, local] = [u32(at + 20), u32(at + 24), u32(at + 42)];
    for (let field = extraAt; field + 4 <= extraAt + extraLength; field += 4 + u16(field + 2)) {
      if (u16(field) !== 1) continue;
      // The zip64 field holds only the values that did not fit, in this order.
      let value = field + 4;
      const stop = Math.min(value + u16(field + 2), extraAt + extraLength);
      const wide = (narrow: number): number => {
        if (narrow !== noValue32) return narrow;
        if (value + 8 > stop) throw fail("a zip64 field must hold its values", shown, field);
        value += 8;
        return u64(value - 8);
      };
      size = wide(size);
      packed = wide(packed);
      local = wide(local);
      break;
    }
    if (packed !== size) throw fail("a stored zip entry has one size", shown, at);
    if (!isRecord(local, 30, 0x04034b50, directory.start)) {
      throw fail("a zip entry must begin with its header", `${shown} at ${local}`, at);
    }
    const nameEnd = local + 30 + u16(local + 26);
    const start = nameEnd + u16(local + 28);
    if (start + size > directory.start) {
      throw fail("a zip entry must lie before the directory", `${shown} of ${size} bytes`, at);
    }
    const own = bytes.subarray(at + 46, extraAt);
    const repeated = bytes.subarray(local + 30, nameEnd);
    if (own.length !== repeated.length || own.some((byte, i) => byte !== repeated[i])) {
      throw fail("a zip entry has one name", `${shown} and another`, local);
    }
    return { start, size, crc: u32(at + 16) };
  }

  function refuseOverlaps(): void {
    let end = 0;
    for (const [name, entry] of [...entries].sort(([, a], [, b]) => a.start - b.start)) {
      if (entry.start < end) {
        throw fail("zip entries must not overlap", JSON.stringify(name), entry.start);
      }
      end = entry.start + entry.size;
    }
  }
}

/**
 * An entry's bytes (a view), after its CRC-32 is checked: a flipped bit in a weight would
 * otherwise go unnoticed. O(size).
 *
 * @throws {SyntaxError} when the checksum differs
 */
export function zipBytes(
  bytes: Uint8Array<ArrayBuffer>,
  { start, size, crc }: ZipEntry,
  { name, file }: { readonly name: string; readonly file: string },
): Uint8Array<ArrayBuffer> {
  const content = bytes.subarray(start, start + size);
  if (crc32(content) !== crc) {
    throw malformed("read PyTorch weights", "the CRC-32 of an entry must match", name, {
      file,
      at: start,
    });
  }
  return content;
}
