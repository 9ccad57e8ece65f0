import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { bilinearAxis } from "../../src/math/bilinear.ts";
import { pyramidNeighboursPlain } from "../../src/math/pyramid_neighbours.ts";
import { evaluate } from "../../src/onnx/evaluate.ts";
import { createGraph } from "../../src/onnx/graph.ts";
import { seededRandom } from "../../src/random.ts";
import { largestByGroups } from "../../src/search/grouped_top_k.ts";
import { pyramidGallery, pyramidNeighbours } from "../../src/search/pyramid_neighbours.ts";
import { planPyramid } from "../../src/search/pyramid_plan.ts";
import { tensor, toRows } from "../../src/tensor.ts";
import type { FeatureMap } from "../../src/types.ts";
import fixture from "../fixtures/spade/search.json" with { type: "json" };

type Shape = readonly [channels: number, height: number, width: number];

function made(images: number, [C, h, w]: Shape, value: (i: number) => number): FeatureMap {
  const data = Float32Array.from({ length: images * C * h * w }, (_, i) => value(i));
  return tensor(data, [images, C, h, w]);
}

/** The formula of tests/fixtures/spade/make.py. */
const wave = (start: number) => (i: number) =>
  (((i + start) * (i + start) * 31 + (i + start) * 7919) % 1009) / 1009;

const random = seededRandom(0);
const noise = () => random.normal();

/** The fast search, of all photos of the gallery or of those named. */
async function search(
  query: readonly FeatureMap[],
  maps: readonly FeatureMap[],
  { count, images }: { readonly count: number; readonly images?: readonly number[] },
) {
  const gallery = await pyramidGallery(maps.map((map) => ({
    height: map.shape[2],
    width: map.shape[3],
    rows: toRows(map),
  })));
  const which = images ?? Array.from({ length: gallery.images }, (_, n) => n);
  const found = await evaluate(
    (g, images, ...levels) => pyramidNeighbours(g, levels, gallery, { images, count }),
    { data: BigInt64Array.from(which, BigInt), shape: [which.length] },
    ...query,
  );
  return {
    distances: found.distances.data,
    indices: Int32Array.from(found.indices.data, Number),
    shape: found.distances.shape,
  };
}

const PYRAMIDS: Readonly<Record<string, readonly Shape[]>> = {
  "sides that halve, wide coarse levels": [[6, 16, 16], [60, 8, 8], [120, 4, 4]],
  "sides that halve, narrow coarse levels": [[9, 12, 12], [3, 6, 6], [2, 3, 3]],
  "sides that are no multiples": [[4, 11, 9], [50, 6, 5], [80, 4, 2]],
  "the finest level last": [[70, 3, 2], [3, 10, 14]],
  "levels of one size": [[5, 6, 7], [3, 6, 7]],
  "a tall level and a broad one": [[90, 8, 4], [90, 4, 8]],
  "one level": [[8, 9, 9]],
  "one cell": [[4, 1, 1]],
  "a coarse level of one cell": [[3, 6, 6], [200, 1, 1]],
};

for (const [name, shapes] of Object.entries(PYRAMIDS)) {
  Deno.test(`the search finds what the plain one does: ${name}`, async () => {
    const query = shapes.map((shape) => made(1, shape, noise));
    const gallery = shapes.map((shape) => made(3, shape, noise));
    const [P] = [Math.max(...shapes.map(([, h]) => h)) * Math.max(...shapes.map(([, , w]) => w))];
    const count = Math.min(4, 3 * P);
    const plain = pyramidNeighboursPlain(query, gallery, { count });
    const fast = await search(query, gallery, { count });
    assertEquals(fast.shape, [P, count]);
    assertEquals(plain.indices.length, P * count);
    assertEquals(fast.indices, plain.indices);
    const most = plain.distances.data.reduce(
      (most, d, i) => Math.max(most, Math.abs(fast.distances[i] / d - 1)),
      0,
    );
    console.log(`${name}: ${P * count} distances, largest relative difference ${most}`);
    assert(most < 5e-7);
  });
}

Deno.test("the search equals torch's interpolation and scipy's distances", async () => {
  assertEquals(fixture.cases.length, 4);
  for (const { shapes, images, distances } of fixture.cases) {
    const levels = shapes as unknown as readonly Shape[];
    const query = levels.map((shape, i) => made(1, shape, wave(100 * i)));
    const gallery = levels.map((shape, i) => made(fixture.gallery, shape, wave(7000 + 100 * i)));
    const found = await search(query, gallery, { count: 3, images });
    assertEquals(found.distances.length, distances.length);
    const most = distances.reduce(
      (most, d, i) => Math.max(most, Math.abs(found.distances[i] / d - 1)),
      0,
    );
    console.log(`${distances.length} distances, largest relative difference to scipy ${most}`);
    assert(most < 5e-7);
  }
});

