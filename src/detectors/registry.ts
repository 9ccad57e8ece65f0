/** Methods and presets by name, in the order of the progression. */

import type { Backbone } from "../backbones/backbone.ts";
import { cannot, didYouMean } from "../errors.ts";
import { defaultGeometry, type Geometry } from "../image/preprocess.ts";
import type { Detector } from "./detector.ts";
import { dn2, type Dn2Options } from "./dn2.ts";
import { ensemble } from "./ensemble.ts";
import { gaussianAd, type GaussianAdOptions } from "./gaussian_ad.ts";
import { padim, type PadimOptions } from "./padim.ts";
import { patchCore, type PatchCoreOptions } from "./patchcore.ts";
import { spade, type SpadeOptions } from "./spade.ts";

/** A method: its function, and what of the shared options it knows. */
interface Method {
  // deno-lint-ignore no-explicit-any -- each function checks its own options when called
  readonly create: (backbone: Backbone, options: any) => Detector;
  /** Whether something in it is drawn at random. */
  readonly seeded: boolean;
}

const methods = {
  "dn2": { create: dn2, seeded: false },
  "spade": { create: spade, seeded: false },
  "gaussian-ad": { create: gaussianAd, seeded: false },
  "padim": { create: padim, seeded: true },
  "patchcore": { create: patchCore, seeded: true },
} satisfies Record<string, Method>;

/** The name of a method, as in the CLI and in reports. */
export type MethodName = keyof typeof methods;

/** Every method there is, in the order in which the field came to them. */
export const methodNames = Object.keys(methods) as readonly MethodName[];

/** A named recipe: a method with options that differ from its defaults. */
export interface Preset {
  readonly method: MethodName;
  readonly about: string;
  readonly geometry?: Geometry;
  /** Several make an ensemble. Default: what the caller chooses. */
  readonly backbones?: readonly string[];
  /** For a backbone, as some depend on its channels. */
  readonly options: (backbone: Backbone) => Readonly<Record<string, unknown>>;
}

/** PatchCore's second version: 320 px. */
const patchCoreGeometry: Geometry = { resize: 366, crop: 320 };

/** Options of the members of PatchCore's ensemble. */
const ensembleOptions = (backbone: Backbone) => ({
  coreset: 0.01,
  score: "reweighted",
  dimensions: channelsOf(backbone, backbone.defaults.patches) > 384 ? 384 : 0,
} satisfies PatchCoreOptions);

/** Anomalib's: to a square of 256 px whatever the photo's sides are, nothing cut off. */
const anomalibGeometry: Geometry = { resize: 256, crop: 256, aspect: "stretch" };

const channelsOf = (backbone: Backbone, levels: readonly string[]): number =>
  levels.reduce((sum, name) => sum + backbone.level(name).channels, 0);

