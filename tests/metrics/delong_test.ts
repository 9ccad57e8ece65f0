import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  aurocCovariance,
  aurocInterval,
  aurocVariancePlain,
  delongTest,
} from "../../src/metrics/delong.ts";
import { aurocScoreInterval } from "../../src/metrics/intervals.ts";
import type { Labels, Scores } from "../../src/metrics/labelled_scores.ts";
import { normalQuantile } from "../../src/metrics/normal.ts";
import { auroc } from "../../src/metrics/roc.ts";
import { seededRandom } from "../../src/random.ts";
import fixture from "../fixtures/intervals/delong.json" with { type: "json" };
import proc from "../fixtures/intervals/proc.json" with { type: "json" };
import { drawScores, KINDS } from "./drawn_scores.ts";

/** The largest difference of two lists, which must be equally long and not empty. */
function largest(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  assertEquals(ours.length, theirs.length);
  assert(ours.length > 0);
  return Math.max(...Array.from(ours, (value, i) => Math.abs(value - theirs[i])));
}

Deno.test("DeLong's variance of six images, by hand", () => {
  // Placements 2/3, 1, 1 of the anomalous and 1, 1, 2/3 of the normal images.
  const { value, standardError } = aurocInterval([1, 2, 3, 4, 5, 6], [0, 0, 1, 0, 1, 1]);
  assertAlmostEquals(value, 8 / 9, 1e-15);
  assertAlmostEquals(standardError ** 2, 2 * (1 / 27) / 3, 1e-15);
});

Deno.test("DeLong's covariances, intervals and paired test equal those by definition in numpy", () => {
  assertEquals(fixture.cases.length, 6);
  const most = { covariance: 0, logit: 0, plain: 0, score: 0, z: 0, p: 0 };
  const note = (key: keyof typeof most, difference: number) =>
    most[key] = Math.max(most[key], difference);
  let compared = 0;
  for (const { scores, labels, values, covariance, intervals, z, p } of fixture.cases) {
    const found = aurocCovariance(scores, labels);
    assert(largest(found.values, values) < 1e-15);
    note("covariance", largest(found.covariance, covariance));
    for (const expected of intervals) {
      for (const method of ["logit", "plain", "score"] as const) {
        const ours = aurocInterval(scores[0], labels, { level: expected.level, method });
        assertEquals([ours.method, ours.level], [method, expected.level]);
        note(method, largest([ours.lower, ours.upper], expected[method]));
        compared++;
      }
    }
    const test = delongTest([scores[0], scores[1]], labels);
    note("z", Math.abs(test.z - z));
    note("p", Math.abs(test.p - p));
  }
  assertEquals(compared, 6 * 2 * 3);
  console.log("largest differences to numpy and scipy:", JSON.stringify(most));
  assert(Math.max(...Object.values(most)) < 1e-12);
});

Deno.test("variances, plain intervals and the paired test equal pROC's", () => {
  assertEquals(proc.cases.length, 4);
  const most = { variances: 0, intervals: 0, z: 0, p: 0, difference: 0 };
  const note = (key: keyof typeof most, difference: number) =>
    most[key] = Math.max(most[key], difference);
  for (const one of proc.cases) {
    const { values, covariance } = aurocCovariance([one.a, one.b], one.labels);
    assert(largest(values, one.aurocs) < 1e-14);
    const [ofA, both, _, ofB] = covariance;
    note("variances", largest([ofA, ofB, both], [...one.variances, one.covariance]));
    for (const [level, expected] of [[0.95, one.interval95], [0.8, one.interval80]] as const) {
      const { lower, value, upper } = aurocInterval(one.a, one.labels, { level, method: "plain" });
      note("intervals", largest([lower, value, upper], expected));
    }
    const test = delongTest([one.a, one.b], one.labels);
    note("z", Math.abs(test.z - one.z));
    note("p", Math.abs(test.p - one.p));
    note("difference", largest([test.lower, test.upper], one.difference95));
  }
  console.log(`largest differences to ${proc.versions}:`, JSON.stringify(most));
  assert(Math.max(...Object.values(most)) < 1e-12);
});

