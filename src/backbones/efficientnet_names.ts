/** What the parts of an EfficientNet are called in checkpoints of three packages. */

import { type Block, type Description, STEM } from "./efficientnet_blocks.ts";
import type { ExpectedTensor } from "./expected_tensors.ts";

/** Packages that name the tensors of a checkpoint. */
export type NamingPackage = "torchvision" | "timm" | "efficientnet_pytorch";

/** Prefixes of a convolution and the batch norm after it. */
export interface Names {
  readonly convolution: string;
  readonly batchNorm: string;
}

/** Prefixes of a block's tensors. */
export interface BlockNames {
  /** Undefined where the block does not expand its input. */
  readonly expand?: Names;
  readonly depthwise: Names;
  readonly squeeze: { readonly reduce: string; readonly expand: string };
  readonly project: Names;
}

/** A package's names of tensors and levels. */
export interface Naming {
  readonly stem: Names;
  readonly head: Names;
  readonly classifier: string;
  block(block: Block): BlockNames;
  /** Levels are named as the modules whose output they are, where there is such a module. */
  readonly levels: {
    readonly stem: string;
    readonly head: string;
    /** After the last block of stage 1 to 7. */
    stage(stage: number): string;
  };
}

const expands = ({ input, expanded }: Block): boolean => input !== expanded;

/** `features.3.1.block.0.0`: the convolution of the first part of the second block of stage 3. */
const torchvision: Naming = {
  stem: { convolution: "features.0.0", batchNorm: "features.0.1" },
  head: { convolution: "features.8.0", batchNorm: "features.8.1" },
  classifier: "classifier.1",
  block(block) {
    const part = (i: number) => `features.${block.stage}.${block.inStage}.block.${i}`;
    const names = (i: number) => ({ convolution: `${part(i)}.0`, batchNorm: `${part(i)}.1` });
    const first = expands(block) ? 1 : 0;
    return {
      expand: expands(block) ? names(0) : undefined,
      depthwise: names(first),
      squeeze: { reduce: `${part(first + 1)}.fc1`, expand: `${part(first + 1)}.fc2` },
      project: names(first + 2),
    };
  },
  levels: { stem: "features.0", head: "features.8", stage: (stage) => `features.${stage}` },
};

/** `blocks.2.1.conv_pw`: the expansion of the second block of stage 3. */
const timm: Naming = {
  stem: { convolution: "conv_stem", batchNorm: "bn1" },
  head: { convolution: "conv_head", batchNorm: "bn2" },
  classifier: "classifier",
  block(block) {
    const prefix = `blocks.${block.stage - 1}.${block.inStage}`;
    const names = (convolution: string, norm: number) => ({
      convolution: `${prefix}.${convolution}`,
      batchNorm: `${prefix}.bn${norm}`,
    });
    const squeeze = { reduce: `${prefix}.se.conv_reduce`, expand: `${prefix}.se.conv_expand` };
    // The pointwise convolution of a block that does not expand is its projection.
    return expands(block)
      ? {
        expand: names("conv_pw", 1),
        depthwise: names("conv_dw", 2),
        squeeze,
        project: names("conv_pwl", 3),
      }
      : { depthwise: names("conv_dw", 1), squeeze, project: names("conv_pw", 2) };
  },
  levels: { stem: "conv_stem", head: "conv_head", stage: (stage) => `blocks.${stage - 1}` },
};

/** `_blocks.4._expand_conv`: blocks are counted through all stages. */
const efficientnetPytorch: Naming = {
  stem: { convolution: "_conv_stem", batchNorm: "_bn0" },
  head: { convolution: "_conv_head", batchNorm: "_bn1" },
  classifier: "_fc",
  block(block) {
    const prefix = `_blocks.${block.inNetwork}`;
    const names = (convolution: string, norm: number) => ({
      convolution: `${prefix}.${convolution}`,
      batchNorm: `${prefix}._bn${norm}`,
    });
    return {
      expand: expands(block) ? names("_expand_conv", 0) : undefined,
      depthwise: names("_depthwise_conv", 1),
      squeeze: { reduce: `${prefix}._se_reduce`, expand: `${prefix}._se_expand` },
      project: names("_project_conv", 2),
    };
  },
  levels: { stem: "stem", head: "head", stage: (stage) => `stage${stage}` },
};

/** Every package's names. */
export const namings: Readonly<Record<NamingPackage, Naming>> = {
  torchvision,
  timm,
  efficientnet_pytorch: efficientnetPytorch,
};

/** The packages of {@linkcode namings}. */
export const namingPackages = ["torchvision", "timm", "efficientnet_pytorch"] as const;

/** The package whose name for the stem is there; undefined where none is. */
export function namingOf(names: { has(name: string): boolean }): NamingPackage | undefined {
  return namingPackages.find((one) => names.has(`${namings[one].stem.convolution}.weight`));
}

/** Of the classifiers that are published. */
const CLASSES = 1000;

/**
 * Every tensor of a checkpoint with these names, the classifier's among them and counters of batch
 * norms (`num_batches_tracked`) left out. O(tensors).
 */
export function describedTensors(
  { stem, blocks, head }: Description,
  naming: Naming,
): readonly ExpectedTensor[] {
  const folded = (
    { convolution, batchNorm }: Names,
    shape: readonly [number, number, number, number],
  ): ExpectedTensor[] => [
    [`${convolution}.weight`, shape],
    [`${batchNorm}.weight`, [shape[0]]],
    [`${batchNorm}.bias`, [shape[0]]],
    [`${batchNorm}.running_mean`, [shape[0]]],
    [`${batchNorm}.running_var`, [shape[0]]],
  ];
  const last = blocks[blocks.length - 1].output;
  return [
    ...folded(naming.stem, [stem, 3, STEM.window, STEM.window]),
    ...blocks.flatMap((block): ExpectedTensor[] => {
      const { input, expanded, output, window, squeezed } = block;
      const names = naming.block(block);
      return [
        ...names.expand ? folded(names.expand, [expanded, input, 1, 1]) : [],
        ...folded(names.depthwise, [expanded, 1, window, window]),
        ...squeezed === undefined ? [] : [
          [`${names.squeeze.reduce}.weight`, [squeezed, expanded, 1, 1]] as const,
          [`${names.squeeze.reduce}.bias`, [squeezed]] as const,
          [`${names.squeeze.expand}.weight`, [expanded, squeezed, 1, 1]] as const,
          [`${names.squeeze.expand}.bias`, [expanded]] as const,
        ],
        ...folded(names.project, [output, expanded, 1, 1]),
      ];
    }),
    ...folded(naming.head, [head, last, 1, 1]),
    [`${naming.classifier}.weight`, [CLASSES, head]],
    [`${naming.classifier}.bias`, [CLASSES]],
  ];
}
