import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { composeReport, delongTest, pairedBootstrap, type Report } from "../../../mod.ts";
import {
  effectNotes,
  effectOf,
  effectTable,
  meanEffect,
} from "../../../src/evaluation/recipes/effects.ts";
import { flowText } from "../../../src/evaluation/recipes/flow_text.ts";
import { holm } from "../../../src/metrics/holm.ts";
import { resultOf, smallMaps, smallMasks } from "../sample_runs.ts";

const environment = { deno: "2", onnxruntime: "1", os: "linux", arch: "x86_64", cores: 2 };

const scores = {
  base: { a: [[1, 2, 3, 5], [4, 6, 7, 8]], b: [[1, 2, 3, 6], [4, 5, 7, 8]] },
  better: { a: [[1, 2, 3, 4], [5, 6, 7, 8]], b: [[1, 2, 3, 5], [4, 6, 7, 8]] },
  worse: { a: [[1, 2, 6, 7], [3, 4, 5, 8]], b: [[1, 2, 5, 8], [3, 4, 6, 7]] },
} as const;

function reportOf(
  labels: readonly (keyof typeof scores)[],
  pairs: readonly (readonly [string, string])[] | undefined,
  categories: readonly ("a" | "b")[] = ["a", "b"],
): Report {
  const results = categories.flatMap((category) =>
    labels.map((label) => resultOf({ category, label, found: scores[label][category] }))
  );
  return composeReport(results, environment, { pairs });
}

const againstBase = [["better", "base"], ["worse", "base"]] as const;

Deno.test("only the pairs named are compared, the first less the second, and Holm counts only them", () => {
  const report = reportOf(["base", "better", "worse"], againstBase);
  const images = report.differences.filter(({ metric }) => metric === "imageAuroc");
  assertEquals(images.map(({ category, labels }) => [category, ...labels]), [
    ["a", "better", "base"],
    ["a", "worse", "base"],
    ["b", "better", "base"],
    ["b", "worse", "base"],
  ]);
  assertAlmostEquals(images[0].value, 1 - 15 / 16);
  assertAlmostEquals(images[1].value, 10 / 16 - 15 / 16);
  assertEquals(images.map(({ adjustedP }) => adjustedP), [...holm(images.map(({ p }) => p))]);
  const all = reportOf(["base", "better", "worse"], undefined);
  assertEquals(all.differences.filter(({ metric }) => metric === "imageAuroc").length, 6);
  assertEquals(reportOf(["base", "better"], [["better", "nothing"]]).differences, []);
});

Deno.test("an effect is the difference in the report, with its value and DeLong's interval", () => {
  const report = reportOf(["base", "better", "worse"], againstBase);
  const of = { metric: "imageAuroc", label: "worse", against: "base" } as const;
  const effect = effectOf(report, { category: "a", ...of });
  const [worse, base] = [scores.worse.a, scores.base.a].map((found) => found.flat());
  const expected = delongTest([worse, base], [0, 0, 0, 0, 1, 1, 1, 1]);
  assertAlmostEquals(effect.value ?? NaN, 10 / 16);
  assertAlmostEquals(effect.difference ?? NaN, expected.value);
  assertAlmostEquals(effect.interval?.lower ?? NaN, expected.lower);
  assertAlmostEquals(effect.interval?.upper ?? NaN, expected.upper);
});

Deno.test("the mean over categories joins the intervals of independent photos", () => {
  const report = reportOf(["base", "better", "worse"], againstBase);
  const of = { metric: "imageAuroc", label: "worse", against: "base" } as const;
  const [a, b] = ["a", "b"].map((category) => effectOf(report, { category, ...of }));
  const mean = meanEffect(report, { categories: ["a", "b"], ...of });
  const half = (side: "lower" | "upper") =>
    Math.hypot(
      ...[a, b].map(({ difference, interval }) => (difference ?? NaN) - (interval?.[side] ?? NaN)),
    ) / 2;
  const value = ((a.difference ?? NaN) + (b.difference ?? NaN)) / 2;
  assertAlmostEquals(mean.difference ?? NaN, value);
  assertAlmostEquals(mean.interval?.lower ?? NaN, value - half("lower"));
  assertAlmostEquals(mean.interval?.upper ?? NaN, value + half("upper"));
  assertEquals(mean.sure, false);
});

Deno.test("over many categories a mean is sure where the signed-rank test with the base is", () => {
  const names = Array.from({ length: 8 }, (_, i) => `category ${i}`);
  const results = names.flatMap((category, i) =>
    (["base", "better", "worse"] as const).map((label) => {
      const found = scores[label][i % 2 === 0 ? "a" : "b"];
      return resultOf({ category, label, found });
    })
  );
  const report = composeReport(results, environment, { pairs: againstBase });
  const across = report.across.find(({ metric }) => metric === "imageAuroc");
  assertEquals(across?.pairs.map(({ labels }) => labels.join()), ["better,base", "worse,base"]);
  const sure = (label: string) =>
    meanEffect(report, { categories: names, metric: "imageAuroc", label, against: "base" }).sure;
  for (const { labels, adjustedP } of across?.pairs ?? []) {
    assertEquals(sure(labels[0]), adjustedP < 0.05);
  }
  assert(sure("worse"));
});

