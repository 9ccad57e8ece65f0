/**
 * PaDiM: at every position of the photo a Gaussian of what good photos show there; a patch is as
 * anomalous as its Mahalanobis distance to the Gaussian of its own position.
 *
 * Source: Defard, Setkov, Loesch, Audigier: PaDiM: a Patch Distribution Modeling Framework for
 * Anomaly Detection and Localization, 2020 (arXiv 2011.08785).
 */

import type { Backbone } from "../backbones/backbone.ts";
import { cannot } from "../errors.ts";
import { principalDimensions, randomDimensions, takeDimensions } from "../features/dimensions.ts";
import { mahalanobisDistances } from "../features/gaussian_distances.ts";
import { fitGaussians, type PositionGaussians } from "../features/gaussian_maps.ts";
import { embedPatches } from "../features/embed_patches.ts";
import { patchRows } from "../features/levels.ts";
import { collectPositions, type PositionRows, projectPositions } from "../features/positions.ts";
import { releaseMemory } from "../features/release_memory.ts";
import {
  checkGeometry,
  defaultGeometry,
  describedGeometry,
  type Geometry,
} from "../image/preprocess.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";
import { tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";
import { anomalyMap } from "./anomaly_map.ts";
import type { Detector, FitContext, Options, Photo } from "./detector.ts";
import { createFitted } from "./fitted.ts";
import { expectPhotos } from "./gather_rows.ts";
import {
  expectInputs,
  expectLevels,
  expectNumber,
  expectOneOf,
  expectSigma,
  expectWhole,
  withDefaults,
} from "./options.ts";
import { openPhotoSession, type PhotoInput, type TapRequest, tapsOf } from "./photo_graph.ts";

/** Options of {@linkcode padim}; the defaults are the paper's. */
export interface PadimOptions {
  /** Default: the backbone's levels at strides 4, 8 and 16, as the paper's layers 1 to 3. */
  readonly levels?: readonly string[];
  /** Default: shorter side to 256 px, centre crop of 224 px. */
  readonly geometry?: Geometry;
  /**
   * How coarser levels reach the finest grid: `"bilinear"` (default). Differs: popular code
   * replicates cells: `"nearest"`.
   */
  readonly upsampling?: "bilinear" | "nearest";
  /**
   * d: how many dimensions are kept; default 100, or all channels where there are no more. Paper:
   * 100 of 448 for ResNet-18, 550 of 1,792 for WideResNet50-2.
   */
  readonly dimensions?: number;
  /**
   * Which: `"random"` ones (default), the same at every position; or `"pca"`, the directions in
   * which all patches together vary most, the paper's ablation.
   */
  readonly reduction?: "random" | "pca";
  /**
   * ε added to the diagonal of every covariance; default 0.01. Differs: anomalib adds another
   * 1e-5: `0.01001`.
   */
  readonly ridge?: number;
  /** A patch's score: `"euclidean"` (default), the Mahalanobis distance; or `"squared"`. */
  readonly distance?: "euclidean" | "squared";
  /** Standard deviation of the map's Gaussian in pixels; default 4. */
  readonly sigma?: number;
  /** Of the random dimensions; default 0. */
  readonly seed?: number;
}

const NAME = "padim";
const METHOD = "PaDiM";
const LEAST_IMAGES = 2;
const DEFAULT_DIMENSIONS = 100;

/** Bytes of Gaussians up to which accuracy comes before memory. */
const LARGEST_FACTOR = 2e9;

/**
 * PaDiM on a backbone.
 *
 * The photo's score is the largest value of its map. Every score is raw.
 * Differs: popular code scales maps by the smallest and largest value over the whole *test set*
 * first, so that it cannot score one photo.
 *
 * Cost of fit: O(P·m²·(N + d)) for N photos, P positions, d dimensions, m = N up to N = d/2, else
 * d; memory 4·P·N·d bytes, in place, and with `"pca"` 4·P·N·C. Of predict: O(P·m·d).
 *
 * @throws {RangeError | TypeError} for an option that is unknown or out of range
 *
 * @example
 * ```ts
 * import { generate, loadBackbone } from "@kizu/kizu";
 * const { train, test } = await generate("weave", { size: 64, train: 3 });
 * const detector = padim(await loadBackbone("efficientnet_lite0"), {
 *   geometry: { resize: 64, crop: 64 },
 *   dimensions: 20,
 * });
 * await using fitted = await detector.fit(await Promise.all(train.map((s) => s.image())));
 * const { score, map } = await fitted.predict(await test[0].image());
 * console.assert(score > 0 && map?.shape[0] === 64);
 * ```
 */
export function padim(backbone: Backbone, options: PadimOptions = {}): Detector {
  const settings = checked(backbone, options);
  const { levels, geometry, ridge, distance, sigma, seed } = settings;
  const channels = channelsOf(backbone, levels);

  const wanted: TapRequest = { backbone, geometry, maps: levels };
  /** From the photo to all levels on the finest grid, [1, C, h, w]. */
  const embed = (g: Graph, photo: PhotoInput): Value =>
    embedPatches(g, photo.take(wanted).maps, { filter: settings.upsampling });

  const fit: Detector["fit"] = async (normal, context = {}) => {
    const { reduce, rows, images, facts } = await learnReduction(normal, context);
    const gaussians = await fitGaussians(rows, {
      ridge,
      route: affordableRoute(rows.shape),
      overwrite: true,
      progress: (done) => context.progress?.({ stage: "gaussians", done, total: rows.shape[0] }),
      signal: context.signal,
    });
    return createFitted({
      name: NAME,
      backbones: [backbone],
      options: { ...described(settings), channels, ...facts },
      geometry,
      seed,
      trainImages: images,
      build: (g, photo) => score(g, photo, { reduce, gaussians }),
    }, context);
  };

  /** From [1, C, h, w] to rows of d columns, [P, d]; and the good photos' rows reduced so. */
  const learnReduction = async (normal: Photos, context: FitContext): Promise<Learnt> => {
    if (settings.reduction === "random") {
      const chosen = randomDimensions(channels, { count: settings.dimensions, seed });
      const reduce = (g: Graph, map: Value) => patchRows(g, takeDimensions(g, map, chosen));
      const found = await gather(normal, (g, photo) => reduce(g, embed(g, photo)), context);
      return { reduce, ...found, facts: { chosenDimensions: [...chosen] } };
    }
    const found = await gather(normal, (g, photo) => patchRows(g, embed(g, photo)), context);
    const [P, N, C] = found.rows.shape;
    const all: Matrix = tensor(found.rows.data, [P * N, C]);
    const { directions, share } = await principalDimensions(all, { count: settings.dimensions });
    const reduce = (g: Graph, map: Value) => g.linear(patchRows(g, map), g.constant(directions));
    const rows = await projectPositions(found.rows, directions);
    return { reduce, rows, images: found.images, facts: { varianceShare: share } };
  };

  /** From the photo to its map and score, as one graph: the composition of the steps. */
  const score = (
    g: Graph,
    photo: PhotoInput,
    learnt: { readonly reduce: Reduction; readonly gaussians: PositionGaussians },
  ) => {
    const features = embed(g, photo);
    const grid = features.shape.slice(2).map(Number);
    const rows = learnt.reduce(g, features);
    const patches = mahalanobisDistances(g, rows, learnt.gaussians, { distance });
    const map = anomalyMap(g, g.reshape(patches, grid), {
      size: [geometry.crop, geometry.crop],
      sigma,
    });
    return { map, score: g.largest(map, [0, 1]) };
  };

  return Object.freeze({
    name: NAME,
    options: described(settings),
    taps: tapsOf(wanted),
    fit,
  });
}

type Photos = AsyncIterable<Photo> | Iterable<Photo>;
type Reduction = (g: Graph, map: Value) => Value;

/** How dimensions are reduced, and what that made of the good photos. */
interface Learnt {
  readonly reduce: Reduction;
  readonly rows: PositionRows;
  readonly images: number;
  readonly facts: Options;
}

/** The rows of all photos, position by position: they come photo by photo, and are many. */
async function gather(
  normal: Photos,
  build: (g: Graph, photo: PhotoInput) => Value,
  context: FitContext,
): Promise<{ readonly rows: PositionRows; readonly images: number }> {
  expectPhotos(METHOD, normal, context);
  const collector = collectPositions(context.count);
  await using session = await openPhotoSession((g, photo) => ({ rows: build(g, photo) }));
  let images = 0;
  for await (const photo of normal) {
    context.signal?.throwIfAborted();
    const rows = (await session.run(photo)).rows as Matrix;
    collector.add(rows);
    releaseMemory(rows.data);
    images++;
    context.progress?.({ stage: "features", done: images, total: context.count });
  }
  if (images < LEAST_IMAGES) {
    throw cannot(
      `fit ${METHOD}`,
      `at least ${LEAST_IMAGES} good photos are needed`,
      String(images),
    );
  }
  return { rows: collector.finish(), images };
}

/**
 * The route whose factors fit into memory: where N ≤ d and L⁻¹ at every position would take more
 * than 2 GB, the Gram route, which takes the place of the rows.
 *
 * @param shape P positions, N photos, d dimensions
 */
export function affordableRoute([P, N, d]: PositionRows["shape"]): "auto" | "gram" {
  const bytes = 4 * P * d * (2 * N <= d ? N : d);
  return bytes > LARGEST_FACTOR && N <= d ? "gram" : "auto";
}

function channelsOf(backbone: Backbone, levels: readonly string[]): number {
  return levels.reduce((sum, name) => sum + backbone.level(name).channels, 0);
}

type Settings = Required<PadimOptions>;

function checked(backbone: Backbone, options: PadimOptions): Settings {
  expectInputs(METHOD, backbone, options);
  const { levels = backbone.defaults.pyramid } = options;
  expectLevels(METHOD, backbone, levels);
  const channels = channelsOf(backbone, levels);
  const defaults: Settings = {
    levels,
    geometry: defaultGeometry,
    upsampling: "bilinear",
    dimensions: Math.min(DEFAULT_DIMENSIONS, channels),
    reduction: "random",
    ridge: 0.01,
    distance: "euclidean",
    sigma: 4,
    seed: 0,
  };
  const settings = withDefaults(METHOD, options, defaults);
  checkGeometry(settings.geometry);
  expectOneOf(METHOD, "upsampling", settings.upsampling, ["bilinear", "nearest"]);
  expectWhole(METHOD, "dimensions", settings.dimensions, { least: 1, most: channels });
  expectOneOf(METHOD, "reduction", settings.reduction, ["random", "pca"]);
  expectNumber(METHOD, "ridge", settings.ridge, {
    range: "of at least 0",
    holds: (ridge) => ridge >= 0 && ridge < Infinity,
  });
  expectOneOf(METHOD, "distance", settings.distance, ["euclidean", "squared"]);
  expectSigma(METHOD, settings.sigma);
  expectWhole(METHOD, "seed", settings.seed, { least: 0, most: Number.MAX_SAFE_INTEGER });
  return settings;
}

function described(settings: Settings): Options {
  return { ...settings, geometry: describedGeometry(settings.geometry) };
}
