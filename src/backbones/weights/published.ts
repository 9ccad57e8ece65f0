/** Reading published weights: found, verified, then read. */

import { sha256Hex } from "../../sha256.ts";
import { expectFile } from "./expected_file.ts";
import { findWeights, missingWeights, type PlacesOptions, type WeightsPlace } from "./places.ts";
import { readPytorch } from "./pytorch.ts";
import { recordedHash, recordOf } from "./recorded_hash.ts";
import { readSafetensors } from "./safetensors.ts";
import { findSource, type WeightsSource } from "./sources.ts";
import { openWeights, type ReadWeightsOptions, type Weights } from "./state_dict.ts";

/** Published weights as read, and what they are. */
export interface PublishedWeights extends Weights {
  readonly source: WeightsSource;
  readonly path: string;
  readonly place: WeightsPlace;
  readonly sha256: string;
  /** Whether the hash had been recorded beside the file before. */
  readonly recorded: boolean;
}

/**
 * Reads weights in whichever format the bytes are, safetensors or PyTorch's, by their content.
 * O(bytes).
 *
 * @param source a path, or the file's bytes
 * @throws what {@linkcode readSafetensors} and {@linkcode readPytorch} throw
 *
 * @example
 * ```ts
 * import { matrix, writeSafetensors } from "@kizu/kizu";
 * const bytes = writeSafetensors(new Map([["fc.weight", matrix([[1, 2]])]]));
 * const { tensors } = await readWeights(bytes);
 * console.assert(tensors.get("fc.weight")?.data[1] === 2);
 * ```
 */
export async function readWeights(
  source: string | Uint8Array<ArrayBuffer>,
  options: ReadWeightsOptions = {},
): Promise<Weights> {
  const { bytes, file } = await openWeights(source, options.file);
  // Safetensors: eight bytes of length, then {. PyTorch's formats have no { there.
  const read = bytes.length >= 9 && bytes[8] === 0x7b ? readSafetensors : readPytorch;
  return await read(bytes, { ...options, file });
}

/** A weights file whose hash is right. */
export interface VerifiedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
  /** Whether the hash had been recorded beside the file before. */
  readonly recorded: boolean;
}

/**
 * A file's bytes, after their SHA-256 is compared with the digits that the publisher states and
 * with the record beside the file, where there is one. O(bytes).
 *
 * @throws {RangeError} when it cannot be read, or its hash differs, with both hashes
 */
export async function readVerified(path: string, source: WeightsSource): Promise<VerifiedFile> {
  const { bytes } = await openWeights(path);
  const found = { bytes: bytes.length, sha256: sha256Hex(bytes) };
  expectFile(found, { expected: source, what: path });
  const sha256 = await recordedHash(path);
  expectFile(found, {
    expected: { sha256 },
    what: path,
    because: `as recorded in ${recordOf(path)}`,
  });
  return { bytes, sha256: found.sha256, recorded: sha256 !== undefined };
}

/**
 * Published weights by name, from the first place that has them, verified before anything in them
 * is read. Integer tensors are dropped; numbers become float32 when they are asked for, each time
 * anew. Writes nothing. O(bytes).
 *
 * @param name as {@linkcode findSource} knows it, or a source
 * @throws {RangeError} for an unknown name, for a file that is in no place (telling how to get it),
 * and for one that has another hash
 * @throws {SyntaxError} for a malformed file
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * const nowhere = { env: () => undefined, embedded: "nowhere" };
 * await assertRejects(
 *   () => loadPublishedWeights("resnet18", nowhere),
 *   RangeError,
 *   "deno task weights pull resnet18",
 * );
 * ```
 */
export async function loadPublishedWeights(
  name: string | WeightsSource,
  options: PlacesOptions = {},
): Promise<PublishedWeights> {
  const source = typeof name === "string" ? findSource(name) : name;
  const found = await findWeights(source, options);
  if (found === undefined) throw missingWeights(source, options);
  const { bytes, sha256, recorded } = await readVerified(found.path, source);
  const weights = await readWeights(bytes, {
    integers: "drop",
    convert: "lazily",
    file: found.path,
  });
  return { ...weights, ...found, source, sha256, recorded };
}
