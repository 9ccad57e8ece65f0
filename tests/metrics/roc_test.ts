import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { seededRandom } from "../../src/random.ts";
import { auroc, aurocByPairs, pixelAuroc, type RocCurve, rocCurve } from "../../src/metrics/roc.ts";
import type { AnomalyMap, Mask } from "../../src/types.ts";
import fixture from "../fixtures/metrics/scores.json" with { type: "json" };
import { type Drawn, drawScores, KINDS } from "./drawn_scores.ts";

function map(width: number, height: number, scores: readonly number[]): AnomalyMap {
  return { data: Float32Array.from(scores), shape: [height, width] };
}

function mask(width: number, height: number, labels: readonly number[]): Mask {
  return { width, height, data: Uint8Array.from(labels) };
}

function trapezoids({ falsePositiveRate: x, truePositiveRate: y }: RocCurve): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
  return area;
}

function largest(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  assertEquals(ours.length, theirs.length);
  assert(ours.length > 0);
  return Math.max(...Array.from(ours, (value, i) => Math.abs(value - theirs[i])));
}

Deno.test("AUROC is the fraction of pairs in the right order, ties counting half", () => {
  assertEquals(auroc([1, 2], [0, 1]), 1);
  assertEquals(auroc([1, 2], [1, 0]), 0);
  assertEquals(auroc([3, 3], [0, 1]), 0.5);
  assertEquals(auroc([1, 3, 2, 4], [0, 0, 1, 1]), 0.75);
  assertEquals(auroc([1, 2, 2, 2, 3], [0, 0, 1, 1, 1]), 5 / 6);
  assertEquals(auroc([5, 5, 5, 1, 5, 9], [1, 0, 0, 0, 1, 0]), (2 * 1 + 2 * 2 * 0.5) / 8);
});

Deno.test("labels may be bytes, booleans or numbers, scores float32, float64 or numbers", () => {
  const scores = [0.1, 0.4, 0.35, 0.8];
  const labels = [0, 0, 1, 1];
  for (const s of [scores, Float32Array.from(scores), Float64Array.from(scores)]) {
    for (const l of [labels, Uint8Array.from(labels), labels.map((label) => label === 1)]) {
      assertEquals(auroc(s, l), 0.75);
      assertEquals(aurocByPairs(s, l), 0.75);
    }
  }
});

Deno.test("scores that differ only in float64 are told apart", () => {
  assertEquals(auroc([1, 1 + 2 ** -50, 1 + 2 ** -51], [0, 1, 0]), 1);
  assertEquals(Math.fround(1 + 2 ** -50), 1);
});

Deno.test("minus zero and plus zero are a tie, in float32 and in float64", () => {
  for (const extra of [0.5, 0.1]) {
    for (const pair of [[-0, 0], [0, -0]]) {
      const scores = [...pair, extra, extra];
      assertEquals(auroc(scores, [0, 1, 0, 1]), aurocByPairs([1, 1, 2, 2], [0, 1, 0, 1]));
      assertEquals(rocCurve(scores, [0, 1, 0, 1]).thresholds.length, 3);
    }
  }
});

Deno.test("infinite scores are the extremes and tie with themselves", () => {
  assertEquals(auroc([-Infinity, -3e38, 3e38, Infinity], [0, 1, 0, 1]), 0.75);
  assertEquals(auroc([Infinity, Infinity, -Infinity, -Infinity], [0, 1, 0, 1]), 0.5);
  assertEquals(auroc([Infinity, 0.1, -Infinity], [1, 1, 0]), 1);
  assertEquals([...rocCurve([Infinity, 0], [1, 0]).thresholds], [Infinity, Infinity, 0]);
});

Deno.test("AUROC and ROC curves agree with scikit-learn", () => {
  assertEquals(fixture.cases.length, 9);
  let area = 0, rates = 0, thresholds = 0;
  for (const one of fixture.cases) {
    const scores = one.dtype === "float32" ? Float32Array.from(one.scores) : one.scores;
    const curve = rocCurve(scores, one.labels);
    area = Math.max(area, Math.abs(auroc(scores, one.labels) - one.auroc));
    rates = Math.max(
      rates,
      largest(curve.falsePositiveRate, one.falsePositiveRate),
      largest(curve.truePositiveRate, one.truePositiveRate),
    );
    thresholds = Math.max(
      thresholds,
      largest(curve.thresholds.subarray(1), one.thresholdsAfterFirst),
    );
    assertEquals(curve.thresholds[0], Infinity);
  }
  console.log(
    `largest difference to scikit-learn: AUROC ${area}, rates ${rates}, ` +
      `thresholds ${thresholds}`,
  );
  assert(area < 1e-14);
  assert(rates < 1e-15);
  assertEquals(thresholds, 0);
});

