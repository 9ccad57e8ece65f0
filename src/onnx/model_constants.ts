/** A file's constants as tensors that a graph can hold: every numeric type, sizes checked first. */

import type { onnx } from "onnx-proto";
import { cannot } from "../errors.ts";
import { shapeText } from "../tensor.ts";
import { elementName, malformedModel } from "./read_model.ts";
import type { ElementType, TensorOf } from "./value.ts";

/** A constant in a type that graphs hold, and the type that it has to be cast to, if another. */
export interface ModelConstant {
  readonly tensor: TensorOf<Exclude<ElementType, "bool">>;
  /** ONNX's number of the type that the file gave it; undefined where that is the tensor's. */
  readonly castTo?: number;
}

type Stored = "raw" | "floatData" | "int32Data" | "int64Data" | "doubleData" | "uint64Data";

/** How a type is stored: bytes a number, the list beside raw bytes, and how it becomes numbers. */
interface Kind {
  readonly bytes: number;
  readonly list: Exclude<Stored, "raw">;
  readonly read: (raw: DataView, at: number) => number | bigint;
  readonly into: "float32" | "uint8" | "int32" | "int64";
  /** The numbers in a list are bit patterns. */
  readonly bits?: boolean;
}

/** By ONNX's number of the type. Text, complex numbers and those below a byte are not taken. */
const kinds: Readonly<Record<number, Kind>> = {
  1: { bytes: 4, list: "floatData", read: (v, i) => v.getFloat32(i, true), into: "float32" },
  2: { bytes: 1, list: "int32Data", read: (v, i) => v.getUint8(i), into: "uint8" },
  3: { bytes: 1, list: "int32Data", read: (v, i) => v.getInt8(i), into: "int32" },
  4: { bytes: 2, list: "int32Data", read: (v, i) => v.getUint16(i, true), into: "int32" },
  5: { bytes: 2, list: "int32Data", read: (v, i) => v.getInt16(i, true), into: "int32" },
  6: { bytes: 4, list: "int32Data", read: (v, i) => v.getInt32(i, true), into: "int32" },
  7: { bytes: 8, list: "int64Data", read: (v, i) => v.getBigInt64(i, true), into: "int64" },
  9: { bytes: 1, list: "int32Data", read: (v, i) => v.getUint8(i), into: "uint8" },
  10: {
    bytes: 2,
    list: "int32Data",
    read: (v, i) => fromHalf(v.getUint16(i, true)),
    into: "float32",
    bits: true,
  },
  11: { bytes: 8, list: "doubleData", read: (v, i) => v.getFloat64(i, true), into: "float32" },
  12: { bytes: 4, list: "uint64Data", read: (v, i) => BigInt(v.getUint32(i, true)), into: "int64" },
  13: { bytes: 8, list: "uint64Data", read: (v, i) => v.getBigUint64(i, true), into: "int64" },
  16: {
    bytes: 2,
    list: "int32Data",
    read: (v, i) => fromBrain(v.getUint16(i, true)),
    into: "float32",
    bits: true,
  },
};

/** Types that are held as they are. */
const HELD = [1, 2, 6, 7];
const DOUBLE = 11;

/** IEEE 754 half precision: 1 sign, 5 exponent and 10 fraction bits. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16: the upper half of a float32. */
function fromBrain(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits * 2 ** 16);
  return view.getFloat32(0);
}

/** Where a constant's numbers are, once they were found to be as many as its shape says. */
interface Found {
  readonly kind: Kind;
  readonly shape: readonly number[];
  readonly count: number;
  readonly raw?: Uint8Array;
  readonly list: readonly unknown[];
}

/**
 * Checks what a constant claims, before anything is made of that size. O(rank).
 *
 * @throws {SyntaxError} when the claimed size is not the size of the data
 * @throws {TypeError} for a type that no graph here can hold
 */
export function checkConstant(proto: onnx.ITensorProto, file: string): Found {
  const code = proto.dataType ?? 0;
  const name = proto.name || "a constant";
  const kind = Object.hasOwn(kinds, code) ? kinds[code] : undefined;
  if (!kind) {
    throw cannot(
      `take over ${file}`,
      "its constants must be numbers of a byte or more",
      `${name} is ${elementName(code)}`,
      TypeError,
    );
  }
  const shape = (proto.dims ?? []).map(Number);
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  const raw = proto.rawData?.length ? proto.rawData : undefined;
  const list = proto[kind.list] ?? [];
  const there = raw ? raw.length / kind.bytes : list.length;
  const whole = shape.every((dimension) => Number.isSafeInteger(dimension) && dimension >= 0);
  if (!whole || there !== count) {
    throw malformedModel(
      file,
      "a constant must have as many numbers as its shape says",
      `${name} ${shapeText(shape)} has ${there}`,
    );
  }
  return { kind, shape, count, raw, list };
}

/**
 * A constant's numbers. Aligned float32 stay a view of the file's bytes; all else is converted
 * once, and only after the size that the file claims was found to be there. O(bytes).
 *
 * @throws {SyntaxError} when the claimed size is not the size of the data
 * @throws {TypeError} for a type that no graph here can hold exactly
 */
export function modelConstant(proto: onnx.ITensorProto, file: string): ModelConstant {
  const { kind, shape, count, raw, list } = checkConstant(proto, file);
  const code = proto.dataType ?? 0;
  const name = proto.name || "a constant";
  const castTo = HELD.includes(code) ? undefined : code;
  if (code === 1 && raw && raw.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0) {
    return { tensor: { data: new Float32Array(raw.buffer, raw.byteOffset, count), shape } };
  }
  const view = raw
    ? new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
    : bitsOf(list, { kind, count });
  const numbers = (i: number): number | bigint => {
    if (view) return kind.read(view, i * kind.bytes);
    const value = list[i];
    return kind.into === "int64" ? BigInt(String(value)) : Number(value);
  };
  return { tensor: { data: filled(numbers, { kind, count, code, name, file }), shape }, castTo };
}

/** Bit patterns in a list as bytes, or nothing where the list holds numbers. */
function bitsOf(
  list: readonly unknown[],
  { kind, count }: { readonly kind: Kind; readonly count: number },
): DataView | undefined {
  if (!kind.bits) return undefined;
  const view = new DataView(new ArrayBuffer(2 * count));
  for (let i = 0; i < count; i++) view.setUint16(2 * i, Number(list[i]), true);
  return view;
}

function filled(
  numbers: (i: number) => number | bigint,
  { kind, count, code, name, file }: {
    readonly kind: Kind;
    readonly count: number;
    readonly code: number;
    readonly name: string;
    readonly file: string;
  },
): Float32Array | Uint8Array | Int32Array | BigInt64Array {
  const inexact = (value: number | bigint): Error =>
    cannot(
      `take over ${file}`,
      "its constants must be numbers that float32 or int64 hold exactly",
      `${name} is ${elementName(code)} and holds ${value}`,
      TypeError,
    );
  if (kind.into === "int64") {
    const data = new BigInt64Array(count);
    for (let i = 0; i < count; i++) {
      const value = BigInt(numbers(i));
      data[i] = value;
      if (data[i] !== value) throw inexact(value);
    }
    return data;
  }
  const data = kind.into === "float32"
    ? new Float32Array(count)
    : kind.into === "uint8"
    ? new Uint8Array(count)
    : new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const value = Number(numbers(i));
    data[i] = value;
    if (code === DOUBLE && !Object.is(data[i], value)) throw inexact(value);
  }
  return data;
}
