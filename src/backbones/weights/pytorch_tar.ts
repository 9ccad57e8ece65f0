/**
 * PyTorch's first format, of 2016: a tar with the entries `storages` (a count; per storage its key,
 * place and class, a length and the raw values; then views of storages), `tensors` (a count; per
 * tensor its key, storage and class, then rank, sizes, strides and offset) and `pickle`, the object,
 * which refers to tensors by key. torchvision's ResNets of that time behave like such files
 * (pytorch/vision issue 2068, pytorch issue 61817: torch reads them from a file only).
 */

import { bytesPer } from "./dtypes.ts";
import { type PickleWorld, unpickle } from "./pickle.ts";
import {
  isKind,
  kindOf,
  type PickleStorage,
  type PickleTensor,
  type PickleValue,
} from "./pickle_values.ts";
import { malformed } from "./state_dict.ts";
import { tarEntries } from "./tar.ts";
import { type Archive, storageCache } from "./torch_archive.ts";
import { storageDtype, torchWorld } from "./torch_objects.ts";

const action = "read PyTorch weights";

/** More dimensions than torch allows. */
const maxRank = 64;

/** A place in one entry of the archive, that moves on as it is read. */
interface Cursor {
  readonly at: number;
  next(): PickleValue;
  int(): number;
  /** Moves over bytes and gives where they begin. */
  skip(size: number): number;
  /** Refuses bytes that were not read. */
  finish(): void;
}

/**
 * Opens a tar. O(bytes of its pickles).
 *
 * Source: torch 2.2 `torch/serialization.py`, `_legacy_load`, `legacy_load`.
 *
 * @throws {SyntaxError} for a malformed archive, or one that names anything but tensors
 */
export function openTar(bytes: Uint8Array<ArrayBuffer>, file: string): Archive {
  const fail = (requirement: string, found: string, at: number): Error =>
    malformed(action, requirement, found, { file, at });
  const entries = tarEntries(bytes, file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

  function open(name: string, world: PickleWorld): Cursor {
    const entry = entries.get(name);
    if (entry === undefined) throw fail(`the archive must hold ${name}`, "none", 0);
    const end = entry.start + entry.size;
    let at = entry.start;
    const skip = (size: number): number => {
      if (size > end - at) throw fail(`${name} must be whole`, `${end - at} of ${size} bytes`, at);
      at += size;
      return at - size;
    };
    return {
      get at() {
        return at;
      },
      next() {
        const result = unpickle(bytes, { start: at, end, file }, world);
        at = result.end;
        return result.value;
      },
      int() {
        const value = Number(view.getBigInt64(skip(8), true));
        if (Number.isSafeInteger(value) && value >= 0) return value;
        throw fail("a number must be whole and not negative", `${value}`, at - 8);
      },
      skip,
      finish() {
        if (at !== end) throw fail(`${name} must end with its last value`, `${end - at} bytes`, at);
      },
    };
  }

  const whole = (value: PickleValue | undefined, at: number): number => {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    throw fail("a number must be whole and not negative", kindOf(value ?? null), at);
  };
  const fields = (value: PickleValue, count: number, at: number): readonly PickleValue[] => {
    const items = isKind(value, "tuple") || isKind(value, "list") ? value.items : [];
    if (items.length === count) return items;
    throw fail(`a description must have ${count} fields`, kindOf(value), at);
  };
  const { world } = torchWorld(file);
  const nothing = (at: number): never => {
    throw fail("only the object may refer to others", "a description does", at);
  };
  const describing: PickleWorld = {
    ...world,
    allows: (name) => storageDtype(name) !== undefined || tensorType.test(name),
    call: (_name, _args, at) => nothing(at),
    construct: (_name, _args, at) => nothing(at),
    persistent: (_id, at) => nothing(at),
  };

  const storages = new Map<number, PickleStorage>();
  const places = new Map<string, number>();
  const stored = open("storages", describing);
  for (let left = whole(stored.next(), stored.at); left > 0; left--) {
    const { at } = stored;
    const [key, , type] = fields(stored.next(), 3, at);
    const dtype = isKind(type, "global") ? storageDtype(type.name) : undefined;
    if (dtype === undefined) throw fail("a storage has a storage class", kindOf(type), at);
    const id = whole(key, at);
    if (storages.has(id)) throw fail("a storage has a key of its own", `${id}`, at);
    const count = stored.int();
    places.set(`${id}`, stored.skip(count * bytesPer(dtype)));
    storages.set(id, { kind: "storage", dtype, key: `${id}`, count, begin: 0, length: count });
  }
  const storageAt = (key: PickleValue, at: number): PickleStorage => {
    const storage = storages.get(whole(key, at));
    if (storage !== undefined) return storage;
    throw fail("a storage must be in the file", `none under ${whole(key, at)}`, at);
  };
  const viewsAt = stored.at;
  const views = stored.next();
  if (!isKind(views, "list")) throw fail("views must be a list", kindOf(views), viewsAt);
  for (const item of views.items) {
    const [key, root, offset, size] = fields(item, 4, viewsAt);
    const parent = storageAt(root, viewsAt);
    const [begin, length] = [whole(offset, viewsAt), whole(size, viewsAt)];
    if (begin + length > parent.length) {
      throw fail("a view must lie in its storage", `${begin} + ${length}`, viewsAt);
    }
    storages.set(whole(key, viewsAt), { ...parent, begin: parent.begin + begin, length });
  }
  stored.finish();

  const tensors = new Map<number, PickleTensor>();
  const described = open("tensors", describing);
  for (let left = whole(described.next(), described.at); left > 0; left--) {
    const { at } = described;
    const [key, storageKey] = fields(described.next(), 3, at);
    const rank = view.getInt32(described.skip(8), true);
    if (rank < 0 || rank > maxRank) throw fail(`a rank is 0 to ${maxRank}`, `${rank}`, at);
    const shape = Array.from({ length: rank }, () => described.int());
    const strides = Array.from({ length: rank }, () => described.int());
    const storage = storageAt(storageKey, at);
    const offset = described.int();
    tensors.set(whole(key, at), { kind: "tensor", storage, offset, shape, strides, at });
  }
  described.finish();

  const object = open("pickle", {
    ...world,
    persistent(id, at) {
      const key = typeof id === "string" && /^\d{1,15}$/.test(id) ? Number(id) : id;
      const tensor = typeof key === "number" ? tensors.get(key) : undefined;
      if (tensor !== undefined) return tensor;
      throw fail("the object may refer to tensors of the file", kindOf(id), at);
    },
  });
  const root = object.next();
  object.finish();
  return {
    root,
    storage: storageCache(({ key, count, dtype }, at) => {
      const start = places.get(key);
      if (start === undefined) throw fail("a storage must be in the file", key, at);
      return bytes.subarray(start, start + count * bytesPer(dtype));
    }),
  };
}

/** The classes that the descriptions of tensors name; the storage's class says the same. */
const tensorType = /^torch\.(?:cuda\.)?(?:Float|Double|Half|Long|Int|Short|Char|Byte)Tensor$/;
