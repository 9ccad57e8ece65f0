/** Products of centred rows: what covariances are made of. */

import type { Graph } from "../onnx/graph.ts";
import { expectRank, type Value } from "../onnx/value.ts";

/** ONNX's number for double precision (TensorProto.DataType). */
const DOUBLE = 11;

const action = "multiply centred rows";

/**
 * The mean of the rows of each matrix and the products of the centred columns, Xᵀ·X with
 * X = rows − mean: N − 1 times the covariance.
 *
 * The engine works in double precision, at half the speed: a covariance's small eigenvalues, which
 * weigh most in a Mahalanobis distance, would drown in the rounding of float32. The result is the
 * sum of two float32 numbers, `high` + `low`, right to about 2⁻⁴⁸.
 *
 * Cost: O(B·N·D²).
 *
 * @param x [B, N, D]
 * @returns mean [B, D]; high and low [B, D, D]
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate, tensor } from "@kizu/kizu";
 * const x = tensor(new Float32Array([1, 0, 3, 2]), [1, 2, 2]);
 * const { mean, high } = await evaluate((g, x) => columnProducts(g, x), x);
 * assertEquals([...mean.data], [2, 1]);
 * assertEquals([...high.data], [2, 2, 2, 2]);
 * ```
 */
export function columnProducts(
  g: Graph,
  x: Value,
): { readonly mean: Value; readonly high: Value; readonly low: Value } {
  expectRank(action, x, 3);
  // Graphs know no double; within this function the values labelled float32 by `double` and what
  // is computed from them are of that type. All that leaves it has been cast back.
  const double = (value: Value): Value =>
    g.node(
      { operator: "Cast", inputs: [value], attributes: { to: DOUBLE } },
      "float32",
      value.shape,
    );
  const rows = double(x);
  const mean = g.mean(rows, [1], { keep: true });
  const centred = g.subtract(rows, mean);
  const product = g.multiplyMatrices(g.transpose(centred, [0, 2, 1]), centred);
  const high = g.cast(product, "float32");
  const low = g.cast(g.subtract(product, double(high)), "float32");
  return { mean: g.cast(meanRows(g, mean), "float32"), high, low };
}

/**
 * The mean of the rows of each matrix and the products between the centred rows, X·Xᵀ with
 * X = rows − mean: the Gram matrix. In float32.
 *
 * Cost: O(B·N²·D).
 *
 * @param x [B, N, D]
 * @returns mean [B, D]; gram [B, N, N]
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate, tensor } from "@kizu/kizu";
 * const x = tensor(new Float32Array([1, 0, 3, 2]), [1, 2, 2]);
 * const { gram } = await evaluate((g, x) => rowProducts(g, x), x);
 * assertEquals([...gram.data], [2, -2, -2, 2]);
 * ```
 */
export function rowProducts(
  g: Graph,
  x: Value,
): { readonly mean: Value; readonly gram: Value } {
  expectRank(action, x, 3);
  const mean = g.mean(x, [1], { keep: true });
  const centred = g.subtract(x, mean);
  const gram = g.multiplyMatrices(centred, g.transpose(centred, [0, 2, 1]));
  return { mean: meanRows(g, mean), gram };
}

/** [B, 1, D] → [B, D]. */
function meanRows(g: Graph, mean: Value): Value {
  return g.reshape(mean, [-1, Number(mean.shape[2])]);
}
