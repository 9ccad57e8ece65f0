import { assertEquals, assertThrows } from "@std/assert";
import { createGraph, evaluate, openSession, tensor } from "../../mod.ts";

const ramp = (...shape: number[]) =>
  tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i), shape);

Deno.test("adding values whose shapes do not broadcast is refused with both shapes", () => {
  const g = createGraph();
  const a = g.input("a", "float32", [2, 3]);
  const b = g.input("b", "float32", [4]);
  assertThrows(() => g.add(a, b), RangeError, "[2, 3] and [4]");
});

Deno.test("matrix products with unlike inner dimensions are refused with both shapes", () => {
  const g = createGraph();
  const a = g.input("a", "float32", [2, 3]);
  const b = g.input("b", "float32", [4, 5]);
  assertThrows(() => g.multiplyMatrices(a, b), RangeError, "[2, 3] and [4, 5]");
  assertThrows(() => g.linear(a, b, { transposed: true }), RangeError, "[4, 5] transposed");
});

Deno.test("every operator that can misfit names both shapes while building", () => {
  const g = createGraph();
  const map = g.input("map", "float32", [1, 8, 5, 5]);
  const weights = g.input("weights", "float32", [4, 3, 3, 3]);
  const vector = g.input("vector", "float32", [6]);
  const cases: [() => unknown, string][] = [
    [() => g.convolution(map, weights), "map [1, 8, 5, 5], weights [4, 3, 3, 3]"],
    [() => g.averagePool(map, { size: 9 }), "map [1, 8, 5, 5], window [9, 9]"],
    [() => g.reshape(map, [7, -1]), "[1, 8, 5, 5] to [7, -1]"],
    [() => g.transpose(map, [0, 1, 1, 2]), "order [0, 1, 1, 2] for shape [1, 8, 5, 5]"],
    [() => g.concatenate([map, weights], 1), "[1, 8, 5, 5] and float32 [4, 3, 3, 3]"],
    [() => g.slice(map, [{ axis: 2, start: 3, size: 4 }]), "4 from 3"],
    [() => g.topK(vector, 7), "k = 7 of shape [6]"],
    [() => g.sum(vector, [1]), "an axis of [6]"],
    [() => g.resize(map, [0, 4]), "[1, 8, 5, 5] to [0, 4]"],
    [() => g.constant({ data: new Float32Array(3), shape: [2, 2] }), "[2, 2] and 3 values"],
  ];
  assertEquals(cases.length, 10);
  for (const [build, message] of cases) assertThrows(build, RangeError, message);
});

Deno.test("a value of another graph is refused", () => {
  const stranger = createGraph().input("x", "float32", [1]);
  const g = createGraph();
  assertThrows(() => g.squareRoot(stranger), TypeError, "same graph");
});

Deno.test("values of different element types are refused at run time too", () => {
  const g = createGraph();
  const a = g.input("a", "float32", [2]);
  const b = g.input("b", "int64", [2]);
  // @ts-expect-error the types say so first
  assertThrows(() => g.add(a, b), TypeError, "float32 and int64");
});

Deno.test("arithmetic gives what it says", async () => {
  const x = ramp(2, 3);
  const results = await evaluate((g, a) => ({
    sum: g.add(a, g.scalar(1)),
    product: g.multiply(a, a),
    clipped: g.clip(a, { low: 1, high: 3 }),
    mean: g.mean(a, [1]),
    largest: g.largest(a, [0], { keep: true }),
    smallest: g.smallest(a, [0, 1]),
    rounded: g.round(g.multiply(a, g.scalar(0.5))),
  }), x);
  assertEquals([...results.sum.data], [1, 2, 3, 4, 5, 6]);
  assertEquals([...results.product.data], [0, 1, 4, 9, 16, 25]);
  assertEquals([...results.clipped.data], [1, 1, 2, 3, 3, 3]);
  assertEquals([...results.mean.data], [1, 4]);
  assertEquals(results.largest.shape, [1, 3]);
  assertEquals([...results.largest.data], [3, 4, 5]);
  assertEquals(results.smallest.shape, []);
  assertEquals([...results.smallest.data], [0]);
  assertEquals([...results.rounded.data], [0, 0, 1, 2, 2, 2]);
});

Deno.test("shaping gives what it says", async () => {
  const results = await evaluate((g, a) => ({
    transposed: g.transpose(a, [1, 0]),
    reshaped: g.reshape(a, [3, -1]),
    sliced: g.slice(a, [{ axis: 1, start: 1, size: 2 }]),
    gathered: g.gather(a, g.integers([1, 1])),
    joined: g.concatenate([a, a], -1),
    whole: g.cast(a, "int32"),
  }), ramp(2, 3));
  assertEquals([...results.transposed.data], [0, 3, 1, 4, 2, 5]);
  assertEquals(results.reshaped.shape, [3, 2]);
  assertEquals([...results.sliced.data], [1, 2, 4, 5]);
  assertEquals([...results.gathered.data], [3, 4, 5, 3, 4, 5]);
  assertEquals(results.joined.shape, [2, 6]);
  assertEquals(results.whole.data, Int32Array.of(0, 1, 2, 3, 4, 5));
});

Deno.test("the k largest come best first, with the places where they were", async () => {
  const x = tensor(Float32Array.of(5, 1, 4, 2, 8, 3), [2, 3]);
  const { values, indices } = await evaluate((g, a) => {
    const { values, indices } = g.topK(a, 2);
    return { values, indices: g.cast(indices, "int32") };
  }, x);
  assertEquals([...values.data], [5, 4, 8, 3]);
  assertEquals([...indices.data], [0, 2, 1, 2]);
});

Deno.test("a window average counts its padding as zeros unless told otherwise", async () => {
  const ones = tensor(new Float32Array(9).fill(9), [1, 1, 3, 3]);
  const [counted, excluded] = await evaluate((g, x) =>
    [
      g.averagePool(x, { size: 3, padding: 1 }),
      g.averagePool(x, { size: 3, padding: 1, countPadding: false }),
    ] as const, ones);
  assertEquals([...counted.data], [4, 6, 4, 6, 9, 6, 4, 6, 4]);
  assertEquals([...excluded.data], [9, 9, 9, 9, 9, 9, 9, 9, 9]);
});

Deno.test("a model carries its metadata and unknown sizes in the file itself", async () => {
  const g = createGraph();
  const x = g.input("x", "float32", ["rows", 2]);
  g.output("double", g.add(x, x));
  const bytes = g.toModel({ method: "test" });
  assertEquals(new TextDecoder().decode(bytes).includes("method"), true);
  await using session = await openSession(bytes);
  assertEquals(session.inputs, ["x"]);
  assertEquals(session.outputs, ["double"]);
  for (const rows of [1, 3]) {
    const { double } = await session.run({ x: ramp(rows, 2) });
    assertEquals(double.shape, [rows, 2]);
    assertEquals(double.data[1], 2);
  }
});
