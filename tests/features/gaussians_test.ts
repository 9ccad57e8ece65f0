import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createGraph, evaluate, type Matrix, tensor } from "../../mod.ts";
import {
  mahalanobisDistances,
  mahalanobisMaps,
  mahalanobisMapsPlain,
} from "../../src/features/gaussian_distances.ts";
import { fitGaussians, type GaussianOptions } from "../../src/features/gaussian_maps.ts";
import { gaussianOf } from "../../src/math/covariance.ts";
import { photoRows, type PositionRows } from "../../src/features/positions.ts";
import { wave } from "../fixtures/padim/wave.ts";

const cases: readonly {
  readonly photos: number;
  readonly dimensions: number;
  readonly ridge: number;
  readonly distances: readonly number[];
}[] = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/padim/gaussians.json", import.meta.url)),
);

function largestRelative(found: ArrayLike<number>, reference: ArrayLike<number>): number {
  assertEquals(found.length, reference.length);
  assert(reference.length > 0);
  let most = 0;
  for (let i = 0; i < reference.length; i++) {
    assert(reference[i] > 0 && Number.isFinite(found[i]));
    most = Math.max(most, Math.abs(found[i] / reference[i] - 1));
  }
  return most;
}

async function distances(
  rows: PositionRows,
  photos: PositionRows,
  options: GaussianOptions,
): Promise<Matrix> {
  return await mahalanobisMaps(photos, await fitGaussians(rows, options));
}

/** Photos that are mixtures of few patterns and some noise, far from 0, as features are. */
function alike(start: number, [P, N, D]: PositionRows["shape"]): PositionRows {
  const patterns = wave(90_000, [3, D]).data;
  const weights = wave(start, [P, N, 3]).data;
  const noise = wave(start + 1_000_000, [P, N, D]).data;
  const data = noise.map((x, at) => {
    const [row, k] = [Math.floor(at / D), at % D];
    let sum = 20 + 0.3 * x;
    for (let j = 0; j < 3; j++) sum += 4 * weights[3 * row + j] * patterns[j * D + k];
    return sum;
  });
  return tensor(data, [P, N, D]);
}

Deno.test("distances equal numpy's covariance and inverse and scipy's mahalanobis, by each route", async () => {
  assertEquals(cases.length, 4);
  for (const { photos, dimensions, ridge, distances: reference } of cases) {
    const rows = wave(0, [4, photos, dimensions]);
    const test = wave(5000, [4, 3, dimensions]);
    assertEquals(reference.length, 12);
    const routes = ridge === 0
      ? ["auto", "cholesky"] as const
      : ["auto", "cholesky", "gram"] as const;
    for (const route of routes) {
      const found = await distances(rows, test, { ridge, route });
      const most = largestRelative(found.data, reference);
      console.log(
        `${photos} photos, ${dimensions} dimensions, ridge ${ridge}, ${route}: ` +
          `largest relative difference ${most.toExponential(1)}`,
      );
      // The Gram route's difference loses digits when there are many photos a dimension.
      assert(most < (route === "gram" && photos > dimensions ? 1e-4 : 2e-6));
    }
    const plain = mahalanobisMapsPlain(rows, test, { ridge });
    assert(largestRelative(plain.data, reference) < 1e-7);
  }
});

Deno.test("both routes equal the dense one in double precision, as near as they promise", async () => {
  const ridge = 0.01;
  for (const [N, D] of [[10, 24], [20, 40], [30, 40], [40, 40], [60, 40]]) {
    const rows = alike(0, [5, N, D]);
    const test = alike(7_000_000, [5, 4, D]);
    const plain = mahalanobisMapsPlain(rows, test, { ridge });
    const cholesky = await distances(rows, test, { ridge, route: "cholesky" });
    const gram = await distances(rows, test, { ridge, route: "gram" });
    assertEquals([plain.data.length, cholesky.data.length, gram.data.length], [20, 20, 20]);
    let [exact, difference, promised] = [0, 0, 0];
    for (let p = 0; p < 5; p++) {
      const block = rows.data.slice(p * N * D, (p + 1) * N * D);
      const { mean } = gaussianOf(tensor(block, [N, D]));
      for (let b = 0; b < 4; b++) {
        const d = plain.data[b * 5 + p];
        const squares = mean.reduce((a, m, k) => a + (test.data[(p * 4 + b) * D + k] - m) ** 2, 0);
        const share = Math.abs(gram.data[b * 5 + p] / d - 1) / (squares / (ridge * d ** 2));
        promised = Math.max(promised, share);
        difference = Math.max(difference, Math.abs(gram.data[b * 5 + p] / d - 1));
        exact = Math.max(exact, Math.abs(cholesky.data[b * 5 + p] / d - 1));
      }
    }
    console.log(
      `${N} photos, ${D} dimensions: largest relative difference of Cholesky ` +
        `${exact.toExponential(1)}, Gram ${difference.toExponential(1)}: ` +
        `${promised.toExponential(1)}·‖δ‖²/(ε·d²)`,
    );
    assert(exact < 4e-6);
    assert(promised < 1e-6);
  }
});

