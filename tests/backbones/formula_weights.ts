/**
 * Weights by a formula of tensor name and index: whole networks can be compared with another
 * implementation without a weights file. `tests/fixtures/backbones/formula_weights.py` is the same
 * formula in numpy, equal to the bit.
 */

import { tensor } from "../../src/tensor.ts";
import type { Tensor } from "../../src/types.ts";

/** A tensor's name in the checkpoint and its shape. */
export type NamedShape = readonly [name: string, shape: readonly number[]];

/** 32-bit FNV-1a of the name's bytes (names are ASCII). */
export function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Murmur3's finaliser of seed + index · 0x9e3779b9, all modulo 2³². */
export function hashAt(seed: number, index: number): number {
  let hash = (seed + Math.imul(index, 0x9e3779b9)) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * How a tensor's values lie: offset ± factor.
 *
 * - weights of rank 2 and more: 0 ± √(6 / fan-in), which keeps the second moment through a ReLU;
 * - `running_var`: 1 ± ½; `running_mean` and biases: 0 ± 0.1;
 * - weights of rank 1 are a batch norm's: 1 ± ½, a quarter of it where the norm ends a residual
 *   branch, or the sums would grow with every block.
 */
function spread(
  name: string,
  shape: readonly number[],
  all: ReadonlyMap<string, readonly number[]>,
): { readonly offset: number; readonly factor: number } {
  if (name.endsWith(".running_var")) return { offset: 1, factor: 0.5 };
  if (name.endsWith(".running_mean") || name.endsWith(".bias")) return { offset: 0, factor: 0.1 };
  if (shape.length >= 2) {
    const fanIn = shape.slice(1).reduce((product, size) => product * size, 1);
    return { offset: 0, factor: Math.sqrt(6 / fanIn) };
  }
  const quarter = endsResidualBranch(name, all) ? 0.25 : 1;
  return { offset: quarter, factor: 0.5 * quarter };
}

/**
 * ResNet: `bn3` of a bottleneck, `bn2` of a block that has no `bn3`. EfficientNet: the norm after
 * the projection, in blocks that are not the first of their stage; where blocks are counted through
 * (`_blocks.4`), they are those that project to as many channels as the block before.
 */
function endsResidualBranch(
  name: string,
  all: ReadonlyMap<string, readonly number[]>,
): boolean {
  if (/^(?:layer\d+\.\d+|blocks\.\d\.[1-9]\d*)\.bn3\.weight$/.test(name)) return true;
  if (/^features\.\d\.[1-9]\d*\.block\.[23]\.1\.weight$/.test(name)) return true;
  const counted = /^_blocks\.(\d+)\._bn2\.weight$/.exec(name);
  if (counted) {
    const filters = (block: number) => all.get(`_blocks.${block}._project_conv.weight`)?.[0];
    return filters(Number(counted[1])) === filters(Number(counted[1]) - 1);
  }
  return /^(?:layer\d+\.\d+|blocks\.\d\.[1-9]\d*)\.bn2\.weight$/.test(name) &&
    !all.has(name.replace(".bn2.", ".bn3."));
}

/**
 * Value i of a tensor is offset + factor · u in float32, where u in [−1, 1) is a multiple of 2⁻²³
 * made of the upper 24 bits of the hash.
 *
 * @param shapes every tensor of one checkpoint: a rule looks at which others there are
 */
export function formulaWeights(shapes: Iterable<NamedShape>): ReadonlyMap<string, Tensor> {
  const all = new Map(shapes);
  return new Map([...all].map(([name, shape]) => {
    const { offset, factor } = spread(name, shape, all);
    return [name, tensor(values(name, shape, { offset, factor: Math.fround(factor) }), shape)];
  }));
}

function values(
  name: string,
  shape: readonly number[],
  { offset, factor }: { readonly offset: number; readonly factor: number },
): Float32Array {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const seed = seedOf(name);
  // Products and sums of float32 values are exact in double here, so storing rounds once.
  for (let i = 0; i < data.length; i++) {
    data[i] = offset + factor * ((hashAt(seed, i) >>> 8) / 0x800000 - 1);
  }
  return data;
}
