/**
 * The one grammar of every refusal: `Cannot <action> as <requirement>: <what was found>`.
 */

import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** The classes of refusals: TypeError for kind and rank, RangeError for size and value,
 * SyntaxError for malformed bytes. */
export type RefusalClass = typeof TypeError | typeof RangeError | typeof SyntaxError;

const refusals = new WeakSet<object>();

/**
 * Makes an error in the project's grammar, ready to be thrown.
 *
 * @param action what could not be done, in the infinitive: `load mask`
 * @param requirement what has to hold: `it must match its image's size`
 * @param found what was found instead: `image is 900×900, mask 1024×1024 (003_mask.png)`
 * @param kind TypeError for kind and rank, RangeError (default) for size and value, SyntaxError
 * for malformed bytes
 *
 * @example
 * ```ts
 * import { cannot } from "@kizu/kizu";
 * const error = cannot("choose a coreset", "its ratio must be in (0, 1]", "2");
 * console.assert(error.message === "Cannot choose a coreset as its ratio must be in (0, 1]: 2");
 * ```
 */
export function cannot(
  action: string,
  requirement: string,
  found: string,
  kind: RefusalClass = RangeError,
): Error {
  const error = new kind(`Cannot ${action} as ${requirement}: ${found}`);
  refusals.add(error);
  return error;
}

/**
 * A refusal that was made elsewhere, in a worker, with its message as it is.
 *
 * @param name the class: `TypeError`, `RangeError` or `SyntaxError`
 */
export function refusalFrom({ name, message }: { name: string; message: string }): Error {
  const kinds: Readonly<Record<string, RefusalClass>> = { TypeError, RangeError, SyntaxError };
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : RangeError;
  const error = new kind(message);
  refusals.add(error);
  return error;
}

/** Whether an error was made by {@linkcode cannot}: the input's fault, not the program's. */
export function isRefusal(error: unknown): error is Error {
  return typeof error === "object" && error !== null && refusals.has(error);
}

/**
 * `; did you mean …?` with the choice nearest to a word, or nothing where none is near: at most
 * two letters, or half of the word, away.
 */
export function didYouMean(word: string, choices: readonly string[]): string {
  const distances = choices.map((choice): number => levenshteinDistance(word, choice));
  const least = Math.min(...distances);
  return least <= Math.max(2, word.length / 2)
    ? `; did you mean ${choices[distances.indexOf(least)]}?`
    : "";
}
