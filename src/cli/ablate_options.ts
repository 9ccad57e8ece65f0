/** What `deno task ablate` can be told. */

import { embeddedBackbones } from "../backbones/registry.ts";
import { methodNames, presets } from "../detectors/registry.ts";
import { cannot } from "../errors.ts";
import type { VaryRequest } from "../evaluation/recipes/ablation.ts";
import type { PlanOption } from "../evaluation/runs/plan.ts";
import { type CommandSpec, helpText } from "./arguments.ts";
import { parseOption } from "./given_options.ts";
import { comparisonSpec, geometrySpec, onnxSpec } from "./run_options.ts";
import { wrappedNames } from "./wrapped_names.ts";

/** All options of the command. */
export const ablateSpec = {
  base: {
    kind: "text",
    value: "NAME",
    help: "the recipe that is varied; default: patchcore. Methods:\n" +
      `${methodNames.join(", ")}; presets:\n${wrappedNames(Object.keys(presets))}`,
  },
  backbone: {
    kind: "text",
    value: "A+B",
    help: `${embeddedBackbones.join(", ")} (embedded), a network whose weights are\n` +
      "there (deno task weights list), or a FILE.onnx; default: the first, or the\n" +
      "preset's. + joins several to an ensemble",
  },
  ...onnxSpec,
  option: {
    kind: "list",
    value: "NAME=VALUE,…",
    help: "options of the base: coreset=0.1,levels=stage3+stage5",
  },
  vary: {
    kind: "list",
    value: "NAME=A/B,…",
    help: "what to vary: options of the base, image-size (resize goes with it), crop,\n" +
      "resize, filter, aspect, backbone. A name alone takes its usual values:\n" +
      "coreset=0.001/0.1,neighbours,levels=stage3/stage3+stage4. Default: all that\n" +
      "have usual values",
  },
  list: { kind: "flag", help: "print what would be run, and stop" },
  ...geometrySpec,
  ...comparisonSpec,
} as const satisfies CommandSpec;

/** The help text. */
export const ablateHelp = helpText({
  command: "deno task ablate",
  purpose:
    "Changes one option of a recipe at a time, and prints what each change does, with how\n" +
    "sure that is: every variation is compared with the base on the same photos.",
  spec: ablateSpec,
  notes: [
    "Exit code: 0 done, 1 failed, 2 bad usage or input. Without Deno: npx -y deno@2.9.6 task ablate",
  ],
  examples: [
    ["deno task ablate", "PatchCore's options on the generated data set, nothing to download"],
    [
      "deno task ablate --data ~/mvtec --category cable --vary coreset,neighbours=1/3/9",
      "two options on a category of MVTec AD",
    ],
    ["deno task ablate --base padim-anomalib --list", "what would be run for another base"],
    [
      "deno task ablate --data ~/mvtec --seeds 0..4 --results runs --workers 2",
      "everything on all categories, which can be interrupted",
    ],
  ],
});

/**
 * Options to vary from `coreset=0.001/0.1,neighbours`; a name given twice has both values.
 *
 * @throws {RangeError} for a name or value that is empty
 */
export function parseVary(parts: readonly string[]): VaryRequest {
  const found = new Map<string, readonly PlanOption[] | undefined>();
  for (const part of parts) {
    const [name, ...rest] = part.split("=");
    const text = rest.join("=");
    const words = text.split("/").map((word) => word.trim());
    if (name === "" || (rest.length > 0 && words.includes(""))) {
      throw cannot("read the command", "--vary takes name or name=value/value", `"${part}"`);
    }
    if (rest.length === 0) {
      if (!found.has(name)) found.set(name, undefined);
      continue;
    }
    const values = words.map((word) => parseOption(`${name}=${word}`)[1]);
    found.set(name, [...found.get(name) ?? [], ...values]);
  }
  return found;
}
