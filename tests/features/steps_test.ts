import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  alignLevels,
  anomalyMap,
  concatenateLevels,
  createGraph,
  evaluate,
  gaussianBlur,
  neighbourhoodAverage,
  patchRows,
  tensor,
  toRows,
} from "../../mod.ts";
import {
  adaptiveBins,
  officialPooling,
  poolChannels,
  unfoldNeighbourhoods,
} from "../../src/features/adaptive_pool.ts";
import { collectRows } from "../../src/features/row_collector.ts";

const expected: Readonly<Record<string, readonly number[]>> = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/detectors/steps.json", import.meta.url)),
);

/** The formula of tests/fixtures/detectors/make.py. */
const wave = <const S extends readonly number[]>(...shape: S) =>
  tensor(
    Float32Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      (_, i) => ((i * 7919) % 1009) / 1009,
    ),
    shape,
  );

function close(name: string, found: ArrayLike<number>, bound = 1e-6): void {
  const reference = expected[name];
  assert(reference.length > 40);
  assertEquals(found.length, reference.length);
  const most = reference.reduce((a, v, i) => Math.max(a, Math.abs(v - found[i])), 0);
  console.log(`${name}: largest difference ${most.toExponential(1)}`);
  assert(most < bound, `${name} ${most}`);
}

Deno.test("neighbourhood averages equal torch's average pooling", async () => {
  const block = wave(1, 3, 6, 7);
  close("average", (await evaluate((g, x) => neighbourhoodAverage(g, x), block)).data);
  const inside = await evaluate((g, x) => neighbourhoodAverage(g, x, { border: "exclude" }), block);
  close("averageInside", inside.data);
  close(
    "average5",
    (await evaluate((g, x) => neighbourhoodAverage(g, x, { size: 5 }), block)).data,
  );
});

Deno.test("a neighbourhood of one cell changes nothing", async () => {
  const block = wave(1, 3, 6, 7);
  assertEquals(
    (await evaluate((g, x) => neighbourhoodAverage(g, x, { size: 1 }), block)).data,
    block.data,
  );
});

Deno.test("even neighbourhoods are refused", () => {
  const g = createGraph();
  const map = g.input("map", "float32", [1, 1, 4, 4]);
  assertThrows(() => neighbourhoodAverage(g, map, { size: 2 }), RangeError, "odd");
});

Deno.test("coarse levels are upsampled as torch's interpolate does", async () => {
  const coarse = wave(1, 2, 3, 5);
  const up = async (height: number, width: number, filter?: "bilinear" | "nearest") => {
    const fine = tensor(new Float32Array(height * width), [1, 1, height, width]);
    const [same, aligned] = await evaluate(
      (g, a, b) => alignLevels(g, [a, b], { filter }),
      fine,
      coarse,
    );
    assertEquals(same.shape, fine.shape);
    return (aligned.data);
  };
  close("aligned", await up(6, 10));
  close("alignedOdd", await up(7, 12));
  close("replicated", await up(6, 10, "nearest"));
});

Deno.test("official pooling equals the official code's embedding as torch computes it", async () => {
  const embed = (dimensions: number, target: number) =>
    evaluate(
      (g, fine, coarse) => {
        const levels = [fine, coarse].map((level) => officialPooling(g, level, { dimensions }));
        const joined = concatenateLevels(g, alignLevels(g, levels));
        return patchRows(g, poolChannels(g, joined, { dimensions: target }));
      },
      wave(1, 3, 6, 7),
      wave(1, 2, 3, 5),
    );
  close("official", (await embed(16, 10)).data);
  close("officialWide", (await embed(40, 64)).data);
});

Deno.test("adaptive bins overlap where they must, and repeat where there are more of them", () => {
  const spans = (from: number, to: number) =>
    adaptiveBins(from, to).map(({ start, end }) => `${start}-${end}`).join(" ");
  assertEquals(spans(6, 3), "0-2 2-4 4-6");
  assertEquals(spans(9, 2), "0-5 4-9");
  assertEquals(spans(2, 4), "0-1 0-1 1-2 1-2");
  assertThrows(() => adaptiveBins(4, 0), RangeError, "4, 0");
});

Deno.test("levels of unlike size are not concatenated", () => {
  const g = createGraph();
  const a = g.input("a", "float32", [1, 2, 4, 4]);
  const b = g.input("b", "float32", [1, 3, 8, 8]);
  assertThrows(
    () => concatenateLevels(g, [a, b]),
    RangeError,
    "[1, 2, 4, 4] and float32 [1, 3, 8, 8]",
  );
  assertEquals(concatenateLevels(g, alignLevels(g, [a, b])).shape, [1, 5, 8, 8]);
});

Deno.test("patch rows are in reading order, the same as toRows makes them", async () => {
  const map = wave(1, 3, 2, 4);
  const rows = await evaluate((g, x) => patchRows(g, x), map);
  assertEquals(rows.shape, [8, 3]);
  assertEquals(rows.data, toRows(map).data);
});

Deno.test("the anomaly map equals torch's interpolate and scipy's gaussian_filter", async () => {
  const map = await evaluate((g, x) => anomalyMap(g, x, { size: [224, 224] }), wave(28, 28));
  assertEquals(map.shape, [224, 224]);
  const sampled: number[] = [];
  for (let y = 0; y < 224; y += 9) {
    for (let x = 0; x < 224; x += 11) sampled.push(map.data[y * 224 + x]);
  }
  close("map", sampled);
});

Deno.test("a map smaller than the filter is mirrored again and again, as scipy does", async () => {
  close("smallBlur", (await evaluate((g, x) => gaussianBlur(g, x), wave(5, 9))).data);
});

Deno.test("sigma 0 leaves a map as it is, and below 0 is refused", async () => {
  const map = wave(5, 9);
  assertEquals((await evaluate((g, x) => gaussianBlur(g, x, { sigma: 0 }), map)).data, map.data);
  const g = createGraph();
  const x = g.input("x", "float32", [4, 4]);
  assertThrows(() => gaussianBlur(g, x, { sigma: -1 }), RangeError, "-1");
});

Deno.test("collected rows are the blocks behind one another, however many were expected", () => {
  for (const expectedBlocks of [undefined, 1, 3, 10]) {
    const rows = collectRows(expectedBlocks);
    for (let i = 0; i < 40; i++) rows.add(tensor(Float32Array.of(i, i, i, i), [2, 2]));
    const all = rows.finish();
    assertEquals(all.shape, [80, 2]);
    assertEquals(all.data.length, 160);
    assertEquals([all.data[0], all.data[159]], [0, 39]);
  }
  const rows = collectRows();
  rows.add(tensor(new Float32Array(4), [2, 2]));
  assertThrows(() => rows.add(tensor(new Float32Array(3), [1, 3])), TypeError, "[1, 3]");
  assertThrows(() => collectRows().finish(), RangeError, "at least one block");
});

Deno.test("what unfolds or pools the map of one photo refuses several", () => {
  const g = createGraph();
  const two = g.input("maps", "float32", [2, 3, 4, 4]);
  const message = "of one photo: [2, 3, 4, 4]";
  assertThrows(() => unfoldNeighbourhoods(g, two, { size: 3 }), RangeError, message);
  assertThrows(() => poolChannels(g, two, { dimensions: 2 }), RangeError, message);
});
