/**
 * What every metric starts from: checked scores and labels, in a form that is fast to order.
 *
 * Only the order of scores matters to these metrics, so a score becomes a 32-bit integer, its
 * *order key*: a < b exactly when key(a) < key(b), and −0 has the key of +0. A float32 score needs
 * no conversion in memory, its key is computed from its bits when it is read. Scores that need
 * float64 are replaced by their rank among the distinct scores; a rank is its own key.
 */

import { cannot } from "../errors.ts";
import type { AnomalyMap, Mask } from "../types.ts";

/** Scores, higher = more anomalous. Any order, any unit; NaN is refused, ±∞ are the extremes. */
export type Scores = Float32Array | Float64Array | readonly number[];

/** Labels beside scores: 0 or false = normal, 1 or true = anomalous. */
export type Labels = Uint8Array | readonly boolean[] | readonly number[];

/** Scores and labels of equal length: a piece of a list, or one map with its mask. */
export interface Part {
  /** Bits of float32 scores, or ranks: see {@linkcode orderKey}. */
  readonly bits: Int32Array;
  /** 0 normal, 1 anomalous. */
  readonly labels: Uint8Array;
}

/** Checked scores and labels. */
export interface LabelledScores {
  readonly parts: readonly Part[];
  readonly anomalous: number;
  readonly normal: number;
  /** The score that has this order key. */
  readonly scoreOf: (key: number) => number;
}

/** Long lists are cut into pieces of this many scores, so that working buffers stay in cache. */
const PIECE = 1 << 16;

/** Order keys of +∞ and −∞: what lies outside them is NaN. */
const INFINITE_KEY = 0x7f800000;

/** Four bytes seen as a float and as its bits. */
const oneFloat32 = new Float32Array(1);
const oneInt32 = new Int32Array(oneFloat32.buffer);

/**
 * The order key of a score from the bits of its float32 form. Positive floats are ordered like
 * their bits, negative ones in reverse; counting them down from −0 joins −0 to +0.
 */
export function orderKey(bits: number): number {
  return bits < 0 ? (-0x80000000 - bits) | 0 : bits;
}

/** Checks one list of scores with its labels. `action` begins the message of a refusal. */
export function labelledScores(action: string, scores: Scores, labels: Labels): LabelledScores {
  if (scores.length !== labels.length) {
    throw cannot(
      action,
      "scores and labels must be equally many",
      `${scores.length} scores, ${labels.length} labels`,
    );
  }
  if (scores.length === 0) throw cannot(action, "there must be scores", "none");
  const { bits, scoreOf } = orderBits(action, scores);
  const bytes = labelBytes(action, labels);
  const anomalous = countAnomalous(action, bytes, "label");
  const parts: Part[] = [];
  for (let from = 0; from < bits.length; from += PIECE) {
    parts.push({
      bits: bits.subarray(from, from + PIECE),
      labels: bytes.subarray(from, from + PIECE),
    });
  }
  return { parts, anomalous, normal: bits.length - anomalous, scoreOf };
}

/** Checks maps with their masks, one part an image. Nothing is copied. */
export function labelledPixels(
  action: string,
  maps: readonly AnomalyMap[],
  masks: readonly Mask[],
): LabelledScores {
  if (maps.length !== masks.length) {
    throw cannot(
      action,
      "maps and masks must be equally many",
      `${maps.length} maps, ${masks.length} masks`,
    );
  }
  let pixels = 0;
  let anomalous = 0;
  const parts = maps.map((map, i): Part => {
    const mask = masks[i];
    checkSizes(action, i, map, mask);
    const bits = bitsOf(map.data);
    refuseNaN(action, bits, `map ${i}, value`);
    pixels += bits.length;
    anomalous += countAnomalous(action, mask.data, `mask ${i}, value`);
    return { bits, labels: mask.data };
  });
  if (pixels === 0) throw cannot(action, "there must be scores", "no pixels");
  return { parts, anomalous, normal: pixels - anomalous, scoreOf: scoreOfFloat32Key };
}

