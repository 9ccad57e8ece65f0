/**
 * Image AUROC, pixel AUROC and AUPRO over 100 maps of 224 × 224 pixels (5.0 million scores).
 *
 * `deno bench bench/metrics_bench.ts` shows the engine's table; `deno run bench/metrics_bench.ts`
 * prints the medians as one JSON line, as `bench/python/metrics.py` does for scikit-learn and
 * numpy on the same data.
 */

import { aupro } from "../src/metrics/pro.ts";
import { auroc, pixelAuroc } from "../src/metrics/roc.ts";
import type { AnomalyMap, Mask } from "../src/types.ts";

const IMAGES = 100;
const SIDE = 224;
const PIXELS = SIDE * SIDE;
/** Each work is repeated at least so often, and for at least so long. */
const ROUNDS = 5;
const MILLISECONDS = 2000;

/** A well-mixed 32-bit number for each whole number (lowbias32); numpy does the same. */
function hash(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Seven of ten images have one or two discs, 6 to 37 pixels in radius. */
function maskOf(image: number): Mask {
  const data = new Uint8Array(PIXELS);
  const discs = image % 10 < 3 ? 0 : 1 + image % 2;
  for (let disc = 0; disc < discs; disc++) {
    const seed = 0x40000000 + 8 * (2 * image + disc);
    const [cx, cy] = [hash(seed) % SIDE, hash(seed + 1) % SIDE];
    const radius = 6 + hash(seed + 2) % 32;
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        if ((x - cx) ** 2 + (y - cy) ** 2 <= radius ** 2) data[y * SIDE + x] = 1;
      }
    }
  }
  return { width: SIDE, height: SIDE, data };
}

/** Triangular noise, raised on defects; neighbouring pixels are independent (the hard case). */
function mapOf(image: number, mask: Mask): AnomalyMap {
  const data = new Float32Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    const at = 2 * (image * PIXELS + i);
    data[i] = (hash(at) + hash(at + 1)) / 2 ** 32 + 0.75 * mask.data[i];
  }
  return { data, shape: [SIDE, SIDE] };
}

const masks = Array.from({ length: IMAGES }, (_, image) => maskOf(image));
const maps = masks.map((mask, image) => mapOf(image, mask));
const imageLabels = masks.map((mask) => mask.data.includes(1));
const imageScores = maps.map((map) => map.data.reduce((most, score) => Math.max(most, score)));

const work: Record<string, () => number> = {
  image_auroc: () => auroc(imageScores, imageLabels),
  pixel_auroc: () => pixelAuroc(maps, masks),
  aupro: () => aupro(maps, masks),
};

for (const [name, run] of Object.entries(work)) Deno.bench(name, () => void run());

/** Wall time of the first call, and the median of those after it. */
function measure(run: () => number): { first: number; median: number; value: number } {
  const times: number[] = [];
  let value = NaN;
  const begin = performance.now();
  while (times.length <= ROUNDS || performance.now() - begin < MILLISECONDS) {
    const start = performance.now();
    value = run();
    times.push(performance.now() - start);
  }
  const [first, ...later] = times;
  later.sort((a, b) => a - b);
  return { first, median: later[later.length >> 1], value };
}

if (import.meta.main) {
  const measured = Object.entries(work).map(([name, run]) => [name, measure(run)] as const);
  const column = (key: "first" | "median" | "value") =>
    Object.fromEntries(measured.map(([name, numbers]) => [name, numbers[key]]));
  console.log(JSON.stringify({
    bench: "metrics",
    side: "kizu",
    milliseconds: column("median"),
    firstMilliseconds: column("first"),
    values: column("value"),
  }));
}
