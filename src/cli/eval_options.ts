/** What `deno task eval` can be told, and the plan that it makes. */

import { dirname, resolve } from "@std/path";
import { embeddedBackbones } from "../backbones/registry.ts";
import type { OnnxSettings } from "../backbones/onnx_settings.ts";
import { methodNames, presets } from "../detectors/registry.ts";
import { cannot, didYouMean } from "../errors.ts";
import { type MethodPlan, parsePlan, type Plan, type PlanOption } from "../evaluation/plan.ts";
import { readFileWhole } from "../files.ts";
import { aspects, type Geometry, maskFilters, resizeFilters } from "../image/preprocess.ts";
import { type CommandSpec, type Given, helpText } from "./arguments.ts";

/** Letters of a line of names in the help. */
const LINE = 76;

/** Names with commas between, as many to a line as there is room for. */
function inLines(names: readonly string[]): string {
  return names.reduce((text, name) => {
    const last = text.length - (text.lastIndexOf("\n") + 1);
    return `${text},${last + name.length + 3 > LINE ? "\n" : " "}${name}`;
  });
}

/** How runs are kept and shared out: the same for every command that runs plans. */
export const runSpec = {
  results: {
    kind: "text",
    value: "DIR",
    help: "keep each finished run there at once; the same command goes on after an\n" +
      "interruption",
  },
  report: {
    kind: "text",
    value: "DIR",
    help: "write DIR/index.html, one page for any browser: tables, curves, every test\n" +
      "photo",
  },
  json: { kind: "text", value: "FILE", help: "write the report as JSON" },
  csv: { kind: "text", value: "FILE", help: "write the report as CSV" },
  cache: {
    kind: "text",
    value: "DIR",
    help: "where features of photos are kept for other methods and later runs; default:\n" +
      "the environment's KIZU_CACHE, else kizu/features in the user's cache folder",
  },
  "cache-size": {
    kind: "number",
    value: "GB",
    help: "what is kept at most, the least used goes first; default: 4",
    range: { least: 0.01, most: 1e5 },
  },
  "no-cache": { kind: "flag", help: "keep nothing: every method reads every photo anew" },
  workers: {
    kind: "number",
    value: "N",
    help: "runs beside each other, each with its share of the cores; default: 1",
    range: { least: 1, most: 64, whole: true },
  },
  memory: {
    kind: "number",
    value: "GB",
    help: "what the runs may take together, by estimate; default: no limit for one at a\n" +
      "time, three quarters of what is free for several",
    range: { least: 0.1, most: 1e5 },
  },
} as const satisfies CommandSpec;

/** Where photos come from. */
export const dataSpec = {
  data: {
    kind: "text",
    value: "DIR",
    help: "MVTec AD's layout, or a folder of own photos (good/ and one folder a defect);\n" +
      "default: the generated data set",
  },
  category: {
    kind: "list",
    value: "A,B|all",
    help: "categories below DIR, or of the generated data set; default: all",
  },
  limit: {
    kind: "number",
    value: "N",
    help: "at most N photos to fit on, and N to test of each defect and of the good ones",
    range: { least: 1, most: 1e6, whole: true },
  },
  "skip-broken": {
    kind: "flag",
    help: "pass over photos that cannot be read, and count them",
  },
} as const satisfies CommandSpec;

/** How photos are looked at. */
export const geometrySpec = {
  "image-size": {
    kind: "number",
    value: "PX",
    help: "side of the centred square that is looked at; default: 224, or the preset's",
    range: { least: 32, most: 4096, whole: true },
  },
  resize: {
    kind: "number",
    value: "PX",
    help: "shorter side before the crop; default: 8/7 of the image size (256 for 224),\n" +
      "or in the preset's proportion",
    range: { least: 32, most: 4096, whole: true },
  },
  filter: {
    kind: "text",
    value: "NAME",
    help: `how photos are resized: ${resizeFilters.join(", ")};\n` +
      "default: bilinear, or the preset's",
  },
  aspect: {
    kind: "text",
    value: "NAME",
    help: "keep resizes the longer side in proportion, stretch makes a square of any\n" +
      "photo; default: keep, or the preset's",
  },
  "mask-filter": {
    kind: "text",
    value: "NAME",
    help: "how true masks are resized: nearest, or official, as the official PatchCore\n" +
      "code, which erodes them; default: nearest",
  },
} as const satisfies CommandSpec;

