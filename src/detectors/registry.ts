/** Methods by name, in the order of the progression. */

import type { Backbone } from "../backbones/backbone.ts";
import { cannot, didYouMean } from "../errors.ts";
import type { Geometry } from "../image/preprocess.ts";
import type { Detector } from "./detector.ts";
import { patchCore } from "./patchcore.ts";

/** What every method can be told alike. */
export interface SharedOptions {
  readonly geometry?: Geometry;
  readonly seed?: number;
  /** PatchCore's only: share of the patches that the bank keeps. */
  readonly coreset?: number;
}

const methods = {
  patchcore: patchCore,
} satisfies Record<string, (backbone: Backbone, options: SharedOptions) => Detector>;

/** The name of a method, as in the CLI and in reports. */
export type MethodName = keyof typeof methods;

/** Every method there is, in the order in which the field came to them. */
export const methodNames = Object.keys(methods) as readonly MethodName[];

/** @throws {RangeError} for an unknown name, with the nearest one and those there are */
export function checkMethod(name: string): MethodName {
  if (Object.hasOwn(methods, name)) return name as MethodName;
  throw cannot(
    "choose a method",
    `it must be one of ${methodNames.join(", ")}`,
    `"${name}"${didYouMean(name, methodNames)}`,
  );
}

/**
 * A method by name.
 *
 * @throws {RangeError} for an unknown name or an option out of range
 */
export function createDetector(
  name: string,
  backbone: Backbone,
  options: SharedOptions = {},
): Detector {
  return methods[checkMethod(name)](backbone, options);
}
