/**
 * EfficientNet-Lite 0 to 4: inverted bottlenecks without squeeze-and-excite, ReLU6. Assembled from
 * checkpoints with efficientnet_lite_pytorch's names (`_conv_stem`, `_blocks.N._expand_conv`, …)
 * or timm's (`conv_stem`, `blocks.S.B.conv_pw`, …).
 *
 * Source: Tan and Le, EfficientNet (ICML 2019), table 1; the Lite variants of TensorFlow's
 * model garden (2020).
 */

import { cannot, didYouMean } from "../errors.ts";
import type { Normalisation } from "../image/preprocess.ts";
import type { Network } from "./backbone.ts";
import { describe, type Scaling } from "./efficientnet_blocks.ts";
import { describedTensors, namingOf, type NamingPackage, namings } from "./efficientnet_names.ts";
import {
  type Convention,
  efficientNetwork,
  imageNet,
  pytorch,
  relu6,
  tensorflow,
} from "./efficientnet_network.ts";
import { type ExpectedTensor, expectTensors } from "./expected_tensors.ts";
import type { StateDict } from "./weights/state_dict.ts";

/** Coefficients of width and depth, as in the authors' code. */
const scalings = {
  efficientnet_lite0: { width: 1, depth: 1, lite: true },
  efficientnet_lite1: { width: 1, depth: 1.1, lite: true },
  efficientnet_lite2: { width: 1.1, depth: 1.2, lite: true },
  efficientnet_lite3: { width: 1.2, depth: 1.4, lite: true },
  efficientnet_lite4: { width: 1.4, depth: 1.8, lite: true },
} as const satisfies Readonly<Record<string, Scaling>>;

type Size = keyof typeof scalings;

const sizes: readonly Size[] = Object.keys(scalings).filter(isSize);

function isSize(name: string): name is Size {
  return Object.hasOwn(scalings, name);
}

/**
 * An architecture of the family. timm calls weights that come from TensorFlow
 * `tf_efficientnet_lite0` …; `efficientnet_lite0` … in timm's names were trained in PyTorch.
 */
export type EfficientNetLiteName = Size | `tf_${Size}`;

/** The architectures that {@linkcode efficientNetLite} assembles. */
export const efficientNetLiteNames: readonly EfficientNetLiteName[] = ["", "tf_"]
  .flatMap((origin) => sizes.map((size) => `${origin}${size}`))
  .filter(isEfficientNetLiteName);

/** Whether a name is one of {@linkcode efficientNetLiteNames}. */
export function isEfficientNetLiteName(name: string): name is EfficientNetLiteName {
  return isSize(name.replace(/^tf_/, ""));
}

function knownSize(name: EfficientNetLiteName): Size {
  const size = name.replace(/^tf_/, "");
  if (isSize(size)) return size;
  throw cannot(
    "choose an EfficientNet-Lite",
    `its name must be one of ${efficientNetLiteNames.join(", ")}`,
    `"${name}"${didYouMean(name, efficientNetLiteNames)}`,
  );
}

/** Packages that have the family: torchvision is not one. */
export type LiteNamingPackage = Exclude<NamingPackage, "torchvision">;

/** The classifier: its weights are ignored, so that those of any number of classes will do. */
const CLASSIFIER = /^(?:classifier|_fc)\./;

/** What TensorFlow's training fed. Differs: timm's configuration says 127.5 for both. */
const TENSORFLOW_INPUT: Normalisation = { mean: [127, 127, 127], deviation: [128, 128, 128] };

/**
 * Every tensor of an architecture's checkpoint in a package's names, the classifier's among them
 * and counters of batch norms (`num_batches_tracked`) left out. O(tensors).
 *
 * @throws {RangeError} for a name that is not an architecture's, with the nearest that is
 *
 * @example
 * ```ts
 * const [first] = efficientNetLiteTensors("efficientnet_lite4", "timm");
 * console.assert(first[0] === "conv_stem.weight" && first[1].join() === "32,3,3,3");
 * ```
 */
export function efficientNetLiteTensors(
  name: EfficientNetLiteName,
  naming: LiteNamingPackage,
): readonly ExpectedTensor[] {
  return describedTensors(describe(scalings[knownSize(name)]), namings[naming]);
}

