/**
 * SPADE's pixel search: 3,136 pixels of a photo among the 156,800 of 50 others, for the pyramids
 * of WideResNet50-2 (256 + 512 + 1,024 channels at 56, 28 and 14) and of the embedded backbone
 * (24 + 40 + 112); and the whole of predict with the embedded backbone.
 *
 * `deno bench bench/spade_bench.ts` shows the engine's table. With a Python that has faiss,
 * `PYTHON=… deno run -A bench/spade_bench.ts compare [rounds]` lets both sides take turns, search
 * by search, and prints medians and the largest difference between the distances found.
 */

import { loadBackbone } from "../src/backbones/registry.ts";
import { generate } from "../src/data/synthetic.ts";
import { spade } from "../src/detectors/spade.ts";
import { evaluate } from "../src/onnx/evaluate.ts";
import { createGraph } from "../src/onnx/graph.ts";
import { openSession, type Session } from "../src/onnx/session.ts";
import { seededRandom } from "../src/random.ts";
import {
  type GalleryLevel,
  pyramidGallery,
  pyramidNeighbours,
} from "../src/search/pyramid_neighbours.ts";
import { tensor } from "../src/tensor.ts";
import type { FeatureMap } from "../src/types.ts";
import { openPythonPeer } from "./python_peer.ts";
import { median } from "./timing.ts";

const IMAGES = 50;
const SIDES = [56, 28, 14] as const;
const PYRAMIDS = { "1792 channels": [256, 512, 1024], "176 channels": [24, 40, 112] } as const;
type Name = keyof typeof PYRAMIDS;

interface Pyramid {
  readonly query: readonly FeatureMap[];
  readonly gallery: readonly GalleryLevel[];
}

/** Rectified noise that changes over two cells, as features of a network do. */
async function smoothMap(side: number, channels: number, stream: string): Promise<FeatureMap> {
  const random = seededRandom(0, stream);
  const coarse = Math.ceil(side / 2);
  const data = Float32Array.from({ length: channels * coarse * coarse }, () => random.normal());
  const map = await evaluate(
    (g, noise) => g.clip(g.resize(noise, [side, side]), { low: 0 }),
    tensor(data, [1, channels, coarse, coarse]),
  );
  return tensor(map.data, [1, channels, side, side]);
}

async function makePyramid(name: Name): Promise<Pyramid> {
  const query: FeatureMap[] = [];
  const gallery: GalleryLevel[] = [];
  for (const [i, channels] of PYRAMIDS[name].entries()) {
    const side = SIDES[i];
    const cells = side * side;
    query.push(await smoothMap(side, channels, `query ${side}`));
    const rows = new Float32Array(IMAGES * cells * channels);
    for (let n = 0; n < IMAGES; n++) {
      const { data } = await smoothMap(side, channels, `photo ${n} ${side}`);
      for (let cell = 0; cell < cells; cell++) {
        for (let c = 0; c < channels; c++) {
          rows[(n * cells + cell) * channels + c] = data[c * cells + cell];
        }
      }
    }
    gallery.push({
      height: side,
      width: side,
      rows: tensor(rows, [IMAGES * cells, channels]),
    });
  }
  return { query, gallery };
}

interface Search extends AsyncDisposable {
  /** The distances, [3136]. */
  run(): Promise<Float32Array>;
}

/** As in a fitted detector: the gallery is constant, which photos are searched is not. */
async function openSearch({ query, gallery }: Pyramid): Promise<Search> {
  const prepared = await pyramidGallery(gallery);
  const g = createGraph();
  const maps = query.map((map, i) => g.input(`level ${i}`, "float32", map.shape));
  const images = g.input("images", "int64", [IMAGES]);
  g.output("distances", pyramidNeighbours(g, maps, prepared, { images, count: 1 }).distances);
  const session: Session = await openSession(g.toModel());
  const feeds = Object.fromEntries(query.map((map, i) => [`level ${i}`, map]));
  const all = {
    data: BigInt64Array.from({ length: IMAGES }, (_, n) => BigInt(n)),
    shape: [IMAGES],
  };
  return {
    run: async () => {
      const { distances } = await session.run({ ...feeds, images: all });
      return distances.data as Float32Array;
    },
    [Symbol.asyncDispose]: session.dispose,
  };
}