/** All options of the command. */
export const evalSpec = {
  plan: {
    kind: "text",
    value: "FILE",
    help: "what to run, as JSON (src/evaluation/plan.schema.json), instead of the options\n" +
      "down to --skip-broken",
  },
  data: dataSpec.data,
  category: dataSpec.category,
  method: {
    kind: "list",
    value: "A,B",
    help: `methods: ${methodNames.join(", ")};\n` +
      "default: all of them that the photos are enough for\n" +
      `presets:\n${inLines(Object.keys(presets))}`,
  },
  backbone: {
    kind: "list",
    value: "A,B+C",
    help: `${embeddedBackbones.join(", ")} (embedded), a network whose weights are\n` +
      "there (deno task weights list), or a FILE.onnx; default: the first, or the\n" +
      "preset's. Each method runs on each; + joins several to an ensemble",
  },
  taps: {
    kind: "list",
    value: "A,B|list",
    help: "inner values of a FILE.onnx that become levels; list prints those there are",
  },
  onnx: {
    kind: "list",
    value: "NAME=VALUE,…",
    help: "what a FILE.onnx expects, over its side-car FILE.onnx.json:\n" +
      "normalisation=imagenet, or mean=A+B+C,deviation=A+B+C,scale=255; order=bgr;\n" +
      "layout=nhwc; input=NAME",
  },
  option: {
    kind: "list",
    value: "NAME=VALUE,…",
    help: "options of the methods, as in the library: score=reweighted,neighbours=3;\n" +
      "+ joins several: levels=stage3+stage5; a name given twice runs with both",
  },
  ...geometrySpec,
  coreset: {
    kind: "list",
    value: "SHARE,…",
    help: "share of the patches that PatchCore's memory bank keeps, above 0 and at\n" +
      "most 1; default: 0.01. Several: PatchCore runs with each",
  },
  seed: {
    kind: "number",
    value: "N",
    help: "of everything random in the methods; default: 0",
    range: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  },
  seeds: {
    kind: "text",
    value: "0..4",
    help: "several: a range, or 0,3,7; methods without chance run with the first one only",
  },
  limit: dataSpec.limit,
  "skip-broken": dataSpec["skip-broken"],
  ...runSpec,
  maps: {
    kind: "text",
    value: "DIR",
    help: "write an overlay for each test photo: photo, true defect, heat map; one fixed\n" +
      "colour scale for the whole run (one for each method, as their units differ)",
  },
  help: { kind: "flag", help: "print this and stop" },
} as const satisfies CommandSpec;

/** What was given to `deno task eval`. */
export type EvalGiven = Given<typeof evalSpec>;

/** The help text. */
export const evalHelp = helpText({
  command: "deno task eval",
  purpose:
    "Fits on good photos, then prints how well each method finds the bad ones, how sure that\n" +
    "is, and which methods differ.",
  spec: evalSpec,
  notes: [
    "Exit code: 0 done, 1 failed, 2 bad usage or input. Without Deno: npx -y deno@2.9.6 task eval",
  ],
  examples: [
    ["deno task eval", "the generated data set, nothing to download"],
    [
      "deno task eval --data ~/mvtec --category transistor,cable --report report",
      "two categories of MVTec AD, with a page of every photo",
    ],
    [
      "deno task eval --data ~/mvtec --method padim,patchcore --seeds 0..4 --results runs --workers 2",
      "a matrix of runs that can be interrupted",
    ],
    [
      "deno task eval --data ~/photos/brackets --maps maps",
      "own photos: good/ and a folder for each defect; masks are optional",
    ],
  ],
});

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
const withPaths = (backbone: string, folder = "."): string =>
  backbone.split("+").map((name) => isOnnx(name) ? resolve(folder, name) : name).join("+");

/** What was said of ONNX files; undefined for nothing. `openOnnxBackbone` checks it. */
export function onnxGiven(
  { taps, onnx }: Pick<EvalGiven, "taps" | "onnx">,
): OnnxSettings | undefined {
  if (!taps && !onnx) return undefined;
  const pairs = (onnx ?? []).map(parseOption).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(Number) : value,
  ]);
  return { ...Object.fromEntries(pairs), ...(taps && { taps }) };
}

