/**
 * SPADE: the good photos most like this one are looked up, and each of its pixels is as anomalous
 * as it is far from the nearest pixel in any of them.
 *
 * Source: Cohen, Hoshen: Sub-Image Anomaly Detection with Deep Pyramid Correspondences, 2020
 * (arXiv 2005.02357).
 */

import type { Backbone } from "../backbones/backbone.ts";
import { cannot } from "../errors.ts";
import { patchRows } from "../features/levels.ts";
import { checkGeometry, defaultGeometry, describedGeometry } from "../image/preprocess.ts";
import type { Grid } from "../math/bilinear.ts";
import { expectRows } from "../math/rows.ts";
import type { Graph } from "../onnx/graph.ts";
import { known, type Value } from "../onnx/value.ts";
import {
  type PyramidGallery,
  pyramidGallery,
  pyramidNeighbours,
} from "../search/pyramid_neighbours.ts";
import type { Matrix } from "../types.ts";
import { anomalyMap, gaussianBlur } from "./anomaly_map.ts";
import type { Detector, Options } from "./detector.ts";
import { checkPhotos, type Dn2Options, nearestPhotos } from "./dn2.ts";
import { createFitted } from "./fitted.ts";
import { gatherRows } from "./gather_rows.ts";
import {
  expectInputs,
  expectLevels,
  expectOneOf,
  expectSigma,
  expectWhole,
  withDefaults,
} from "./options.ts";
import { type PhotoInput, type TapRequest, tapsOf } from "./photo_graph.ts";

/** Options of {@linkcode spade}; the defaults are the paper's. */
export interface SpadeOptions extends Pick<Dn2Options, "geometry"> {
  /**
   * K: how many nearest good photos are searched, and averaged over for the photo's score; default
   * 50. Differs: popular code has 5, with which it comes nearer to the paper's photo scores.
   */
  readonly neighbours?: number;
  /** κ: a pixel's score is the mean distance to this many nearest pixels; default 1. */
  readonly pixelNeighbours?: number;
  /**
   * `"concatenate"` (default): all levels together are one feature of a pixel. Differs: popular
   * code searches each level alone and averages the maps: `"average"`.
   */
  readonly aggregation?: "concatenate" | "average";
  /** `"euclidean"` (default), or `"squared"`; for photos and pixels alike. */
  readonly distance?: "euclidean" | "squared";
  /** The level that is pooled to compare photos; default: the backbone's deepest before its head. */
  readonly imageLevel?: string;
  /** The pyramid; default: the backbone's levels at strides 4, 8 and 16. */
  readonly levels?: readonly string[];
  /** Standard deviation of the map's Gaussian in pixels; default 4. */
  readonly sigma?: number;
}

const NAME = "spade";
const METHOD = "SPADE";

/**
 * SPADE on a backbone.
 *
 * Cost of fit: one pass of the backbone a photo; memory O(N·P·ΣC), the levels of all photos at
 * their own resolution. Of predict: {@linkcode pyramidNeighbours} among K photos.
 *
 * @throws {RangeError | TypeError} for an option that is unknown or out of range
 *
 * @example
 * ```ts
 * import { generate, loadBackbone } from "@kizu/kizu";
 * const { train, test } = await generate("weave", { size: 64, train: 3 });
 * const detector = spade(await loadBackbone("efficientnet_lite0"), {
 *   geometry: { resize: 64, crop: 64 },
 *   neighbours: 2,
 * });
 * await using fitted = await detector.fit(await Promise.all(train.map((s) => s.image())));
 * const { score, map } = await fitted.predict(await test[0].image());
 * console.assert(score > 0 && map?.shape[0] === 64);
 * ```
 */
