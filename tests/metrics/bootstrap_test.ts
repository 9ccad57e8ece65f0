import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  bootstrapInterval,
  type Bootstrapped,
  bootstrapPlain,
} from "../../src/metrics/bootstrap.ts";
import { bootstrapAuroc } from "../../src/metrics/bootstrap_auroc.ts";
import { aurocInterval } from "../../src/metrics/delong.ts";
import { aurocScoreInterval } from "../../src/metrics/intervals.ts";
import { normalQuantile } from "../../src/metrics/normal.ts";
import { auroc } from "../../src/metrics/roc.ts";
import { type Random, seededRandom } from "../../src/random.ts";
import fixture from "../fixtures/intervals/bootstrap.json" with { type: "json" };
import { type Drawn, drawScores, KINDS } from "./drawn_scores.ts";

/** Scores with at least two images of each class. */
function drawSeveral(random: Random, kind: typeof KINDS[number], count: number): Drawn {
  const drawn = drawScores(random, kind, count);
  drawn.labels.set([0, 0, 1, 1]);
  return drawn;
}

Deno.test("each resample has as many images of each class as there are", () => {
  const { scores, labels } = drawSeveral(seededRandom(1), "continuous", 50);
  const { strata } = bootstrapAuroc(scores, labels, { resamples: 1 });
  assertEquals(strata.normal.length + strata.anomalous.length, 50);
  const anomalous = bootstrapPlain(
    (images) => {
      assertEquals(images.length, 50);
      return images.reduce((sum, image) => sum + labels[image], 0);
    },
    { strata, resamples: 200 },
  );
  assertEquals(anomalous.length, 200);
  assert(anomalous.every((count) => count === strata.anomalous.length));
});

Deno.test("resampled AUROCs equal those measured anew on the drawn images, of all kinds of scores", () => {
  const random = seededRandom(2, "bootstrap");
  let worst = 0;
  let compared = 0;
  for (const kind of KINDS) {
    for (const count of [6, 23, 90]) {
      const { scores, labels } = drawSeveral(random, kind, count);
      const found = bootstrapAuroc(scores, labels, { resamples: 100, seed: count });
      const plain = bootstrapPlain(
        (images) =>
          auroc(
            Float64Array.from(images, (i) => scores[i]),
            Array.from(images, (i) => labels[i]),
          ),
        { strata: found.strata, resamples: 100, seed: count },
      );
      assertEquals(found.value, auroc(scores, labels));
      plain.forEach((value, i) => {
        worst = Math.max(worst, Math.abs(value - found.resampled[i]));
        compared++;
      });
    }
  }
  console.log(`largest difference to the plain twin: ${worst}`);
  assertEquals(compared, 6 * 3 * 100);
  assert(worst < 1e-15);
});

Deno.test("leave-one-out values are the AUROCs of the other images", () => {
  const { scores, labels } = drawSeveral(seededRandom(3), "levels", 30);
  const { jackknife } = bootstrapAuroc(scores, labels, { resamples: 1 });
  assertEquals(jackknife.length, 30);
  jackknife.forEach((value, left) => {
    const others = Array.from(scores.keys()).filter((i) => i !== left);
    const without = auroc(others.map((i) => scores[i]), others.map((i) => labels[i]));
    assertAlmostEquals(value, without, 1e-15);
  });
});

Deno.test("percentile and BCa intervals equal scipy's on the same resampled values", () => {
  assertEquals(fixture.cases.length, 3);
  let worst = 0;
  let compared = 0;
  for (const { scores, labels, won, intervals } of fixture.cases) {
    const ours = bootstrapAuroc(scores, labels, { resamples: 1 });
    const pairs = 2 * ours.strata.anomalous.length * ours.strata.normal.length;
    assertEquals(won.length, 400);
    const bootstrapped = { ...ours, resampled: Float64Array.from(won, (twice) => twice / pairs) };
    for (const { level, method: name, lower, upper } of intervals) {
      const method = name === "bca" ? "bca" : "percentile";
      assertEquals(name, method);
      const found = bootstrapInterval(bootstrapped, { level, method });
      assertEquals([found.method, found.level, found.value], [method, level, ours.value]);
      worst = Math.max(worst, Math.abs(found.lower - lower), Math.abs(found.upper - upper));
      compared++;
    }
  }
  assertEquals(compared, 3 * 4);
  console.log(`largest difference to scipy.stats.bootstrap: ${worst}`);
  assert(worst < 1e-10);
});

