/** What an ablation varies unless told otherwise: for each method the choices that papers discuss. */

import type { Backbone } from "../../backbones/backbone.ts";
import type { MethodName } from "../../detectors/registry.ts";
import { aspects, type Geometry, resizeFilters } from "../../image/preprocess.ts";
import type { GivenOptions } from "./option_dependence.ts";
import type { PlanOption } from "../runs/plan.ts";

/** Values by option, in the order of tables. */
export type Varied = Readonly<Record<string, readonly PlanOption[]>>;

/** Parts of a geometry that an ablation can vary, in the order of tables. */
export const geometryNames = ["image-size", "crop", "resize", "filter", "aspect"] as const;

/** One of {@linkcode geometryNames}. */
export type GeometryName = (typeof geometryNames)[number];

const SIGMAS = [0, 2, 4, 8];
/** Largest d that is tried where all channels are kept: Gaussians take d² numbers a position. */
const MOST_DIMENSIONS = 256;

const byMethod: Readonly<
  Record<MethodName, (backbone: Backbone, options: GivenOptions) => Varied>
> = {
  "dn2": (backbone) => ({
    level: deepLevels(backbone),
    neighbours: [1, 2, 5, 10],
    distance: ["euclidean", "squared"],
  }),
  "spade": (backbone) => ({
    levels: withoutEach(backbone.defaults.pyramid),
    aggregation: ["concatenate", "average"],
    neighbours: [1, 5, 10, 50],
    pixelNeighbours: [1, 3, 9],
    distance: ["euclidean", "squared"],
    sigma: SIGMAS,
  }),
  "gaussian-ad": (backbone, { reduction }) => ({
    levels: gaussianLevels(backbone),
    reduction: ["none", "pca", "npca"],
    // Beside none it says nothing; the paper's shares of each.
    ...(reduction === "pca" && { variance: [0.9, 0.95, 0.99] }),
    ...(reduction === "npca" && { variance: [0.01, 0.05, 0.1] }),
    combine: ["sum", "mean"],
  }),
  "padim": (backbone) => ({
    levels: withoutEach(backbone.defaults.pyramid),
    upsampling: ["bilinear", "nearest"],
    reduction: ["random", "pca"],
    dimensions: dimensionCounts(backbone),
    ridge: [0.001, 0.01, 0.1],
    distance: ["euclidean", "squared"],
    sigma: SIGMAS,
  }),
  "patchcore": (backbone, { score }) => ({
    levels: patchLevels(backbone),
    neighbourhood: [1, 3, 5],
    pooling: ["mean", "official"],
    coreset: [0.001, 0.01, 0.1, 0.25],
    sampling: ["greedy", "approximate", "random"],
    projection: [0, 64, 128],
    neighbours: [1, 3, 9],
    distance: ["euclidean", "squared"],
    score: ["max", "reweighted"],
    ...(score === "reweighted" && { reweightingNeighbours: [3, 9, 27] }),
    sigma: SIGMAS,
  }),
};

/** Options whose values are names of a network's levels. */
const LEVELS = ["levels", "level"];

/**
 * The usual values of a method's options on a network, and those of its geometry. Levels have none
 * for an ensemble of networks that name theirs otherwise.
 *
 * @param options of the base, defaults included
 */
export function standardVariations(
  method: MethodName,
  { backbones, options, geometry }: {
    readonly backbones: readonly [Backbone, ...(readonly Backbone[])];
    readonly options: GivenOptions;
    readonly geometry: Required<Geometry>;
  },
): Varied {
  const usual = Object.entries(byMethod[method](backbones[0], options));
  const namesOf = ({ levels }: Backbone) => levels.map(({ name }) => name).join();
  const alike = backbones.every((backbone) => namesOf(backbone) === namesOf(backbones[0]));
  const own = alike ? usual : usual.filter(([name]) => !LEVELS.includes(name));
  return { ...Object.fromEntries(own), ...geometryVariations(geometry) };
}

/** Other sizes in the same proportion; nothing cut off (or an eighth); the other filters. */
function geometryVariations({ resize, crop }: Required<Geometry>): Varied {
  const near = (share: number) => Math.max(32, 32 * Math.round((crop * share) / 32));
  const whole = resize === crop;
  return {
    "image-size": [near(5 / 7), near(10 / 7)],
    crop: [whole ? Math.max(32, Math.round((crop * 7) / 8)) : resize],
    resize: [whole ? Math.round((crop * 8) / 7) : crop],
    filter: resizeFilters,
    aspect: aspects,
  };
}

/** Each patch level alone, and the pyramid, which has a finer one. */
function patchLevels({ defaults: { patches, pyramid } }: Backbone): readonly PlanOption[] {
  return distinct([patches, ...patches.map((level) => [level]), pyramid]);
}

/** All levels, and all but one. */
function withoutEach(levels: readonly string[]): readonly PlanOption[] {
  if (levels.length < 2) return [levels];
  return [levels, ...levels.map((level) => levels.filter((other) => other !== level))];
}

/** All; without the head; the deepest before the head alone: the paper's level 7. */
function gaussianLevels({ levels, defaults: { pooled } }: Backbone): readonly PlanOption[] {
  const names = levels.map(({ name }) => name);
  return distinct([names, names.slice(0, names.indexOf(pooled) + 1), [pooled]]);
}

/** Those at the two coarsest strides, a photo's content rather than its texture. */
function deepLevels({ levels }: Backbone): readonly string[] {
  const deepest = Math.max(...levels.map(({ stride }) => stride));
  return levels.filter(({ stride }) => 2 * stride >= deepest).map(({ name }) => name);
}

function dimensionCounts({ level, defaults: { pyramid } }: Backbone): readonly number[] {
  const channels = pyramid.reduce((sum, name) => sum + level(name).channels, 0);
  const usual = [25, 50, 100, 200, 550].filter((count) => count < channels);
  return channels <= MOST_DIMENSIONS ? [...usual, channels] : usual;
}

function distinct(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const texts = lists.map((list) => list.join());
  return lists.filter((_, i) => texts.indexOf(texts[i]) === i);
}
