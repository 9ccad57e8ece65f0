import { assertEquals, assertRejects } from "@std/assert";
import { coveringRadiiPlain } from "../../src/math/covering.ts";
import { kMeansPlusPlus, randomSubset } from "../../src/math/seeding.ts";
import { coveringRadii } from "../../src/search/covering_radii.ts";
import { kCenterGreedy } from "../../src/search/k_center_lazy.ts";
import { matrix } from "../../src/tensor.ts";
import type { Matrix } from "../../src/types.ts";
import { clusters, hardRows, noise } from "./hard_rows.ts";

async function largestDifference(rows: Matrix, order: Int32Array): Promise<number> {
  const [fast, plain] = [await coveringRadii(rows, order), coveringRadiiPlain(rows, order)];
  assertEquals([fast.length, plain.length], [order.length, order.length]);
  return plain.reduce((most, r, t) => Math.max(most, Math.abs(r - fast[t])), 0);
}

for (const [name, make] of Object.entries(hardRows)) {
  Deno.test(`covering radii equal the readable ones: ${name}`, async () => {
    const rows = make();
    const count = Math.min(rows.shape[0], 700);
    const random = await largestDifference(rows, randomSubset(rows, { count, seed: 1 }));
    const seeded = await largestDifference(rows, kMeansPlusPlus(rows, { count: 60, seed: 1 }));
    console.log(`${name}, ${count + 60} radii: largest difference ${Math.max(random, seeded)}`);
    assertEquals([random, seeded], [0, 0]);
  });
}

Deno.test("covering radii of all rows end with 0, also when rows come twice", async () => {
  const rows = noise(300, 5);
  const order = Int32Array.from({ length: 600 }, (_, i) => i % 300);
  const radii = await coveringRadii(rows, order);
  assertEquals(radii.length, 600);
  assertEquals(radii[298] > 0, true);
  assertEquals(radii.subarray(299).every((radius) => radius === 0), true);
  assertEquals([...await coveringRadii(matrix([[1], [1]]), [1, 0])], [0, 0]);
  assertEquals([...await coveringRadii(matrix([[3]]), [0])], [0]);
});

Deno.test("covering radii of a greedy selection are its own radii", async () => {
  const rows = clusters(2500, 16, 0.3);
  const { indices, radii } = await kCenterGreedy(rows, { count: 900, start: 3 });
  assertEquals(await coveringRadii(rows, indices), radii);
});

Deno.test("measuring covering radii tells its progress and can be stopped", async () => {
  const rows = noise(3000, 8);
  const order = randomSubset(rows, { count: 2000, seed: 0 });
  const told: number[] = [];
  await coveringRadii(rows, order, { progress: (measured) => told.push(measured) });
  assertEquals(told.length > 2, true);
  assertEquals(told.every((measured, i) => i === 0 || measured >= told[i - 1]), true);
  assertEquals(told[told.length - 1], 2000);
  const stop = new AbortController();
  const reason = new Error("enough");
  const stopped = coveringRadii(rows, order, {
    signal: stop.signal,
    progress: (measured) => measured > 1 && stop.abort(reason),
  });
  assertEquals(await stopped.catch((error) => error), reason);
});

Deno.test("covering radii refuse bad orders and rows, and leave their rows alone", async () => {
  const rows = noise(5, 2);
  const copy = rows.data.slice();
  await assertRejects(() => coveringRadii(rows, []), RangeError, "at least one centre");
  await assertRejects(() => coveringRadii(rows, [5]), RangeError, "row in 0…4: 5");
  await assertRejects(() => coveringRadii(matrix([[1], [NaN]]), [0]), RangeError, "NaN in row 1");
  await coveringRadii(rows, [4, 1]);
  assertEquals(rows.data, copy);
});
