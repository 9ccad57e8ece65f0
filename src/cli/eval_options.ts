/** What `deno task eval` can be told, and the plan that it makes. */

import { dirname, resolve } from "@std/path";
import { embeddedBackbones } from "../backbones/registry.ts";
import { methodNames, presets } from "../detectors/registry.ts";
import { cannot } from "../errors.ts";
import { type MethodPlan, parsePlan, type Plan, type PlanOption } from "../evaluation/runs/plan.ts";
import { readFileWhole } from "../files.ts";
import { type CommandSpec, type Given, helpText } from "./arguments.ts";
import { geometryGiven, maskFilterGiven, parseOption, withPaths } from "./given_options.ts";
import { planFrame } from "./plan_frame.ts";
import { dataSpec, geometrySpec, onnxSpec, runSpec, seedSpec } from "./run_options.ts";
import { wrappedNames } from "./wrapped_names.ts";

/** All options of the command. */
export const evalSpec = {
  plan: {
    kind: "text",
    value: "FILE",
    help: "what to run, as JSON (src/evaluation/runs/plan.schema.json), instead of the options\n" +
      "down to --skip-broken",
  },
  data: dataSpec.data,
  category: dataSpec.category,
  method: {
    kind: "list",
    value: "A,B",
    help: `methods: ${methodNames.join(", ")};\n` +
      "default: all of them that the photos are enough for\n" +
      `presets:\n${wrappedNames(Object.keys(presets))}`,
  },
  backbone: {
    kind: "list",
    value: "A,B+C",
    help: `${embeddedBackbones.join(", ")} (embedded), a network whose weights are\n` +
      "there (deno task weights list), or a FILE.onnx; default: the first, or the\n" +
      "preset's. Each method runs on each; + joins several to an ensemble",
  },
  ...onnxSpec,
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
  ...seedSpec,
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
  const frame = planFrame(given);
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
  return {
    ...frame,
    ...(maskFilter && { maskFilter }),
    ...(geometry && { geometry }),
    ...(given.backbone && { backbones: given.backbone.map((one) => withPaths(one)) }),
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
