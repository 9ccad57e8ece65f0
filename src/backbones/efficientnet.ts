/**
 * EfficientNet B0 to B7, assembled from checkpoints with torchvision's names (`features.0.0`, …),
 * timm's (`conv_stem`, `blocks.0.0.conv_dw`, …) or efficientnet_pytorch's (`_conv_stem`,
 * `_blocks.0._depthwise_conv`, …).
 *
 * Source: Tan and Le, EfficientNet (ICML 2019), table 1 and section 3.3; squeeze-and-excite: Hu
 * et al., Squeeze-and-Excitation Networks (CVPR 2018).
 */

import { cannot, didYouMean } from "../errors.ts";
import type { Normalisation } from "../image/preprocess.ts";
import type { Network } from "./backbone.ts";
import { describe, type Scaling } from "./efficientnet_blocks.ts";
import {
  describedTensors,
  namingOf,
  type NamingPackage,
  namingPackages,
  namings,
} from "./efficientnet_names.ts";
import {
  type Convention,
  efficientNetwork,
  imageNet,
  pytorch,
  silu,
  tensorflow,
} from "./efficientnet_network.ts";
import { type ExpectedTensor, expectTensors } from "./expected_tensors.ts";
import type { StateDict } from "./weights/state_dict.ts";

/** Coefficients of width and depth, as in the authors' code. */
const scalings = {
  efficientnet_b0: { width: 1, depth: 1 },
  efficientnet_b1: { width: 1, depth: 1.1 },
  efficientnet_b2: { width: 1.1, depth: 1.2 },
  efficientnet_b3: { width: 1.2, depth: 1.4 },
  efficientnet_b4: { width: 1.4, depth: 1.8 },
  efficientnet_b5: { width: 1.6, depth: 2.2 },
  efficientnet_b6: { width: 1.8, depth: 2.6 },
  efficientnet_b7: { width: 2, depth: 3.1 },
} as const satisfies Readonly<Record<string, Scaling>>;

type Size = keyof typeof scalings;

/**
 * An architecture of the family. timm calls weights that come from TensorFlow `tf_efficientnet_b0`
 * …: their tensors have the names and shapes of `efficientnet_b0` …, but padding and the ε of the
 * batch norms are TensorFlow's.
 */
export type EfficientNetName = Size | `tf_${Size}`;

/** The architectures that {@linkcode efficientNet} assembles. */
export const efficientNetNames: readonly EfficientNetName[] = ["", "tf_"]
  .flatMap((origin) => Object.keys(scalings).map((size) => `${origin}${size}`))
  .filter(isEfficientNetName);

/** Whether a name is one of {@linkcode efficientNetNames}. */
export function isEfficientNetName(name: string): name is EfficientNetName {
  return isSize(name.replace(/^tf_/, ""));
}

function isSize(name: string): name is Size {
  return Object.hasOwn(scalings, name);
}

function scalingOf(name: EfficientNetName): Scaling {
  const size = name.replace(/^tf_/, "");
  if (isSize(size)) return scalings[size];
  throw cannot(
    "choose an EfficientNet",
    `its name must be one of ${efficientNetNames.join(", ")}`,
    `"${name}"${didYouMean(name, efficientNetNames)}`,
  );
}

/** The classifier: its weights are ignored, so that those of any number of classes will do. */
const CLASSIFIER = /^(?:classifier|_fc)\./;

/** torchvision's B5 to B7 come from TensorFlow and keep its ε, but not its padding. */
const TORCHVISION_LARGE: Convention = { epsilon: 1e-3, padding: "symmetric" };

function conventionOf(name: EfficientNetName, naming: NamingPackage): Convention {
  const fromTensorFlow = name.startsWith("tf_");
  switch (naming) {
    case "torchvision":
      if (fromTensorFlow) {
        throw cannot(
          `assemble ${name}`,
          "its weights have timm's or efficientnet_pytorch's names",
          `torchvision's, which belong to ${name.replace(/^tf_/, "")}`,
        );
      }
      return /_b[5-7]$/.test(name) ? TORCHVISION_LARGE : pytorch;
    case "timm":
      return fromTensorFlow ? tensorflow : pytorch;
    case "efficientnet_pytorch":
      return tensorflow;
  }
}

