/** A model of another tool, taken over into a graph of ours up to chosen values. */

import { cannot } from "../errors.ts";
import { conversionOf } from "./convert_node.ts";
import type { Attribute, GraphCore } from "./core.ts";
import { cutModel, expectKnownOpset, inputOfCut, nodeText } from "./cut_model.ts";
import { type ModelConstant, modelConstant } from "./model_constants.ts";
import {
  type Loose,
  loose,
  type NodeParts,
  plainAttribute,
  refusalOf,
  textOr,
} from "./node_parts.ts";
import { isOtherMode, laterAttribute, unchangedFrom } from "./operator_versions.ts";
import { isOwnDomain, type OnnxModel } from "./read_model.ts";
import type { ElementType, TensorOf, Value } from "./value.ts";

/** A model ready to be put into graphs. Its constants are converted once, and referred to then. */
export interface Graft {
  /**
   * Adds the nodes that lead to the values named, under names of the graph's own, so that several
   * models fit into one. The values' type and shape are not known to the builder: see
   * {@linkcode shapedMap}.
   *
   * @param input what stands for the model's input
   * @param names each a value that a node makes
   * @returns one value for each name, in the order of the names
   */
  build(g: GraphCore, input: Value, names: readonly string[]): Loose[];
}

/**
 * Prepares a model for grafting.
 *
 * Operators keep their node where they mean the same in our operator set; where only their form
 * changed, or they are a formula, they are written anew; all others are refused by name.
 *
 * @param options `input`: the model's input, where the values depend on several
 * @throws {RangeError} for an operator set that is not known
 */
export function createGraft(
  model: OnnxModel,
  { input }: { readonly input?: string } = {},
): Graft {
  expectKnownOpset(model);
  const converted = new Map<object, ModelConstant>();
  const read = (proto: Parameters<typeof modelConstant>[0]): ModelConstant => {
    let found = converted.get(proto);
    if (!found) converted.set(proto, found = modelConstant(proto, model.file));
    return found;
  };

  return {
    build(g, photos, names) {
      const cut = cutModel(model, names);
      const given = inputOfCut(model, cut, { input });
      const values = new Map<string, Loose>([[given.name, photos]]);
      const constants = new Map<string, TensorOf<ElementType>>();
      const add = (name: string, { tensor, castTo }: ModelConstant): Loose => {
        const held: Loose = g.constant<ElementType>(tensor);
        const value = castTo === undefined
          ? held
          : loose({ g }, "Cast", { inputs: [held], attributes: { to: castTo } });
        if (name !== "") {
          values.set(name, value);
          constants.set(name, tensor);
        }
        return value;
      };
      for (const name of cut.constants) {
        const proto = model.initializers.get(name);
        if (proto) add(name, read(proto));
      }
      const used = new Set([...names, ...cut.nodes.flatMap((i) => model.nodes[i].input ?? [])]);
      for (const index of cut.nodes) {
        const proto = model.nodes[index];
        const operator = proto.opType ?? "";
        const inputs = (proto.input ?? []).map((name) => name === "" ? undefined : name);
        const attributes = new Map((proto.attribute ?? []).map((a) => [a.name ?? "", a]));
        const outputs = proto.output ?? [];
        const parts: NodeParts = {
          g,
          proto,
          operator,
          inputs: inputs.map((name) => name === undefined ? undefined : values.get(name)),
          used: outputs.map((name) => used.has(name)),
          constant: (i) => constants.get(inputs[i] ?? ""),
          attribute: (name) => attributes.get(name),
          tensor: (tensor) => add("", read(tensor)),
          refuse: refusalOf(model.file, { opset: model.opset, node: nodeText(model, index) }),
        };
        if (operator === "Constant") {
          add(outputs[0] ?? "", constantNode(parts, read));
          continue;
        }
        const own = isOwnDomain(proto.domain);
        const convert = own ? conversionOf(operator, model.opset) : undefined;
        const found = convert ? convert(parts) : sameNode(parts, model.opset);
        outputs.forEach((name, i) => {
          const value = found[i];
          if (value) values.set(name, value);
          else if (parts.used[i]) throw parts.refuse("only two results can be used", name);
        });
      }
      return names.flatMap((name) => values.get(name) ?? []);
    },
  };
}

