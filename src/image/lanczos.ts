/**
 * Pillow's LANCZOS (once called ANTIALIAS) as steps of the graph: the operator set of ONNX has no
 * such filter.
 */

import type { Graph } from "../onnx/graph.ts";
import { broadcast, type Dimension, type ElementType, type Value } from "../onnx/value.ts";

/** a: the filter is 0 from so many pixels on, of the coarser of both grids. */
const LOBES = 3;
/** Output rows that are worked out together, from one stretch of input rows. */
const BLOCK = 16;
/** Pillow's weights are multiples of 2⁻²². */
const WEIGHT_STEPS = 2 ** 22;
/** ONNX's number for double precision, and π as the fraction that a double holds of it. */
const DOUBLE = 11;
const PI = { numerator: 884279719003555, denominator: 2 ** 48 };

/**
 * A value of double precision. The graph builder has no name for it, so it says float32 of itself;
 * such values live inside this file only, and both sides of every operation on them are doubles.
 */
type Double = Value;

/** Where a resampled axis comes from and what of it is kept. */
interface Axis {
  /** Its size after resizing, int64 [1]. */
  readonly resized: Value<"int64">;
  /** The first kept entry of these, int64 [1]. */
  readonly start: Value<"int64">;
  /** How many are kept. */
  readonly size: number;
}

/**
 * Resizes by Lanczos' filter and keeps a part: across first, then down, each with Pillow's weights
 * in steps of 2⁻²², each rounded to whole grey levels. Equal to the bit to Pillow's
 * `resize(…, LANCZOS)`, and to its `ANTIALIAS` of before.
 *
 *   yᵢ = ⌊Σₓ wᵢₓ·pₓ + ½⌋, wᵢₓ ∝ L((x + ½ − (i + ½)·n/m) / max(1, n/m)) from n to m entries,
 *   L(t) = sinc(t)·sinc(t/3) for |t| < 3, else 0
 *
 * Source: Duchon 1979, Lanczos filtering in one and two dimensions; Pillow's Resample.c.
 * Differs: Pillow 13 goes down first where the height loses more than twice as many pixels as the
 * width; versions before, which the published numbers come from, never did. Sharp edges of such
 * photos then differ by several grey levels.
 * Cost: a value of either pass takes 6·r old ones for a reduction by r (6 for an enlargement). They
 * are multiplied densely, sixteen rows over one stretch of old ones: O(21·r) a value instead.
 *
 * @param image uint8 [height, width, planes]; height and width may be known only at run time
 * @param down heights, @param across widths: after resizing, and what of them is kept
 * @returns uint8 [planes, down.size, across.size]
 */
export function resizeLanczos(
  g: Graph,
  image: Value<"uint8">,
  { down, across }: { readonly down: Axis; readonly across: Axis },
): Value<"uint8"> {
  const columns = g.transpose(image, [1, 0, 2]);
  const narrow = resample(g, columns, across);
  const rows = g.transpose(narrow, [1, 0, 2]);
  return g.transpose(resample(g, rows, down), [2, 0, 1]);
}

/** Along the first axis of uint8 [n, rest, planes]: to [size, rest, planes]. */
function resample(g: Graph, x: Value<"uint8">, axis: Axis): Value<"uint8"> {
  const [, rest, planes] = x.shape;
  const blocks = Math.ceil(axis.size / BLOCK);
  const { weights, taken } = weightsOf(g, x, axis, blocks);
  const stretches = toDouble(g, g.gather(x, taken));
  const flat = double(
    g,
    "Reshape",
    [stretches, g.integers([0, 0, -1])],
    [blocks, "taken", "numbers"],
  );
  const sums = double(g, "MatMul", [weights, flat], [blocks, BLOCK, "numbers"]);
  const half = double(g, "Add", [sums, number(g, 1, 2)], sums.shape);
  const whole = double(g, "Floor", [half], sums.shape);
  const grey = double(g, "Clip", [whole, number(g, 0), number(g, 255)], sums.shape);
  const levels = g.cast(grey, "uint8");
  // [blocks, BLOCK, rest·planes] to [blocks·BLOCK, rest, planes]. What the last block has too many
  // is cut off: it may be beyond the border, where weights are 0/0.
  const sizes = g.concatenate([
    g.integers([blocks * BLOCK]),
    g.slice(g.shapeOf(x), [{ axis: 0, start: 1, size: 2 }]),
  ], 0);
  const shaped = g.node(
    { operator: "Reshape", inputs: [levels, sizes] },
    "uint8",
    [blocks * BLOCK, rest, planes],
  );
  return g.slice(shaped, [{ axis: 0, start: 0, size: axis.size }]);
}

/**
 * Weights of each block's rows over the stretch of entries that they look at, [blocks, BLOCK, k],
 * and these entries, [blocks, k].
 *
 * Distances are counted in units of 1/2m of an entry, in whole numbers: nothing is rounded before
 * the sine. u = πt/3 gives L(t) = (sin u / u)²·(1 − 4/3·sin² u), as sin 3u = 3 sin u − 4 sin³ u.
 */
