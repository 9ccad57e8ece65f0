import { assertEquals, assertRejects } from "@std/assert";
import { approximateGreedyPlain } from "../../src/math/approximate_greedy.ts";
import { approximateGreedy } from "../../src/search/approximate_greedy.ts";
import { matrix } from "../../src/tensor.ts";
import fixture from "../fixtures/search/search.json" with { type: "json" };
import { filled, hardRows, noise } from "./hard_rows.ts";

for (const [name, make] of Object.entries(hardRows)) {
  Deno.test(`approximate greedy selects the readable one's rows, in order: ${name}`, async () => {
    const rows = make();
    const [n] = rows.shape;
    const some = [0, n >> 1, n - 1];
    let compared = 0;
    for (const startingPoints of [10, 1, 40, some]) {
      const options = { count: Math.min(n, 300), startingPoints, seed: 2 };
      const [fast, plain] = [
        await approximateGreedy(rows, options),
        approximateGreedyPlain(rows, options),
      ];
      assertEquals(plain.indices.length, options.count);
      assertEquals(fast, plain);
      compared++;
    }
    assertEquals(compared, 4);
  });
}

Deno.test("approximate greedy selects the readable one's rows down to the last", async () => {
  for (const rows of [noise(400, 3), filled(9, 2, () => 1.5), matrix([[1, 2]])]) {
    const options = { count: rows.shape[0] };
    assertEquals(await approximateGreedy(rows, options), approximateGreedyPlain(rows, options));
  }
});

Deno.test("approximate greedy through the engine equals numpy's in float64", async () => {
  const { count, startingPoints, indices } = fixture.approximate;
  assertEquals(indices.length, 60);
  const ours = await approximateGreedy(matrix(fixture.rows), { count, startingPoints });
  assertEquals([...ours.indices], indices);
});

Deno.test("approximate greedy tells its progress, can be stopped, and leaves its rows alone", async () => {
  const rows = noise(3000, 8);
  const copy = rows.data.slice();
  const told: number[] = [];
  await approximateGreedy(rows, { count: 900, progress: (chosen) => told.push(chosen) });
  assertEquals(told.length > 2, true);
  assertEquals(told.every((chosen, i) => i === 0 || chosen >= told[i - 1]), true);
  assertEquals(told[told.length - 1], 900);
  const stop = new AbortController();
  const reason = new Error("enough");
  const stopped = approximateGreedy(rows, {
    count: 3000,
    signal: stop.signal,
    progress: (chosen) => chosen > 1 && stop.abort(reason),
  });
  assertEquals(await stopped.catch((error) => error), reason);
  assertEquals(rows.data, copy);
});

Deno.test("approximate greedy through the engine refuses what the readable one refuses", async () => {
  const rows = noise(5, 2);
  await assertRejects(() => approximateGreedy(rows, { count: 6 }), RangeError, "1…5");
  await assertRejects(
    () => approximateGreedy(rows, { count: 1, startingPoints: 0 }),
    RangeError,
    "starting points",
  );
  await assertRejects(
    () => approximateGreedy(rows, { count: 1, startingPoints: [7] }),
    RangeError,
    "row in 0…4",
  );
  await assertRejects(
    () => approximateGreedy(matrix([[1], [Infinity]]), { count: 1 }),
    RangeError,
    "Infinity in row 1",
  );
});
