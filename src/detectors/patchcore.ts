/**
 * PatchCore: a memory bank of patch embeddings, thinned to a coreset; a patch is as anomalous as
 * it is far from the nearest patch of the bank.
 *
 * Source: Roth, Pemula, Zepeda, Schölkopf, Brox, Gehler: Towards Total Recall in Industrial
 * Anomaly Detection, CVPR 2022 (arXiv 2106.08265).
 */

import type { Backbone } from "../backbones/backbone.ts";
import { cannot } from "../errors.ts";
import { officialPooling, poolChannels } from "../features/adaptive_pool.ts";
import { embedPatches } from "../features/embed_patches.ts";
import { alignLevels, concatenateLevels, patchRows } from "../features/levels.ts";
import { checkNeighbourhood } from "../features/neighbourhood.ts";
import {
  checkGeometry,
  defaultGeometry,
  describedGeometry,
  type Geometry,
} from "../image/preprocess.ts";
import { projectionMatrix } from "../math/random_projection.ts";
import { expectRows } from "../math/rows.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";
import { sampleWithoutReplacement, seededRandom } from "../random.ts";
import { approximateGreedy } from "../search/approximate_greedy.ts";
import { kCenterGreedy } from "../search/k_center_lazy.ts";
import { nearestRows } from "../search/nearest.ts";
import { takeRows } from "../tensor.ts";
import type { Matrix } from "../types.ts";
import { anomalyMap } from "./anomaly_map.ts";
import type { Detector, FitContext, Options } from "./detector.ts";
import { createFitted } from "./fitted.ts";
import { gatherRows } from "./gather_rows.ts";
import {
  expectInputs,
  expectLevels,
  expectNumber,
  expectOneOf,
  expectSigma,
  expectWhole,
  refuseIdle,
  withDefaults,
} from "./options.ts";
import { type PhotoInput, type TapRequest, tapsOf } from "./photo_graph.ts";

/** Options of {@linkcode patchCore}; the defaults are the paper's with a 1 % coreset. */
export interface PatchCoreOptions {
  /** Default: the backbone's levels at strides 8 and 16, as the paper's layers 2 and 3. */
  readonly levels?: readonly string[];
  /** Default: shorter side to 256 px, centre crop of 224 px. */
  readonly geometry?: Geometry;
  /** p: side of the neighbourhood that is averaged, odd; default 3. */
  readonly neighbourhood?: number;
  /**
   * `"mean"` (default): the channel-wise mean of the neighbourhood, equation 2 of the paper.
   * Differs: the official code flattens each level's neighbourhood and averages it in bins:
   * `"official"`, with `levelDimensions` and `dimensions`.
   */
  readonly pooling?: "mean" | "official";
  /** Bins of each level under `"official"` pooling; default 1,024. */
  readonly levelDimensions?: number;
  /**
   * Bins into which a patch's concatenated channels are averaged at last; 0: none. Default 0, and
   * 1,024 under `"official"` pooling. Paper's ensemble of 2022: 384.
   */
  readonly dimensions?: number;
  /** Share of all patches that the memory bank keeps, in (0, 1]; default 0.01. */
  readonly coreset?: number;
  /**
   * How the bank is chosen: `"greedy"` k-centre (default), from a first row that is in it.
   * Differs: the official code begins with the mean distance to ten random rows that are not
   * selected: `"approximate"`. `"random"` is for comparison.
   */
  readonly sampling?: "greedy" | "approximate" | "random";
  /**
   * What becomes of the seeded first row under `"greedy"` sampling: `"included"` (default), it is
   * part of the bank. Differs: in anomalib before 2.4 distances to it begin the selection, but it
   * is not selected: `"dropped"`.
   */
  readonly start?: "included" | "dropped";
  /** Dimensions of the random projection on which patches are chosen; 0: none. Default 128. */
  readonly projection?: number;
  /** A patch's score is the mean distance to this many nearest bank rows; default 1. */
  readonly neighbours?: number;
  /**
   * `"euclidean"` (default, the paper's). Differs: the official code takes the squared distance:
   * `"squared"`.
   */
  readonly distance?: "euclidean" | "squared";
  /**
   * The photo's score: `"max"` (default), the largest patch score, as in the official code; or
   * `"reweighted"`, equation 7 of the paper.
   */
  readonly score?: "max" | "reweighted";
  /** b: neighbours of the nearest bank row that equation 7 looks at; default 9. */
  readonly reweightingNeighbours?: number;
  /** Standard deviation of the map's Gaussian in pixels; default 4. */
  readonly sigma?: number;
  /** Of the projection and the first row chosen; default 0. */
  readonly seed?: number;
}

const NAME = "patchcore";
const METHOD = "PatchCore";
const LEAST_IMAGES = 2;

