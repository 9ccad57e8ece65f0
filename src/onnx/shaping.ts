/** Operators that move numbers without changing them: reshape, transpose, slice, gather, cast. */

import { cannot } from "../errors.ts";
import { shapeText } from "../tensor.ts";
import type { GraphCore } from "./core.ts";
import { axisOf, type Dimension, elementCodes, type ElementType, type Value } from "./value.ts";

/** The shaping operators of a graph. */
export interface Shaping {
  /** The same numbers in another shape. One dimension may be −1: what is left. */
  reshape<T extends ElementType>(x: Value<T>, shape: readonly number[]): Value<T>;
  /** Axes in another order: result axis i is axis `order[i]` of x. */
  transpose<T extends ElementType>(x: Value<T>, order: readonly number[]): Value<T>;
  /** Joined along an axis; all other dimensions equal. */
  concatenate<T extends ElementType>(values: readonly Value<T>[], axis: number): Value<T>;
  /**
   * Along each axis named, `size` entries from `start`; a start is a whole number, or a
   * value of shape [1] that is known only when the graph runs.
   */
  slice<T extends ElementType>(
    x: Value<T>,
    parts: readonly {
      readonly axis: number;
      readonly start: number | Value<"int64">;
      readonly size: number;
    }[],
  ): Value<T>;
  /** Whole entries along an axis, at the indices: rows of a matrix for axis 0. */
  gather<T extends ElementType>(x: Value<T>, indices: Value<"int64">, axis?: number): Value<T>;
  /** The same numbers in another type. */
  cast<T extends ElementType>(x: Value<ElementType>, type: T): Value<T>;
  /** The sizes of x as an int64 vector, known when the graph runs. */
  shapeOf(x: Value<ElementType>): Value<"int64">;
  /** Broadcast to a shape. */
  expand<T extends ElementType>(x: Value<T>, shape: readonly number[]): Value<T>;
}

/** Operators as methods on a graph under construction. */
export function shaping(g: GraphCore): Shaping {
  return {
    reshape(x, shape) {
      const action = "reshape";
      const result: number[] = [...shape];
      if (x.shape.every((d): d is number => typeof d === "number")) {
        const size = x.shape.reduce((product, d) => product * d, 1);
        const rest = shape.reduce((product, d) => d === -1 ? product : product * d, 1);
        const open = shape.indexOf(-1);
        if (open >= 0 && rest > 0) result[open] = size / rest;
        const product = result.reduce((a, d) => a * d, 1);
        if (product !== size || !result.every((d) => Number.isInteger(d) && d >= 0)) {
          throw cannot(
            action,
            "the number of values must stay",
            `${shapeText(x.shape)} to ${shapeText(shape)}`,
          );
        }
      } else if (shape.includes(-1)) {
        throw cannot(
          action,
          "an unknown size can only become a known one",
          `${shapeText(x.shape)} to ${shapeText(shape)}`,
        );
      }
      return g.node({ operator: "Reshape", inputs: [x, g.integers(result)] }, x.type, result);
    },

    transpose(x, order) {
      const sorted = [...order].sort((a, b) => a - b);
      if (sorted.length !== x.shape.length || sorted.some((axis, i) => axis !== i)) {
        throw cannot(
          "transpose",
          "the order must name each axis once",
          `order ${shapeText(order)} for shape ${shapeText(x.shape)}`,
        );
      }
      return g.node(
        { operator: "Transpose", inputs: [x], attributes: { perm: order } },
        x.type,
        order.map((axis) => x.shape[axis]),
      );
    },

    concatenate(values, axis) {
      const action = "concatenate";
      const first = values[0];
      if (first === undefined) throw cannot(action, "at least one value is needed", "none");
      const at = axisOf(action, first.shape, axis);
      let total = 0;
      let names: Dimension | undefined;
      for (const value of values) {
        const fits = value.shape.length === first.shape.length && value.type === first.type &&
          value.shape.every((d, i) => i === at || d === first.shape[i]);
        if (!fits) {
          throw cannot(
            action,
            `types and all dimensions but ${at} must agree`,
            `${first.type} ${shapeText(first.shape)} and ${value.type} ${shapeText(value.shape)}`,
          );
        }
        const d = value.shape[at];
        if (typeof d === "number") total += d;
        else names = names === undefined ? d : `${names}+${d}`;
      }
      if (values.length === 1) return first;
      const shape = [...first.shape];
      shape[at] = names === undefined ? total : `${names}+${total}`;
      return g.node(
        { operator: "Concat", inputs: values, attributes: { axis: at } },
        first.type,
        shape,
      );
    },

    slice(x, parts) {
      const action = "slice";
      const shape = [...x.shape];
      const starts: Value<"int64">[] = [];
      const ends: Value<"int64">[] = [];
      for (const { axis, start, size } of parts) {
        const at = axisOf(action, x.shape, axis);
        const whole = x.shape[at];
        if (typeof start === "number") {
          if (start < 0 || size < 0 || (typeof whole === "number" && start + size > whole)) {
            throw cannot(
              action,
              `dimension ${at} of ${shapeText(x.shape)} must hold the part`,
              `${size} from ${start}`,
            );
          }
          starts.push(g.integers([start]));
          ends.push(g.integers([start + size]));
        } else {
          starts.push(start);
          ends.push(
            g.node({ operator: "Add", inputs: [start, g.integers([size])] }, "int64", [1]),
          );
        }
        shape[at] = size;
      }
      const join = (values: readonly Value<"int64">[]) =>
        values.length === 1
          ? values[0]
          : g.node({ operator: "Concat", inputs: values, attributes: { axis: 0 } }, "int64", [
            values.length,
          ]);
      const axes = parts.map(({ axis }) => axisOf(action, x.shape, axis));
      return g.node(
        { operator: "Slice", inputs: [x, join(starts), join(ends), g.integers(axes)] },
        x.type,
        shape,
      );
    },

    gather(x, indices, axis = 0) {
      const at = axisOf("gather", x.shape, axis);
      return g.node(
        { operator: "Gather", inputs: [x, indices], attributes: { axis: at } },
        x.type,
        [
          ...x.shape.slice(0, at),
          ...indices.shape,
          ...x.shape.slice(at + 1),
        ],
      );
    },

    cast: (x, type) =>
      g.node(
        { operator: "Cast", inputs: [x], attributes: { to: elementCodes[type] } },
        type,
        x.shape,
      ),

    shapeOf: (x) => g.node({ operator: "Shape", inputs: [x] }, "int64", [x.shape.length]),

    expand: (x, shape) =>
      g.node({ operator: "Expand", inputs: [x, g.integers(shape)] }, x.type, shape),
  };
}
