/** What `deno task recipe-diff` can be told. */

import { cannot } from "../errors.ts";
import { type CommandSpec, helpText } from "./arguments.ts";
import { comparisonSpec, geometrySpec, onnxSpec } from "./run_options.ts";

/** All options of the command. */
export const recipeDiffSpec = {
  from: { kind: "text", value: "NAME", help: "the first recipe, instead of the first word" },
  to: { kind: "text", value: "NAME", help: "the other one, instead of the second word" },
  list: {
    kind: "flag",
    help: "print the recipes there are, or for two of them the steps between, and stop",
  },
  backbone: {
    kind: "text",
    value: "A+B",
    help: "instead of both recipes' own, where the weights of the papers' networks are not\n" +
      "there (deno task weights list); + joins several to an ensemble",
  },
  ...onnxSpec,
  "image-size": {
    ...geometrySpec["image-size"],
    help: "side of the centred square that is looked at, instead of both recipes' own",
  },
  resize: {
    ...geometrySpec.resize,
    help: "shorter side before the crop, instead of both recipes' own; default with\n" +
      "--image-size: in each recipe's proportion",
  },
  filter: {
    ...geometrySpec.filter,
    help: "how photos are resized, instead of both recipes' own: bilinear, bicubic, lanczos",
  },
  aspect: {
    ...geometrySpec.aspect,
    help: "keep or stretch, instead of both recipes' own",
  },
  "mask-filter": {
    ...geometrySpec["mask-filter"],
    help: "how true masks are resized, instead of both recipes' own: nearest or official",
  },
  ...comparisonSpec,
} as const satisfies CommandSpec;

/** The help text. */
export const recipeDiffHelp = helpText({
  command: "deno task recipe-diff A B",
  purpose:
    "Walks from one recipe to another of the same method, one switch at a time, and prints what\n" +
    "each switch does: why two published numbers of one method differ.",
  spec: recipeDiffSpec,
  notes: [
    "Recipes are methods and presets, papers', official codes' and re-implementations' (--list).\n" +
    "A recipe is its detector and the masks that it is measured on: the official PatchCore code\n" +
    "erodes them. Order: photos, masks, network, levels, pooling, coreset, search, score, map. What\n" +
    "belongs to an option, or could not be without it, moves with it.",
    "Exit code: 0 done, 1 failed, 2 bad usage or input. Without Deno: npx -y deno@2.9.6 task\n" +
    "recipe-diff",
  ],
  examples: [
    ["deno task recipe-diff --list", "the recipes there are"],
    ["deno task recipe-diff patchcore-2021 patchcore-official", "on the generated data set"],
    [
      "deno task recipe-diff padim-paper padim-anomalib --backbone efficientnet_lite0 --list",
      "the steps only",
    ],
    [
      "deno task recipe-diff spade-paper spade-popular --data ~/mvtec --results runs",
      "all of MVTec AD with the paper's network, which can be interrupted",
    ],
  ],
});

/**
 * The two recipes that were named; undefined for none.
 *
 * @throws {RangeError} for one, for three, or for words and options at once
 */
export function twoRecipes(
  words: readonly string[],
  { from, to }: { readonly from: string | undefined; readonly to: string | undefined },
): readonly [from: string, to: string] | undefined {
  const options = [from, to].flatMap((name) => name ?? []);
  const names = [...words, ...options];
  if (names.length === 0) return undefined;
  if (names.length !== 2 || (words.length > 0 && options.length > 0)) {
    throw cannot(
      "read the command",
      "two recipes must be named, as words or by --from and --to (see --list)",
      names.join(" and "),
    );
  }
  return [names[0], names[1]];
}
