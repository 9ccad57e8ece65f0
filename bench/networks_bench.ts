/**
 * The README's table of networks: parameters, levels, milliseconds a photo. Weights are by a
 * formula where none are embedded: they cost the same as trained ones.
 *
 * `deno run -A bench/networks_bench.ts [NAME…]` prints the table in Markdown.
 */

import {
  architectureNames,
  assemble,
  denseNetTensors,
  efficientNetLiteTensors,
  efficientNetTensors,
  isDenseNetName,
  isEfficientNetLiteName,
  isEfficientNetName,
  isResNetName,
  resNetTensors,
  weightsFor,
} from "../mod.ts";
import type { ExpectedTensor } from "../mod.ts";
import type { Network } from "../src/backbones/backbone.ts";
import { createGraph } from "../src/onnx/graph.ts";
import { openSession } from "../src/onnx/session.ts";
import { formulaWeights } from "../tests/backbones/formula_weights.ts";
import { median, timed } from "./timing.ts";

const RUNS = 21;

/** The size that a network is published for. */
const sides: Readonly<Record<string, number>> = {
  efficientnet_b1: 240,
  efficientnet_b2: 260,
  efficientnet_b3: 300,
  efficientnet_b4: 380,
  efficientnet_b5: 456,
  efficientnet_b6: 528,
  efficientnet_b7: 600,
};

function tensorsOf(name: string): readonly ExpectedTensor[] {
  if (isResNetName(name)) return resNetTensors(name);
  if (isDenseNetName(name)) return denseNetTensors(name);
  if (isEfficientNetName(name)) return efficientNetTensors(name, "torchvision");
  if (isEfficientNetLiteName(name)) return efficientNetLiteTensors(name, "efficientnet_pytorch");
  throw new Error(name);
}

/** Weights and biases: what a network learnt; statistics of batch norms are not counted. */
function parameters(tensors: readonly ExpectedTensor[]): number {
  return tensors.filter(([name]) => !/running_(mean|var)$/.test(name))
    .reduce((sum, [, shape]) => sum + shape.reduce((size, side) => size * side, 1), 0);
}

async function milliseconds(network: Network, levels: readonly string[], side: number) {
  const shape = [1, 3, side, side];
  const data = Float32Array.from(
    { length: 3 * side * side },
    (_, i) => (i * 7919 % 1009) / 504 - 1,
  );
  const g = createGraph();
  const found = network.build(g, g.input("x", "float32", shape), levels);
  found.forEach((value, i) => g.output(`largest${i}`, g.largest(value, [0, 1, 2, 3])));
  await using session = await openSession(g.toModel());
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    times.push(await timed(() => session.run({ x: { data, shape } })));
  }
  return median(times.slice(RUNS / 3));
}

const names = Deno.args.length > 0
  ? Deno.args
  : architectureNames.filter((name) => !name.startsWith("tf_"));
console.log(
  "| network | parameters | levels (channels, stride) | px | ms to patch levels | ms to pooled level | licence of published weights |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const name of names) {
  const tensors = tensorsOf(name);
  const network = assemble(name, formulaWeights(tensors));
  const { patches, pooled } = network.defaults;
  const side = sides[name] ?? 224;
  const levels = network.levels.map(({ name, channels, stride }) =>
    `${name} ${channels}/${stride}`
  );
  const license = name.startsWith("efficientnet_lite")
    ? "Apache-2.0"
    : [...new Set(weightsFor(name).map(({ license }) => license))].join(", ");
  const times = [
    await milliseconds(network, patches, side),
    await milliseconds(network, [pooled], side),
  ];
  console.log(
    `| \`${name}\` | ${(parameters(tensors) / 1e6).toFixed(1)} M | ${
      levels.join(", ")
    } | ${side} | ` +
      `${times[0].toFixed(1)} (${patches.join(", ")}) | ${
        times[1].toFixed(1)
      } (${pooled}) | ${license} |`,
  );
}