/** A constant that a node holds, in one of its forms. */
function constantNode(parts: NodeParts, read: (proto: object) => ModelConstant): ModelConstant {
  const [attribute] = parts.proto.attribute ?? [];
  switch (attribute?.name) {
    case "value":
      if (attribute.t) return read(attribute.t);
      break;
    case "value_float":
      return { tensor: { data: Float32Array.of(attribute.f ?? 0), shape: [] } };
    case "value_floats": {
      const data = Float32Array.from(attribute.floats ?? []);
      return { tensor: { data, shape: [data.length] } };
    }
    case "value_int":
      return { tensor: { data: BigInt64Array.of(BigInt(String(attribute.i ?? 0))), shape: [] } };
    case "value_ints": {
      const data = BigInt64Array.from(attribute.ints ?? [], (value) => BigInt(String(value)));
      return { tensor: { data, shape: [data.length] } };
    }
  }
  throw parts.refuse("a constant must be dense numbers", `"${attribute?.name ?? "nothing"}"`);
}

/** @throws {TypeError} unless a node's operator means the same in our operator set */
function expectUnchanged(parts: NodeParts, opset: number): void {
  const { operator } = parts;
  const from = unchangedFrom(operator);
  if (from === undefined || opset < from) {
    const requirement = from === undefined
      ? "its operators must be known in operator set 18"
      : `${operator} must be as it is from operator set ${from} on`;
    throw parts.refuse(requirement, operator);
  }
  if (operator === "BatchNormalization" && parts.attribute("training_mode")?.i) {
    const training = Number(parts.attribute("training_mode")?.i ?? 0);
    if (training !== 0) {
      throw parts.refuse(
        "it must be a network that is not in training",
        `training_mode ${training}`,
      );
    }
  }
}

/** The node as it is. */
function sameNode(parts: NodeParts, opset: number): readonly Loose[] {
  const { g, operator } = parts;
  const domain = isOwnDomain(parts.proto.domain) ? undefined : "com.microsoft";
  if (domain === undefined) expectUnchanged(parts, opset);
  const attributes = attributesOf(parts);
  const inputs = operator === "Resize" ? withoutEmpty(parts) : parts.inputs;
  if (!parts.used[1]) {
    return [g.node({ operator, domain, inputs, attributes }, "float32", [])];
  }
  const any = { type: "float32", shape: [] } as const;
  return g.nodes({ operator, domain, inputs, attributes }, any, any);
}

function attributesOf(parts: NodeParts): Record<string, Attribute> {
  const { operator } = parts;
  const found: Record<string, Attribute> = {};
  for (const proto of parts.proto.attribute ?? []) {
    const name = proto.name ?? "";
    const value = plainAttribute(proto);
    if (value === undefined) {
      throw parts.refuse("attributes must be numbers, whole lists or texts", `"${name}"`);
    }
    const silent = laterAttribute(operator, name);
    const shown = typeof value === "object" && "real" in value ? value.real : value;
    if (silent !== undefined) {
      const ones = Array.isArray(shown) && shown.every((one) => one === 1);
      if (silent === "ones" ? ones : shown === silent) continue;
      throw parts.refuse(`${operator} must be as in operator set 18`, `${name} ${shown}`);
    }
    if (isOtherMode(operator, name, textOr(parts, name, ""))) {
      throw parts.refuse(`${operator} must be as in operator set 18`, `${name} ${shown}`);
    }
    found[name] = value;
  }
  return found;
}

/** Old exports fill optional inputs of Resize with constants of no numbers. */
function withoutEmpty(parts: NodeParts): readonly (Loose | undefined)[] {
  return parts.inputs.map((value, i) => parts.constant(i)?.data.length === 0 ? undefined : value);
}

/**
 * A grafted value as the float32 map that it was found to be. The engine refuses to run where it
 * has another number of values: a promise that is not kept is never a wrong result.
 */
export function shapedMap(
  g: GraphCore,
  value: Loose,
  shape: readonly [Value["shape"][number], number, number, number],
): Value {
  const [batch, ...rest] = shape;
  // Reshape copies a dimension that is given as 0.
  const sizes = g.integers([typeof batch === "number" ? batch : 0, ...rest]);
  if (rest.some((size) => !Number.isInteger(size) || size < 1)) {
    throw cannot("shape a map", "its sizes must be whole numbers above 0", `[${shape}]`);
  }
  return g.node({ operator: "Reshape", inputs: [value, sizes] }, "float32", shape);
}