/** The size whose last block is the weights' last one and has as many channels; or the smallest. */
function sizeSeen(weights: StateDict, naming: LiteNamingPackage): Size {
  const seen = sizes.find((size) => {
    const { blocks } = describe(scalings[size]);
    const last = blocks[blocks.length - 1];
    const next = { ...last, inNetwork: last.inNetwork + 1, inStage: last.inStage + 1 };
    const projection = (block: typeof last) =>
      weights.get(`${namings[naming].block(block).project.convolution}.weight`);
    return projection(last)?.shape[0] === last.output && projection(next) === undefined;
  });
  return seen ?? sizes[0];
}

/** From the names of tensors and the architecture: what the weights were trained under. */
function trainingOf(
  naming: LiteNamingPackage,
  architecture?: EfficientNetLiteName,
): { readonly convention: Convention; readonly normalisation: Normalisation } {
  if (naming === "timm" && architecture === undefined) {
    throw cannot(
      "assemble EfficientNet-Lite",
      "timm's names do not tell TensorFlow's weights from PyTorch's, which are padded otherwise",
      "no architecture is given, such as tf_efficientnet_lite0 or efficientnet_lite0",
      TypeError,
    );
  }
  return naming === "timm" && !architecture?.startsWith("tf_")
    ? { convention: pytorch, normalisation: imageNet }
    : { convention: tensorflow, normalisation: TENSORFLOW_INPUT };
}

/**
 * EfficientNet-Lite with eight levels: the ends of the seven stages (strides 2, 4, 8, 16, 16, 32,
 * 32; a projection or the sum with the block's input, no activation follows) and the head (1,280
 * channels, stride 32, ReLU6). They are called `stage1` … `stage7`, `head` in
 * efficientnet_lite_pytorch's names, and `blocks.0` … `blocks.6`, `conv_head` in timm's.
 *
 * The input is (x − 127)/128 on 0…255, as in TensorFlow's training; TensorFlow's SAME padding is
 * computed for the actual size, so any input size gives what the original would. Only weights in
 * timm's names that are called `efficientnet_lite…` without `tf_` were trained in PyTorch: padding
 * is symmetric, the batch norms' ε is 10⁻⁵ and the input has ImageNet's statistics.
 *
 * @param weights the classifier may be absent and of any size
 * @param architecture default: the size that the weights have. timm's names need it
 * @throws {RangeError} when the tensors are not the architecture's, with the first few that differ
 * and the architecture that they look like
 * @throws {TypeError} for timm's names without an architecture
 *
 * @example
 * ```ts
 * // Zeros stand for what a checkpoint in timm's names holds.
 * const weights = new Map(
 *   efficientNetLiteTensors("tf_efficientnet_lite1", "timm").map(([name, shape]) => [
 *     name,
 *     { data: new Float32Array(shape.reduce((size, side) => size * side, 1)), shape },
 *   ]),
 * );
 * const { levels } = efficientNetLite(weights, "tf_efficientnet_lite1");
 * console.assert(levels[4].name === "blocks.4" && levels[4].channels === 112);
 * ```
 */
export function efficientNetLite(
  weights: StateDict,
  architecture?: EfficientNetLiteName,
): Network {
  const naming = namingOf(weights) === "timm" ? "timm" : "efficientnet_pytorch";
  const { convention, normalisation } = trainingOf(naming, architecture);
  const size = architecture === undefined ? sizeSeen(weights, naming) : knownSize(architecture);
  expectTensors(weights, {
    architecture: size,
    family: { names: sizes, tensors: (name) => efficientNetLiteTensors(name, naming) },
    ignored: CLASSIFIER,
  });
  const names = namings[naming];
  const { stage } = names.levels;
  return {
    ...efficientNetwork(weights, {
      description: describe(scalings[size]),
      naming: names,
      convention,
      activation: relu6,
      stemLevel: false,
    }),
    defaults: {
      patches: [stage(3), stage(5)],
      pyramid: [stage(2), stage(3), stage(5)],
      pooled: stage(7),
    },
    normalisation,
  };
}
