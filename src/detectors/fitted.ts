/** A fitted detector from the graph of its predictions: what all methods share. */

import type { Backbone } from "../backbones/backbone.ts";
import { cannot } from "../errors.ts";
import { checkPhoto, type Geometry, imageTensor } from "../image/preprocess.ts";
import { createGraph, type Graph } from "../onnx/graph.ts";
import { separateLarge } from "../onnx/large_constants.ts";
import { openSession, type Session } from "../onnx/session.ts";
import type { Value } from "../onnx/value.ts";
import { tensor } from "../tensor.ts";
import type { Image } from "../types.ts";
import { type DetectorFacts, readDetectorFile, writeDetectorFile } from "./detector_file.ts";
import type { Fitted, Options, Prediction } from "./detector.ts";

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
   * @param photo uint8 [height, width, 3], sizes unknown
   * @returns score: one number; map [H, W], undefined for a method that does not localise
   */
  readonly build: (g: Graph, photo: Value<"uint8">) => { score: Value; map?: Value };
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

/** Compiles what a method has learnt. */
export async function createFitted(parts: FittedParts): Promise<Fitted> {
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
  const graph = (): Graph => {
    const g = createGraph();
    const photo = g.input("image", "uint8", ["height", "width", 3]);
    const { score, map } = parts.build(g, photo);
    g.output("score", g.reshape(score, []));
    if (map) g.output("map", map);
    return g;
  };
  // What was learnt is referred to, not copied: it is fed where it is large, and the graph is
  // built anew for a file.
  const { model, fed } = separateLarge(graph());
  const fitted = fittedFrom(
    await openSession(model, { fed }),
    facts,
    (path) => writeDetectorFile(path, { graph: graph(), facts }),
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
  return fittedFrom(await openSession(model, { fed }), facts, save);
}

/** A fitted detector over a compiled model. */
function fittedFrom(
  session: Session,
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
    async predict(image: Image): Promise<Prediction> {
      checkPhoto(image);
      const found = await session.run({ image: imageTensor(image) });
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
