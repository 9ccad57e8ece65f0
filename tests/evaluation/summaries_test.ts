import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { aurocInterval, bootstrapInterval } from "../../mod.ts";
import { seededRandom } from "../../src/random.ts";
import type { Bootstrapped } from "../../src/metrics/bootstrap.ts";
import {
  evidenceOf,
  groupRuns,
  meanBootstrap,
  meanEstimate,
  summarise,
} from "../../src/evaluation/summaries.ts";
import { resultOf, smallMaps, smallMasks } from "./sample_runs.ts";

const good = [1, 2, 3, 4];
const first = resultOf({ found: [good, [2.5, 5, 6]], seed: 0, msPerImage: 10, peakMemoryMb: 300 });
const second = resultOf({ found: [good, [5, 5.5, 6]], seed: 1, msPerImage: 20, peakMemoryMb: 200 });
const third = resultOf({
  found: [good, [2.5, 3.5, 6]],
  seed: 2,
  msPerImage: 60,
  peakMemoryMb: 100,
});

Deno.test("several seeds are their mean, with the deviation between them over n − 1", () => {
  assertEquals([first, second, third].map(({ run }) => run.imageAuroc), [10 / 12, 1, 9 / 12]);
  const [group] = groupRuns([third, first, second]);
  const found = summarise(group);
  assertEquals(found.seeds, [0, 1, 2]);
  const mean = (10 + 12 + 9) / 36;
  assertAlmostEquals(found.imageAuroc?.value ?? NaN, mean, 1e-15);
  const squares = [10 / 12, 1, 9 / 12].map((value) => (value - mean) ** 2);
  const deviation = Math.sqrt((squares[0] + squares[1] + squares[2]) / 2);
  assertAlmostEquals(found.imageAuroc?.seedDeviation ?? NaN, deviation, 1e-15);
  assertEquals([found.pixelAuroc, found.aupro], [null, null]);
  assertEquals([found.fitSeconds, found.msPerImage, found.peakMemoryMb], [2, 30, 300]);
});

Deno.test("the interval of a mean over seeds is the bootstrap's of values averaged by hand", () => {
  const [group] = groupRuns([first, second, third]);
  const all = [first, second, third].flatMap(({ evidence }) => evidence.imageAuroc ?? []);
  assertEquals(all.length, 3);
  const average = (of: (one: Bootstrapped) => Float64Array) =>
    Float64Array.from(of(all[0]), (_, i) => (of(all[0])[i] + of(all[1])[i] + of(all[2])[i]) / 3);
  const { lower, upper, method } = bootstrapInterval({
    ...all[0],
    value: (10 + 12 + 9) / 36,
    resampled: average(({ resampled }) => resampled),
    jackknife: average(({ jackknife }) => jackknife),
  });
  const found = summarise(group).imageAuroc?.interval;
  assertAlmostEquals(found?.lower ?? NaN, lower, 1e-12);
  assertAlmostEquals(found?.upper ?? NaN, upper, 1e-12);
  assertEquals(found?.method, method);
});

Deno.test("one seed has DeLong's interval; two seeds that agree have that run's bootstrap's", () => {
  const [alone] = groupRuns([first]);
  const { run: { intervals } } = first;
  const one = summarise(alone).imageAuroc;
  assertEquals([one?.interval, one?.seedDeviation], [intervals.imageAuroc, null]);
  const [group] = groupRuns([first, { ...first, run: { ...first.run, seed: 1 } }]);
  const two = summarise(group).imageAuroc;
  assertEquals([two?.value, two?.seedDeviation], [first.run.imageAuroc, 0]);
  assertEquals(two?.interval, intervals.imageAurocBootstrap);
});

Deno.test("pixel metrics of several seeds are averaged likewise", () => {
  const masks = smallMasks(4, 3);
  const maps = (shift: number) =>
    smallMaps([1, 2, 3, 4, 2.5, 5, 6].map((score, i) => [score + shift * (i % 2), 2, i % 4, 1]));
  const of = (seed: number) =>
    resultOf({ found: [good, [2.5, 5, 6]], maps: maps(seed), masks, seed });
  const results = [of(0), of(1)];
  const found = summarise(groupRuns(results)[0]);
  const values = results.flatMap(({ run }) => run.aupro ?? []);
  assertEquals(values.length, 2);
  assert(values[0] !== values[1]);
  assertAlmostEquals(found.aupro?.value ?? NaN, (values[0] + values[1]) / 2, 1e-15);
  assertAlmostEquals(
    found.aupro?.seedDeviation ?? NaN,
    Math.abs(values[0] - values[1]) / Math.SQRT2,
    1e-15,
  );
});

