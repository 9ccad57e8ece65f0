/**
 * safetensors files: 8 bytes with the header's length (little-endian), a JSON header, and the
 * tensors' bytes without gaps.
 */

import type { Tensor } from "../../types.ts";
import { cannot } from "../../errors.ts";
import { shapeText } from "../../tensor.ts";
import { bytesPer, isDtype } from "./dtypes.ts";
import { type HeaderEntry, parseHeader } from "./safetensors_header.ts";
import {
  malformed,
  openWeights,
  type ReadWeightsOptions,
  stateDictOf,
  type StoredTensor,
  type Weights,
} from "./state_dict.ts";

/**
 * Reads a safetensors file into float32 tensors: F32 as it is (a view of the file's bytes where
 * aligned), F16 and BF16 exactly, F64 rounded; integers as the options say.
 *
 * Source: the format's description in the safetensors repository (README, "Format").
 * Differs: the reference reader allows a tensor to begin at an address that is no multiple of
 * its value's size; here that is refused, as no writer makes such files. O(bytes).
 *
 * @param source a path, or the file's bytes
 * @throws {SyntaxError} when the file is malformed, with its name and the byte offset: a header
 * longer than the file, JSON that is not the format's, duplicate names, offsets that overlap,
 * leave holes, are out of range or misaligned, a size that is not shape × dtype
 * @throws {TypeError} for a dtype that cannot be read, or an integer tensor not asked for
 * @throws {RangeError} when there is no such file
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const file = writeSafetensors(new Map([
 *   ["fc.bias", { data: new Float32Array([1, 2, 3]), shape: [3] }],
 * ]), { license: "MIT" });
 * const { tensors, metadata } = await readSafetensors(file);
 * assertEquals(tensors.get("fc.bias")?.shape, [3]);
 * assertEquals(metadata.license, "MIT");
 * ```
 */
export async function readSafetensors(
  source: string | Uint8Array<ArrayBuffer>,
  options: ReadWeightsOptions = {},
): Promise<Weights> {
  const { bytes, file } = await openWeights(source, options.file);
  const fail = (requirement: string, found: string, at: number): Error =>
    malformed("read safetensors", requirement, found, { file, at });

  if (bytes.length < 8) throw fail("a file has at least 8 bytes", `${bytes.length}`, 0);
  const claimed = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (claimed > BigInt(bytes.length - 8)) {
    throw fail("the header must fit into the file", `${claimed} of ${bytes.length - 8} bytes`, 0);
  }
  const start = 8 + Number(claimed);
  const { entries, metadata } = parseHeader(bytes, { file, start: 8, end: start });

  const stored = entries.map((entry): StoredTensor => {
    const { name, dtype, shape, offsets: [begin, end], at } = entry;
    if (!isDtype(dtype)) {
      throw cannot("read safetensors", "this dtype is not known", unknown(entry, file), TypeError);
    }
    const size = shape.reduce((product, length) => product * length, bytesPer(dtype));
    if (end - begin !== size) {
      throw fail(
        "shape × dtype must give the tensor's size",
        `${JSON.stringify(name)} of ${shapeText(shape)} ${dtype} wants ${size}, has ${end - begin}`,
        at,
      );
    }
    if (end > bytes.length - start) {
      throw fail("a tensor must lie in the file", `${JSON.stringify(name)} ends at ${end}`, at);
    }
    if (begin % bytesPer(dtype) !== 0) {
      throw fail("a tensor must be aligned", `${JSON.stringify(name)} begins at ${begin}`, at);
    }
    return { name, dtype, shape, bytes: bytes.subarray(start + begin, start + end) };
  });
  refuseHoles(entries, bytes.length - start, fail);
  return { ...stateDictOf(stored, { ...options, file }), metadata };
}

function unknown({ name, dtype }: HeaderEntry, file: string): string {
  return `${JSON.stringify(name)} is ${dtype} (${file})`;
}

/** The tensors must tile the data from its first byte to its last. O(n log n). */
function refuseHoles(
  entries: readonly HeaderEntry[],
  length: number,
  fail: (requirement: string, found: string, at: number) => Error,
): void {
  const inOrder = [...entries].sort((a, b) =>
    a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1]
  );
  let covered = 0;
  for (const { name, offsets: [begin, end], at } of inOrder) {
    if (begin !== covered) {
      throw fail(
        "tensors must follow each other without holes or overlaps",
        `${JSON.stringify(name)} begins at ${begin} where ${covered} is next`,
        at,
      );
    }
    covered = end;
  }
  if (covered !== length) {
    throw fail("tensors must fill the file", `${length - covered} bytes belong to none`, 8);
  }
}

/**
 * The bytes of a safetensors file with these float32 tensors: names sorted by code unit, header
 * padded with spaces so that the data begins at a multiple of 8. The same tensors and texts give
 * the same bytes, whatever their order. O(bytes).
 *
 * @param tensors float32 tensors by name
 * @param metadata texts for the header's `__metadata__`
 * @throws {RangeError} when a name is `__metadata__`, a text has lone surrogates, or a shape
 * does not fit its data
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const bytes = writeSafetensors(new Map([["w", { data: new Float32Array(2), shape: [2] }]]));
 * assertEquals(bytes.length % 8, 0);
 * ```
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const names = [...tensors.keys()].sort();
  const keys = Object.keys(metadata).sort();
  const placed: { begin: number; data: Float32Array }[] = [];
  const parts: string[] = keys.length > 0
    ? [`"__metadata__":{${keys.map((key) => `${quoted(key)}:${quoted(metadata[key])}`).join(",")}}`]
    : [];
  let size = 0;
  for (const name of names) {
    const { data, shape } = tensors.get(name) as Tensor;
    if (name === "__metadata__") {
      throw cannot("write safetensors", "this name is the header's own", name);
    }
    if (shape.reduce((product, length) => product * length, 1) !== data.length) {
      throw cannot(
        "write safetensors",
        "the shape's product must be the number of values",
        `${name} of ${shapeText(shape)} has ${data.length}`,
      );
    }
    const begin = size;
    size += data.byteLength;
    placed.push({ begin, data });
    parts.push(
      `${quoted(name)}:{"dtype":"F32","shape":[${shape}],"data_offsets":[${begin},${size}]}`,
    );
  }
  const text = new TextEncoder().encode(`{${parts.join(",")}}`);
  const padded = Math.ceil(text.length / 8) * 8;

  const bytes = new Uint8Array(8 + padded + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.fill(32, 8, 8 + padded).set(text, 8);
  for (const { begin, data } of placed) {
    new Float32Array(bytes.buffer, 8 + padded + begin, data.length).set(data);
  }
  return bytes;
}

function quoted(text: string): string {
  if (!text.isWellFormed()) {
    throw cannot("write safetensors", "texts must be well-formed", JSON.stringify(text));
  }
  return JSON.stringify(text);
}
