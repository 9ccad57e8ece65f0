/**
 * One file per detector: an ONNX model that holds the whole of predict, from the uint8 photo of
 * any size to map and score, with what it is and where it comes from in its metadata.
 *
 * Plain ONNX Runtime runs the file: input `image`, uint8 [height, width, 3]; outputs `score`, a
 * number, and `map`, float32 [H, W], where the method localises.
 *
 * An ONNX file holds two gigabytes at most. Where a detector has learnt more, its large tensors are
 * ONNX external data: a second file beside it, named after the first and its own content.
 */

import { basename, dirname, join } from "@std/path";
import { cannot } from "../errors.ts";
import { readFileWhole, writeFileWhole } from "../files.ts";
import { checkGeometry, type Geometry } from "../image/preprocess.ts";
import type { Graph } from "../onnx/graph.ts";
import { planDataFile, type Separated, separateLargeOf } from "../onnx/large_constants.ts";
import { openSeal, openSealedModel, sealModel } from "../onnx/model_file.ts";
import { sha256Hex } from "../sha256.ts";
import { version } from "../version.ts";
import type { Options } from "./detector.ts";

/** Goes up when files of before can no longer be read, or files of now not by versions before. */
const FORMAT = 1;

/** Bytes of constants that one file holds; with the graph and its metadata it stays below 2³¹. */
const LARGEST_INSIDE = 2e9;
const LARGEST_FILE = 2 ** 31;

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

/** A detector as read from its file: ready to compile, and to be written again. */
export interface DetectorFile extends Separated {
  readonly facts: DetectorFacts;
  save(path: string): Promise<void>;
}

/** The second file, when there is one: its name is in the model, its hash in the metadata. */
interface Data {
  readonly name: string;
  readonly sha256: string;
}

/**
 * Writes a detector's graph with its facts, sealed.
 *
 * @param options `largestInside`: bytes of constants from which on they go into a second file;
 * `from`: bytes from which on a constant goes there
 */
export async function writeDetectorFile(
  path: string,
  { graph, facts, largestInside = LARGEST_INSIDE, from }: {
    readonly graph: Graph;
    readonly facts: DetectorFacts;
    readonly largestInside?: number;
    readonly from?: number;
  },
): Promise<void> {
  const bytes = graph.constants().reduce((sum, { tensor }) => sum + tensor.data.byteLength, 0);
  if (bytes <= largestInside) {
    const model = graph.toModel(metadataOf(facts));
    sealModel(model);
    await writeFileWhole(path, model);
    return;
  }
  const { pieces, offsets } = planDataFile(graph, { from });
  const sha256 = sha256Hex(...pieces);
  // The name holds the content's hash: a detector that is overwritten stays whole to the end.
  const data = { name: `${basename(path)}.${sha256.slice(0, 16)}.data`, sha256 };
  await writeFileWhole(join(dirname(path), data.name), pieces);
  const model = graph.toModel(metadataOf(facts, data), (name) => {
    const offset = offsets.get(name);
    return offset === undefined ? "inside" : { file: data.name, offset };
  });
  sealModel(model);
  await writeFileWhole(path, model);
}

function metadataOf(facts: DetectorFacts, data?: Data): Record<string, string> {
  const { options, geometry, licenses, ...plain } = facts;
  return {
    "kizu.format": String(FORMAT),
    "kizu.version": version,
    ...Object.fromEntries(
      Object.entries(plain).map(([name, value]) => [`kizu.${name}`, String(value)]),
    ),
    "kizu.options": JSON.stringify(options),
    "kizu.geometry": JSON.stringify(geometry),
    "kizu.licenses": licenses.join("\n"),
    ...(data && { "kizu.data": data.name, "kizu.dataHash": data.sha256 }),
    ...openSeal,
  };
}

/**
 * A detector's model and facts.
 *
 * @param options `from`: bytes from which on a constant is fed instead of compiled
 * @throws {SyntaxError} when the file is truncated, was changed, or is not a detector's
 * @throws {RangeError} when it cannot be read, its second file is missing, or it was made by a
 * newer version
 */
export async function readDetectorFile(
  path: string,
  { from }: { readonly from?: number } = {},
): Promise<DetectorFile> {
  const bytes = await readFileWhole(path, { most: LARGEST_FILE });
  const { proto, metadata, toModel } = openSealedModel(bytes, path);
  const text = (name: string): string => {
    const found = metadata.get(`kizu.${name}`);
    if (!found) throw cannot(`load ${path}`, `it must say its ${name}`, "nothing", SyntaxError);
    return found;
  };
  if (Number(text("format")) !== FORMAT) {
    throw cannot(
      `load ${path}`,
      `its format must be ${FORMAT} (this is version ${version})`,
      `format ${text("format")}, made by version ${text("version")}`,
    );
  }
  const parsed = <T>(name: string, check: (value: T) => void = () => {}): T => {
    try {
      const value: T = JSON.parse(text(name));
      check(value);
      return value;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw cannot(`load ${path}`, `its ${name} must be as it was written`, reason, SyntaxError);
    }
  };
  const facts: DetectorFacts = {
    method: text("method"),
    backbone: text("backbone"),
    options: parsed("options"),
    geometry: parsed("geometry", checkGeometry),
    seed: Number(text("seed")),
    trainImages: Number(text("trainImages")),
    licenses: text("licenses").split("\n"),
  };
  const name = metadata.get("kizu.data");
  const data = name === undefined
    ? undefined
    : { name, bytes: await readData(path, { name, sha256: text("dataHash") }) };
  const { model, fed } = separateLargeOf(proto, { data: data?.bytes, from });
  return {
    facts,
    model,
    fed,
    async save(to) {
      // The data keep the name that the model knows them by.
      if (data) await writeFileWhole(join(dirname(to), data.name), data.bytes);
      await writeFileWhole(to, toModel());
    },
  };
}

async function readData(path: string, { name, sha256 }: Data): Promise<Uint8Array> {
  const beside = join(dirname(path), basename(name));
  const bytes = await readFileWhole(beside);
  if (sha256Hex(bytes) !== sha256) {
    throw cannot(
      `load ${path}`,
      "its data must be as they were saved",
      `${beside} was changed or cut off`,
      SyntaxError,
    );
  }
  return bytes;
}
