/** What stands between a network's convolutions. */

import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";

/**
 * max(0, x), as an operator of its own and not as a clip: the engine merges it with the
 * convolution and the sum before it.
 */
export function relu(g: Graph, x: Value): Value {
  return g.node({ operator: "Relu", inputs: [x] }, "float32", x.shape);
}
