/** A file's SHA-256, recorded beside it when it is first had, and binding from then on. */

import { basename } from "@std/path";
import { cannot } from "../../errors.ts";
import { readFileWhole, writeFileWhole } from "../../files.ts";

/** Where a file's hash is recorded. */
export function recordOf(path: string): string {
  return `${path}.sha256`;
}

/** Records a file's hash, in the format that `sha256sum --check` reads. */
export async function recordHash(path: string, sha256: string): Promise<void> {
  await writeFileWhole(recordOf(path), `${sha256}  ${basename(path)}\n`);
}

/**
 * The hash recorded for a file; undefined where none is.
 *
 * @throws {SyntaxError} when the record is not one
 * @throws {RangeError} when the record cannot be read
 */
export async function recordedHash(path: string): Promise<string | undefined> {
  const record = recordOf(path);
  try {
    await Deno.lstat(record);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.NotADirectory) return undefined;
  }
  const bytes = await readFileWhole(record, { most: 65_536 });
  const text = new TextDecoder().decode(bytes);
  const found = /^\\?([0-9a-f]{64})(?:[ ][ *][^\n]*)?\r?\n?$/i.exec(text)?.[1];
  if (found !== undefined) return found.toLowerCase();
  throw cannot(
    `read ${record}`,
    "it must be one line of 64 hexadecimal digits and the file's name",
    JSON.stringify(text.slice(0, 100)),
    SyntaxError,
  );
}
