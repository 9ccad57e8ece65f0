/** What was given on a command line, as values that plans are made of. */

import { resolve } from "@std/path";
import type { OnnxSettings } from "../backbones/onnx_settings.ts";
import { cannot, didYouMean } from "../errors.ts";
import type { PlanOption } from "../evaluation/runs/plan.ts";
import { aspects, type Geometry, maskFilters, resizeFilters } from "../image/preprocess.ts";
import type { Given } from "./arguments.ts";
import type { geometrySpec } from "./run_options.ts";

/** One of the names that an option can have; undefined where it was not given. */
function choiceOf<const T extends string>(
  option: string,
  name: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (name === undefined) return undefined;
  const choice = choices.find((one) => one === name);
  if (choice !== undefined) return choice;
  throw cannot(
    "read the command",
    `--${option} must be one of ${choices.join(", ")}`,
    `"${name}"${didYouMean(name, choices)}`,
  );
}

/** What was said of the geometry; undefined for nothing. */
export function geometryGiven(
  given: Given<typeof geometrySpec>,
): Partial<Geometry> | undefined {
  const filter = choiceOf("filter", given.filter, resizeFilters);
  const aspect = choiceOf("aspect", given.aspect, aspects);
  const { "image-size": crop, resize } = given;
  if ([crop, resize, filter, aspect].every((part) => part === undefined)) return undefined;
  return {
    ...(crop !== undefined && { crop }),
    ...(resize !== undefined && { resize }),
    ...(filter && { filter }),
    ...(aspect && { aspect }),
  };
}

/** How masks are to be resized; undefined where it was not given. */
export function maskFilterGiven(
  given: Given<typeof geometrySpec>,
): (typeof maskFilters)[number] | undefined {
  return choiceOf("mask-filter", given["mask-filter"], maskFilters);
}

/** Options that are lists even with one entry. */
const LISTS = ["levels"];

/** One `name=value`: a number, true, false, a list joined by +, or else a word. */
export function parseOption(pair: string): readonly [name: string, value: PlanOption] {
  const [name, ...rest] = pair.split("=");
  const value = rest.join("=");
  if (name === "" || value === "") {
    throw cannot("read the command", "--option takes name=value", `"${pair}"`);
  }
  const number = Number(value);
  if (LISTS.includes(name) || (Number.isNaN(number) && value.includes("+"))) {
    return [name, value.split("+")];
  }
  if (value === "true" || value === "false") return [name, value === "true"];
  return [name, Number.isNaN(number) ? value : number];
}

/** Whether a backbone is an ONNX file. */
export const isOnnx = (name: string): boolean => /\.onnx$/i.test(name);

/** Backbones with the paths of files in full, wherever a results folder is gone on with. */
export const withPaths = (backbone: string, folder = "."): string =>
  backbone.split("+").map((part) => part.trim())
    .map((name) => isOnnx(name) ? resolve(folder, name) : name).join("+");

/** What was said of ONNX files; undefined for nothing. `openOnnxBackbone` checks it. */
export function onnxGiven(
  { taps, onnx }: {
    readonly taps: readonly string[] | undefined;
    readonly onnx: readonly string[] | undefined;
  },
): OnnxSettings | undefined {
  if (!taps && !onnx) return undefined;
  const pairs = (onnx ?? []).map(parseOption).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(Number) : value,
  ]);
  return { ...Object.fromEntries(pairs), ...(taps && { taps }) };
}

/** Seeds from `0..4` or `0,3,7`. */
export function parseSeeds(text: string): readonly number[] {
  const range = /^(\d+)\.\.(\d+)$/.exec(text);
  const [first, last] = range ? [Number(range[1]), Number(range[2])] : [0, -1];
  const seeds = range
    ? Array.from({ length: Math.max(0, Math.min(last - first + 1, 1001)) }, (_, i) => first + i)
    : text.split(",").map((part) => /^\d+$/.test(part.trim()) ? Number(part) : NaN);
  const good = seeds.length > 0 && seeds.length <= 1000 && seeds.every(Number.isSafeInteger);
  if (good && new Set(seeds).size === seeds.length) return seeds;
  throw cannot(
    "read the command",
    "--seeds must be a range such as 0..4 or different whole numbers such as 0,3,7",
    `"${text}"`,
  );
}