Deno.test("a metric that one seed lacks is null for all", () => {
  const without = { ...second, run: { ...second.run, imageAuroc: null } };
  assertEquals(summarise(groupRuns([first, without])[0]).imageAuroc, null);
  const evidence = { ...second, evidence: {} };
  const [group] = groupRuns([first, evidence]);
  assertEquals(evidenceOf(group, "imageAuroc"), undefined);
  const found = summarise(group).imageAuroc;
  assertAlmostEquals(found?.value ?? NaN, 11 / 12, 1e-15);
  assertEquals(found?.interval, null);
});

Deno.test("bootstraps of other resamples are not averaged, and none is none", () => {
  assertThrows(() => meanBootstrap([]), RangeError, "there must be one");
  const all = [first, second].flatMap(({ evidence }) => evidence.imageAuroc ?? []);
  assertEquals(meanBootstrap(all.slice(0, 1)), all[0]);
  const other = [all[0], { ...all[1], seed: 1 }];
  assertThrows(() => meanBootstrap(other), RangeError, "same resamples");
});

Deno.test("groups come in the order of their first run, by category and label", () => {
  const of = (category: string, label: string, seed: number) =>
    resultOf({ found: [good, [5]], category, label, seed });
  const groups = groupRuns([of("b", "y", 1), of("b", "x", 0), of("a", "y", 0), of("b", "y", 0)]);
  assertEquals(
    groups.map(({ category, label, results }) => [category, label, results.length]),
    [["b", "y", 2], ["b", "x", 1], ["a", "y", 1]],
  );
});

const interval = (lower: number, upper: number) =>
  ({ lower, upper, level: 0.95, method: "logit" }) as const;

Deno.test("the mean of independent estimates is Zou and Donner's, by hand", () => {
  const { value, interval: found } = meanEstimate([
    { value: 0.9, interval: interval(0.6, 0.94) },
    { value: 0.8, interval: interval(0.4, 0.83) },
  ]);
  assertAlmostEquals(value, 0.85, 1e-15);
  // √(0.3² + 0.4²)/2 below, √(0.04² + 0.03²)/2 above.
  assertAlmostEquals(found?.lower ?? NaN, 0.85 - 0.25, 1e-12);
  assertAlmostEquals(found?.upper ?? NaN, 0.85 + 0.025, 1e-12);
  assertEquals(found?.method, "joined");
  assertEquals(
    meanEstimate([{ value: 1, interval: null }, { value: 0.5, interval: interval(0.4, 0.6) }]),
    { value: 0.75, interval: null },
  );
});

Deno.test("the interval of a mean over five categories holds the true mean in about 95 % of draws", () => {
  // Normal scores of deviation 1, d apart, have the AUROC Φ(d/√2).
  const truth = [
    [1, 0.7602499389065233],
    [1.5, 0.8555778168267576],
    [2, 0.9213503964748574],
    [2.5, 0.9614500641282291],
    [3, 0.9830525732376554],
  ];
  const mean = truth.reduce((sum, [, auroc]) => sum + auroc, 0) / 5;
  const random = seededRandom(3, "coverage");
  const DRAWS = 600;
  let held = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    const { interval: found } = meanEstimate(truth.map(([apart]) => {
      const labels = Array.from({ length: 50 }, (_, i) => i % 2);
      const scores = labels.map((label) => random.normal() + apart * label);
      const { value, ...ends } = aurocInterval(scores, labels);
      return { value, interval: ends };
    }));
    if (found && found.lower <= mean && mean <= found.upper) held++;
  }
  console.log(`held the true mean in ${(100 * held / DRAWS).toFixed(1)} % of ${DRAWS} draws`);
  assert(held / DRAWS > 0.93 && held / DRAWS < 0.98, String(held / DRAWS));
});
