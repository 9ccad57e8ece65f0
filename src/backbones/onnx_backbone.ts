/** Any ONNX file as a backbone: its inner values are the levels. */

import { parse } from "@std/path";
import { cannot } from "../errors.ts";
import { createGraph, type Graph } from "../onnx/graph.ts";
import { createGraft, type Graft, shapedMap } from "../onnx/import_model.ts";
import { separateLarge } from "../onnx/large_constants.ts";
import { openProbe, type Probe } from "../onnx/probe_model.ts";
import { type OnnxModel, readOnnxModel } from "../onnx/read_model.ts";
import { openSession } from "../onnx/session.ts";
import type { Value } from "../onnx/value.ts";
import { known } from "../onnx/value.ts";
import type { Level } from "../types.ts";
import { type Backbone, createBackbone, type DefaultLevels, levelOf } from "./backbone.ts";
import { joinSettings, normalisationOf, type OnnxSettings } from "./onnx_settings.ts";
import {
  fixedSizeOf,
  learnSizes,
  type MapSizes,
  noisePhotos,
  probedSizes,
  tensorText,
} from "./onnx_sizes.ts";
import { readSidecar } from "./weights/onnx_sidecar.ts";

/** Options of {@linkcode openOnnxBackbone}: settings, which go before those of a side-car. */
export interface OnnxBackboneOptions extends OnnxSettings {
  /**
   * A JSON file with settings; default `model.onnx.json` beside `model.onnx`, else `model.json`,
   * where there is one. `false`: none.
   */
  readonly sidecar?: string | false;
}

/** How far the graph in our operators may be from the model as it was, of its largest value. */
const TOLERANCE = 1e-4;

/**
 * Opens an ONNX file as a backbone whose levels are inner values of its network, named as in the
 * file. What does not lead to them is cut away; the rest becomes part of every graph it is put
 * into, and of the detector's file.
 *
 * Channels and strides are found by running the network: at 224 and 256 pixels, or at the one size
 * it was exported for, which then is the only one it takes. The normalisation has to be said.
 * Before the backbone is given out, the graph built here is run beside the model as it was.
 *
 * Default levels: patches, those at strides 8 and 16, else the last two; pyramid, all up to three,
 * else those at strides 4, 8 and 16, else the first three; pooled, the coarsest.
 *
 * Cost: about fifteen runs of the network at 224 pixels.
 *
 * @param path an ONNX file of operator sets 7 to 28; external data lie in its folder
 * @throws {SyntaxError} for a file that is truncated or no model, or that the engine refuses
 * @throws {RangeError} for a tap that is not there (with the nearest name), a stride that is no
 * whole number, a normalisation that is not said, a file that cannot be read
 * @throws {TypeError} for a tap that is no float32 map [N, C, H, W], an operator that cannot be
 * taken over, a setting that is not known
 *
 * @example
 * ```ts
 * import { createGraph } from "@kizu/kizu";
 * const g = createGraph();
 * const photos = g.input("photos", "float32", [1, 3, 64, 64]);
 * g.output("cells", g.averagePool(photos, { size: 8, stride: 8 }));
 * const path = await Deno.makeTempFile({ suffix: ".onnx" });
 * await Deno.writeFile(path, g.toModel());
 * const backbone = await openOnnxBackbone(path, { taps: ["cells"], normalisation: "imagenet" });
 * console.assert(backbone.level("cells").stride === 8);
 * await Deno.remove(path);
 * ```
 */
export async function openOnnxBackbone(
  path: string,
  options: OnnxBackboneOptions = {},
): Promise<Backbone> {
  const action = `open ${path}`;
  const { sidecar, ...own } = options;
  const beside = sidecar === false ? undefined : await readSidecar(path, { file: sidecar });
  const settings = joinSettings(action, own, beside);
  const { taps, layout = "nchw", order = "rgb", input } = settings;
  const normalisation = normalisationOf(action, settings);
  if (!taps) {
    throw cannot(
      action,
      'taps must name the inner values that become levels ("taps": ["…"])',
      "none; listOnnxValues lists them",
    );
  }
  const model = await readOnnxModel(path);
  const names = inModelOrder(model, taps);
  const graft = createGraft(model, { input });
  // Refuses by name and version what cannot be taken over, before the engine sees it.
  const trial = createGraph();
  graft.build(trial, trial.input("photos", "float32", [1, 3, "height", "width"]), names);
  await using probe = await openProbe(model, names, { input, numbers: "all" });
  const fixed = fixedSizeOf(path, { input: probe.input, layout });
  const [first] = probedSizes(fixed);
  const photos = noisePhotos(layout, first);
  const expected = await expectMaps(action, { probe, names, photos });
  const sizes = await learnSizes(probe, names, { file: path, layout, fixed });
  const toInput = (g: Graph, x: Value): Value => {
    const swapped = order === "rgb" ? x : g.gather(x, g.integers([2, 1, 0]), 1);
    return layout === "nchw" ? swapped : g.transpose(swapped, [0, 2, 3, 1]);
  };
  const build = (g: Graph, x: Value, wanted: readonly string[]): Value[] =>
    buildMaps(g, toInput(g, x), { graft, sizes, wanted, size: inputSize(x), batch: x.shape[0] });
  await expectSame(action, { graft, sizes, names, photos, size: first, expected });
  return createBackbone({
    levels: sizes.levels,
    normalisation,
    defaults: defaultLevels(sizes.levels),
    build,
  }, {
    name: parse(path).name,
    license: settings.license ?? `unknown, from ${parse(path).base}`,
    sha256: model.sha256,
  });
}