Deno.test("the fast variance equals the one over all pairs, on 300 random draws", () => {
  const random = seededRandom(1, "delong");
  let worst = 0;
  for (let round = 0; round < 300; round++) {
    const kind = KINDS[round % KINDS.length];
    const { scores, labels } = drawScores(random, kind, 5 + random.integer(80));
    labels.set([0, 0, 1, 1]);
    const { value, standardError } = aurocInterval(scores, labels);
    assertAlmostEquals(value, auroc(scores, labels), 1e-15);
    worst = Math.max(worst, Math.abs(standardError ** 2 - aurocVariancePlain(scores, labels)));
  }
  console.log(`largest difference to the plain twin: ${worst}`);
  assert(worst < 1e-15);
});

Deno.test("a perfect order, its reverse and a constant score get the score interval", () => {
  const labels = [...new Array(20).fill(0), ...new Array(20).fill(1)];
  const scores = labels.map((_, i) => i);
  const cases: [number[], number][] = [
    [scores, 1],
    [scores.map((score) => -score), 0],
    [scores.map(() => 5), 0.5],
  ];
  for (const [given, value] of cases) {
    for (const method of ["logit", "plain", "score"] as const) {
      const found = aurocInterval(given, labels, { method });
      const expected = aurocScoreInterval(value, { anomalous: 20, normal: 20 });
      assertEquals(found, { ...expected, standardError: 0 });
      assert(found.upper - found.lower > 0.1);
    }
  }
});

Deno.test("swapping labels, or negating scores, turns the interval around", () => {
  const { scores, labels } = drawScores(seededRandom(2), "levels", 60);
  const swapped = labels.map((label) => 1 - label);
  for (const method of ["logit", "plain", "score"] as const) {
    const found = aurocInterval(scores, labels, { method });
    const turned = aurocInterval(scores, swapped, { method });
    assertAlmostEquals(turned.lower, 1 - found.upper, 1e-12);
    assertAlmostEquals(turned.upper, 1 - found.lower, 1e-12);
  }
});

Deno.test("a higher level gives a wider interval", () => {
  const { scores, labels } = drawScores(seededRandom(3), "continuous", 60);
  for (const method of ["logit", "plain", "score"] as const) {
    const widths = [0.5, 0.9, 0.99].map((level) => {
      const { lower, upper, value } = aurocInterval(scores, labels, { level, method });
      assert(0 <= lower && lower < value && value < upper && upper <= 1);
      return upper - lower;
    });
    assert(widths[0] < widths[1] && widths[1] < widths[2]);
  }
});

Deno.test("95 % intervals of binormal scores hold the true AUROC about as often as they say", () => {
  const random = seededRandom(4, "coverage");
  const draws = 600;
  const rates: number[] = [];
  for (const [anomalous, normal, truth] of [[40, 40, 0.8], [60, 20, 0.95], [20, 20, 0.99]]) {
    const labels = Uint8Array.from({ length: anomalous + normal }, (_, i) => i < normal ? 0 : 1);
    const shift = Math.SQRT2 * normalQuantile(truth);
    let held = 0;
    for (let draw = 0; draw < draws; draw++) {
      const scores = Float64Array.from(labels, (label) => random.normal() + shift * label);
      const { lower, upper } = aurocInterval(scores, labels);
      if (lower <= truth && truth <= upper) held++;
    }
    rates.push(held / draws);
  }
  console.log(`coverage of 95 % intervals: ${rates.map((rate) => rate.toFixed(3)).join(", ")}`);
  assertEquals(rates.length, 3);
  for (const rate of rates) assert(rate > 0.92 && rate < 0.995, String(rate));
});

Deno.test("the paired test is right about as often as it says when two methods are alike", () => {
  const random = seededRandom(5, "paired coverage");
  const labels = Uint8Array.from({ length: 80 }, (_, i) => i % 2);
  const draws = 600;
  let rejected = 0;
  for (let draw = 0; draw < draws; draw++) {
    const hard = Float64Array.from(labels, (label) => random.normal() + 1.5 * label);
    const method = () => hard.map((value) => value + random.normal());
    if (delongTest([method(), method()], labels).p < 0.05) rejected++;
  }
  console.log(`false differences at 5 %: ${(rejected / draws).toFixed(3)}`);
  assert(rejected / draws > 0.02 && rejected / draws < 0.08);
});

