/** The growing model: inputs, constants, nodes, outputs. What operators are built on. */

import onnxProto from "onnx-proto";
import type { onnx } from "onnx-proto";
import { cannot } from "../errors.ts";
import { shapeText } from "../tensor.ts";
import {
  type DataOf,
  type Dimension,
  elementCodes,
  type ElementType,
  type TensorOf,
  type Value,
} from "./value.ts";

const { AttributeProto, ModelProto, TensorProto } = onnxProto.onnx;

/** A node's attribute: a whole number or list of them, a real number marked as such, or text. */
export type Attribute = number | readonly number[] | { readonly real: number } | string;

/** One node to add: an ONNX operator with its inputs, attributes and the values it makes. */
export interface NodeOptions {
  readonly operator: string;
  /** Default: ONNX's own. `com.microsoft`: the engine's. */
  readonly domain?: "com.microsoft";
  /** `undefined` leaves an optional input out. */
  readonly inputs: readonly (Value<ElementType> | undefined)[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/**
 * Where a constant's numbers are: in the model's bytes; fed at each run, as an input of the
 * constant's name; or in a file beside the model's, from a byte on.
 */
export type Placement = "inside" | "fed" | { readonly file: string; readonly offset: number };

/** What every operator needs of a graph. */
export interface GraphCore {
  /** A value given at run time; a dimension may be a name such as `"height"`. */
  input<T extends ElementType>(name: string, type: T, shape: readonly Dimension[]): Value<T>;
  /** A fixed tensor inside the model. The data are referred to, not copied. */
  constant<T extends ElementType = "float32">(tensor: TensorOf<T>): Value<T>;
  /** A fixed float32 number, of rank 0. */
  scalar(value: number): Value;
  /** A fixed int64 vector: axes, sizes, starts. */
  integers(values: readonly number[]): Value<"int64">;
  /** A value's result under a name. Its order is the order of the calls. */
  output(name: string, value: Value<ElementType>): void;
  /** Adds a node with one result. */
  node<T extends ElementType>(options: NodeOptions, type: T, shape: readonly Dimension[]): Value<T>;
  /** Adds a node with two results. */
  nodes<A extends ElementType, B extends ElementType>(
    options: NodeOptions,
    first: { readonly type: A; readonly shape: readonly Dimension[] },
    second: { readonly type: B; readonly shape: readonly Dimension[] },
  ): [Value<A>, Value<B>];
  /** Every constant with its name in the model, in the order in which they were added. */
  constants(): readonly { readonly name: string; readonly tensor: TensorOf<ElementType> }[];
  /**
   * The finished model in ONNX's file format, with key-value metadata inside.
   *
   * @param place where the constant of a name is to be; default: all inside
   */
  toModel(
    metadata?: Readonly<Record<string, string>>,
    place?: (name: string) => Placement,
  ): Uint8Array<ArrayBuffer>;
}

/** The operator set: 18 is the first whose Resize can smooth. */
const OPERATOR_SET = 18;
const FORMAT_VERSION = 8;

function elementTypeOf(data: DataOf[ElementType]): ElementType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof BigInt64Array) return "int64";
  throw cannot(
    "use a tensor",
    "its data must be Float32Array, Uint8Array, Int32Array or BigInt64Array",
    Object.prototype.toString.call(data),
    TypeError,
  );
}

/** The element type that a tensor's array stands for. */
export function typeOfTensor<T extends ElementType>(tensor: TensorOf<T>): T {
  return elementTypeOf(tensor.data) as T;
}

function attributeProto(name: string, value: Attribute): onnx.IAttributeProto {
  const kind = AttributeProto.AttributeType;
  if (typeof value === "string") {
    return { name, type: kind.STRING, s: new TextEncoder().encode(value) };
  }
  if (typeof value === "number") return { name, type: kind.INT, i: value };
  if ("real" in value) return { name, type: kind.FLOAT, f: value.real };
  return { name, type: kind.INTS, ints: [...value] };
}

/** The bytes of a tensor's numbers, not copied. */
export function bytesOf({ data }: TensorOf<ElementType>): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function initializer(
  { name, tensor }: { readonly name: string; readonly tensor: TensorOf<ElementType> },
  place: Exclude<Placement, "fed">,
): onnx.ITensorProto {
  const proto = { name, dataType: elementCodes[typeOfTensor(tensor)], dims: [...tensor.shape] };
  if (place === "inside") return { ...proto, rawData: bytesOf(tensor) };
  const entries = {
    location: place.file,
    offset: String(place.offset),
    length: String(tensor.data.byteLength),
  };
  return {
    ...proto,
    dataLocation: TensorProto.DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  };
}

function valueInfo({ name, type, shape }: Value<ElementType>, as = name): onnx.IValueInfoProto {
  return {
    name: as,
    type: {
      tensorType: {
        elemType: elementCodes[type],
        shape: {
          dim: shape.map((d) => typeof d === "number" ? { dimValue: d } : { dimParam: d }),
        },
      },
    },
  };
}

