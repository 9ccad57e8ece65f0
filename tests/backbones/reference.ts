/** A network against the outputs of another implementation that a fixture holds. */

import { assert, assertEquals } from "@std/assert";
import type { Network } from "../../src/backbones/backbone.ts";
import { normalise } from "../../src/image/preprocess.ts";
import { createGraph } from "../../src/onnx/graph.ts";
import { openSession } from "../../src/onnx/session.ts";
import { sha256Hex } from "../../src/sha256.ts";
import type { Tensor } from "../../src/types.ts";
import { formulaPixels, sampledPositions } from "./formula_pixels.ts";
import type { NamedShape } from "./formula_weights.ts";

/** One input size and what formula_weights.py's `sampled` found at every level. */
export interface ReferenceCase {
  readonly height: number;
  readonly width: number;
  readonly levels: Readonly<
    Record<string, {
      readonly shape: readonly number[];
      readonly mean: number;
      readonly largest: number;
      readonly samples: readonly number[];
    }>
  >;
}

/** An architecture in a fixture. */
export interface ReferenceEntry {
  readonly tensors: number;
  readonly list_sha256: string;
  readonly parameters: number;
  readonly cases: readonly ReferenceCase[];
}

/** An architecture's names and shapes with no numbers: enough for what is refused. */
export function withoutNumbers(tensors: Iterable<NamedShape>): Map<string, Tensor> {
  return new Map(
    Array.from(tensors, ([name, shape]) => [name, { data: new Float32Array(0), shape }]),
  );
}

/** Names, shapes and numbers of parameters are the other implementation's. */
export function expectSameTensors(
  expected: readonly NamedShape[],
  { tensors, list_sha256, parameters }: Omit<ReferenceEntry, "cases">,
): void {
  assertEquals(expected.length, tensors);
  assertEquals(listSha256(expected), list_sha256);
  const sizes = expected.filter(([name]) => !name.includes(".running_"))
    .map(([, shape]) => shape.reduce((product, size) => product * size, 1));
  assertEquals(sizes.reduce((sum, size) => sum + size, 0), parameters);
}

/** Prints the largest of all levels' differences, and refuses one beyond 10⁻⁴. */
export function expectSmall(what: string, differences: ReadonlyMap<string, number>): void {
  const worst = Math.max(...differences.values());
  console.log(
    `${what}: largest difference from torch ${worst.toExponential(1)} of the level's largest value`,
  );
  assert(worst <= 1e-4, `${worst}`);
}

/** SHA-256 of the sorted lines `name 64,3,7,7`: formula_weights.py's `list_hash`. */
export function listSha256(tensors: Iterable<NamedShape>): string {
  const lines = Array.from(tensors, ([name, shape]) => `${name} ${shape.join()}\n`).sort();
  return sha256Hex(new TextEncoder().encode(lines.join("")));
}

/**
 * Runs a network on the formula photo of every case and compares all its levels: names and shapes
 * are equal, and levels have their channels and strides.
 *
 * @returns the largest difference of a sample, mean or largest value for each level's name, as a
 * part of the level's largest value
 */
export async function differencesFrom(
  cases: readonly ReferenceCase[],
  network: Network,
): Promise<ReadonlyMap<string, number>> {
  const { levels, normalisation } = network;
  const names = levels.map(({ name }) => name);
  // One graph for all sizes: its constants, often hundreds of megabytes, are there once.
  const g = createGraph();
  cases.forEach(({ height, width }, i) => {
    const pixels = g.input(`pixels ${i}`, "uint8", [1, 3, height, width]);
    const maps = network.build(g, normalise(g, pixels, normalisation), names);
    maps.forEach((map, k) => g.output(`${i} ${names[k]}`, map));
  });
  await using session = await openSession(g.toModel());
  const feeds = Object.fromEntries(cases.map(({ height, width }, i) => [`pixels ${i}`, {
    data: formulaPixels(height, width),
    shape: [1, 3, height, width],
  }]));
  const found = await session.run(feeds);
  const worst = new Map<string, number>();
  cases.forEach(({ height, width, levels: expected }, i) => {
    assertEquals(Object.keys(expected), names);
    for (const { name, channels, stride } of levels) {
      const { shape, mean, largest, samples } = expected[name];
      const map = found[`${i} ${name}`];
      const sides = [height, width].map((side) => Math.ceil(side / stride));
      assertEquals([...map.shape], [1, channels, ...sides], name);
      assertEquals([...map.shape], [...shape], name);
      assertEquals(samples.length, 64);
      const { data } = map;
      if (!(data instanceof Float32Array)) throw new TypeError(`${name} is not float32`);
      const at = sampledPositions(name, { count: samples.length, size: data.length });
      const average = data.reduce((sum, value) => sum + value, 0) / data.length;
      const most = data.reduce((so, value) => Math.max(so, Math.abs(value)), 0);
      const differences = [
        ...samples.map((value, k) => Math.abs(data[at[k]] - value)),
        Math.abs(average - mean),
        Math.abs(most - largest),
      ];
      worst.set(name, Math.max(worst.get(name) ?? 0, ...differences.map((d) => d / largest)));
    }
  });
  return worst;
}
