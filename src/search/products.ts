/** The step under every search: which rows have the largest product with a query. */

import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";

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
  return g.topK(g.linear(queries, rows, { transposed: true, bias }), count);
}
