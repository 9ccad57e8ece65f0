/**
 * DN2: a photo is as anomalous as its pooled features are far from those of the nearest good
 * photos.
 *
 * Source: Bergman, Cohen, Hoshen: Deep Nearest Neighbor Anomaly Detection, 2020
 * (arXiv 2002.10445).
 */

import type { Backbone } from "../backbones/backbone.ts";
import { cannot } from "../errors.ts";
import {
  checkGeometry,
  defaultGeometry,
  describedGeometry,
  type Geometry,
} from "../image/preprocess.ts";
import { expectRows } from "../math/rows.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";
import { nearestRows } from "../search/nearest.ts";
import type { Matrix } from "../types.ts";
import type { Detector, Options } from "./detector.ts";
import { createFitted } from "./fitted.ts";
import { gatherRows } from "./gather_rows.ts";
import { expectInputs, expectOneOf, expectWhole, withDefaults } from "./options.ts";
import { type PhotoInput, type TapRequest, tapsOf } from "./photo_graph.ts";

/** Options of {@linkcode dn2}; the defaults are the paper's. */
export interface Dn2Options {
  /** The level that is pooled; default: the backbone's deepest before its head. */
  readonly level?: string;
  /** K: the score is the mean distance to this many nearest good photos; default 2. */
  readonly neighbours?: number;
  /**
   * `"euclidean"` (default). Differs: the same group's later code takes the squared distance:
   * `"squared"`.
   */
  readonly distance?: "euclidean" | "squared";
  /** Default: shorter side to 256 px, centre crop of 224 px. */
  readonly geometry?: Geometry;
}

const NAME = "dn2";
const METHOD = "DN2";

/**
 * DN2 on a backbone. It gives a score for the photo and no map: it does not localise.
 *
 * Cost of fit: one pass of the backbone a photo; of predict: one pass and O(N·C).
 *
 * @throws {RangeError | TypeError} for an option that is unknown or out of range
 *
 * @example
 * ```ts
 * import { generate, loadBackbone } from "@kizu/kizu";
 * const { train, test } = await generate("weave", { size: 64, train: 3 });
 * const detector = dn2(await loadBackbone("efficientnet_lite0"), {
 *   geometry: { resize: 64, crop: 64 },
 * });
 * await using fitted = await detector.fit(await Promise.all(train.map((s) => s.image())));
 * const { score, map } = await fitted.predict(await test[0].image());
 * console.assert(score > 0 && map === undefined);
 * ```
 */
export function dn2(backbone: Backbone, options: Dn2Options = {}): Detector {
  const settings = checked(backbone, options);
  const { level, geometry, neighbours, distance } = settings;

  const wanted: TapRequest = { backbone, geometry, pooled: [level] };
  /** From the photo to one row, [1, C]: the level's mean over all positions. */
  const embed = (photo: PhotoInput): Value => {
    const [row] = photo.take(wanted).pooled;
    return row;
  };

  const fit: Detector["fit"] = async (normal, context = {}) => {
    const { rows: { bank }, images } = await gatherRows(
      normal,
      (_, photo) => ({ bank: embed(photo) }),
      { method: METHOD, least: 1, context },
    );
    checkPhotos(METHOD, { neighbours, images });
    expectRows(`fit ${METHOD}`, bank);
    return createFitted({
      name: NAME,
      backbones: [backbone],
      options: { ...described(settings), dimensions: bank.shape[1] },
      geometry,
      // Nothing is drawn at random.
      seed: 0,
      trainImages: images,
      build: (g, photo) => {
        const { score } = nearestPhotos(g, embed(photo), bank, { neighbours, distance });
        return { score };
      },
    }, context);
  };

  return Object.freeze({
    name: NAME,
    options: described(settings),
    taps: tapsOf(wanted),
    fit,
  });
}

/** How many good photos are nearest, and how far is measured. */
export type NearestPhotosOptions = Required<Pick<Dn2Options, "neighbours" | "distance">>;

/**
 * The K good photos nearest to one, and the mean of their distances: DN2's score.
 *
 * s = 1/K · Σ ‖f − f_k‖ over the K nearest
 *
 * Source: Bergman, Cohen and Hoshen 2020 (arXiv 2002.10445).
 * Differs: the same group's later code has ‖f − f_k‖².
 * Cost: O(N·C).
 *
 * @param pooled [1, C]
 * @param bank [N, C], one row a good photo
 * @returns score: a number, rank 0; images: the rows of the K nearest, [K], nearest first
 * @throws {RangeError} when widths differ or neighbours is not in 1…N
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate, matrix } from "@kizu/kizu";
 * const bank = matrix([[0, 0], [30, 40], [3, 4]]);
 * const { score, images } = await evaluate(
 *   (g, f) => nearestPhotos(g, f, bank, { neighbours: 2, distance: "euclidean" }),
 *   matrix([[0, 0]]),
 * );
 * assertEquals([score.data[0], ...images.data], [2.5, 0n, 2n]);
 * ```
 */
export function nearestPhotos(
  g: Graph,
  pooled: Value,
  bank: Matrix,
  { neighbours, distance }: NearestPhotosOptions,
): { readonly score: Value; readonly images: Value<"int64"> } {
  const { distances, indices } = nearestRows(g, pooled, bank, { count: neighbours });
  const measured = distance === "squared" ? g.multiply(distances, distances) : distances;
  return { score: g.mean(measured, [0, 1]), images: g.reshape(indices, [neighbours]) };
}

/** @throws {RangeError} when fewer good photos were given than neighbours are wanted */
export function checkPhotos(
  method: string,
  { neighbours, images }: { readonly neighbours: number; readonly images: number },
): void {
  if (images < neighbours) {
    throw cannot(
      `fit ${method}`,
      `its neighbours = ${neighbours} need as many good photos`,
      `${images}; give more photos or set neighbours lower`,
    );
  }
}

type Settings = Required<Dn2Options>;

function checked(backbone: Backbone, options: Dn2Options): Settings {
  expectInputs(METHOD, backbone, options);
  const defaults: Settings = {
    level: backbone.defaults.pooled,
    neighbours: 2,
    distance: "euclidean",
    geometry: defaultGeometry,
  };
  const settings = withDefaults(METHOD, options, defaults);
  backbone.level(settings.level);
  expectWhole(METHOD, "neighbours", settings.neighbours, { least: 1 });
  expectOneOf(METHOD, "distance", settings.distance, ["euclidean", "squared"]);
  checkGeometry(settings.geometry);
  return settings;
}

function described(settings: Settings): Options {
  return { ...settings, geometry: describedGeometry(settings.geometry) };
}