/** A new, empty graph core. */
export function createCore(): GraphCore {
  const owner = Symbol("graph");
  const nodes: onnx.INodeProto[] = [];
  const domains = new Set<string>();
  const fixed: { readonly name: string; readonly tensor: TensorOf<ElementType> }[] = [];
  const inputs: Value<ElementType>[] = [];
  const outputs: { name: string; value: Value<ElementType> }[] = [];
  const constants = new Map<DataOf[ElementType], Value<ElementType>>();
  const vectors = new Map<string, Value<"int64">>();
  let count = 0;

  const make = <T extends ElementType>(
    name: string,
    type: T,
    shape: readonly Dimension[],
  ): Value<T> => Object.freeze({ name, type, shape: Object.freeze([...shape]), owner });

  const own = (operator: string, value: Value<ElementType> | undefined): string => {
    if (value === undefined) return "";
    if (value.owner !== owner) {
      throw cannot(
        `add ${operator}`,
        "its inputs must come from the same graph",
        `${value.name} ${shapeText(value.shape)} is of another one`,
        TypeError,
      );
    }
    return value.name;
  };

  const addNode = (
    { operator, domain, inputs, attributes = {} }: NodeOptions,
    output: readonly string[],
  ) => {
    if (domain !== undefined) domains.add(domain);
    nodes.push({
      opType: operator,
      ...(domain === undefined ? {} : { domain }),
      name: `${operator}_${count}`,
      input: inputs.map((value) => own(operator, value)),
      output: [...output],
      attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
    });
  };

  const core: GraphCore = {
    input(name, type, shape) {
      if (inputs.some((value) => value.name === name)) {
        throw cannot("add an input", "names must differ", `a second "${name}"`, TypeError);
      }
      const value = make(name, type, shape);
      inputs.push(value);
      return value;
    },

    constant<T extends ElementType>(tensor: TensorOf<T>): Value<T> {
      const size = tensor.shape.reduce((product, dimension) => product * dimension, 1);
      if (size !== tensor.data.length) {
        throw cannot(
          "add a constant",
          "its shape's product must be the number of values",
          `${shapeText(tensor.shape)} and ${tensor.data.length} values`,
        );
      }
      const before = constants.get(tensor.data);
      if (before && shapeText(before.shape) === shapeText(tensor.shape)) return before as Value<T>;
      const type = typeOfTensor(tensor);
      const value = make(`constant_${fixed.length}`, type, tensor.shape);
      fixed.push({ name: value.name, tensor });
      constants.set(tensor.data, value);
      return value;
    },

    scalar: (number) => core.constant({ data: Float32Array.of(number), shape: [] }),

    integers(values) {
      const key = values.join();
      let value = vectors.get(key);
      if (!value) {
        value = core.constant<"int64">({
          data: BigInt64Array.from(values, BigInt),
          shape: [values.length],
        });
        vectors.set(key, value);
      }
      return value;
    },

    output(name, value) {
      own("an output", value);
      if (outputs.some((output) => output.name === name)) {
        throw cannot("add an output", "names must differ", `a second "${name}"`, TypeError);
      }
      outputs.push({ name, value });
    },

    node(options, type, shape) {
      const value = make(`${options.operator.toLowerCase()}_${count++}`, type, shape);
      addNode(options, [value.name]);
      return value;
    },

    nodes(options, first, second) {
      const name = `${options.operator.toLowerCase()}_${count++}`;
      const a = make(`${name}_a`, first.type, first.shape);
      const b = make(`${name}_b`, second.type, second.shape);
      addNode(options, [a.name, b.name]);
      return [a, b];
    },

    constants: () => fixed,

    toModel(metadata = {}, place = () => "inside") {
      // An output needs a name of its own: one Identity each, which the engine removes.
      const named = outputs.map(({ name, value }) => ({
        opType: "Identity",
        name: `output_${name}`,
        input: [value.name],
        output: [name],
      }));
      const initializers: onnx.ITensorProto[] = [];
      const fed: Value<ElementType>[] = [];
      for (const constant of fixed) {
        const where = place(constant.name);
        if (where !== "fed") initializers.push(initializer(constant, where));
        else fed.push(make(constant.name, typeOfTensor(constant.tensor), constant.tensor.shape));
      }
      const model = ModelProto.encode({
        irVersion: FORMAT_VERSION,
        producerName: "kizu",
        opsetImport: [
          { domain: "", version: OPERATOR_SET },
          ...[...domains].map((domain) => ({ domain, version: 1 })),
        ],
        metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
        graph: {
          name: "kizu",
          node: [...nodes, ...named],
          initializer: initializers,
          input: [...inputs, ...fed].map((value) => valueInfo(value)),
          output: outputs.map(({ name, value }) => valueInfo(value, name)),
        },
      }).finish();
      // Always memory of its own, never shared: what hashing and writing want.
      return model as Uint8Array<ArrayBuffer>;
    },
  };
  return core;
}
