/** Is this the file it claims to be? */

import { cannot } from "../../errors.ts";
import { sha256Hex } from "../../sha256.ts";
import { openWeights } from "./state_dict.ts";

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
 * const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
 * await checkFileHash(bytes, { sha256 });
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
  const found = sha256Hex(bytes);
  if (found !== sha256.toLowerCase()) {
    throw cannot(
      "accept the file",
      `its SHA-256 must be ${sha256.toLowerCase()}`,
      `${found} (${file})`,
    );
  }
}