/** Refuses scores of one class only. */
export function requireBothClasses(action: string, { anomalous, normal }: LabelledScores): void {
  if (anomalous === 0 || normal === 0) {
    throw cannot(
      action,
      "both normal and anomalous scores are needed",
      `${normal} normal, ${anomalous} anomalous`,
    );
  }
}

/** Scores as float64, NaN refused. Copies. */
export function finiteOrInfinite(action: string, scores: Scores): Float64Array {
  const values = new Float64Array(scores);
  const at = values.findIndex(Number.isNaN);
  if (at >= 0) throw cannot(action, "a score must be a number", `score ${at} is NaN`);
  return values;
}

function checkSizes(action: string, i: number, map: AnomalyMap, mask: Mask): void {
  const [height, width] = map.shape;
  if (width !== mask.width || height !== mask.height) {
    throw cannot(
      action,
      "a map and its mask must be equally large (width×height)",
      `map ${i} is ${width}×${height}, mask ${i} is ${mask.width}×${mask.height}`,
    );
  }
  const pixels = width * height;
  if (map.data.length !== pixels || mask.data.length !== pixels) {
    throw cannot(
      action,
      `${width}×${height} pixels must have ${pixels} values`,
      `map ${i} has ${map.data.length}, mask ${i} has ${mask.data.length}`,
    );
  }
}

/** A view of the scores' bits: no copy. */
function bitsOf(scores: Float32Array): Int32Array {
  return new Int32Array(scores.buffer, scores.byteOffset, scores.length);
}

function refuseNaN(action: string, bits: Int32Array, what: string): void {
  for (let i = 0; i < bits.length; i++) {
    if ((bits[i] & 0x7fffffff) > INFINITE_KEY) {
      throw cannot(action, "a score must be a number", `${what} ${i} is NaN`);
    }
  }
}

function orderBits(action: string, scores: Scores): Pick<Part, "bits"> & {
  scoreOf: (key: number) => number;
} {
  if (scores instanceof Float32Array) {
    const bits = bitsOf(scores);
    refuseNaN(action, bits, "score");
    return { bits, scoreOf: scoreOfFloat32Key };
  }
  const values = finiteOrInfinite(action, scores);
  if (values.every((value) => Math.fround(value) === value)) {
    return { bits: bitsOf(new Float32Array(values)), scoreOf: scoreOfFloat32Key };
  }
  const distinct = distinctAscending(values);
  const ranks = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) ranks[i] = rankIn(distinct, values[i]);
  return { bits: ranks, scoreOf: (rank) => distinct[rank] };
}

/** The inverse of {@linkcode orderKey}, as a number. */
function scoreOfFloat32Key(key: number): number {
  oneInt32[0] = key < 0 ? -0x80000000 - key : key;
  return oneFloat32[0];
}

/** The distinct values in ascending order; −0 and +0 are one value, +0. */
function distinctAscending(values: Float64Array): Float64Array {
  const sorted = values.slice().sort();
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (count === 0 || sorted[i] !== sorted[count - 1]) sorted[count++] = sorted[i] + 0;
  }
  return sorted.subarray(0, count);
}

function rankIn(distinct: Float64Array, value: number): number {
  let low = 0;
  let high = distinct.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (distinct[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function labelBytes(action: string, labels: Labels): Uint8Array {
  if (labels instanceof Uint8Array) return labels;
  const bytes = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    const value = Number(labels[i]);
    if (value !== 0 && value !== 1) throw badLabel(action, `label ${i} is ${labels[i]}`);
    bytes[i] = value;
  }
  return bytes;
}

function countAnomalous(action: string, labels: Uint8Array, what: string): number {
  let anomalous = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] > 1) throw badLabel(action, `${what} ${i} is ${labels[i]}`);
    anomalous += labels[i];
  }
  return anomalous;
}

function badLabel(action: string, found: string): Error {
  return cannot(action, "a label must be 0 (normal) or 1 (anomalous)", found);
}