/** Values by name: one value is an option, several are a grid. */
function optionsAndGrid(
  pairs: readonly (readonly [string, PlanOption])[],
): Pick<MethodPlan, "options" | "grid"> {
  const all = [...Map.groupBy(pairs, ([name]) => name)];
  const one = all.filter(([, values]) => values.length === 1);
  const several = all.filter(([, values]) => values.length > 1);
  return {
    options: Object.fromEntries(one.map(([name, [[, value]]]) => [name, value])),
    grid: Object.fromEntries(several.map(([name, values]) => [name, values.map(([, v]) => v)])),
  };
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

/** PatchCore's coresets. */
function parseCoresets(shares: readonly string[]): readonly (readonly [string, PlanOption])[] {
  return shares.map((text) => {
    const share = /^\d*\.?\d+(e-?\d+)?$/i.test(text) ? Number(text) : NaN;
    if (share > 0 && share <= 1) return ["coreset", share];
    throw cannot("read the command", "--coreset must be a number in 0…1, above 0", `"${text}"`);
  });
}

/** Options that say what to run: a plan says it instead. */
const PLANNED = [
  "data",
  "category",
  "method",
  "backbone",
  "taps",
  "onnx",
  "option",
  "image-size",
  "resize",
  "filter",
  "aspect",
  "mask-filter",
  "coreset",
  "seed",
  "seeds",
  "limit",
  "skip-broken",
] as const;

/**
 * The plan that the command line is, or names.
 *
 * @throws {RangeError | SyntaxError} for values and plans that are malformed or contradict
 */
export async function planOf(given: EvalGiven): Promise<Plan> {
  if (given.plan !== undefined) return await readPlan(given.plan, given);
  if (given.seed !== undefined && given.seeds !== undefined) {
    throw cannot("read the command", "only one of --seed and --seeds may be given", "both");
  }
  const seeds = given.seeds === undefined ? [given.seed ?? 0] : parseSeeds(given.seeds);
  const names = given.method ?? methodNames;
  const isPatchCore = (name: string) =>
    (Object.hasOwn(presets, name) ? presets[name].method : name) === "patchcore";
  if (given.coreset !== undefined && !names.some(isPatchCore)) {
    throw cannot("read the command", "--coreset belongs to patchcore", names.join(", "));
  }
  const pairs = (given.option ?? []).map(parseOption);
  if (given.coreset !== undefined && pairs.some(([name]) => name === "coreset")) {
    throw cannot(
      "read the command",
      "coresets may be given once",
      "--coreset and --option coreset",
    );
  }
  const coresets = given.coreset ? parseCoresets(given.coreset) : [];
  const geometry = geometryGiven(given);
  const maskFilter = maskFilterGiven(given);
  const onnx = onnxGiven(given);
  if (onnx && !given.backbone?.some((name) => name.split("+").some(isOnnx))) {
    throw cannot("read the command", "--taps and --onnx belong to a --backbone FILE.onnx", "none");
  }
  return {
    ...(given.data !== undefined && { data: resolve(given.data) }),
    ...(given.category && { categories: given.category }),
    ...(given.limit !== undefined && { limit: given.limit }),
    ...(given["skip-broken"] && { skipBroken: true }),
    ...(maskFilter && { maskFilter }),
    ...(geometry && { geometry }),
    ...(given.backbone && { backbones: given.backbone.map((one) => withPaths(one)) }),
    ...(onnx && { onnx }),
    seeds,
    methods: names.map((method) => ({
      method,
      ...optionsAndGrid([...(isPatchCore(method) ? coresets : []), ...pairs]),
    })),
  };
}

async function readPlan(path: string, given: EvalGiven): Promise<Plan> {
  const other = PLANNED.find((name) => given[name] !== undefined);
  if (other !== undefined) {
    throw cannot("read the command", "a plan says all that is run", `--plan and --${other}`);
  }
  const plan = parsePlan(new TextDecoder().decode(await readFileWhole(path)), path);
  // A plan may lie beside its photos and networks, wherever the command is given.
  const folder = dirname(path);
  return {
    ...plan,
    ...(plan.data !== undefined && { data: resolve(folder, plan.data) }),
    ...(plan.backbones && { backbones: plan.backbones.map((one) => withPaths(one, folder)) }),
    methods: plan.methods.map((one) =>
      typeof one === "string" || one.backbone === undefined
        ? one
        : { ...one, backbone: withPaths(one.backbone, folder) }
    ),
  };
}
