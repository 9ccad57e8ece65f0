import { assertEquals, assertRejects } from "@std/assert";
import {
  coveringRadius,
  kCenterGreedyPlain,
  type KCenterOptions,
} from "../../src/math/k_center.ts";
import { kCenterGreedy } from "../../src/search/k_center_lazy.ts";
import { matrix } from "../../src/tensor.ts";
import type { Matrix } from "../../src/types.ts";
import { clusters, filled, hardRows, noise } from "./hard_rows.ts";
import fixture from "../fixtures/search/search.json" with { type: "json" };

async function check(rows: Matrix, options: KCenterOptions): Promise<void> {
  const plain = kCenterGreedyPlain(rows, options);
  const lazy = await kCenterGreedy(rows, options);
  assertEquals(plain.indices.length, options.count);
  assertEquals(lazy.indices, plain.indices);
  assertEquals(lazy.radii, plain.radii);
}

for (const [name, make] of Object.entries(hardRows)) {
  Deno.test(`the lazy greedy selects the readable one's rows, in order: ${name}`, async () => {
    const rows = make();
    const [n] = rows.shape;
    await check(rows, { count: Math.min(n, 600), start: 0 });
    await check(rows, { count: 40, start: n - 1 });
  });
}

Deno.test("the lazy greedy selects the readable one's rows down to the last", async () => {
  for (const rows of [noise(400, 3), clusters(300, 8, 0.1), matrix([[1, 2]]), matrix([[1], [1]])]) {
    await check(rows, { count: rows.shape[0] });
  }
});

Deno.test("rows that are all equal follow lowest index first, each once, at radius 0", async () => {
  const { indices, radii } = await kCenterGreedy(filled(6, 3, () => 2.5), { count: 4, start: 2 });
  assertEquals([...indices], [2, 0, 1, 3]);
  assertEquals([...radii], [0, 0, 0, 0]);
});

Deno.test("the lazy greedy equals numpy's in float64", async () => {
  const { count, start, indices, radii } = fixture.greedy;
  const ours = await kCenterGreedy(matrix(fixture.rows), { count, start });
  assertEquals([indices.length, ours.indices.length], [60, 60]);
  assertEquals([...ours.indices], indices);
  const largest = radii.reduce((most, r, t) => Math.max(most, Math.abs(r - ours.radii[t])), 0);
  console.log(`greedy radii, 60 values: largest difference to numpy ${largest}`);
  assertEquals(largest < 1e-12, true);
});

Deno.test("a smaller selection is a prefix of a larger one, and radii never grow", async () => {
  const rows = clusters(2500, 16, 0.3);
  const large = await kCenterGreedy(rows, { count: 1000, start: 11 });
  for (const count of [1, 2, 17, 500]) {
    const small = await kCenterGreedy(rows, { count, start: 11 });
    assertEquals(small.indices, large.indices.slice(0, count));
    assertEquals(small.radii, large.radii.slice(0, count));
  }
  assertEquals(large.radii.length, 1000);
  assertEquals(large.radii.every((r, t) => t === 0 || r <= large.radii[t - 1]), true);
  assertEquals(large.radii[499], coveringRadius(rows, large.indices.subarray(0, 500)));
  assertEquals(new Set(large.indices).size, 1000);
  assertEquals(large.indices[0], 11);
});

Deno.test("progress never goes back and ends with the count", async () => {
  for (const rows of [noise(1200, 8), filled(50, 2, () => 1)]) {
    const count = Math.floor(rows.shape[0] / 2);
    const told: number[] = [];
    await kCenterGreedy(rows, { count, progress: (chosen) => told.push(chosen) });
    assertEquals(told.length > 1, true);
    assertEquals(told.every((chosen, i) => i === 0 || chosen >= told[i - 1]), true);
    assertEquals(told[told.length - 1], count);
  }
});

Deno.test("a selection stops when its signal is aborted", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const stopped = kCenterGreedy(noise(3000, 8), {
    count: 3000,
    signal: stop.signal,
    progress: (chosen) => chosen > 1 && stop.abort(reason),
  });
  assertEquals(await stopped.catch((error) => error), reason);
});

Deno.test("the event loop turns during a selection", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await kCenterGreedy(noise(20_000, 16), { count: 1500 });
  clearInterval(timer);
  assertEquals(turns > 0, true);
});

Deno.test("the lazy greedy refuses bad counts, starts and rows, and leaves its rows alone", async () => {
  const rows = noise(5, 2);
  const copy = rows.data.slice();
  for (const count of [0, 6, 2.5]) {
    await assertRejects(() => kCenterGreedy(rows, { count }), RangeError, "whole number in 1…5");
  }
  for (const start of [-1, 5, 0.5]) {
    await assertRejects(() => kCenterGreedy(rows, { count: 1, start }), RangeError, "row in 0…4");
  }
  await assertRejects(
    () => kCenterGreedy(matrix([]), { count: 1 }),
    RangeError,
    "at least one row",
  );
  await assertRejects(
    () => kCenterGreedy(matrix([[1], [2], [NaN]]), { count: 1 }),
    RangeError,
    "NaN in row 2",
  );
  await kCenterGreedy(rows, { count: 5 });
  assertEquals(rows.data, copy);
});