/** Recipes by name, usable wherever a method's name is. */
export const presets: Readonly<Record<string, Preset>> = {
  "dn2-paper": {
    method: "dn2",
    about: "K = 2 with ResNet-101, as commonly cited (Bergman et al. 2020)",
    backbones: ["resnet101"],
    options: () => ({ neighbours: 2 } satisfies Dn2Options),
  },
  "spade-paper": {
    method: "spade",
    about: "the paper's: WideResNet50-2, layers 1 to 3, K = 50, 224 px (Cohen and Hoshen 2020)",
    backbones: ["wide_resnet50_2"],
    options: () => ({ neighbours: 50 } satisfies SpadeOptions),
  },
  "gaussian-ad-paper": {
    method: "gaussian-ad",
    about: "the paper's: EfficientNet-B4, 380 px, all nine levels, no reduction " +
      "(Rippel et al. 2020)",
    geometry: { resize: 380, crop: 380 },
    backbones: ["efficientnet_b4"],
    options: () => ({}),
  },
  "padim-paper": {
    method: "padim",
    about: "the paper's: WideResNet50-2, layers 1 to 3, 550 random dimensions, 224 px " +
      "(Defard et al. 2020)",
    backbones: ["wide_resnet50_2"],
    options: () => ({ dimensions: 550 } satisfies PadimOptions),
  },
  "padim-paper-resnet18": {
    method: "padim",
    about: "the paper's smaller one: ResNet-18, 100 random dimensions",
    backbones: ["resnet18"],
    options: () => ({ dimensions: 100 } satisfies PadimOptions),
  },
  "patchcore-paper": {
    method: "patchcore",
    about: "the paper's: WideResNet50-2, layers 2 and 3, 224 px, 25 % coreset, equation 7 " +
      "(Roth et al. 2022)",
    backbones: ["wide_resnet50_2"],
    options: () => ({ coreset: 0.25, score: "reweighted" } satisfies PatchCoreOptions),
  },
  "spade-popular": {
    method: "spade",
    about: "as popular code has it: K = 5, one map for each level, averaged",
    options: () => ({ neighbours: 5, aggregation: "average" } satisfies SpadeOptions),
  },
  "gaussian-ad-npca": {
    method: "gaussian-ad",
    about: "keeping the 1 % of the variance that varies least (Rippel et al. 2020)",
    options: () => ({ reduction: "npca", variance: 0.01 } satisfies GaussianAdOptions),
  },
  "padim-pca": {
    method: "padim",
    about: "the paper's ablation: principal components instead of random dimensions",
    options: () => ({ reduction: "pca" } satisfies PadimOptions),
  },
  "padim-popular": {
    method: "padim",
    about:
      "as popular code has it: photos resized by Lanczos, cells replicated; scores stay raw, " +
      "where that code scales them over the test set",
    geometry: { ...defaultGeometry, filter: "lanczos" },
    options: () => ({ upsampling: "nearest" } satisfies PadimOptions),
  },
  "padim-anomalib": {
    method: "padim",
    about: "as anomalib has it: 256 × 256 px stretched, no crop, cells replicated, ridge 0.01001",
    geometry: anomalibGeometry,
    options: () => ({ upsampling: "nearest", ridge: 0.01001 } satisfies PadimOptions),
  },
  "patchcore-2021": {
    method: "patchcore",
    about: "one network, 224 px, 10 % coreset, the largest patch's score (Roth et al. 2021)",
    options: () => ({ coreset: 0.1, score: "max" } satisfies PatchCoreOptions),
  },
  "patchcore-2022": {
    method: "patchcore",
    about: "one network, 320 px, 1 % coreset, equation 7 (Roth et al. 2022)",
    geometry: patchCoreGeometry,
    options: () => ({ coreset: 0.01, score: "reweighted" } satisfies PatchCoreOptions),
  },
  "patchcore-2022-ensemble": {
    method: "patchcore",
    about: "the paper's ensemble: WideResNet101-2, ResNeXt101-32x8d and DenseNet-201, 320 px, " +
      "1 % coreset, 384 dimensions; members calibrated on held-out good photos",
    geometry: patchCoreGeometry,
    backbones: ["wide_resnet101_2", "resnext101_32x8d", "densenet201"],
    options: ensembleOptions,
  },
  "patchcore-2022-ensemble-lite": {
    method: "patchcore",
    about: "the same with the embedded networks, EfficientNet-Lite0 and Lite2",
    geometry: patchCoreGeometry,
    backbones: ["efficientnet_lite0", "efficientnet_lite2"],
    options: ensembleOptions,
  },
  "patchcore-official": {
    method: "patchcore",
    about: "the official code: pooling to 1,024 values, approximate greedy 10 % coreset, squared " +
      "distance, largest patch (its masks are no matter of the detector: --mask-filter official)",
    options: () => ({
      pooling: "official",
      sampling: "approximate",
      distance: "squared",
      coreset: 0.1,
      score: "max",
    } satisfies PatchCoreOptions),
  },
  "patchcore-anomalib": {
    method: "patchcore",
    about: "as anomalib before 2.4 has it: 256 × 256 px stretched, no crop, 10 % coreset without " +
      "its start, equation 7 with b = 9",
    geometry: anomalibGeometry,
    options: () => ({
      coreset: 0.1,
      start: "dropped",
      score: "reweighted",
      reweightingNeighbours: 9,
    } satisfies PatchCoreOptions),
  },
};

/**
 * What a name stands for: a method as it is, or a preset.
 *
 * @throws {RangeError} for an unknown name, with the nearest one and those there are
 */
export function findMethod(name: string): Preset {
  if (Object.hasOwn(methods, name)) {
    return { method: name as MethodName, about: "", options: () => ({}) };
  }
  if (Object.hasOwn(presets, name)) return presets[name];
  const known = [...methodNames, ...Object.keys(presets)];
  throw cannot(
    "choose a method",
    `it must be one of ${known.join(", ")}`,
    `"${name}"${didYouMean(name, known)}`,
  );
}

/** Whether anything in a method, or preset, is drawn at random: else its seed changes nothing. */
export function isSeeded(name: string): boolean {
  return methods[findMethod(name).method].seeded;
}

/** What a detector by name can be told. */
export interface CreateOptions {
  /** Default: the preset's, else the method's. */
  readonly geometry?: Geometry;
  /** Of everything random in the method and in the ensemble. */
  readonly seed?: number;
  /** Options of the method, over the preset's. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/**
 * A detector by the name of a method or preset, on one backbone; on several, an ensemble.
 *
 * @throws {RangeError | TypeError} for an unknown name, or an option that the method does not
 * have or that is out of range
 */
export function createDetector(
  name: string,
  backbones: Backbone | readonly Backbone[],
  { geometry, seed, options = {} }: CreateOptions = {},
): Detector {
  const preset = findMethod(name);
  const { create, seeded } = methods[preset.method];
  const members = (Array.isArray(backbones) ? backbones : [backbones]).map((backbone: Backbone) =>
    create(backbone, {
      geometry: geometry ?? preset.geometry,
      ...(seeded ? { seed } : {}),
      ...preset.options(backbone),
      ...options,
    })
  );
  return members.length === 1 ? { ...members[0], name } : ensemble(members, { name, seed });
}
