/**
 * DenseNet-BC, assembled from the names and shapes of torchvision's checkpoints
 * (`features.conv0`, `features.denseblock1.denselayer1.norm1`, …), which timm shares.
 *
 * Source: Huang, Liu, van der Maaten and Weinberger, Densely Connected Convolutional Networks
 * (CVPR 2017), table 1.
 */

import { cannot } from "../errors.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";
import { tensor } from "../tensor.ts";
import type { Level, Tensor } from "../types.ts";
import { relu } from "./activation.ts";
import { levelOf, type Network } from "./backbone.ts";
import { convolveFolded, foldBatchNorm, weight } from "./convolution.ts";
import { type ExpectedTensor, expectTensors } from "./expected_tensors.ts";
import type { StateDict } from "./weights/state_dict.ts";

/** What the members of the family differ in. */
interface Architecture {
  /** Dense layers of `denseblock1` … `denseblock4`. */
  readonly layers: readonly [number, number, number, number];
  /** Channels that each dense layer adds: k in the paper. */
  readonly growth: number;
}

const architectures = {
  densenet121: { layers: [6, 12, 24, 16], growth: 32 },
  densenet161: { layers: [6, 12, 36, 24], growth: 48 },
  densenet169: { layers: [6, 12, 32, 32], growth: 32 },
  densenet201: { layers: [6, 12, 48, 32], growth: 32 },
} as const satisfies Readonly<Record<string, Architecture>>;

/** An architecture of the family, by torchvision's name. */
export type DenseNetName = keyof typeof architectures;

/** The architectures that {@linkcode denseNet} assembles. */
export const denseNetNames: readonly DenseNetName[] = Object.keys(architectures)
  .filter(isDenseNetName);

/** Whether a name is one of {@linkcode denseNetNames}. */
export function isDenseNetName(name: string): name is DenseNetName {
  return Object.hasOwn(architectures, name);
}

/** The classifier: its weights are ignored, so that those of any number of classes will do. */
const CLASSIFIER = /^classifier\./;
const CLASSES = 1000;
const BATCH_NORM_EPSILON = 1e-5;
/** A dense layer's 1×1 convolution makes four times the channels that its 3×3 one adds. */
const BOTTLENECK = 4;

/** A convolution with a batch norm multiplied in. */
interface Folded {
  readonly weights: Tensor;
  readonly bias: Tensor;
}

/** A dense layer: norm1, ReLU, conv1 (1×1), norm2, ReLU, conv2 (3×3); its result is appended. */
interface DenseLayer {
  readonly prefix: string;
  readonly input: number;
}

/** Dense layers and what follows them: half the channels at half the size, or the last norm. */
interface DenseBlock {
  readonly level: string;
  readonly layers: readonly DenseLayer[];
  /** Channels after the last layer. */
  readonly channels: number;
  /** The prefix of the transition after the block; the last block has none. */
  readonly transition?: string;
}

function blocksOf({ layers, growth }: Architecture): DenseBlock[] {
  let channels = 2 * growth;
  return layers.map((count, b) => {
    const level = `denseblock${b + 1}`;
    const inputs = Array.from({ length: count }, (_, i) => channels + i * growth);
    const after = channels + count * growth;
    channels = after / 2;
    return {
      level,
      layers: inputs.map((input, i): DenseLayer => ({
        prefix: `features.${level}.denselayer${i + 1}`,
        input,
      })),
      channels: after,
      transition: b < layers.length - 1 ? `features.transition${b + 1}` : undefined,
    };
  });
}

/**
 * Every tensor of torchvision's checkpoint of an architecture, the classifier's among them and
 * counters of batch norms (`num_batches_tracked`) left out. O(tensors).
 *
 * @example
 * ```ts
 * const [first] = denseNetTensors("densenet121");
 * console.assert(first[0] === "features.conv0.weight" && first[1].join() === "64,3,7,7");
 * ```
 */
