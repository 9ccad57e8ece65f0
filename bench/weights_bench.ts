/**
 * From a weights file to a session that is ready: WideResNet50-2 to layer 3, each format in a
 * process of its own, after the file was read once.
 *
 * `PYTHON=… deno run -A bench/weights_bench.ts` writes the files with torch into a temporary folder
 * (weights by a formula), then loads each five times and prints milliseconds and peak memory.
 */

import { join } from "@std/path";
import { loadBackbone } from "../src/backbones/registry.ts";
import { createGraph } from "../src/onnx/graph.ts";
import { compilable } from "../src/onnx/large_constants.ts";
import { openSession } from "../src/onnx/session.ts";
import process from "node:process";

const NAME = "wide_resnet50_2";
const ROUNDS = 5;

/** One load, in a process of its own: milliseconds, and MiB. */
async function load(path: string): Promise<void> {
  const begin = performance.now();
  const backbone = await loadBackbone(NAME, { weights: path });
  const g = createGraph();
  const x = g.input("x", "float32", [1, 3, 224, 224]);
  const [map] = backbone.build(g, x, ["layer3"]);
  g.output("map", map);
  const { model, ...rest } = compilable(g);
  await using session = await openSession(model, rest);
  const milliseconds = performance.now() - begin;
  console.log(JSON.stringify([
    milliseconds,
    process.resourceUsage().maxRSS / 1024,
    session.outputs.length,
  ]));
}

const [mode, path] = Deno.args;
if (mode === "load") {
  await load(path);
} else {
  const folder = await Deno.makeTempDir({ prefix: "kizu-weights-" });
  try {
    const script = new URL("python/weights.py", import.meta.url).pathname;
    const python = Deno.env.get("PYTHON") ?? "python3";
    const { success } = await new Deno.Command(python, { args: [script, folder] }).output();
    if (!success) throw new Error("torch could not write the files");
    const rows = [];
    for (const file of ["zip.pth", "legacy.pth", "weights.safetensors"]) {
      await Deno.readFile(join(folder, file));
      const found: number[][] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const { stdout } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", import.meta.url, "load", join(folder, file)],
        }).output();
        found.push(JSON.parse(new TextDecoder().decode(stdout)));
      }
      const times = found.map(([ms]) => ms).toSorted((a, b) => a - b);
      rows.push({
        file,
        "ms, fastest": times[0].toFixed(0),
        "ms, median": times[ROUNDS >> 1].toFixed(0),
        "MiB": Math.max(...found.map(([, mib]) => mib)).toFixed(0),
      });
    }
    console.table(rows);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
