/** Options of detectors: known names only, each checked before anything runs. */

import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { cannot } from "../errors.ts";

/** The nearest of the choices to a word, for "did you mean …?". */
export function nearestWord(word: string, choices: readonly string[]): string | undefined {
  const distances = choices.map((choice): number => levenshteinDistance(word, choice));
  const least = Math.min(...distances);
  return least <= Math.max(2, word.length / 2) ? choices[distances.indexOf(least)] : undefined;
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
  const known = Object.keys(defaults);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name] of given) {
    if (known.includes(name)) continue;
    const near = nearestWord(name, known);
    throw cannot(
      `configure ${method}`,
      `its options are ${known.join(", ")}`,
      `"${name}"${near ? `; did you mean ${near}?` : ""}`,
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
