/**
 * ResNet, WideResNet and ResNeXt, assembled from the names and shapes of torchvision's checkpoints
 * (`conv1`, `layer1.0.conv1`, `layer1.0.downsample.0`, …), which timm shares.
 *
 * Source: He et al., Deep Residual Learning (CVPR 2016), table 1; Zagoruyko and Komodakis, Wide
 * Residual Networks (BMVC 2016); Xie et al., Aggregated Residual Transformations (CVPR 2017).
 * Differs: as in torchvision, a bottleneck's stride is at its 3×3 convolution, not at the 1×1
 * before it ("ResNet V1.5").
 */

import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";
import type { Level, Tensor } from "../types.ts";
import { relu } from "./activation.ts";
import { levelOf, type Network } from "./backbone.ts";
import { convolveFolded, foldBatchNorm } from "./convolution.ts";
import { type ExpectedTensor, expectTensors } from "./expected_tensors.ts";
import type { StateDict } from "./weights/state_dict.ts";

/** What the members of the family differ in. */
interface Architecture {
  /** Residual blocks of `layer1` … `layer4`. */
  readonly blocks: readonly [number, number, number, number];
  readonly bottleneck: boolean;
  /** Of the 3×3 convolutions of bottlenecks; 1 but for ResNeXt. */
  readonly groups: number;
  /** Channels of a bottleneck's 3×3 convolution in `layer1`; they double with every layer. */
  readonly width: number;
}

const bottlenecks = (
  blocks: Architecture["blocks"],
  { groups = 1, width = 64 }: { readonly groups?: number; readonly width?: number } = {},
): Architecture => ({ blocks, bottleneck: true, groups, width });

/** An architecture of the family, by torchvision's name. */
export type ResNetName =
  | `resnet${18 | 34 | 50 | 101 | 152}`
  | `wide_resnet${50 | 101}_2`
  | "resnext50_32x4d"
  | `resnext101_${"32x8d" | "64x4d"}`;

const architectures: Readonly<Record<ResNetName, Architecture>> = {
  resnet18: { blocks: [2, 2, 2, 2], bottleneck: false, groups: 1, width: 64 },
  resnet34: { blocks: [3, 4, 6, 3], bottleneck: false, groups: 1, width: 64 },
  resnet50: bottlenecks([3, 4, 6, 3]),
  resnet101: bottlenecks([3, 4, 23, 3]),
  resnet152: bottlenecks([3, 8, 36, 3]),
  wide_resnet50_2: bottlenecks([3, 4, 6, 3], { width: 128 }),
  wide_resnet101_2: bottlenecks([3, 4, 23, 3], { width: 128 }),
  resnext50_32x4d: bottlenecks([3, 4, 6, 3], { groups: 32, width: 128 }),
  resnext101_32x8d: bottlenecks([3, 4, 23, 3], { groups: 32, width: 256 }),
  resnext101_64x4d: bottlenecks([3, 4, 23, 3], { groups: 64, width: 256 }),
};

/** The architectures that {@linkcode resNet} assembles. */
export const resNetNames: readonly ResNetName[] = Object.keys(architectures).filter(isResNetName);

/** Whether a name is one of {@linkcode resNetNames}. */
export function isResNetName(name: string): name is ResNetName {
  return Object.hasOwn(architectures, name);
}

/** The classifier: its weights are ignored, so that those of any number of classes will do. */
const CLASSIFIER = /^fc\./;
const CLASSES = 1000;
const STEM_CHANNELS = 64;
const BATCH_NORM_EPSILON = 1e-5;

/** A convolution and the batch norm after it. */
interface Convolution {
  readonly convolution: string;
  readonly batchNorm: string;
  /** Weights [filters, channels/groups, window, window]. */
  readonly shape: readonly [filters: number, channels: number, window: number, across: number];
  readonly stride: number;
  readonly groups: number;
}

/** A residual block: ReLU(convolutions(x) + shortcut(x)), with a ReLU between convolutions. */
interface Block {
  readonly convolutions: readonly Convolution[];
  /** A 1×1 convolution where the block changes the map's size; else the input is added as it is. */
  readonly shortcut?: Convolution;
  /** Set on the last block of a layer. */
  readonly level?: string;
}

const stem: Convolution = {
  convolution: "conv1",
  batchNorm: "bn1",
  shape: [STEM_CHANNELS, 3, 7, 7],
  stride: 2,
  groups: 1,
};

/** Every residual block in order. */
function blocksOf({ blocks, bottleneck, groups, width }: Architecture): Block[] {
  let channels = STEM_CHANNELS;
  return blocks.flatMap((count, layer) => {
    const inner = width * 2 ** layer;
    const outer = bottleneck ? 256 * 2 ** layer : inner;
    return Array.from({ length: count }, (_, i): Block => {
      const prefix = `layer${layer + 1}.${i}`;
      const stride = layer > 0 && i === 0 ? 2 : 1;
      const names = (k: number) => ({
        convolution: `${prefix}.conv${k}`,
        batchNorm: `${prefix}.bn${k}`,
      });
      const input = channels;
      channels = outer;
      return {
        convolutions: bottleneck
          ? [
            { ...names(1), shape: [inner, input, 1, 1], stride: 1, groups: 1 },
            { ...names(2), shape: [inner, inner / groups, 3, 3], stride, groups },
            { ...names(3), shape: [outer, inner, 1, 1], stride: 1, groups: 1 },
          ]
          : [
            { ...names(1), shape: [inner, input, 3, 3], stride, groups: 1 },
            { ...names(2), shape: [outer, inner, 3, 3], stride: 1, groups: 1 },
          ],
        shortcut: stride !== 1 || input !== outer
          ? {
            convolution: `${prefix}.downsample.0`,
            batchNorm: `${prefix}.downsample.1`,
            shape: [outer, input, 1, 1],
            stride,
            groups: 1,
          }
          : undefined,
        level: i === count - 1 ? `layer${layer + 1}` : undefined,
      };
    });
  });
}

