/**
 * The JSON header of a safetensors file, read strictly: one object, one level deep.
 *
 * A parser of its own, because `JSON.parse` keeps the last of duplicate names without a word
 * and knows no byte offsets. It cannot recurse: the format has a fixed depth.
 */

import { malformed } from "./state_dict.ts";

/** One tensor as the header states it; `at` is the byte offset of its name in the file. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and the byte after the last, counted from the end of the header. */
  readonly offsets: readonly [begin: number, end: number];
  readonly at: number;
}

/** The header's content, in its own order. */
export interface Header {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** More dimensions than any weight has; keeps a hostile shape from growing. */
const maxRank = 64;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the header in bytes start…end−1 of the file. O(bytes of the header).
 *
 * @throws {SyntaxError} for anything but the format's JSON: invalid UTF-8, duplicate or unknown
 * names, missing fields, fractions, text after the object
 */
export function parseHeader(
  bytes: Uint8Array,
  { file, start, end }: { readonly file: string; readonly start: number; readonly end: number },
): Header {
  let at = start;

  const fail = (requirement: string, found: string, where = at): Error =>
    malformed("read safetensors", requirement, found, { file, at: where });

  const shown = (): string => at < end ? JSON.stringify(String.fromCharCode(bytes[at])) : "its end";

  function skipSpace(): void {
    while (
      at < end && (bytes[at] === 32 || bytes[at] === 10 || bytes[at] === 13 || bytes[at] === 9)
    ) {
      at++;
    }
  }

  function take(character: string): boolean {
    skipSpace();
    if (at >= end || bytes[at] !== character.charCodeAt(0)) return false;
    at++;
    return true;
  }

  function expect(character: string): void {
    if (!take(character)) throw fail(`the header must have ${character} here`, shown());
  }

  function text(): string {
    expect('"');
    const from = at - 1;
    let plain = true;
    while (at < end && bytes[at] !== 34) {
      plain &&= bytes[at] !== 92 && bytes[at] >= 32;
      at += bytes[at] === 92 ? 2 : 1;
    }
    if (at >= end) throw fail("a text must end in the header", "no closing quote", from);
    at++;
    try {
      if (plain) return utf8.decode(bytes.subarray(from + 1, at - 1));
      const value: unknown = JSON.parse(utf8.decode(bytes.subarray(from, at)));
      if (typeof value === "string" && value.isWellFormed()) return value;
    } catch {
      // The refusal below says it in the project's words.
    }
    throw fail("a text must be valid UTF-8 JSON", "a malformed text", from);
  }

  function wholeNumber(): number {
    skipSpace();
    const from = at;
    let value = 0;
    while (at < end && bytes[at] >= 48 && bytes[at] <= 57) value = value * 10 + bytes[at++] - 48;
    const followed = at < end && (bytes[at] === 46 || (bytes[at] | 32) === 101);
    if (at === from || followed || (bytes[from] === 48 && at > from + 1)) {
      throw fail("a number must be whole and not negative", shown());
    }
    if (!Number.isSafeInteger(value)) {
      throw fail("a number must be below 2⁵³", `about ${value}`, from);
    }
    return value;
  }

  function numbers(): number[] {
    const items: number[] = [];
    expect("[");
    if (take("]")) return items;
    do {
      if (items.length === maxRank) throw fail("a list is short", `more than ${maxRank} numbers`);
      items.push(wholeNumber());
    } while (take(","));
    expect("]");
    return items;
  }

  /** Reads `{"name": value, …}`; refuses a name that was there before. */
  function object(field: (name: string, at: number) => void): void {
    const names = new Set<string>();
    expect("{");
    if (take("}")) return;
    do {
      skipSpace();
      const where = at;
      const name = text();
      if (names.has(name)) throw fail("names must be unique", JSON.stringify(name), where);
      names.add(name);
      expect(":");
      field(name, where);
    } while (take(","));
    expect("}");
  }

  function entry(name: string, where: number): HeaderEntry {
    let dtype: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    object((key, keyAt) => {
      if (key === "dtype") dtype = text();
      else if (key === "shape") shape = numbers();
      else if (key === "data_offsets") offsets = numbers();
      else {
        throw fail("a tensor has dtype, shape and data_offsets", JSON.stringify(key), keyAt);
      }
    });
    if (dtype === undefined || shape === undefined || offsets?.length !== 2) {
      throw fail("a tensor needs dtype, shape and two data_offsets", JSON.stringify(name), where);
    }
    return { name, dtype, shape, offsets: [offsets[0], offsets[1]], at: where };
  }

  const entries: HeaderEntry[] = [];
  const metadata: [string, string][] = [];
  if (bytes[start] !== 123) throw fail("the header must begin with {", shown());
  object((name, where) => {
    if (name === "__metadata__") object((key) => metadata.push([key, text()]));
    else entries.push(entry(name, where));
  });
  skipSpace();
  if (at < end) throw fail("nothing may follow the header's object", shown());
  return { entries, metadata: Object.fromEntries(metadata) };
}
