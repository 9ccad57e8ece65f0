/**
 * Peak memory of whole detectors on many good photos: the process's own, fit and predict.
 *
 *     deno run -A bench/memory_bench.ts padim 209
 *     deno run -A bench/memory_bench.ts padim 391          # saves and loads too: external data
 *     deno run -A bench/memory_bench.ts patchcore 209
 *     deno run -A bench/memory_bench.ts patchcore-official 209
 *     deno run -A bench/memory_bench.ts patchcore-unprojected 209
 *
 * One case a process, as a peak never falls. PaDiM keeps 550 of 768 channels on 56 × 56 positions,
 * PatchCore 10 % of 784 patches a photo, of 152 or, with official pooling, 1,024 dimensions.
 */

import process from "node:process";
import { join } from "@std/path";
import type { Detector } from "../src/detectors/detector.ts";
import { generate } from "../src/data/synthetic.ts";
import { loadBackbone } from "../src/backbones/registry.ts";
import { loadDetector } from "../src/detectors/fitted.ts";
import { padim } from "../src/detectors/padim.ts";
import { patchCore } from "../src/detectors/patchcore.ts";

const backbone = await loadBackbone("efficientnet_lite0");
const detectors: Readonly<Record<string, () => Detector>> = {
  "padim": () =>
    padim(backbone, {
      levels: ["stage2", "stage3", "stage4", "stage5", "stage6", "stage7"],
      dimensions: 550,
    }),
  "patchcore": () => patchCore(backbone, { coreset: 0.1 }),
  "patchcore-official": () => patchCore(backbone, { coreset: 0.1, pooling: "official" }),
  "patchcore-unprojected": () =>
    patchCore(backbone, { coreset: 0.1, pooling: "official", projection: 0 }),
};
const [name = "padim", photos = "209"] = Deno.args;
const count = Number(photos);
const { train, test } = await generate("cable", {
  size: 256,
  train: count,
  testGood: 1,
  testPerDefect: 1,
});
const peak = (after: string) =>
  console.log(`${after}: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB at most so far`);

async function* good() {
  for (const sample of train) yield await sample.image();
}
peak("before");
const begun = performance.now();
const fitted = await detectors[name]().fit(good(), { count });
peak(`fit on ${count} photos in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
const image = await test[0].image();
const { score } = await fitted.predict(image);
peak(`predict, score ${score}`);

if (count > 300) {
  const folder = await Deno.makeTempDir();
  try {
    await fitted.save(join(folder, "detector.onnx"));
    for await (const file of Deno.readDir(folder)) {
      const { size } = await Deno.stat(join(folder, file.name));
      console.log(`saved ${file.name}: ${(size / 1e6).toFixed(0)} MB`);
    }
    peak("save");
    await fitted.dispose();
    await using loaded = await loadDetector(join(folder, "detector.onnx"));
    console.log(`loaded: score ${(await loaded.predict(image)).score}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
