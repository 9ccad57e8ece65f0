import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  nearestPlain,
  type Neighbours,
  squaredDistancesBetween,
} from "../../src/math/distances.ts";
import { evaluate } from "../../src/onnx/evaluate.ts";
import { createGraph } from "../../src/onnx/graph.ts";
import { openSession } from "../../src/onnx/session.ts";
import { seededRandom } from "../../src/random.ts";
import { nearest, nearestRows } from "../../src/search/nearest.ts";
import { matrix, takeRows, tensor } from "../../src/tensor.ts";
import type { Matrix } from "../../src/types.ts";
import fixture from "../fixtures/search/search.json" with { type: "json" };

function normal(rows: number, columns: number, { seed = 0, mean = 0, deviation = 1 } = {}): Matrix {
  const random = seededRandom(seed, "rows");
  const data = Float32Array.from(
    { length: rows * columns },
    () => mean + deviation * random.normal(),
  );
  return tensor(data, [rows, columns]);
}

/** Largest relative difference of the distances; 0 must be 0. */
function largestDifference(ours: Neighbours, plain: Neighbours, values: number): number {
  assertEquals(ours.distances.shape, plain.distances.shape);
  assertEquals(plain.distances.data.length, values);
  let largest = 0;
  plain.distances.data.forEach((d, i) => {
    const difference = Math.abs(ours.distances.data[i] - d);
    largest = Math.max(largest, d === 0 ? difference && Infinity : difference / d);
  });
  return largest;
}

async function check(title: string, queries: Matrix, bank: Matrix, options: {
  readonly count: number;
  readonly tile?: number;
}): Promise<void> {
  const plain = nearestPlain(queries, bank, options);
  const ours = await nearest(queries, bank, options);
  const values = queries.shape[0] * options.count;
  const largest = largestDifference(ours, plain, values);
  console.log(`${title}, ${values} distances: largest relative difference ${largest}`);
  assertEquals(largest < 1e-5, true);
  // Another row than the readable search's may come only where both are equally far in float32.
  const squared = squaredDistancesBetween(queries, bank);
  const swapped = ours.indices.findIndex((row, i) => {
    const q = Math.floor(i / options.count);
    return row !== plain.indices[i] &&
      !(Math.abs(squared(q, row) / squared(q, plain.indices[i]) - 1) < 1e-6);
  });
  assertEquals(swapped, -1);
}

Deno.test("nearest rows equal the readable search, in one tile, in several, and in uneven ones", async () => {
  const queries = normal(60, 33, { seed: 1 });
  const bank = normal(500, 33, { seed: 2 });
  for (const tile of [500, 125, 64, 7, 1]) {
    await check(`tile ${tile}`, queries, bank, { count: 4, tile });
  }
});

Deno.test("nearest rows equal scipy's and faiss'", async () => {
  const { count, indices, distances, faissSquared } = fixture.nearest;
  const found = await nearest(matrix(fixture.queries), matrix(fixture.rows), { count });
  assertEquals([...found.indices], indices.flat());
  assertEquals(distances.flat().length, 200);
  let scipy = 0, faiss = 0;
  distances.flat().forEach((d, i) => {
    scipy = Math.max(scipy, Math.abs(found.distances.data[i] - d));
    faiss = Math.max(faiss, Math.abs(found.distances.data[i] ** 2 - faissSquared.flat()[i]));
  });
  console.log(`200 distances: largest difference to scipy ${scipy}, squared to faiss ${faiss}`);
  assertEquals(scipy < 1e-5 && faiss < 1e-3, true);
});

Deno.test("a row's distance to itself is exactly 0, far from the origin too", async () => {
  for (const mean of [0, 1000, -1e6]) {
    const bank = normal(300, 48, { mean });
    const { distances, indices } = await nearest(bank, bank, { count: 1 });
    assertEquals(distances.data.length, 300);
    assertEquals(distances.data.every((d) => d === 0), true);
    assertEquals([...indices], Array.from({ length: 300 }, (_, i) => i));
  }
});

Deno.test("rows far from the origin are told apart as well as rows around it", async () => {
  for (const mean of [1000, -30_000]) {
    const queries = normal(50, 64, { seed: 3, mean, deviation: 0.5 });
    const bank = normal(700, 64, { seed: 4, mean, deviation: 0.5 });
    await check(`mean ${mean}`, queries, bank, { count: 3, tile: 256 });
  }
});

Deno.test("distances near 0 do not cancel", async () => {
  const bank = normal(200, 40, { seed: 5 });
  const random = seededRandom(6);
  const data = bank.data.map((x) => x + 1e-5 * random.normal());
  await check("near 0", tensor(data, [200, 40]), bank, { count: 2 });
});

Deno.test("rows that float32 products confuse are told apart", async () => {
  // Each row has a twin 100 times nearer to it than the rounding of a product of such rows.
  const random = seededRandom(14);
  const rows = normal(200, 64, { seed: 15 });
  const near = (deviation: number) => rows.data.map((x) => x + deviation * random.normal());
  const bank = tensor(Float32Array.of(...near(3e-5), ...rows.data), [400, 64]);
  const { indices } = await nearest(tensor(near(1e-5), [200, 64]), bank, { count: 1 });
  assertEquals([...indices], Array.from({ length: 200 }, (_, i) => 200 + i));
});

