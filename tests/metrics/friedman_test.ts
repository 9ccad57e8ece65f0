import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { friedman, nemenyi } from "../../src/metrics/friedman.ts";
import { normalTails } from "../../src/metrics/normal.ts";
import {
  studentizedRangeQuantile,
  studentizedRangeUpper,
} from "../../src/metrics/studentized_range.ts";
import proc from "../fixtures/intervals/proc.json" with { type: "json" };
import fixture from "../fixtures/intervals/tests.json" with { type: "json" };

Deno.test("mean ranks, χ² and p of Friedman's test equal scipy's, ties included", () => {
  assertEquals(fixture.friedman.length, 4);
  const most = { ranks: 0, statistic: 0, p: 0 };
  for (const { table, meanRanks, statistic, p } of fixture.friedman) {
    const found = friedman(table);
    assertEquals(found.meanRanks.length, meanRanks.length);
    const off = found.meanRanks.map((rank, i) => Math.abs(rank - meanRanks[i]));
    most.ranks = Math.max(most.ranks, ...off);
    most.statistic = Math.max(most.statistic, Math.abs(found.statistic - statistic));
    most.p = Math.max(most.p, Math.abs(found.p - p));
  }
  console.log("largest differences to scipy:", JSON.stringify(most));
  assert(Math.max(...Object.values(most)) < 1e-11);
});

Deno.test("probabilities of the studentized range equal R's, quantiles scipy's", () => {
  assertEquals([proc.ranges.length, fixture.ranges.length], [20, 20]);
  let upper = 0;
  for (const [count, q, expected] of proc.ranges) {
    upper = Math.max(upper, Math.abs(studentizedRangeUpper(q, count) - expected));
  }
  let quantiles = 0;
  for (const [count, alpha, q] of fixture.ranges) {
    const found = studentizedRangeQuantile(count, { upper: alpha });
    quantiles = Math.max(quantiles, Math.abs(found - q));
  }
  console.log(`largest differences: probabilities to R ${upper}, quantiles to scipy ${quantiles}`);
  // R stops integrating at about nine digits; scipy and the case of two variables say more.
  assert(upper < 1e-8);
  assert(quantiles < 1e-12);
});

Deno.test("the range of two variables is that of their difference", () => {
  for (const q of [0.01, 0.5, 1, 2, 3.5, 6, 10]) {
    const expected = 2 * normalTails(q / Math.SQRT2).upper;
    assertAlmostEquals(studentizedRangeUpper(q, 2), expected, 1e-13);
  }
  assertEquals([studentizedRangeUpper(0, 5), studentizedRangeUpper(-1, 5)], [1, 1]);
  assertEquals(studentizedRangeUpper(Infinity, 5) < 1e-13, true);
});

Deno.test("critical differences are those of Demšar's example", () => {
  // Four methods on 14 data sets, q = 2.569, Demšar 2006, section 3.2.2 and figure 1.
  const table = Array.from(
    { length: 14 },
    (_, i) => [i % 4, (i + 1) % 4, (i + 2) % 4, (i + 3) % 4],
  );
  assertAlmostEquals(nemenyi(table).criticalDifference, 1.25, 0.005);
  assertAlmostEquals(nemenyi(table, { alpha: 0.1 }).criticalDifference, 1.12, 0.005);
});

Deno.test("groups are the longest stretches of methods that do not differ", () => {
  // Ranks 1.5, 1.5, 3, 4.5, 4.5: with 12 rows CD = 1.76, with 6 rows 2.49.
  const rows = (count: number) =>
    Array.from({ length: count }, (_, i) => i % 2 === 0 ? [5, 4, 3, 2, 1] : [4, 5, 3, 1, 2]);
  const many = nemenyi(rows(12));
  assertEquals([...many.meanRanks], [1.5, 1.5, 3, 4.5, 4.5]);
  assertAlmostEquals(many.criticalDifference, 1.761, 0.001);
  assertEquals(many.groups, [[0, 1, 2], [2, 3, 4]]);
  assertEquals(nemenyi(rows(60)).groups, [[0, 1], [3, 4]]);
  assertEquals(nemenyi(rows(2)).groups, [[0, 1, 2, 3, 4]]);
});

Deno.test("a pair's p is below alpha exactly where the mean ranks are a critical difference apart", () => {
  let differing = 0;
  let compared = 0;
  for (const { table } of fixture.friedman) {
    const { meanRanks, criticalDifference, p } = nemenyi(table);
    const methods = meanRanks.length;
    for (let a = 0; a < methods; a++) {
      assertEquals(p[a * methods + a], 1);
      for (let b = 0; b < a; b++) {
        const apart = Math.abs(meanRanks[a] - meanRanks[b]) >= criticalDifference;
        assertEquals(p[a * methods + b] <= 0.05, apart);
        assertEquals(p[a * methods + b], p[b * methods + a]);
        if (apart) differing++;
        compared++;
      }
    }
  }
  assertEquals(compared, 3 + 10 + 6 + 21);
  assert(differing > 0 && differing < compared);
});

Deno.test("where every category is a tie, nothing differs", () => {
  const found = nemenyi([[1, 1, 1], [2, 2, 2]]);
  assertEquals([...found.meanRanks], [2, 2, 2]);
  assertEquals(found.groups, [[0, 1, 2]]);
  assertEquals(friedman([[1, 1], [2, 2]]), {
    meanRanks: Float64Array.of(1.5, 1.5),
    statistic: 0,
    p: 1,
  });
});

Deno.test("tables that cannot be compared are refused by name", () => {
  const refused = (table: number[][], message: string) => {
    for (const test of [friedman, nemenyi]) {
      assertThrows(() => test(table), RangeError, `Cannot compare methods as ${message}`);
    }
  };
  refused([], "there must be categories: none");
  refused([[1], [2]], "there must be at least 2 methods: 1");
  refused(
    [[1, 2], [1, 2, 3]],
    "each category needs a value of each method: category 0 has 2, category 1 3",
  );
  refused([[1, 2], [1, NaN]], "a value must be a number: category 1, method 1 is NaN");
  for (const alpha of [0, 1, NaN]) {
    assertThrows(() => nemenyi([[1, 2]], { alpha }), RangeError, `in (0, 1): ${alpha}`);
  }
  assertThrows(() => studentizedRangeUpper(1, 1), RangeError, "at least 2 groups: 1");
  assertThrows(() => studentizedRangeUpper(NaN, 2), RangeError, "a range must be a number: NaN");
});
