import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { approximateGreedyPlain } from "../../src/math/approximate_greedy.ts";
import { matrix } from "../../src/tensor.ts";
import fixture from "../fixtures/search/search.json" with { type: "json" };

const line = matrix([[0], [1], [9], [10], [5]]);

Deno.test("approximate greedy starts from the mean distance to points that it does not select", () => {
  // Mean distances to the rows 9 and 5: 7, 6, 2, 3, 2. Row 0 is the first; then 10 keeps its 3.
  const { indices, startingPoints } = approximateGreedyPlain(line, {
    count: 5,
    startingPoints: [2, 4],
  });
  assertEquals([...startingPoints], [2, 4]);
  assertEquals([...indices], [0, 3, 4, 1, 2]);
});

Deno.test("rows near a starting point come late, however far they are from those chosen", () => {
  // From the starting point 0 the distances are 0, 1, 100, 2, 3. Once 100, 3 and −2 are chosen
  // 0 and 1 are both 2 from the nearest of these, but keep the 0 and 1 that they began with.
  const rows = matrix([[0], [1], [100], [-2], [3]]);
  const { indices } = approximateGreedyPlain(rows, { count: 5, startingPoints: [0] });
  assertEquals([...indices], [2, 4, 3, 1, 0]);
});

Deno.test("rows that coincide with chosen ones follow last, lowest index first", () => {
  const twins = matrix([[3], [7], [3], [7], [3]]);
  const { indices } = approximateGreedyPlain(twins, { count: 5, startingPoints: [1] });
  assertEquals([...indices], [0, 1, 2, 3, 4]);
});

Deno.test("the starting points are drawn by seed, at most as many as there are rows", () => {
  const options = { count: 3, seed: 4 };
  const rows = matrix(fixture.rows);
  const drawn = approximateGreedyPlain(rows, options);
  assertEquals(drawn.startingPoints.length, 10);
  assertEquals(new Set(drawn.startingPoints).size, 10);
  assertEquals(approximateGreedyPlain(rows, options), drawn);
  assertNotEquals(
    approximateGreedyPlain(rows, { ...options, seed: 5 }).startingPoints,
    drawn.startingPoints,
  );
  assertEquals(
    [...approximateGreedyPlain(line, { count: 1 }).startingPoints].sort(),
    [0, 1, 2, 3, 4],
  );
});

Deno.test("approximate greedy equals numpy's in float64", () => {
  const { count, startingPoints, indices } = fixture.approximate;
  assertEquals([indices.length, startingPoints.length], [60, 10]);
  const ours = approximateGreedyPlain(matrix(fixture.rows), { count, startingPoints });
  assertEquals([...ours.indices], indices);
});

Deno.test("approximate greedy refuses bad counts, starting points and rows", () => {
  for (const count of [0, 6, 1.5]) {
    assertThrows(() => approximateGreedyPlain(line, { count }), RangeError, "1…5");
  }
  for (const startingPoints of [0, -1, 2.5, NaN]) {
    const options = { count: 1, startingPoints };
    assertThrows(() => approximateGreedyPlain(line, options), RangeError, "starting points");
  }
  for (const startingPoints of [[], [5], [0.5]]) {
    const options = { count: 1, startingPoints };
    assertThrows(() => approximateGreedyPlain(line, options), RangeError, "centre");
  }
  assertThrows(() => approximateGreedyPlain(matrix([[NaN]]), { count: 1 }), RangeError, "NaN");
});
