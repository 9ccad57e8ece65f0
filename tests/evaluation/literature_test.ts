import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { againstLiterature } from "../../src/evaluation/literature.ts";
import {
  type ComparedRun,
  knownDifferences,
  mvtecCategories,
  publishedMean,
  publishedResult,
} from "../../src/evaluation/published.ts";
import type { Run } from "../../src/evaluation/report.ts";
import { groupRuns, summarise } from "../../src/evaluation/summaries.ts";
import mvtec from "../../src/evaluation/mvtec_ad.json" with { type: "json" };
import { plainRun } from "./sample_runs.ts";

const counts: Readonly<
  Record<string, { train: number; testGood: number; testDefective: number }>
> = mvtec.categories;

const geometry = { resize: 256, crop: 224, filter: "bilinear", aspect: "keep" } as const;
const interval = (lower: number, upper: number) =>
  ({ lower, upper, level: 0.95, method: "logit" }) as const;

/** A run on all photos of a category of MVTec AD. */
function full(category: string, run: Partial<Run> = {}): Run {
  const { train, testGood, testDefective } = counts[category];
  return {
    ...plainRun,
    category,
    backbone: "wide_resnet50_2",
    options: { coreset: 0.25, geometry, neighbours: 1, dimensions: 0 },
    trainImages: train,
    testImages: testGood + testDefective,
    ...run,
  };
}

const rowsOf = (...runs: readonly Run[]) => {
  const groups = groupRuns(runs.map((run) => ({ run, evidence: {} })));
  return againstLiterature(groups, groups.map(summarise));
};

Deno.test("a run on all photos stands beside the paper's number of the same configuration", () => {
  const intervals = { ...plainRun.intervals, imageAuroc: interval(0.99, 1) };
  const run = full("cable", { imageAuroc: 0.994, pixelAuroc: 0.98, aupro: null, intervals });
  const rows = rowsOf(run);
  assertEquals(rows.map(({ metric }) => metric), ["imageAuroc", "pixelAuroc"]);
  const [image, pixel] = rows;
  assertEquals([image.category, image.label, image.config, image.kind], [
    "cable",
    "patchcore",
    "WideResNet50-2, 224 px, coreset 25%",
    "paper",
  ]);
  assert(image.source.includes("Roth et al."));
  assertAlmostEquals(image.published, 0.995, 1e-12);
  assertAlmostEquals(image.difference, -0.001, 1e-12);
  assertEquals([image.inside, image.differs], [true, []]);
  assertEquals([pixel.inside, pixel.interval], [null, null], "inside of no interval is unknown");
  const outside = { ...plainRun.intervals, imageAuroc: interval(0.9, 0.99) };
  assertEquals(rowsOf({ ...run, intervals: outside })[0].inside, false);
});

Deno.test("nothing stands beside other data, unpublished categories and methods", () => {
  assertEquals(rowsOf(full("cable", { dataset: "synthetic" })), []);
  assertEquals(rowsOf({ ...full("cable"), category: "bracket" }), []);
  assertEquals(rowsOf(full("cable", { method: "dn2" })), []);
});

const differences = (run: Run, config: string, samePhotos = true) =>
  knownDifferences(run, { config, samePhotos });

Deno.test("each known difference is said in words", () => {
  const run = full("cable");
  const paper = "WideResNet50-2, 224 px, coreset 25%";
  assertEquals(differences(run, paper), []);
  assertEquals(differences({ ...run, backbone: "efficientnet_lite0" }, paper), [
    "WideResNet50-2 there, efficientnet_lite0 here",
  ]);
  const other = { ...geometry, resize: 366, crop: 320 };
  assertEquals(differences({ ...run, options: { ...run.options, geometry: other } }, paper), [
    "224 px there, 320 px here",
  ]);
  assertEquals(differences({ ...run, options: { ...run.options, coreset: 0.001 } }, paper), [
    "coreset 25 % there, coreset 0.1 % here",
  ]);
  const { coreset: _, ...rest } = run.options;
  assertEquals(differences({ ...run, options: rest }, paper), ["coreset 25 % there"]);
  assertEquals(differences(run, "WideResNet50-2, 224 px, K=50"), ["K = 50 there, K = 1 here"]);
  assertEquals(differences(run, "WideResNet50-2, 224 px, random 550 dimensions"), [
    "d = 550 there, d = 0 here",
  ]);
  assertEquals(differences(run, "WideResNet50-2, PCA 100 dimensions"), [
    "d = 100 there, d = 0 here",
  ]);
  assertEquals(differences(run, "WideResNet50-2, NPCA 1%"), ["NPCA there"]);
  const npca = { ...run, options: { ...run.options, reduction: "npca" } };
  assertEquals(differences(npca, "WideResNet50-2, no reduction"), ["NPCA here"]);
  assertEquals(differences(npca, "WideResNet50-2, NPCA 1%"), []);
  assertEquals(differences(run, "WideResNet50-2, augmentation"), [
    "augmented training photos there",
  ]);
  assertEquals(differences(run, "WideResNet50-2, no augmentation"), []);
  assertEquals(differences({ ...run, maskFilter: "official" }, paper), ["eroded masks here"]);
  assertEquals(differences(run, paper, false), [
    "another number of photos: another test, not to be compared",
  ]);
  const all = { ...run, backbone: "resnet18", maskFilter: "official" } as const;
  assertEquals(differences(all, "WideResNet50-2, 320 px, augmentation", false).length, 5);
});