/**
 * Every tensor of an architecture's checkpoint in a package's names, the classifier's among them
 * and counters of batch norms (`num_batches_tracked`) left out. O(tensors).
 *
 * @throws {RangeError} for a name that is not an architecture's, with the nearest that is
 *
 * @example
 * ```ts
 * const [first] = efficientNetTensors("efficientnet_b4", "torchvision");
 * console.assert(first[0] === "features.0.0.weight" && first[1].join() === "48,3,3,3");
 * ```
 */
export function efficientNetTensors(
  name: EfficientNetName,
  naming: NamingPackage,
): readonly ExpectedTensor[] {
  return describedTensors(describe(scalingOf(name)), namings[naming]);
}

/** Every size under every package's names, as errors call them. */
const spelled = new Map(
  namingPackages.flatMap((naming) =>
    efficientNetNames.map((name) => [`${name} in ${naming}'s names`, { name, naming }] as const)
  ),
);

/**
 * An EfficientNet with nine levels: the stem (stride 2), the ends of the seven stages (strides 2,
 * 4, 8, 16, 16, 32, 32; a projection or the sum with the block's input, no activation follows) and
 * the head (stride 32, after its SiLU: what the classifier pools). They are called
 *
 * - `features.0` … `features.8` in torchvision's names,
 * - `conv_stem`, `blocks.0` … `blocks.6`, `conv_head` in timm's (stem and head after their batch
 *   norm and SiLU),
 * - `stem`, `stage1` … `stage7`, `head` in efficientnet_pytorch's, which counts blocks only.
 *
 * Which names they are is seen from the weights. What cannot be seen is under which convention
 * they were trained, and it comes from the names:
 *
 * | names | padding | ε of batch norms |
 * |---|---|---|
 * | torchvision | symmetric | 10⁻⁵, from B5 on 10⁻³ |
 * | timm, `efficientnet_b…` | symmetric | 10⁻⁵ |
 * | timm, `tf_efficientnet_b…` | TensorFlow's SAME | 10⁻³ |
 * | efficientnet_pytorch, either | TensorFlow's SAME | 10⁻³ |
 *
 * SAME is computed for the actual size, so any input size gives what the original would.
 * Differs: efficientnet_pytorch by default pads as if the photo had the size of the network's
 * training (380 px for B4), whatever its size is.
 *
 * Levels but the first have no receptive field: squeeze-and-excite multiplies channels by what it
 * sees in the whole photo.
 *
 * @param weights the classifier may be absent and of any size
 * @param options normalisation: default (x − mean)/deviation with ImageNet's statistics, 1/255
 * included; some of timm's weights (`….ap_in1k`, `….ra4_e3600_…`) want 127.5 for both
 * @throws {RangeError} when the tensors are not the architecture's, with the first few that differ
 * and the architecture that they look like
 *
 * @example
 * ```ts
 * // Zeros stand for what a checkpoint in timm's names holds.
 * const weights = new Map(
 *   efficientNetTensors("tf_efficientnet_b0", "timm").map(([name, shape]) => [
 *     name,
 *     { data: new Float32Array(shape.reduce((size, side) => size * side, 1)), shape },
 *   ]),
 * );
 * const { levels } = efficientNet(weights, "tf_efficientnet_b0");
 * console.assert(levels[3].name === "blocks.2" && levels[3].channels === 40);
 * ```
 */
export function efficientNet(
  weights: StateDict,
  architecture: EfficientNetName,
  { normalisation = imageNet }: { readonly normalisation?: Normalisation } = {},
): Network {
  const description = describe(scalingOf(architecture));
  // Without a stem whose name is known, the error below tells what is there and what is not.
  const naming = namingOf(weights) ?? (architecture.startsWith("tf_") ? "timm" : "torchvision");
  const convention = conventionOf(architecture, naming);
  expectTensors(weights, {
    architecture: `${architecture} in ${naming}'s names`,
    family: {
      names: [...spelled.keys()],
      tensors(name) {
        const found = spelled.get(name);
        return found ? efficientNetTensors(found.name, found.naming) : [];
      },
    },
    ignored: CLASSIFIER,
  });
  const names = namings[naming];
  const { stage, head } = names.levels;
  return {
    ...efficientNetwork(weights, {
      description,
      naming: names,
      convention,
      activation: silu,
      stemLevel: true,
    }),
    defaults: {
      patches: [stage(3), stage(5)],
      pyramid: [stage(2), stage(3), stage(5)],
      pooled: head,
    },
    normalisation,
  };
}
