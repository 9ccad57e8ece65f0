/** Which options of a method say nothing unless another one has a certain value. */

import type { MethodName } from "../../detectors/registry.ts";
import type { PlanOption } from "../runs/plan.ts";

/** Options of a method that were given; what was not has the method's default. */
export type GivenOptions = Readonly<Record<string, PlanOption>>;

/** An option that belongs to another one. */
export interface Dependence {
  readonly option: string;
  /** The option that it belongs to. */
  readonly on: string;
  /** Whether it changes anything beside that value of the other; undefined: its default. */
  readonly used: (value: PlanOption | undefined) => boolean;
  /** Its default is another one for each value of the other option. */
  readonly ownDefault: boolean;
}

/**
 * Methods refuse what would change nothing; so what belongs together has to be changed together.
 * A test holds this table against the methods.
 */
const dependences: Readonly<Partial<Record<MethodName, readonly Dependence[]>>> = {
  "patchcore": [
    {
      option: "levelDimensions",
      on: "pooling",
      used: (value) => value === "official",
      ownDefault: false,
    },
    {
      option: "start",
      on: "sampling",
      used: (value) => value === undefined || value === "greedy",
      ownDefault: false,
    },
    {
      option: "projection",
      on: "sampling",
      used: (value) => value !== "random",
      ownDefault: false,
    },
    {
      option: "reweightingNeighbours",
      on: "score",
      used: (value) => value === "reweighted",
      ownDefault: false,
    },
  ],
  "gaussian-ad": [
    {
      option: "variance",
      on: "reduction",
      used: (value) => value !== undefined && value !== "none",
      ownDefault: true,
    },
  ],
};

/** The options of a method that belong to others. */
export function dependencesOf(method: MethodName): readonly Dependence[] {
  return dependences[method] ?? [];
}

/** Whether an option of a method changes anything beside the others. */
export function isUsed(method: MethodName, option: string, options: GivenOptions): boolean {
  const own = dependencesOf(method).find((one) => one.option === option);
  return own === undefined || own.used(options[own.on]);
}

/**
 * Options with one of them changed. What belonged to its old value alone goes: what the new value
 * has no use for, and what has another default beside it.
 */
export function withOption(
  method: MethodName,
  options: GivenOptions,
  [name, value]: readonly [name: string, value: PlanOption],
): GivenOptions {
  const changed = { ...options, [name]: value };
  const gone = dependencesOf(method)
    .filter(({ on, used, ownDefault }) => on === name && (ownDefault || !used(value)))
    .map(({ option }) => option);
  return Object.fromEntries(Object.entries(changed).filter(([option]) => !gone.includes(option)));
}