Deno.test("the route is chosen by the number of photos and shows in the factor's height", async () => {
  const route = async (N: number) => {
    const { route, factor } = await fitGaussians(wave(0, [2, N, 8]));
    return [route, ...factor.shape];
  };
  assertEquals(await route(4), ["gram", 2, 4, 8]);
  assertEquals(await route(5), ["cholesky", 2, 8, 8]);
  assertEquals(await route(20), ["cholesky", 2, 8, 8]);
});

Deno.test("rows stay as they are unless they may be overwritten, which changes no result", async () => {
  // Enough positions for several blocks, the last one shorter.
  for (const [P, N, D] of [[600, 30, 90], [400, 90, 60]] as const) {
    const rows = wave(3, [P, N, D]);
    const before = rows.data.slice();
    const kept = await fitGaussians(rows);
    assertEquals(rows.data, before);
    const again = await fitGaussians(rows, { overwrite: true });
    assertEquals(again.factor, kept.factor);
    assertEquals(again.mean, kept.mean);
    assertEquals(again.factor.data.buffer === rows.data.buffer, again.route === "gram");
    // A position in the last block is what it is alone.
    const last = P - 1;
    const part = before.slice(last * N * D, P * N * D);
    const single = await fitGaussians(tensor(part, [1, N, D]));
    const height = kept.factor.shape[1];
    const found = kept.factor.data.slice(last * height * D);
    assertEquals(found.length, single.factor.data.length);
    const most = found.reduce((a, v, i) => Math.max(a, Math.abs(v - single.factor.data[i])), 0);
    assert(most < 1e-6, String(most));
  }
});

Deno.test("a batch gives what its photos give one by one, and maps what the step gives", async () => {
  for (const N of [5, 30]) {
    const gaussians = await fitGaussians(wave(0, [6, N, 12]));
    const photos = wave(777, [6, 4, 12]);
    const maps = await mahalanobisMaps(photos, gaussians);
    assertEquals(maps.shape, [4, 6]);
    const batch = await evaluate((g, x) => mahalanobisDistances(g, x, gaussians), photos);
    assertEquals(batch.shape, [6, 4]);
    for (let b = 0; b < 4; b++) {
      const alone = await evaluate(
        (g, x) => mahalanobisDistances(g, x, gaussians),
        photoRows(photos, b),
      );
      assertEquals(alone.shape, [6]);
      assert(largestRelative(alone.data, maps.data.subarray(b * 6, (b + 1) * 6)) < 1e-5);
      const column = Float32Array.from({ length: 6 }, (_, p) => batch.data[p * 4 + b]);
      assertEquals(column, maps.data.slice(b * 6, (b + 1) * 6));
    }
    const squared = await mahalanobisMaps(photos, gaussians, { distance: "squared" });
    assert(largestRelative(squared.data, maps.data.map((d) => d * d)) < 1e-6);
  }
});

Deno.test("photos that are all alike are fine with a ridge: distance ‖δ‖/√ε", async () => {
  for (const N of [3, 20]) {
    const rows = tensor(new Float32Array(2 * N * 8).fill(5), [2, N, 8]);
    const photos = tensor(new Float32Array(2 * 8).fill(7), [2, 1, 8]);
    const { data } = await distances(rows, photos, { ridge: 0.04 });
    assertEquals(data.length, 2);
    for (const d of data) assert(Math.abs(d - Math.sqrt(8 * 4 / 0.04)) < 1e-4);
  }
});

