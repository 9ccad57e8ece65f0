/**
 * Gaussian AD without its network: pooled features of 209 photos at EfficientNet-Lite0's eight
 * levels (16 to 1,280 channels). Fitting them, plain and with NPCA, and scoring 209 photos.
 *
 * `deno bench bench/gaussian_ad_bench.ts` shows our side. With a Python that has scikit-learn,
 * `PYTHON=… deno run -A bench/gaussian_ad_bench.ts compare [rounds]` lets both sides take turns on
 * the same numbers and prints medians. `PEER_THREADS` (default 2) are Python's: where other programs
 * keep the cores busy, its two threads wait for each other and one is several times faster.
 */

import { mahalanobisByAxes } from "../src/detectors/gaussian_ad.ts";
import { ledoitWolf, shrunkGaussian, type ShrunkGaussianOptions } from "../src/math/ledoit_wolf.ts";
import { createGraph } from "../src/onnx/graph.ts";
import { openSession, type Session } from "../src/onnx/session.ts";
import { seededRandom } from "../src/random.ts";
import { tensor } from "../src/tensor.ts";
import type { Matrix } from "../src/types.ts";
import { openPythonPeer } from "./python_peer.ts";
import { median, timed } from "./timing.ts";

const PHOTOS = 209;
const CHANNELS = [16, 24, 40, 80, 112, 192, 320, 1280] as const;

/** As pooled features are: 40 directions of falling variance, and weak noise in all. */
function features(channels: number, stream: string): Matrix {
  const basis = seededRandom(0, `basis ${channels}`);
  const random = seededRandom(0, `${stream} ${channels}`);
  const directions = Array.from(
    { length: 40 },
    (_, l) => Float64Array.from({ length: channels }, () => basis.normal() / (1 + l)),
  );
  const data = new Float32Array(PHOTOS * channels);
  for (let i = 0; i < PHOTOS; i++) {
    const weights = directions.map(() => random.normal());
    for (let k = 0; k < channels; k++) {
      let x = 0.05 * random.normal();
      for (let l = 0; l < 40; l++) x += weights[l] * directions[l][k];
      data[i * channels + k] = x;
    }
  }
  return tensor(data, [PHOTOS, channels]);
}

const train = CHANNELS.map((channels) => features(channels, "train"));
const test = CHANNELS.map((channels) => features(channels, "test"));
const npca: ShrunkGaussianOptions = { reduction: "npca", variance: 0.01 };

/** As a saved detector does it, but for all photos at once. */
function openScoring(): Promise<Session> {
  const g = createGraph();
  const distances = train.map((rows, i) => {
    const input = g.input(`level_${i}`, "float32", [PHOTOS, CHANNELS[i]]);
    return g.reshape(mahalanobisByAxes(g, input, shrunkGaussian(rows)), [1, PHOTOS]);
  });
  g.output("scores", g.sum(g.concatenate(distances, 0), [0]));
  return openSession(g.toModel());
}

const feeds = Object.fromEntries(test.map((rows, i) => [`level_${i}`, rows]));

Deno.bench({ name: "fit, by axes", n: 7, warmup: 1 }, () => {
  for (const rows of train) shrunkGaussian(rows);
});
Deno.bench({ name: "fit, NPCA 1 %", n: 7, warmup: 1 }, () => {
  for (const rows of train) shrunkGaussian(rows, npca);
});
Deno.bench({ name: "fit, dense and plain, up to 320 channels", n: 2, warmup: 0 }, () => {
  for (const rows of train.slice(0, -1)) ledoitWolf(rows);
});
let session: Session | undefined;
Deno.bench({ name: "score 209 photos", n: 20, warmup: 2 }, async (b) => {
  session ??= await openScoring();
  b.start();
  await session.run(feeds);
  b.end();
});

async function compare(rounds: number): Promise<void> {
  const folder = await Deno.makeTempDir();
  for (const [name, matrices] of [["train", train], ["test", test]] as const) {
    for (const { data, shape } of matrices) {
      await Deno.writeFile(`${folder}/${name}_${shape[1]}.f32`, new Uint8Array(data.buffer));
    }
  }
  const threads = Deno.env.get("PEER_THREADS") ?? "2";
  const peer = openPythonPeer("gaussian_ad.py", {
    args: [folder],
    env: { OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads },
  });
  await using scoring = await openScoring();
  const fitAll = (options?: ShrunkGaussianOptions) => () =>
    timed(() => train.forEach((rows) => shrunkGaussian(rows, options)));
  const score = () => timed(() => scoring.run(feeds));
  const jobs: [name: string, ours: () => Promise<number>, work: string][] = [
    ["fit; scikit-learn in float64", fitAll(), "fit"],
    ["fit; scikit-learn in float32, as popular code", fitAll(), "fit32"],
    ["fit with NPCA 1 %; scikit-learn", fitAll(npca), "npca"],
    ["score; numpy, all photos at once", score, "score"],
    ["score; scipy's mahalanobis, photo by photo", score, "loop"],
  ];
  const table = [];
  for (const [name, ours, work] of jobs) {
    const times: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
    await ours();
    await peer.ask(work);
    for (let round = 0; round < rounds; round++) {
      times.ours.push(await ours());
      times.peer.push(await peer.ask(work));
    }
    const [mine, other] = [median(times.ours), median(times.peer)];
    table.push({
      work: name,
      "ours ms": Number(mine.toFixed(1)),
      "peer ms": Number(other.toFixed(1)),
      "×": Number((other / mine).toFixed(1)),
    });
  }
  const { scores } = await scoring.run(feeds);
  await Deno.writeFile(
    `${folder}/scores.f32`,
    new Uint8Array((scores.data as Float32Array).buffer),
  );
  console.log(`scores: largest relative difference ${await peer.ask("check")}`);
  await peer.close();
  await Deno.remove(folder, { recursive: true });
  console.table(table);
}

if (Deno.args[0] === "compare") await compare(Number(Deno.args[1] ?? 9));
