/** Options as lines of a table. */

import { MISSING } from "./numbers.js";

/**
 * Options one below the other: `levels[0]`, `geometry.crop`.
 *
 * @param {unknown} value
 * @param {string} path
 * @returns {(readonly [path: string, value: string])[]}
 */
export function flattened(value, path = "") {
  if (Array.isArray(value)) {
    const plain = value.every((one) => typeof one !== "object" || one === null);
    if (plain) return [[path, value.length === 0 ? "none" : value.join(", ")]];
    return value.flatMap((one, i) => flattened(one, `${path}[${i}]`));
  }
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, one]) =>
      flattened(one, path === "" ? name : `${path}.${name}`)
    );
  }
  return [[path, value === null || value === undefined ? MISSING : String(value)]];
}
