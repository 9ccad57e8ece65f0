/** The part of a model that leads to chosen values; everything else is cut away. */

import onnxProto from "onnx-proto";
import type { onnx } from "onnx-proto";
import { cannot, didYouMean } from "../errors.ts";
import { NEWEST_OPSET, OLDEST_OPSET } from "./operator_versions.ts";
import { elementName, isOwnDomain, type ModelInput, type OnnxModel } from "./read_model.ts";
import { elementCodes } from "./value.ts";

const { AttributeProto } = onnxProto.onnx;

/** What is left of a model. */
export interface Cut {
  /** Indices of the nodes kept, in the model's order. */
  readonly nodes: readonly number[];
  /** Names of the constants that they use. */
  readonly constants: ReadonlySet<string>;
  /** Names of the model's inputs that they need. */
  readonly needed: ReadonlySet<string>;
}

/** The node's place in words: its own name where it has one. */
export function nodeText(model: OnnxModel, index: number): string {
  const { name, opType } = model.nodes[index];
  return `node ${name ? JSON.stringify(name) : index} (${
    JSON.stringify(opType ?? "").slice(1, -1)
  })`;
}

/**
 * The nodes that lead to the values named. O(nodes).
 *
 * @throws {RangeError} for a name that no node's result has, with the nearest that one has
 * @throws {TypeError} for a node that no graph here can hold: of another domain, a function of the
 * file's own, control flow, sequences and optionals
 */
export function cutModel(model: OnnxModel, names: readonly string[]): Cut {
  const kept = new Set<number>();
  const constants = new Set<string>();
  const needed = new Set<string>();
  const pending = names.map((name) => makerOf(model, name));
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    if (kept.has(index)) continue;
    kept.add(index);
    const reason = notForGraphs(model.nodes[index]);
    if (reason !== undefined) {
      throw cannot(
        `take over ${model.file}`,
        "up to the values chosen it must be a plain graph of ONNX's operators",
        `${nodeText(model, index)} ${reason}`,
        TypeError,
      );
    }
    for (const name of model.nodes[index].input ?? []) {
      const maker = model.makers.get(name);
      if (maker !== undefined) pending.push(maker);
      else if (model.initializers.has(name)) constants.add(name);
      else if (model.inputs.some((input) => input.name === name)) needed.add(name);
      else if (name !== "") {
        const found = `${JSON.stringify(name)} of ${nodeText(model, index)}`;
        throw cannot(`take over ${model.file}`, "its constants must be dense", found, TypeError);
      }
    }
  }
  return { nodes: [...kept].sort((a, b) => a - b), constants, needed };
}

function makerOf(model: OnnxModel, name: string): number {
  const found = model.makers.get(name);
  if (found !== undefined) return found;
  const names = [...model.makers.keys()];
  const other = model.initializers.has(name)
    ? ", which is a constant"
    : model.inputs.some((input) => input.name === name)
    ? ", which is an input"
    : didYouMean(name, names);
  throw cannot(
    `take a value of ${model.file}`,
    `it must be one of the ${names.length} that the model's nodes make`,
    `"${name}"${other}`,
  );
}

/** Why a node cannot be taken over, whatever its version is. */
function notForGraphs(node: onnx.INodeProto): string | undefined {
  const operator = node.opType ?? "";
  if (!isOwnDomain(node.domain) && node.domain !== "com.microsoft") {
    return `is of the domain ${node.domain}`;
  }
  if (/Sequence|^Optional/.test(operator) && operator !== "ReverseSequence") {
    return "is about sequences or optional values";
  }
  for (const { name, type, g, graphs, refAttrName } of node.attribute ?? []) {
    const holdsGraph = type === AttributeProto.AttributeType.GRAPH ||
      type === AttributeProto.AttributeType.GRAPHS || g || graphs?.length;
    if (holdsGraph) return `is control flow: a graph of its own in "${name}"`;
    if (refAttrName) return `takes "${name}" from a function around it`;
  }
  return undefined;
}

/** @throws {RangeError} unless the model's operator set is one whose differences are known */
export function expectKnownOpset({ file, opset }: OnnxModel): void {
  if (opset >= OLDEST_OPSET && opset <= NEWEST_OPSET) return;
  const range = `${OLDEST_OPSET}…${NEWEST_OPSET}`;
  throw cannot(`take over ${file}`, `its operator set must be in ${range}`, String(opset));
}

/**
 * The one input that a cut needs: the one named, or the only one there is.
 *
 * @throws {RangeError | TypeError} when it needs several or none, or one that is no float32 map
 */
export function inputOfCut(
  model: OnnxModel,
  { needed }: Cut,
  { input }: { readonly input?: string } = {},
): ModelInput {
  const action = `take over ${model.file}`;
  const names = model.inputs.map(({ name }) => name);
  if (input !== undefined && !names.includes(input)) {
    const found = `"${input}"${didYouMean(input, names)}`;
    throw cannot(action, `its inputs are ${names.join(", ") || "none"}`, found);
  }
  const wanted = names.filter((name) => needed.has(name));
  const others = wanted.filter((name) => name !== input);
  const chosen = input ?? (others.length === 1 ? others[0] : undefined);
  const beside = others.filter((name) => name !== chosen);
  const found = model.inputs.find(({ name }) => name === chosen && needed.has(name));
  if (!found || beside.length > 0) {
    throw cannot(
      action,
      "the values chosen must depend on one input, the photos",
      `they depend on ${wanted.join(", ") || "none"}`,
    );
  }
  const { name, elementCode, shape } = found;
  if (elementCode !== elementCodes.float32) {
    const other = `"${name}" is ${elementName(elementCode)}`;
    throw cannot(action, "its input must be float32", other, TypeError);
  }
  if (shape && shape.length !== 4) {
    const other = `"${name}" has rank ${shape.length}`;
    throw cannot(action, "its input must be photos, of rank 4", other, TypeError);
  }
  return found;
}
