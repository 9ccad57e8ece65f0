/**
 * The embedded backbone to its last tap of PatchCore and to stage 7, 224 px, one photo at a time.
 *
 * `deno bench bench/backbone_bench.ts` shows our side; `PYTHON=… deno run -A
 * bench/backbone_bench.ts compare [rounds]` runs torch in turn and prints medians.
 */

import { loadBackbone } from "../src/backbones/registry.ts";
import { createGraph } from "../src/onnx/graph.ts";
import { openSession, type Session } from "../src/onnx/session.ts";
import { median } from "./timing.ts";

const LEVELS = ["stage5", "stage7"] as const;
const SIDE = 224;
const image = {
  data: Float32Array.from({ length: 3 * SIDE * SIDE }, (_, i) => ((i * 7919) % 1009) / 504.5 - 1),
  shape: [1, 3, SIDE, SIDE],
};

async function compile(level: string): Promise<Session> {
  const backbone = await loadBackbone("efficientnet_lite0");
  const g = createGraph();
  const [map] = backbone.build(g, g.input("x", "float32", image.shape), [level]);
  g.output("map", g.largest(map, [0, 1, 2, 3]));
  return await openSession(g.toModel());
}

const sessions = new Map<string, Session>();
for (const level of LEVELS) {
  const session = await compile(level);
  sessions.set(level, session);
  Deno.bench({ name: `EfficientNet-Lite0 to ${level}, 224 px` }, async () => {
    await session.run({ x: image });
  });
}

async function ours(level: string): Promise<number> {
  const session = sessions.get(level);
  const times: number[] = [];
  for (let i = 0; i < 40; i++) {
    const begin = performance.now();
    await session?.run({ x: image });
    times.push(performance.now() - begin);
  }
  return median(times.slice(10));
}

async function torch(): Promise<Record<string, number>> {
  const script = new URL("python/backbone.py", import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command(Deno.env.get("PYTHON") ?? "python3", {
    args: [script],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("the Python side failed");
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "");
}

if (Deno.args[0] === "compare") {
  const times: Record<string, number[]> = {};
  for (let round = 0; round < Number(Deno.args[1] ?? 3); round++) {
    for (const level of LEVELS) (times[`kizu ${level}`] ??= []).push(await ours(level));
    for (const [level, ms] of Object.entries(await torch())) {
      (times[`torch ${level}`] ??= []).push(ms);
    }
  }
  console.table(LEVELS.map((level) => {
    const [a, b] = ["kizu", "torch"].map((side) => median(times[`${side} ${level}`]));
    return {
      level,
      "kizu ms": a.toFixed(1),
      "torch ms": b.toFixed(1),
      "×": (b / a).toFixed(2),
    };
  }));
}