export function denseNetTensors(name: DenseNetName): readonly ExpectedTensor[] {
  const { growth } = architectures[name];
  const blocks = blocksOf(architectures[name]);
  const norm = (prefix: string, channels: number): ExpectedTensor[] =>
    ["weight", "bias", "running_mean", "running_var"].map((part) => [
      `${prefix}.${part}`,
      [channels],
    ]);
  const last = blocks[blocks.length - 1].channels;
  return [
    ["features.conv0.weight", [2 * growth, 3, 7, 7]],
    ...norm("features.norm0", 2 * growth),
    ...blocks.flatMap(({ layers, channels, transition }): ExpectedTensor[] => [
      ...layers.flatMap(({ prefix, input }): ExpectedTensor[] => [
        ...norm(`${prefix}.norm1`, input),
        [`${prefix}.conv1.weight`, [BOTTLENECK * growth, input, 1, 1]],
        ...norm(`${prefix}.norm2`, BOTTLENECK * growth),
        [`${prefix}.conv2.weight`, [growth, BOTTLENECK * growth, 3, 3]],
      ]),
      ...(transition === undefined ? [] : [
        ...norm(`${transition}.norm`, channels),
        [`${transition}.conv.weight`, [channels / 2, channels, 1, 1]] as const,
      ]),
    ]),
    ...norm("features.norm5", last),
    ["classifier.weight", [CLASSES, last]],
    ["classifier.bias", [CLASSES]],
  ];
}

/**
 * The files that torchvision publishes were written when a dense layer's parts were called
 * `norm.1`, `conv.2`, …; its loader renames them, and so does this.
 */
function modernNames(weights: StateDict, architecture: DenseNetName): StateDict {
  const renamed = new Map<string, Tensor>();
  for (const [name, value] of weights) {
    const modern = name.replace(/(\.denselayer\d+\.(?:norm|conv))\.([12]\.)/, "$1$2");
    if (renamed.has(modern)) {
      throw cannot(
        `assemble ${architecture}`,
        "a tensor may be named in the old or the new spelling",
        `${modern} is there in both`,
      );
    }
    renamed.set(modern, value);
  }
  return renamed;
}

/**
 * A batch norm with no convolution before it, as a convolution of each channel by itself with a
 * 1×1 window: γ/√(σ² + ε) and β − μ·γ/√(σ² + ε), in double precision. The engine runs it in its
 * own layout together with the ReLU, 3 % faster than the operator BatchNormalization (a whole
 * densenet201 to `denseblock3`).
 */
function normAsConvolution(weights: StateDict, prefix: string): Folded {
  const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"]
    .map((part) => weight(weights, `${prefix}.${part}`).data);
  const channels = gamma.length;
  const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c] + BATCH_NORM_EPSILON));
  return {
    weights: tensor(Float32Array.from(scale), [channels, 1, 1, 1]),
    bias: tensor(Float32Array.from(scale, (s, c) => beta[c] - mean[c] * s), [channels]),
  };
}

/** Levels with what a cell sees: each window reaches (window − 1) cells more of its input. */
function levelsOf(blocks: readonly DenseBlock[]): Level[] {
  const stem = blocks[0].layers[0].input;
  const levels: Level[] = [{ name: "conv0", channels: stem, stride: 2, receptiveField: 7 }];
  // The 3×3 maximum with stride 2 after the stem.
  let receptiveField = 7 + 2 * 2;
  let stride = 4;
  for (const { level, layers, channels, transition } of blocks) {
    receptiveField += layers.length * 2 * stride;
    levels.push({ name: level, channels, stride, receptiveField });
    if (transition === undefined) continue;
    receptiveField += stride;
    stride *= 2;
  }
  return [...levels, { ...levels[levels.length - 1], name: "norm5" }];
}