Deno.test("a channel without variance is fine with a ridge and refused without", async () => {
  const rows = wave(0, [3, 20, 4]);
  for (let row = 20; row < 40; row++) rows.data[4 * row + 2] = 1.1;
  const photos = wave(99, [3, 2, 4]);
  const plain = mahalanobisMapsPlain(rows, photos, { ridge: 0.01 });
  assert(largestRelative((await distances(rows, photos, {})).data, plain.data) < 1e-6);
  await assertRejects(
    () => fitGaussians(rows, { ridge: 0 }),
    RangeError,
    "the covariance at position 1, with ridge 0, must be positive definite: pivot 2",
  );
});

Deno.test("channels that are copies of one another are refused without ridge", async () => {
  const rows = wave(0, [2, 20, 4]);
  for (let row = 0; row < 40; row++) rows.data[4 * row + 3] = 3 * rows.data[4 * row] + 1;
  await assertRejects(() => fitGaussians(rows, { ridge: 0 }), RangeError, "position 0");
});

Deno.test("a ridge that is lost in rounding is refused, never a wrong number", async () => {
  const rows = tensor(wave(0, [1, 3, 8]).data.map((x) => 1e7 * x), [1, 3, 8]);
  await assertRejects(
    () => fitGaussians(rows, { ridge: 1e-4, route: "cholesky" }),
    RangeError,
    "positive definite",
  );
});

Deno.test("photos too few, numbers not finite and options out of range are refused", async () => {
  const refused = (rows: PositionRows, options: GaussianOptions, message: string) =>
    assertRejects(() => fitGaussians(rows, options), RangeError, message);
  await refused(wave(0, [2, 1, 3]), {}, "at least 2 photos: 1");
  await refused(wave(0, [2, 4, 4]), { ridge: 0 }, "4 photos, 4 dimensions");
  await refused(wave(0, [2, 9, 4]), { ridge: 0, route: "gram" }, "route gram");
  await refused(wave(0, [2, 9, 4]), { ridge: -1 }, "at least 0: -1");
  await refused(wave(0, [2, 9, 4]), { ridge: NaN }, "at least 0: NaN");
  await refused(wave(0, [0, 9, 4]), {}, "there must be rows");
  for (const value of [NaN, Infinity, -Infinity]) {
    for (const N of [2, 9]) {
      const rows = wave(0, [3, N, 4]);
      rows.data[2 * N * 4 + 1] = value;
      await refused(rows, {}, "position 2, dimension 1");
    }
  }
  // @ts-expect-error no such route
  await refused(wave(0, [2, 9, 4]), { route: "woodbury" }, "auto, cholesky or gram");
  await assertRejects(
    // @ts-expect-error rows have rank 3
    () => fitGaussians(wave(0, [9, 4])),
    TypeError,
    "[P, N, D]",
  );
});

Deno.test("a photo that is not finite gets no finite distance", async () => {
  for (const N of [3, 20]) {
    const gaussians = await fitGaussians(wave(0, [2, N, 8]));
    for (const value of [NaN, Infinity]) {
      const photos = wave(5, [2, 1, 8]);
      photos.data[3] = value;
      const { data } = await mahalanobisMaps(photos, gaussians);
      assert(!Number.isFinite(data[0]), `${value} became ${data[0]}`);
      assert(Number.isFinite(data[1]));
    }
  }
});

Deno.test("rows that do not fit the Gaussians are refused", async () => {
  const gaussians = await fitGaussians(wave(0, [3, 4, 5]));
  const g = createGraph();
  const bad = g.input("bad", "float32", [3, 6]);
  assertThrows(() => mahalanobisDistances(g, bad, gaussians), RangeError, "[3, 5]");
  const good = g.input("good", "float32", [3, 5]);
  assertThrows(
    // @ts-expect-error no such distance
    () => mahalanobisDistances(g, good, gaussians, { distance: "cosine" }),
    RangeError,
    "cosine",
  );
  const photos = wave(0, [2, 1, 5]);
  await assertRejects(() => mahalanobisMaps(photos, gaussians), RangeError, "[3, B, 5]");
  assertThrows(
    () => mahalanobisMapsPlain(wave(0, [3, 4, 5]), photos, { ridge: 1 }),
    RangeError,
    "[3, B, 5]",
  );
});

Deno.test("progress tells positions, and the work can be stopped", async () => {
  const told: number[] = [];
  await fitGaussians(wave(0, [600, 30, 90]), { progress: (done) => told.push(done) });
  assert(told.length > 1);
  assertEquals(told.at(-1), 600);
  const signal = AbortSignal.abort();
  await assertRejects(() => fitGaussians(wave(0, [2, 9, 4]), { signal }), DOMException);
});
