/**
 * Greedy k-centre over 163,856 rows of 128 dimensions (209 images × 784 patches), 1 % and 10 %,
 * what is compared with it, and the random projection before it.
 *
 * `deno bench bench/coreset_bench.ts` shows the engine's table. With a Python that has torch and
 * numpy, `PYTHON=… deno run -A bench/coreset_bench.ts compare [rounds]` runs both sides in turn and
 * prints medians. There the peers' *step* is timed and multiplied by the number of steps: every
 * step visits all rows, so their time is linear in it.
 */

import { randomSubset } from "../src/math/seeding.ts";
import { seededRandom } from "../src/random.ts";
import { approximateGreedy } from "../src/search/approximate_greedy.ts";
import { coveringRadii } from "../src/search/covering_radii.ts";
import { growCoreset } from "../src/search/grow_coreset.ts";
import { kCenterGreedy } from "../src/search/k_center_lazy.ts";
import { project } from "../src/search/project.ts";
import { takeRows, tensor } from "../src/tensor.ts";
import type { Matrix } from "../src/types.ts";
import { median, timed } from "./timing.ts";

const N = 163_856;
const D = 128;
const WIDE = 360;
const COUNTS = [1_638, 16_385] as const;

function noise(columns: number): Matrix {
  const random = seededRandom(0, "noise");
  const data = new Float32Array(N * columns);
  for (let i = 0; i < data.length; i++) data[i] = random.normal();
  return tensor(data, [N, columns]);
}

/** As patches are: 300 clusters in 24 directions of falling variance, and weak noise in all. */
function clustered(): Matrix {
  const random = seededRandom(0, "clusters");
  const rank = 24, clusters = 300;
  const basis = Float32Array.from({ length: rank * D }, () => random.normal() / Math.sqrt(D));
  const size = Array.from({ length: rank }, (_, l) => 6 / Math.sqrt(1 + l));
  const centres = Float32Array.from(
    { length: clusters * rank },
    (_, i) => random.normal() * size[i % rank],
  );
  const data = new Float32Array(N * D);
  for (let i = 0; i < N; i++) {
    const centre = random.integer(clusters) * rank;
    const spread = 0.15 + 0.5 * random.uniform() ** 2;
    const z = size.map((s, l) => centres[centre + l] + spread * s * random.normal());
    for (let k = 0; k < D; k++) {
      let x = 0.05 * random.normal();
      for (let l = 0; l < rank; l++) x += z[l] * basis[l * D + k];
      data[i * D + k] = x;
    }
  }
  return tensor(data, [N, D]);
}

const projection = { dimensions: D, seed: 0 };

for (const [name, make] of Object.entries({ clustered, noise: () => noise(D) })) {
  let rows: Matrix | undefined;
  for (const count of COUNTS) {
    Deno.bench({ name: `k-centre, ${name}, ${count} rows`, n: 3, warmup: 0 }, async (b) => {
      rows ??= make();
      b.start();
      await kCenterGreedy(rows, { count });
      b.end();
    });
  }
}
let patches: Matrix | undefined;
const [FEW] = COUNTS;
const beside: Readonly<Record<string, (rows: Matrix) => () => Promise<unknown>>> = {
  "approximate greedy": (rows) => () => approximateGreedy(rows, { count: FEW }),
  "covering radii, random order": (rows) => {
    const order = randomSubset(rows, { count: FEW, seed: 0 });
    return () => coveringRadii(rows, order);
  },
  "growth by 10 images": (rows) => {
    const some = 10 * 784;
    const bank = takeRows(rows, randomSubset(rows, { count: FEW, seed: 0 }));
    const newRows = tensor(rows.data.subarray(0, some * D), [some, D]);
    return () => growCoreset(bank, newRows, { radius: 10 });
  },
};
for (const [name, prepare] of Object.entries(beside)) {
  let run: (() => Promise<unknown>) | undefined;
  Deno.bench({ name: `${name}, ${FEW} rows`, n: 3, warmup: 0 }, async (b) => {
    run ??= prepare(patches ??= clustered());
    b.start();
    await run();
    b.end();
  });
}
let wide: Matrix | undefined;
Deno.bench({ name: `projection ${WIDE} to ${D}`, n: 3, warmup: 0 }, async (b) => {
  wide ??= noise(WIDE);
  b.start();
  await project(wide, projection);
  b.end();
});

async function python(): Promise<Record<string, number>> {
  const script = new URL("python/coreset.py", import.meta.url).pathname;
  const { success, stdout } = await new Deno.Command(Deno.env.get("PYTHON") ?? "python3", {
    args: [script],
    env: { OPENBLAS_CORETYPE: "SKYLAKEX" },
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("the Python side failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function compare(rounds: number): Promise<void> {
  const data = { clustered: clustered(), noise: noise(D) };
  const before = Deno.memoryUsage().rss;
  const times: Record<string, number[]> = {};
  const note = (name: string, milliseconds: number) => (times[name] ??= []).push(milliseconds);
  let most = 0;
  for (let round = 0; round < rounds; round++) {
    for (const count of COUNTS) {
      for (const [name, rows] of Object.entries(data)) {
        note(
          `ours ${name} ${count}`,
          await timed(() =>
            kCenterGreedy(rows, {
              count,
              progress: () => most = Math.max(most, Deno.memoryUsage().rss),
            })
          ),
        );
      }
    }
    const peers = await python();
    for (const [name, milliseconds] of Object.entries(peers)) note(name, milliseconds);
  }
  const memory = (most - before) / 2 ** 20;
  const many = noise(WIDE);
  for (let round = 0; round < rounds; round++) {
    note("project", await timed(() => project(many, projection)));
  }
  const m = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, median(list)]));
  const table = COUNTS.flatMap((count) =>
    Object.keys(data).map((name) => {
      const ours = m[`ours ${name} ${count}`];
      const ratio = (step: number) => Number((step * count / ours).toFixed(1));
      return {
        data: name,
        count,
        seconds: Number((ours / 1000).toFixed(2)),
        "official ×": ratio(m.official),
        "norm ×": ratio(m.norm),
        "numpy ×": ratio(m.numpy),
      };
    })
  );
  console.table(table);
  console.log(
    `medians of ${rounds} rounds in turn; a step of the official code takes ` +
      `${m.official.toFixed(1)} ms, with linalg.norm ${m.norm.toFixed(1)}, numpy's ` +
      `${m.numpy.toFixed(1)}; memory beside the rows ${memory.toFixed(0)} MB; projection ` +
      `${m.project.toFixed(0)} ms, numpy ${m.project_numpy.toFixed(0)}, torch ` +
      `${m.project_torch.toFixed(0)}`,
  );
}

if (Deno.args[0] === "compare") await compare(Number(Deno.args[1] ?? 3));
