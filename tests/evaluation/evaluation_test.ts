import { assert, assertEquals } from "@std/assert";
import {
  assess,
  aupro,
  auroc,
  generate,
  pixelAuroc,
  preprocessMask,
  publishedResult,
  reportCsv,
} from "../../mod.ts";
import type { AnomalyMap, Detector, Fitted, Image, Mask } from "../../mod.ts";
import type { Photo } from "../../src/detectors/detector.ts";
import { plainRun } from "./sample_runs.ts";

const geometry = { resize: 64, crop: 64 };

/** A detector whose scores can be computed by hand: the mean and the pixels of the red channel. */
function redness(localises = true): Detector {
  return {
    name: "redness",
    options: { localises },
    taps: [],
    async fit(normal): Promise<Fitted> {
      let trainImages = 0;
      for await (const _ of normal) trainImages++;
      const dispose = () => Promise.resolve();
      return {
        name: "redness",
        backbone: "none",
        options: {},
        geometry,
        seed: 0,
        trainImages,
        predict: (image) =>
          Promise.resolve({ score: red(image)[0], map: localises ? redMap(image) : undefined }),
        save: () => Promise.resolve(),
        dispose,
        [Symbol.asyncDispose]: dispose,
      };
    },
  };
}
const redMap = (photo: Photo): AnomalyMap => {
  assert(!("tensors" in photo), "no source of features was given");
  const { data, width, height } = photo as Image;
  return {
    data: Float32Array.from({ length: width * height }, (_, i) => data[3 * i]),
    shape: [height, width],
  };
};
const red = (image: Photo): number[] => {
  const { data } = redMap(image);
  return [data.reduce((sum, v) => sum + v, 0) / data.length];
};

const weave = await generate("weave", { size: 64, train: 3, testGood: 3, testPerDefect: 2 });

Deno.test("a run reports exactly the metrics of its predictions", async () => {
  const seen: string[] = [];
  const run = await assess(redness(), weave, {
    predicted: ({ sample }) => void seen.push(sample.id),
  });
  assertEquals(seen, weave.test.map(({ id }) => id));
  const images = await Promise.all(weave.test.map((sample) => sample.image()));
  const masks = await Promise.all(weave.test.map(async (sample) => {
    const mask = await sample.mask();
    assert(mask);
    return preprocessMask(mask as Mask, geometry);
  }));
  const labels = weave.test.map(({ label }) => label === "anomalous" ? 1 : 0);
  assertEquals(run.imageAuroc, auroc(images.map((image) => red(image)[0]), labels));
  assertEquals(run.pixelAuroc, pixelAuroc(images.map(redMap), masks));
  assertEquals(run.aupro, aupro(images.map(redMap), masks));
  assertEquals([run.trainImages, run.testImages, run.method], [3, 11, "redness"]);
  const { read, fit, predict, metrics, total } = run.seconds;
  assert([read, fit, predict, metrics].every((part) => part >= 0 && part <= total));
});

Deno.test("what cannot be measured is null, not a number", async () => {
  const good = weave.test.filter(({ label }) => label === "normal");
  const bad = weave.test.filter(({ label }) => label === "anomalous");
  const onlyGood = await assess(redness(), { ...weave, test: good });
  assertEquals([onlyGood.imageAuroc, onlyGood.imageAp, onlyGood.pixelAuroc, onlyGood.aupro], [
    null,
    null,
    null,
    null,
  ]);
  const onlyBad = await assess(redness(), { ...weave, test: bad });
  assertEquals([onlyBad.imageAuroc, onlyBad.imageAp], [null, null]);
  assert(onlyBad.pixelAuroc !== null);
  const maskless = weave.test.map((sample) => ({
    ...sample,
    mask: () => Promise.resolve(undefined),
  }));
  const noMasks = await assess(redness(), { ...weave, test: maskless });
  assert(noMasks.imageAuroc !== null);
  assertEquals([noMasks.pixelAuroc, noMasks.aupro], [null, null]);
  const noMaps = await assess(redness(false), weave);
  assert(noMaps.imageAuroc !== null);
  assertEquals([noMaps.pixelAuroc, noMaps.aupro], [null, null]);
  const empty = await assess(redness(), { ...weave, test: [] });
  assertEquals([empty.testImages, empty.msPerImage, empty.imageAuroc], [0, 0, null]);
});

const base = plainRun;

Deno.test("the published number is the paper's, at the nearest coreset, of the same test", () => {
  const result = publishedResult(base, "imageAuroc");
  assertEquals([result?.value, result?.kind, result?.samePhotos], [
    0.9990000000000001,
    "paper",
    true,
  ]);
  assert(result?.config.includes("coreset 1%") && result.source.includes("CVPR 2022"));
  const quarter = publishedResult({ ...base, options: { coreset: 0.25 } }, "pro");
  assertEquals(quarter?.config, "WideResNet50-2, 224 px, coreset 25%");
  const many = { ...base, method: "patchcore-2022-ensemble", backbone: "a+b+c" };
  assert(publishedResult(many, "imageAuroc")?.config.startsWith("ensemble"));
  assertEquals(publishedResult({ ...base, method: "patchcore-2021" }, "imageAuroc"), result);
  assertEquals(publishedResult({ ...base, trainImages: 50 }, "imageAuroc")?.samePhotos, false);
  assertEquals(publishedResult({ ...base, dataset: "synthetic" }, "imageAuroc"), undefined);
  assertEquals(publishedResult({ ...base, category: "bracket" }, "imageAuroc"), undefined);
  assertEquals(publishedResult({ ...base, method: "redness" }, "imageAuroc"), undefined);
});

Deno.test("CSV has one row a run and nothing where there is nothing", () => {
  const csv = reportCsv({ runs: [base] });
  const [header, row] = csv.trim().split(/\r?\n/).map((line) => line.split(","));
  assertEquals(header.length, row.length);
  assertEquals(row[header.indexOf("aupro")], "");
  assertEquals(row[header.indexOf("imageAuroc")], "0.9876");
  assertEquals(row[header.indexOf("seconds.total")], "10");
});
