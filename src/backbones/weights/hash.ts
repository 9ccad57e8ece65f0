/** Is this the file it claims to be? SHA-256 of bytes, and a check that says what differs. */

import { cannot } from "../../errors.ts";
import { openWeights } from "./state_dict.ts";

/**
 * SHA-256 of bytes as 64 lower-case hexadecimal digits. O(bytes).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const hash = await sha256Hex(new TextEncoder().encode("abc"));
 * assertEquals(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
 * ```
 */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * Refuses a file whose SHA-256 is not the expected one.
 *
 * @param source a path, or bytes
 * @param expected `sha256`: 64 hexadecimal digits, case ignored; `file`: the name for bytes
 * @throws {TypeError} when `sha256` is no SHA-256
 * @throws {RangeError} when the hashes differ, with both in one line
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * const bytes = new TextEncoder().encode("abc");
 * await checkFileHash(bytes, { sha256: await sha256Hex(bytes) });
 * await assertRejects(() => checkFileHash(bytes, { sha256: "0".repeat(64) }), RangeError);
 * ```
 */
export async function checkFileHash(
  source: string | Uint8Array<ArrayBuffer>,
  { sha256, file: name }: { readonly sha256: string; readonly file?: string },
): Promise<void> {
  if (!/^[0-9a-f]{64}$/i.test(sha256)) {
    throw cannot("check a file", "a SHA-256 has 64 hexadecimal digits", sha256, TypeError);
  }
  const { bytes, file } = await openWeights(source, name);
  const found = await sha256Hex(bytes);
  if (found !== sha256.toLowerCase()) {
    throw cannot(
      "accept the file",
      `its SHA-256 must be ${sha256.toLowerCase()}`,
      `${found} (${file})`,
    );
  }
}
