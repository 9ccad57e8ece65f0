/** JSON with one spelling for each value, and where two values differ. */

import { cannot } from "../errors.ts";

/** What JSON can hold. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/** What is being done, and the name of the value, for a refusal. */
export interface JsonContext {
  readonly action: string;
  readonly name: string;
}

/** Letters of a value that a refusal shows. */
const SHOWN = 60;

/**
 * A value as JSON with its fields in the order of their names and no spaces, so that equal values
 * have equal bytes. Fields that are undefined are left out. What JSON would lose is refused, not
 * changed; −0 is kept.
 *
 * @throws {TypeError} naming the place of what is not JSON: NaN, a typed array, a Date, a function
 */
export function canonicalJson(value: unknown, { action, name }: JsonContext): string {
  const above = new Set<object>();
  const refuse = (path: string, found: string) =>
    cannot(action, "it must be JSON", `${path} is ${found}`, TypeError);
  const write = (part: unknown, path: string): string => {
    if (part === null || typeof part === "boolean") return String(part);
    if (typeof part === "string") return JSON.stringify(part);
    if (typeof part === "number") {
      if (!Number.isFinite(part)) throw refuse(path, String(part));
      return Object.is(part, -0) ? "-0" : String(part);
    }
    if (typeof part !== "object") {
      throw refuse(path, part === undefined ? "undefined" : `a ${typeof part}`);
    }
    if (above.has(part)) throw refuse(path, "a part of itself");
    above.add(part);
    const text = Array.isArray(part)
      // Array.from, so that holes are seen.
      ? `[${Array.from(part, (item, i) => write(item, `${path}[${i}]`)).join()}]`
      : writeFields(part, path);
    above.delete(part);
    return text;
  };
  const writeFields = (part: object, path: string): string => {
    const parent: unknown = Object.getPrototypeOf(part);
    if (parent !== Object.prototype && parent !== null) {
      throw refuse(path, `a ${Object.prototype.toString.call(part).slice(8, -1)}`);
    }
    const fields = Object.entries(part).filter(([, field]) => field !== undefined);
    return `{${
      fields.sort(([a], [b]) => a < b ? -1 : 1).map(([key, field]) =>
        `${JSON.stringify(key)}:${write(field, fieldPath(path, key))}`
      ).join()
    }}`;
  };
  return write(value, name);
}

/** A value as it is after being written and read. @throws {TypeError} as {@linkcode canonicalJson} */
export function asJson(value: unknown, context: JsonContext): Json {
  return JSON.parse(canonicalJson(value, context));
}

/**
 * The first place where two values differ, as `plan.methods[1]: "padim" here, "spade" there`; or
 * undefined where they are equal.
 */
export function firstDifference(
  { here, there }: { readonly here: Json | undefined; readonly there: Json | undefined },
  path: string,
): string | undefined {
  if (isArray(here) && isArray(there)) {
    for (let i = 0; i < Math.max(here.length, there.length); i++) {
      const found = firstDifference({ here: here[i], there: there[i] }, `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isFields(here) && isFields(there)) {
    for (const key of [...new Set([...Object.keys(here), ...Object.keys(there)])].sort()) {
      const own = (fields: typeof here) => Object.hasOwn(fields, key) ? fields[key] : undefined;
      const parts = { here: own(here), there: own(there) };
      const found = firstDifference(parts, fieldPath(path, key));
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (Object.is(here, there)) return undefined;
  return `${path}: ${shown(here)} here, ${shown(there)} there`;
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isFields(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldPath(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

function shown(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  const text = canonicalJson(value, { action: "show a difference", name: "value" });
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}
