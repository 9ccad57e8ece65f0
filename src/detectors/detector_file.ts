/**
 * One file per detector: an ONNX model that holds the whole of predict, from the uint8 photo of
 * any size to map and score, with what it is and where it comes from in its metadata.
 *
 * Plain ONNX Runtime runs the file: input `image`, uint8 [height, width, 3]; outputs `score`, a
 * number, and `map`, float32 [H, W], where the method localises.
 */

import { cannot } from "../errors.ts";
import { readFileWhole, writeFileWhole } from "../files.ts";
import type { Geometry } from "../image/preprocess.ts";
import type { Graph } from "../onnx/graph.ts";
import { openSeal, readSealedMetadata, sealModel } from "../onnx/model_file.ts";
import { version } from "../version.ts";
import type { Options } from "./detector.ts";

/** Goes up when files of before can no longer be read, or files of now not by versions before. */
const FORMAT = 1;

/** What a detector file says of itself. */
export interface DetectorFacts {
  readonly method: string;
  readonly backbone: string;
  readonly options: Options;
  readonly geometry: Geometry;
  readonly seed: number;
  readonly trainImages: number;
  /** Of each backbone: name, SPDX identifier and the SHA-256 of its weights. */
  readonly licenses: readonly string[];
}

/** Writes a detector's graph with its facts, sealed. */
export async function writeDetectorFile(
  path: string,
  g: Graph,
  facts: DetectorFacts,
): Promise<void> {
  const { options, geometry, licenses, ...plain } = facts;
  const model = g.toModel({
    "kizu.format": String(FORMAT),
    "kizu.version": version,
    ...Object.fromEntries(
      Object.entries(plain).map(([name, value]) => [`kizu.${name}`, String(value)]),
    ),
    "kizu.options": JSON.stringify(options),
    "kizu.geometry": JSON.stringify(geometry),
    "kizu.licenses": licenses.join("\n"),
    ...openSeal,
  });
  await sealModel(model);
  await writeFileWhole(path, model);
}

/**
 * A detector file's bytes and facts.
 *
 * @throws {SyntaxError} when the file is truncated, was changed, or is not a detector's
 * @throws {RangeError} when it cannot be read, or was made by a newer version
 */
export async function readDetectorFile(
  path: string,
): Promise<{ readonly model: Uint8Array<ArrayBuffer>; readonly facts: DetectorFacts }> {
  const model = await readFileWhole(path);
  const metadata = await readSealedMetadata(model, path);
  const text = (name: string): string => metadata.get(`kizu.${name}`) ?? "";
  if (Number(text("format")) !== FORMAT) {
    throw cannot(
      `load ${path}`,
      `its format must be ${FORMAT} (this is version ${version})`,
      `format ${text("format")}, made by version ${text("version")}`,
    );
  }
  const facts: DetectorFacts = {
    method: text("method"),
    backbone: text("backbone"),
    options: JSON.parse(text("options")),
    geometry: JSON.parse(text("geometry")),
    seed: Number(text("seed")),
    trainImages: Number(text("trainImages")),
    licenses: text("licenses").split("\n"),
  };
  return { model, facts };
}
