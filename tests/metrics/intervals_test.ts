import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  aurocScoreInterval,
  differenceOfIntervals,
  type Estimate,
  modelVariance,
  shareInterval,
} from "../../src/metrics/intervals.ts";

Deno.test("a perfect score is less certain the fewer the images, and never certain", () => {
  const lowers = [2, 5, 20, 100, 1000].map((images) => {
    const found = aurocScoreInterval(1, { anomalous: images, normal: images });
    assertEquals([found.upper, found.method], [1, "score"]);
    return found.lower;
  });
  assertEquals(lowers.length, 5);
  lowers.forEach((lower, i) => assert(lower > (lowers[i - 1] ?? 0) && lower < 1));
  assertAlmostEquals(lowers[2], 0.8986681, 1e-7);
});

Deno.test("no score interval of a perfect order goes below what holds for any distribution", () => {
  let checked = 0;
  for (const images of [2, 3, 5, 10, 20, 50, 200]) {
    for (const level of [0.8, 0.95, 0.99]) {
      const { lower } = aurocScoreInterval(1, { anomalous: images, normal: 3 * images, level });
      assert(lower > ((1 - level) / 2) ** (1 / images));
      checked++;
    }
  }
  assertEquals(checked, 21);
});

Deno.test("both ends of the score interval solve its equation, and mirror each other", () => {
  for (const value of [0.2, 0.5, 0.9, 0.999]) {
    const counts = { anomalous: 12, normal: 31 };
    const { lower, upper } = aurocScoreInterval(value, { ...counts, level: 0.9 });
    for (const end of [lower, upper]) {
      const z = Math.abs(value - end) / Math.sqrt(modelVariance(end, counts));
      assertAlmostEquals(z, 1.6448536269514722, 1e-9);
    }
    const mirrored = aurocScoreInterval(1 - value, { ...counts, level: 0.9 });
    assertAlmostEquals(mirrored.lower, 1 - upper, 1e-12);
    assertAlmostEquals(mirrored.upper, 1 - lower, 1e-12);
  }
});

Deno.test("the difference of two intervals holds the difference and turns around with its sign", () => {
  const a: Estimate = { value: 0.9, lower: 0.8, upper: 0.94, level: 0.95, method: "logit" };
  const b: Estimate = { value: 0.7, lower: 0.67, upper: 0.8, level: 0.95, method: "logit" };
  const found = differenceOfIntervals(a, b);
  assertAlmostEquals(found.lower, 0.2 - Math.hypot(0.1, 0.1), 1e-15);
  assertAlmostEquals(found.upper, 0.2 + 0.05, 1e-15);
  const turned = differenceOfIntervals(b, a);
  assertAlmostEquals(turned.lower, -found.upper, 1e-15);
  assertAlmostEquals(turned.upper, -found.lower, 1e-15);
});

Deno.test("intervals are refused by name where they are not defined", () => {
  const counts = { anomalous: 3, normal: 3 };
  for (const level of [0, 1, 95, NaN]) {
    assertThrows(
      () => aurocScoreInterval(0.5, { ...counts, level }),
      RangeError,
      `Cannot give an interval as a confidence level must be in (0, 1): ${level}`,
    );
  }
  for (const value of [-0.1, 1.1, NaN]) {
    const message = `Cannot give an interval of an AUROC as it must be in 0…1: ${value}`;
    assertThrows(() => aurocScoreInterval(value, counts), RangeError, message);
  }
  assertThrows(
    () => aurocScoreInterval(0.5, { anomalous: 0, normal: 3 }),
    RangeError,
    "both classes need an image: 0 anomalous, 3 normal",
  );
  const a = aurocScoreInterval(0.5, counts);
  const b = aurocScoreInterval(0.5, { ...counts, level: 0.9 });
  assertThrows(() => differenceOfIntervals(a, b), RangeError, "one level: 0.95 and 0.9");
});

Deno.test("a share's interval equals R's prop.test without continuity correction", () => {
  // prop.test(k, n, correct = FALSE)$conf.int
  const expected = [
    [3, 10, 0.107791267406, 0.603221852539],
    [0, 10, 0, 0.277532799863],
    [60, 60, 0.939828147858, 1],
    [7, 200, 0.0170555420086, 0.0704706115223],
  ];
  let most = 0;
  for (const [successes, trials, lower, upper] of expected) {
    const found = shareInterval({ successes, trials });
    assertEquals(found.value, successes / trials);
    most = Math.max(most, Math.abs(found.lower - lower), Math.abs(found.upper - upper));
  }
  console.log(`share intervals: largest difference ${most}`);
  assertEquals(most < 1e-9, true);
  for (const [successes, trials] of [[-1, 3], [4, 3], [0, 0], [0.5, 2]]) {
    assertThrows(() => shareInterval({ successes, trials }), RangeError, "of");
  }
});
