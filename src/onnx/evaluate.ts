/** Steps run at once: compiled for the shapes given, cached, and forgotten when not used. */

import { sha256Hex } from "../sha256.ts";
import { typeOfTensor } from "./core.ts";
import { createGraph, type Graph } from "./graph.ts";
import { openSession, type Session } from "./session.ts";
import type { DataOf, ElementType, TensorOf, Value } from "./value.ts";

/** What a step may return: one value, a list, or a record of values. */
export type Values =
  | Value<ElementType>
  | readonly Value<ElementType>[]
  | Readonly<Record<string, Value<ElementType>>>;

/** A step's result with every value become a tensor. */
export type Evaluated<R> = R extends Value<infer T extends ElementType> ? TensorOf<T>
  : {
    readonly [K in keyof R]: R[K] extends Value<infer T extends ElementType> ? TensorOf<T> : never;
  };

/** The values that stand for the tensors given. */
export type ValuesFor<A extends readonly TensorOf<ElementType>[]> = {
  readonly [K in keyof A]: Value<ElementTypeOf<A[K]["data"]>>;
};

type ElementTypeOf<D> = D extends Float32Array ? "float32"
  : D extends Uint8Array ? "uint8"
  : D extends Int32Array ? "int32"
  : D extends BigInt64Array ? "int64"
  : never;

/** How many compiled steps are kept; the one not used for longest goes first. */
export const CACHED_STEPS = 64;

interface Compiled {
  readonly session: Promise<Session>;
  /** Puts the named outputs back into the form that the step returned. */
  readonly assemble: (tensors: Readonly<Record<string, TensorOf<ElementType>>>) => unknown;
  running: number;
  dropped: boolean;
}

const compiled = new Map<string, Compiled>();
const identities = new WeakMap<object, number>();
let nextIdentity = 0;

function identityOf(step: object): number {
  let identity = identities.get(step);
  if (identity === undefined) identities.set(step, identity = nextIdentity++);
  return identity;
}

function isValue(values: Values): values is Value<ElementType> {
  return "owner" in values && typeof values.owner === "symbol";
}

/** Names the step's results as graph outputs; the inverse puts tensors in their places. */
function declareOutputs(g: Graph, values: Values): Compiled["assemble"] {
  if (isValue(values)) {
    g.output("value", values);
    return (tensors) => tensors.value;
  }
  const entries = Object.entries(values);
  for (const [key, value] of entries) g.output(`value_${key}`, value);
  if (Array.isArray(values)) {
    return (tensors) => entries.map(([key]) => tensors[`value_${key}`]);
  }
  return (tensors) => Object.fromEntries(entries.map(([key]) => [key, tensors[`value_${key}`]]));
}

/** From a step and input shapes to what was compiled for exactly these. */
const aliases = new Map<string, string>();
const LONGEST_ALIASES = 4 * CACHED_STEPS;

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
}

async function release(entry: Compiled): Promise<void> {
  const session = await entry.session.catch(() => undefined);
  await session?.dispose();
}

/** Finds or compiles what a step needs; it is held (`running`) until the caller lets go. */
async function acquire(
  // deno-lint-ignore no-explicit-any -- a step's parameters are checked by `evaluate`
  step: (g: Graph, ...values: any[]) => Values,
  tensors: readonly TensorOf<ElementType>[],
): Promise<Compiled> {
  const types = tensors.map(typeOfTensor);
  const signature = tensors.map((t, i) => `${types[i]}[${t.shape}]`).join(";");
  const alias = `${identityOf(step)}:${signature}`;
  const knownKey = aliases.get(alias);
  const known = knownKey === undefined ? undefined : compiled.get(knownKey);
  if (knownKey !== undefined && known) {
    remember(aliases, alias, knownKey);
    remember(compiled, knownKey, known);
    known.running++;
    return known;
  }
  const g = createGraph();
  const inputs = tensors.map((t, i) => g.input(`input_${i}`, types[i], t.shape));
  const result = step(g, ...inputs);
  const assemble = declareOutputs(g, result);
  const model = g.toModel();
  // The model's content is the key, so that a step written inline in a loop is compiled only once;
  // the form of the result is part of it: [a] and a make different models only by name.
  const key = `${Array.isArray(result) ? "list" : "record"}:${sha256Hex(model)}`;
  remember(aliases, alias, key);
  if (aliases.size > LONGEST_ALIASES) aliases.delete(aliases.keys().next().value ?? "");
  let entry = compiled.get(key);
  if (!entry) {
    entry = { session: openSession(model), assemble, running: 0, dropped: false };
    entry.session.catch(() => compiled.delete(key));
  }
  remember(compiled, key, entry);
  entry.running++;
  if (compiled.size > CACHED_STEPS) {
    const [oldestKey, oldest] = compiled.entries().next().value ?? [];
    if (oldestKey !== undefined && oldest) {
      compiled.delete(oldestKey);
      oldest.dropped = true;
      if (oldest.running === 0) await release(oldest);
    }
  }
  return entry;
}

/**
 * Runs a step on tensors and gives back tensors: what makes a notebook cell one line.
 *
 * The step is compiled for the shapes of its tensors and kept for the next call; at most
 * {@linkcode CACHED_STEPS} are kept, so memory stays flat. A step must depend on nothing
 * that changes: it is called once for each combination of shapes, and options it closes over
 * are fixed from then on.
 *
 * @param step a function of a graph and values in it
 * @param tensors one for each value the step takes
 * @returns the step's value, list or record of values, as tensors
 * @throws {RangeError | TypeError} where the step's shapes do not fit, before anything runs
 *
 * @example
 * ```ts
 * import { evaluate, tensor } from "@kizu/kizu";
 * const t = tensor(new Float32Array([3, 4]), [1, 2]);
 * const length = await evaluate((g, x) => g.squareRoot(g.sum(g.multiply(x, x), [1])), t);
 * console.assert(length.data[0] === 5);
 * ```
 */
export async function evaluate<
  const A extends readonly {
    readonly data: DataOf[ElementType];
    readonly shape: readonly number[];
  }[],
  const R extends Values,
>(
  step: (g: Graph, ...values: ValuesFor<A>) => R,
  ...tensors: A
): Promise<Evaluated<R>> {
  const entry = await acquire(step, tensors);
  try {
    const session = await entry.session;
    const feeds = Object.fromEntries(tensors.map((t, i) => [`input_${i}`, t]));
    return entry.assemble(await session.run(feeds)) as Evaluated<R>;
  } finally {
    entry.running--;
    if (entry.dropped && entry.running === 0) await release(entry);
  }
}

/** Lets go of every compiled step; the next evaluation compiles anew. */
export async function clearEvaluationCache(): Promise<void> {
  const entries = [...compiled.values()];
  compiled.clear();
  aliases.clear();
  for (const entry of entries) {
    entry.dropped = true;
    if (entry.running === 0) await release(entry);
  }
}
