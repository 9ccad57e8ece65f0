/** ONNX files of other tools: read with bounds, checked for order and names, external data found. */

import { dirname, join } from "@std/path";
import onnxProto from "onnx-proto";
import type { onnx } from "onnx-proto";
import { cannot } from "../errors.ts";
import { readFileWhole } from "../files.ts";
import { sha256Hex } from "../sha256.ts";
import { elementCodes } from "./value.ts";

const { ModelProto, TensorProto } = onnxProto.onnx;

/** A protobuf message holds two gigabytes at most. */
const LARGEST_FILE = 2 ** 31;
/** Of all files beside the model together; more than any network of maps has. */
const LARGEST_DATA = 2 ** 34;

/** A graph's input as the file declares it; a size that is not fixed is undefined. */
export interface ModelInput {
  readonly name: string;
  /** ONNX's number of the element type; 0 where it is no tensor. */
  readonly elementCode: number;
  /** Undefined where the file declares no rank. */
  readonly shape?: readonly (number | undefined)[];
}

/** A model as read: its nodes in an order in which they can run, constants where they are. */
export interface OnnxModel {
  readonly file: string;
  /** Of the file, and behind it of the files of its external data in the order of their names. */
  readonly sha256: string;
  /** The version of ONNX's own operators. */
  readonly opset: number;
  /** What has to be given; constants that old files list as inputs are left out. */
  readonly inputs: readonly ModelInput[];
  readonly nodes: readonly onnx.INodeProto[];
  /** From a value's name to the index of the node that makes it. */
  readonly makers: ReadonlyMap<string, number>;
  readonly initializers: ReadonlyMap<string, onnx.ITensorProto>;
}

/** A refusal of a file's bytes. */
export function malformedModel(file: string, requirement: string, found: string): Error {
  return cannot(`read ${file}`, requirement, found, SyntaxError);
}

/** ONNX names its own operators' domain in two ways. */
export function isOwnDomain(domain: string | null | undefined): boolean {
  return !domain || domain === "ai.onnx";
}

/**
 * Reads a model and the data beside it. O(bytes); constants stay views of what was read.
 *
 * @throws {SyntaxError} naming the file: truncated, no model, values used before they are made,
 * external data outside the model's folder or beyond their file's end
 * @throws {RangeError} when a file cannot be read or is too large
 */
export async function readOnnxModel(file: string): Promise<OnnxModel> {
  const bytes = await readFileWhole(file, { most: LARGEST_FILE });
  const { graph, opset } = decode(file, bytes);
  const initializers = new Map<string, onnx.ITensorProto>();
  for (const constant of graph.initializer ?? []) {
    const name = constant.name ?? "";
    if (name === "" || initializers.has(name)) {
      throw malformedModel(file, "constants must have names of their own", `"${name}"`);
    }
    initializers.set(name, constant);
  }
  const data = await readExternalData(file, initializers.values());
  const inputs = (graph.input ?? []).filter(({ name }) => !initializers.has(name ?? ""));
  const nodes = graph.node ?? [];
  return {
    file,
    sha256: sha256Hex(bytes, ...data),
    opset,
    inputs: inputs.map(modelInput),
    nodes,
    makers: makersOf(file, nodes, [
      ...inputs.map(({ name }) => name ?? ""),
      ...initializers.keys(),
      ...(graph.sparseInitializer ?? []).map(({ values }) => values?.name ?? ""),
    ]),
    initializers,
  };
}

function decode(
  file: string,
  bytes: Uint8Array,
): { readonly graph: onnx.IGraphProto; readonly opset: number } {
  let proto: onnx.ModelProto;
  try {
    proto = ModelProto.decode(bytes);
  } catch (error) {
    // Deep nesting ends the reader's stack: malformed as well.
    const reason = error instanceof Error ? error.message : String(error);
    throw malformedModel(file, "it must be an ONNX model", `${reason}, ${bytes.length} bytes`);
  }
  const opset = Number(proto.opsetImport?.find(({ domain }) => isOwnDomain(domain))?.version ?? 0);
  if (!proto.graph || (proto.graph.node ?? []).length === 0) {
    const found = `no graph with nodes in its ${bytes.length} bytes`;
    throw malformedModel(file, "it must be an ONNX model", found);
  }
  if (!Number.isSafeInteger(opset) || opset < 1) {
    const found = opset === 0 ? "none: another format, or cut off" : String(opset);
    throw malformedModel(file, "it must say the version of its operators", found);
  }
  return { graph: proto.graph, opset };
}