Deno.test("a method compared with itself, or with a monotone map of itself, is no different", () => {
  const { scores, labels } = drawScores(seededRandom(6), "levels", 70);
  const mapped = Float64Array.from(scores, (score) => Math.exp(score) - 7);
  const found = delongTest([scores, mapped], labels);
  assertEquals([found.value, found.z, found.p, found.lower, found.upper], [0, 0, 1, 0, 0]);
});

Deno.test("two perfect methods may differ by what their images leave open", () => {
  const labels = [...new Array(20).fill(0), ...new Array(20).fill(1)];
  const found = delongTest([labels.map((_, i) => i), labels], labels);
  assertEquals([found.value, found.z, found.p, found.method], [0, 0, 1, "joined"]);
  assertAlmostEquals(found.lower, -0.1013319, 1e-6);
  assertAlmostEquals(found.upper, 0.1013319, 1e-6);
});

Deno.test("a perfect method beats its own reverse, by a p that is not zero", () => {
  const labels = [0, 0, 0, 0, 1, 1, 1, 1];
  const up = labels.map((_, i) => i);
  const found = delongTest([up, up.map((score) => -score)], labels);
  assertEquals([found.value, found.method], [1, "joined"]);
  assert(found.lower > 0 && found.upper === 1);
  assert(found.p > 1e-6 && found.p < 0.05, String(found.p));
  const turned = delongTest([up.map((score) => -score), up], labels);
  assertEquals([turned.z, turned.p], [-found.z, found.p]);
});

Deno.test("exchanging two methods turns the paired test around", () => {
  const random = seededRandom(7);
  const { scores, labels } = drawScores(random, "continuous", 90);
  const other = Float64Array.from(scores, (score) => score + random.normal());
  const found = delongTest([scores, other], labels, { level: 0.9 });
  const turned = delongTest([other, scores], labels, { level: 0.9 });
  assertEquals([turned.value, turned.z, turned.p], [-found.value, -found.z, found.p]);
  assertAlmostEquals(turned.lower, -found.upper, 1e-15);
  assert(found.lower < found.value && found.value < found.upper);
});

Deno.test("scores are refused by name when a class is missing or too small, lengths differ, or NaN", () => {
  const refused = (scores: Scores, labels: Labels, message: string) => {
    const interval = "Cannot give an interval of an AUROC as ";
    const compare = "Cannot compare AUROCs as ";
    assertThrows(() => aurocInterval(scores, labels), RangeError, interval + message);
    assertThrows(() => aurocVariancePlain(scores, labels), RangeError, interval + message);
    assertThrows(() => aurocCovariance([scores], labels), RangeError, compare + message);
    assertThrows(() => delongTest([scores, scores], labels), RangeError, compare + message);
  };
  refused([], [], "there must be scores: none");
  refused([1, 2, 3], [0, 1], "scores and labels must be equally many: 3 scores, 2 labels");
  refused([1, 2], [0, 0], "each class needs at least 2 scores: 2 normal, 0 anomalous");
  refused([1, 2, 3], [0, 0, 1], "each class needs at least 2 scores: 2 normal, 1 anomalous");
  refused([1, 2, NaN, 4], [0, 0, 1, 1], "a score must be a number: score 2 is NaN");
  refused([1, 2, 3, 4], [0, 0, 1, 2], "a label must be 0 (normal) or 1 (anomalous): label 3 is 2");
  assertThrows(() => aurocCovariance([], [0, 1]), RangeError, "there must be methods: none");
  const four: [number[], number[]] = [[1, 3, 2, 4], [0, 0, 1, 1]];
  for (const level of [0, 1, NaN]) {
    assertThrows(() => aurocInterval(...four, { level }), RangeError, "a confidence level must be");
    assertThrows(() => delongTest([four[0], four[0]], four[1], { level }), RangeError, "level");
  }
});