Deno.test("only the photos named are searched, and indices count all of the gallery", async () => {
  const shapes: Shape[] = [[4, 6, 6], [90, 3, 3]];
  const query = shapes.map((shape) => made(1, shape, noise));
  const gallery = shapes.map((shape) => made(4, shape, noise));
  const pixels = 36;
  const { indices } = await search(query, gallery, { count: 2, images: [3, 1] });
  assertEquals(indices.length, 2 * pixels);
  const photos = new Set(indices.map((index) => Math.floor(index / pixels)));
  assertEquals([...photos].sort(), [1, 3]);
  const all = pyramidNeighboursPlain(query, gallery, { count: 4 * pixels });
  for (let p = 0; p < pixels; p++) {
    const ranked = [...all.indices.subarray(p * 4 * pixels, (p + 1) * 4 * pixels)];
    const wanted = ranked.filter((index) => [1, 3].includes(Math.floor(index / pixels)));
    assertEquals([...indices.subarray(2 * p, 2 * p + 2)], wanted.slice(0, 2));
  }
});

Deno.test("a photo's distance to itself is 0, however far its features are from 0", async () => {
  const shapes: Shape[] = [[24, 16, 16], [40, 8, 8], [112, 4, 4]];
  for (const offset of [0, 100]) {
    const gallery = shapes.map((shape) => made(3, shape, () => offset + random.normal()));
    const query = gallery.map(({ data, shape: [, C, h, w] }) =>
      tensor(data.slice(C * h * w, 2 * C * h * w), [1, C, h, w])
    );
    const { distances, indices } = await search(query, gallery, { count: 1 });
    assertEquals(distances.length, 256);
    assertEquals(Math.max(...distances), 0, `offset ${offset}`);
    assertEquals([...indices], Array.from({ length: 256 }, (_, p) => 256 + p));
  }
});

Deno.test("photos that differ by a millionth are as far as they are", async () => {
  const shapes: Shape[] = [[24, 8, 8], [80, 4, 4]];
  const gallery = shapes.map((shape) => made(1, shape, noise));
  const query = gallery.map((map) =>
    made(1, map.shape.slice(1) as unknown as Shape, (i) => map.data[i] + 1e-5 * (i % 3))
  );
  const plain = pyramidNeighboursPlain(query, gallery, { count: 1 });
  const fast = await search(query, gallery, { count: 1 });
  assertEquals(fast.indices, plain.indices);
  const most = plain.distances.data.reduce(
    (most, d, i) => Math.max(most, Math.abs(fast.distances[i] - d)),
    0,
  );
  console.log(`distances near ${plain.distances.data[0]}: largest difference ${most}`);
  assertEquals(plain.distances.data.length, 64);
  assert(most < 2e-6);
});

Deno.test("constant maps and channels without variance give distances, not NaN", async () => {
  const shapes: Shape[] = [[3, 4, 4], [40, 2, 2]];
  const gallery = shapes.map((shape) => made(2, shape, () => 7));
  const query = shapes.map((shape, i) => made(1, shape, () => 7 + 3 * (1 - i)));
  const { distances } = await search(query, gallery, { count: 1 });
  assertEquals(distances.length, 16);
  for (const d of distances) assert(Math.abs(d - Math.sqrt(27)) < 1e-5, String(d));
});

Deno.test("wide coarse levels are multiplied at their own size, narrow ones are not", () => {
  const level = (side: number, channels: number) => ({ height: side, width: side, channels });
  assertEquals(
    planPyramid([level(56, 256), level(28, 512), level(14, 1024)]).native,
    [false, true, true],
  );
  assertEquals(
    planPyramid([level(56, 24), level(28, 40), level(14, 112)]).native,
    [false, false, true],
  );
  assertEquals(planPyramid([level(14, 2000), level(14, 2000)]).native, [false, false]);
});

