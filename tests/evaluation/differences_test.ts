import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { delongTest, pairedBootstrap } from "../../mod.ts";
import { acrossCategories, pairedDifferences } from "../../src/evaluation/differences.ts";
import type { PairedDifference, Summary } from "../../src/evaluation/report.ts";
import { evidenceOf, groupRuns, summarise } from "../../src/evaluation/summaries.ts";
import fixture from "../fixtures/evaluation/across.json" with { type: "json" };
import { resultOf, type SampleRun, smallMaps, smallMasks } from "./sample_runs.ts";

const good = [1, 2, 3, 4, 5, 6];
const better = [5.5, 7, 8, 9, 10, 11];
const worse = [2.5, 3.5, 8, 9, 4.5, 11];
const results = (...all: readonly SampleRun[]) => groupRuns(all.map(resultOf));

Deno.test("a difference is the first label's value less the second's, by DeLong's paired test", () => {
  const groups = results(
    { label: "weak", found: [good, worse] },
    { label: "strong", found: [good, better] },
  );
  const found = pairedDifferences(groups);
  assertEquals(found.length, 1);
  const labels = [...good.map(() => 0), ...worse.map(() => 1)];
  const expected = delongTest([[...good, ...worse], [...good, ...better]], labels);
  const { category, metric, labels: pair, value, lower, upper, p, adjustedP } = found[0];
  assertEquals([category, metric, ...pair], ["transistor", "imageAuroc", "weak", "strong"]);
  assert(value < 0, "the weaker one first gives a negative difference");
  assertEquals([value, lower, upper, p], [
    expected.value,
    expected.lower,
    expected.upper,
    expected.p,
  ]);
  assertEquals(adjustedP, p, "a single test needs no correction");
});

Deno.test("with several seeds, and in pixels, it is the paired bootstrap of the means", () => {
  const masks = smallMasks(6, 6);
  const maps = (shift: number) =>
    smallMaps([...good, ...worse].map((score, i) => [score + shift * (i % 3), 2, i % 5, 1]));
  const groups = results(
    { label: "a", seed: 0, found: [good, worse], maps: maps(0), masks },
    { label: "a", seed: 1, found: [good, better], maps: maps(1), masks },
    { label: "b", seed: 0, found: [good, better], maps: maps(2), masks },
  );
  const found = pairedDifferences(groups);
  assertEquals(found.map(({ metric }) => metric), ["imageAuroc", "pixelAuroc", "aupro"]);
  for (const { metric, value, lower, upper, p } of found) {
    const [a, b] = groups.flatMap((group) => evidenceOf(group, metric) ?? []);
    const expected = pairedBootstrap(a, b);
    assertEquals([value, lower, upper, p], [
      expected.value,
      expected.lower,
      expected.upper,
      expected.p,
    ]);
  }
});

Deno.test("Holm's correction is over all pairs and categories of a metric, recomputed", () => {
  const middle = [2.5, 7, 8, 9, 10, 11];
  const groups = results(...["x", "y"].flatMap((category) => [
    { category, label: "a", found: [good, better] as const },
    { category, label: "b", found: [good, middle] as const },
    { category, label: "c", found: [good, category === "x" ? worse : good] as const },
  ]));
  const found = pairedDifferences(groups);
  assertEquals(found.length, 6);
  const sorted = found.toSorted((a, b) => a.p - b.p);
  let least = 0;
  for (const [i, { p, adjustedP }] of sorted.entries()) {
    least = Math.max(least, Math.min(1, (6 - i) * p));
    assertEquals(adjustedP, least);
  }
  assert(sorted[0].adjustedP > sorted[0].p);
});

Deno.test("a pair that did not see the same photos is left out", () => {
  const groups = results(
    { label: "a", found: [good, better] },
    { label: "b", found: [good, worse.slice(1)] },
    { label: "c", found: [good, worse] },
  );
  const labels = pairedDifferences(groups).map(({ labels }) => labels);
  assertEquals(labels, [["a", "c"]]);
});

