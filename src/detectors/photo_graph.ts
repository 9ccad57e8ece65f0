/** Graphs that begin with the photo itself, of any size: what fit and predict compile. */

import type { Backbone } from "../backbones/backbone.ts";
import {
  checkPhoto,
  type Geometry,
  imageTensor,
  normalise,
  resizeAndCrop,
} from "../image/preprocess.ts";
import { createGraph, type Graph } from "../onnx/graph.ts";
import { type NamedTensors, openSession } from "../onnx/session.ts";
import type { ElementType, Value } from "../onnx/value.ts";
import type { Image } from "../types.ts";

/** A compiled graph from one photo to named tensors. */
export interface PhotoSession extends AsyncDisposable {
  run(image: Image): Promise<NamedTensors>;
  dispose(): Promise<void>;
}

/** The maps of a photo at the levels named: resize, crop, normalise, network. */
export function photoLevels(
  g: Graph,
  photo: Value<"uint8">,
  { backbone, geometry, levels }: {
    readonly backbone: Backbone;
    readonly geometry: Geometry;
    readonly levels: readonly string[];
  },
): Value[] {
  const pixels = resizeAndCrop(g, photo, geometry);
  return backbone.build(g, normalise(g, pixels, backbone.normalisation), levels);
}

/** Named values that a graph gives out. */
type Outputs = Readonly<Record<string, Value<ElementType>>>;

/** A graph whose input is `image`, uint8 [height, width, 3], and whose outputs are named. */
export function photoGraph(
  build: (g: Graph, photo: Value<"uint8">) => Outputs,
): Graph {
  const g = createGraph();
  const photo = g.input("image", "uint8", ["height", "width", 3]);
  for (const [name, value] of Object.entries(build(g, photo))) g.output(name, value);
  return g;
}

/** Compiles such a graph once for photos of every size. */
export async function openPhotoSession(
  build: Parameters<typeof photoGraph>[0],
): Promise<PhotoSession> {
  const session = await openSession(photoGraph(build).toModel());
  return {
    run(image) {
      checkPhoto(image);
      return session.run({ image: imageTensor(image) });
    },
    dispose: session.dispose,
    [Symbol.asyncDispose]: session.dispose,
  };
}
