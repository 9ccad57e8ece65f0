/**
 * EfficientNet-Lite 0 to 4, assembled from the names and shapes of the PyTorch checkpoints
 * (`_conv_stem`, `_blocks.N._expand_conv`, …): MBConv blocks without squeeze-and-excite, ReLU6.
 *
 * Source: Tan and Le, EfficientNet (ICML 2019), table 1; the Lite variants of TensorFlow's
 * model garden (2020).
 */

import { cannot } from "../errors.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";
import type { Level, Tensor } from "../types.ts";
import { levelOf, type Network } from "./backbone.ts";
import { convolveFolded, foldBatchNorm, samePadding, weight } from "./convolution.ts";
import type { StateDict } from "./weights/state_dict.ts";

/** Of TensorFlow's EfficientNet; PyTorch's usual 1e-5 would be wrong here. */
const BATCH_NORM_EPSILON = 1e-3;
/** Strides of the first block of the seven stages; all later blocks have stride 1. */
const STAGE_STRIDES = [1, 2, 2, 2, 1, 2, 1];
const STEM_STRIDE = 2;

interface Folded {
  readonly weights: Tensor;
  readonly bias: Tensor;
}

interface Block {
  readonly expand?: Folded;
  readonly depthwise: Folded;
  readonly project: Folded;
  readonly window: number;
  readonly stride: number;
  /** The block's input is added to its output: same channels, stride 1. */
  readonly residual: boolean;
  /** Set on the last block of a stage. */
  readonly level?: string;
}

/**
 * EfficientNet-Lite with the levels `stage1` … `stage7` (the projection output that ends each
 * stage: no activation follows it) and `head` (1,280 channels, ReLU6).
 *
 * The input is (x − 127)/128 on 0…255, as in TensorFlow's training; TensorFlow's SAME padding is
 * computed for the actual size, so any input size gives what the original would.
 *
 * @throws {RangeError} when the checkpoint is not an EfficientNet-Lite
 */
export function efficientNetLite(weights: StateDict): Network {
  const fold = (convolution: string, batchNorm: string) =>
    foldBatchNorm(weights, { convolution, batchNorm }, BATCH_NORM_EPSILON);
  const stem = fold("_conv_stem", "_bn0");
  const { blocks, levels } = readBlocks(weights, fold);
  const head = fold("_conv_head", "_bn1");
  const deepest = levels[levels.length - 1];
  const all: Level[] = [...levels, {
    name: "head",
    channels: head.bias.shape[0],
    stride: deepest.stride,
    receptiveField: deepest.receptiveField,
  }];

  const relu6 = (g: Graph, x: Value) => g.clip(x, { low: 0, high: 6 });
  const addBlock = (g: Graph, input: Value, block: Block): Value => {
    const { expand, depthwise, project, window, stride, residual } = block;
    let x = input;
    if (expand) x = relu6(g, convolveFolded(g, x, expand));
    x = relu6(
      g,
      convolveFolded(g, x, depthwise, {
        stride,
        padding: samePadding(x, window, stride),
        groups: depthwise.weights.shape[0],
      }),
    );
    x = convolveFolded(g, x, project);
    return residual ? g.add(x, input) : x;
  };

  return {
    levels: all,
    defaults: {
      patches: ["stage3", "stage5"],
      pyramid: ["stage2", "stage3", "stage5"],
      pooled: "stage7",
    },
    normalisation: { mean: [127, 127, 127], deviation: [128, 128, 128] },
    build(g, input, names) {
      const missing = new Set(names.map((name) => levelOf({ levels: all }, name).name));
      const taps = new Map<string, Value>();
      let x = relu6(
        g,
        convolveFolded(g, input, stem, {
          stride: STEM_STRIDE,
          padding: samePadding(input, stem.weights.shape[2], STEM_STRIDE),
        }),
      );
      for (const block of blocks) {
        if (missing.size === 0) break;
        x = addBlock(g, x, block);
        if (block.level && missing.delete(block.level)) taps.set(block.level, x);
      }
      if (missing.has("head")) taps.set("head", relu6(g, convolveFolded(g, x, head)));
      return names.flatMap((name) => taps.get(name) ?? []);
    },
  };
}

/** Blocks in order; a stage begins where the number of output channels changes. */
function readBlocks(
  weights: StateDict,
  fold: (convolution: string, batchNorm: string) => Folded,
): { blocks: Block[]; levels: Level[] } {
  const blocks: Block[] = [];
  const levels: Level[] = [];
  const channelsAfter = (i: number) =>
    weights.get(`_blocks.${i}._project_conv.weight`)?.shape[0] ?? 0;
  let before = weight(weights, "_conv_stem.weight").shape[0];
  let stride = STEM_STRIDE;
  // Each window sees (window − 1) cells more, each as far apart as the strides before it.
  let receptiveField = weight(weights, "_conv_stem.weight").shape[2];
  for (let i = 0; channelsAfter(i) > 0; i++) {
    const prefix = `_blocks.${i}`;
    const channels = channelsAfter(i);
    const first = i === 0 || channels !== before;
    const own = first ? STAGE_STRIDES[levels.length] ?? 1 : 1;
    const last = channelsAfter(i + 1) !== channels;
    const level = last ? `stage${levels.length + 1}` : undefined;
    const depthwise = fold(`${prefix}._depthwise_conv`, `${prefix}._bn1`);
    blocks.push({
      expand: weights.has(`${prefix}._expand_conv.weight`)
        ? fold(`${prefix}._expand_conv`, `${prefix}._bn0`)
        : undefined,
      depthwise,
      project: fold(`${prefix}._project_conv`, `${prefix}._bn2`),
      window: depthwise.weights.shape[2],
      stride: own,
      residual: own === 1 && channels === before,
      level,
    });
    receptiveField += (depthwise.weights.shape[2] - 1) * stride;
    stride *= own;
    if (level) levels.push({ name: level, channels, stride, receptiveField });
    before = channels;
  }
  if (levels.length !== STAGE_STRIDES.length) {
    throw cannot(
      "assemble EfficientNet-Lite",
      `the checkpoint must have ${STAGE_STRIDES.length} stages`,
      `${levels.length}`,
    );
  }
  return { blocks, levels };
}
