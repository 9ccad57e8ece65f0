/** Rows to select from: easy, tied, tight, far from the origin, tiny, huge. */

import { seededRandom } from "../../src/random.ts";
import { takeRows, tensor } from "../../src/tensor.ts";
import type { Matrix } from "../../src/types.ts";

/** A matrix from a value for each place. */
export function filled(
  rows: number,
  columns: number,
  value: (row: number, column: number) => number,
): Matrix {
  const data = Float32Array.from(
    { length: rows * columns },
    (_, i) => value(Math.floor(i / columns), i % columns),
  );
  return tensor(data, [rows, columns]);
}

const random = seededRandom(0);
/** Standard normal numbers. */
export const noise = (rows: number, columns: number): Matrix =>
  filled(rows, columns, () => random.normal());

/** Twelve clusters. */
export function clusters(rows: number, columns: number, spread: number): Matrix {
  const centres = noise(12, columns);
  return filled(
    rows,
    columns,
    (i, k) => 5 * centres.data[i % 12 * columns + k] + spread * random.normal(),
  );
}

/** Rows on which a selection that only nearly compares goes wrong. */
export const hardRows: Readonly<Record<string, () => Matrix>> = {
  "white noise": () => noise(3000, 24),
  "white noise of more rows than one front": () => noise(12_000, 6),
  "clusters": () => clusters(3000, 24, 0.5),
  "tight clusters": () => clusters(2000, 24, 1e-4),
  "clusters tighter than float32 products can tell": () => clusters(600, 24, 1e-6),
  "many exact copies": () => {
    const few = noise(150, 16);
    return takeRows(few, Int32Array.from({ length: 1500 }, () => random.integer(150)));
  },
  "a grid full of ties": () => filled(2500, 2, (i, k) => k === 0 ? i % 50 : Math.floor(i / 50)),
  "corners of a simplex, all equally far": () => filled(700, 700, (i, k) => i === k ? 1 : 0),
  "rows far from the origin": () => filled(1500, 16, () => 1000 + random.normal()),
  "a few rows very far from the rest": () =>
    filled(1500, 16, (i) => (i % 400 === 7 ? 1e6 : 1) * random.normal()),
  "heavy tails": () => filled(1500, 8, () => Math.exp(6 * random.normal())),
  "tiny numbers": () => filled(800, 8, () => 1e-30 * random.normal()),
  "huge numbers": () => filled(800, 8, () => 1e30 * random.normal()),
  "numbers from tiny to huge": () => filled(800, 4, () => 10 ** (60 * random.uniform() - 30)),
  "rows in ascending order": () => filled(2000, 1, (i) => i * i),
  "rows from the outside in": () => filled(2000, 1, (i) => (i % 2 ? -1 : 1) * (2000 - i)),
  "a single column of few values": () => filled(1000, 1, () => random.integer(9)),
  "five columns, no multiple of four": () => noise(1000, 5),
};
