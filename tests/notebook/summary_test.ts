import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { generate, loadBackbone, matrix, padim, patchCore, type Report, tensor } from "@kizu/kizu";
import { knownSummary, summary } from "../../src/notebook/summary.ts";

Deno.test("a small matrix is shown whole, a large tensor by its range", () => {
  assertEquals(
    summary(matrix([[1, 2.5], [-3, 4]])),
    "Tensor [2, 2] float32\n   1.000   2.500\n  −3.000   4.000",
  );
  const large = tensor(new Float32Array(4 * 1000).map((_, i) => i % 10), [4, 1000]);
  assertEquals(
    summary(large),
    "Tensor [4, 1000] float32, 4,000 values from 0 to 9, mean 4.500",
  );
});

Deno.test("values that are not finite are counted", () => {
  const odd = tensor(new Float32Array(20).fill(NaN, 0, 2).fill(Infinity, 2, 3), [20]);
  assertStringIncludes(summary(odd), "20 values from 0 to 0, mean 0, 3 not finite");
  assertStringIncludes(summary(tensor(new Float32Array(0), [0, 3])), "Tensor [0, 3] float32, 0");
});

Deno.test("a data set is shown by its counts", async () => {
  const cable = await generate("cable", { train: 3, testGood: 2, testPerDefect: 1 });
  assertEquals(
    summary(cable),
    "Dataset synthetic, cable\n  to fit on: 3 good photos\n" +
      "  to test: 7 photos: 2 good, 1 bent_strand, 1 cut_insulation, 1 missing_conductor, " +
      "1 poked_hole, 1 swapped_conductor",
  );
  assertEquals(
    summary(cable.train.slice(0, 2)),
    "Array of 2\n  0: Sample train/good/000: good\n  1: Sample train/good/001: good",
  );
});

Deno.test("long arrays are cut, with a count of the rest", async () => {
  const { train } = await generate("cable", { train: 30 });
  const lines = summary(train).split("\n");
  assertEquals(lines.length, 14);
  assertEquals(lines.at(-1), "  … and 18 more");
});

Deno.test("images, masks and predictions say their size", () => {
  const image = { width: 3, height: 2, data: new Uint8Array(18) };
  const mask = { width: 2, height: 2, data: new Uint8Array([0, 1, 0, 0]) };
  assertEquals(summary(image), "Image 3×2");
  assertEquals(summary(mask), "Mask 2×2, 25.00 % marked");
  assertEquals(
    summary({ score: 2.5, map: matrix([[1]]) }),
    "Prediction: score 2.500, map Tensor [1, 1] float32\n  1",
  );
});

Deno.test("records and arrays of tensors get a line each, other values are Deno's to print", () => {
  const neighbours = { distances: matrix([[1, 2]]), indices: new Int32Array(1000), k: 2 };
  assertEquals(
    summary(neighbours),
    "distances: Tensor [1, 2] float32\n    1  2\n" +
      "indices: Int32Array(1,000) 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, …; 1,000 values from 0 to 0, mean 0\n" +
      "k: 2",
  );
  assertEquals(knownSummary({ a: 1, b: [1, 2] }), undefined);
  assertEquals(knownSummary([1, 2, 3]), undefined);
  assertEquals(knownSummary(new Map()), undefined);
  assertStringIncludes(summary(Promise.resolve(1)), "await");
});

Deno.test("detectors, fitted ones and backbones say how they were made", async () => {
  const backbone = await loadBackbone("efficientnet_lite0");
  assertStringIncludes(summary(backbone), "Backbone efficientnet_lite0 (Apache-2.0)");
  assertStringIncludes(summary(backbone), "stage3");
  assertStringIncludes(summary(padim(backbone)), "Detector padim, not fitted yet");
  const { train } = await generate("cable", { train: 3 });
  const images = await Promise.all(train.map((sample) => sample.image()));
  await using fitted = await patchCore(backbone).fit(images);
  const text = summary(fitted);
  assertStringIncludes(text, "Fitted patchcore on efficientnet_lite0: 3 photos seen");
  assertStringIncludes(text, "coreset: 0.01");
  assert(text.split("\n").every((line) => line.length <= 120), text);
});

Deno.test("a report is shown without times, which differ from run to run", () => {
  const report: Report = {
    version: "0",
    environment: { deno: "", onnxruntime: "", os: "", arch: "", cores: 2 },
    summaries: [],
    differences: [],
    across: [],
    literature: [],
    runs: [{
      dataset: "synthetic",
      category: "cable",
      method: "dn2",
      label: "dn2",
      backbone: "b",
      options: {},
      seed: 0,
      trainImages: 1,
      testImages: 1,
      skippedImages: [],
      imageAuroc: 0.9123,
      pixelAuroc: null,
      aupro: null,
      imageAp: 0.5,
      intervals: { imageAuroc: null, imageAurocBootstrap: null, pixelAuroc: null, aupro: null },
      maskFilter: "nearest",
      scores: [],
      seconds: { read: 7.7, fit: 7.7, predict: 7.7, metrics: 7.7, total: 7.7 },
      msPerImage: 7.7,
      cachedImages: 0,
      peakMemoryMb: 7.7,
    }],
  };
  const text = summary(report);
  assertStringIncludes(text, "91.2");
  assertStringIncludes(text, "dn2");
  assert(!text.includes("7.7"), text);
  assertEquals(summary(report.runs[0]), text);
});
