/** Graphs that begin with the photo, or with its features: what fit and predict compile. */

import { cannot } from "../errors.ts";
import { globalAveragePool } from "../features/pool.ts";
import {
  checkPhoto,
  describedGeometry,
  type Geometry,
  imageTensor,
  normalise,
  resizeAndCrop,
} from "../image/preprocess.ts";
import { createGraph, type Graph } from "../onnx/graph.ts";
import { compilable } from "../onnx/large_constants.ts";
import { type NamedTensors, openSession, type Session } from "../onnx/session.ts";
import type { ElementType, Value } from "../onnx/value.ts";
import type { Photo, Tap } from "./detector.ts";

/** What a graph takes from one network. */
export interface TapRequest extends Pick<Tap, "backbone" | "geometry"> {
  /** Levels whose maps are taken. */
  readonly maps?: readonly string[];
  /** Levels that are averaged over all positions. */
  readonly pooled?: readonly string[];
}

/** The values asked for, in their order: maps [1, C, H, W], and rows [1, C]. */
export interface TapValues {
  readonly maps: readonly Value[];
  readonly pooled: readonly Value[];
}

/** Where a graph begins. */
export interface PhotoInput {
  take(request: TapRequest): TapValues;
}

/**
 * What tells a tap from any other, of any network: the key under which features are given.
 *
 * @example
 * ```ts
 * import { loadBackbone } from "@kizu/kizu";
 * const backbone = await loadBackbone("efficientnet_lite0");
 * const tap = { backbone, geometry: { resize: 256, crop: 224 }, level: "stage3", pooled: false };
 * console.assert(tapKey(tap) !== tapKey({ ...tap, pooled: true }));
 * ```
 */
export function tapKey({ backbone, geometry, level, pooled }: Tap): string {
  return JSON.stringify([
    backbone.name,
    backbone.sha256,
    describedGeometry(geometry),
    level,
    pooled ? "pooled" : "map",
  ]);
}

/** A request's taps one by one. */
export function tapsOf({ backbone, geometry, maps = [], pooled = [] }: TapRequest): Tap[] {
  const tap = (pooled: boolean) => (level: string): Tap => ({ backbone, geometry, level, pooled });
  return [...maps.map(tap(false)), ...pooled.map(tap(true))];
}

/** A graph that begins with the photo's pixels. */
export interface PixelInput extends PhotoInput {
  /** What networks see of it: uint8 [crop, crop, 3]. */
  seen(geometry: Geometry): Value<"uint8">;
}

/** The photo itself: resize, crop, normalise, network. */
export function fromPixels(g: Graph): PixelInput {
  const photo = g.input("image", "uint8", ["height", "width", 3]);
  return pixelInput(g, photo);
}

/** As {@linkcode fromPixels}, for a photo that is in the graph already. */
export function pixelInput(g: Graph, photo: Value<"uint8">): PixelInput {
  const cut = new Map<string, Value<"uint8">>();
  const cropped = (geometry: Geometry): Value<"uint8"> =>
    cut.getOrInsertComputed(
      JSON.stringify(describedGeometry(geometry)),
      () => resizeAndCrop(g, photo, geometry),
    );
  return {
    seen(geometry) {
      const { crop } = geometry;
      return g.reshape(g.transpose(cropped(geometry), [0, 2, 3, 1]), [crop, crop, 3]);
    },
    take({ backbone, geometry, maps = [], pooled = [] }) {
      const names = [...new Set([...maps, ...pooled])];
      const pixels = normalise(g, cropped(geometry), backbone.normalisation);
      const levels = backbone.build(g, pixels, names);
      const at = (name: string) => levels[names.indexOf(name)];
      return { maps: maps.map(at), pooled: pooled.map((name) => globalAveragePool(g, at(name))) };
    },
  };
}

