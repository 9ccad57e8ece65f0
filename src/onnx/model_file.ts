/** ONNX files: what they say of themselves, and a seal that shows whether they were changed. */

import onnxProto from "onnx-proto";
import type { onnx } from "onnx-proto";
import { cannot } from "../errors.ts";
import { sha256Hex } from "../sha256.ts";

const SEAL = "kizu.sha256";
const DIGITS = 64;
const OPEN = "0".repeat(DIGITS);

/** Metadata that a model must carry to be sealed: the place of the seal. */
export const openSeal: Readonly<Record<string, string>> = { [SEAL]: OPEN };

/** Metadata stand behind everything else: a seal further from the end is none of ours. */
const LONGEST_METADATA = 2 ** 24;

/** Where the seal's digits stand: behind its key, a tag and a length. */
function sealAt(model: Uint8Array): number {
  const key = new TextEncoder().encode(SEAL);
  const first = Math.max(0, model.length - LONGEST_METADATA);
  for (let at = model.length - key.length - 2 - DIGITS; at >= first; at--) {
    if (key.every((byte, i) => model[at + i] === byte)) return at + key.length + 2;
  }
  return -1;
}

/**
 * Writes into a model with {@linkcode openSeal} in its metadata the SHA-256 of itself as it was
 * before. In place.
 */
export function sealModel(model: Uint8Array): void {
  const at = sealAt(model);
  if (at < 0) throw cannot("seal a model", "its metadata must hold a place for the seal", "none");
  model.set(new TextEncoder().encode(sha256Hex(model)), at);
}

/** A model whose seal was found whole. */
export interface SealedModel {
  /** The model decoded; its constants are views of the file's bytes. */
  readonly proto: onnx.ModelProto;
  readonly metadata: ReadonlyMap<string, string>;
  /** The file's bytes again, as they were read. */
  toModel(): Uint8Array;
}

/**
 * A model and its metadata, after its seal was checked.
 *
 * @param model the file's bytes; the seal's digits are blanked while it is checked
 * @param name the file, for errors
 * @throws {SyntaxError} when the bytes are no ONNX model, carry no seal, or were changed since
 */
export function openSealedModel(model: Uint8Array, name: string): SealedModel {
  const at = sealAt(model);
  const action = `load ${name}`;
  if (at < 0) {
    throw cannot(
      action,
      "it must be a detector file",
      model.length === 0 ? "it is empty" : "no seal of one in it: another file, or cut off",
      SyntaxError,
    );
  }
  const seal = model.slice(at, at + DIGITS);
  model.fill("0".charCodeAt(0), at, at + DIGITS);
  const expected = sha256Hex(model);
  model.set(seal, at);
  if (new TextDecoder().decode(seal) !== expected) {
    throw cannot(action, "it must be as it was saved", "its seal is broken", SyntaxError);
  }
  const proto = onnxProto.onnx.ModelProto.decode(model);
  const metadata = (proto.metadataProps ?? []).map(({ key, value }) =>
    [key ?? "", value ?? ""] as const
  );
  return {
    proto,
    metadata: new Map(metadata),
    toModel: () => onnxProto.onnx.ModelProto.encode(proto).finish(),
  };
}
