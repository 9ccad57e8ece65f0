import { assert, assertEquals, assertRejects } from "@std/assert";
import { CACHED_STEPS, clearEvaluationCache, evaluate, openSession, tensor } from "../../mod.ts";
import type { Graph, Value } from "../../mod.ts";

const row = (...values: number[]) => tensor(Float32Array.from(values), [1, values.length]);

Deno.test("a step runs on tensors and gives back the form that it returns", async () => {
  const x = row(1, 2);
  assertEquals([...(await evaluate((g, a) => g.add(a, a), x)).data], [2, 4]);
  const list = await evaluate((g, a) => [a, g.add(a, a)] as const, x);
  assertEquals(list.length, 2);
  assertEquals([...list[1].data], [2, 4]);
  const record = await evaluate((g, a) => ({ twice: g.add(a, a) }), x);
  assertEquals([...record.twice.data], [2, 4]);
});

Deno.test("a step is built once for each combination of shapes", async () => {
  let built = 0;
  const step = (g: Graph, a: Value) => {
    built++;
    return g.add(a, g.scalar(1));
  };
  for (let i = 0; i < 5; i++) await evaluate(step, row(i));
  assertEquals(built, 1);
  assertEquals([...(await evaluate(step, row(1, 2))).data], [2, 3]);
  assertEquals(built, 2);
});

Deno.test("a step that closes over an option is not confused with its twin", async () => {
  for (const size of [1, 2, 3]) {
    const { data } = await evaluate((g, a) => g.multiply(a, g.scalar(size)), row(1));
    assertEquals(data[0], size);
  }
});

Deno.test("inputs of several element types keep their types", async () => {
  const bytes = { data: Uint8Array.of(3, 250), shape: [2] };
  const { data } = await evaluate((g, a) => g.cast(a, "float32"), bytes);
  assertEquals([...data], [3, 250]);
});

Deno.test("a misfit is refused before anything runs", async () => {
  await assertRejects(
    () => evaluate((g, a, b) => g.add(a, b), row(1, 2), row(1, 2, 3)),
    RangeError,
    "[1, 2] and [1, 3]",
  );
});

Deno.test("evaluations at the same time do not disturb each other", async () => {
  const numbers = Array.from({ length: 3 * CACHED_STEPS }, (_, i) => i);
  const results = await Promise.all(
    numbers.map((n) => evaluate((g, a) => g.multiply(a, g.scalar(n)), row(2))),
  );
  assertEquals(results.map(({ data }) => data[0]), numbers.map((n) => 2 * n));
});

Deno.test("two thousand evaluations, every fourth of a new step, keep memory flat", async () => {
  const sizes: number[] = [];
  const big = tensor(new Float32Array(64 * 64), [64, 64]);
  for (let i = 0; i < 2000; i++) {
    await evaluate((g, a) => g.multiply(a, g.scalar(i >> 2)), big);
    if (i % 500 === 499) sizes.push(Deno.memoryUsage().rss / 2 ** 20);
  }
  console.log(`resident MiB after 500, 1000, 1500, 2000: ${sizes.map(Math.round).join(", ")}`);
  assertEquals(sizes.length, 4);
  // A leak of one 64 kB tensor or of one session (about 100 kB) a step would add 100 MiB.
  assert(sizes[3] - sizes[1] < 30, `grew from ${sizes[1]} to ${sizes[3]} MiB`);
  await clearEvaluationCache();
});

Deno.test("a session that was disposed of refuses to run", async () => {
  const { createGraph } = await import("../../mod.ts");
  const g = createGraph();
  g.output("y", g.squareRoot(g.input("x", "float32", [1])));
  const session = await openSession(g.toModel());
  await session.dispose();
  await session.dispose();
  await assertRejects(() => session.run({ x: row(1) }), TypeError, "disposed");
});

Deno.test("bytes that are not a model are refused with the engine's reason", async () => {
  await assertRejects(() => openSession(Uint8Array.of(1, 2, 3)), SyntaxError, "ONNX Runtime");
});
