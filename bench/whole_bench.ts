/**
 * PatchCore on one category, from files to metrics, as whole processes in turn: `deno task eval`
 * against the official recipe in Python on the same photos with the same backbone.
 *
 *     deno task synth --out large --category cable --size 1024 --train 213 --test-good 60
 *     PYTHON=… deno run -A bench/whole_bench.ts large/cable [rounds]
 */

import { dirname } from "@std/path";
import { median } from "./timing.ts";

interface Outcome {
  readonly seconds: number;
  readonly imageAuroc: number;
  readonly pixelAuroc: number;
}

async function run(
  command: string,
  args: readonly string[],
): Promise<{ out: string; seconds: number }> {
  const begin = performance.now();
  const { success, stdout } = await new Deno.Command(command, {
    args: [...args],
    env: { OPENBLAS_CORETYPE: "SKYLAKEX" },
    stderr: "null",
  }).output();
  if (!success) throw new Error(`${command} failed`);
  return { out: new TextDecoder().decode(stdout), seconds: (performance.now() - begin) / 1000 };
}

async function ours(folder: string): Promise<Outcome> {
  const json = await Deno.makeTempFile();
  const { seconds } = await run(Deno.execPath(), [
    ...["task", "eval", "--data", dirname(folder), "--category", folder.split("/").at(-1) ?? ""],
    ...["--method", "patchcore", "--json", json],
  ]);
  const { runs: [{ imageAuroc, pixelAuroc }] } = JSON.parse(await Deno.readTextFile(json));
  await Deno.remove(json);
  return { seconds, imageAuroc, pixelAuroc };
}

async function theirs(folder: string): Promise<Outcome> {
  const script = new URL("python/whole.py", import.meta.url).pathname;
  const { out, seconds } = await run(Deno.env.get("PYTHON") ?? "python3", [script, folder]);
  const { imageAuroc, pixelAuroc } = JSON.parse(out.trim().split("\n").at(-1) ?? "");
  return { seconds, imageAuroc, pixelAuroc };
}

if (import.meta.main && Deno.args[0]) {
  const folder = Deno.args[0].replace(/\/$/, "");
  const sides: Record<string, Outcome[]> = { kizu: [], python: [] };
  for (let round = 0; round < Number(Deno.args[1] ?? 1); round++) {
    sides.kizu.push(await ours(folder));
    sides.python.push(await theirs(folder));
  }
  console.table(
    Object.entries(sides).map(([side, outcomes]) => ({
      side,
      seconds: Number(median(outcomes.map(({ seconds }) => seconds)).toFixed(1)),
      "image AUROC": outcomes[0].imageAuroc,
      "pixel AUROC": outcomes[0].pixelAuroc,
    })),
  );
}
