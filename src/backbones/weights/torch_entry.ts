/** Which dict of a checkpoint is the state dict? */

import { cannot } from "../../errors.ts";
import {
  isKind,
  kindOf,
  type PickleDict,
  type PickleTensor,
  type PickleValue,
  tensorOf,
} from "./pickle_values.ts";

/**
 * The state dict in what a file holds: the only dict, at any depth, that has tensors as values;
 * or the one that `entry` names, as a path of keys such as `"state_dict"` or `"model/ema"`.
 * Visits every dict once, however they refer to each other. O(entries).
 *
 * @throws {TypeError} when nothing or something else is there, or a name is no text
 * @throws {RangeError} when several dicts hold tensors, with their paths
 */
export function stateDictIn(
  root: PickleValue,
  { entry, file }: { readonly entry?: string; readonly file: string },
): Map<string, PickleTensor> {
  const found = entry === undefined ? onlyDict(root, file) : follow(root, entry, file);
  const tensors = new Map<string, PickleTensor>();
  for (const [name, value] of found.entries) {
    const tensor = tensorOf(value);
    if (typeof name !== "string" || tensor === undefined) {
      throw cannot(
        "read PyTorch weights",
        "a state dict holds tensors under names",
        `${String(typeof name === "object" ? kindOf(name) : name)} is ${kindOf(value)} (${file})`,
        TypeError,
      );
    }
    tensors.set(name, tensor);
  }
  return tensors;
}

function follow(root: PickleValue, entry: string, file: string): PickleDict {
  let value: PickleValue | undefined = root;
  for (const key of entry.split("/")) {
    value = isKind(value, "dict") ? value.entries.get(key) : undefined;
    if (value === undefined) break;
  }
  if (value !== undefined && isKind(value, "dict")) return value;
  const keys = isKind(root, "dict")
    ? [...root.entries.keys()].filter((key) => typeof key === "string").slice(0, 10).join(", ")
    : kindOf(root);
  throw cannot(
    "read PyTorch weights",
    `its entry ${JSON.stringify(entry)} must be a dict`,
    `the file has ${keys} (${file})`,
    TypeError,
  );
}

function onlyDict(root: PickleValue, file: string): PickleDict {
  const seen = new Set<PickleDict>();
  const waiting: { dict: PickleDict; path: string }[] = [];
  const withTensors: { dict: PickleDict; path: string }[] = [];
  if (isKind(root, "dict")) waiting.push({ dict: root, path: "" });
  for (let at = 0; at < waiting.length; at++) {
    const { dict, path } = waiting[at];
    if (seen.has(dict)) continue;
    seen.add(dict);
    let hasTensor = false;
    for (const [key, value] of dict.entries) {
      if (tensorOf(value) !== undefined) hasTensor = true;
      else if (isKind(value, "dict") && typeof key !== "object" && !seen.has(value)) {
        // Paths are for the reader of an error; in a deep chain they would grow without use.
        const step = path.length < 200 ? `${path}/${key}` : path;
        waiting.push({ dict: value, path: step });
      }
    }
    if (hasTensor) withTensors.push({ dict, path });
  }
  if (withTensors.length === 0) {
    throw cannot(
      "read PyTorch weights",
      "the file must hold a dict of tensors",
      `${kindOf(root)} without one (${file})`,
      TypeError,
    );
  }
  if (withTensors.length > 1) {
    const paths = withTensors.slice(0, 5).map(({ path }) => path.slice(1) || "the file's own dict");
    throw cannot(
      "read PyTorch weights",
      "several dicts hold tensors and entry must name one",
      `${paths.join(", ")}${withTensors.length > 5 ? ", …" : ""} (${file})`,
    );
  }
  return withTensors[0].dict;
}