Deno.test("the fast AUROC equals the count over all pairs, on 300 random draws", () => {
  const random = seededRandom(1, "roc");
  let worst = 0;
  for (let round = 0; round < 300; round++) {
    const { scores, labels } = drawScores(
      random,
      KINDS[round % KINDS.length],
      2 + random.integer(120),
    );
    worst = Math.max(worst, Math.abs(auroc(scores, labels) - aurocByPairs(scores, labels)));
  }
  console.log(`largest difference to the plain twin: ${worst}`);
  assert(worst < 1e-15);
});

Deno.test("the fast AUROC equals the count over all pairs on lists long enough for radix sort", () => {
  const random = seededRandom(2, "roc");
  assertEquals(KINDS.length, 6);
  let worst = 0;
  for (const kind of KINDS) {
    const { scores, labels } = drawScores(random, kind, 12_000);
    worst = Math.max(worst, Math.abs(auroc(scores, labels) - aurocByPairs(scores, labels)));
  }
  console.log(`largest difference to the plain twin at 12,000 scores: ${worst}`);
  assert(worst < 1e-15);
});

Deno.test("AUROC is unchanged by a strictly monotone map of the scores", () => {
  const { scores, labels } = drawScores(seededRandom(3), "continuous", 500);
  const value = auroc(scores, labels);
  assert(value > 0.5 && value < 1);
  assertEquals(auroc(Float64Array.from(scores, (s) => Math.exp(s / 4)), labels), value);
  assertEquals(auroc(Float64Array.from(scores, (s) => 3 * s - 1000), labels), value);
});

Deno.test("negated scores, and swapped labels, give one minus the AUROC", () => {
  const random = seededRandom(4);
  for (const kind of KINDS) {
    const { scores, labels } = drawScores(random, kind, 300);
    const value = auroc(scores, labels);
    assertAlmostEquals(auroc(Float64Array.from(scores, (s) => -s), labels), 1 - value, 1e-15);
    assertAlmostEquals(auroc(scores, labels.map((label) => 1 - label)), 1 - value, 1e-15);
  }
});

Deno.test("scores and labels are not changed, sorted or not, and a view may start anywhere", () => {
  const { scores, labels } = drawScores(seededRandom(5), "levels", 9000);
  const buffer = new Float32Array(9003);
  buffer.set(scores, 3);
  const view = buffer.subarray(3);
  const [scoresBefore, labelsBefore] = [view.slice(), labels.slice()];
  const value = auroc(view, labels);
  rocCurve(view, labels, { dropCollinear: true });
  assertEquals(view, scoresBefore);
  assertEquals(labels, labelsBefore);
  assertEquals(value, auroc(scores, labels));
});

Deno.test("the ROC curve has a point for each distinct score and ends in the corners", () => {
  const curve = rocCurve([3, 1, 2, 2, 1], [1, 0, 1, 0, 0]);
  assertEquals([...curve.thresholds], [Infinity, 3, 2, 1]);
  assertEquals([...curve.falsePositiveRate], [0, 0, 1 / 3, 1]);
  assertEquals([...curve.truePositiveRate], [0, 0.5, 1, 1]);
});

Deno.test("the trapezoid area below the ROC curve is the AUROC, with and without collinear points", () => {
  const random = seededRandom(6);
  let worst = 0;
  for (let round = 0; round < 120; round++) {
    const { scores, labels } = drawScores(
      random,
      KINDS[round % KINDS.length],
      2 + random.integer(300),
    );
    const value = auroc(scores, labels);
    for (const dropCollinear of [false, true]) {
      const area = trapezoids(rocCurve(scores, labels, { dropCollinear }));
      worst = Math.max(worst, Math.abs(area - value));
    }
  }
  console.log(`largest difference between area and AUROC: ${worst}`);
  assert(worst < 1e-13);
});

