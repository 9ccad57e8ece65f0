/** Nodes of older and newer operator sets, as they are and taken over into ours. */

import { assert, assertEquals } from "@std/assert";
import onnxProto from "onnx-proto";
import { createGraph, openSession } from "../../mod.ts";
import { createGraft, shapedMap } from "../../src/onnx/import_model.ts";
import { openProbe } from "../../src/onnx/probe_model.ts";
import { readOnnxModel } from "../../src/onnx/read_model.ts";

const { ModelProto } = onnxProto.onnx;
const SIZE = [1, 3, 8, 8];

type Attributes = Readonly<Record<string, number | string | readonly number[] | object>>;
type Node = readonly [
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes?: Attributes,
];

/** Constants by the letters that nodes use. */
const constants: Readonly<
  Record<string, { readonly type: number; readonly data: readonly number[] }>
> = {
  scales: { type: 1, data: [1, 1, 2, 2] },
  channel: { type: 1, data: [0.5, -1, 2] },
  positive: { type: 1, data: [0.5, 1, 2] },
  two: { type: 7, data: [2] },
  axes: { type: 7, data: [2, 3] },
  sizes: { type: 7, data: [1, 2] },
  shape: { type: 7, data: [1, 3, 8, 8] },
  none: { type: 1, data: [] },
};

const real = (f: number) => ({ type: 1, f });
const reals = (floats: readonly number[]) => ({ type: 6, floats });

function attribute(name: string, value: Attributes[string]): object {
  if (typeof value === "number") return { name, type: 2, i: value };
  if (typeof value === "string") return { name, type: 3, s: new TextEncoder().encode(value) };
  if (Array.isArray(value)) return { name, type: 7, ints: value };
  return { name, ...value };
}

function modelOf(nodes: readonly Node[], opset: number): Uint8Array {
  return ModelProto.encode(ModelProto.fromObject({
    irVersion: 8,
    opsetImport: [{ domain: "", version: opset }],
    graph: {
      name: "nodes",
      node: nodes.map(([opType, input, output, attributes = {}]) => ({
        opType,
        input,
        output,
        attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      })),
      initializer: Object.entries(constants).map(([name, { type, data }]) => ({
        name,
        dataType: type,
        dims: [data.length],
        ...(type === 1 ? { floatData: data } : { int64Data: data }),
      })),
      input: [{
        name: "x",
        type: {
          tensorType: { elemType: 1, shape: { dim: SIZE.map((dimValue) => ({ dimValue })) } },
        },
      }],
      output: [{ name: "y" }],
    },
  })).finish();
}

/** The largest difference between `y` of the model as it is and as taken over. */
async function apart(nodes: readonly Node[], opset: number): Promise<number> {
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  try {
    await Deno.writeFile(path, modelOf(nodes, opset));
    const model = await readOnnxModel(path);
    const data = Float32Array.from({ length: 192 }, (_, i) => 3 * Math.sin(i * 1.7) + 0.2);
    const photos = { data, shape: SIZE };
    await using probe = await openProbe(model, ["y"], { numbers: "all" });
    const [wanted] = await probe.values(photos);
    const [n, c, h, w] = wanted.shape;
    const g = createGraph();
    const [y] = createGraft(model).build(g, g.input("x", "float32", SIZE), ["y"]);
    g.output("y", shapedMap(g, y, [n, c, h, w]));
    await using session = await openSession(g.toModel());
    const { y: found } = await session.run({ x: photos });
    assertEquals(found.shape, wanted.shape);
    assert(new Set([...wanted.data].map(Number)).size > 1);
    return Math.max(
      ...[...found.data].map((value, i) => Math.abs(Number(value) - Number(wanted.data[i]))),
    );
  } finally {
    await Deno.remove(path);
  }
}

const single = (operator: string, attributes?: Attributes, ...more: string[]): Node[] => [
  [operator, ["x", ...more], ["y"], attributes],
];
const keep = { axes: [2, 3], keepdims: 1 };
const reductions = "L1 L2 LogSumExp Max Mean Min Prod Sum SumSquare".split(" ");

