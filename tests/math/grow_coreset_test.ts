import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { nearestPlain, squaredDistancesBetween } from "../../src/math/distances.ts";
import { growCoresetPlain } from "../../src/math/grow_coreset.ts";
import { coveringRadius, kCenterGreedyPlain } from "../../src/math/k_center.ts";
import { seededRandom } from "../../src/random.ts";
import { matrix, takeRows, tensor } from "../../src/tensor.ts";
import fixture from "../fixtures/search/search.json" with { type: "json" };

const bank = matrix([[0], [10]]);

Deno.test("rows farther than the radius join, farthest first, until none is left", () => {
  const grown = growCoresetPlain(bank, matrix([[1], [14], [17], [5]]), { radius: 4 });
  assertEquals([...grown.indices], [2, 3]);
  assertEquals(grown.radius, 3);
});

Deno.test("a row at exactly the radius does not join", () => {
  const grown = growCoresetPlain(bank, matrix([[14], [6]]), { radius: 4 });
  assertEquals([grown.indices.length, grown.radius], [0, 4]);
});

Deno.test("with radius 0 every row that the bank does not hold joins once", () => {
  const grown = growCoresetPlain(bank, matrix([[3], [0], [3], [10], [4]]), { radius: 0 });
  assertEquals([...grown.indices], [4, 0]);
  assertEquals(grown.radius, 0);
});

Deno.test("equally far rows join lowest index first", () => {
  const grown = growCoresetPlain(bank, matrix([[20], [-10], [20]]), { radius: 1 });
  assertEquals([...grown.indices], [0, 1]);
});

Deno.test("afterwards all rows are within the radius, and those that joined farther apart", () => {
  const random = seededRandom(8);
  const normal = (n: number) =>
    tensor(Float32Array.from({ length: n * 3 }, () => random.normal()), [n, 3]);
  const old = normal(200), newRows = normal(300);
  const { indices: chosen, radii } = kCenterGreedyPlain(old, { count: 20 });
  const radius = radii[19];
  const { indices, radius: reached } = growCoresetPlain(takeRows(old, chosen), newRows, { radius });
  assertEquals(indices.length > 0 && indices.length < 300, true);
  const grown = tensor(
    Float32Array.of(...takeRows(old, chosen).data, ...takeRows(newRows, indices).data),
    [20 + indices.length, 3],
  );
  const far = nearestPlain(newRows, grown, { count: 1 }).distances.data;
  assertEquals(reached <= radius, true);
  assertAlmostEquals(Math.max(...far), reached, 1e-6);
  assertEquals(coveringRadius(old, chosen) <= radius, true);
  const squared = squaredDistancesBetween(grown, grown);
  for (let a = 20; a < grown.shape[0]; a++) {
    for (let b = 0; b < a; b++) assertEquals(squared(a, b) > radius ** 2, true);
  }
});

Deno.test("growth equals scipy's", () => {
  const { bank: M, limit, indices, radius } = fixture.growth;
  assertEquals(indices.length, 102);
  const grown = growCoresetPlain(
    matrix(fixture.rows.slice(0, M)),
    matrix(fixture.rows.slice(M)),
    { radius: limit },
  );
  assertEquals([...grown.indices], indices);
  console.log(`resulting radius: difference to scipy ${Math.abs(grown.radius - radius)}`);
  assertAlmostEquals(grown.radius, radius, 1e-12);
});

Deno.test("growth refuses bad radii, widths and numbers", () => {
  for (const radius of [-1, NaN, Infinity]) {
    assertThrows(() => growCoresetPlain(bank, bank, { radius }), RangeError, "a radius must be");
  }
  const options = { radius: 1 };
  assertThrows(() => growCoresetPlain(bank, matrix([[1, 2]]), options), RangeError, "wide");
  assertThrows(() => growCoresetPlain(matrix([]), bank, options), RangeError, "at least one row");
  assertThrows(() => growCoresetPlain(bank, matrix([[NaN]]), options), RangeError, "NaN in row 0");
});
