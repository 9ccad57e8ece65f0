/**
 * Intervals of image AUROC, pixel AUROC and AUPRO, against the plain versions beside them.
 *
 * `deno bench bench/intervals_bench.ts` shows the engine's table; `deno run -A
 * bench/intervals_bench.ts` prints medians, what intervals cost beyond the metrics themselves, ratios,
 * and how far resampled AUPROs at a ladder of thresholds are from exact ones; with the word `coverage` it prints instead how often intervals of
 * binormal scores hold the true AUROC (some minutes).
 */

import { bootstrapInterval, bootstrapPlain } from "../src/metrics/bootstrap.ts";
import { bootstrapAuroc } from "../src/metrics/bootstrap_auroc.ts";
import { bootstrapMaps } from "../src/metrics/bootstrap_maps.ts";
import { bootstrapPixelAuroc } from "../src/metrics/bootstrap_pixels.ts";
import { bootstrapAupro } from "../src/metrics/bootstrap_pro.ts";
import { aurocInterval, aurocVariancePlain } from "../src/metrics/delong.ts";
import type { Interval } from "../src/metrics/intervals.ts";
import { normalQuantile } from "../src/metrics/normal.ts";
import { aupro } from "../src/metrics/pro.ts";
import { auroc, pixelAuroc } from "../src/metrics/roc.ts";
import { type Random, seededRandom } from "../src/random.ts";
import type { AnomalyMap, Mask } from "../src/types.ts";
import { median, timed } from "./timing.ts";

const IMAGES = 100;
const SIDE = 224;
const ROUNDS = 5;
/** Of the plain versions; the fast ones do 10,000. */
const FEW = 20;

interface Drawn {
  readonly map: AnomalyMap;
  readonly mask: Mask;
}

/** Seven of ten images have one to three blobs, found more or less well; noise is in patches. */
function drawImage(random: Random, image: number): Drawn {
  const data = new Float32Array(SIDE * SIDE);
  const labels = new Uint8Array(SIDE * SIDE);
  const level = random.normal() / 8;
  const patches = Float32Array.from({ length: 30 * 30 }, () => random.normal());
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const [cx, cy] = [x >> 3, y >> 3];
      const [fx, fy] = [(x & 7) / 8, (y & 7) / 8];
      const at = (dx: number, dy: number) => patches[(cy + dy) * 30 + cx + dx];
      data[y * SIDE + x] = level + (1 - fy) * ((1 - fx) * at(0, 0) + fx * at(1, 0)) +
        fy * ((1 - fx) * at(0, 1) + fx * at(1, 1));
    }
  }
  for (let blob = image % 10 < 3 ? 0 : 1 + image % 3; blob > 0; blob--) {
    const [cx, cy] = [random.integer(SIDE), random.integer(SIDE)];
    const radius = random.between(4, 34);
    const strength = random.between(0.5, 5);
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const off = Math.hypot(x - cx, y - cy) / radius;
        if (off <= 1) labels[y * SIDE + x] = 1;
        data[y * SIDE + x] += strength * Math.exp(-off * off);
      }
    }
  }
  return {
    map: { data, shape: [SIDE, SIDE] },
    mask: { width: SIDE, height: SIDE, data: labels },
  };
}

const random = seededRandom(0, "intervals bench");
const drawn = Array.from({ length: IMAGES }, (_, image) => drawImage(random, image));
const maps = drawn.map(({ map }) => map);
const masks = drawn.map(({ mask }) => mask);
const labels = Uint8Array.from({ length: 200 }, (_, i) => i % 2);
const scores = Float32Array.from(labels, (label) => random.normal() + 2 * label);

const work: Record<string, () => unknown> = {
  "DeLong interval, 200 images": () => aurocInterval(scores, labels),
  "AUROC bootstrap, 200 images × 10,000": () => bootstrapAuroc(scores, labels),
  "pixel AUROC bootstrap, 100 maps of 224² × 10,000": () => bootstrapPixelAuroc(maps, masks),
  "AUPRO bootstrap, 100 maps of 224² × 10,000": () => bootstrapAupro(maps, masks),
  "both in one go, 100 maps of 224² × 10,000": () => bootstrapMaps(maps, masks),
  "pixel AUROC and AUPRO without intervals": () => [pixelAuroc(maps, masks), aupro(maps, masks)],
};

for (const [name, run] of Object.entries(work)) Deno.bench(name, () => void run());

