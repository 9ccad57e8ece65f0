/** Options of detectors: known names only, each checked before anything runs. */

import type { Backbone } from "../backbones/backbone.ts";
import { cannot, didYouMean } from "../errors.ts";

/** A value as errors write it: text in quotes, so that "2" is not taken for 2. */
function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/**
 * What every method is made of, for callers whose code was not checked: a backbone and a record.
 *
 * @throws {TypeError}
 */
export function expectInputs(method: string, backbone: Backbone, options: object): void {
  // A promise of a backbone has no level either: it was not awaited.
  if (typeof backbone?.level !== "function") {
    throw cannot(
      `configure ${method}`,
      "its backbone must be one that loadBackbone gave, awaited",
      shown(backbone),
      TypeError,
    );
  }
  expectRecord(method, options);
}

function expectRecord(method: string, options: object): void {
  if (typeof options !== "object" || options === null) {
    throw cannot(
      `configure ${method}`,
      "its options must be a record",
      shown(options),
      TypeError,
    );
  }
}

/**
 * The options given, and the defaults where nothing (or `undefined`) was given.
 *
 * @throws {TypeError} for an option that the method does not have, with the nearest one
 */
export function withDefaults<T extends object>(
  method: string,
  options: Partial<T>,
  defaults: T,
): T {
  expectRecord(method, options);
  const known = Object.keys(defaults);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name] of given) {
    if (known.includes(name)) continue;
    throw cannot(
      `configure ${method}`,
      `its options are ${known.join(", ")}`,
      `"${name}"${didYouMean(name, known)}`,
      TypeError,
    );
  }
  return { ...defaults, ...Object.fromEntries(given) };
}

/** @throws {RangeError} unless the value is a whole number in the range */
export function expectWhole(
  method: string,
  name: string,
  value: number,
  { least, most = Infinity }: { readonly least: number; readonly most?: number },
): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    const range = most === Infinity ? `of at least ${least}` : `in ${least}…${most}`;
    throw cannot(`configure ${method}`, `${name} must be a whole number ${range}`, shown(value));
  }
}

/**
 * @param range in words, for the error
 * @throws {RangeError} unless the value is a number for which the range holds
 */
export function expectNumber(
  method: string,
  name: string,
  value: unknown,
  { range, holds }: { readonly range: string; readonly holds: (value: number) => boolean },
): void {
  if (typeof value !== "number" || !holds(value)) {
    throw cannot(`configure ${method}`, `${name} must be a number ${range}`, shown(value));
  }
}

/** The standard deviation of a map's Gaussian. */
export function expectSigma(method: string, sigma: number): void {
  const holds = (value: number) => value >= 0 && value <= 1000;
  expectNumber(method, "sigma", sigma, { range: "in 0…1000", holds });
}

/** @throws {RangeError} unless the value is a list of levels of the backbone, each once */
export function expectLevels(method: string, backbone: Backbone, levels: unknown): void {
  const names: readonly unknown[] = Array.isArray(levels) ? levels : [];
  if (names.length === 0 || new Set(names).size < names.length) {
    const found = Array.isArray(levels) ? names.join() || "none" : shown(levels);
    throw cannot(
      `configure ${method}`,
      "at least one level is needed, in a list of different levels",
      found,
    );
  }
  for (const name of names) {
    if (typeof name !== "string") {
      throw cannot(`configure ${method}`, "levels must be names", shown(name), TypeError);
    }
    backbone.level(name);
  }
}

/** @throws {RangeError} unless the value is one of the choices */
export function expectOneOf(
  method: string,
  name: string,
  value: unknown,
  choices: readonly unknown[],
): void {
  if (!choices.includes(value)) {
    throw cannot(
      `configure ${method}`,
      `${name} must be one of ${choices.join(", ")}`,
      shown(value),
    );
  }
}

/**
 * Refuses an option that was given but would change nothing beside the others.
 *
 * @param idle whether it would change nothing; `because` says what it belongs to
 * @throws {RangeError}
 */
export function refuseIdle(
  method: string,
  options: object,
  { name, idle, because }: {
    readonly name: string;
    readonly idle: boolean;
    readonly because: string;
  },
): void {
  const value = Object.entries(options).find(([given]) => given === name)?.[1];
  if (idle && value !== undefined) {
    throw cannot(`configure ${method}`, `${name} belongs to ${because}`, `${name} ${value}`);
  }
}