function weightsOf(
  g: Graph,
  x: Value<"uint8">,
  { resized: m, start }: Axis,
  blocks: number,
): { readonly weights: Double; readonly taken: Value<"int64"> } {
  const whole = (value: number) => g.integers([value]);
  const n = g.slice(g.shapeOf(x), [{ axis: 0, start: 0, size: 1 }]);
  const unit = g.multiply(m, whole(2));
  const reach = g.multiply(g.maximum(n, m), whole(2 * LOBES));

  // Twice the centre of output row i is (2i + 1)·n/m entries from the border.
  const kept = g.constant<"int64">({
    data: BigInt64Array.from({ length: blocks * BLOCK }, (_, i) => BigInt(i)),
    shape: [blocks, BLOCK, 1],
  });
  const odd = g.add(g.multiply(g.add(kept, start), whole(2)), whole(1));
  const centres = g.multiply(odd, n);

  // Every block's stretch begins before the first entry within reach of its first row. A
  // division rounds towards 0, which is beyond the border already.
  const firstRow = g.slice(centres, [{ axis: 1, start: 0, size: 1 }]);
  const first = g.divide(g.subtract(firstRow, reach), unit);
  const spread = g.add(g.multiply(n, whole(2 * (BLOCK - 1))), g.multiply(reach, whole(2)));
  const count = g.add(g.divide(spread, unit), whole(3));
  const steps = range(g, count);
  const entries = g.add(first, steps);

  const position = g.multiply(g.add(g.multiply(entries, whole(2)), whole(1)), m);
  const apart = g.subtract(position, centres);
  const distance = g.node({ operator: "Abs", inputs: [apart] }, "int64", apart.shape);
  const last = g.subtract(n, whole(1));
  const inside = g.maximum(g.minimum(entries, last), whole(0));
  const near = logical(g, "And", [
    logical(g, "Less", [distance, reach]),
    logical(g, "Equal", [entries, inside]),
  ]);

  const shape = apart.shape;
  const on = (operator: string, a: Double, b: Double) => double(g, operator, [a, b], shape);
  const turn = on("Mul", toDouble(g, apart), pi(g));
  const u = on("Div", turn, toDouble(g, reach));
  const sine = double(g, "Sin", [u], shape);
  const atCentre = logical(g, "Equal", [apart, whole(0)]);
  const ratio = double(g, "Where", [atCentre, number(g, 1), on("Div", sine, u)], shape);
  const squared = on("Mul", sine, sine);
  const lobes = on("Sub", number(g, 1), on("Mul", squared, number(g, 4, 3)));
  const raw = on("Mul", on("Mul", ratio, ratio), lobes);
  const windowed = double(g, "Where", [near, raw, number(g, 0)], shape);
  const sum = g.sum(windowed, [2], { keep: true });
  const share = on("Div", windowed, sum);
  const rounded = double(g, "Round", [on("Mul", share, number(g, WEIGHT_STEPS))], shape);
  return {
    weights: on("Div", rounded, number(g, WEIGHT_STEPS)),
    taken: g.node({ operator: "Squeeze", inputs: [inside, whole(1)] }, "int64", [blocks, "taken"]),
  };
}

/** A node whose result is of double precision. */
function double(
  g: Graph,
  operator: string,
  inputs: readonly Value<ElementType>[],
  shape: readonly Dimension[],
): Double {
  return g.node({ operator, inputs }, "float32", shape);
}

function toDouble(g: Graph, x: Value<ElementType>): Double {
  return g.node({ operator: "Cast", inputs: [x], attributes: { to: DOUBLE } }, "float32", x.shape);
}

/** A fixed double as a fraction of whole numbers, [1]. */
function number(g: Graph, numerator: number, denominator = 1): Double {
  const [p, q] = [numerator, denominator].map((value) => toDouble(g, g.integers([value])));
  return double(g, "Div", [p, q], [1]);
}

function pi(g: Graph): Double {
  return number(g, PI.numerator, PI.denominator);
}

/** 0, 1, … count − 1. */
function range(g: Graph, count: Value<"int64">): Value<"int64"> {
  const scalar = (value: number) =>
    g.constant<"int64">({ data: BigInt64Array.of(BigInt(value)), shape: [] });
  const end = g.node({ operator: "Squeeze", inputs: [count] }, "int64", []);
  return g.node({ operator: "Range", inputs: [scalar(0), end, scalar(1)] }, "int64", ["taken"]);
}

function logical(
  g: Graph,
  operator: "And" | "Less" | "Equal",
  [a, b]: readonly [Value<ElementType>, Value<ElementType>],
): Value<"bool"> {
  return g.node({ operator, inputs: [a, b] }, "bool", broadcast("compare", a.shape, b.shape));
}