function modelInput({ name, type }: onnx.IValueInfoProto): ModelInput {
  const shape = type?.tensorType?.shape?.dim?.map(({ dimValue }) => {
    const size = Number(dimValue ?? 0);
    return size > 0 ? size : undefined;
  });
  return { name: name ?? "", elementCode: type?.tensorType?.elemType ?? 0, shape };
}

/** Which node makes what; every value is made once, and before it is used. */
function makersOf(
  file: string,
  nodes: readonly onnx.INodeProto[],
  given: readonly string[],
): ReadonlyMap<string, number> {
  const there = new Set(given);
  const makers = new Map<string, number>();
  nodes.forEach((node, index) => {
    const text = (name: string) => `${JSON.stringify(name)} of node ${index}`;
    for (const name of node.input ?? []) {
      if (name !== "" && !there.has(name)) {
        throw malformedModel(file, "values must be made before they are used", text(name));
      }
    }
    for (const name of node.output ?? []) {
      if (name === "") continue;
      if (there.has(name)) {
        throw malformedModel(file, "values must be made once", text(name));
      }
      there.add(name);
      makers.set(name, index);
    }
  });
  return makers;
}

/** Puts external data into their constants, as views; returns the files' bytes. */
async function readExternalData(
  file: string,
  constants: Iterable<onnx.ITensorProto>,
): Promise<readonly Uint8Array[]> {
  const external = [...constants].filter(({ dataLocation }) =>
    dataLocation === TensorProto.DataLocation.EXTERNAL
  );
  const entries = external.map((constant) => ({ constant, ...placeOf(file, constant) }));
  const locations = [...new Set(entries.map(({ location }) => location))].sort();
  const files = new Map<string, Uint8Array>();
  let room = LARGEST_DATA;
  for (const location of locations) {
    const bytes = await readFileWhole(join(dirname(file), location), { most: room });
    room -= bytes.length;
    files.set(location, bytes);
  }
  for (const { constant, location, offset, length } of entries) {
    const bytes = files.get(location) ?? new Uint8Array();
    const end = offset + (length ?? bytes.length - offset);
    if (offset > bytes.length || end > bytes.length) {
      const found = `${constant.name}: bytes ${offset} to ${end} of ${location}, ${bytes.length}`;
      throw malformedModel(file, "external data must lie in their file", found);
    }
    constant.rawData = bytes.subarray(offset, end);
    constant.dataLocation = TensorProto.DataLocation.DEFAULT;
    constant.externalData = [];
  }
  return locations.map((location) => files.get(location) ?? new Uint8Array());
}

/** Where a constant says its numbers are: in the model's folder or below it, nowhere else. */
function placeOf(
  file: string,
  constant: onnx.ITensorProto,
): { readonly location: string; readonly offset: number; readonly length?: number } {
  const entries = new Map((constant.externalData ?? []).map(({ key, value }) => [key, value]));
  const location = entries.get("location") ?? "";
  const parts = location.split(/[/\\]/);
  const within = location !== "" && !/^[/\\]|^[A-Za-z]:|\0/.test(location) && !parts.includes("..");
  if (!within) {
    const found = `${constant.name} is in ${JSON.stringify(location)}`;
    throw malformedModel(file, "external data must lie in the model's folder", found);
  }
  const whole = (key: string): number | undefined => {
    const text = entries.get(key);
    if (text === undefined || text === null) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
      const found = `${constant.name}: ${JSON.stringify(text)}`;
      throw malformedModel(file, `the ${key} of external data must be a whole number`, found);
    }
    return value;
  };
  return { location, offset: whole("offset") ?? 0, length: whole("length") };
}

/** An element type as texts call it. */
export function elementName(code: number): string {
  const own = Object.entries(elementCodes).find(([, known]) => known === code)?.[0];
  const other = Object.entries(TensorProto.DataType).find(([, known]) => known === code)?.[0];
  return own ?? other?.toLowerCase() ?? `element type ${code}`;
}
