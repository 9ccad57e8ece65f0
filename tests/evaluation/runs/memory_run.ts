/** Fits and predicts in this process and prints its peak beside the estimate, as JSON. */

import { assess } from "../../../src/evaluation/assess.ts";
import { estimateMemory } from "../../../src/evaluation/runs/memory.ts";
import { openFeatureSource } from "../../../src/evaluation/runs/photo_features.ts";
import { createDetector } from "../../../src/detectors/registry.ts";
import { openTensorCache } from "../../../src/store/tensor_cache.ts";
import { generate, loadBackbone } from "../../../mod.ts";

const [method, photos, folder] = Deno.args;
const count = Number(photos);
const dataset = await generate("weave", { size: 256, train: count, testGood: 2, testPerDefect: 1 });
const options = method === "patchcore" ? { coreset: 0.02 } : {};
const detector = createDetector(method, await loadBackbone("efficientnet_lite0"), { options });
const cache = await openTensorCache({ folder, mostBytes: 1e9 });
await using features = openFeatureSource(cache);
await assess(detector, dataset, { features, resamples: 100 });
// Of this program alone: what resourceUsage tells counts the parent's memory at the start too.
const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(await Deno.readTextFile("/proc/self/status")) ?? [];
const peak = Number(kilobytes) * 1024;
console.log(JSON.stringify({ peak, estimate: estimateMemory(detector, count) }));