Deno.test("dropping collinear points keeps the ends and every turn, and only those", () => {
  const scores = [6, 5, 4, 3, 2, 1];
  const curve = rocCurve(scores, [1, 1, 0, 0, 1, 0], { dropCollinear: true });
  assertEquals([...curve.thresholds], [Infinity, 5, 3, 2, 1]);
  // Steps of unequal length on one line: (0, 0), (1/3, 1/3), (1, 1).
  const line = rocCurve([2, 2, 1, 1, 1, 1], [1, 0, 1, 1, 0, 0], { dropCollinear: true });
  assertEquals([...line.falsePositiveRate], [0, 1]);
  assertEquals([...line.truePositiveRate], [0, 1]);
});

Deno.test("pixel AUROC is the AUROC over the pixels of all images together", () => {
  const random = seededRandom(7);
  const maps: AnomalyMap[] = [];
  const masks: Mask[] = [];
  const scores: number[] = [];
  const labels: number[] = [];
  for (const [width, height] of [[5, 3], [90, 80], [1, 7]]) {
    const drawn: Drawn = drawScores(random, "continuous", width * height);
    maps.push(map(width, height, [...drawn.scores]));
    masks.push(mask(width, height, [...drawn.labels]));
    scores.push(...drawn.scores);
    labels.push(...drawn.labels);
  }
  maps.push(map(2, 2, [9, 1, 0, 0]));
  masks.push(mask(2, 2, [0, 0, 0, 0]));
  scores.push(9, 1, 0, 0);
  labels.push(0, 0, 0, 0);
  assertEquals(scores.length, 15 + 7200 + 7 + 4);
  assertEquals(pixelAuroc(maps, masks), aurocByPairs(scores, labels));
});

Deno.test("a list of scores is refused by name when it is empty, unequal, of one class or NaN", () => {
  const refused = (scores: number[] | Float32Array, labels: number[], message: string) => {
    assertThrows(() => auroc(scores, labels), RangeError, message);
    assertThrows(() => aurocByPairs(scores, labels), RangeError, message);
    assertThrows(
      () => rocCurve(scores, labels),
      RangeError,
      message.replace("AUROC", "a ROC curve"),
    );
  };
  refused([], [], "Cannot compute AUROC as there must be scores: none");
  refused(
    [1, 2],
    [0],
    "Cannot compute AUROC as scores and labels must be equally many: 2 scores, 1 labels",
  );
  const oneClass = "Cannot compute AUROC as both normal and anomalous scores are needed: ";
  refused([1, 2], [0, 0], `${oneClass}2 normal, 0 anomalous`);
  refused([1, 2], [1, 1], `${oneClass}0 normal, 2 anomalous`);
  const nan = "Cannot compute AUROC as a score must be a number: score 1 is NaN";
  refused([1, NaN, NaN], [0, 1, 1], nan);
  refused(Float32Array.of(1, NaN, -NaN), [0, 1, 1], nan);
  refused(
    [1, 2],
    [0, 7],
    "Cannot compute AUROC as a label must be 0 (normal) or 1 (anomalous): label 1 is 7",
  );
});

Deno.test("maps and masks are refused by name when they do not fit", () => {
  const refused = (maps: AnomalyMap[], masks: Mask[], message: string) =>
    assertThrows(
      () => pixelAuroc(maps, masks),
      RangeError,
      `Cannot compute pixel AUROC as ${message}`,
    );
  const good = map(2, 1, [0, 1]);
  const goodMask = mask(2, 1, [0, 1]);
  refused([], [], "there must be scores: no pixels");
  refused([good], [], "maps and masks must be equally many: 1 maps, 0 masks");
  refused(
    [good, map(3, 2, [0, 0, 0, 0, 0, 0])],
    [goodMask, mask(2, 3, [0, 0, 0, 0, 0, 0])],
    "a map and its mask must be equally large (width×height): map 1 is 3×2, mask 1 is 2×3",
  );
  refused(
    [{ data: Float32Array.of(1, 2, 3), shape: [1, 2] }],
    [goodMask],
    "2×1 pixels must have 2 values: map 0 has 3, mask 0 has 2",
  );
  refused(
    [good, map(2, 1, [0, NaN])],
    [goodMask, goodMask],
    "a score must be a number: map 1, value 1 is NaN",
  );
  refused(
    [good],
    [mask(2, 1, [0, 255])],
    "a label must be 0 (normal) or 1 (anomalous): mask 0, value 1 is 255",
  );
  refused([good], [mask(2, 1, [0, 0])], "both normal and anomalous scores are needed: 2 normal");
});