Deno.test("where a crop leaves a defect out the difference has no interval, and is not said to be sure", () => {
  const numbers = [[1, 2, 3, 4], [2, 1, 3, 2], [5, 1, 2, 9], [4, 8, 2, 1], [3, 9, 1, 1]];
  const masks = smallMasks(2, 3);
  const other = masks.map((mask, i) => i === 4 ? { ...mask, data: mask.data.map(() => 0) } : mask);
  const found = [[1, 2], [3, 4, 5]] as const;
  const maps = smallMaps(numbers);
  const runs = [
    { label: "base", masks },
    { label: "same", masks },
    { label: "crop", masks: other },
  ].map((run) => resultOf({ category: "a", found, maps, ...run }));
  const report = composeReport(runs, environment, {
    pairs: [["same", "base"], ["crop", "base"]],
  });
  const effect = (label: string) =>
    effectOf(report, { category: "a", metric: "pixelAuroc", label, against: "base" });
  assertEquals(effect("same").difference, 0);
  assert(effect("same").interval !== null);
  const { difference, interval, sure } = effect("crop");
  assert(difference !== null && difference !== 0, `${difference}`);
  assertEquals([interval, sure], [null, false]);
  // Image AUROC is of the same photos all the same.
  const images = effectOf(report, {
    category: "a",
    metric: "imageAuroc",
    label: "crop",
    against: "base",
  });
  assert(images.interval !== null);
});

Deno.test("several seeds are compared by the bootstrap of their means", () => {
  const results = [0, 1].flatMap((seed) =>
    (["base", "worse"] as const).map((label) =>
      resultOf({ category: "a", label, seed, found: scores[label][seed === 0 ? "a" : "b"] })
    )
  );
  const report = composeReport(results, environment, { pairs: [["worse", "base"]] });
  const [difference] = report.differences;
  const meanOf = (label: string) => {
    const own = results.filter(({ run }) => run.label === label);
    const [x, y] = own.flatMap(({ evidence }) => evidence.imageAuroc ?? []);
    const mean = (a: Float64Array, b: Float64Array) => a.map((value, i) => (value + b[i]) / 2);
    return {
      ...x,
      value: (x.value + y.value) / 2,
      resampled: mean(x.resampled, y.resampled),
      jackknife: mean(x.jackknife, y.jackknife),
    };
  };
  const expected = pairedBootstrap(meanOf("worse"), meanOf("base"));
  assertAlmostEquals(difference.value, expected.value);
  assertAlmostEquals(difference.lower, expected.lower);
  assertAlmostEquals(difference.upper, expected.upper);
  assertEquals(difference.method, expected.method);
  assert(effectNotes(report)[0].includes("(the bootstrap)"), effectNotes(report)[0]);
});

Deno.test("the table has the first row's own interval, then differences, numbers below each other", () => {
  const report = reportOf(["base", "worse"], [["worse", "base"]], ["a"]);
  const rows = [
    { texts: ["base", ""], label: "base", against: undefined },
    { texts: ["score", "other"], label: "worse", against: "base" },
  ];
  const text = effectTable(report, rows, { header: ["a", ""], categories: ["a"] });
  const [, , base, worse] = text.split("\n");
  const { interval } = report.summaries[0].imageAuroc ?? {};
  const percent = (value = NaN) => (100 * value).toFixed(1);
  assert(
    base.includes(`93.8 `) && base.includes(
      `[${percent(interval?.lower)}, ${percent(interval?.upper)}]`,
    ),
  );
  const [{ lower, upper }] = report.differences;
  assert(worse.includes(`62.5 -31.3 [${percent(lower)}, ${percent(upper)}]`), worse);
  assertEquals(base.length, worse.length);
  assert(!text.includes("pixel AUROC"), "what no method has is no column");
});

Deno.test("fits on kept features are told from those with the network's pass", () => {
  const runs = ["base", "worse"].map((label) =>
    resultOf({
      category: "a",
      label,
      found: scores[label === "base" ? "base" : "worse"].a,
      trainImages: 10,
      testImages: 8,
      cachedImages: label === "base" ? 0 : 18,
    })
  );
  const tableOf = (report: Report) =>
    effectTable(report, [
      { texts: ["x"], label: "base", against: undefined },
      { texts: ["y"], label: "worse", against: "base" },
    ], { header: [""], categories: ["a"] });
  const mixed = composeReport(runs, environment);
  assertEquals(tableOf(mixed).match(/°/g)?.length, 1);
  assert(effectNotes(mixed).some((note) => note.startsWith("fit s: °")));
  const cold = composeReport([runs[0]], environment);
  assert(!tableOf(cold).includes("°") && !effectNotes(cold).some((note) => note.includes("°")));
});

Deno.test("running text is broken at words", () => {
  assertEquals(flowText("aa bb cc dd", { width: 5, hanging: " " }), "aa bb\n cc\n dd");
  assertEquals(flowText("aa bb cc", { width: 8, taken: 4 }), "aa\nbb cc");
  assertEquals(flowText("longer than this", { width: 4 }), "longer\nthan\nthis");
});
