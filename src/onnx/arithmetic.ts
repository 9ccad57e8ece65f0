/** Operators on numbers: element by element, reductions, matrix products, the k largest. */

import { cannot } from "../errors.ts";
import { shapeText } from "../tensor.ts";
import type { GraphCore } from "./core.ts";
import { axisOf, broadcast, type Dimension, expectRank, known, type Value } from "./value.ts";

/** Numbers that can be calculated with. */
type Numeric = "float32" | "int32" | "int64";

/** The arithmetic operators of a graph. */
export interface Arithmetic {
  add<T extends Numeric>(a: Value<T>, b: Value<NoInfer<T>>): Value<T>;
  subtract<T extends Numeric>(a: Value<T>, b: Value<NoInfer<T>>): Value<T>;
  multiply<T extends Numeric>(a: Value<T>, b: Value<NoInfer<T>>): Value<T>;
  divide<T extends Numeric>(a: Value<T>, b: Value<NoInfer<T>>): Value<T>;
  minimum<T extends Numeric>(a: Value<T>, b: Value<NoInfer<T>>): Value<T>;
  maximum<T extends Numeric>(a: Value<T>, b: Value<NoInfer<T>>): Value<T>;
  squareRoot(x: Value): Value;
  exponential(x: Value): Value;
  /** To the nearest whole number, halves to the even one, as Python's `round`. */
  round(x: Value): Value;
  /** max(low, min(high, x)); a bound may be left out. */
  clip(x: Value, bounds: { readonly low?: number; readonly high?: number }): Value;
  /** Over the axes, which vanish unless `keep`. */
  mean(x: Value, axes: readonly number[], options?: { readonly keep?: boolean }): Value;
  sum(x: Value, axes: readonly number[], options?: { readonly keep?: boolean }): Value;
  largest(x: Value, axes: readonly number[], options?: { readonly keep?: boolean }): Value;
  smallest(x: Value, axes: readonly number[], options?: { readonly keep?: boolean }): Value;
  /** Matrix product over the last two axes; axes before broadcast. */
  multiplyMatrices(a: Value, b: Value): Value;
  /** a·b (or a·bᵀ) + bias for matrices: [R, K], [K, S] (or [S, K]), bias broadcast to [R, S]. */
  linear(
    a: Value,
    b: Value,
    options?: { readonly bias?: Value; readonly transposed?: boolean },
  ): Value;
  /** The k largest (or smallest) along the last axis, best first, and where they were (int64). */
  topK(
    x: Value,
    k: number,
    options?: { readonly smallest?: boolean },
  ): { readonly values: Value; readonly indices: Value<"int64"> };
}

/** Operators as methods on a graph under construction. */
export function arithmetic(g: GraphCore): Arithmetic {
  const elementwise = (operator: string, action: string) =>
  <T extends Numeric>(
    a: Value<T>,
    b: Value<T>,
  ): Value<T> => {
    if (a.type !== b.type) {
      throw cannot(action, "both must be of one type", `${a.type} and ${b.type}`, TypeError);
    }
    const shape = broadcast(action, a.shape, b.shape);
    return g.node({ operator, inputs: [a, b] }, a.type, shape);
  };
  const unary = (operator: string) => (x: Value): Value =>
    g.node({ operator, inputs: [x] }, "float32", x.shape);
  const reduce =
    (operator: string, action: string) =>
    (x: Value, axes: readonly number[], { keep = false } = {}): Value => {
      const reduced = new Set(axes.map((axis) => axisOf(action, x.shape, axis)));
      const shape = x.shape.flatMap((d, i) => !reduced.has(i) ? [d] : keep ? [1] : []);
      return g.node(
        {
          operator,
          inputs: [x, g.integers([...reduced])],
          attributes: { keepdims: keep ? 1 : 0 },
        },
        "float32",
        shape,
      );
    };

  return {
    add: elementwise("Add", "add"),
    subtract: elementwise("Sub", "subtract"),
    multiply: elementwise("Mul", "multiply"),
    divide: elementwise("Div", "divide"),
    minimum: elementwise("Min", "take the minimum"),
    maximum: elementwise("Max", "take the maximum"),
    squareRoot: unary("Sqrt"),
    exponential: unary("Exp"),
    round: unary("Round"),

    clip: (x, { low, high }) =>
      g.node(
        {
          operator: "Clip",
          inputs: [
            x,
            low === undefined ? undefined : g.scalar(low),
            high === undefined ? undefined : g.scalar(high),
          ],
        },
        "float32",
        x.shape,
      ),

    mean: reduce("ReduceMean", "average"),
    sum: reduce("ReduceSum", "sum"),
    largest: reduce("ReduceMax", "take the largest"),
    smallest: reduce("ReduceMin", "take the smallest"),

    multiplyMatrices(a, b) {
      const action = "multiply matrices";
      const both = `${shapeText(a.shape)} and ${shapeText(b.shape)}`;
      if (a.shape.length < 2 || b.shape.length < 2) {
        throw cannot(action, "both must have rank 2 or more", both, TypeError);
      }
      const inner = a.shape[a.shape.length - 1];
      const other = b.shape[b.shape.length - 2];
      if (inner !== other) {
        throw cannot(action, "the inner dimensions must agree", both);
      }
      const outer = broadcast(action, a.shape.slice(0, -2), b.shape.slice(0, -2));
      return g.node({ operator: "MatMul", inputs: [a, b] }, "float32", [
        ...outer,
        a.shape[a.shape.length - 2],
        b.shape[b.shape.length - 1],
      ]);
    },

    linear(a, b, { bias, transposed = false } = {}) {
      const action = "multiply matrices";
      expectRank(action, a, 2);
      expectRank(action, b, 2);
      const [inner, columns]: readonly Dimension[] = transposed
        ? [b.shape[1], b.shape[0]]
        : [b.shape[0], b.shape[1]];
      if (a.shape[1] !== inner) {
        throw cannot(
          action,
          "the inner dimensions must agree",
          `${shapeText(a.shape)} and ${shapeText(b.shape)}${transposed ? " transposed" : ""}`,
        );
      }
      const shape = [a.shape[0], columns];
      if (bias) {
        const whole = broadcast("add a bias", shape, bias.shape);
        if (shapeText(whole) !== shapeText(shape)) {
          throw cannot(
            "add a bias",
            "it must broadcast to the product",
            `${shapeText(bias.shape)} and ${shapeText(shape)}`,
          );
        }
      }
      return g.node(
        { operator: "Gemm", inputs: [a, b, bias], attributes: { transB: transposed ? 1 : 0 } },
        "float32",
        shape,
      );
    },

    topK(x, k, { smallest = false } = {}) {
      const last = x.shape.length - 1;
      if (last < 0) {
        throw cannot("take the k largest", "a value of rank 1 or more is needed", "rank 0");
      }
      const size = x.shape[last];
      if (!Number.isInteger(k) || k < 1 || (typeof size === "number" && k > size)) {
        throw cannot(
          `take the k ${smallest ? "smallest" : "largest"}`,
          `k must be in 1…${known("take the k largest", x.shape, last)}`,
          `k = ${k} of shape ${shapeText(x.shape)}`,
        );
      }
      const shape = [...x.shape.slice(0, last), k];
      const [values, indices] = g.nodes(
        {
          operator: "TopK",
          inputs: [x, g.integers([k])],
          attributes: { axis: -1, largest: smallest ? 0 : 1, sorted: 1 },
        },
        { type: "float32", shape },
        { type: "int64", shape },
      );
      return { values, indices };
    },
  };
}
