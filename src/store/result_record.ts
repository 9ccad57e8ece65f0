/** The file of one finished result: its record, and what its attachments must be. */

import { join } from "@std/path";
import { cannot } from "../errors.ts";
import { readFileWhole } from "../files.ts";
import { sha256Hex } from "../sha256.ts";
import { asJson, canonicalJson, type Json } from "./canonical_json.ts";

/** One attachment as the record knows it. */
export interface AttachmentNote {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a record's file says. */
export interface ResultRecord {
  readonly record: Json;
  readonly attachments: readonly AttachmentNote[];
}

/** The folder of the results, and which one. */
export interface ResultPlace {
  readonly folder: string;
  readonly id: string;
}

/** The folder below the results folder that holds the results. */
export const RUNS = "runs";
export const RECORD = /^([a-z0-9][a-z0-9._-]{0,120})\.json$/;
/** An attachment's name has no dots, so that its file's name can be taken apart. */
export const ATTACHMENT = /^[a-z0-9][a-z0-9._-]{0,120}\.[a-z0-9][a-z0-9_-]{0,60}\.bin$/;

const ID = /^[a-z0-9][a-z0-9._-]{0,120}$/;
const NAME = /^[a-z0-9][a-z0-9_-]{0,60}$/;

/** The record's file. */
export function recordPath({ folder, id }: ResultPlace): string {
  return join(folder, RUNS, `${id}.json`);
}

/** An attachment's file. */
export function attachmentPath({ folder, id }: ResultPlace, name: string): string {
  return join(folder, RUNS, `${id}.${name}.bin`);
}

/** @throws {RangeError} unless the id, and the names, can be parts of a file's name */
export function expectNames(action: string, id: string, names: readonly string[]): void {
  if (!ID.test(id)) {
    const requirement =
      "an id must be 1 to 121 of a-z, 0-9, . _ -, and begin with a letter or digit";
    throw cannot(action, requirement, JSON.stringify(id));
  }
  for (const name of names) {
    if (NAME.test(name)) continue;
    const requirement =
      "an attachment's name must be 1 to 61 of a-z, 0-9, _ -, and begin with a letter or digit";
    throw cannot(action, requirement, JSON.stringify(name));
  }
}

/** What a record's file holds; the checksum is of all the rest of it. */
export function encodeRecord(
  id: string,
  { record, attachments }: { record: unknown; attachments: readonly AttachmentNote[] },
): string {
  const context = { action: `keep result ${id}`, name: "record" };
  const content = { attachments, id, record: asJson(record, context) };
  const sha256 = sha256Hex(new TextEncoder().encode(canonicalJson(content, context)));
  return `${canonicalJson({ ...content, sha256 }, context)}\n`;
}

/**
 * Reads a result's record.
 *
 * @throws {SyntaxError} naming the file where it is damaged
 */
export async function readRecord(place: ResultPlace): Promise<ResultRecord> {
  const refuse = (found: string) => damaged(place, recordPath(place), found);
  const bytes = await readFileWhole(recordPath(place));
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  if (!isFields(found)) throw refuse("no object");
  const { sha256, ...content } = found;
  const context = { action: `read result ${place.id}`, name: "record" };
  const expected = sha256Hex(new TextEncoder().encode(canonicalJson(content, context)));
  if (sha256 !== expected) throw refuse("another checksum than it tells");
  if (content.id !== place.id) throw refuse(`the result ${JSON.stringify(content.id)}`);
  const { attachments, record } = content;
  if (!Array.isArray(attachments) || !attachments.every(isNote) || record === undefined) {
    throw refuse("no record with attachments");
  }
  return { record: asJson(record, context), attachments };
}

/**
 * Reads an attachment.
 *
 * @throws {SyntaxError} naming the file where it is not what the record tells
 */
export async function readAttachment(
  place: ResultPlace,
  { name, bytes, sha256 }: AttachmentNote,
): Promise<Uint8Array> {
  await expectAttachment(place, { name, bytes, sha256 });
  const path = attachmentPath(place, name);
  const found = await readFileWhole(path);
  if (found.length !== bytes || sha256Hex(found) !== sha256) {
    throw damaged(place, path, "other bytes than its record tells");
  }
  return found;
}

/** @throws {SyntaxError} naming the file unless the attachment is there and as long as it was */
export async function expectAttachment(
  place: ResultPlace,
  { name, bytes }: AttachmentNote,
): Promise<void> {
  const path = attachmentPath(place, name);
  let size: number;
  try {
    ({ size } = await Deno.stat(path));
  } catch (error) {
    throw damaged(place, path, error instanceof Error ? error.message : String(error));
  }
  if (size !== bytes) throw damaged(place, path, `${size} bytes instead of ${bytes}`);
}

function damaged({ folder, id }: ResultPlace, path: string, found: string): Error {
  return cannot(
    `read the results in ${folder}`,
    `each must be whole (when ${RUNS}/${id}.* is deleted it is computed again)`,
    `${path}: ${found}`,
    SyntaxError,
  );
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNote(value: unknown): value is AttachmentNote {
  return isFields(value) && typeof value.name === "string" && NAME.test(value.name) &&
    typeof value.bytes === "number" && typeof value.sha256 === "string";
}