/** Levels go from the first made to the last; a name that is not there is refused by the cut. */
function inModelOrder({ makers }: OnnxModel, taps: readonly string[]): readonly string[] {
  return [...taps].sort((a, b) => (makers.get(a) ?? -1) - (makers.get(b) ?? -1));
}

function inputSize(x: Value): readonly [height: number, width: number] {
  return [known("run a network", x.shape, 2), known("run a network", x.shape, 3)];
}

/** The network's maps, with the shapes that they were found to have. */
function buildMaps(
  g: Graph,
  input: Value,
  { graft, sizes, wanted, size, batch }: {
    readonly graft: Graft;
    readonly sizes: MapSizes;
    readonly wanted: readonly string[];
    readonly size: readonly [number, number];
    readonly batch: Value["shape"][number];
  },
): Value[] {
  const chosen = wanted.map((name) => levelOf(sizes, name));
  const shapes = chosen.map(({ name }) => sizes.sizeOf(name, size));
  const maps = graft.build(g, input, wanted);
  return maps.map((map, i) => shapedMap(g, map, [batch, chosen[i].channels, ...shapes[i]]));
}

type Numbers = readonly { readonly data: ArrayLike<number | bigint> }[];

/** The taps' numbers, once each is known to be a float32 map. */
async function expectMaps(
  action: string,
  { probe, names, photos }: {
    readonly probe: Probe;
    readonly names: readonly string[];
    readonly photos: Parameters<Probe["values"]>[0];
  },
): Promise<Numbers> {
  let found: Awaited<ReturnType<Probe["values"]>>;
  try {
    found = await probe.values(photos);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot(action, `it must run on photos ${photos.shape.join("×")}`, reason);
  }
  names.forEach((name, i) => {
    if (found[i].data instanceof Float32Array && found[i].shape.length === 4) return;
    const text = `"${name}" is ${tensorText(found[i])}`;
    throw cannot(action, "a tap must be a float32 map [N, C, H, W]", text, TypeError);
  });
  return found;
}

/** Runs the graph as built here beside the model as it was: they must say the same. */
async function expectSame(
  action: string,
  { graft, sizes, names, photos, size, expected }: {
    readonly graft: Graft;
    readonly sizes: MapSizes;
    readonly names: readonly string[];
    readonly photos: Parameters<Probe["values"]>[0];
    readonly size: readonly [number, number];
    readonly expected: Numbers;
  },
): Promise<void> {
  const g = createGraph();
  const input = g.input("photos", "float32", photos.shape);
  const maps = buildMaps(g, input, { graft, sizes, wanted: names, size, batch: 1 });
  maps.forEach((map, i) => g.output(`map_${i}`, map));
  const { model, fed } = separateLarge(g);
  await using session = await openSession(model, { fed });
  const found = await session.run({ photos });
  names.forEach((name, i) => {
    const { data } = found[`map_${i}`];
    const [same, largest] = difference(data, expected[i].data);
    if (same <= TOLERANCE * largest) return;
    throw cannot(
      action,
      "operator set 18 must give what the model's own gives",
      `"${name}" differs by ${same.toExponential(1)} of ${largest.toExponential(1)}`,
    );
  });
}

/** The largest difference, infinite where only one is a number; and the largest value. */
function difference(
  a: ArrayLike<number | bigint>,
  b: ArrayLike<number | bigint>,
): [difference: number, largest: number] {
  let [most, largest] = [a.length === b.length ? 0 : Infinity, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])];
    if (Object.is(x, y)) continue;
    const apart = Math.abs(x - y);
    most = Math.max(most, Number.isNaN(apart) ? Infinity : apart);
    largest = Math.max(largest, Math.abs(y));
  }
  return [most, largest];
}

/** Which levels each family of methods uses: at the strides of the papers, where they are there. */
function defaultLevels(levels: readonly Level[]): DefaultLevels {
  const lastAt = (stride: number) =>
    levels.findLast((level) => level.stride === stride)?.name ?? [];
  const patches = [8, 16].flatMap(lastAt);
  const pyramid = [4, 8, 16].flatMap(lastAt);
  const names = levels.map(({ name }) => name);
  const coarsest = levels.reduce((a, b) => b.stride >= a.stride ? b : a);
  return {
    patches: patches.length === 2 ? patches : names.slice(-2),
    pyramid: names.length <= 3 ? names : pyramid.length === 3 ? pyramid : names.slice(0, 3),
    pooled: coarsest.name,
  };
}