async function medianOf(run: () => unknown, rounds = ROUNDS): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await timed(run));
  return median(times);
}

/** The largest difference between resampled AUPROs at thresholds `step` apart and exact ones. */
function discretisation(step: number): number {
  const found = bootstrapAupro(maps, masks, { resamples: FEW, step });
  const exact = bootstrapPlain(
    (images) => {
      const pick = <T>(all: readonly T[]) => Array.from(images, (i) => all[i]);
      return aupro(pick(maps), pick(masks));
    },
    { strata: found.strata, resamples: FEW },
  );
  return exact.reduce((most, value, i) => Math.max(most, Math.abs(value - found.resampled[i])), 0);
}

/** How often each kind of 95 % interval holds the true AUROC, in percent, a line a case. */
function coverage(): void {
  for (const [anomalous, normal] of [[20, 20], [60, 20], [100, 100]]) {
    for (const truth of [0.7, 0.9, 0.95, 0.98, 0.99]) {
      const draw = seededRandom(1, `${anomalous} ${normal} ${truth}`);
      const shift = Math.SQRT2 * normalQuantile(truth);
      const labels = Uint8Array.from({ length: anomalous + normal }, (_, i) => +(i < anomalous));
      const held: Record<string, number> = {};
      const tried: Record<string, number> = {};
      const note = (kind: string, { lower, upper }: Interval) => {
        tried[kind] = (tried[kind] ?? 0) + 1;
        held[kind] = (held[kind] ?? 0) + +(lower <= truth && truth <= upper);
      };
      for (let round = 0; round < 4000; round++) {
        const drawn = Float64Array.from(labels, (label) => draw.normal() + label * shift);
        for (const method of ["logit", "plain", "score"] as const) {
          note(method, aurocInterval(drawn, labels, { method }));
        }
        if (round >= 1000) continue;
        const bootstrapped = bootstrapAuroc(drawn, labels, { resamples: 1000, seed: round });
        for (const method of ["bca", "percentile"] as const) {
          note(method, bootstrapInterval(bootstrapped, { method }));
        }
      }
      const rates = Object.keys(tried).map((kind) =>
        `${kind} ${(100 * held[kind] / tried[kind]).toFixed(1)}`
      );
      console.log(`${anomalous} + ${normal} images, AUROC ${truth}: ${rates.join(", ")}`);
    }
  }
}

if (import.meta.main && Deno.args[0] === "coverage") coverage();
else if (import.meta.main) {
  for (const [name, run] of Object.entries(work)) {
    run();
    console.log(`${name}: ${(await medianOf(run)).toFixed(2)} ms`);
  }
  const beyond: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const without = await timed(() => [pixelAuroc(maps, masks), aupro(maps, masks)]);
    beyond.push(await timed(() => bootstrapMaps(maps, masks)) - without);
  }
  console.log(`intervals of both beyond the metrics themselves: ${median(beyond).toFixed(0)} ms`);
  const plain: Record<string, readonly [() => unknown, () => unknown, number]> = {
    "DeLong variance, pairs": [
      () => aurocInterval(scores, labels),
      () => aurocVariancePlain(scores, labels),
      1,
    ],
    "AUROC bootstrap, measured anew": [
      () => bootstrapAuroc(scores, labels),
      () => {
        const { strata } = bootstrapAuroc(scores, labels, { resamples: 1 });
        bootstrapPlain((images) =>
          auroc(
            Array.from(images, (i) => scores[i]),
            Array.from(images, (i) => labels[i]),
          ), { strata });
      },
      1,
    ],
    "pixel AUROC bootstrap, measured anew": [
      () => bootstrapPixelAuroc(maps, masks),
      () => pixelAuroc(maps, masks),
      10_000,
    ],
    "AUPRO bootstrap, measured anew": [
      () => bootstrapAupro(maps, masks),
      () => aupro(maps, masks),
      10_000,
    ],
  };
  for (const [name, [fast, slow, times]] of Object.entries(plain)) {
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const ours = await timed(fast);
      ratios.push(await timed(slow) * times / ours);
    }
    console.log(`${name}: ${median(ratios).toFixed(1)} × the time`);
  }
  for (const step of [0.05, 0.02, 0.01, 0.005, 0.002]) {
    const most = discretisation(step).toExponential(1);
    const time = await medianOf(() => bootstrapAupro(maps, masks, { step }), 3);
    console.log(`AUPRO at steps of ${step}: within ${most}, ${time.toFixed(0)} ms`);
  }
}
