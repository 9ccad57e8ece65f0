/** `deno task weights`: lists, downloads, takes in and verifies published weights. */

import { cannot, didYouMean } from "../errors.ts";
import { weightsSources } from "../backbones/weights/sources.ts";
import { type CommandSpec, helpText, parseCommand, splitWords } from "./arguments.ts";
import { exitCodes, runCommand } from "./command.ts";
import { addWeights } from "./weights_add.ts";
import { listWeights } from "./weights_list.ts";
import { pullWeights } from "./weights_pull.ts";
import type { WeightsContext } from "./weights_context.ts";
import { verifyWeights } from "./weights_verify.ts";

const spec = {
  from: {
    kind: "text",
    value: "URL",
    help: "pull: a mirror that holds the files under their names in `list`;\n" +
      "default: the environment's KIZU_WEIGHTS_URL, else the publishers",
  },
  name: {
    kind: "text",
    value: "NAME",
    help: "add: which weights the file is, where it cannot say",
  },
  help: { kind: "flag", help: "print this and stop" },
} as const satisfies CommandSpec;

const subcommands = ["list", "pull", "add", "verify"] as const;
type Subcommand = typeof subcommands[number];

const help = helpText({
  command: "deno task weights list|pull|add|verify [names or files]",
  purpose: "Gets published ImageNet weights and verifies them.",
  spec,
  notes: [
    "list [NAME…]    what is known, and which of it is there; NAME begins a name\n" +
    "pull NAME…      downloads; an interrupted download goes on where it was\n" +
    "add FILE…       takes in files that are on this machine\n" +
    "verify [NAME…]  hashes and reads what is there",
    "Weights are looked for in KIZU_WEIGHTS, in the user's cache, in PyTorch's cache and in the\n" +
    "project's models/; new ones are put into the first of these two. The SHA-256 must begin as\n" +
    "the publisher says; the whole of it is recorded beside the file when it is first had, and\n" +
    "binds from then on. The embedded weights need no download.",
    "This is the only command that uses the network, through HTTP_PROXY and HTTPS_PROXY where they\n" +
    "are set. Exit code: 0 done, 1 a file did not verify, 2 bad usage or input, or no network.",
  ],
  examples: [
    ["deno task weights list wide", "the weights of WideResNets"],
    ["deno task weights pull wide_resnet50_2 resnet18", "what the papers used"],
    ["deno task weights add ~/Downloads/wide_resnet50_2-95faca4d.pth", "without a network"],
  ],
});

function subcommandOf(word: string | undefined): Subcommand {
  const found = subcommands.find((name) => name === word);
  if (found) return found;
  throw cannot(
    "read the command",
    `the first word must be ${subcommands.join(", ")} (see --help)`,
    word === undefined ? "none" : `"${word}"${didYouMean(word, subcommands)}`,
  );
}

/**
 * Runs the command.
 *
 * @returns whether all went well; false where a file did not verify
 * @throws {TypeError} for an unknown option
 * @throws {RangeError} for bad usage, and for what the sub-commands refuse
 */
export async function weightsCommand(
  args: readonly string[],
  context: WeightsContext = { sources: weightsSources },
): Promise<boolean> {
  const { words, rest: options } = splitWords(args, spec);
  const given = parseCommand(spec, options);
  if (given.help) {
    console.log(help);
    return true;
  }
  const subcommand = subcommandOf(words[0]);
  for (const [option, owner] of [["from", "pull"], ["name", "add"]] as const) {
    if (given[option] !== undefined && subcommand !== owner) {
      throw cannot("read the command", `--${option} belongs to ${owner}`, subcommand);
    }
  }
  const operands = [...new Set(words.slice(1))];
  if (subcommand === "list") await listWeights(operands, context);
  if (subcommand === "pull") await pullWeights(operands, { ...context, from: given.from });
  if (subcommand === "add") await addWeights(operands, { ...context, name: given.name });
  return subcommand === "verify" ? await verifyWeights(operands, context) : true;
}

if (import.meta.main) {
  await runCommand(async (args) => {
    if (!await weightsCommand(args)) Deno.exit(exitCodes.failed);
  });
}
