/**
 * ResNet-18 and WideResNet50-2 to layer 3, the deepest level of PatchCore and PaDiM, 224 px, one
 * photo at a time. Weights are by a formula: they cost the same as trained ones.
 *
 * `deno bench bench/resnet_bench.ts` shows our side; `PYTHON=… deno run -A bench/resnet_bench.ts
 * compare [rounds]` lets torch, with a Python that has torchvision, take turns and prints medians.
 */

import { resNet, type ResNetName, resNetTensors } from "../src/backbones/resnet.ts";
import { createGraph } from "../src/onnx/graph.ts";
import { openSession, type Session } from "../src/onnx/session.ts";
import { formulaWeights } from "../tests/backbones/formula_weights.ts";
import { openPythonPeer } from "./python_peer.ts";
import { median, timed } from "./timing.ts";

const NAMES = ["resnet18", "wide_resnet50_2"] as const;
const LEVEL = "layer3";
const SIDE = 224;
const RUNS = 20;
const image = {
  data: Float32Array.from({ length: 3 * SIDE * SIDE }, (_, i) => ((i * 7919) % 1009) / 504.5 - 1),
  shape: [1, 3, SIDE, SIDE],
};

async function compile(name: ResNetName): Promise<Session> {
  const network = resNet(formulaWeights(resNetTensors(name)), name);
  const g = createGraph();
  const [map] = network.build(g, g.input("x", "float32", image.shape), [LEVEL]);
  g.output("largest", g.largest(map, [0, 1, 2, 3]));
  return await openSession(g.toModel(), { threads: 2 });
}

if (Deno.args.length === 0) {
  for (const name of NAMES) {
    let compiled: Promise<Session> | undefined;
    Deno.bench({ name: `${name} to ${LEVEL}, 224 px`, n: 20, warmup: 5 }, async (b) => {
      const session = await (compiled ??= compile(name));
      b.start();
      await session.run({ x: image });
      b.end();
    });
  }
}

if (Deno.args[0] === "compare") {
  const peer = openPythonPeer("resnet.py");
  const rows = [];
  for (const name of NAMES) {
    const session = await compile(name);
    const ours: number[] = [];
    const torch: number[] = [];
    for (let round = 0; round < Number(Deno.args[1] ?? 3); round++) {
      const times: number[] = [];
      for (let i = 0; i < RUNS; i++) times.push(await timed(() => session.run({ x: image })));
      // The first runs of a round warm caches that the other side has used meanwhile.
      ours.push(median(times.slice(RUNS / 4)));
      torch.push(await peer.ask(`${name} ${LEVEL} ${RUNS}`));
    }
    await session.dispose();
    const [a, b] = [median(ours), median(torch)];
    rows.push({
      network: name,
      level: LEVEL,
      "kizu ms": a.toFixed(1),
      "torch ms": b.toFixed(1),
      "×": (b / a).toFixed(2),
      rounds: ours.map((ms, i) => (torch[i] / ms).toFixed(2)).join(" "),
    });
  }
  await peer.close();
  console.table(rows);
}
