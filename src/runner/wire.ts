/** Messages of the Jupyter protocol 5.3 as frames: signed, sent, checked, read. */

import { createHmac } from "node:crypto";
import { cannot } from "../errors.ts";
import type { Json, JsonRecord } from "./python_json.ts";

/** What the kernel reads at its start: where to listen, and the key of the signatures. */
export interface Connection {
  readonly transport: "tcp";
  readonly ip: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
  readonly signature_scheme: "hmac-sha256";
  readonly key: string;
  readonly kernel_name: "deno";
}

/** A message, without what the protocol needs only on the way. */
export interface Message {
  readonly type: string;
  /** The id of the request that it answers; empty where it answers none. */
  readonly parent: string;
  readonly content: JsonRecord;
}

const DELIMITER = "<IDS|MSG>";

function signature(key: string, parts: readonly string[]): string {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

/** A request as frames, and its id. */
export function encodeRequest(
  { key, session }: { readonly key: string; readonly session: string },
  type: string,
  content: Json,
): { readonly id: string; readonly frames: readonly string[] } {
  const id = crypto.randomUUID();
  const header = {
    msg_id: id,
    session,
    username: "kizu",
    date: new Date().toISOString(),
    msg_type: type,
    version: "5.3",
  };
  const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
  return { id, frames: [DELIMITER, signature(key, parts), ...parts] };
}

/**
 * The message in some frames; what stands before the delimiter (topics, addresses) is skipped.
 *
 * @throws {SyntaxError} when the signature is wrong or the frames are no message
 */
export function decodeMessage(key: string, frames: readonly Uint8Array[]): Message {
  const texts = frames.map((frame) => new TextDecoder().decode(frame));
  const start = texts.indexOf(DELIMITER);
  const [signed, ...parts] = texts.slice(start + 1);
  const four = parts.slice(0, 4);
  if (start < 0 || four.length < 4 || signed !== signature(key, four)) {
    throw cannot(
      "read a message of the kernel",
      "it must be signed with the connection's key",
      `${frames.length} frames`,
      SyntaxError,
    );
  }
  const [header, parent, , content] = four.map((part) => JSON.parse(part));
  return { type: header.msg_type, parent: parent.msg_id ?? "", content };
}