Deno.test("a plan's blocks hold every pixel, and its weights sum to 1 for each native level", () => {
  const plan = planPyramid([
    { height: 13, width: 10, channels: 2 },
    { height: 5, width: 4, channels: 500 },
    { height: 2, width: 3, channels: 500 },
  ]);
  assertEquals(plan.native, [false, true, true]);
  assertEquals(plan.place.length, 130);
  plan.place.forEach((at, pixel) => assertEquals(plan.order[at], pixel));
  const extra = plan.inner - 2;
  assertEquals(plan.weights.length, plan.blocks * plan.size * extra);
  for (let q = 0; q < plan.blocks * plan.size; q++) {
    const sum = plan.weights.subarray(q * extra, (q + 1) * extra).reduce((a, b) => a + b, 0);
    assert(Math.abs(sum - 3) < 1e-6, String(sum));
  }
  const rows = 2 + 5 * 4 + 2 * 3 + 1;
  assert(plan.rows.every((row) => row >= 0 && row < rows));
});

Deno.test("the largest by groups are the largest", async () => {
  const x = tensor(Float32Array.from({ length: 50 * 84 }, noise), [50, 84]);
  let compared = 0;
  for (const group of [1, 7, 12, 84]) {
    for (const count of [1, 3, 12, 84]) {
      const { whole, groups } = {
        whole: await evaluate((g, x) => g.topK(x, count), x),
        groups: await evaluate((g, x) => largestByGroups(g, x, { count, group }), x),
      };
      assertEquals(groups.values.data, whole.values.data);
      assertEquals(groups.indices.data, whole.indices.data);
      compared++;
    }
  }
  assertEquals(compared, 16);
  await assertRejects(
    () => evaluate((g, x) => largestByGroups(g, x, { count: 1, group: 5 }), x),
    RangeError,
    "divide 84: 5",
  );
});

Deno.test("an axis that becomes smaller or stays is interpolated as well", () => {
  assertEquals(bilinearAxis(3, 3).map(({ low, share }) => [low, share]), [[0, 0], [1, 0], [2, 0]]);
  assertEquals(bilinearAxis(4, 2).map(({ low, share }) => [low, share]), [[0, 0.5], [2, 0.5]]);
  assertThrows(() => bilinearAxis(0, 2), RangeError, "0 to 2");
  assertThrows(() => bilinearAxis(2, 1.5), RangeError, "2 to 1.5");
});

Deno.test("galleries that do not fit or are not finite are refused", async () => {
  const rows = (n: number, value = 1) => tensor(new Float32Array(2 * n).fill(value), [n, 2]);
  const refused = (levels: Parameters<typeof pyramidGallery>[0], message: string) =>
    assertRejects(() => pyramidGallery(levels), RangeError, message);
  await refused([], "at least one level");
  await refused([{ height: 2, width: 2, rows: rows(6) }], "[6, 2] for 2×2");
  await refused(
    [{ height: 2, width: 1, rows: rows(4) }, { height: 1, width: 1, rows: rows(3) }],
    "[4, 2] for 2×1, [3, 2] for 1×1",
  );
  await refused([{ height: 1, width: 1, rows: rows(3, NaN) }], "finite: NaN in row 0");
  await refused([{ height: 1, width: 1, rows: rows(3, Infinity) }], "finite: Infinity in row 0");
});

Deno.test("queries that do not fit their gallery are refused with both shapes", async () => {
  const gallery = await pyramidGallery([
    { height: 2, width: 2, rows: tensor(new Float32Array(24), [8, 3]) },
  ]);
  const g = createGraph();
  const images = g.integers([0, 1]);
  const map = (...shape: number[]) => g.input(`map ${shape}`, "float32", shape);
  const good = map(1, 3, 2, 2);
  const find = (query: Parameters<typeof pyramidNeighbours>[1], count = 1) => () =>
    pyramidNeighbours(g, query, gallery, { images, count });
  assertThrows(find([]), RangeError, "each of 1 levels is needed: 0");
  assertThrows(find([map(1, 4, 2, 2)]), RangeError, "must be [1, 3, 2, 2]: [1, 4, 2, 2]");
  assertThrows(find([map(2, 3, 2, 2)]), RangeError, "must be [1, 3, 2, 2]: [2, 3, 2, 2]");
  assertThrows(find([map(3, 2, 2)]), TypeError, "rank 4");
  assertThrows(find([good], 0), RangeError, "1…8: 0");
  assertThrows(find([good], 9), RangeError, "1…8: 9");
});

Deno.test("the plain search refuses what does not fit", () => {
  const [a, b] = [made(1, [2, 2, 2], noise), made(3, [2, 2, 2], noise)];
  assertThrows(() => pyramidNeighboursPlain([], [], { count: 1 }), RangeError, "levels must be");
  assertThrows(() => pyramidNeighboursPlain([b], [b], { count: 1 }), RangeError, "levels must be");
  assertThrows(() => pyramidNeighboursPlain([a], [b], { count: 13 }), RangeError, "1…12");
});
