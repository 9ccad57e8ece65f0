/**
 * Large constants apart from their model: fed at each run, or in a file beside it.
 *
 * What is inside a model the engine holds twice more while it compiles it, and a model's bytes
 * can be two gigabytes at most; what is fed stays where it is.
 */

import onnxProto from "onnx-proto";
import type { onnx } from "onnx-proto";
import { cannot } from "../errors.ts";
import { bytesOf, type GraphCore } from "./core.ts";
import type { NamedTensors } from "./session.ts";
import { elementCodes, type ElementType, type TensorOf } from "./value.ts";

/** Constants of so many bytes are fed; smaller ones the engine may arrange as it likes best. */
const FED_FROM = 2 ** 27;

/** Constants of so many bytes are handed to the engine beside the model, not copied into it. */
const BESIDE_FROM = 2 ** 16;

/** Constants of so many bytes leave a model that would be too large. */
const EXTERNAL_FROM = 2 ** 20;

/** Where a constant begins in a data file, so that any system can map it into memory. */
const ALIGNMENT = 2 ** 16;

const { ModelProto, TensorProto } = onnxProto.onnx;

/** A model to compile, and what to feed it at every run. */
export interface Separated {
  readonly model: Uint8Array;
  readonly fed: NamedTensors;
}

/**
 * A graph's model with its large constants as inputs.
 *
 * @param from bytes from which on a constant is large; default 128 MiB
 */
export function separateLarge(
  g: GraphCore,
  { from = FED_FROM }: { readonly from?: number } = {},
): Separated {
  const large = g.constants().filter(({ tensor }) => tensor.data.byteLength >= from);
  const fed = Object.fromEntries(large.map(({ name, tensor }) => [name, tensor]));
  const model = g.toModel({}, (name) => Object.hasOwn(fed, name) ? "fed" : "inside");
  return { model, fed };
}

/** A model to compile, and all that goes with it, as {@linkcode openSession} takes it. */
export interface Compilable extends Separated {
  readonly beside: Readonly<Record<string, Uint8Array>>;
}

/**
 * A graph ready to be compiled with as few copies of its constants as there can be: the largest are
 * fed, those from 64 KiB on lie beside the model, each as a file of its own name.
 */
export function compilable(g: GraphCore): Compilable {
  const fed: Record<string, TensorOf<ElementType>> = {};
  const beside: Record<string, Uint8Array> = {};
  for (const { name, tensor } of g.constants()) {
    const { byteLength } = tensor.data;
    if (byteLength >= FED_FROM) fed[name] = tensor;
    else if (byteLength >= BESIDE_FROM) beside[name] = bytesOf(tensor);
  }
  const model = g.toModel({}, (name) => {
    if (Object.hasOwn(fed, name)) return "fed";
    return Object.hasOwn(beside, name) ? { file: name, offset: 0 } : "inside";
  });
  return { model, fed, beside };
}

/**
 * The same for a model that was decoded from a file.
 *
 * @param proto its large constants may be moved by up to three bytes, within the bytes it was
 * decoded from
 * @param options `data`: the file of those that are not inside; `from`: as above
 * @throws {SyntaxError} when a constant lies outside the data
 */
export function separateLargeOf(
  proto: onnx.ModelProto,
  { data = new Uint8Array(), from = FED_FROM }: {
    readonly data?: Uint8Array;
    readonly from?: number;
  } = {},
): Separated {
  const graph = proto.graph ?? {};
  const fed: Record<string, TensorOf<"float32">> = {};
  const initializer: onnx.ITensorProto[] = [];
  const input = [...graph.input ?? []];
  for (const constant of graph.initializer ?? []) {
    const external = constant.dataLocation === TensorProto.DataLocation.EXTERNAL;
    const large = external || (constant.rawData?.length ?? 0) >= from;
    if (!large || constant.dataType !== elementCodes.float32) {
      initializer.push(constant);
      continue;
    }
    const shape = (constant.dims ?? []).map(Number);
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    const bytes = external ? externalBytes(constant, data) : constant.rawData ?? new Uint8Array();
    if (bytes.length !== 4 * size) {
      throw cannot(
        "read a constant",
        `${constant.name} must have ${4 * size} bytes`,
        String(bytes.length),
        SyntaxError,
      );
    }
    const aligned = align(bytes);
    if (!external) constant.rawData = aligned;
    const { buffer, byteOffset } = aligned;
    fed[constant.name ?? ""] = { data: new Float32Array(buffer, byteOffset, size), shape };
    const dim = shape.map((dimValue) => ({ dimValue }));
    input.push({
      name: constant.name,
      type: { tensorType: { elemType: elementCodes.float32, shape: { dim } } },
    });
  }
  return {
    model: ModelProto.encode({ ...proto, graph: { ...graph, initializer, input } }).finish(),
    fed,
  };
}

function externalBytes(constant: onnx.ITensorProto, data: Uint8Array): Uint8Array {
  const entries = new Map((constant.externalData ?? []).map(({ key, value }) => [key, value]));
  const offset = Number(entries.get("offset") ?? 0);
  return data.subarray(offset, offset + Number(entries.get("length") ?? 0));
}

/** Numbers begin at a multiple of their size: moved over the length that stood before them. */
function align(bytes: Uint8Array): Uint8Array {
  const { buffer, byteOffset, length } = bytes;
  const start = byteOffset - byteOffset % Float32Array.BYTES_PER_ELEMENT;
  if (start !== byteOffset) {
    new Uint8Array(buffer).copyWithin(start, byteOffset, byteOffset + length);
  }
  return new Uint8Array(buffer, start, length);
}

/** What goes into a data file, and where each constant begins in it. */
export interface DataFile {
  readonly pieces: readonly Uint8Array[];
  readonly offsets: ReadonlyMap<string, number>;
}

/** The constants of a graph that leave its model when that would be too large; nothing is copied. */
export function planDataFile(
  g: GraphCore,
  { from = EXTERNAL_FROM }: { readonly from?: number } = {},
): DataFile {
  const pieces: Uint8Array[] = [];
  const offsets = new Map<string, number>();
  let end = 0;
  for (const { name, tensor } of g.constants()) {
    if (tensor.data.byteLength < from) continue;
    const gap = (ALIGNMENT - end % ALIGNMENT) % ALIGNMENT;
    offsets.set(name, end + gap);
    pieces.push(new Uint8Array(gap), bytesOf(tensor));
    end += gap + tensor.data.byteLength;
  }
  return { pieces, offsets };
}
