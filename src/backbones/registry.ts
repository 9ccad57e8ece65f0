/** Backbones by name: which weights, under which licence, assembled how. */

import { join } from "@std/path";
import { cannot, didYouMean } from "../errors.ts";
import { sha256Hex } from "../sha256.ts";
import { type Backbone, createBackbone, type Network, type Origin } from "./backbone.ts";
import { denseNet, denseNetNames, isDenseNetName } from "./densenet.ts";
import { efficientNet, efficientNetNames, isEfficientNetName } from "./efficientnet.ts";
import {
  efficientNetLite,
  efficientNetLiteNames,
  isEfficientNetLiteName,
} from "./efficientnet_lite.ts";
import { openOnnxBackbone } from "./onnx_backbone.ts";
import type { OnnxSettings } from "./onnx_settings.ts";
import { isResNetName, resNet, resNetNames } from "./resnet.ts";
import {
  findFile,
  type PlacesOptions,
  type WeightsPlace,
  weightsPlaces,
} from "./weights/places.ts";
import { loadPublishedWeights, readWeights } from "./weights/published.ts";
import { weightsSources } from "./weights/sources.ts";
import { openWeights, type StateDict } from "./weights/state_dict.ts";

/** Weights that ship with the project. */
interface Embedded {
  readonly file: string;
  readonly sha256: string;
  readonly license: string;
}

const embedded: Readonly<Record<string, Embedded>> = {
  efficientnet_lite0: {
    file: "efficientnet_lite0.safetensors",
    sha256: "4eba7f49469282da5574d4ad5811df2065472240ec91bfd3644699dc446c4fe6",
    license: "Apache-2.0",
  },
  efficientnet_lite2: {
    file: "efficientnet_lite2.safetensors",
    sha256: "05fa4b1da09c25f65a335576d1f0442db83b5f8b6c6af8bc9da4c122df36d481",
    license: "Apache-2.0",
  },
};

/** Backbones whose weights ship with the project. */
export const embeddedBackbones: readonly string[] = Object.keys(embedded);

/** Networks that can be assembled from their weights. */
export const architectureNames: readonly string[] = [
  ...resNetNames,
  ...denseNetNames,
  ...efficientNetNames,
  ...efficientNetLiteNames,
];

/**
 * The names that {@linkcode loadBackbone} knows, embedded ones first: networks, and published
 * weights of networks where there are several, such as `wide_resnet50_2.tv_in1k`.
 */
export const backboneNames: readonly string[] = [
  ...new Set([...embeddedBackbones, ...weightsSources.map(({ name }) => name)]),
];

/** What {@linkcode loadBackbone} may be told. */
export interface LoadBackboneOptions extends PlacesOptions {
  /** The only folder that weights are looked for in; default: see {@linkcode weightsPlaces}. */
  readonly folder?: string;
  /**
   * A weights file of one's own for a network by name: safetensors or PyTorch's, in torchvision's
   * or timm's names.
   */
  readonly weights?: string;
  /** For an ONNX file: taps and normalisation, before those of its side-car. */
  readonly onnx?: OnnxSettings;
}

/**
 * A backbone by name, its weights verified; or an ONNX file, by its path, with levels of one's own
 * choice ({@linkcode openOnnxBackbone}).
 *
 * `efficientnet_lite0` and `efficientnet_lite2` ship with the project. Others need a published
 * file, which `deno task weights pull NAME` gets, or one of one's own (`weights`).
 *
 * @param name a network, published weights, or a path that ends with `.onnx`
 * @throws {RangeError} for an unknown name, weights that are missing (telling how to get them) or
 * have another hash, tensors that are not the network's
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
  options: LoadBackboneOptions = {},
): Promise<Backbone> {
  const { folder, weights, onnx, ...places } = options;
  if (/\.onnx$/i.test(name)) {
    if (weights !== undefined) {
      throw cannot(
        "load a backbone",
        "an ONNX file holds its weights itself",
        `weights ${weights}`,
      );
    }
    return await openOnnxBackbone(name, onnx);
  }
  if (weights !== undefined) return await fromOwnFile(name, weights);
  if (Object.hasOwn(embedded, name)) return await fromEmbedded(name, folder, places);
  if (!weightsSources.some((source) => source.name === name)) {
    throw cannot(
      "load a backbone",
      `its name must be one of ${
        embeddedBackbones.join(", ")
      }, one that \`deno task weights list\` ` +
        "shows, or a path that ends with .onnx",
      `"${name}"${didYouMean(name, [...backboneNames, ...architectureNames])}`,
    );
  }
  const found = await loadPublishedWeights(
    name,
    folder === undefined ? places : { ...places, env: only(folder), embedded: folder },
  );
  const { source: { architecture, license }, sha256 } = found;
  return createBackbone(assemble(architecture, found.tensors), { name, license, sha256 });
}

/** An environment that names one folder of weights and no other. */
const only = (folder: string) => (variable: string): string | undefined =>
  variable === "KIZU_WEIGHTS" ? folder : undefined;

/**
 * A network by its name, from the tensors of its checkpoint.
 *
 * @throws {RangeError} for a name that there is not, or tensors that are not the network's
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * assertThrows(() => assemble("wide_resnet50_2", new Map()), RangeError, "are missing");
 * ```
 */
export function assemble(architecture: string, weights: StateDict): Network {
  if (isResNetName(architecture)) return resNet(weights, architecture);
  if (isDenseNetName(architecture)) return denseNet(weights, architecture);
  if (isEfficientNetName(architecture)) return efficientNet(weights, architecture);
  if (isEfficientNetLiteName(architecture)) return efficientNetLite(weights, architecture);
  throw cannot(
    "assemble a network",
    `it must be one of ${architectureNames.join(", ")}`,
    `"${architecture}"${didYouMean(architecture, architectureNames)}`,
  );
}

async function fromEmbedded(
  name: string,
  folder: string | undefined,
  options: PlacesOptions,
): Promise<Backbone> {
  const { file, license, ...expected } = embedded[name];
  // The project's own folder has them; a cache that cannot be read must not stand in the way.
  const all = weightsPlaces(options);
  const places: readonly WeightsPlace[] = folder === undefined
    ? (["chosen", "embedded"] as const).flatMap((kind) => all.filter((one) => one.kind === kind))
    : [{ folder, kind: "chosen" }];
  // Where it is in none, reading it in the last one says so.
  const path = (await findFile(file, places))?.path ?? join(places[places.length - 1].folder, file);
  const { bytes } = await openWeights(path);
  const sha256 = sha256Hex(bytes);
  if (sha256 !== expected.sha256) {
    throw cannot(
      "load weights",
      `the file's SHA-256 must be ${expected.sha256}`,
      `${sha256}, ${bytes.length} bytes: truncated or another file (${path})`,
    );
  }
  const { tensors } = await readWeights(bytes, { file: path });
  return createBackbone(efficientNetLite(tensors), { name, license, sha256 });
}

async function fromOwnFile(architecture: string, path: string): Promise<Backbone> {
  const { bytes } = await openWeights(path);
  const { tensors } = await readWeights(bytes, {
    integers: "drop",
    convert: "lazily",
    file: path,
  });
  const origin: Origin = {
    name: architecture,
    license: `unknown, from ${path}`,
    sha256: sha256Hex(bytes),
  };
  return createBackbone(assemble(architecture, tensors), origin);
}
