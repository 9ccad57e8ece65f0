/**
 * Nodes of other operator sets written in ours, 18: where an operator's form changed and its
 * meaning did not, or where it is a formula of operators that we have.
 *
 * Source: ONNX, Changelog.md.
 */

import {
  type Loose,
  loose,
  type NodeParts,
  realOr,
  required,
  textOr,
  wholeOr,
  wholes,
  wholeVector,
} from "./node_parts.ts";
import { splitNode } from "./split_node.ts";

/** Writes a node anew and gives its results; what nothing uses may be left out. */
export type Conversion = (parts: NodeParts) => readonly (Loose | undefined)[];

interface Ranged {
  /** The operator sets in which a node is converted: from…before−1. */
  readonly from: number;
  readonly before: number;
  readonly convert: Conversion;
}

/** The axes were an attribute and are an input now. */
const axesAsInput: Conversion = (parts) => {
  const axes = wholes(parts, "axes");
  const keepdims = parts.attribute("keepdims");
  return [
    loose(parts, parts.operator, {
      inputs: [required(parts, 0), axes && wholeVector(parts, axes)],
      attributes: keepdims ? { keepdims: wholeOr(parts, "keepdims", 1) } : {},
    }),
  ];
};

/** Before 13 all axes from one on were taken as one: the same over a matrix, put back. */
const overLastAxes: Conversion = (parts) => {
  const x = required(parts, 0);
  const axis = wholeOr(parts, "axis", 1);
  const matrix = loose(parts, "Flatten", { inputs: [x], attributes: { axis } });
  const found = loose(parts, parts.operator, { inputs: [matrix], attributes: { axis: -1 } });
  return [
    loose(parts, "Reshape", { inputs: [found, loose(parts, "Shape", { inputs: [x] })] }),
  ];
};

/** Out of training nothing is dropped. */
const dropout: Conversion = (parts) => {
  const training = parts.inputs[2] && parts.constant(2);
  if (parts.used[1] || (parts.inputs[2] && Number(training?.data[0] ?? 1) !== 0)) {
    throw parts.refuse("it must be a network that is not in training", "Dropout that drops");
  }
  return [required(parts, 0)];
};

/** The bounds were attributes; without them, those of float32. */
const clip: Conversion = (parts) => {
  const bound = (name: string) => parts.attribute(name) && parts.g.scalar(realOr(parts, name, 0));
  return [
    loose(parts, "Clip", { inputs: [required(parts, 0), bound("min"), bound("max")] }),
  ];
};

const pad: Conversion = (parts) => [
  loose(parts, "Pad", {
    inputs: [
      required(parts, 0),
      wholeVector(parts, wholes(parts, "pads") ?? []),
      parts.g.scalar(realOr(parts, "value", 0)),
    ],
    attributes: { mode: textOr(parts, "mode", "constant") },
  }),
];

const slice: Conversion = (parts) => {
  const starts = wholes(parts, "starts") ?? [];
  const axes = wholes(parts, "axes") ?? starts.map((_, axis) => BigInt(axis));
  const inputs = [starts, wholes(parts, "ends") ?? [], axes];
  return [
    loose(parts, "Slice", {
      inputs: [required(parts, 0), ...inputs.map((values) => wholeVector(parts, values))],
    }),
  ];
};

/** Resize of today: cell ⌊i/scale⌋ for nearest, i/scale for linear. */
const upsample: Conversion = (parts) => {
  const floats = parts.attribute("scales")?.floats;
  const scales = floats
    ? parts.g.constant({ data: Float32Array.from(floats), shape: [floats.length] })
    : required(parts, 1);
  const mode = textOr(parts, "mode", "nearest");
  return [
    loose(parts, "Resize", {
      inputs: [required(parts, 0), undefined, scales],
      attributes: {
        mode: mode === "bilinear" ? "linear" : mode,
        coordinate_transformation_mode: "asymmetric",
        nearest_mode: "floor",
      },
    }),
  ];
};

/** `spatial` 1, the default, is what it always is now. */
const batchNormalization: Conversion = (parts) => {
  if (wholeOr(parts, "spatial", 1) !== 1) {
    throw parts.refuse("a batch norm must be one a channel", "spatial 0");
  }
  const epsilon = { real: realOr(parts, "epsilon", 1e-5) };
  return [loose(parts, parts.operator, { inputs: parts.inputs, attributes: { epsilon } })];
};

