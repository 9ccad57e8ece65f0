/** The only things a PyTorch weights file may name, and what they make here. */

import { malformed } from "./state_dict.ts";
import type { Dtype } from "./dtypes.ts";
import type { PickleWorld } from "./pickle.ts";
import {
  isKind,
  kindOf,
  type PickleParameter,
  type PickleStorage,
  type PickleTensor,
  type PickleTuple,
  type PickleValue,
} from "./pickle_values.ts";

const storageDtypes: Readonly<Record<string, Dtype>> = {
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  DoubleStorage: "F64",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
};

const functions = new Set([
  "collections.OrderedDict",
  "torch._utils._rebuild_tensor",
  "torch._utils._rebuild_tensor_v2",
  "torch._utils._rebuild_parameter",
]);

/** The one class of which a file may hold objects. */
const parameter = "torch.nn.parameter.Parameter";

/** More dimensions than torch allows. */
const maxRank = 64;

/** The dtype of a storage class, `torch.FloatStorage` or, in older files, `torch.cuda.…`. */
export function storageDtype(name: string): Dtype | undefined {
  const type = /^torch\.(?:cuda\.)?(\w+)$/.exec(name)?.[1];
  return type !== undefined && Object.hasOwn(storageDtypes, type) ? storageDtypes[type] : undefined;
}

/**
 * The world a weights file's pickle runs in, and the storages it asked for by key, each with
 * the dtype and count that all its uses agree on.
 */
export function torchWorld(
  file: string,
): { world: PickleWorld; storages: ReadonlyMap<string, PickleStorage> } {
  const storages = new Map<string, PickleStorage>();
  const fail = (requirement: string, found: string, at: number): Error =>
    malformed("read PyTorch weights", requirement, found, { file, at });

  function count(value: PickleValue, what: string, at: number): number {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
      throw fail(`${what} must be whole and not negative`, String(value ?? "None"), at);
    }
    return value;
  }

  function counts(value: PickleValue, what: string, at: number): number[] {
    if (!isKind(value, "tuple") || value.items.length > maxRank) {
      throw fail(`${what} must be a tuple of up to ${maxRank} numbers`, kindOf(value), at);
    }
    return value.items.map((item) => count(item, what, at));
  }

  function rebuildTensor(args: readonly PickleValue[], at: number): PickleTensor {
    const [storage, offset, sizes, steps, , , metadata = null] = args;
    if (args.length < 4 || !isKind(storage, "storage")) {
      throw fail("a tensor needs a storage, an offset, a size and strides", "others", at);
    }
    const shape = counts(sizes, "a size", at);
    const strides = counts(steps, "a stride", at);
    if (shape.length !== strides.length) {
      throw fail("a tensor has a stride per dimension", `${shape.length}, ${strides.length}`, at);
    }
    // torch keeps lazily negated or conjugated tensors as a flag beside the unchanged values.
    if (isKind(metadata, "dict") ? metadata.entries.size > 0 : metadata !== null) {
      throw fail("a tensor must be stored plainly", "a negated or conjugated view", at);
    }
    return { kind: "tensor", storage, offset: count(offset, "an offset", at), shape, strides, at };
  }

  function makeParameter(args: readonly PickleValue[], at: number): PickleParameter {
    const [data] = args;
    if (data !== undefined && !isKind(data, "tensor")) {
      throw fail("a parameter is a tensor", kindOf(data), at);
    }
    return { kind: "parameter", data };
  }

  /**
   * An OrderedDict carries the state dict's `_metadata` (module versions), and a parameter
   * (requires_grad, volatile, hooks): neither is needed. Of five fields the first is its tensor.
   */
  function build(target: PickleValue, state: PickleValue, at: number): void {
    if (isKind(target, "parameter")) {
      const fields = isKind(state, "tuple") ? state.items : [];
      if (fields.length !== 3 && fields.length !== 5) {
        throw fail("a parameter has three or five attributes", kindOf(state), at);
      }
      if (fields.length === 5) target.data = makeParameter(fields, at).data;
    } else if (!isKind(target, "dict") || !target.ordered) {
      throw fail("only an OrderedDict or a parameter may carry attributes", kindOf(target), at);
    }
  }

  function orderedDict(args: readonly PickleValue[], at: number): PickleValue {
    const entries = new Map<PickleValue, PickleValue>();
    const [pairs] = args;
    if (pairs !== undefined) {
      // Python 2 wrote OrderedDict([[key, value], …]).
      if (!isKind(pairs, "list")) throw fail("an OrderedDict takes a list", kindOf(pairs), at);
      for (const pair of pairs.items) {
        if (!(isKind(pair, "list") || isKind(pair, "tuple")) || pair.items.length !== 2) {
          throw fail("an OrderedDict takes pairs", kindOf(pair), at);
        }
        entries.set(pair.items[0], pair.items[1]);
      }
    }
    return { kind: "dict", ordered: true, entries };
  }

  /** `("storage", class, key, location, count[, view])`; a view is (key, offset, count). */
  function storageOf(id: PickleValue, at: number): PickleStorage {
    const [what, type, key, , size, view = null] = isKind(id, "tuple") ? id.items : [];
    if (what !== "storage" || type === undefined || !isKind(type, "global")) {
      throw fail("only storages may be persistent", what === "module" ? "a module" : "other", at);
    }
    const dtype = storageDtype(type.name);
    if (dtype === undefined) throw fail("a storage has a storage class", type.name, at);
    if (typeof key !== "string") throw fail("a storage has a text as its key", kindOf(key), at);
    const total = count(size, "a storage's count", at);
    const whole: PickleStorage = {
      kind: "storage",
      dtype,
      key,
      count: total,
      begin: 0,
      length: total,
    };
    const known = storages.get(key);
    if (known !== undefined && (known.dtype !== dtype || known.count !== total)) {
      throw fail(
        "a storage has one class and count",
        `${known.count} ${known.dtype} and ${total} ${dtype} under ${JSON.stringify(key)}`,
        at,
      );
    }
    storages.set(key, whole);
    return view === null ? whole : viewOf(whole, view, at);
  }

  function viewOf(whole: PickleStorage, view: PickleValue, at: number): PickleStorage {
    const items: PickleTuple["items"] = isKind(view, "tuple") ? view.items : [];
    if (items.length !== 3) throw fail("a storage view has three fields", kindOf(view), at);
    const begin = count(items[1], "a view's offset", at);
    const length = count(items[2], "a view's count", at);
    if (begin + length > whole.count) {
      throw fail("a view must lie in its storage", `${begin} + ${length} of ${whole.count}`, at);
    }
    return { ...whole, begin, length };
  }

  const world: PickleWorld = {
    allows: (name) => functions.has(name) || name === parameter || storageDtype(name) !== undefined,
    call(name, args, at) {
      switch (name) {
        case "collections.OrderedDict":
          return orderedDict(args, at);
        case "torch._utils._rebuild_tensor":
        case "torch._utils._rebuild_tensor_v2":
          return rebuildTensor(args, at);
        case "torch._utils._rebuild_parameter": {
          const [tensor = null] = args;
          if (!isKind(tensor, "tensor")) throw fail("a parameter is a tensor", kindOf(tensor), at);
          return tensor;
        }
        case parameter:
          return makeParameter(args, at);
        default:
          throw fail("a weights file may only build tensors", `it calls ${name}`, at);
      }
    },
    construct(name, args, at) {
      if (name === parameter) return makeParameter(args, at);
      throw fail("a weights file may only build tensors", `it makes an object of ${name}`, at);
    },
    build,
    persistent: storageOf,
  };
  return { world, storages };
}
