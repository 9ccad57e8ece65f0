/** Options of detectors: known names only, each checked before anything runs. */

import { cannot, didYouMean } from "../errors.ts";

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
    throw cannot(`configure ${method}`, `${name} must be a whole number ${range}`, String(value));
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
      String(value),
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
