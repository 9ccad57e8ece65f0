/**
 * PyTorch weights (`torch.save` of a state dict), in all of its formats: the zip archive of
 * torch ≥ 1.6, the older stream of pickles followed by raw storages, and the tar of 2016.
 */

import { cannot } from "../../errors.ts";
import { bytesPer } from "./dtypes.ts";
import { unpickle } from "./pickle.ts";
import { isKind, type PickleTensor, type PickleValue } from "./pickle_values.ts";
import {
  malformed,
  openWeights,
  type ReadWeightsOptions,
  stateDictOf,
  type StoredTensor,
  type Weights,
} from "./state_dict.ts";
import { farthest, gather, isContiguous } from "./strided.ts";
import { openTar } from "./pytorch_tar.ts";
import { isTar } from "./tar.ts";
import { type Archive, storageCache } from "./torch_archive.ts";
import { stateDictIn } from "./torch_entry.ts";
import { torchWorld } from "./torch_objects.ts";
import { zipBytes, zipEntries } from "./zip.ts";

/** How to read a PyTorch file. */
export interface ReadPytorchOptions extends ReadWeightsOptions {
  /**
   * The state dict's place in a larger checkpoint, as keys joined by `/`, for example
   * `"state_dict"`. Without it the file's only dict of tensors is taken.
   */
  readonly entry?: string;
}

const action = "read PyTorch weights";

/** The number that begins a file of the older format. */
const magic = 0x1950a86a20f9469cfc6cn;

/** Expanded and tied tensors may make the result larger than the file, up to this. */
const largestResult = (fileBytes: number): number => 4 * fileBytes + 16 * 2 ** 20;

/**
 * Reads the state dict of a `.pth` file into float32 tensors. No code in the file can run: its
 * pickle is interpreted by a machine that knows ordered dicts, tensors, parameters and storages,
 * and refuses every other name.
 *
 * Strides, storage offsets and storages shared by several tensors are followed; a tensor that is
 * contiguous float32 stays a view of the file's bytes. Half and bfloat16 convert exactly, double
 * is rounded.
 *
 * Source: torch 2.2 `torch/serialization.py` (`_save`, `_legacy_save`, `_legacy_load`),
 * `torch/_utils.py`.
 * Differs: torch accepts bytes after the last storage and does not check the archive's
 * checksums; here both are errors. O(bytes).
 *
 * @param source a path, or the file's bytes
 * @throws {SyntaxError} when the file is malformed or names anything but tensors, with its name
 * and the byte offset
 * @throws {TypeError} when it holds no dict of tensors, or an integer tensor not asked for
 * @throws {RangeError} when there is no such file, or several dicts hold tensors
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * // A pickle that calls os.system when Python loads it.
 * const text = "\x80\x02cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.";
 * const evil = Uint8Array.from(text, (character) => character.charCodeAt(0));
 * await assertRejects(() => readPytorch(evil), SyntaxError, "it names posix.system");
 * ```
 */
export async function readPytorch(
  source: string | Uint8Array<ArrayBuffer>,
  options: ReadPytorchOptions = {},
): Promise<Weights> {
  const { bytes, file } = await openWeights(source, options.file);
  const archive = openArchive(bytes, file);
  const chosen = stateDictIn(archive.root, { entry: options.entry, file });
  const limit = largestResult(bytes.length);
  let total = 0;
  const stored = function* (): Generator<StoredTensor> {
    for (const [name, view] of chosen) {
      const { shape, storage: { dtype } } = view;
      total += shape.reduce((product, length) => product * length, 1) *
        Math.max(4, bytesPer(dtype));
      if (!(total <= limit)) {
        throw malformed(
          action,
          `a file of ${bytes.length} bytes may hold tensors of ${limit} in all`,
          `more with ${JSON.stringify(name)} of [${shape.join(", ")}]`,
          { file, at: view.at },
        );
      }
      yield { name, dtype, shape, bytes: bytesOfView(view, archive, file) };
    }
  };
  return { ...stateDictOf(stored(), { ...options, file }), metadata: {} };
}

function bytesOfView(
  view: PickleTensor,
  archive: Archive,
  file: string,
): Uint8Array<ArrayBuffer> {
  const { storage, offset, shape, strides, at } = view;
  if (shape.includes(0)) return new Uint8Array(0);
  const end = offset + farthest(shape, strides) + 1;
  if (end > storage.length) {
    throw malformed(
      action,
      "a tensor must lie in its storage",
      `it needs ${end} of ${storage.length} values`,
      { file, at },
    );
  }
  const size = bytesPer(storage.dtype);
  const whole = archive.storage(storage, at);
  const first = storage.begin + offset;
  if (isContiguous(shape, strides)) {
    return whole.subarray(first * size, (storage.begin + end) * size);
  }
  return gather(whole, size, { offset: first, shape, strides });
}

