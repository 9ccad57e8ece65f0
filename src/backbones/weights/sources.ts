/** Published weights files that can be had: where, how large, under which licence. */

import { cannot, didYouMean } from "../../errors.ts";
import { timmSources } from "./timm_sources.ts";
import { torchvisionSources } from "./torchvision_sources.ts";

/** A published weights file. */
export interface WeightsSource {
  /** What `deno task weights` and {@linkcode findSource} call it, for example `resnet18`. */
  readonly name: string;
  /** The network, by torchvision's and timm's common name, for example `wide_resnet50_2`. */
  readonly architecture: string;
  /** Who publishes it; their names of the tensors differ for EfficientNet. */
  readonly collection: "torchvision" | "timm";
  readonly url: string;
  /** The name that the file has in a folder of weights. */
  readonly file: string;
  /** Size in MiB (2²⁰ bytes) to three decimals, where the publisher states it. */
  readonly mebibytes?: number;
  /** The first eight digits of its SHA-256, where the publisher's file name states them. */
  readonly hashPrefix?: string;
  /**
   * The whole SHA-256, where it is known beforehand. No publisher states it today: it is recorded
   * beside the file when the file is first had, and binds from then on.
   */
  readonly sha256?: string;
  readonly license: string;
  readonly origin: string;
}

/** What the publishers say of their weights' terms beyond the licence. */
export const weightsTerms: Readonly<Record<WeightsSource["collection"], string>> = {
  torchvision: "torchvision: pre-trained models may have their own licences or terms, derived " +
    "from the data set used for training; it is yours to determine whether you may use them.",
  timm: "timm: ImageNet was released for non-commercial research purposes only; what that means " +
    "for weights trained on it is not clear. Seek legal advice for a commercial product.",
};

/** Every published file that is known, an architecture's first choice before its others. */
export const weightsSources: readonly WeightsSource[] = [...torchvisionSources, ...timmSources];

/**
 * The published files of an architecture, the first choice first; none where it is not known.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(weightsFor("wide_resnet50_2")[0].file, "wide_resnet50_2-95faca4d.pth");
 * ```
 */
export function weightsFor(
  architecture: string,
  sources: readonly WeightsSource[] = weightsSources,
): readonly WeightsSource[] {
  return sources.filter((source) => source.architecture === architecture);
}

/**
 * A published file by its name, or by its file's name with or without the ending.
 *
 * @throws {RangeError} for a name that none has, with the nearest that one has
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(findSource("resnet18"), findSource("resnet18-f37072fd.pth"));
 * ```
 */
export function findSource(
  name: string,
  sources: readonly WeightsSource[] = weightsSources,
): WeightsSource {
  const found = sources.find((source) => source.name === name) ??
    sources.find(({ file }) => file === name || file.replace(/\.\w+$/, "") === name);
  if (found) return found;
  const names = sources.map((source) => source.name);
  throw cannot(
    "choose weights",
    "their name must be one of those that `deno task weights list` shows",
    `"${name}"${didYouMean(name, names)}`,
  );
}

/** Bytes beyond which a file is not this one: a hundredth and 1 MiB more than stated, or 2 GiB. */
export function mostBytes({ mebibytes }: WeightsSource): number {
  return mebibytes === undefined ? 2 ** 31 : Math.ceil((1.01 * mebibytes + 1) * 2 ** 20);
}
