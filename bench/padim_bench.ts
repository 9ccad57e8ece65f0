/**
 * PaDiM's Gaussians on 209 photos, 550 dimensions (WideResNet50-2's in the paper) and 100
 * (ResNet-18's), 3,136 positions.
 *
 * `deno bench bench/padim_bench.ts` shows the engine's table on a sixteenth of the positions. With
 * a Python that has scipy, `PYTHON=… deno run -A bench/padim_bench.ts compare [rounds]` lets both
 * sides take turns on that sixteenth and prints medians, scaled to all positions.
 * `deno run -A bench/padim_bench.ts memory [dimensions]` fits all positions once, from rows that
 * come photo by photo, and prints the seconds and the most memory that the process ever held.
 */

import process from "node:process";
import { mahalanobisMaps } from "../src/features/gaussian_distances.ts";
import { fitGaussians } from "../src/features/gaussian_maps.ts";
import { collectPositions, type PositionRows } from "../src/features/positions.ts";
import { seededRandom } from "../src/random.ts";
import { tensor } from "../src/tensor.ts";
import { openPythonPeer } from "./python_peer.ts";
import { median, timed } from "./timing.ts";

const POSITIONS = 3136;
const SHARE = 16;
const PHOTOS = 209;
const SIZES = [550, 100] as const;
const BATCHES = [1, 8, 32] as const;

/** Uniform noise: quickly made, and of full rank. */
function noise(stream: string, shape: PositionRows["shape"]): PositionRows {
  const random = seededRandom(0, stream);
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) data[i] = random.uniform() - 0.5;
  return tensor(data, shape);
}

const positions = POSITIONS / SHARE;
const trainRows = (dimensions: number) => noise("train", [positions, PHOTOS, dimensions]);
const testRows = (dimensions: number, batch: number) =>
  noise("test", [positions, batch, dimensions]);

if (Deno.args.length === 0) {
  for (const dimensions of SIZES) {
    let rows: PositionRows | undefined;
    Deno.bench(
      { name: `fit, ${dimensions} dimensions, 196 positions`, n: 5, warmup: 1 },
      async (b) => {
        rows ??= trainRows(dimensions);
        b.start();
        await fitGaussians(rows);
        b.end();
      },
    );
    for (const batch of BATCHES) {
      const name = `score ${batch} photos, ${dimensions} dimensions, 196 positions`;
      let fitted: ReturnType<typeof fitGaussians> | undefined;
      let photos: PositionRows | undefined;
      Deno.bench({ name, n: 7, warmup: 1 }, async (b) => {
        const gaussians = await (fitted ??= fitGaussians(trainRows(dimensions)));
        photos ??= testRows(dimensions, batch);
        b.start();
        await mahalanobisMaps(photos, gaussians);
        b.end();
      });
    }
  }
}

async function compare(rounds: number): Promise<void> {
  const peer = openPythonPeer("padim.py");
  const table = [];
  for (const dimensions of SIZES) {
    const rows = trainRows(dimensions);
    const gaussians = await fitGaussians(rows);
    const sides: Record<string, () => Promise<number>> = {
      "fit": () => timed(() => fitGaussians(rows)),
      "fit, numpy": () => peer.ask(`fit ${dimensions}`),
    };
    for (const batch of BATCHES) {
      const photos = testRows(dimensions, batch);
      sides[`score ${batch}`] = async () =>
        await timed(() => mahalanobisMaps(photos, gaussians)) / batch;
    }
    sides["score, scipy"] = () => peer.ask(`score ${dimensions}`);
    for (const side of Object.values(sides)) await side();
    const times = new Map(Object.keys(sides).map((name) => [name, [] as number[]]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, side] of Object.entries(sides)) times.get(name)?.push(await side());
    }
    const whole = (name: string) => SHARE * median(times.get(name) ?? []);
    const seconds = whole("fit") / 1000, numpy = whole("fit, numpy") / 1000;
    table.push({
      dimensions,
      work: "fit, s",
      ours: Number(seconds.toFixed(2)),
      popular: Number(numpy.toFixed(1)),
      "×": Number((numpy / seconds).toFixed(1)),
    });
    for (const batch of BATCHES) {
      const ours = whole(`score ${batch}`), scipy = whole("score, scipy");
      table.push({
        dimensions,
        work: `score, batch of ${batch}, ms a photo`,
        ours: Number(ours.toFixed(2)),
        popular: Number(scipy.toFixed(0)),
        "×": Number((scipy / ours).toFixed(1)),
      });
    }
  }
  await peer.close();
  console.table(table);
}

async function memory(dimensions: number): Promise<void> {
  const megabytes = () => Math.round(process.resourceUsage().maxRSS / 1024);
  const before = megabytes();
  const collector = collectPositions(PHOTOS);
  const random = seededRandom(0, "memory");
  const photo = tensor(new Float32Array(POSITIONS * dimensions), [POSITIONS, dimensions]);
  for (let n = 0; n < PHOTOS; n++) {
    for (let i = 0; i < photo.data.length; i++) photo.data[i] = random.uniform() - 0.5;
    collector.add(photo);
  }
  const rows = collector.finish();
  const bytes = rows.data.byteLength;
  const collected = megabytes();
  const milliseconds = await timed(() => fitGaussians(rows, { overwrite: true }));
  console.table([{
    dimensions,
    "rows MiB": Math.round(bytes / 2 ** 20),
    "MiB at start": before,
    "MiB with rows": collected,
    "most MiB in all": megabytes(),
    "fit, s": Number((milliseconds / 1000).toFixed(1)),
  }]);
}

if (Deno.args[0] === "compare") await compare(Number(Deno.args[1] ?? 5));
if (Deno.args[0] === "memory") await memory(Number(Deno.args[1] ?? 550));