function openArchive(bytes: Uint8Array<ArrayBuffer>, file: string): Archive {
  const begins = (...signature: number[]) => signature.every((byte, i) => bytes[i] === byte);
  if (begins(0x50, 0x4b, 3, 4)) return openZip(bytes, file);
  if (begins(0x80)) return openStream(bytes, file);
  if (isTar(bytes)) return openTar(bytes, file);
  const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0"));
  throw malformed(
    action,
    "the file must begin like one of PyTorch's formats",
    start.length === 0 ? "an empty file" : `bytes ${start.join(" ")}`,
    { file, at: 0 },
  );
}

/** `<name>/data.pkl`, `<name>/data/<key>` per storage, and possibly `<name>/byteorder`. */
function openZip(bytes: Uint8Array<ArrayBuffer>, file: string): Archive {
  const entries = zipEntries(bytes, file);
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) {
    throw malformed(action, "the archive must hold one data.pkl", `${pickles.length}`, {
      file,
      at: 0,
    });
  }
  const folder = pickles[0].slice(0, -"data.pkl".length);
  const read = (name: string): Uint8Array<ArrayBuffer> | undefined => {
    const entry = entries.get(name);
    return entry && zipBytes(bytes, entry, { name, file });
  };
  const order = new TextDecoder().decode(read(`${folder}byteorder`)?.subarray(0, 16)) || "little";
  if (order !== "little") throw bigEndian(order, file);

  read(pickles[0]);
  const { start, size } = entries.get(pickles[0]) ?? { start: 0, size: 0 };
  const { world } = torchWorld(file);
  const { value: root, end } = unpickle(bytes, { start, end: start + size, file }, world);
  if (end !== start + size) {
    throw malformed(action, "data.pkl must end with its value", `${start + size - end} bytes`, {
      file,
      at: end,
    });
  }
  return {
    root,
    storage: storageCache((ref, at) => {
      const name = `${folder}data/${ref.key}`;
      const content = read(name);
      const expected = ref.count * bytesPer(ref.dtype);
      if (content?.length !== expected) {
        throw malformed(
          action,
          `a storage of ${ref.count} ${ref.dtype} has ${expected} bytes`,
          `${content?.length ?? "no entry"} for ${JSON.stringify(name.slice(0, 200))}`,
          { file, at },
        );
      }
      return content;
    }),
  };
}

/**
 * The older format: magic number, protocol 1001, facts about the writer, the object, the list of
 * storage keys (five pickles), then per key a count (int64) and the raw values.
 */
function openStream(bytes: Uint8Array<ArrayBuffer>, file: string): Archive {
  const { world, storages } = torchWorld(file);
  let at = 0;
  const next = (): PickleValue => {
    const { value, end } = unpickle(bytes, { start: at, end: bytes.length, file }, world);
    at = end;
    return value;
  };
  const fail = (requirement: string, found: string, where = at): Error =>
    malformed(action, requirement, found, { file, at: where });

  const first = next();
  if (first !== magic) throw fail("PyTorch's older format begins with its magic number", "none", 0);
  const versionAt = at;
  const version = next();
  if (version !== 1001) throw fail("its protocol must be 1001", "another", versionAt);
  const writer = next();
  if (!isKind(writer, "dict") || writer.entries.get("little_endian") !== true) {
    throw bigEndian("big", file);
  }
  const root = next();
  const keysAt = at;
  const keys = next();
  if (!isKind(keys, "list")) throw fail("the keys of the storages must be a list", "none", keysAt);

  const found = new Map<string, Uint8Array<ArrayBuffer>>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const key of keys.items) {
    const ref = typeof key === "string" ? storages.get(key) : undefined;
    if (typeof key !== "string" || ref === undefined || found.has(key)) {
      throw fail("each storage has a key that the object uses once", "another key", keysAt);
    }
    if (bytes.length - at < 8) throw fail("a storage begins with its count", "the file's end");
    const count = view.getBigInt64(at, true);
    if (count !== BigInt(ref.count)) {
      throw fail(`storage ${key.slice(0, 200)} has ${ref.count} values`, `count ${count}`);
    }
    const size = ref.count * bytesPer(ref.dtype);
    at += 8;
    if (size > bytes.length - at) {
      throw fail("a storage must lie in the file", `${bytes.length - at} of ${size} bytes left`);
    }
    found.set(key, bytes.subarray(at, at + size));
    at += size;
  }
  if (at !== bytes.length) {
    throw fail("the file must end with its last storage", `${bytes.length - at} bytes more`);
  }
  return {
    root,
    storage: storageCache((ref, usedAt) => {
      const content = found.get(ref.key);
      if (content === undefined) {
        throw fail("a storage must be in the file", ref.key.slice(0, 200), usedAt);
      }
      return content;
    }),
  };
}

function bigEndian(order: string, file: string): Error {
  return cannot(action, "its numbers must be little-endian", `${order} (${file})`, TypeError);
}