const cases: readonly (readonly [title: string, opset: number, nodes: readonly Node[]])[] = [
  ...reductions.map((name) => [`Reduce${name}`, 11, single(`Reduce${name}`, keep)] as const),
  ["ReduceMean", 17, single("ReduceMean", { axes: [1], keepdims: 1 })],
  ["ReduceSum", 13, single("ReduceSum", { keepdims: 1 }, "axes")],
  ["Squeeze and Unsqueeze", 11, [
    ["ReduceMax", ["x"], ["m"], { axes: [2], keepdims: 1 }],
    ["Squeeze", ["m"], ["s"], { axes: [2] }],
    ["Unsqueeze", ["s"], ["y"], { axes: [3] }],
  ]],
  ["Softmax over all axes from one on", 11, single("Softmax", { axis: 2 })],
  ["Softmax by default", 9, single("Softmax")],
  ["LogSoftmax", 12, single("LogSoftmax", { axis: 1 })],
  ["Softmax", 13, single("Softmax", { axis: 1 })],
  ["Clip on one side", 7, single("Clip", { min: real(-0.5) })],
  ["Clip on both", 10, single("Clip", { min: real(-0.5), max: real(1) })],
  ["Pad with a number", 7, single("Pad", { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: real(7) })],
  ["Pad by mirroring", 9, single("Pad", { pads: [0, 0, 1, 2, 0, 0, 0, 1], mode: "reflect" })],
  ["Slice", 9, single("Slice", { starts: [1, -5], ends: [3, 2 ** 53], axes: [1, 2] })],
  ["Slice without axes", 7, single("Slice", { starts: [0, 1], ends: [1, 3] })],
  ["Upsample", 7, single("Upsample", { scales: reals([1, 1, 2, 3]), mode: "nearest" })],
  ["Upsample, linear", 9, single("Upsample", { mode: "linear" }, "scales")],
  [
    "Resize with inputs of no numbers",
    11,
    single(
      "Resize",
      { mode: "linear", coordinate_transformation_mode: "align_corners" },
      "none",
      "scales",
    ),
  ],
  [
    "BatchNormalization",
    7,
    single(
      "BatchNormalization",
      { epsilon: real(1e-3), spatial: 1 },
      ..."channel channel channel positive".split(" "),
    ),
  ],
  ["Dropout", 13, single("Dropout")],
  ["Split in equal parts", 11, [
    ["Split", ["x"], ["a", "b"], { axis: 2 }],
    ["Sub", ["a", "b"], ["y"]],
  ]],
  ["Split by sizes of an attribute", 12, [
    ["Split", ["x"], ["a", "y"], { axis: 1, split: [1, 2] }],
  ]],
  ["Split by sizes of a constant", 17, [["Split", ["x", "sizes"], ["a", "y"], { axis: 1 }]]],
  ["Split in parts of which the last is smaller", 18, [
    ["Split", ["x"], ["a", "b", "c"], { axis: 3, num_outputs: 3 }],
    ["Concat", ["c", "a"], ["y"], { axis: 3 }],
  ]],
  ["a second result", 11, [
    ["TopK", ["x", "two"], ["v", "i"], { axis: 3 }],
    ["Cast", ["i"], ["y"], { to: 1 }],
  ]],
  ["constants of every form", 13, [
    ["Constant", [], ["a"], { value_float: real(0.5) }],
    ["Constant", [], ["b"], { value_floats: reals([1, 2, 3, 4, 5, 6, 7, 8]) }],
    ["Constant", [], ["c"], { value_ints: [0, 0, -1, 4] }],
    ["Constant", [], ["d"], { value_int: 2 }],
    ["Constant", [], ["e"], { value: { type: 4, t: { dataType: 1, dims: [1], floatData: [3] } } }],
    ["Mul", ["x", "a"], ["f"]],
    ["Add", ["f", "b"], ["h"]],
    ["Reshape", ["h", "c"], ["k"]],
    ["Cast", ["d"], ["l"], { to: 1 }],
    ["Sub", ["k", "l"], ["m"]],
    ["Mul", ["m", "e"], ["y"]],
  ]],
  ["ConstantOfShape by default", 9, [
    ["ConstantOfShape", ["shape"], ["z"]],
    ["Add", ["x", "z"], ["y"]],
  ]],
  ["Cast with what came later", 19, single("Cast", { to: 1, saturate: 1 })],
  [
    "AveragePool with what came later",
    19,
    single("AveragePool", {
      kernel_shape: [2, 2],
      dilations: [1, 1],
      strides: [2, 2],
    }),
  ],
  ["Gelu", 20, single("Gelu")],
  ["Gelu, approximate", 20, single("Gelu", { approximate: "tanh" })],
  ["GridSample", 20, [
    ["Constant", [], ["g"], {
      value: {
        type: 4,
        t: {
          dataType: 1,
          dims: [1, 2, 2, 2],
          floatData: [-0.5, 0.1, 0.3, 0.7, 1.2, 0, -0.9, -0.2],
        },
      },
    }],
    ["GridSample", ["x", "g"], ["y"], { mode: "cubic" }],
  ]],
  ["Swish", 24, single("Swish", { alpha: real(1.5) })],
];

for (const [title, opset, nodes] of cases) {
  Deno.test(`${title} of operator set ${opset} means the same in ours`, async () => {
    const worst = await apart(nodes, opset);
    assert(worst <= 1e-5, `${worst}`);
  });
}

Deno.test("what came later and says something new is refused", async () => {
  const refusals: readonly (readonly [number, readonly Node[], string])[] = [
    [19, single("AveragePool", { kernel_shape: [2, 2], dilations: [2, 2] }), "dilations 2,2"],
    [
      19,
      single(
        "Resize",
        {
          coordinate_transformation_mode: "half_pixel_symmetric",
        },
        "",
        "scales",
      ),
      "half_pixel_symmetric",
    ],
    [
      14,
      single(
        "BatchNormalization",
        { training_mode: 1 },
        "channel",
        "channel",
        "channel",
        "positive",
      ),
      "training_mode 1",
    ],
    [17, [["Dropout", ["x"], ["z", "y"]]], "in training"],
    [7, single("Softplus", { alpha: reals([1]) }), '"alpha"'],
  ];
  assertEquals(refusals.length, 5);
  for (const [opset, nodes, found] of refusals) {
    const path = await Deno.makeTempFile({ suffix: ".onnx" });
    await Deno.writeFile(path, modelOf(nodes, opset));
    const model = await readOnnxModel(path);
    await Deno.remove(path);
    const g = createGraph();
    let message = "";
    try {
      createGraft(model).build(g, g.input("x", "float32", SIZE), ["y"]);
    } catch (error) {
      message = String(error);
    }
    assert(message.startsWith("TypeError: Cannot take over"), message);
    assert(message.includes(found) && message.includes(`operator set ${opset}`), message);
  }
});
