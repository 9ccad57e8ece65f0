/**
 * A small typed builder of ONNX graphs. Steps are functions that take a graph and values in it
 * and return values: `neighbourhoodAverage(g, map, { size: 3 })`. Shapes are worked out while
 * building, so that a mismatch is reported at its line and not inside the engine.
 */

import { type Arithmetic, arithmetic } from "./arithmetic.ts";
import { createCore, type GraphCore } from "./core.ts";
import { type Layers, layers } from "./layers.ts";
import { type Shaping, shaping } from "./shaping.ts";

/** A graph under construction, with every operator as a method. */
export type Graph = GraphCore & Arithmetic & Shaping & Layers;

/**
 * A new, empty graph.
 *
 * @example
 * ```ts
 * import { createGraph } from "@kizu/kizu";
 * const g = createGraph();
 * const x = g.input("x", "float32", ["rows", 3]);
 * g.output("length", g.squareRoot(g.sum(g.multiply(x, x), [1])));
 * console.assert(g.toModel().length > 0);
 * ```
 */
export function createGraph(): Graph {
  const core = createCore();
  return { ...core, ...arithmetic(core), ...shaping(core), ...layers(core) };
}