/**
 * Every tensor of torchvision's checkpoint of an architecture, the classifier's among them and
 * counters of batch norms (`num_batches_tracked`) left out. O(tensors).
 */
export function resNetTensors(name: ResNetName): readonly ExpectedTensor[] {
  const blocks = blocksOf(architectures[name]);
  const convolutions = blocks.flatMap(({ convolutions, shortcut }) =>
    shortcut ? [...convolutions, shortcut] : convolutions
  );
  const last = convolutions[convolutions.length - 1].shape[0];
  return [
    ...[stem, ...convolutions].flatMap(({ convolution, batchNorm, shape }): ExpectedTensor[] => [
      [`${convolution}.weight`, shape],
      [`${batchNorm}.weight`, [shape[0]]],
      [`${batchNorm}.bias`, [shape[0]]],
      [`${batchNorm}.running_mean`, [shape[0]]],
      [`${batchNorm}.running_var`, [shape[0]]],
    ]),
    ["fc.weight", [CLASSES, last]],
    ["fc.bias", [CLASSES]],
  ];
}

/** Levels with what a cell sees: each window reaches (window − 1) cells more of its input. */
function levelsOf(blocks: readonly Block[]): Level[] {
  const levels: Level[] = [
    { name: "conv1", channels: STEM_CHANNELS, stride: stem.stride, receptiveField: 7 },
  ];
  // The 3×3 maximum with stride 2 after the stem.
  let receptiveField = 7 + 2 * stem.stride;
  let stride = 2 * stem.stride;
  for (const { convolutions, level } of blocks) {
    for (const { shape: [, , window], stride: own } of convolutions) {
      receptiveField += (window - 1) * stride;
      stride *= own;
    }
    const channels = convolutions[convolutions.length - 1].shape[0];
    if (level !== undefined) levels.push({ name: level, channels, stride, receptiveField });
  }
  return levels;
}

/**
 * A ResNet with the levels `conv1` (after its ReLU, before the maximum) and `layer1` … `layer4`
 * (each after the last block's ReLU), at strides 2, 4, 8, 16 and 32.
 *
 * The input is (x − mean)/deviation with ImageNet's statistics, 1/255 included. Padding is
 * symmetric, so any input size gives what torch would. Batch norms (ε = 10⁻⁵) are folded into the
 * convolutions, each when a graph first needs it: what comes after the last level asked for costs
 * nothing.
 *
 * @param weights torchvision's or timm's checkpoint; the classifier `fc` may be absent and of any
 * size
 * @throws {RangeError} when the tensors are not the architecture's, with the first few that differ
 * and the architecture that they look like
 *
 * @example
 * ```ts
 * // Zeros stand for what a checkpoint holds.
 * const weights = new Map(
 *   resNetTensors("resnet18").map(([name, shape]) => [
 *     name,
 *     { data: new Float32Array(shape.reduce((size, side) => size * side, 1)), shape },
 *   ]),
 * );
 * const { levels } = resNet(weights, "resnet18");
 * console.assert(levels[3].name === "layer3" && levels[3].channels === 256);
 * ```
 */
export function resNet(weights: StateDict, architecture: ResNetName): Network {
  expectTensors(weights, {
    architecture,
    family: { names: resNetNames, tensors: resNetTensors },
    ignored: CLASSIFIER,
  });
  const blocks = blocksOf(architectures[architecture]);
  const levels = levelsOf(blocks);

  const folded = new Map<string, { readonly weights: Tensor; readonly bias: Tensor }>();
  const fold = (names: Convolution) => {
    let found = folded.get(names.convolution);
    if (!found) {
      found = foldBatchNorm(weights, names, BATCH_NORM_EPSILON);
      folded.set(names.convolution, found);
    }
    return found;
  };
  const convolve = (g: Graph, x: Value, convolution: Convolution): Value => {
    const { shape: [, , window], stride, groups } = convolution;
    const padding = (window - 1) / 2;
    return convolveFolded(g, x, fold(convolution), { stride, padding, groups });
  };
  const addBlock = (g: Graph, input: Value, { convolutions, shortcut }: Block): Value => {
    const branch = convolutions.reduce(
      (x, convolution, i) => convolve(g, i === 0 ? x : relu(g, x), convolution),
      input,
    );
    return relu(g, g.add(branch, shortcut ? convolve(g, input, shortcut) : input));
  };

  return {
    levels,
    defaults: {
      patches: ["layer2", "layer3"],
      pyramid: ["layer1", "layer2", "layer3"],
      pooled: "layer4",
    },
    normalisation: { mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] },
    build(g, input, names) {
      const missing = new Set(names.map((name) => levelOf({ levels }, name).name));
      const taps = new Map<string, Value>();
      let x = relu(g, convolve(g, input, stem));
      if (missing.delete("conv1")) taps.set("conv1", x);
      if (missing.size > 0) x = g.maximumPool(x, { size: 3, stride: 2, padding: 1 });
      for (const block of blocks) {
        if (missing.size === 0) break;
        x = addBlock(g, x, block);
        if (block.level && missing.delete(block.level)) taps.set(block.level, x);
      }
      return names.flatMap((name) => taps.get(name) ?? []);
    },
  };
}