/** Features that were computed before: each tap is an input of the graph. */
function fromFeatures(g: Graph): { readonly input: PhotoInput; readonly keys: readonly string[] } {
  const keys: string[] = [];
  const inputs: Value[] = [];
  const input = (tap: Tap, shape: readonly number[]): Value => {
    const key = tapKey(tap);
    const known = keys.indexOf(key);
    if (known >= 0) return inputs[known];
    inputs.push(g.input(`tap${keys.length}`, "float32", shape));
    keys.push(key);
    return inputs[inputs.length - 1];
  };
  return {
    keys,
    input: {
      take(request) {
        const { backbone, geometry, maps = [], pooled = [] } = request;
        const names = [...new Set([...maps, ...pooled])];
        // The network's own word for its shapes, in a graph that is thrown away.
        const side = geometry.crop;
        const scratch = createGraph();
        const pixels = scratch.input("pixels", "float32", [1, 3, side, side]);
        const levels = backbone.build(scratch, pixels, names);
        const shapeOf = (name: string) => levels[names.indexOf(name)].shape.map(Number);
        const tap = (level: string, pooled: boolean): Tap => ({
          backbone,
          geometry,
          level,
          pooled,
        });
        return {
          maps: maps.map((name) => input(tap(name, false), shapeOf(name))),
          pooled: pooled.map((name) => input(tap(name, true), shapeOf(name).slice(0, 2))),
        };
      },
    },
  };
}

/** Named values that a graph gives out. */
type Outputs = Readonly<Record<string, Value<ElementType>>>;

/** What is built from a photo. */
export type BuildFromPhoto = (g: Graph, photo: PhotoInput) => Outputs;

/** A graph whose input is `image`, uint8 [height, width, 3], and whose outputs are named. */
export function photoGraph(build: BuildFromPhoto): Graph {
  const g = createGraph();
  for (const [name, value] of Object.entries(build(g, fromPixels(g)))) g.output(name, value);
  return g;
}

/** A graph from features to named outputs; input `tapN` is the tap of `keys[N]`. */
function featureGraph(build: BuildFromPhoto): {
  readonly graph: Graph;
  readonly keys: readonly string[];
} {
  const graph = createGraph();
  const { input, keys } = fromFeatures(graph);
  for (const [name, value] of Object.entries(build(graph, input))) graph.output(name, value);
  return { graph, keys };
}

/** A compiled graph from one photo to named tensors. */
export interface PhotoSession extends AsyncDisposable {
  run(photo: Photo): Promise<NamedTensors>;
  dispose(): Promise<void>;
}

/** How a graph is compiled. */
export interface OpenPhotoSessionOptions {
  /** The kind of photos to compile for at once; the other is compiled when one comes. */
  readonly first?: "images" | "features";
}

/** What was learnt is referred to, not copied: the network's weights too. */
function compile(graph: Graph): Promise<Session> {
  const { model, ...rest } = compilable(graph);
  return openSession(model, rest);
}

/** Compiles what is built from a photo, once for photos of every size and once for features. */
export async function openPhotoSession(
  build: BuildFromPhoto,
  { first }: OpenPhotoSessionOptions = {},
): Promise<PhotoSession> {
  let images: Promise<Session> | undefined;
  let features:
    | { readonly keys: readonly string[]; readonly session: Promise<Session> }
    | undefined;
  let open = true;
  const forImages = () => images ??= compile(photoGraph(build));
  const forFeatures = () => {
    if (features) return features;
    const { graph, keys } = featureGraph(build);
    return features = { keys, session: compile(graph) };
  };
  if (first === "images") await forImages();
  if (first === "features") await forFeatures().session;
  const dispose = async () => {
    open = false;
    for (const session of [images, features?.session]) {
      // One that could not be compiled was told of where it was needed.
      const compiled = await session?.catch(() => undefined);
      await compiled?.dispose();
    }
  };
  return {
    async run(photo) {
      if (!open) {
        throw cannot("run a model", "its session must be open", "it was disposed of", TypeError);
      }
      if (typeof photo !== "object" || photo === null || !("tensors" in photo)) {
        checkPhoto(photo);
        return await (await forImages()).run({ image: imageTensor(photo) });
      }
      const { keys, session } = forFeatures();
      const feeds = keys.map((key, i) => {
        const found = photo.tensors.get(key);
        if (!found) {
          throw cannot("use a photo's features", "they must hold every tap", `no ${key}`);
        }
        return [`tap${i}`, found] as const;
      });
      return await (await session).run(Object.fromEntries(feeds));
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}
