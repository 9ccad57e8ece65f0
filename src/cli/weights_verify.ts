/** `deno task weights verify`. */

import { findWeights, missingWeights } from "../backbones/weights/places.ts";
import { readVerified, readWeights } from "../backbones/weights/published.ts";
import { recordHash } from "../backbones/weights/recorded_hash.ts";
import { findSource } from "../backbones/weights/sources.ts";
import { isRefusal } from "../errors.ts";
import type { WeightsContext } from "./weights_context.ts";

/**
 * Verifies the files that are named, or all that are there: the hash that the publisher states, the
 * recorded one, and that the tensors can be read. A file of which nothing was recorded is recorded.
 *
 * @returns whether every file verified
 * @throws {RangeError} for a name that is unknown or whose file is not there
 */
export async function verifyWeights(
  names: readonly string[],
  { sources, places }: WeightsContext,
): Promise<boolean> {
  const chosen = names.length === 0
    ? sources
    : new Set(names.map((name) => findSource(name, sources)));
  let [verified, failed] = [0, 0];
  for (const source of chosen) {
    const found = await findWeights(source, places);
    if (found === undefined) {
      if (names.length > 0) throw missingWeights(source, places);
      continue;
    }
    try {
      const { bytes, sha256, recorded } = await readVerified(found.path, source);
      const { tensors } = await readWeights(bytes, { integers: "drop", file: found.path });
      const own = found.place.kind === "chosen" || found.place.kind === "cache";
      if (own && !recorded) await recordHash(found.path, sha256);
      const how = recorded ? "as recorded" : own ? "recorded now" : "not recorded";
      console.log(`${source.name}  ${tensors.size} tensors, SHA-256 ${sha256} (${how})`);
      console.log(`  ${found.path}`);
      verified++;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      console.error(`error: ${error.message.replaceAll("\n", " ")}`);
      failed++;
    }
  }
  if (verified + failed === 0) {
    console.log("No weights are there; `deno task weights pull NAME` gets some.");
  }
  return failed === 0;
}
