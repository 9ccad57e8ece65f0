/** What a model's values are, found by running the model as it is, in its own operator set. */

import onnxProto from "onnx-proto";
import { cannot, isRefusal } from "../errors.ts";
import { cutModel, inputOfCut } from "./cut_model.ts";
import { checkConstant } from "./model_constants.ts";
import { separateLargeOf } from "./large_constants.ts";
import type { ModelInput, OnnxModel } from "./read_model.ts";
import { openSession, type Session } from "./session.ts";
import type { ElementType, TensorOf } from "./value.ts";

const { ModelProto } = onnxProto.onnx;

/** Of the models written here; what nodes mean does not depend on it. */
const FORMAT_VERSION = 10;

/** A part of a model, compiled. */
export interface Probe extends AsyncDisposable {
  readonly input: ModelInput;
  /** The shapes of all values; only these leave the engine. */
  shapes(photos: TensorOf<"float32">): Promise<ReadonlyMap<string, readonly number[]>>;
  /** What was asked for of each value, in the order of the names; nothing for `"none"`. */
  values(photos: TensorOf<"float32">): Promise<readonly TensorOf<ElementType>[]>;
}

/**
 * Compiles the part of a model that leads to values.
 *
 * @param names of the values
 * @param options `input`: as in `createGraft`; `numbers`: which ones {@linkcode Probe.values} gives:
 * `"all"`; the `"first"` of each, for its type; or `"none"` (default), where some have none
 * @throws {SyntaxError} when the engine refuses the model, with the file
 * @throws {RangeError | TypeError} as `cutModel` and `inputOfCut`
 */
export async function openProbe(
  model: OnnxModel,
  names: readonly string[],
  { input, numbers = "none" }: {
    readonly input?: string;
    readonly numbers?: "all" | "first" | "none";
  } = {},
): Promise<Probe> {
  const cut = cutModel(model, names);
  const given = inputOfCut(model, cut, { input });
  const nodes = cut.nodes.map((index) => model.nodes[index]);
  const initializer = [...cut.constants].flatMap((name) => model.initializers.get(name) ?? []);
  const inside = nodes.flatMap(({ attribute }) => (attribute ?? []).flatMap(({ t }) => t ?? []));
  for (const constant of [...initializer, ...inside]) checkConstant(constant, model.file);
  // Names that no model has.
  const own = (kind: string, name = "") => `kizu ${kind}/${name}`;
  const zeros = BigInt64Array.of(0n);
  const flat = { name: own("flat"), dataType: 7, dims: [1], int64Data: [-1] };
  const first = {
    name: own("first"),
    dataType: 7,
    dims: [1],
    rawData: new Uint8Array(zeros.buffer),
  };
  const probes = names.flatMap((name) => [
    { opType: "Shape", input: [name], output: [own("shape", name)] },
    ...(numbers !== "first" ? [] : [
      { opType: "Reshape", input: [name, flat.name], output: [own("flat", name)] },
      { opType: "Gather", input: [own("flat", name), first.name], output: [own("first", name)] },
    ]),
  ]);
  const kept = numbers === "none"
    ? []
    : names.map((name) => numbers === "all" ? name : own("first", name));
  const proto = ModelProto.fromObject({
    irVersion: FORMAT_VERSION,
    opsetImport: [
      { domain: "", version: model.opset },
      { domain: "com.microsoft", version: 1 },
    ],
    graph: {
      name: "probe",
      input: [inputProto(given)],
      output: [...names.map((name) => own("shape", name)), ...kept]
        .map((name) => ({ name })),
    },
  });
  Object.assign(proto.graph ?? {}, {
    node: [...nodes, ...probes],
    initializer: [...initializer, ...(numbers === "first" ? [flat, first] : [])],
  });
  const session = await inFile(model.file, () => {
    const { model: bytes, fed } = separateLargeOf(proto);
    return openSession(bytes, { fed });
  });
  const run = (photos: TensorOf<"float32">, wanted: readonly string[]) =>
    session.run({ [given.name]: photos }, wanted);
  return {
    input: given,
    async shapes(photos) {
      const found = await run(photos, names.map((name) => own("shape", name)));
      return new Map(
        names.map((name) => [name, [...found[own("shape", name)].data].map(Number)] as const),
      );
    },
    async values(photos) {
      const found = await run(photos, kept);
      return kept.map((name) => found[name]);
    },
    [Symbol.asyncDispose]: session.dispose,
  };
}

/** The engine's refusal with the file that it is about. */
async function inFile(file: string, open: () => Promise<Session>): Promise<Session> {
  try {
    return await open();
  } catch (error) {
    if (isRefusal(error) && !(error instanceof SyntaxError)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot(`run ${file}`, "ONNX Runtime must accept it", reason, SyntaxError);
  }
}

function inputProto({ name, elementCode, shape }: ModelInput): object {
  const dim = shape?.map((size, axis) =>
    size === undefined ? { dimParam: `size ${axis}` } : { dimValue: size }
  );
  return { name, type: { tensorType: { elemType: elementCode, shape: dim && { dim } } } };
}
