import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { seededRandom } from "../../src/random.ts";
import {
  averagePrecision,
  averagePrecisionByThresholds,
} from "../../src/metrics/average_precision.ts";
import fixture from "../fixtures/metrics/scores.json" with { type: "json" };
import { drawScores, KINDS } from "./drawn_scores.ts";

Deno.test("average precision is the mean precision at the thresholds of the anomalous scores", () => {
  assertEquals(averagePrecision([1, 2], [0, 1]), 1);
  assertEquals(averagePrecision([1, 2], [1, 0]), 0.5);
  assertAlmostEquals(averagePrecision([4, 3, 2, 1], [1, 0, 1, 0]), (1 + 2 / 3) / 2, 1e-15);
});

Deno.test("equal scores enter together, whatever their order in the list", () => {
  assertEquals(averagePrecision([5, 5, 5, 5], [1, 0, 0, 0]), 0.25);
  assertEquals(averagePrecision([5, 5, 5, 5], [0, 0, 0, 1]), 0.25);
  assertEquals(averagePrecision([-0, 0, 1], [1, 0, 0]), 1 / 3);
});

Deno.test("average precision agrees with scikit-learn", () => {
  assertEquals(fixture.cases.length, 9);
  const differences = fixture.cases.map((one) => {
    const scores = one.dtype === "float32" ? Float32Array.from(one.scores) : one.scores;
    return Math.abs(averagePrecision(scores, one.labels) - one.averagePrecision);
  });
  console.log(`largest difference to scikit-learn: ${Math.max(...differences)}`);
  assert(Math.max(...differences) < 1e-14);
});

Deno.test("the fast average precision equals its plain twin, on 200 random draws", () => {
  const random = seededRandom(1, "average precision");
  let worst = 0;
  for (let round = 0; round < 200; round++) {
    const { scores, labels } = drawScores(
      random,
      KINDS[round % KINDS.length],
      2 + random.integer(80),
    );
    const plain = averagePrecisionByThresholds(scores, labels);
    worst = Math.max(worst, Math.abs(averagePrecision(scores, labels) - plain));
  }
  console.log(`largest difference to the plain twin: ${worst}`);
  assert(worst < 1e-13);
});

Deno.test("average precision is unchanged by a strictly monotone map and changes no input", () => {
  const { scores, labels } = drawScores(seededRandom(2), "continuous", 6000);
  const [scoresBefore, labelsBefore] = [scores.slice(), labels.slice()];
  const value = averagePrecision(scores, labels);
  assertEquals(averagePrecision(Float64Array.from(scores, (s) => Math.exp(s / 4)), labels), value);
  assertEquals(scores, scoresBefore);
  assertEquals(labels, labelsBefore);
});

Deno.test("average precision refuses what it cannot measure, by name", () => {
  const refused = (scores: number[], labels: number[], message: string) => {
    const whole = `Cannot compute average precision as ${message}`;
    assertThrows(() => averagePrecision(scores, labels), RangeError, whole);
    assertThrows(() => averagePrecisionByThresholds(scores, labels), RangeError, whole);
  };
  refused([], [], "there must be scores: none");
  refused([1], [0, 1], "scores and labels must be equally many: 1 scores, 2 labels");
  refused([1, 2], [1, 1], "both normal and anomalous scores are needed: 0 normal, 2 anomalous");
  refused([1, 2], [0, 0], "both normal and anomalous scores are needed: 2 normal, 0 anomalous");
  refused([NaN, 2], [0, 1], "a score must be a number: score 0 is NaN");
});
