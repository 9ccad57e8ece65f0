/** Convolutions as checkpoints hold them: weights beside a batch norm that is folded into them. */

import { cannot } from "../errors.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Padding } from "../onnx/layers.ts";
import { known, type Value } from "../onnx/value.ts";
import { shapeText, tensor } from "../tensor.ts";
import type { Tensor } from "../types.ts";
import { ownFloats, type StateDict } from "./weights/state_dict.ts";

/** @throws {RangeError} when the checkpoint has no such tensor */
export function weight(weights: StateDict, name: string): Tensor {
  const found = weights.get(name);
  if (!found) {
    throw cannot("assemble a network", "the checkpoint must hold every weight", `no "${name}"`);
  }
  return found;
}

/**
 * A convolution's weights with the batch norm after it multiplied in:
 * w′ = w·γ/√(σ² + ε), b′ = β − μ·γ/√(σ² + ε), in double precision.
 *
 * @param names the convolution's and the batch norm's prefix in the checkpoint
 * @returns weights [F, C, k, k] and bias [F]
 */
export function foldBatchNorm(
  weights: StateDict,
  names: { readonly convolution: string; readonly batchNorm: string },
  epsilon: number,
): { readonly weights: Tensor; readonly bias: Tensor } {
  const kernel = weight(weights, `${names.convolution}.weight`);
  const parts = ["weight", "bias", "running_mean", "running_var"]
    .map((part) => weight(weights, `${names.batchNorm}.${part}`));
  const filters = kernel.shape[0];
  for (const part of parts) {
    if (part.shape.length !== 1 || part.shape[0] !== filters) {
      throw cannot(
        "fold a batch norm",
        "it must have one number a filter",
        `${names.convolution} ${shapeText(kernel.shape)}, ${names.batchNorm} ${
          shapeText(part.shape)
        }`,
      );
    }
  }
  // Numbers may be made when they are asked for: once is enough.
  const folded = ownFloats(kernel);
  const [gamma, beta, mean, variance] = parts.map((part) => part.data);
  const size = folded.length / filters;
  const bias = new Float32Array(filters);
  for (let f = 0; f < filters; f++) {
    const scale = gamma[f] / Math.sqrt(variance[f] + epsilon);
    for (let i = f * size; i < (f + 1) * size; i++) folded[i] *= scale;
    bias[f] = beta[f] - mean[f] * scale;
  }
  return { weights: tensor(folded, kernel.shape), bias: tensor(bias, [filters]) };
}

/**
 * TensorFlow's SAME padding for the map's actual size: the output has ⌈size/stride⌉ cells, and
 * what does not divide evenly goes to the bottom and right. An even map with a 3×3 window at
 * stride 2 gets nothing before and one cell after.
 */
export function samePadding(x: Value, window: number, stride: number): Padding {
  const along = (axis: number): [before: number, after: number] => {
    const size = known("pad", x.shape, axis);
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  const [top, bottom] = along(2);
  const [left, right] = along(3);
  return { top, bottom, left, right };
}

/** Adds folded weights as a convolution. */
export function convolveFolded(
  g: Graph,
  x: Value,
  { weights, bias }: { readonly weights: Tensor; readonly bias: Tensor },
  options: {
    readonly stride?: number;
    readonly padding?: number | Padding;
    readonly groups?: number;
  } = {},
): Value {
  return g.convolution(x, g.constant(weights), { bias: g.constant(bias), ...options });
}