Deno.test("one seed gives one set of resamples, another seed another", () => {
  const { scores, labels } = drawSeveral(seededRandom(4), "continuous", 40);
  const first = bootstrapAuroc(scores, labels, { resamples: 50, seed: 7 });
  assertEquals(bootstrapAuroc(scores, labels, { resamples: 50, seed: 7 }), first);
  const longer = bootstrapAuroc(scores, labels, { resamples: 60, seed: 7 });
  assertEquals(longer.resampled.subarray(0, 50), first.resampled);
  const other = bootstrapAuroc(scores, labels, { resamples: 50, seed: 8 });
  assert(other.resampled.some((value, i) => value !== first.resampled[i]));
  assertEquals(bootstrapAuroc(scores, labels).resampled.length, 10_000);
});

Deno.test("bootstrapped and DeLong intervals of 200 images agree to a fraction of their width", () => {
  const random = seededRandom(5);
  const labels = Uint8Array.from({ length: 200 }, (_, i) => i % 2);
  const scores = Float32Array.from(labels, (label) => random.normal() + 1.5 * label);
  const { lower, upper } = aurocInterval(scores, labels);
  const bootstrapped = bootstrapAuroc(scores, labels);
  for (const method of ["bca", "percentile"] as const) {
    const found = bootstrapInterval(bootstrapped, { method });
    const off = Math.max(Math.abs(found.lower - lower), Math.abs(found.upper - upper));
    assert(off < 0.15 * (upper - lower), `${method}: ${off}`);
    assert(found.lower < found.value && found.value < found.upper);
  }
});

Deno.test("95 % BCa intervals hold the true AUROC about as often as they say", () => {
  const random = seededRandom(6, "coverage");
  const labels = Uint8Array.from({ length: 80 }, (_, i) => i % 2);
  const truth = 0.85;
  const shift = Math.SQRT2 * normalQuantile(truth);
  const draws = 300;
  let held = 0;
  for (let draw = 0; draw < draws; draw++) {
    const scores = Float64Array.from(labels, (label) => random.normal() + shift * label);
    const found = bootstrapInterval(
      bootstrapAuroc(scores, labels, { resamples: 1000, seed: draw }),
    );
    if (found.lower <= truth && truth <= found.upper) held++;
  }
  console.log(`coverage of 95 % BCa intervals: ${(held / draws).toFixed(3)}`);
  assert(held / draws > 0.9 && held / draws < 0.99);
});

Deno.test("images that all resamples order perfectly get the score interval", () => {
  const labels = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1];
  for (const method of ["bca", "percentile"] as const) {
    const found = bootstrapInterval(bootstrapAuroc(labels, labels), { method });
    assertEquals(found, aurocScoreInterval(1, { anomalous: 5, normal: 5 }));
  }
});

Deno.test("a constant of another measure stands alone, and a value outside all resamples gives an interval", () => {
  const strata = { normal: Int32Array.of(0, 1), anomalous: Int32Array.of(2, 3) };
  const bootstrapped: Bootstrapped = {
    measure: "AUPRO",
    value: 0.5,
    resampled: new Float64Array(20).fill(0.5),
    jackknife: new Float64Array(4).fill(0.5),
    strata,
    seed: 0,
  };
  const constant = bootstrapInterval(bootstrapped);
  assertEquals([constant.lower, constant.upper, constant.method], [0.5, 0.5, "constant"]);
  for (const value of [0, 1]) {
    const resampled = Float64Array.from({ length: 20 }, (_, i) => 0.3 + i / 50);
    for (const jackknife of [bootstrapped.jackknife, Float64Array.of(0, 1, 0, 9)]) {
      const found = bootstrapInterval({ ...bootstrapped, value, resampled, jackknife });
      assert(found.lower >= 0.3 && found.upper <= 0.68 && found.lower <= found.upper);
    }
  }
});

Deno.test("resamples are refused by name where they are not defined", () => {
  const scores = [1, 2, 3, 4];
  const labels = [0, 0, 1, 1];
  for (const resamples of [0, 1.5, -1, NaN, 1e9]) {
    assertThrows(
      () => bootstrapAuroc(scores, labels, { resamples }),
      RangeError,
      `Cannot resample images as resamples are a whole number in 1…10⁷: ${resamples}`,
    );
  }
  assertThrows(() => bootstrapAuroc(scores, labels, { seed: -1 }), RangeError, "a seed is");
  assertThrows(
    () => bootstrapAuroc([1, 2, 3], [0, 1, 1]),
    RangeError,
    "Cannot bootstrap AUROC as each class needs at least 2 scores: 1 normal, 2 anomalous",
  );
  assertThrows(() => bootstrapAuroc([1, NaN, 3, 4], labels), RangeError, "score 1 is NaN");
  assertThrows(() => bootstrapAuroc([1], labels), RangeError, "1 scores, 4 labels");
  const bootstrapped = bootstrapAuroc(scores, labels, { resamples: 10 });
  assertThrows(() => bootstrapInterval(bootstrapped, { level: 2 }), RangeError, "(0, 1): 2");
});
