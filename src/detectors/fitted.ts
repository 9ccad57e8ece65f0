/** A fitted detector from the graph of its predictions: what all methods share. */

import type { Backbone } from "../backbones/backbone.ts";
import { cannot } from "../errors.ts";
import { checkPhoto, type Geometry, imageTensor } from "../image/preprocess.ts";
import type { Graph } from "../onnx/graph.ts";
import { type NamedTensors, openSession } from "../onnx/session.ts";
import type { Value } from "../onnx/value.ts";
import { tensor } from "../tensor.ts";
import { type DetectorFacts, readDetectorFile, writeDetectorFile } from "./detector_file.ts";
import type { FitContext, Fitted, Options, Photo, Prediction } from "./detector.ts";
import {
  type BuildFromPhoto,
  openPhotoSession,
  photoGraph,
  type PhotoInput,
} from "./photo_graph.ts";

/** What a method gives once it has learnt what is normal. */
export interface FittedParts {
  /** As in reports, for example `patchcore`. */
  readonly name: string;
  /** One, or the members of an ensemble. */
  readonly backbones: readonly Backbone[];
  /** The detector's options, and what only the fit could know. */
  readonly options: Options;
  readonly geometry: Geometry;
  readonly seed: number;
  readonly trainImages: number;
  /**
   * The whole of predict as one graph.
   *
   * @param photo what is tapped of it; its sizes are unknown
   * @returns score: one number; map [H, W], undefined for a method that does not localise
   */
  readonly build: (g: Graph, photo: PhotoInput) => { score: Value; map?: Value };
}

const partsOfFitted = new WeakMap<Fitted, FittedParts>();

/**
 * What a detector was made of, so that an ensemble can put its graph into its own.
 *
 * @throws {TypeError} for a detector that was loaded from a file: that one is a finished graph
 */
export function partsOf(fitted: Fitted): FittedParts {
  const parts = partsOfFitted.get(fitted);
  if (!parts) {
    throw cannot(
      "combine detectors",
      "they must have been fitted here",
      `${fitted.name} was not`,
      TypeError,
    );
  }
  return parts;
}

/**
 * Compiles what a method has learnt.
 *
 * @param context the fit's, for what it says of photos to come
 */
export async function createFitted(
  parts: FittedParts,
  { predicts = "images" }: FitContext = {},
): Promise<Fitted> {
  const { backbones } = parts;
  const facts: DetectorFacts = {
    method: parts.name,
    backbone: backbones.map(({ name }) => name).join("+"),
    options: parts.options,
    geometry: parts.geometry,
    seed: parts.seed,
    trainImages: parts.trainImages,
    licenses: backbones.map(({ name, license, sha256 }) => `${name}: ${license}, ${sha256}`),
  };
  const build: BuildFromPhoto = (g, photo) => {
    const { score, map } = parts.build(g, photo);
    return { score: g.reshape(score, []), ...(map && { map }) };
  };
  const session = await openPhotoSession(build, { first: predicts });
  const fitted = fittedFrom(
    session,
    facts,
    (path) => writeDetectorFile(path, { graph: photoGraph(build), facts }),
  );
  partsOfFitted.set(fitted, parts);
  return fitted;
}

/**
 * A fitted detector from the file that `save` wrote.
 *
 * @throws {SyntaxError} when the file is truncated, was changed, or is not a detector's
 * @throws {RangeError} when it cannot be read, or was made by a newer version
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { loadDetector } from "@kizu/kizu";
 * const path = await Deno.makeTempFile({ suffix: ".onnx" });
 * await assertRejects(() => loadDetector(path), SyntaxError, "must be a detector file");
 * await Deno.remove(path);
 * ```
 */
export async function loadDetector(path: string): Promise<Fitted> {
  const { model, fed, facts, save } = await readDetectorFile(path);
  const session = await openSession(model, { fed });
  const run = (photo: Photo): Promise<NamedTensors> => {
    if (typeof photo === "object" && photo !== null && "tensors" in photo) {
      throw cannot(
        `predict with ${facts.method}`,
        "a detector from a file looks at photos, not at features",
        "features",
        TypeError,
      );
    }
    checkPhoto(photo);
    return session.run({ image: imageTensor(photo) });
  };
  return fittedFrom({ run, dispose: session.dispose }, facts, save);
}

/** A fitted detector over a compiled model. */
function fittedFrom(
  session: {
    readonly run: (photo: Photo) => Promise<NamedTensors>;
    readonly dispose: () => Promise<void>;
  },
  facts: DetectorFacts,
  save: (path: string) => Promise<void>,
): Fitted {
  return Object.freeze({
    name: facts.method,
    backbone: facts.backbone,
    options: facts.options,
    geometry: facts.geometry,
    seed: facts.seed,
    trainImages: facts.trainImages,
    async predict(photo: Photo): Promise<Prediction> {
      const found = await session.run(photo);
      const score = Number(found.score.data[0]);
      const map = found.map && tensor(
        found.map.data as Float32Array,
        [found.map.shape[0], found.map.shape[1]],
      );
      // x − x is 0 for finite numbers and NaN for all others.
      let zero = score - score;
      const numbers = map?.data ?? [];
      for (let i = 0; i < numbers.length; i++) zero += numbers[i] - numbers[i];
      if (zero !== 0) {
        throw cannot(
          `predict with ${facts.method}`,
          "the photo's features must be finite, and their squares",
          Number.isFinite(score) ? "a map that is not" : `score ${score}`,
        );
      }
      return { score, map };
    },
    save,
    dispose: session.dispose,
    [Symbol.asyncDispose]: session.dispose,
  });
}
