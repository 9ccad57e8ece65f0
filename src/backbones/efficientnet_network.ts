/** An EfficientNet's part of a graph, from its description, names and weights. */

import type { Normalisation } from "../image/preprocess.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Padding } from "../onnx/layers.ts";
import type { Value } from "../onnx/value.ts";
import type { Level, Tensor } from "../types.ts";
import { levelOf, type Network } from "./backbone.ts";
import { convolveFolded, foldBatchNorm, samePadding, weight } from "./convolution.ts";
import { type Block, type Description, STEM } from "./efficientnet_blocks.ts";
import type { Names, Naming } from "./efficientnet_names.ts";
import type { StateDict } from "./weights/state_dict.ts";

/** What weights were trained under; no tensor tells it. */
export interface Convention {
  /** Of the batch norms. */
  readonly epsilon: number;
  /** TensorFlow's SAME for the map's actual size, or (window − 1)/2 on every side. */
  readonly padding: "same" | "symmetric";
}

/** PyTorch's usual convention. */
export const pytorch: Convention = { epsilon: 1e-5, padding: "symmetric" };
/** Of TensorFlow's EfficientNet and of weights that were converted from it. */
export const tensorflow: Convention = { epsilon: 1e-3, padding: "same" };

/** ImageNet's mean and standard deviation on 0…255. */
export const imageNet: Normalisation = {
  mean: [123.675, 116.28, 103.53],
  deviation: [58.395, 57.12, 57.375],
};

/** What to put into a graph. */
export interface NetworkParts {
  readonly description: Description;
  readonly naming: Naming;
  readonly convention: Convention;
  /** After stem, expansion, depthwise convolution and head; none follows a projection. */
  readonly activation: (g: Graph, x: Value) => Value;
  /** Whether the stem's output is a level. */
  readonly stemLevel: boolean;
}

/** σ(x) = 1/(1 + e⁻ˣ). */
function sigmoid(g: Graph, x: Value): Value {
  return g.node({ operator: "Sigmoid", inputs: [x] }, "float32", x.shape);
}

/** x·σ(x), also called Swish. */
export function silu(g: Graph, x: Value): Value {
  return g.multiply(x, sigmoid(g, x));
}

/** max(0, min(6, x)). */
export function relu6(g: Graph, x: Value): Value {
  return g.clip(x, { low: 0, high: 6 });
}

/**
 * Levels with what a cell sees: each window reaches (window − 1) cells more of its input.
 * Squeeze-and-excite looks at the whole map, so that after it a cell sees the whole photo.
 */
function levelsOf({ description, naming, stemLevel }: NetworkParts): Level[] {
  const levels: Level[] = [];
  let stride: number = STEM.stride;
  let receptiveField: number | undefined = STEM.window;
  const push = (name: string, channels: number) =>
    levels.push({
      name,
      channels,
      stride,
      ...receptiveField === undefined ? {} : { receptiveField },
    });
  if (stemLevel) push(naming.levels.stem, description.stem);
  for (const { window, stride: own, squeezed, output, stage, lastOfStage } of description.blocks) {
    if (squeezed !== undefined) receptiveField = undefined;
    if (receptiveField !== undefined) receptiveField += (window - 1) * stride;
    stride *= own;
    if (lastOfStage) push(naming.levels.stage(stage), output);
  }
  push(naming.levels.head, description.head);
  return levels;
}

/** Levels and graph of a network whose tensors were checked; batch norms are folded when used. */
export function efficientNetwork(
  weights: StateDict,
  parts: NetworkParts,
): Pick<Network, "levels" | "build"> {
  const { description, naming, convention: { epsilon, padding }, activation } = parts;
  const levels = levelsOf(parts);

  const folded = new Map<string, { readonly weights: Tensor; readonly bias: Tensor }>();
  const fold = (names: Names) => {
    const found = folded.get(names.convolution) ?? foldBatchNorm(weights, names, epsilon);
    folded.set(names.convolution, found);
    return found;
  };
  const around = (x: Value, window: number, stride: number): number | Padding =>
    padding === "same" ? samePadding(x, window, stride) : (window - 1) / 2;
  /** A layer of squeeze-and-excite: 1×1 with a bias and no batch norm. */
  const linear = (g: Graph, x: Value, name: string): Value =>
    g.convolution(x, g.constant(weight(weights, `${name}.weight`)), {
      bias: g.constant(weight(weights, `${name}.bias`)),
    });

  const addBlock = (g: Graph, input: Value, block: Block): Value => {
    const { window, stride, expanded, output, squeezed } = block;
    const names = naming.block(block);
    let x = input;
    if (names.expand) x = activation(g, convolveFolded(g, x, fold(names.expand)));
    x = activation(
      g,
      convolveFolded(g, x, fold(names.depthwise), {
        stride,
        padding: around(x, window, stride),
        groups: expanded,
      }),
    );
    if (squeezed !== undefined) {
      const squeeze = activation(
        g,
        linear(g, g.mean(x, [2, 3], { keep: true }), names.squeeze.reduce),
      );
      x = g.multiply(x, sigmoid(g, linear(g, squeeze, names.squeeze.expand)));
    }
    x = convolveFolded(g, x, fold(names.project));
    return stride === 1 && block.input === output ? g.add(x, input) : x;
  };

  return {
    levels,
    build(g, input, names) {
      const missing = new Set(names.map((name) => levelOf({ levels }, name).name));
      const taps = new Map<string, Value>();
      const tap = (name: string, x: Value) => {
        if (missing.delete(name)) taps.set(name, x);
      };
      let x = activation(
        g,
        convolveFolded(g, input, fold(naming.stem), {
          stride: STEM.stride,
          padding: around(input, STEM.window, STEM.stride),
        }),
      );
      tap(naming.levels.stem, x);
      for (const block of description.blocks) {
        if (missing.size === 0) break;
        x = addBlock(g, x, block);
        if (block.lastOfStage) tap(naming.levels.stage(block.stage), x);
      }
      if (missing.size > 0) {
        tap(naming.levels.head, activation(g, convolveFolded(g, x, fold(naming.head))));
      }
      return names.flatMap((name) => taps.get(name) ?? []);
    },
  };
}
