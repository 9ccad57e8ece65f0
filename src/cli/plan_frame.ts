/** A plan's frame from a command line: data, seeds and ONNX settings, whatever methods it has. */

import { resolve } from "@std/path";
import type { Backbone } from "../backbones/backbone.ts";
import type { OnnxSettings } from "../backbones/onnx_settings.ts";
import { loadBackbone } from "../backbones/registry.ts";
import { cannot } from "../errors.ts";
import { categoriesOf, openCategory } from "../evaluation/runs/jobs.ts";
import type { PhotoCount } from "../evaluation/recipes/photo_count.ts";
import type { Plan } from "../evaluation/runs/plan.ts";
import type { LoadNetwork } from "../evaluation/recipes/recipe_settings.ts";
import type { Given } from "./arguments.ts";
import { isOnnx, onnxGiven, parseSeeds, withPaths } from "./given_options.ts";
import type { dataSpec, onnxSpec, seedSpec } from "./run_options.ts";

/** The options that a frame is made of. */
export type FrameGiven =
  & Given<typeof dataSpec>
  & Given<typeof seedSpec>
  & Given<typeof onnxSpec>
  & { readonly backbone: string | readonly string[] | undefined };

/** All of a plan but its methods. */
export type PlanFrame = Omit<Plan, "methods"> & { readonly seeds: readonly number[] };

/** @throws {RangeError} for seeds that are malformed, or settings of ONNX files without one */
export function planFrame(given: FrameGiven): PlanFrame {
  if (given.seed !== undefined && given.seeds !== undefined) {
    throw cannot("read the command", "only one of --seed and --seeds may be given", "both");
  }
  const onnx = onnxGiven(given);
  const backbones = [given.backbone ?? []].flat();
  if (onnx && !backbones.some((name) => name.split("+").some(isOnnx))) {
    throw cannot("read the command", "--taps and --onnx belong to a --backbone FILE.onnx", "none");
  }
  return {
    ...(given.data !== undefined && { data: resolve(given.data) }),
    ...(given.category && { categories: given.category }),
    ...(given.limit !== undefined && { limit: given.limit }),
    ...(given["skip-broken"] && { skipBroken: true }),
    ...(onnx && { onnx }),
    seeds: given.seeds === undefined ? [given.seed ?? 0] : parseSeeds(given.seeds),
  };
}

/** The backbone named, with files as full paths wherever a results folder is gone on with. */
export function backboneGiven(
  { backbone }: { readonly backbone: string | undefined },
): string | undefined {
  return backbone === undefined ? undefined : withPaths(backbone);
}

/** Loads each network once. */
export function networkLoader(onnx: OnnxSettings | undefined): LoadNetwork {
  const loaded = new Map<string, Promise<Backbone>>();
  return (name) => loaded.getOrInsertComputed(name, () => loadBackbone(name, { onnx }));
}

/** How many photos each category has to fit on; nothing is read. */
export async function photoCounts(plan: PlanFrame): Promise<readonly PhotoCount[]> {
  const found: PhotoCount[] = [];
  for (const name of await categoriesOf(plan)) {
    const { category, train } = await openCategory(plan, name);
    found.push({ category, train: train.length });
  }
  return found;
}

/** Said below results on generated photos: they are as large as most recipes resize photos to. */
export function generatedNote({ data }: PlanFrame): string {
  return data === undefined
    ? "\nThe generated photos are squares of 256 px: where a recipe resizes to 256 px, filter, aspect\n" +
      "  and the resizing of masks change nothing on them."
    : "";
}
