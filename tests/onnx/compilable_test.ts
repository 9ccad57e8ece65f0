import { assert, assertEquals } from "@std/assert";
import { createGraph, matrix, openSession, tensor } from "../../mod.ts";
import { compilable } from "../../src/onnx/large_constants.ts";

/** x · W + b with W of 128 × 160, 80 KiB, and b of 160. */
function product() {
  const g = createGraph();
  const x = g.input("x", "float32", [1, 128]);
  const w = tensor(Float32Array.from({ length: 128 * 160 }, (_, i) => ((i * 37) % 101) / 50 - 1), [
    128,
    160,
  ]);
  const b = tensor(Float32Array.from({ length: 160 }, (_, i) => i / 7), [1, 160]);
  g.output("y", g.add(g.linear(x, g.constant(w)), g.constant(b)));
  return g;
}

Deno.test("constants from 64 KiB on lie beside the model, as they are in memory", () => {
  const g = product();
  const { model, fed, beside } = compilable(g);
  assertEquals(Object.keys(fed), []);
  const [large] = g.constants().filter(({ tensor }) => tensor.data.byteLength >= 2 ** 16);
  assertEquals(Object.keys(beside), [large.name]);
  assertEquals(beside[large.name].buffer, large.tensor.data.buffer, "not copied");
  assert(model.length < 4096, `${model.length} bytes`);
  assert(g.toModel().length > 80 * 1024);
});

Deno.test("a model with constants beside it computes what the whole model computes", async () => {
  const x = matrix([Array.from({ length: 128 }, (_, i) => Math.sin(i))]);
  await using whole = await openSession(product().toModel());
  const { model, ...rest } = compilable(product());
  await using parted = await openSession(model, rest);
  assertEquals(parted.inputs, ["x"]);
  const [a, b] = [await whole.run({ x }), await parted.run({ x })];
  assertEquals(a.y.data.length, 160);
  assertEquals(b.y.data, a.y.data);
});
