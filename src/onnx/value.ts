/** What flows through a graph: typed, shaped, named values; and the shape rules of ONNX. */

import { cannot } from "../errors.ts";
import { shapeText } from "../tensor.ts";

/** The element types that graphs here use. */
export type ElementType = "float32" | "uint8" | "int32" | "int64" | "bool";

/** A known size, or the name of one that is known only when the graph runs. */
export type Dimension = number | string;

/** A value in a graph under construction. Made by {@linkcode Graph}, never by hand. */
export interface Value<T extends ElementType = "float32"> {
  readonly name: string;
  readonly type: T;
  readonly shape: readonly Dimension[];
  /** The graph that made it; a value means nothing in another graph. */
  readonly owner: symbol;
}

/** Numbers of any element type with their shape; {@linkcode Tensor} is the float32 one. */
export interface TensorOf<T extends ElementType> {
  readonly data: DataOf[T];
  readonly shape: readonly number[];
}

/** The typed array that holds each element type. */
export interface DataOf {
  float32: Float32Array;
  uint8: Uint8Array;
  int32: Int32Array;
  int64: BigInt64Array;
  bool: Uint8Array;
}

/** ONNX's numbers for element types (TensorProto.DataType). */
export const elementCodes: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
};

/**
 * The shape of an element-wise result under multidirectional broadcasting.
 *
 * Source: ONNX, Broadcasting in ONNX.
 * @throws {RangeError} with both shapes where they do not broadcast
 */
export function broadcast(
  action: string,
  a: readonly Dimension[],
  b: readonly Dimension[],
): Dimension[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    if (typeof x === "string" && typeof y === "number") return y;
    if (typeof y === "string" && typeof x === "number") return x;
    throw cannot(action, "shapes must broadcast", `${shapeText(a)} and ${shapeText(b)}`);
  });
}

/** An axis counted from the front; negative ones count from the back. */
export function axisOf(action: string, shape: readonly Dimension[], axis: number): number {
  const from = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || from < 0 || from >= shape.length) {
    throw cannot(action, `an axis of ${shapeText(shape)} is asked for`, String(axis));
  }
  return from;
}

/** The dimension as a number. @throws {RangeError} where it is known only at run time */
export function known(action: string, shape: readonly Dimension[], axis: number): number {
  const size = shape[axis];
  if (typeof size !== "number") {
    throw cannot(action, `dimension ${axis} must be known when building`, shapeText(shape));
  }
  return size;
}

/** @throws {TypeError} unless the value has the rank */
export function expectRank(action: string, value: Value<ElementType>, rank: number): void {
  if (value.shape.length !== rank) {
    throw cannot(
      action,
      `a value of rank ${rank} is needed`,
      `shape ${shapeText(value.shape)}`,
      TypeError,
    );
  }
}
