/** `deno task weights add`: takes in files that are on this machine. */

import { basename, join } from "@std/path";
import { expectFile } from "../backbones/weights/expected_file.ts";
import { weightsFolder } from "../backbones/weights/places.ts";
import { readWeights } from "../backbones/weights/published.ts";
import { recordedHash, recordHash, recordOf } from "../backbones/weights/recorded_hash.ts";
import { findSource, type WeightsSource } from "../backbones/weights/sources.ts";
import { cannot } from "../errors.ts";
import { readFileWhole, writeFileWhole } from "../files.ts";
import { sha256Hex } from "../sha256.ts";
import type { WeightsContext } from "./weights_context.ts";

/**
 * Copies files into the folder of weights under their published names, after they are recognised
 * by hash or name, verified and read; then records their hashes.
 *
 * @param options `name`: which weights the one file is
 * @throws {RangeError} for a file that is not recognised, that is another than its name says, or
 * another than was recorded
 * @throws {SyntaxError} for a file that cannot be read as weights
 */
export async function addWeights(
  files: readonly string[],
  { sources, places, name }: WeightsContext & { readonly name?: string },
): Promise<void> {
  if (files.length === 0) throw cannot("add weights", "a file must be given", "none");
  if (name !== undefined && files.length > 1) {
    throw cannot("add weights", "--name is for one file", `${files.length}`);
  }
  const named = name === undefined ? undefined : findSource(name, sources);
  for (const file of files) {
    const bytes = await readFileWhole(file);
    const sha256 = sha256Hex(bytes);
    const source = named ?? recognise({ file, sha256 }, sources);
    const found = { bytes: bytes.length, sha256 };
    expectFile(found, { expected: source, what: file });
    const path = join(weightsFolder(places), source.file);
    const because = `as recorded in ${recordOf(path)}`;
    const recorded = await recordedHash(path);
    expectFile(found, { expected: { sha256: recorded }, what: file, because });
    const { tensors } = await readWeights(bytes, { integers: "drop", file });
    if (!await isSameFile(file, path)) await writeFileWhole(path, bytes);
    await recordHash(path, sha256);
    console.log(
      `${source.name}  ${source.architecture}, ${tensors.size} tensors, ${source.license}\n` +
        `  SHA-256 ${sha256}\n  ${path}`,
    );
  }
}

/** Which published file this is: by its hash, else by its name. */
function recognise(
  { file, sha256 }: { readonly file: string; readonly sha256: string },
  sources: readonly WeightsSource[],
): WeightsSource {
  const byHash = sources.find((source) =>
    source.sha256 === sha256 ||
    (source.hashPrefix !== undefined && sha256.startsWith(source.hashPrefix))
  );
  if (byHash !== undefined) return byHash;
  // Browsers add " (1)" to a file that is downloaded a second time.
  const plain = basename(file).replace(/ ?\(\d+\)(?=\.\w+$)/, "");
  const byName = sources.find((source) =>
    source.file === plain ||
    (source.hashPrefix !== undefined && plain.includes(`-${source.hashPrefix}.`))
  );
  if (byName !== undefined) return byName;
  throw cannot(
    "add weights",
    "their hash or file name must be one that `deno task weights list` shows; --name NAME says " +
      "which weights a file is",
    `${file} with SHA-256 ${sha256}`,
  );
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const paths = await Promise.all(
    [one, other].map((path) => Deno.realPath(path).catch(() => undefined)),
  );
  return paths[0] !== undefined && paths[0] === paths[1];
}
