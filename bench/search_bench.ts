/**
 * Exact nearest rows: 784 queries (one image's patches) in a bank of 16,385 rows × 1,024.
 *
 * `deno bench bench/search_bench.ts` shows the engine's table. With a Python that has faiss,
 * `PYTHON=… deno run -A bench/search_bench.ts compare [rounds]` lets both sides take turns, search
 * by search, and prints medians.
 */

import { createGraph } from "../src/onnx/graph.ts";
import { openSession, type Session } from "../src/onnx/session.ts";
import { seededRandom } from "../src/random.ts";
import { nearest, nearestRows } from "../src/search/nearest.ts";
import { tensor } from "../src/tensor.ts";
import type { Matrix } from "../src/types.ts";
import { openPythonPeer } from "./python_peer.ts";
import { median, timed } from "./timing.ts";

const QUERIES = 784;
const ROWS = 16_385;
const COLUMNS = 1_024;
const COUNTS = [1, 9] as const;

function noise(rows: number, stream: string): Matrix {
  const random = seededRandom(0, stream);
  const data = new Float32Array(rows * COLUMNS);
  for (let i = 0; i < data.length; i++) data[i] = random.normal();
  return tensor(data, [rows, COLUMNS]);
}

const queries = noise(QUERIES, "queries");
const bank = noise(ROWS, "bank");

/** As a saved detector does it: the bank is a constant of the compiled graph. */
function openSearch(count: number): Promise<Session> {
  const g = createGraph();
  const input = g.input("queries", "float32", ["patches", COLUMNS]);
  const { distances, indices } = nearestRows(g, input, bank, { count });
  g.output("distances", distances);
  g.output("indices", indices);
  return openSession(g.toModel());
}

for (const count of COUNTS) {
  let session: Session | undefined;
  Deno.bench({ name: `compiled, k = ${count}`, n: 7, warmup: 1 }, async (b) => {
    session ??= await openSearch(count);
    b.start();
    await session.run({ queries });
    b.end();
  });
  Deno.bench({ name: `at once, k = ${count}`, n: 7, warmup: 1 }, async () => {
    await nearest(queries, bank, { count });
  });
}

async function compare(rounds: number): Promise<void> {
  const peer = openPythonPeer("search.py");
  const table = [];
  for (const count of COUNTS) {
    await using session = await openSearch(count);
    const sides = {
      compiled: () => timed(() => session.run({ queries })),
      "at once": () => timed(() => nearest(queries, bank, { count })),
      faiss: () => peer.ask(String(count)),
    };
    const times: Record<string, number[]> = { compiled: [], "at once": [], faiss: [] };
    for (const side of Object.values(sides)) await side();
    for (let round = 0; round < rounds; round++) {
      for (const [name, side] of Object.entries(sides)) times[name].push(await side());
    }
    const [compiled, atOnce, peerTime] = Object.values(times).map(median);
    table.push({
      k: count,
      "compiled ms": Math.round(compiled),
      "at once ms": Math.round(atOnce),
      "faiss ms": Math.round(peerTime),
      "compiled ×": Number((peerTime / compiled).toFixed(2)),
      "at once ×": Number((peerTime / atOnce).toFixed(2)),
    });
  }
  await peer.close();
  console.table(table);
}

if (Deno.args[0] === "compare") await compare(Number(Deno.args[1] ?? 9));
