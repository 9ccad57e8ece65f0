/** What every network offers: named levels to tap, and its part of a graph. */

import { cannot } from "../errors.ts";
import {
  checkPhoto,
  defaultGeometry,
  type Geometry,
  imageTensor,
  type Normalisation,
  normalise,
  resizeAndCrop,
} from "../image/preprocess.ts";
import { evaluate } from "../onnx/evaluate.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";
import { tensor } from "../tensor.ts";
import type { FeatureMap, Image, Level, Sample } from "../types.ts";

/** A network assembled from its weights: an architecture that can be put into any graph. */
export interface Network {
  /** From the finest to the coarsest, in the order in which the network makes them. */
  readonly levels: readonly Level[];
  /** What the weights expect of their input. */
  readonly normalisation: Normalisation;
  /** The levels that each family of methods uses unless told otherwise. */
  readonly defaults: DefaultLevels;
  /**
   * Adds the network to a graph and cuts it after the last level asked for.
   *
   * @param input normalised float32 [N, 3, H, W]
   * @param names levels, each one of {@linkcode Network.levels}
   * @returns one map [N, C, H/stride, W/stride] for each name, in the order of the names
   */
  build(g: Graph, input: Value, names: readonly string[]): Value[];
}

/** Levels by use, named as the network's own. */
export interface DefaultLevels {
  /** For patch embeddings (PatchCore): strides 8 and 16. */
  readonly patches: readonly string[];
  /** For feature pyramids (SPADE, PaDiM): strides 4, 8 and 16. */
  readonly pyramid: readonly string[];
  /** For pooled features of a whole photo (DN2): the deepest before the head. */
  readonly pooled: string;
}

/** Where weights come from. */
export interface Origin {
  /** For example `efficientnet_lite0`. */
  readonly name: string;
  /** SPDX identifier of the weights' licence. */
  readonly license: string;
  /** Of the weights file, 64 hexadecimal digits. */
  readonly sha256: string;
}

/** A pre-trained network whose levels are the features of every method; never fine-tuned. */
export interface Backbone extends Network, Origin {
  /** @throws {RangeError} for a name that is not a level's, with those there are */
  level(name: string): Level;
  /**
   * The maps of photos at the levels named, one map for each level with all photos in it.
   *
   * @param photos images, or samples that are read one after another
   * @param geometry default: shorter side to 256 px, centre crop of 224 px
   */
  features(
    photos: Iterable<Image | Sample> | AsyncIterable<Image | Sample>,
    names: readonly string[],
    geometry?: Geometry,
  ): Promise<FeatureMap[]>;
}

/** A network with its origin becomes a backbone. */
export function createBackbone(network: Network, origin: Origin): Backbone {
  const level = (name: string): Level => levelOf(network, name);
  return Object.freeze({
    ...network,
    ...origin,
    level,
    async features(
      photos: Iterable<Image | Sample> | AsyncIterable<Image | Sample>,
      names: readonly string[],
      geometry: Geometry = defaultGeometry,
    ): Promise<FeatureMap[]> {
      names.forEach(level);
      const step = (g: Graph, photo: Value<"uint8">) =>
        network.build(
          g,
          normalise(g, resizeAndCrop(g, photo, geometry), network.normalisation),
          names,
        );
      const maps: FeatureMap[][] = names.map(() => []);
      for await (const photo of photos) {
        const image = "data" in photo ? photo : await photo.image();
        checkPhoto(image);
        const found = await evaluate(step, imageTensor(image));
        found.forEach((map, i) => maps[i].push(map as FeatureMap));
      }
      return maps.map(stack);
    },
  });
}

/** Maps of single photos as one map with all of them. */
function stack(maps: readonly FeatureMap[]): FeatureMap {
  if (maps.length === 0) throw cannot("compute features", "at least one photo is needed", "none");
  const [, channels, height, width] = maps[0].shape;
  const size = channels * height * width;
  const data = new Float32Array(maps.length * size);
  maps.forEach((map, i) => data.set(map.data, i * size));
  return tensor(data, [maps.length, channels, height, width]);
}

/** @throws {RangeError} for a name that is not a level's, with those there are */
export function levelOf({ levels }: Pick<Network, "levels">, name: string): Level {
  const found = levels.find((level) => level.name === name);
  if (!found) {
    const names = levels.map((level) => level.name).join(", ");
    throw cannot("choose a level", `the network's levels are ${names}`, `"${name}"`);
  }
  return found;
}