Deno.test("an ensemble's differences are its members', its networks in any order", () => {
  const config =
    "ensemble WideResNet101-2 + ResNeXt101-32x8d + DenseNet201, 320 px, coreset 1%, official code";
  const options = {
    holdOut: 0.15,
    members: [{
      name: "patchcore",
      options: { coreset: 0.01, geometry: { ...geometry, resize: 366, crop: 320 } },
    }],
  };
  const backbone = "densenet201+wide_resnet101_2+resnext101_32x8d";
  assertEquals(differences(full("cable", { backbone, options }), config), []);
  assertEquals(
    differences(full("cable", { backbone: "a+b", options }), config),
    ["WideResNet101-2 + ResNeXt101-32x8d + DenseNet201 there, a+b here"],
  );
});

Deno.test("of published rows the same network's is preferred, then the nearest coreset", () => {
  const configOf = (run: ComparedRun, metric: "imageAuroc" | "pixelAuroc" | "pro") =>
    publishedResult(run, metric)?.config;
  assertEquals(
    configOf(full("cable", { options: { coreset: 0.1 } }), "pro"),
    "WideResNet50-2, 224 px, coreset 10%",
  );
  assertEquals(
    configOf(full("cable", { options: { coreset: 0.001 } }), "pro"),
    "WideResNet50-2, 224 px, coreset 1%",
  );
  const padim = { method: "padim", options: { dimensions: 100 } };
  const runs = (backbone: string, run: Partial<Run> = {}) =>
    mvtecCategories.map((category) => full(category, { ...padim, backbone, ...run }));
  assertEquals(
    publishedMean(runs("resnet18"), "pixelAuroc")?.config,
    "ResNet18, 224 px, random 100 dimensions",
  );
  assertEquals(
    publishedMean(runs("wide_resnet50_2"), "pixelAuroc")?.config,
    "WideResNet50-2, 224 px, random 550 dimensions",
  );
  assertEquals(publishedMean(runs("efficientnet_b5"), "imageAuroc")?.config, "EfficientNet-B5");
});

Deno.test("means over all fifteen categories stand beside the published mean", () => {
  const runs = mvtecCategories.map((category, i) =>
    full(category, {
      imageAuroc: 0.98 + i / 1000,
      pixelAuroc: 0.97,
      intervals: { ...plainRun.intervals, imageAuroc: interval(0.97 + i / 1000, 0.99 + i / 1000) },
    })
  );
  assertEquals(runs.length, 15);
  const rows = rowsOf(...runs);
  const means = rows.filter(({ category }) => category === "mean of 15");
  assertEquals(means.map(({ metric }) => metric), ["imageAuroc", "pixelAuroc"]);
  const [image] = means;
  assertAlmostEquals(image.value, 0.987, 1e-12);
  assertAlmostEquals(image.published, 0.991, 1e-12);
  assertAlmostEquals(image.difference, -0.004, 1e-12);
  // Fifteen intervals of ±0.01: √15/15 of that.
  assertAlmostEquals(image.interval?.lower ?? NaN, 0.987 - 0.01 / Math.sqrt(15), 1e-9);
  assertEquals([image.inside, image.differs], [false, []]);
  const few = rowsOf(...runs.slice(1));
  assert(few.every(({ category }) => !category.startsWith("mean")));
  const other = rowsOf(...runs.map((run, i) => i === 4 ? { ...run, testImages: 3 } : run));
  assertEquals(other.at(-1)?.differs, [
    "another number of photos: another test, not to be compared",
  ]);
});
