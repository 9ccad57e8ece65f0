import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { coveringRadius, kCenterGreedyPlain } from "../../src/math/k_center.ts";
import { seededRandom } from "../../src/random.ts";
import { matrix, tensor } from "../../src/tensor.ts";
import fixture from "../fixtures/search/search.json" with { type: "json" };

const line = matrix([[0], [1], [9], [10], [5]]);

Deno.test("greedy k-centre takes the farthest row each time and says how far it was", () => {
  const { indices, radii } = kCenterGreedyPlain(line, { count: 5 });
  assertEquals([...indices], [0, 3, 4, 1, 2]);
  assertEquals([...radii], [10, 5, 1, 1, 0]);
});

Deno.test("the start is the first row of the selection", () => {
  for (let start = 0; start < 5; start++) {
    assertEquals(kCenterGreedyPlain(line, { count: 2, start }).indices[0], start);
  }
  assertEquals([...kCenterGreedyPlain(line, { count: 1, start: 4 }).radii], [5]);
});

Deno.test("equally far rows are taken lowest index first", () => {
  const cross = matrix([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]]);
  assertEquals([...kCenterGreedyPlain(cross, { count: 3 }).indices], [0, 1, 2]);
});

Deno.test("rows that coincide with chosen ones follow last, lowest index first, at radius 0", () => {
  const twins = matrix([[3], [7], [3], [7], [3]]);
  const { indices, radii } = kCenterGreedyPlain(twins, { count: 5, start: 2 });
  assertEquals([...indices], [2, 1, 0, 3, 4]);
  assertEquals([...radii], [4, 0, 0, 0, 0]);
});

Deno.test("the covering radius is the largest distance to the nearest centre", () => {
  assertEquals(coveringRadius(line, [0, 3]), 5);
  assertEquals(coveringRadius(line, [4]), 5);
  assertEquals(coveringRadius(line, [0, 1, 2, 3, 4]), 0);
});

Deno.test("the radii of a selection are the covering radii of its prefixes and never grow", () => {
  const random = seededRandom(3);
  const rows = tensor(Float32Array.from({ length: 200 * 4 }, () => random.normal()), [200, 4]);
  const { indices, radii } = kCenterGreedyPlain(rows, { count: 30, start: 9 });
  assertEquals(radii.length, 30);
  radii.forEach((radius, t) => {
    assertEquals(radius, coveringRadius(rows, indices.subarray(0, t + 1)));
    assertEquals(t === 0 || radius <= radii[t - 1], true);
  });
});

Deno.test("no choice of as many centres has less than half the greedy radius", () => {
  const random = seededRandom(4);
  const rows = tensor(Float32Array.from({ length: 9 * 2 }, () => random.normal()), [9, 2]);
  const { radii } = kCenterGreedyPlain(rows, { count: 2 });
  let best = Infinity;
  for (let a = 0; a < 9; a++) {
    for (let b = 0; b < a; b++) best = Math.min(best, coveringRadius(rows, [a, b]));
  }
  assertEquals(radii[1] / 2 <= best && best <= radii[1], true);
});

Deno.test("greedy k-centre equals numpy's in float64", () => {
  const { count, start, indices, radii } = fixture.greedy;
  assertEquals([indices.length, radii.length], [60, 60]);
  const ours = kCenterGreedyPlain(matrix(fixture.rows), { count, start });
  assertEquals([...ours.indices], indices);
  const largest = radii.reduce((most, r, t) => Math.max(most, Math.abs(r - ours.radii[t])), 0);
  console.log(`greedy radii, 60 values: largest difference to numpy ${largest}`);
  assertAlmostEquals(largest, 0, 1e-12);
});

Deno.test("greedy k-centre refuses bad counts, starts and rows, and leaves its rows alone", () => {
  const copy = line.data.slice();
  for (const count of [0, 6, 2.5]) {
    assertThrows(() => kCenterGreedyPlain(line, { count }), RangeError, "whole number in 1…5");
  }
  for (const start of [-1, 5, 0.5]) {
    assertThrows(() => kCenterGreedyPlain(line, { count: 1, start }), RangeError, "row in 0…4");
  }
  assertThrows(() => kCenterGreedyPlain(matrix([]), { count: 1 }), RangeError, "at least one row");
  assertThrows(
    () => kCenterGreedyPlain(matrix([[1], [Infinity]]), { count: 1 }),
    RangeError,
    "Infinity in row 1",
  );
  assertEquals(line.data, copy);
});

Deno.test("a covering radius refuses centres that are not rows", () => {
  assertThrows(() => coveringRadius(line, []), RangeError, "at least one centre");
  assertThrows(() => coveringRadius(line, [5]), RangeError, "row in 0…4: 5");
});
