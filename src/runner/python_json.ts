/** JSON to the letter as Jupyter writes it, so that a file saved by either has the same bytes. */

/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonRecord;
/** A JSON object. */
export interface JsonRecord {
  readonly [name: string]: Json;
}

/**
 * A value as Python's `json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)`: one space
 * for each level, keys in the order of their code points, `1e-05` where JavaScript has `0.00001`.
 *
 * Cost: O(n log n) for n characters.
 */
export function pythonJson(value: Json, indent = ""): string {
  if (typeof value === "number") return pythonNumber(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const deeper = `${indent} `;
  const wrapped = (parts: readonly string[], [open, close]: string) =>
    parts.length === 0
      ? open + close
      : `${open}\n${deeper}${parts.join(`,\n${deeper}`)}\n${indent}${close}`;
  if (isList(value)) return wrapped(value.map((part) => pythonJson(part, deeper)), "[]");
  const names = Object.keys(value).sort(byCodePoint);
  return wrapped(
    names.map((name) => `${JSON.stringify(name)}: ${pythonJson(value[name], deeper)}`),
    "{}",
  );
}

/** `Array.isArray` that keeps read-only lists apart from records. */
function isList(value: readonly Json[] | JsonRecord): value is readonly Json[] {
  return Array.isArray(value);
}

function byCodePoint(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = (x[i].codePointAt(0) ?? 0) - (y[i].codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

/** Both languages write the shortest digits that are read back as the same number; the point and
 * the exponent differ. */
function pythonNumber(value: number): string {
  if (!Number.isFinite(value)) return "null";
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return JSON.stringify(value);
  const [digits, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 16) return JSON.stringify(value);
  const sign = power < 0 ? "-" : "+";
  return `${digits}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** A text's lines, each with its ending, cut where Python's `splitlines(True)` cuts. */
export function pythonLines(text: string): string[] {
  // deno-lint-ignore no-control-regex -- these are the separators that Python knows
  return text.match(/.*?(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])|.+$/gs) ?? [];
}
