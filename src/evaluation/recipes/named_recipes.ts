/** Recipes by name: a method or preset, and how the true masks that it is measured on are resized. */

import { findMethod, type MethodName, methodNames, presets } from "../../detectors/registry.ts";
import type { MaskFilter } from "../../image/preprocess.ts";

/** Whose recipe it is. */
export type RecipeKind = "defaults" | "paper" | "official code" | "re-implementation";

/** A recipe that has a name. */
export interface NamedRecipe {
  readonly name: string;
  readonly method: MethodName;
  readonly kind: RecipeKind;
  readonly about: string;
  /** Of the evaluation that belongs to it. */
  readonly maskFilter: MaskFilter;
}

/** Differs: the official PatchCore code erodes true masks; a detector knows nothing of it. */
const eroding: readonly string[] = ["patchcore-official"];

/** Words at a name's end, and whose code they stand for. */
const owners: readonly (readonly [ending: RegExp, kind: RecipeKind])[] = [
  [/-official$/, "official code"],
  [/-(?:popular|anomalib)$/, "re-implementation"],
];

/** @throws {RangeError} for a name that no method or preset has */
export function namedRecipe(name: string): NamedRecipe {
  const { method, about } = findMethod(name);
  const plain = methodNames.some((one) => one === name);
  return {
    name,
    method,
    kind: plain ? "defaults" : owners.find(([ending]) => ending.test(name))?.[1] ?? "paper",
    about: plain ? "the method as it is here, on the embedded network" : about,
    maskFilter: eroding.includes(name) ? "official" : "nearest",
  };
}

/** All there are, by method. */
export function namedRecipes(): readonly NamedRecipe[] {
  const all = [...methodNames, ...Object.keys(presets)].map(namedRecipe);
  return methodNames.flatMap((method) => all.filter((one) => one.method === method));
}