Deno.test("another crop that leaves a defect out ends the pixel pair, not the report", () => {
  const masks = smallMasks(6, 6);
  const maps = smallMaps([...good, ...worse].map((score, i) => [score, 2, i % 5, 1]));
  const cropped = masks.map((mask, i) => i === 11 ? { ...mask, data: new Uint8Array(4) } : mask);
  const found = pairedDifferences(results(
    { label: "a", found: [good, better], maps, masks },
    { label: "b", found: [good, worse], maps, masks: cropped },
  ));
  assertEquals(found.map(({ metric }) => metric), ["imageAuroc"]);
});

Deno.test("one method alone, or beside itself, differs from nothing", () => {
  assertEquals(pairedDifferences(results({ found: [good, better] })), []);
  const twins = results(
    { label: "a", found: [good, worse] },
    { label: "b", found: [good, worse] },
  );
  const [found]: readonly PairedDifference[] = pairedDifferences(twins);
  assertEquals([found.value, found.p], [0, 1]);
});

/** Rows of values, categories × methods, as summaries; null where there is none. */
function summariesOf(table: readonly (readonly (number | null)[])[]): Summary[] {
  return table.flatMap((row, i) =>
    row.map((value, j): Summary => ({
      ...summarise(results({ label: `m${j}`, category: `c${i}`, found: [[0], [1]] })[0]),
      imageAuroc: null,
      pixelAuroc: null,
      aupro: value === null ? null : { value, interval: null, seedDeviation: null },
    }))
  );
}

Deno.test("over categories: scipy's Friedman, Wilcoxon and studentised range", () => {
  assertEquals(fixture.cases.length, 3);
  let largest = 0;
  const compare = (found: number | undefined, expected: number) => {
    largest = Math.max(largest, Math.abs((found ?? NaN) / expected - 1));
    assertAlmostEquals(found ?? NaN, expected, 1e-7);
  };
  for (const { name, table, ...expected } of fixture.cases) {
    const [found, ...others] = acrossCategories(summariesOf(table));
    assertEquals([found.metric, others.length], ["aupro", 0], name);
    assertEquals(found.categories.length, table.length);
    compare(found.friedmanP, expected.friedmanP);
    compare(found.criticalDifference, expected.criticalDifference);
    assertEquals(found.ranks.length, table[0].length);
    for (const { label, meanRank } of found.ranks) {
      compare(meanRank, expected.meanRanks[Number(label.slice(1))]);
    }
    const ranks = found.ranks.map(({ meanRank }) => meanRank);
    assertEquals(ranks, ranks.toSorted((a, b) => a - b), "best first");
    assertEquals(found.pairs.length, expected.pairs.length);
    for (const [i, { methods, ...pair }] of expected.pairs.entries()) {
      assertEquals(found.pairs[i].labels, methods.map((at) => `m${at}`));
      compare(found.pairs[i].p, pair.p);
      compare(found.pairs[i].adjustedP, pair.adjustedP);
      compare(found.pairs[i].median, pair.median);
    }
  }
  console.log(`against scipy: largest relative difference ${largest.toExponential(1)}`);
});

Deno.test("fewer than three categories, or one method, say nothing", () => {
  const [three] = fixture.cases;
  assertEquals(acrossCategories(summariesOf(three.table)).length, 1);
  assertEquals(acrossCategories(summariesOf(three.table.slice(1))), []);
  assertEquals(acrossCategories(summariesOf(three.table.map((row) => row.slice(1, 2)))), []);
});

Deno.test("a category without masks, or a method without maps, costs itself only", () => {
  const { table } = fixture.cases[1];
  const [whole] = acrossCategories(summariesOf(table));
  const without = [...table, [null, null, null, null]].map((row) => [...row, null]);
  assertEquals(acrossCategories(summariesOf(without)), [whole]);
  // Interrupted within the last category: that one does not count.
  const [broken] = acrossCategories(summariesOf([...table, [0.9, null, null, null]]));
  assertEquals(broken, whole);
});
