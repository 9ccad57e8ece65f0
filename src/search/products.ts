/** The step under every search: which rows have the largest product with a query. */

import type { Graph } from "../onnx/graph.ts";
import { known, type Value } from "../onnx/value.ts";

/**
 * q·r + bias_r for every query and row, [Q, R].
 *
 * The bias is multiplied with the rest, as one more column of the rows beside a column of ones: the
 * engine would add it in passes of its own over the whole product, 5 % of the time of a search.
 *
 * Cost: O(Q·R·D).
 *
 * @param queries [Q, D]
 * @param rows [R, D]
 * @param bias [1, R]
 * @throws {RangeError} when the shapes do not fit
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate, matrix } from "@kizu/kizu";
 * const product = await evaluate(
 *   biasedProducts,
 *   matrix([[2, 0]]),
 *   matrix([[1, 1], [3, 1]]),
 *   matrix([[-1, -5]]),
 * );
 * assertEquals([...product.data], [1, 1]);
 * ```
 */
export function biasedProducts(g: Graph, queries: Value, rows: Value, bias: Value): Value {
  const D = known("multiply matrices", queries.shape, 1);
  const ones = g.node(
    { operator: "Pad", inputs: [queries, g.integers([0, 0, 0, 1]), g.scalar(1)] },
    "float32",
    [queries.shape[0], D + 1],
  );
  const biased = g.concatenate([rows, g.transpose(bias, [1, 0])], 1);
  return g.linear(ones, biased, { transposed: true });
}

/**
 * For every query the `count` rows with the largest q·r + bias_r, best first; equal ones keep
 * their order.
 *
 * With bias −½‖r‖² the order is that of the distance, because ‖q − r‖² = ‖q‖² − 2(q·r − ½‖r‖²),
 * and one matrix product does nearly all the work.
 *
 * Cost: O(Q·R·D) time, O(Q·R) memory inside the engine.
 *
 * @param queries [Q, D]
 * @param rows [R, D]
 * @param options bias [1, R]; count in 1…R
 * @returns values [Q, count], indices [Q, count]
 * @throws {RangeError} when the shapes do not fit
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate, matrix } from "@kizu/kizu";
 * const { values } = await evaluate(
 *   (g, q, r, bias) => largestProducts(g, q, r, { bias, count: 1 }),
 *   matrix([[2, 0]]),
 *   matrix([[1, 1], [3, 1]]),
 *   matrix([[-1, -5]]),
 * );
 * assertEquals(values.data[0], 1);
 * ```
 */
export function largestProducts(
  g: Graph,
  queries: Value,
  rows: Value,
  { bias, count }: { readonly bias: Value; readonly count: number },
): { readonly values: Value; readonly indices: Value<"int64"> } {
  return g.topK(biasedProducts(g, queries, rows, bias), count);
}
