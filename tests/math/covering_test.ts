import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { certificate, coveringRadiiPlain } from "../../src/math/covering.ts";
import { coveringRadius, kCenterGreedyPlain } from "../../src/math/k_center.ts";
import { seededRandom } from "../../src/random.ts";
import { matrix, tensor } from "../../src/tensor.ts";
import type { Matrix } from "../../src/types.ts";
import fixture from "../fixtures/search/search.json" with { type: "json" };

const line = matrix([[0], [1], [9], [10], [5]]);

function normal(rows: number, columns: number, seed: number): Matrix {
  const random = seededRandom(seed);
  const data = Float32Array.from({ length: rows * columns }, () => random.normal());
  return tensor(data, [rows, columns]);
}

/** The least covering radius of `count` rows, by trying all. */
function bestRadius(rows: Matrix, count: number): number {
  const choose = (from: number, chosen: readonly number[]): number => {
    if (chosen.length === count) return coveringRadius(rows, chosen);
    let best = Infinity;
    for (let row = from; row < rows.shape[0]; row++) {
      best = Math.min(best, choose(row + 1, [...chosen, row]));
    }
    return best;
  };
  return choose(0, []);
}

/** The least covering radius of `count` points anywhere on a line: half the longest of the
 * intervals into which the sorted numbers are cut, by trying all cuts. */
function bestRadiusOnLine(rows: Matrix, count: number): number {
  const sorted = rows.data.toSorted();
  const cut = (from: number, left: number): number => {
    if (left === 1) return (sorted[sorted.length - 1] - sorted[from]) / 2;
    let best = Infinity;
    for (let next = from + 1; next < sorted.length - left + 2; next++) {
      best = Math.min(best, Math.max((sorted[next - 1] - sorted[from]) / 2, cut(next, left - 1)));
    }
    return best;
  };
  return cut(0, count);
}

Deno.test("a certificate gives each size its radius and half of it", () => {
  assertEquals(certificate(Float64Array.of(4, 1, 0)), [
    { size: 1, radius: 4, lowerBound: 2 },
    { size: 2, radius: 1, lowerBound: 0.5 },
    { size: 3, radius: 0, lowerBound: 0 },
  ]);
});

Deno.test("no choice of as many rows is below the certificate's bound, nor the greedy one best", () => {
  let compared = 0;
  for (let seed = 0; seed < 12; seed++) {
    const rows = normal(11, 2, seed);
    const { radii } = kCenterGreedyPlain(rows, { count: 5, start: seed % 11 });
    for (const { size, radius, lowerBound } of certificate(radii)) {
      const best = bestRadius(rows, size);
      assertEquals(lowerBound <= best && best <= radius, true, `seed ${seed}, size ${size}`);
      compared++;
    }
  }
  assertEquals(compared, 60);
});

Deno.test("no choice of as many centres anywhere is below the bound, and some reach it", () => {
  let compared = 0, reached = 0;
  for (let seed = 0; seed < 30; seed++) {
    const random = seededRandom(seed);
    const rows = tensor(Float32Array.from({ length: 8 }, () => random.integer(20)), [8, 1]);
    for (const { size, lowerBound } of certificate(kCenterGreedyPlain(rows, { count: 4 }).radii)) {
      const best = bestRadiusOnLine(rows, size);
      assertEquals(lowerBound <= best, true, `seed ${seed}, size ${size}`);
      compared++;
      if (lowerBound === best && best > 0) reached++;
    }
  }
  assertEquals(compared, 120);
  assertEquals(reached > 0, true);
});

Deno.test("a certificate is refused for radii that no greedy selection has", () => {
  assertThrows(() => certificate([1, 2]), RangeError, "2 after 1");
  assertThrows(() => certificate([-1]), RangeError, "-1");
  assertThrows(() => certificate([Infinity]), RangeError, "Infinity");
  assertThrows(() => certificate([2, NaN]), RangeError, "NaN after 2");
});

Deno.test("covering radii are those of every prefix", () => {
  assertEquals([...coveringRadiiPlain(line, [4, 0, 3, 0])], [5, 5, 1, 1]);
  const rows = normal(120, 4, 3);
  const order = Int32Array.from({ length: 40 }, (_, i) => i * 7 % 120);
  const radii = coveringRadiiPlain(rows, order);
  assertEquals(radii.length, 40);
  radii.forEach((radius, t) => assertEquals(radius, coveringRadius(rows, order.slice(0, t + 1))));
});

Deno.test("covering radii of a greedy selection are its own radii", () => {
  const rows = normal(150, 3, 5);
  const { indices, radii } = kCenterGreedyPlain(rows, { count: 50, start: 7 });
  assertEquals(coveringRadiiPlain(rows, indices), radii);
});

Deno.test("covering radii equal scipy's", () => {
  const { order, radii } = fixture.covering;
  assertEquals([order.length, radii.length], [80, 80]);
  const ours = coveringRadiiPlain(matrix(fixture.rows), order);
  const largest = radii.reduce((most, r, t) => Math.max(most, Math.abs(r - ours[t])), 0);
  console.log(`covering radii, 80 values: largest difference to scipy ${largest}`);
  assertAlmostEquals(largest, 0, 1e-12);
});

Deno.test("covering radii refuse orders that are empty or no rows", () => {
  assertThrows(() => coveringRadiiPlain(line, []), RangeError, "at least one centre");
  for (const wrong of [-1, 5, 0.5]) {
    assertThrows(() => coveringRadiiPlain(line, [0, wrong]), RangeError, "row in 0…4");
  }
  assertThrows(() => coveringRadiiPlain(matrix([[NaN]]), [0]), RangeError, "NaN in row 0");
});