export function spade(backbone: Backbone, options: SpadeOptions = {}): Detector {
  const settings = checked(backbone, options);
  const { geometry, levels, imageLevel, neighbours, distance } = settings;

  const wanted: TapRequest = { backbone, geometry, maps: levels, pooled: [imageLevel] };
  /** From the photo to one row for all of it, [1, C], and to the maps of its pyramid. */
  const embed = (photo: PhotoInput) => {
    const { maps, pooled: [pooled] } = photo.take(wanted);
    return { pooled, pyramid: maps };
  };

  const fit: Detector["fit"] = async (normal, context = {}) => {
    const grids: Grid[] = [];
    const { rows, images } = await gatherRows(normal, (g, photo) => {
      const { pooled, pyramid } = embed(photo);
      const maps = pyramid.map((map, i): [string, Value] => {
        const [height, width] = [2, 3].map((axis) => known(`fit ${METHOD}`, map.shape, axis));
        grids[i] = { height, width };
        return [`level ${i}`, patchRows(g, map)];
      });
      return Object.fromEntries([["pooled", pooled], ...maps]);
    }, { method: METHOD, least: 1, context });
    checkPhotos(METHOD, { neighbours, images });
    expectRows(`fit ${METHOD}`, rows.pooled);
    const pixels = levels.map((_, i) => ({ ...grids[i], rows: rows[`level ${i}`] }));
    checkPixels(settings, grids);
    const galleries = settings.aggregation === "concatenate"
      ? [await pyramidGallery(pixels)]
      : await Promise.all(pixels.map((level) => pyramidGallery([level])));
    return createFitted({
      name: NAME,
      backbones: [backbone],
      options: {
        ...described(settings),
        dimensions: pixels.reduce((sum, { rows }) => sum + rows.shape[1], 0),
      },
      geometry,
      // Nothing is drawn at random.
      seed: 0,
      trainImages: images,
      build: (g, photo) => score(g, photo, { bank: rows.pooled, galleries }),
    }, context);
  };

  /** From the photo to its map and score, as one graph: the composition of the steps. */
  const score = (
    g: Graph,
    photo: PhotoInput,
    { bank, galleries }: {
      readonly bank: Matrix;
      readonly galleries: readonly PyramidGallery[];
    },
  ) => {
    const { pooled, pyramid } = embed(photo);
    const { score, images } = nearestPhotos(g, pooled, bank, { neighbours, distance });
    const size = [geometry.crop, geometry.crop] as const;
    // One gallery of all levels, or one for each level, whose maps are averaged.
    const maps = galleries.map((gallery, i) => {
      const query = galleries.length === 1 ? pyramid : [pyramid[i]];
      const { height, width } = gallery.grid;
      const scores = pixelScores(g, query, gallery, images, settings);
      return anomalyMap(g, g.reshape(scores, [height, width]), { size, sigma: 0 });
    });
    const mean = g.multiply(
      maps.reduce((a, b) => g.add(a, b)),
      g.scalar(1 / maps.length),
    );
    return { score, map: gaussianBlur(g, mean, { sigma: settings.sigma }) };
  };

  return Object.freeze({
    name: NAME,
    options: described(settings),
    taps: tapsOf(wanted),
    fit,
  });
}

/** Each pixel's score: the mean distance to its κ nearest pixels of the photos named, [P]. */
function pixelScores(
  g: Graph,
  query: readonly Value[],
  gallery: PyramidGallery,
  images: Value<"int64">,
  { pixelNeighbours, distance }: Settings,
): Value {
  const { distances } = pyramidNeighbours(g, query, gallery, { images, count: pixelNeighbours });
  return g.mean(distance === "squared" ? g.multiply(distances, distances) : distances, [1]);
}

/** @throws {RangeError} when fewer pixels are searched than neighbours are wanted */
function checkPixels(
  { aggregation, neighbours, pixelNeighbours }: Settings,
  grids: readonly Grid[],
): void {
  const pixels = grids.map(({ height, width }) => height * width);
  const fewest = aggregation === "concatenate" ? Math.max(...pixels) : Math.min(...pixels);
  if (neighbours * fewest < pixelNeighbours) {
    throw cannot(
      `fit ${METHOD}`,
      `its pixelNeighbours = ${pixelNeighbours} need as many pixels`,
      `${fewest} in each of ${neighbours} photos`,
    );
  }
}

type Settings = Required<SpadeOptions>;

function checked(backbone: Backbone, options: SpadeOptions): Settings {
  expectInputs(METHOD, backbone, options);
  const defaults: Settings = {
    neighbours: 50,
    pixelNeighbours: 1,
    aggregation: "concatenate",
    distance: "euclidean",
    imageLevel: backbone.defaults.pooled,
    levels: backbone.defaults.pyramid,
    sigma: 4,
    geometry: defaultGeometry,
  };
  const settings = withDefaults(METHOD, options, defaults);
  expectWhole(METHOD, "neighbours", settings.neighbours, { least: 1 });
  expectWhole(METHOD, "pixelNeighbours", settings.pixelNeighbours, { least: 1 });
  expectOneOf(METHOD, "aggregation", settings.aggregation, ["concatenate", "average"]);
  expectOneOf(METHOD, "distance", settings.distance, ["euclidean", "squared"]);
  backbone.level(settings.imageLevel);
  expectLevels(METHOD, backbone, settings.levels);
  expectSigma(METHOD, settings.sigma);
  checkGeometry(settings.geometry);
  return settings;
}

function described(settings: Settings): Options {
  return { ...settings, geometry: describedGeometry(settings.geometry) };
}
