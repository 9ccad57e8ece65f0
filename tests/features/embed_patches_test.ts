import { assertEquals, assertRejects } from "@std/assert";
import {
  alignLevels,
  concatenateLevels,
  embedPatches,
  evaluate,
  neighbourhoodAverage,
  seededRandom,
  tensor,
} from "../../mod.ts";

const random = seededRandom(3);
const map = (channels: number, side: number) =>
  tensor(
    Float32Array.from({ length: channels * side * side }, () => random.uniform()),
    [1, channels, side, side],
  );
const [fine, coarse] = [map(3, 8), map(5, 4)];

Deno.test("patch embeddings are the average, aligned and joined, step by step", async () => {
  for (const filter of ["bilinear", "nearest"] as const) {
    const found = await evaluate(
      (g, ...levels) => embedPatches(g, levels, { neighbourhood: 3, filter }),
      fine,
      coarse,
    );
    const expected = await evaluate(
      (g, ...levels) =>
        concatenateLevels(
          g,
          alignLevels(g, levels.map((l) => neighbourhoodAverage(g, l, { size: 3 })), { filter }),
        ),
      fine,
      coarse,
    );
    assertEquals(found.shape, [1, 8, 8, 8]);
    assertEquals(found.data, expected.data);
  }
});

Deno.test("without a neighbourhood the finest level stays as it is", async () => {
  const { data } = await evaluate((g, ...levels) => embedPatches(g, levels), fine, coarse);
  assertEquals(data.slice(0, fine.data.length), fine.data);
});

Deno.test("an even neighbourhood and no level are refused", async () => {
  await assertRejects(
    () => evaluate((g, ...levels) => embedPatches(g, levels, { neighbourhood: 2 }), fine),
    RangeError,
  );
  await assertRejects(() => evaluate((g, x) => (void x, embedPatches(g, [])), fine), RangeError);
});
