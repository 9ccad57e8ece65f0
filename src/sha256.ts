/** SHA-256 of bytes, also of more than fit into one array. */

import { createHash } from "node:crypto";

/** Bytes hashed at a time: what the runtime may copy at most. */
const STEP = 2 ** 26;

/**
 * SHA-256 of bytes, or of several pieces one behind the other, as 64 lower-case hexadecimal digits.
 * O(bytes); nothing is joined.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const text = new TextEncoder();
 * const hash = sha256Hex(text.encode("ab"), text.encode("c"));
 * assertEquals(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
 * ```
 */
export function sha256Hex(...pieces: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += STEP) hash.update(piece.subarray(at, at + STEP));
  }
  return hash.digest("hex");
}
