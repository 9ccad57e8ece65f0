import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { kMeansPlusPlus, randomSubset } from "../../src/math/seeding.ts";
import { seededRandom } from "../../src/random.ts";
import { matrix, tensor } from "../../src/tensor.ts";

const random = seededRandom(0);
const rows = tensor(Float32Array.from({ length: 50 * 3 }, () => random.normal()), [50, 3]);

for (const [name, choose] of Object.entries({ randomSubset, kMeansPlusPlus })) {
  Deno.test(`${name} draws different rows, the same for the same seed`, () => {
    const drawn = choose(rows, { count: 50, seed: 1 });
    assertEquals(drawn.length, 50);
    assertEquals(new Set(drawn).size, 50);
    assertEquals(choose(rows, { count: 50, seed: 1 }), drawn);
    assertNotEquals(choose(rows, { count: 50, seed: 2 }), drawn);
  });

  Deno.test(`${name} draws a prefix when it draws fewer`, () => {
    const drawn = choose(rows, { count: 20, seed: 1 });
    assertEquals(choose(rows, { count: 7, seed: 1 }), drawn.slice(0, 7));
  });

  Deno.test(`${name} refuses counts outside 1…N and empty rows`, () => {
    for (const count of [0, 51]) {
      assertThrows(() => choose(rows, { count, seed: 0 }), RangeError, "1…50");
    }
    assertThrows(() => choose(matrix([]), { count: 1, seed: 0 }), RangeError, "at least one row");
  });
}

Deno.test("k-means++ never draws a row that coincides with a drawn one while others are left", () => {
  const twins = matrix([[0], [0], [0], [5], [5], [9]]);
  for (let seed = 0; seed < 20; seed++) {
    const values = [...kMeansPlusPlus(twins, { count: 3, seed })].map((i) => twins.data[i]);
    assertEquals(values.sort(), [0, 5, 9]);
  }
  assertEquals(kMeansPlusPlus(matrix([[1], [1], [1]]), { count: 3, seed: 0 }).length, 3);
});

Deno.test("k-means++ draws in proportion to the squared distance", () => {
  // From 0 the rows 1 and 3 have chances 1/10 and 9/10; from the others likewise by hand.
  const three = matrix([[0], [1], [3]]);
  let from0 = 0, far = 0;
  for (let seed = 0; seed < 3000; seed++) {
    const [first, second] = kMeansPlusPlus(three, { count: 2, seed });
    if (first !== 0) continue;
    from0++;
    if (second === 2) far++;
  }
  assertEquals(from0 > 900 && from0 < 1100, true);
  assertEquals(Math.abs(far / from0 - 0.9) < 0.03, true);
});
