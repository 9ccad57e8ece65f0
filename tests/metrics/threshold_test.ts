import { assert, assertEquals, assertThrows } from "@std/assert";
import { seededRandom } from "../../src/random.ts";
import { rocCurve } from "../../src/metrics/roc.ts";
import { confusion, thresholdAtFalsePositiveRate } from "../../src/metrics/threshold.ts";
import { drawScores, KINDS } from "./drawn_scores.ts";

const flagged = (scores: ArrayLike<number>, threshold: number): number =>
  Array.from(scores).filter((score) => score >= threshold).length;

Deno.test("a threshold flags as many normal scores as the rate allows, and is the lowest such", () => {
  const scores = [4, 1, 3, 2, 5];
  assertEquals(
    [0, 0.2, 0.39, 0.4, 0.8].map((rate) =>
      flagged(scores, thresholdAtFalsePositiveRate(scores, rate))
    ),
    [0, 1, 1, 2, 4],
  );
  assertEquals(thresholdAtFalsePositiveRate(scores, 0), 5 + 2 ** -21);
  assertEquals(thresholdAtFalsePositiveRate(scores, 1), -Infinity);
});

Deno.test("a rate that is a decimal fraction is not rounded below its count", () => {
  const scores = Array.from({ length: 100 }, (_, i) => i);
  assert(0.29 * 100 < 29);
  for (let percent = 0; percent <= 100; percent++) {
    const threshold = thresholdAtFalsePositiveRate(scores, percent / 100);
    assertEquals(flagged(scores, threshold), percent);
  }
});

Deno.test("normal scores that tie at the limit are none of them flagged", () => {
  const scores = [1, 2, 2, 2];
  assertEquals(flagged(scores, thresholdAtFalsePositiveRate(scores, 0.5)), 0);
  assertEquals(flagged(scores, thresholdAtFalsePositiveRate(scores, 0.75)), 3);
});

Deno.test("the threshold is the next number of the scores' own precision", () => {
  assertEquals(thresholdAtFalsePositiveRate(Float32Array.of(1), 0), 1 + 2 ** -23);
  assertEquals(thresholdAtFalsePositiveRate([1, 1 - 2 ** -40], 0), 1 + 2 ** -52);
  assertEquals(thresholdAtFalsePositiveRate([-1], 0), -1 + 2 ** -24);
  assertEquals(thresholdAtFalsePositiveRate([-1, -0.1 - 1], 0), -1 + 2 ** -53);
  assertEquals(thresholdAtFalsePositiveRate([-0], 0), 2 ** -149);
  assertEquals(thresholdAtFalsePositiveRate([0], 0), 2 ** -149);
  assertEquals(thresholdAtFalsePositiveRate([-(2 ** -149)], 0), 0);
  assertEquals(thresholdAtFalsePositiveRate([-Infinity], 0), -(2 - 2 ** -23) * 2 ** 127);
});

Deno.test("no lower threshold keeps the rate, on random scores of every kind", () => {
  const random = seededRandom(1, "threshold");
  let checked = 0;
  for (let round = 0; round < 120; round++) {
    const kind = KINDS[round % KINDS.length];
    if (kind === "infinite") continue;
    const { scores } = drawScores(random, kind, 2 + random.integer(40));
    const rate = random.uniform();
    const threshold = thresholdAtFalsePositiveRate(scores, rate);
    assert(flagged(scores, threshold) / scores.length <= rate);
    const below = Math.max(...Array.from(scores).filter((score) => score < threshold));
    assert(flagged(scores, below) / scores.length > rate, "the score below would exceed the rate");
    checked++;
  }
  assertEquals(checked, 100);
});

Deno.test("normal scores are not changed or sorted in place", () => {
  const scores = Float64Array.of(3, 1, 2);
  thresholdAtFalsePositiveRate(scores, 0.5);
  assertEquals([...scores], [3, 1, 2]);
});

Deno.test("a threshold is refused where the rate, the scores or infinity leave none", () => {
  const refused = (scores: number[], rate: number, message: string) =>
    assertThrows(
      () => thresholdAtFalsePositiveRate(scores, rate),
      RangeError,
      `Cannot set a threshold as ${message}`,
    );
  refused([], 0.1, "there must be normal scores: none");
  refused([1, NaN], 0.1, "a score must be a number: score 1 is NaN");
  refused([1], -0.1, "a false-positive rate must be in [0, 1]: -0.1");
  refused([1], NaN, "a false-positive rate must be in [0, 1]: NaN");
  refused(
    [1, Infinity, Infinity, 2],
    0.25,
    "at most 1 of 4 normal scores may be +∞ at rate 0.25: 2 are",
  );
  assertEquals(flagged([1, Infinity], thresholdAtFalsePositiveRate([1, Infinity], 0.5)), 1);
});

Deno.test("a confusion counts scores at the threshold as flagged", () => {
  assertEquals(confusion([1, 2, 2, 3, 4], [0, 0, 1, 1, 0], 2), {
    truePositives: 2,
    falsePositives: 2,
    trueNegatives: 1,
    falseNegatives: 0,
  });
  assertEquals(confusion([1, 2], [true, true], Infinity).falseNegatives, 2);
  assertEquals(confusion(Float32Array.of(1, 2), Uint8Array.of(0, 0), -Infinity).falsePositives, 2);
});

Deno.test("the confusion at each threshold of a ROC curve is that point of the curve", () => {
  const random = seededRandom(2, "threshold");
  let points = 0;
  for (const kind of KINDS) {
    const { scores, labels } = drawScores(random, kind, 60);
    const anomalous = labels.filter((label) => label === 1).length;
    const curve = rocCurve(scores, labels);
    curve.thresholds.forEach((threshold, i) => {
      if (i === 0) return; // "nothing is flagged", also when +∞ is a score
      const counts = confusion(scores, labels, threshold);
      assertEquals(curve.truePositiveRate[i], counts.truePositives / anomalous);
      assertEquals(curve.falsePositiveRate[i], counts.falsePositives / (60 - anomalous));
      assertEquals(counts.trueNegatives + counts.falsePositives, 60 - anomalous);
      assertEquals(counts.falseNegatives + counts.truePositives, anomalous);
      points++;
    });
  }
  assert(points > 100);
});

Deno.test("a confusion refuses NaN, as a score or as the threshold, and unequal lengths", () => {
  const refused = (scores: number[], labels: number[], threshold: number, message: string) =>
    assertThrows(
      () => confusion(scores, labels, threshold),
      RangeError,
      `Cannot count a confusion as ${message}`,
    );
  refused([], [], 1, "there must be scores: none");
  refused([1, NaN], [0, 1], 1, "a score must be a number: score 1 is NaN");
  refused([1, 2], [0, 1], NaN, "a threshold must be a number: NaN");
  refused([1, 2], [0], 1, "scores and labels must be equally many: 2 scores, 1 labels");
});