Deno.test("rows at exactly equal distances come lowest index first, however products rank them", async () => {
  // Whole multiples of 1/64: both sums q ± v are exact, their products with q are not.
  const multiples = ({ data, shape }: Matrix) =>
    tensor(data.map((x) => Math.round(64 * x) / 64), shape);
  const offset = multiples(normal(1, 48, { seed: 16 })).data;
  const others = normal(9, 48, { seed: 17, mean: 7, deviation: 20 }).data;
  let compared = 0;
  for (let seed = 20; seed < 50; seed++) {
    const query = multiples(normal(1, 48, { seed, deviation: 20 }));
    const sides = [1, -1].flatMap((sign) => [...query.data.map((x, k) => x + sign * offset[k])]);
    const bank = tensor(Float32Array.of(...sides, ...others), [11, 48]);
    const { distances, indices } = await nearest(query, bank, { count: 2 });
    assertEquals(distances.data[0], distances.data[1]);
    assertEquals([...indices], [0, 1]);
    compared++;
  }
  assertEquals(compared, 30);
});

Deno.test("copies of a row come lowest index first, also from different tiles", async () => {
  const few = normal(5, 24, { seed: 7 });
  const bank = takeRows(few, Array.from({ length: 40 }, (_, i) => i % 5));
  for (const queries of [normal(9, 24, { seed: 8 }), few]) {
    const { indices } = await nearest(queries, bank, { count: 8, tile: 16 });
    assertEquals(indices, nearestPlain(queries, bank, { count: 8 }).indices);
  }
});

Deno.test("every row can be asked for, and one row is enough", async () => {
  await check("all rows", normal(3, 5, { seed: 9 }), normal(20, 5), { count: 20, tile: 6 });
  await check("one row", normal(3, 5, { seed: 9 }), normal(1, 5), { count: 1 });
});

Deno.test("more queries than one block are searched block by block", async () => {
  await check("2,100 queries", normal(2100, 4, { seed: 10 }), normal(50, 4), { count: 1 });
});

Deno.test("many candidates are gathered group by group", async () => {
  await check("groups", normal(600, 512, { seed: 11 }), normal(90, 512), { count: 40 });
});

Deno.test("the step takes the bank as a constant, with the number of queries left open", async () => {
  const bank = normal(300, 16, { mean: 500 });
  const g = createGraph();
  const queries = g.input("queries", "float32", ["patches", 16]);
  const { distances, indices } = nearestRows(g, queries, bank, { count: 2, tile: 128 });
  assertEquals([distances.shape, indices.shape], [["patches", 2], ["patches", 2]]);
  g.output("distances", distances);
  g.output("indices", indices);
  await using session = await openSession(g.toModel());
  let compared = 0;
  for (const rows of [1, 30]) {
    const some = normal(rows, 16, { seed: rows, mean: 500 });
    const found = await session.run({ queries: some });
    const plain = nearestPlain(some, bank, { count: 2 });
    assertEquals(Array.from(found.indices.data, Number), [...plain.indices]);
    const ours = { distances: found.distances as Matrix, indices: plain.indices };
    assertEquals(largestDifference(ours, plain, rows * 2) < 1e-5, true);
    compared += rows * 2;
  }
  assertEquals(compared, 62);
});

Deno.test("one query at a time gives what all at once give", async () => {
  const queries = normal(4, 12, { seed: 12 });
  const bank = normal(100, 12);
  const all = await nearest(queries, bank, { count: 3 });
  for (let q = 0; q < 4; q++) {
    const one = await nearest(takeRows(queries, [q]), bank, { count: 3 });
    assertEquals(one.indices, all.indices.slice(q * 3, q * 3 + 3));
    assertEquals(one.distances.data, all.distances.data.slice(q * 3, q * 3 + 3));
  }
});

Deno.test("searching changes neither the queries nor the bank", async () => {
  const queries = normal(5, 6, { seed: 13 });
  const bank = normal(9, 6);
  const before = [queries.data.slice(), bank.data.slice()];
  await nearest(queries, bank, { count: 1 });
  assertEquals([queries.data, bank.data], before);
});

Deno.test("a search refuses bad counts, tiles, widths and numbers", async () => {
  const one = matrix([[1]]);
  for (const count of [0, 2, 0.5]) {
    await assertRejects(() => nearest(one, one, { count }), RangeError, "whole number in 1…1");
    await assertRejects(
      () => evaluate((g, q, b) => nearestRows(g, q, b, { count }), one, one),
      RangeError,
      "whole number in 1…1",
    );
  }
  await assertRejects(() => nearest(one, one, { count: 1, tile: 0 }), RangeError, "a tile must be");
  await assertRejects(() => nearest(matrix([]), one, { count: 1 }), RangeError, "at least one row");
  await assertRejects(
    () => nearest(matrix([[NaN]]), one, { count: 1 }),
    RangeError,
    "NaN in row 0",
  );
  await assertRejects(
    () => nearest(one, matrix([[1, 2]]), { count: 1 }),
    RangeError,
    "equally wide",
  );
  const g = createGraph();
  const open = g.input("bank", "float32", ["rows", 1]);
  assertThrows(() => nearestRows(g, open, open, { count: 1 }), RangeError, "must be known");
});
