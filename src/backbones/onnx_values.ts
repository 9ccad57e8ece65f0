/** What there is to tap in an ONNX file. */

import { cannot, isRefusal } from "../errors.ts";
import { createGraph } from "../onnx/graph.ts";
import { createGraft } from "../onnx/import_model.ts";
import { openProbe } from "../onnx/probe_model.ts";
import { type OnnxModel, readOnnxModel } from "../onnx/read_model.ts";
import { blankPhotos, fixedSizeOf, type Layout, probedSizes, strideOf } from "./onnx_sizes.ts";

/** An inner value that can be a level of a backbone. */
export interface OnnxValue {
  /** In the file; what `taps` takes. */
  readonly name: string;
  /** The operator that makes it, for example `Relu`. */
  readonly op: string;
  readonly channels: number;
  /** Input pixels per cell, in each direction. */
  readonly stride: number;
}

/** Options of {@linkcode listOnnxValues}. */
export interface ListOnnxValuesOptions {
  /** The photos' input, where values depend on several. */
  readonly input?: string;
  /** The input's axes: `"nchw"` (default) or, channels last, `"nhwc"`. */
  readonly layout?: Layout;
}

/**
 * Inner values of an ONNX file that can be taps, in the order in which the network makes them:
 * float32 maps [N, C, H, W] of one photo whose stride is a whole number. The network is run whole
 * at 224 and 256 pixels, or at the one size that it takes; only shapes leave the engine.
 *
 * @throws {SyntaxError} for a file that is truncated or no model, or that the engine refuses
 * @throws {RangeError} for a file that cannot be read, or a model that takes no photos
 *
 * @example
 * ```ts
 * import { createGraph } from "@kizu/kizu";
 * const g = createGraph();
 * const photos = g.input("photos", "float32", [1, 3, 64, 64]);
 * g.output("cells", g.averagePool(photos, { size: 8, stride: 8 }));
 * const path = await Deno.makeTempFile({ suffix: ".onnx" });
 * await Deno.writeFile(path, g.toModel());
 * const [value] = (await listOnnxValues(path)).slice(-1);
 * console.assert(value.name === "cells" && value.channels === 3 && value.stride === 8);
 * await Deno.remove(path);
 * ```
 */
export async function listOnnxValues(
  path: string,
  { input, layout = "nchw" }: ListOnnxValuesOptions = {},
): Promise<readonly OnnxValue[]> {
  const model = await readOnnxModel(path);
  const candidates = takeable(model, input);
  await using probe = await openProbe(model, candidates, { input });
  const fixed = fixedSizeOf(path, { input: probe.input, layout });
  const found: { readonly input: readonly [number, number]; readonly shapes: Shapes }[] = [];
  for (const size of probedSizes(fixed)) {
    try {
      found.push({ input: size, shapes: await probe.shapes(blankPhotos(layout, size)) });
    } catch (error) {
      // A head that takes one size only does not hide the maps before it.
      if (found.length > 0) break;
      const reason = error instanceof Error ? error.message : String(error);
      throw cannot(`list the values of ${path}`, `it must run at ${size.join("×")} pixels`, reason);
    }
  }
  const maps = candidates.flatMap((name): OnnxValue[] => {
    const shapes = found.map((at) => ({ input: at.input, shape: at.shapes.get(name) ?? [] }));
    const stride = strideOf(shapes);
    const op = model.nodes[model.makers.get(name) ?? 0].opType ?? "";
    return stride === undefined ? [] : [{ name, op, channels: shapes[0].shape[1], stride }];
  });
  if (maps.length === 0) return [];
  await using kinds = await openProbe(model, maps.map(({ name }) => name), {
    input,
    numbers: "first",
  });
  const firsts = await kinds.values(blankPhotos(layout, found[0].input));
  return maps.filter((_, i) => firsts[i].data instanceof Float32Array);
}

type Shapes = ReadonlyMap<string, readonly number[]>;

/**
 * Values that a graph of ours can hold, from the photos alone.
 *
 * @throws where there are none, with why the first of them is not
 */
function takeable(model: OnnxModel, input: string | undefined): string[] {
  const graft = createGraft(model, { input });
  let refusal: Error | undefined;
  /** Takes values over for a trial; whether that went well. */
  const takes = (names: readonly string[]): boolean => {
    const g = createGraph();
    try {
      graft.build(g, g.input("photos", "float32", [1, 3, "height", "width"]), names);
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusal ??= error;
      return false;
    }
  };
  const names = [...model.makers.keys()].filter((name) =>
    model.nodes[model.makers.get(name) ?? 0].opType !== "Constant"
  );
  // One by one only where not all can be had: that takes the square of their number.
  const found = takes(names) ? names : names.filter((name) => takes([name]));
  // A value of constants alone is refused by itself, and not beside others.
  const ofPhotos = new Set(model.inputs.map(({ name }) => name));
  for (const node of model.nodes) {
    if (!node.input?.some((name) => ofPhotos.has(name))) continue;
    node.output?.forEach((name) => ofPhotos.add(name));
  }
  const values = found.filter((name) => ofPhotos.has(name));
  if (values.length === 0 && refusal) throw refusal;
  return values;
}
