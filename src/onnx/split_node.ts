/** Split with any number of results, as one Slice for each that is used. */

import {
  type Loose,
  loose,
  type NodeParts,
  required,
  wholeOr,
  wholes,
  wholeVector,
} from "./node_parts.ts";

/**
 * A split's parts: of the sizes given as attribute or constant, else equal ones, ⌈size/parts⌉,
 * of which the last may be smaller.
 */
export function splitNode(parts: NodeParts): readonly (Loose | undefined)[] {
  const x = required(parts, 0);
  const axis = wholeVector(parts, [BigInt(wholeOr(parts, "axis", 0))]);
  const slice = (start: Loose, end: Loose) =>
    loose(parts, "Slice", { inputs: [x, start, end, axis] });
  const sizes = givenSizes(parts);
  if (sizes) {
    let start = 0n;
    return sizes.map((size, i) => {
      const from = start;
      start += size;
      if (!parts.used[i]) return undefined;
      return slice(wholeVector(parts, [from]), wholeVector(parts, [start]));
    });
  }
  const count = BigInt(parts.used.length);
  const whole = loose(parts, "Gather", {
    inputs: [loose(parts, "Shape", { inputs: [x] }), axis],
    attributes: { axis: 0 },
  });
  const rounded = loose(parts, "Add", { inputs: [whole, wholeVector(parts, [count - 1n])] });
  const size = loose(parts, "Div", { inputs: [rounded, wholeVector(parts, [count])] });
  const times = (factor: number) =>
    loose(parts, "Mul", { inputs: [size, wholeVector(parts, [BigInt(factor)])] });
  return parts.used.map((used, i) => used ? slice(times(i), times(i + 1)) : undefined);
}

function givenSizes(parts: NodeParts): readonly bigint[] | undefined {
  const attribute = wholes(parts, "split");
  if (!attribute && !parts.inputs[1]) return undefined;
  const constant = parts.inputs[1] && parts.constant(1);
  const sizes = attribute ?? (constant && [...constant.data].map((size) => BigInt(size)));
  if (!sizes) throw parts.refuse("a split's sizes must be constants", "computed ones");
  if (sizes.length !== parts.used.length) {
    throw parts.refuse("a split must have a size a part", `${sizes.length} sizes`);
  }
  return sizes;
}
