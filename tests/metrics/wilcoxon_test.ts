import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { midRanks } from "../../src/metrics/ranks.ts";
import { wilcoxonSignedRank } from "../../src/metrics/wilcoxon.ts";
import { seededRandom } from "../../src/random.ts";
import fixture from "../fixtures/intervals/tests.json" with { type: "json" };

/** All sign patterns, one by one. */
function byEnumeration(differences: readonly number[]): number {
  const kept = differences.filter((difference) => difference !== 0);
  const { ranks } = midRanks(kept.map(Math.abs));
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const plusOf = (isPlus: (i: number) => boolean) =>
    ranks.reduce((sum, rank, i) => sum + (isPlus(i) ? rank : 0), 0);
  const off = Math.abs(plusOf((i) => kept[i] > 0) - total / 2);
  let extreme = 0;
  for (let signs = 0; signs < 2 ** kept.length; signs++) {
    if (Math.abs(plusOf((i) => (signs >> i & 1) === 1) - total / 2) >= off) extreme++;
  }
  return extreme / 2 ** kept.length;
}

Deno.test("equal values share the mean of their ranks", () => {
  const { ranks, ties } = midRanks([3, 1, 3, 2, 3, 1]);
  assertEquals([...ranks], [5, 1.5, 5, 3, 5, 1.5]);
  assertEquals(ties, 27 - 3 + 8 - 2);
});

Deno.test("the signed-rank test equals scipy's: exact, exact with ties, and approximated", () => {
  assertEquals(fixture.wilcoxon.length, 11);
  const most = { exact: 0, normal: 0 };
  let ties = 0;
  for (const { a, b, method: name, statistic, p } of fixture.wilcoxon) {
    const method = name === "exact" ? "exact" : "normal";
    const found = wilcoxonSignedRank(a, b, { method });
    assertEquals([found.statistic, found.method], [statistic, name]);
    assertEquals(found.positive + found.negative + found.zero, a.length);
    most[method] = Math.max(most[method], Math.abs(found.p - p));
    if (midRanks(a.map(Math.abs)).ties > 0) ties++;
  }
  console.log(`largest differences to scipy: exact ${most.exact}, normal ${most.normal}`);
  assert(ties >= 4);
  assert(most.exact < 1e-14 && most.normal < 1e-13);
});

Deno.test("counting signs by rank sums equals going through all of them, with ties and zeros", () => {
  const random = seededRandom(1, "wilcoxon");
  for (let round = 0; round < 60; round++) {
    const a = Array.from({ length: 1 + random.integer(11) }, () => random.integer(7) - 2);
    const found = wilcoxonSignedRank(a, new Float64Array(a.length));
    assertAlmostEquals(found.p, byEnumeration(a), 1e-15);
  }
});

Deno.test("25 differences are counted exactly, 26 approximated, unless asked otherwise", () => {
  const random = seededRandom(2, "wilcoxon");
  const a = Array.from({ length: 27 }, () => random.normal() + 0.3);
  const b = a.map((value, i) => i < 2 ? value : 0);
  const found = wilcoxonSignedRank(a, b);
  assertEquals([found.method, found.zero], ["exact", 2]);
  assertEquals(wilcoxonSignedRank(a.slice(1), b.slice(1)).method, "exact");
  assertEquals(wilcoxonSignedRank(a, b.map((value, i) => i < 1 ? value : 0)).method, "normal");
  assertAlmostEquals(wilcoxonSignedRank(a, b, { method: "normal" }).p, found.p, 0.01);
});

Deno.test("exchanging the lists exchanges the counts, and leaves p", () => {
  const a = [3, 5, 2, 8, 9, 4];
  const b = [1, 5, 4, 2, 3, 3];
  const found = wilcoxonSignedRank(a, b);
  const turned = wilcoxonSignedRank(b, a);
  assertEquals([found.positive, found.negative, found.zero], [4, 1, 1]);
  assertEquals([turned.positive, turned.negative, turned.p], [1, 4, found.p]);
});

Deno.test("equal lists have nothing to tell apart", () => {
  for (const method of ["exact", "normal"] as const) {
    const found = wilcoxonSignedRank([1, 2], [1, 2], { method });
    assertEquals(found, { statistic: 0, p: 1, method, positive: 0, negative: 0, zero: 2 });
  }
});

Deno.test("pairs that cannot be compared are refused by name", () => {
  const refused = (a: number[], b: number[], message: string) =>
    assertThrows(() => wilcoxonSignedRank(a, b), RangeError, message);
  refused([], [], "Cannot compare paired values as there must be values: none");
  refused([1], [1, 2], "both lists must be equally long: 1 and 2 values");
  refused([1, NaN], [1, 2], "each pair needs a difference: pair 1 is NaN, 2");
  refused([Infinity], [Infinity], "pair 0 is Infinity, Infinity");
  const many = Array.from({ length: 53 }, (_, i) => i + 1);
  assertThrows(
    () => wilcoxonSignedRank(many, new Float64Array(53), { method: "exact" }),
    RangeError,
    "there must be at most 52 differences: 53",
  );
  assertEquals(wilcoxonSignedRank(many, new Float64Array(53)).method, "normal");
});