async function openPredict(): Promise<{ run(): Promise<unknown> }> {
  const weave = await generate("weave", { train: IMAGES });
  const backbone = await loadBackbone("efficientnet_lite0");
  const fitted = await spade(backbone, { neighbours: IMAGES })
    .fit(await Promise.all(weave.train.map((sample) => sample.image())));
  const photo = await weave.test[0].image();
  return { run: () => fitted.predict(photo) };
}

for (const name of Object.keys(PYRAMIDS) as Name[]) {
  let search: Search | undefined;
  Deno.bench({ name: `search, ${name}`, n: 5, warmup: 1 }, async (b) => {
    search ??= await openSearch(await makePyramid(name));
    b.start();
    await search.run();
    b.end();
  });
}
let predict: { run(): Promise<unknown> } | undefined;
Deno.bench({ name: `predict, embedded backbone, K = ${IMAGES}`, n: 5, warmup: 1 }, async (b) => {
  predict ??= await openPredict();
  b.start();
  await predict.run();
  b.end();
});

async function timed<T>(run: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const begin = performance.now();
  const result = await run();
  return { result, ms: performance.now() - begin };
}

/** The Python side with the same numbers, which it reads from files. */
async function openPeer({ query, gallery }: Pyramid, folder: string) {
  const write = (name: string, data: Float32Array) =>
    Deno.writeFile(`${folder}/${name}`, new Uint8Array(data.buffer as ArrayBuffer));
  for (const [i, map] of query.entries()) await write(`query_${i}`, map.data);
  for (const [i, level] of gallery.entries()) await write(`gallery_${i}`, level.rows.data);
  const channels = query.map((map) => String(map.shape[1]));
  const peer = openPythonPeer("spade.py", { args: [folder, ...channels] });
  return {
    search: () => peer.ask("search"),
    distances: async () => new Float32Array((await Deno.readFile(`${folder}/distances`)).buffer),
    close: peer.close,
  };
}

async function compare(rounds: number): Promise<void> {
  const table = [];
  for (const name of Object.keys(PYRAMIDS) as Name[]) {
    const folder = await Deno.makeTempDir();
    try {
      const pyramid = await makePyramid(name);
      const peer = await openPeer(pyramid, folder);
      await using search = await openSearch(pyramid);
      await peer.search();
      await search.run();
      const ours: number[] = [];
      const theirs: number[] = [];
      let difference = 0;
      for (let round = 0; round < rounds; round++) {
        const { result, ms } = await timed(search.run);
        ours.push(ms);
        theirs.push(await peer.search());
        const expected = await peer.distances();
        if (expected.length !== result.length) throw new Error(`${expected.length} distances`);
        result.forEach((d, i) => difference = Math.max(difference, Math.abs(d / expected[i] - 1)));
      }
      await peer.close();
      table.push({
        search: name,
        "ms": Math.round(median(ours)),
        "faiss ms": Math.round(median(theirs)),
        "×": Number((median(theirs) / median(ours)).toFixed(2)),
        "least ms": Math.round(Math.min(...ours)),
        "faiss least ms": Math.round(Math.min(...theirs)),
        "largest relative difference": difference.toExponential(1),
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  console.table(table);
  const whole = await openPredict();
  await whole.run();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await timed(whole.run)).ms);
  console.log(
    `predict of one photo, embedded backbone, K = ${IMAGES}: median ${Math.round(median(times))}` +
      ` ms, least ${Math.round(Math.min(...times))} ms`,
  );
}

if (Deno.args[0] === "compare") await compare(Number(Deno.args[1] ?? 5));