/** The names of the modes changed. */
const gridSample: Conversion = (parts) => {
  const mode = textOr(parts, "mode", "linear");
  return [
    loose(parts, "GridSample", {
      inputs: parts.inputs,
      attributes: {
        align_corners: wholeOr(parts, "align_corners", 0),
        padding_mode: textOr(parts, "padding_mode", "zeros"),
        mode: { linear: "bilinear", cubic: "bicubic" }[mode] ?? mode,
      },
    }),
  ];
};

/** A number in the type of another value. */
function like(parts: NodeParts, value: number, x: Loose): Loose {
  return loose(parts, "CastLike", { inputs: [parts.g.scalar(value), x] });
}

/** ½x·(1 + erf(x/√2)); or, approximately, ½x·(1 + tanh(√(2/π)·(x + 0.044715x³))). */
const gelu: Conversion = (parts) => {
  const x = required(parts, 0);
  const of = (operator: string, ...inputs: Loose[]) => loose(parts, operator, { inputs });
  const times = (factor: number, value: Loose) => of("Mul", value, like(parts, factor, x));
  const inner = textOr(parts, "approximate", "none") === "tanh"
    ? of(
      "Tanh",
      times(Math.sqrt(2 / Math.PI), of("Add", x, times(0.044715, of("Mul", x, of("Mul", x, x))))),
    )
    : of("Erf", times(Math.SQRT1_2, x));
  return [of("Mul", times(0.5, x), of("Add", inner, like(parts, 1, x)))];
};

/** x·σ(αx). */
const swish: Conversion = (parts) => {
  const x = required(parts, 0);
  const scaled = loose(parts, "Mul", { inputs: [x, like(parts, realOr(parts, "alpha", 1), x)] });
  const gate = loose(parts, "Sigmoid", { inputs: [scaled] });
  return [loose(parts, "Mul", { inputs: [x, gate] })];
};

/** One number everywhere, 0 unless given. */
const constantOfShape: Conversion = (parts) => {
  const given = parts.attribute("value")?.t;
  const one = given ? parts.tensor(given) : parts.g.scalar(0);
  const number = loose(parts, "Reshape", { inputs: [one, wholeVector(parts, [])] });
  return [loose(parts, "Expand", { inputs: [number, required(parts, 0)] })];
};

const always = { from: 0, before: Infinity };
const reductions = "L1 L2 LogSum LogSumExp Max Mean Min Prod SumSquare".split(" ");

const conversions: Readonly<Record<string, Ranged>> = {
  ...Object.fromEntries(
    reductions.map((name) => [`Reduce${name}`, { from: 0, before: 18, convert: axesAsInput }]),
  ),
  ReduceSum: { from: 0, before: 13, convert: axesAsInput },
  Squeeze: { from: 0, before: 13, convert: axesAsInput },
  Unsqueeze: { from: 0, before: 13, convert: axesAsInput },
  Softmax: { from: 0, before: 13, convert: overLastAxes },
  LogSoftmax: { from: 0, before: 13, convert: overLastAxes },
  Clip: { from: 0, before: 11, convert: clip },
  Pad: { from: 0, before: 11, convert: pad },
  Slice: { from: 0, before: 10, convert: slice },
  Upsample: { from: 0, before: 10, convert: upsample },
  BatchNormalization: { from: 0, before: 9, convert: batchNormalization },
  GridSample: { from: 20, before: Infinity, convert: gridSample },
  Gelu: { ...always, convert: gelu },
  Swish: { ...always, convert: swish },
  Dropout: { ...always, convert: dropout },
  Split: { ...always, convert: splitNode },
  ConstantOfShape: { ...always, convert: constantOfShape },
};

/** How an operator of an operator set is written in ours; undefined where it needs nothing. */
export function conversionOf(operator: string, opset: number): Conversion | undefined {
  const found = Object.hasOwn(conversions, operator) ? conversions[operator] : undefined;
  return found && opset >= found.from && opset < found.before ? found.convert : undefined;
}