/**
 * PatchCore on a backbone.
 *
 * Cost of fit: O(M·N·P·d) distances in the worst case for a bank of M of the N·P patches,
 * projected to d dimensions; of predict: O(P·M·D).
 *
 * @throws {RangeError | TypeError} for an option that is unknown or out of range
 *
 * @example
 * ```ts
 * import { generate, loadBackbone, patchCore } from "@kizu/kizu";
 * const { train, test } = await generate("weave", { size: 64, train: 3 });
 * const detector = patchCore(await loadBackbone("efficientnet_lite0"), {
 *   geometry: { resize: 64, crop: 64 },
 *   coreset: 0.5,
 * });
 * await using fitted = await detector.fit(await Promise.all(train.map((s) => s.image())));
 * const { score, map } = await fitted.predict(await test[0].image());
 * console.assert(score > 0 && map?.shape[0] === 64);
 * ```
 */
export function patchCore(backbone: Backbone, options: PatchCoreOptions = {}): Detector {
  const settings = checked(backbone, options);
  const { levels, geometry, neighbourhood, projection } = settings;

  const wanted: TapRequest = { backbone, geometry, maps: levels };
  /** From the photo to one row a patch, [P, D], and the grid they came from. */
  const embed = (g: Graph, photo: PhotoInput) => {
    const { maps } = photo.take(wanted);
    const joined = settings.pooling === "mean"
      ? embedPatches(g, maps, { neighbourhood })
      : concatenateLevels(
        g,
        alignLevels(
          g,
          maps.map((map) =>
            officialPooling(g, map, { size: neighbourhood, dimensions: settings.levelDimensions })
          ),
        ),
      );
    const { dimensions } = settings;
    const patches = dimensions === 0 ? joined : poolChannels(g, joined, { dimensions });
    return { rows: patchRows(g, patches), grid: patches.shape.slice(2).map(Number) };
  };

  const fit: Detector["fit"] = async (normal, context = {}) => {
    const { rows: { rows, projected }, images } = await gatherRows(normal, (g, photo) => {
      const { rows } = embed(g, photo);
      return { rows, projected: projection === 0 ? rows : project(g, rows) };
    }, { method: METHOD, least: LEAST_IMAGES, context });
    // A selection looks at projected rows, and a random one at none.
    expectRows(`fit ${METHOD}`, rows);
    const count = Math.max(1, Math.floor(rows.shape[0] * settings.coreset));
    for (
      const [name, least] of [["neighbours", settings.neighbours], [
        "reweightingNeighbours",
        settings.score === "reweighted" ? settings.reweightingNeighbours : 1,
      ]] as const
    ) {
      if (count < least) {
        throw cannot(
          `fit ${METHOD}`,
          `the memory bank must hold at least ${name} = ${least} rows`,
          `${count} of ${rows.shape[0]} patches at coreset ${settings.coreset}`,
        );
      }
    }
    const chosen = await choose(projected, count, context);
    const bank = takeRows(rows, chosen);
    return createFitted({
      name: NAME,
      backbones: [backbone],
      options: { ...described(settings), bankRows: bank.shape[0], dimensions: bank.shape[1] },
      geometry,
      seed: settings.seed,
      trainImages: images,
      build: (g, photo) => score(g, photo, bank),
    }, context);
  };

  const project = (g: Graph, rows: Value): Value => {
    const from = Number(rows.shape[1]);
    const matrix = projectionMatrix(from, { dimensions: projection, seed: settings.seed });
    return g.linear(rows, g.constant(matrix));
  };

  const choose = async (rows: Matrix, count: number, context: FitContext): Promise<Int32Array> => {
    const random = seededRandom(settings.seed, "coreset");
    if (settings.sampling === "random") {
      return sampleWithoutReplacement(random, { count, below: rows.shape[0] });
    }
    const watched = {
      count,
      progress: (done: number) => context.progress?.({ stage: "coreset", done, total: count }),
      signal: context.signal,
    };
    if (settings.sampling === "approximate") {
      return (await approximateGreedy(rows, { ...watched, seed: settings.seed })).indices;
    }
    const { indices } = await kCenterGreedy(rows, {
      ...watched,
      start: random.integer(rows.shape[0]),
      dropStart: settings.start === "dropped",
    });
    return indices;
  };

  /** From the photo to its map and score, as one graph: the composition of the steps. */
  const score = (g: Graph, photo: PhotoInput, bank: Matrix) => {
    const { rows, grid } = embed(g, photo);
    const { distances, indices } = nearestRows(g, rows, bank, { count: settings.neighbours });
    const patches = g.mean(
      settings.distance === "squared" ? g.multiply(distances, distances) : distances,
      [1],
    );
    return {
      map: anomalyMap(g, g.reshape(patches, grid), {
        size: [geometry.crop, geometry.crop],
        sigma: settings.sigma,
      }),
      score: settings.score === "max"
        ? g.largest(patches, [0])
        : reweightedScore(g, { rows, bank, distances, indices, scores: patches }, {
          neighbours: settings.reweightingNeighbours,
        }),
    };
  };

  return Object.freeze({
    name: NAME,
    options: described(settings),
    taps: tapsOf(wanted),
    fit,
  });
}

