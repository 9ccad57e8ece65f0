/** Do weights belong to an architecture? Names and shapes are compared before anything is built. */

import { cannot } from "../errors.ts";
import { shapeText } from "../tensor.ts";
import type { StateDict } from "./weights/state_dict.ts";

/** A tensor of a checkpoint: its name and shape. */
export type ExpectedTensor = readonly [name: string, shape: readonly number[]];

/** Architectures whose checkpoints could be taken for each other. */
export interface ArchitectureFamily<N extends string = string> {
  readonly names: readonly N[];
  /** Every tensor that a checkpoint of the architecture holds. */
  tensors(name: N): Iterable<ExpectedTensor>;
}

interface Differences {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly misshapen: readonly string[];
  /** How many tensors were expected. */
  readonly expected: number;
}

/** How many names of each kind an error lists. */
const LISTED = 3;
/** Weights look like an architecture when at most this part of its tensors differ. */
const ALIKE = 0.1;

/**
 * Refuses weights that are not an architecture's: in one message the first few tensors that are
 * missing, too many or of another shape, and which architecture of the family they look like,
 * possibly with a prefix such as `module.` before each name.
 *
 * Counters of batch norms (`….num_batches_tracked`) are never looked at.
 *
 * @param options ignored: names that may be absent, present or of any shape, such as the
 * classifier's, which is never built
 * @throws {RangeError} unless exactly the architecture's tensors are there; O(tensors) where they
 * are, times the family's size where they are not
 */
export function expectTensors<N extends string>(
  weights: StateDict,
  { architecture, family, ignored }: {
    readonly architecture: N;
    readonly family: ArchitectureFamily<N>;
    readonly ignored?: RegExp;
  },
): void {
  const differ = (held: StateDict, name: N) => differences(held, family.tensors(name), ignored);
  const own = differ(weights, architecture);
  if (count(own) === 0) return;
  throw cannot(
    `assemble ${architecture}`,
    `the weights must be its ${own.expected} tensors`,
    `${described(own)}${likeness()}`,
  );

  /** The nearest architecture of the family, if it is near and nearer than the one asked for. */
  function likeness(): string {
    for (const prefix of ["", ...commonPrefix(weights)]) {
      const held = withoutPrefix(weights, prefix);
      let best: N | undefined;
      let least = count(own);
      for (const name of family.names) {
        const found = differ(held, name);
        if (count(found) < Math.min(least, ALIKE * found.expected)) {
          best = name;
          least = count(found);
        }
      }
      if (best !== undefined) {
        const before = prefix === "" ? "" : `, with "${prefix}" before each name`;
        return `; these look like the weights of ${best}${before}`;
      }
    }
    return "";
  }
}

function differences(
  weights: StateDict,
  tensors: Iterable<ExpectedTensor>,
  ignored?: RegExp,
): Differences {
  const looked = (name: string) => !ignored?.test(name) && !name.endsWith(".num_batches_tracked");
  const expected = new Map([...tensors].filter(([name]) => looked(name)));
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const [name, shape] of expected) {
    const found = weights.get(name);
    if (!found) missing.push(name);
    else if (shapeText(found.shape) !== shapeText(shape)) {
      misshapen.push(`${name} ${shapeText(found.shape)} for ${shapeText(shape)}`);
    }
  }
  const extra = [...weights.keys()].filter((name) => looked(name) && !expected.has(name));
  return { missing, extra, misshapen, expected: expected.size };
}

function count({ missing, extra, misshapen }: Differences): number {
  return missing.length + extra.length + misshapen.length;
}

function described({ missing, extra, misshapen }: Differences): string {
  const part = (names: readonly string[], one: string, several: string) => {
    if (names.length === 0) return [];
    const listed = [...names.slice(0, LISTED), ...(names.length > LISTED ? ["…"] : [])].join(", ");
    return [`${names.length} ${names.length === 1 ? one : several} (${listed})`];
  };
  return [
    ...part(missing, "is missing", "are missing"),
    ...part(extra, "is too many", "are too many"),
    ...part(misshapen, "has another shape", "have other shapes"),
  ].join(", ");
}

/** What all names begin with up to a point: `["module."]`, or nothing. */
function commonPrefix(weights: StateDict): string[] {
  const [first = "", ...others] = weights.keys();
  let prefix = first;
  for (const name of others) {
    while (!name.startsWith(prefix)) prefix = prefix.slice(0, -1);
  }
  prefix = prefix.slice(0, prefix.lastIndexOf(".") + 1);
  return prefix === "" ? [] : [prefix];
}

function withoutPrefix(weights: StateDict, prefix: string): StateDict {
  if (prefix === "") return weights;
  return new Map([...weights].map(([name, value]) => [name.slice(prefix.length), value]));
}
