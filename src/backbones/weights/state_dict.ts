/**
 * What a weights file holds, whatever its format: named float32 tensors, and what became of the
 * tensors that are not floats.
 */

import type { Tensor } from "../../types.ts";
import { tensor } from "../../tensor.ts";
import { cannot } from "../../errors.ts";
import { readFileWhole } from "../../files.ts";
import { type Dtype, floatsOf, isFloat } from "./dtypes.ts";

/** Tensors by their name in the checkpoint, for example `_blocks.0._bn1.weight`, in file order. */
export type StateDict = ReadonlyMap<string, Tensor>;

/** A weights file as read. */
export interface Weights {
  readonly tensors: StateDict;
  /** Names of the integer tensors left out by `integers: "drop"`, in file order. */
  readonly dropped: readonly string[];
  /** Texts beside the tensors (safetensors' `__metadata__`); empty where the format has none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** How to read a weights file. */
export interface ReadWeightsOptions {
  /**
   * What happens to integer and boolean tensors such as `num_batches_tracked`: `"refuse"`
   * (default), `"drop"` (their names are listed in {@linkcode Weights.dropped}), or `"convert"`
   * to float32, where a value that float32 cannot hold exactly is refused.
   */
  readonly integers?: "refuse" | "drop" | "convert";
  /**
   * When tensors become float32: `"now"` (default), or `"lazily"`, each time that `data` is read,
   * which then has to be kept for the length of a loop. A network of which only a part is built
   * takes a third of the memory so.
   */
  readonly convert?: "now" | "lazily";
  /** The name that errors give to bytes without a path. */
  readonly file?: string;
}

/** A tensor as the file stores it: little-endian bytes, already cut to its size. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Stored tensors as float32, under one policy for integers.
 *
 * Float32 data that is aligned in the file stays a view of the file's bytes; everything else is
 * converted. O(bytes).
 *
 * @throws {TypeError} for an integer tensor that the policy refuses
 * @throws {RangeError} for an integer that float32 cannot hold exactly
 */
export function stateDictOf(
  stored: Iterable<StoredTensor>,
  { integers = "refuse", convert = "now", file = "bytes" }: ReadWeightsOptions,
): Pick<Weights, "tensors" | "dropped"> {
  const tensors = new Map<string, Tensor>();
  const dropped: string[] = [];
  for (const { name, dtype, shape, bytes } of stored) {
    if (!isFloat(dtype)) {
      if (integers === "drop") {
        dropped.push(name);
        continue;
      }
      if (integers === "refuse") {
        throw cannot(
          "read weights",
          'integer tensors are read only with integers: "drop" or "convert"',
          `${name} is ${dtype} (${file})`,
          TypeError,
        );
      }
    }
    const floats = () => floatsOf(dtype, bytes, `${name} in ${file}`);
    const lazy = convert === "lazily" && isFloat(dtype);
    tensors.set(name, lazy ? lazyTensor(shape, { dtype, floats }) : tensor(floats(), shape));
  }
  return { tensors, dropped };
}

/** Tensors whose numbers are converted at each reading, so that nobody else holds them. */
const converted = new WeakSet<Tensor>();

/** A tensor whose numbers are made when they are asked for, and not kept. */
function lazyTensor(shape: readonly number[], { dtype, floats }: {
  readonly dtype: Dtype;
  readonly floats: () => Float32Array;
}): Tensor {
  const made: Tensor = Object.freeze({
    shape: Object.freeze([...shape]),
    get data() {
      return floats();
    },
  });
  // Float32 may be a view of the file's bytes.
  if (dtype !== "F32") converted.add(made);
  return made;
}

/** A tensor's numbers for the caller to change. O(values). */
export function ownFloats(source: Tensor): Float32Array {
  return converted.has(source) ? source.data : source.data.slice();
}

/** The bytes of a weights file and the name that errors give it. */
export async function openWeights(
  source: string | Uint8Array<ArrayBuffer>,
  file?: string,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; file: string }> {
  if (typeof source !== "string") return { bytes: source, file: file ?? "bytes" };
  return { bytes: await readFileWhole(source), file: file ?? source };
}

/** A refusal of malformed bytes, with file and offset. */
export function malformed(
  action: string,
  requirement: string,
  found: string,
  { file, at }: { readonly file: string; readonly at: number },
): Error {
  return cannot(action, requirement, `${found} (${file}, byte ${at})`, SyntaxError);
}
