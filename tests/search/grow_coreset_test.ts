import { assertEquals, assertRejects } from "@std/assert";
import { growCoresetPlain } from "../../src/math/grow_coreset.ts";
import { kCenterGreedyPlain } from "../../src/math/k_center.ts";
import { growCoreset } from "../../src/search/grow_coreset.ts";
import { matrix, takeRows } from "../../src/tensor.ts";
import { hardRows, noise } from "./hard_rows.ts";

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

for (const [name, make] of Object.entries(hardRows)) {
  Deno.test(`growth equals the readable one's: ${name}`, async () => {
    const rows = make();
    const [n] = rows.shape;
    const old = takeRows(rows, numbers(0, n >> 2));
    const newRows = takeRows(rows, numbers(n >> 2, n));
    const { indices, radii } = kCenterGreedyPlain(old, { count: Math.min(120, n >> 3) });
    const bank = takeRows(old, indices);
    let joined = 0, largest = 0;
    for (const radius of [radii[radii.length - 1], radii[radii.length >> 1]]) {
      const [fast, plain] = [
        await growCoreset(bank, newRows, { radius }),
        growCoresetPlain(bank, newRows, { radius }),
      ];
      assertEquals(fast, plain);
      joined += plain.indices.length;
      largest = Math.max(largest, Math.abs(fast.radius - plain.radius));
    }
    console.log(`${name}, ${joined} rows joined: largest difference of the radius ${largest}`);
  });
}

Deno.test("a bank of more rows than one block of centres grows as the readable one", async () => {
  const bank = noise(2600, 4), newRows = noise(900, 4);
  const fast = await growCoreset(bank, newRows, { radius: 0.6 });
  assertEquals(fast, growCoresetPlain(bank, newRows, { radius: 0.6 }));
  assertEquals(fast.indices.length > 10 && fast.indices.length < 900, true);
});

Deno.test("rows that the bank holds do not join, whatever the radius", async () => {
  const bank = noise(40, 6);
  const grown = await growCoreset(bank, takeRows(bank, [7, 7, 0, 39]), { radius: 0 });
  assertEquals([grown.indices.length, grown.radius], [0, 0]);
});

Deno.test("with radius 0 every other row joins once", async () => {
  const bank = noise(10, 3);
  const some = noise(30, 3);
  const twice = takeRows(some, [...numbers(0, 30), ...numbers(0, 30)]);
  const { indices, radius } = await growCoreset(bank, twice, { radius: 0 });
  assertEquals([...indices].sort((a, b) => a - b), numbers(0, 30));
  assertEquals(radius, 0);
});

Deno.test("growth tells its progress, can be stopped, and leaves its rows alone", async () => {
  const bank = noise(20, 8), newRows = noise(3000, 8);
  const copies = [bank.data.slice(), newRows.data.slice()];
  const told: number[] = [];
  const { indices } = await growCoreset(bank, newRows, {
    radius: 1,
    progress: (joined) => told.push(joined),
  });
  assertEquals(told.length > 2, true);
  assertEquals(told.every((joined, i) => i === 0 || joined >= told[i - 1]), true);
  assertEquals(told[told.length - 1], indices.length);
  const stop = new AbortController();
  const reason = new Error("enough");
  const stopped = growCoreset(bank, newRows, {
    radius: 0,
    signal: stop.signal,
    progress: (joined) => joined > 0 && stop.abort(reason),
  });
  assertEquals(await stopped.catch((error) => error), reason);
  assertEquals([bank.data, newRows.data], copies);
});

Deno.test("growth through the engine refuses what the readable one refuses", async () => {
  const bank = noise(5, 2);
  for (const radius of [-1, NaN, Infinity]) {
    await assertRejects(() => growCoreset(bank, bank, { radius }), RangeError, "a radius must be");
  }
  const options = { radius: 1 };
  await assertRejects(() => growCoreset(bank, matrix([[1]]), options), RangeError, "equally wide");
  await assertRejects(() => growCoreset(matrix([]), bank, options), RangeError, "at least one row");
  await assertRejects(
    () => growCoreset(bank, matrix([[1, 2], [NaN, 0]]), options),
    RangeError,
    "NaN in row 1",
  );
});
