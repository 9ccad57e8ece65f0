/** A node of a model while it is taken over: its values, its attributes, its constant inputs. */

import onnxProto from "onnx-proto";
import type { onnx } from "onnx-proto";
import { cannot } from "../errors.ts";
import type { Attribute, GraphCore } from "./core.ts";
import type { ElementType, TensorOf, Value } from "./value.ts";

const { AttributeProto } = onnxProto.onnx;

/** A value whose type the builder does not track; shape and type are what the engine finds. */
export type Loose = Value<ElementType>;

/** What a conversion of one node works with. */
export interface NodeParts {
  readonly g: GraphCore;
  readonly proto: onnx.INodeProto;
  readonly operator: string;
  /** `undefined` where an optional input is left out. */
  readonly inputs: readonly (Loose | undefined)[];
  /** Of results, whether anything uses them. */
  readonly used: readonly boolean[];
  /** A constant input's numbers; undefined where it is computed or left out. */
  constant(index: number): TensorOf<ElementType> | undefined;
  attribute(name: string): onnx.IAttributeProto | undefined;
  /** A tensor attribute as a value of the graph. */
  tensor(proto: onnx.ITensorProto): Loose;
  /** A refusal of the node, by name and version. */
  refuse(requirement: string, found: string): Error;
}

/** Adds a node with one result, whatever its type and rank. */
export function loose(
  { g }: Pick<NodeParts, "g">,
  operator: string,
  options: {
    readonly inputs: readonly (Loose | undefined)[];
    readonly attributes?: Readonly<Record<string, Attribute>>;
  },
): Loose {
  return g.node({ operator, ...options }, "float32", []);
}

/** The input that an operator cannot do without. */
export function required(parts: NodeParts, index: number): Loose {
  const value = parts.inputs[index];
  if (value) return value;
  throw parts.refuse(`it must have input ${index}`, "left out");
}

/** An int64 vector as a constant. `g.integers` would round what is beyond 2⁵³. */
export function wholeVector({ g }: Pick<NodeParts, "g">, values: readonly bigint[]): Loose {
  return g.constant<"int64">({ data: BigInt64Array.from(values), shape: [values.length] });
}

/** A list of whole numbers among the attributes. */
export function wholes(parts: NodeParts, name: string): readonly bigint[] | undefined {
  const found = parts.attribute(name)?.ints;
  return found?.map((value) => BigInt(String(value)));
}

/** A whole number among the attributes. */
export function wholeOr(parts: NodeParts, name: string, otherwise: number): number {
  const found = parts.attribute(name);
  return found ? Number(found.i ?? 0) : otherwise;
}

/** A real number among the attributes. */
export function realOr(parts: NodeParts, name: string, otherwise: number): number {
  const found = parts.attribute(name);
  return found ? found.f ?? 0 : otherwise;
}

/** A text among the attributes. */
export function textOr(parts: NodeParts, name: string, otherwise: string): string {
  const found = parts.attribute(name);
  return found ? new TextDecoder().decode(found.s ?? new Uint8Array()) : otherwise;
}

/** An attribute as the builder takes it; undefined where it has no such kind. */
export function plainAttribute(proto: onnx.IAttributeProto): Attribute | undefined {
  const kind = AttributeProto.AttributeType;
  switch (proto.type) {
    case kind.FLOAT:
      return { real: proto.f ?? 0 };
    case kind.INT:
      return Number(proto.i ?? 0);
    case kind.STRING:
      return new TextDecoder().decode(proto.s ?? new Uint8Array());
    case kind.INTS:
      return (proto.ints ?? []).map(Number);
    default:
      return undefined;
  }
}

/** A refusal by the node's name, operator and version. */
export function refusalOf(
  file: string,
  { opset, node }: { readonly opset: number; readonly node: string },
): NodeParts["refuse"] {
  return (requirement, found) =>
    cannot(
      `take over ${file}`,
      requirement,
      `${found}, at ${node} of operator set ${opset}`,
      TypeError,
    );
}
