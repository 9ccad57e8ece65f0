/** The one door to ONNX Runtime: no other file imports it. */

// Before the engine: it looks at the environment when it is loaded.
import "./no_telemetry.ts";
import * as runtime from "onnxruntime-node";
import { cannot } from "../errors.ts";
import { shapeText } from "../tensor.ts";
import { typeOfTensor } from "./core.ts";
import type { DataOf, ElementType, TensorOf } from "./value.ts";

/** Named tensors that go into a session or come out of it. */
export type NamedTensors = Readonly<Record<string, TensorOf<ElementType>>>;

/** A compiled model. Dispose of it (`await using`) when done: its memory is not JavaScript's. */
export interface Session extends AsyncDisposable {
  /** Names of the inputs to give at each run, in the model's order. */
  readonly inputs: readonly string[];
  /** Names of the outputs, in the model's order. */
  readonly outputs: readonly string[];
  /**
   * Runs the model. The event loop stands still until it is done.
   * @param feeds one tensor for each input
   * @param wanted the outputs to compute (default: all)
   */
  run(feeds: NamedTensors, wanted?: readonly string[]): Promise<NamedTensors>;
  dispose(): Promise<void>;
}

/** How a model is compiled. */
export interface SessionOptions {
  /** Threads within one operator; default: all cores, or what {@linkcode limitThreads} said. */
  readonly threads?: number;
  /**
   * Let idle threads spin for a moment between operators (default: no). Spinning gains a few
   * percent on a machine of its own, and costs 30 ms at each release of a session.
   */
  readonly spin?: boolean;
  /**
   * Inputs that are the same at every run: large constants, which inside the model the engine
   * would copy more than once. They are referred to, not copied.
   */
  readonly fed?: NamedTensors;
  /**
   * Bytes of constants that the model refers to as external data, by the names of their files: the
   * engine takes them from here, so that they need not be copied into the model first.
   */
  readonly beside?: Readonly<Record<string, Uint8Array>>;
}

let usualThreads = 0;

/**
 * Limits the threads of the sessions that this process or worker opens from now on, for programs
 * that run several engines beside each other.
 *
 * @throws {RangeError} unless it is a whole number of at least 1
 */
export function limitThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    throw cannot("limit threads", "there must be at least 1", String(count));
  }
  usualThreads = count;
}

/** Only real errors are printed: warnings of the engine are not for our readers. */
const SEVERITY_ERROR = 3;

/**
 * Compiles a model.
 *
 * @param model an ONNX file's bytes
 * @throws {SyntaxError} when the engine refuses the model, with the engine's reason
 */
export async function openSession(
  model: Uint8Array,
  { threads = usualThreads, spin = false, fed = {}, beside = {} }: SessionOptions = {},
): Promise<Session> {
  let session: runtime.InferenceSession;
  try {
    session = await runtime.InferenceSession.create(model, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: SEVERITY_ERROR,
      externalData: Object.entries(beside).map(([path, data]) => ({ path, data })),
      extra: { session: { intra_op: { allow_spinning: spin ? "1" : "0" } } },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot("compile a model", "ONNX Runtime must accept it", reason, SyntaxError);
  }
  const always = Object.entries(fed).map(([name, tensor]) => [name, toRuntime(tensor)] as const);
  let open = true;
  const dispose = async () => {
    if (!open) return;
    open = false;
    for (const [, tensor] of always) tensor.dispose();
    await session.release();
  };
  return {
    inputs: session.inputNames.filter((name) => !Object.hasOwn(fed, name)),
    outputs: session.outputNames,
    async run(feeds, wanted = session.outputNames) {
      if (!open) {
        throw cannot("run a model", "its session must be open", "it was disposed of", TypeError);
      }
      const given: Record<string, runtime.Tensor> = {};
      for (const [name, tensor] of Object.entries(feeds)) given[name] = toRuntime(tensor);
      const results = await session.run(
        { ...given, ...Object.fromEntries(always) },
        [...wanted],
      );
      const named: Record<string, TensorOf<ElementType>> = {};
      for (const name of wanted) {
        const { data, dims } = results[name];
        named[name] = { data: data as DataOf[ElementType], shape: dims };
        results[name].dispose();
      }
      for (const tensor of Object.values(given)) tensor.dispose();
      return named;
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

function toRuntime(tensor: TensorOf<ElementType>): runtime.Tensor {
  const type = typeOfTensor(tensor);
  if (tensor.data.buffer instanceof SharedArrayBuffer) {
    throw cannot(
      "feed a tensor",
      "ONNX Runtime wants memory that is not shared",
      `${type} ${shapeText(tensor.shape)} on a SharedArrayBuffer`,
      TypeError,
    );
  }
  const shape = [...tensor.shape];
  switch (type) {
    case "float32":
      return new runtime.Tensor("float32", tensor.data as Float32Array, shape);
    case "uint8":
      return new runtime.Tensor("uint8", tensor.data as Uint8Array, shape);
    case "int32":
      return new runtime.Tensor("int32", tensor.data as Int32Array, shape);
    case "int64":
      return new runtime.Tensor("int64", tensor.data as BigInt64Array, shape);
    default:
      throw cannot(
        "feed a tensor",
        "its type must be float32, uint8, int32 or int64",
        type,
        TypeError,
      );
  }
}

/** The engine's version, for reports. */
export const engineVersion: string = runtime.env.versions.node ?? runtime.env.versions.common;
