/** Number formats of weights files, by their safetensors names, and their way to float32. */

import { cannot } from "../../errors.ts";

/** The number formats that can be read. */
export type Dtype =
  | "F32"
  | "F16"
  | "BF16"
  | "F64"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL";

const sizes: Readonly<Record<Dtype, number>> = {
  F32: 4,
  F16: 2,
  BF16: 2,
  F64: 8,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

/** Whether a name is one of the formats that can be read. */
export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(sizes, name);
}

/** Bytes per value. */
export function bytesPer(dtype: Dtype): number {
  return sizes[dtype];
}

/** Whether the format holds fractions. */
export function isFloat(dtype: Dtype): boolean {
  return dtype === "F32" || dtype === "F16" || dtype === "BF16" || dtype === "F64";
}

/**
 * Little-endian bytes as float32. F16 and BF16 convert exactly; F64 is rounded to nearest.
 * F32 that is aligned in its buffer is not copied. O(values).
 *
 * @param what the tensor and file, for the error
 * @throws {RangeError} for an integer that float32 cannot hold exactly
 */
export function floatsOf(dtype: Dtype, bytes: Uint8Array<ArrayBuffer>, what: string): Float32Array {
  const size = sizes[dtype];
  // Typed arrays read in the machine's order, which is little-endian wherever Deno runs.
  const { buffer, byteOffset, length } = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const count = length / size;
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer, byteOffset, count);
    case "F16":
      return new Float32Array(new Float16Array(buffer, byteOffset, count));
    case "BF16": {
      // A bfloat16 is the upper half of a float32.
      const upper = new Uint16Array(buffer, byteOffset, count);
      const bits = new Uint32Array(count);
      for (let i = 0; i < count; i++) bits[i] = upper[i] << 16;
      return new Float32Array(bits.buffer);
    }
    case "F64":
      return new Float32Array(new Float64Array(buffer, byteOffset, count));
    case "I64":
      return exactly(Array.from(new BigInt64Array(buffer, byteOffset, count), Number), what);
    case "I32":
      return exactly(new Int32Array(buffer, byteOffset, count), what);
    case "I16":
      return new Float32Array(new Int16Array(buffer, byteOffset, count));
    case "I8":
      return new Float32Array(new Int8Array(buffer, byteOffset, count));
    case "U64":
      return exactly(Array.from(new BigUint64Array(buffer, byteOffset, count), Number), what);
    case "U32":
      return exactly(new Uint32Array(buffer, byteOffset, count), what);
    case "U16":
      return new Float32Array(new Uint16Array(buffer, byteOffset, count));
    case "U8":
    case "BOOL":
      return new Float32Array(new Uint8Array(buffer, byteOffset, count));
  }
}

/** Whole numbers as float32, refused beyond 2²⁴ where float32 skips some of them. */
function exactly(values: ArrayLike<number>, what: string): Float32Array {
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]) > 2 ** 24) {
      throw cannot("convert to float32", "integers must be within ±2²⁴", `${values[i]} (${what})`);
    }
  }
  return Float32Array.from(values);
}