/**
 * Equation 7: the largest patch score, weighted down where the nearest bank row m* lies among
 * others that the patch is as near to.
 *
 * s = (1 − exp(d(p, m*)) / Σ_{m ∈ N_b(m*)} exp(d(p, m))) · d(p, m*)
 *
 * with p the patch of the largest score and N_b(m*) the b bank rows nearest to m*, itself
 * included. The exponentials are shifted by their largest argument: the plain form overflows.
 *
 * Source: Roth et al. 2022, equations 6 and 7.
 * Differs: the official code takes the largest patch score as it is.
 *
 * @param found rows [P, D] of the photo, the bank [M, D], and what the search gave: distances and
 * indices [P, k]
 * @returns a number, rank 0
 */
export function reweightedScore(
  g: Graph,
  found: {
    readonly rows: Value;
    readonly bank: Matrix;
    readonly distances: Value;
    readonly indices: Value<"int64">;
    /** Scores of the patches, [P]: squared or means of several distances, as options say. */
    readonly scores: Value;
  },
  { neighbours }: { readonly neighbours: number },
): Value {
  const dimensions = found.bank.shape[1];
  const bank = g.constant(found.bank);
  const first = [{ axis: 1, start: 0, size: 1 }];
  const nearest = g.reshape(g.slice(found.distances, first), [-1]);
  const worst = g.topK(found.scores, 1);
  const own = g.reshape(g.gather(nearest, worst.indices), []);
  const patch = g.gather(found.rows, worst.indices);
  const star = g.gather(g.reshape(g.slice(found.indices, first), [-1]), worst.indices);
  const around = nearestRows(g, g.gather(bank, star), found.bank, { count: neighbours });
  const members = g.gather(bank, g.reshape(around.indices, [neighbours]));
  const apart = g.subtract(members, g.expand(patch, [neighbours, dimensions]));
  const distances = g.squareRoot(g.sum(g.multiply(apart, apart), [1]));
  const shift = g.maximum(g.largest(distances, [0]), own);
  const of = (d: Value) => g.exponential(g.subtract(d, shift));
  const share = g.divide(of(own), g.sum(of(distances), [0]));
  return g.multiply(g.subtract(g.scalar(1), share), g.reshape(worst.values, []));
}

type Settings = Required<PatchCoreOptions>;

function checked(backbone: Backbone, options: PatchCoreOptions): Settings {
  expectInputs(METHOD, backbone, options);
  const defaults: Settings = {
    levels: backbone.defaults.patches,
    geometry: defaultGeometry,
    neighbourhood: 3,
    pooling: "mean",
    levelDimensions: 1024,
    dimensions: options.pooling === "official" ? 1024 : 0,
    coreset: 0.01,
    sampling: "greedy",
    start: "included",
    projection: 128,
    neighbours: 1,
    distance: "euclidean",
    score: "max",
    reweightingNeighbours: 9,
    sigma: 4,
    seed: 0,
  };
  const settings = withDefaults(METHOD, options, defaults);
  expectLevels(METHOD, backbone, settings.levels);
  checkGeometry(settings.geometry);
  expectWhole(METHOD, "neighbourhood", settings.neighbourhood, { least: 1 });
  checkNeighbourhood(settings.neighbourhood);
  expectOneOf(METHOD, "pooling", settings.pooling, ["mean", "official"]);
  expectWhole(METHOD, "levelDimensions", settings.levelDimensions, { least: 1, most: 65536 });
  expectWhole(METHOD, "dimensions", settings.dimensions, { least: 0, most: 65536 });
  expectNumber(METHOD, "coreset", settings.coreset, {
    range: "in (0, 1]",
    holds: (share) => share > 0 && share <= 1,
  });
  expectOneOf(METHOD, "sampling", settings.sampling, ["greedy", "approximate", "random"]);
  expectOneOf(METHOD, "start", settings.start, ["included", "dropped"]);
  expectWhole(METHOD, "projection", settings.projection, { least: 0, most: 65536 });
  expectWhole(METHOD, "neighbours", settings.neighbours, { least: 1 });
  expectOneOf(METHOD, "distance", settings.distance, ["euclidean", "squared"]);
  expectOneOf(METHOD, "score", settings.score, ["max", "reweighted"]);
  expectWhole(METHOD, "reweightingNeighbours", settings.reweightingNeighbours, { least: 2 });
  expectSigma(METHOD, settings.sigma);
  expectWhole(METHOD, "seed", settings.seed, { least: 0, most: Number.MAX_SAFE_INTEGER });
  for (
    const [name, idle, because] of [
      ["levelDimensions", settings.pooling !== "official", 'pooling "official"'],
      ["reweightingNeighbours", settings.score !== "reweighted", 'score "reweighted"'],
      ["start", settings.sampling !== "greedy", 'sampling "greedy"'],
      ["projection", settings.sampling === "random", 'sampling "greedy" or "approximate"'],
    ] as const
  ) refuseIdle(METHOD, options, { name, idle, because });
  return settings;
}

function described(settings: Settings): Options {
  return { ...settings, geometry: describedGeometry(settings.geometry) };
}
