/** Backbones by name: which weights, under which licence, assembled how. */

import { fromFileUrl, join } from "@std/path";
import { cannot, didYouMean } from "../errors.ts";
import { sha256Hex } from "../sha256.ts";
import { type Backbone, createBackbone, type Network } from "./backbone.ts";
import { efficientNetLite } from "./efficientnet_lite.ts";
import { readSafetensors } from "./weights/safetensors.ts";
import { openWeights, type StateDict } from "./weights/state_dict.ts";

interface Entry {
  readonly file: string;
  readonly sha256: string;
  readonly license: string;
  readonly assemble: (weights: StateDict) => Network;
}

const entries: Readonly<Record<string, Entry>> = {
  efficientnet_lite0: {
    file: "efficientnet_lite0.safetensors",
    sha256: "4eba7f49469282da5574d4ad5811df2065472240ec91bfd3644699dc446c4fe6",
    license: "Apache-2.0",
    assemble: efficientNetLite,
  },
  efficientnet_lite2: {
    file: "efficientnet_lite2.safetensors",
    sha256: "05fa4b1da09c25f65a335576d1f0442db83b5f8b6c6af8bc9da4c122df36d481",
    license: "Apache-2.0",
    assemble: efficientNetLite,
  },
};

/** The names that {@linkcode loadBackbone} knows. */
export const backboneNames: readonly string[] = Object.keys(entries);

/** Where weights are looked for. */
export interface LoadBackboneOptions {
  /** A folder of weights files; default: the environment's `KIZU_WEIGHTS`, else `models/`. */
  readonly folder?: string;
}

/**
 * A backbone by name, its weights verified.
 *
 * @throws {RangeError} for an unknown name, or a weights file that is missing or has another hash
 * @throws {SyntaxError} for a weights file that is malformed
 *
 * @example
 * ```ts
 * import { loadBackbone } from "@kizu/kizu";
 * const backbone = await loadBackbone("efficientnet_lite0");
 * console.assert(backbone.level("stage5").channels === 112);
 * ```
 */
export async function loadBackbone(
  name: string,
  { folder }: LoadBackboneOptions = {},
): Promise<Backbone> {
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
  if (!entry) {
    throw cannot(
      "load a backbone",
      `its name must be one of ${backboneNames.join(", ")}`,
      `"${name}"${didYouMean(name, backboneNames)}`,
    );
  }
  const path = join(folder ?? Deno.env.get("KIZU_WEIGHTS") ?? embeddedFolder(), entry.file);
  const { bytes } = await openWeights(path);
  const sha256 = sha256Hex(bytes);
  if (sha256 !== entry.sha256) {
    throw cannot(
      "load weights",
      `the file's SHA-256 must be ${entry.sha256}`,
      `${sha256}, ${bytes.length} bytes: truncated or another file (${path})`,
    );
  }
  const { tensors } = await readSafetensors(bytes, { file: path });
  return createBackbone(entry.assemble(tensors), { name, license: entry.license, sha256 });
}

function embeddedFolder(): string {
  return fromFileUrl(new URL("../../models", import.meta.url));
}
