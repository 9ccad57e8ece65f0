/** Is a file the one that was expected, by its size and its SHA-256? */

import { cannot } from "../../errors.ts";

/** What is known of a file before it is there. */
export interface ExpectedFile {
  /** The SHA-256's first digits. */
  readonly hashPrefix?: string;
  /** The SHA-256, 64 hexadecimal digits. */
  readonly sha256?: string;
  /** Its exact size. */
  readonly bytes?: number;
  /** Bytes beyond which it is not this file; default: `bytes`, else 2 GiB. */
  readonly mostBytes?: number;
}

/** Bytes beyond which a file is not the expected one. */
export function mostOf({ bytes, mostBytes = 2 ** 31 }: ExpectedFile): number {
  return bytes ?? mostBytes;
}

/** The refusal of a file that has, or would have, too many bytes or too few. */
export function sizeRefusal(
  found: string,
  { expected, what }: { readonly expected: ExpectedFile; readonly what: string },
): Error {
  const requirement = expected.bytes === undefined
    ? `it may have ${mostOf(expected)} bytes at most`
    : `it must have ${expected.bytes} bytes`;
  return cannot(`accept ${what}`, requirement, found);
}

/**
 * Refuses a file that is not the expected one.
 *
 * @param found its size and SHA-256 (lower case)
 * @param options `what`: its path or address; `because`: how the SHA-256 is known
 * @throws {RangeError} naming what was expected and what was found
 */
export function expectFile(
  found: { readonly bytes: number; readonly sha256: string },
  { expected = {}, what, because }: {
    readonly expected?: ExpectedFile;
    readonly what: string;
    readonly because?: string;
  },
): void {
  const refuse = (requirement: string): Error =>
    cannot(
      `accept ${what}`,
      because === undefined ? requirement : `${requirement}, ${because}`,
      `${found.sha256}: truncated or another file`,
    );
  const prefix = expected.hashPrefix?.toLowerCase();
  const sha256 = expected.sha256?.toLowerCase();
  if ((expected.bytes ?? found.bytes) !== found.bytes) {
    throw sizeRefusal(`${found.bytes}: truncated or another file`, { expected, what });
  }
  if (sha256 !== undefined && found.sha256 !== sha256) {
    throw refuse(`its SHA-256 must be ${sha256}`);
  }
  if (prefix !== undefined && !found.sha256.startsWith(prefix)) {
    throw refuse(`its SHA-256 must begin with ${prefix}`);
  }
}