/**
 * A DenseNet with the levels `conv0` (after its batch norm and ReLU, before the maximum; stride
 * 2), `denseblock1` … `denseblock4` (the block's input with all that its layers append, before
 * the transition's norm; strides 4, 8, 16 and 32) and `norm5` (`denseblock4` after the last norm
 * and its ReLU: what the classifier pools).
 *
 * The input is (x − mean)/deviation with ImageNet's statistics, 1/255 included. Padding is
 * symmetric, so any input size gives what torch would. A batch norm (ε = 10⁻⁵) after a convolution
 * is folded into it when a graph first needs it; one before a convolution follows a concatenation,
 * where nothing can be folded.
 *
 * Differs: a transition averages before its 1×1 convolution and not after it. Both are linear and
 * have no bias, so they can change places, and a quarter of the products are left.
 *
 * @param weights torchvision's or timm's checkpoint, `denselayer1.norm1` or `denselayer1.norm.1`;
 * the classifier may be absent and of any size
 * @throws {RangeError} when the tensors are not the architecture's, with the first few that differ
 * and the architecture that they look like
 *
 * @example
 * ```ts
 * // Zeros stand for what `readPytorch("densenet121-a639ec97.pth")` gives.
 * const weights = new Map(
 *   denseNetTensors("densenet121").map(([name, shape]) => [
 *     name,
 *     { data: new Float32Array(shape.reduce((size, side) => size * side, 1)), shape },
 *   ]),
 * );
 * const { levels } = denseNet(weights, "densenet121");
 * console.assert(levels[2].name === "denseblock2" && levels[2].channels === 512);
 * ```
 */
export function denseNet(weights: StateDict, architecture: DenseNetName): Network {
  const held = modernNames(weights, architecture);
  expectTensors(held, {
    architecture,
    family: { names: denseNetNames, tensors: denseNetTensors },
    ignored: CLASSIFIER,
  });
  const blocks = blocksOf(architectures[architecture]);
  const levels = levelsOf(blocks);

  const folded = new Map<string, Folded>();
  const once = (name: string, make: () => Folded): Folded => {
    const found = folded.get(name) ?? make();
    folded.set(name, found);
    return found;
  };
  const fold = (convolution: string, batchNorm: string) =>
    once(
      convolution,
      () => foldBatchNorm(held, { convolution, batchNorm }, BATCH_NORM_EPSILON),
    );
  const normRelu = (g: Graph, x: Value, prefix: string): Value => {
    const norm = once(prefix, () => normAsConvolution(held, prefix));
    return relu(g, convolveFolded(g, x, norm, { groups: norm.bias.shape[0] }));
  };
  const convolve = (g: Graph, x: Value, { name, padding = 0 }: {
    readonly name: string;
    readonly padding?: number;
  }): Value => g.convolution(x, g.constant(weight(held, `${name}.weight`)), { padding });

  const addLayer = (g: Graph, input: Value, { prefix }: DenseLayer): Value => {
    const bottleneck = convolveFolded(
      g,
      normRelu(g, input, `${prefix}.norm1`),
      fold(`${prefix}.conv1`, `${prefix}.norm2`),
    );
    const added = convolve(g, relu(g, bottleneck), { name: `${prefix}.conv2`, padding: 1 });
    return g.concatenate([input, added], 1);
  };
  const addTransition = (g: Graph, x: Value, prefix: string): Value =>
    convolve(g, g.averagePool(normRelu(g, x, `${prefix}.norm`), { size: 2, stride: 2 }), {
      name: `${prefix}.conv`,
    });

  return {
    levels,
    defaults: {
      patches: ["denseblock2", "denseblock3"],
      pyramid: ["denseblock1", "denseblock2", "denseblock3"],
      pooled: "norm5",
    },
    normalisation: { mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] },
    build(g, input, names) {
      const missing = new Set(names.map((name) => levelOf({ levels }, name).name));
      const taps = new Map<string, Value>();
      const tap = (name: string, x: Value) => {
        if (missing.delete(name)) taps.set(name, x);
      };
      const stem = fold("features.conv0", "features.norm0");
      let x = relu(g, convolveFolded(g, input, stem, { stride: 2, padding: 3 }));
      tap("conv0", x);
      if (missing.size > 0) x = g.maximumPool(x, { size: 3, stride: 2, padding: 1 });
      for (const { level, layers, transition } of blocks) {
        if (missing.size === 0) break;
        x = layers.reduce((before, layer) => addLayer(g, before, layer), x);
        tap(level, x);
        if (missing.size > 0 && transition !== undefined) x = addTransition(g, x, transition);
      }
      if (missing.size > 0) tap("norm5", normRelu(g, x, "features.norm5"));
      return names.flatMap((name) => taps.get(name) ?? []);
    },
  };
}
