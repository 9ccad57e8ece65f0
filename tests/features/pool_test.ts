import { assertEquals, assertRejects } from "@std/assert";
import { evaluate, tensor } from "../../mod.ts";
import { globalAveragePool } from "../../src/features/pool.ts";

Deno.test("global average pooling takes each channel's mean, photo by photo", async () => {
  const map = tensor(new Float32Array([1, 3, 10, 20, 0, 0, -1, 5]), [2, 2, 1, 2]);
  const { data, shape } = await evaluate((g, m) => globalAveragePool(g, m), map);
  assertEquals([...data], [2, 15, 0, 2]);
  assertEquals(shape, [2, 2]);
});

Deno.test("a map of one cell is pooled to itself", async () => {
  const map = tensor(new Float32Array([0.1, -7]), [1, 2, 1, 1]);
  assertEquals((await evaluate((g, m) => globalAveragePool(g, m), map)).data, map.data);
});

Deno.test("only maps are pooled", async () => {
  const rows = tensor(new Float32Array(6), [2, 3]);
  await assertRejects(
    () => evaluate((g, m) => globalAveragePool(g, m), rows),
    TypeError,
    "rank 4",
  );
});
