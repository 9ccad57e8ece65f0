/** Exact distances to a growing set of centres, found out only where they matter. */

import { squaredDistancesBetween } from "../math/distances.ts";
import { createGraph, type Graph } from "../onnx/graph.ts";
import { openSession, type Session } from "../onnx/session.ts";
import type { Value } from "../onnx/value.ts";
import type { Matrix } from "../types.ts";
import { biasedProducts, largestProducts } from "./products.ts";
import { type ScaledRows, scaleRows } from "./scaled_rows.ts";

/** For each row what is known of its squared distance to the nearest centre. */
export interface LazyDistances extends AsyncDisposable {
  /** [N], double precision: never below the present distance, and equal to it once settled. */
  readonly squared: Float64Array;
  /** Makes a row a centre. */
  add(row: number): void;
  /**
   * Lowers what is known of rows until it takes every centre into account or is below a level,
   * whichever comes first.
   * @returns whether a row had not yet taken every centre into account
   */
  lower(rows: Int32Array, level: number): Promise<boolean>;
  /**
   * Makes rows exact: bit for bit what comparing with every centre in double precision gives.
   * @returns whether a row was not yet exact
   */
  settle(rows: Int32Array): Promise<boolean>;
  /** A few settled rows, and the next centres or those from which they will be chosen. */
  group(members: Int32Array, candidates: Int32Array): Promise<Group>;
}

/** Settled rows that stay so while candidates become centres. */
export interface Group {
  /** Makes the candidate at this place a centre and settles all members. */
  add(place: number): void;
}

/**
 * Centres that may be a row's nearest, for which settling asks the engine. Nearly always the
 * first is it, and the second only proves that no other can be.
 */
const CANDIDATES = 3;

/** Centres that rows are compared with before those below the level leave. */
const CHUNK = 1024;

/** Rows multiplied at once, and the most products held at once (16 MB) unless rows are few. */
const TILE = 2048;
const SMALLEST_TILE = 64;
const MOST_PRODUCTS = 2 ** 22;

/** Unit roundoff of float32. */
const ROUNDOFF = 2 ** -24;

/** Far more than D products of scaled rows can lose by underflow, far less than any distance. */
const UNDERFLOW = 2 ** -100;

/**
 * Starts without centres: with distances, squared, to something that shall count as one, or with
 * other limits that no distance shall exceed. Exact without computing every distance in double
 * precision:
 *
 * For scaled rows x, c of D numbers the float32 sum of the products in x·c and of −½‖c‖² is off by
 * at most γ(‖x‖‖c‖ + ½‖c‖²) with γ ≈ D·2⁻²⁴ in whatever order it is taken; with the roundings of
 * scaling, ‖x‖² + ‖c‖² − 2x·c is off by at most ε(‖x‖² + ‖c‖²), ε = 2(D + 16)·2⁻²⁴. So
 *
 *   (1 ± ε)‖x‖² − 2·(x·c − ½(1 ± ε)‖c‖²)  is an upper (+) and a lower (−) bound of ‖x − c‖².
 *
 * The largest product over new centres lowers a row's upper bound. To settle a row the engine
 * gives the centres with the smallest lower bounds in order; these are measured in double precision
 * until the next bound exceeds the smallest distance known. Should the last candidate not exceed it
 * either, all centres since the row was last settled are measured.
 *
 * Source for γ: Higham 2002, Accuracy and Stability of Numerical Algorithms, section 3.1.
 * Cost: R rows with C new centres take O(R·C·D) in the engine at most, O(R·D) beside it.
 *
 * @param action what the caller is about to do, for refusals
 * @param rows [N, D]
 * @param options the distances to start with, [N], which are written to from now on; and how many
 * centres there may be at most
 * @throws {RangeError} when a number is not finite
 */
export async function lazyDistances(
  action: string,
  rows: Matrix,
  { squared, most }: { readonly squared: Float64Array; readonly most: number },
): Promise<LazyDistances> {
  const [N, D] = rows.shape;
  const scaled = scaleRows(action, rows);
  const squaredBetween = squaredDistancesBetween(rows, rows);
  const epsilon = 2.02 * (D + 16) * ROUNDOFF;
  const grownNorm = (row: number) => (1 + epsilon) * scaled.squaredNorms[row];
  const shrunkNorm = (row: number) => (1 - epsilon) * scaled.squaredNorms[row];
  const unscale = 1 / scaled.squaredScale;

  const chosen = new Int32Array(most);
  // Rows after the last centre have bias −∞: windows may reach past the end to be long enough.
  const centres = new Float32Array((most + CANDIDATES) * D);
  const upperBias = new Float32Array(most + CANDIDATES).fill(-Infinity);
  const lowerBias = new Float32Array(most + CANDIDATES).fill(-Infinity);
  let count = 0;
  const add = (row: number) => {
    chosen[count] = row;
    scaled.write(row, centres, count);
    upperBias[count] = -0.5 * grownNorm(row);
    lowerBias[count] = -0.5 * shrunkNorm(row);
    squared[row] = 0;
    count++;
  };

  /** How many centres each row's bound takes into account, and how many when it was exact. */
  const seen = new Int32Array(N);
  const settled = new Int32Array(N);

  const largest = await compile(scaled, largestProduct);
  const nearest = await compile(scaled, nearestCentres);
  const products = await compile(scaled, allProducts);

  /** What a session wants: some rows of all, and the centres from one to before another. */
  const feeds = (tile: Int32Array, bias: Float32Array, from: number, to: number) => ({
    rows,
    members: { data: tile, shape: [tile.length] },
    centres: { data: centres.subarray(from * D, to * D), shape: [to - from, D] },
    bias: { data: bias.subarray(from, to), shape: [1, to - from] },
  });

  /** Compares rows with the centres before one; the first row has waited longest. */
  async function lowerTile(tile: Int32Array, to: number): Promise<void> {
    const { values } = await largest.run(feeds(tile, upperBias, seen[tile[0]], to));
    for (let r = 0; r < tile.length; r++) {
      const row = tile[r];
      const bound = unscale * (grownNorm(row) + UNDERFLOW - 2 * Number(values.data[r]));
      if (bound < squared[row]) squared[row] = bound;
      seen[row] = to;
    }
  }

  async function settleTile(tile: Int32Array): Promise<void> {
    const from = settled[tile[0]];
    const to = Math.max(count, from + CANDIDATES);
    const { values, indices } = await nearest.run(feeds(tile, lowerBias, from, to));
    for (let r = 0, at = 0; r < tile.length; r++, at += CANDIDATES) {
      const row = tile[r];
      const own = shrunkNorm(row) - UNDERFLOW;
      let best = squared[row];
      let measured = 0;
      for (; measured < CANDIDATES; measured++) {
        const bound = unscale * (own - 2 * Number(values.data[at + measured]));
        if (bound > best) break;
        const centre = from + Number(indices.data[at + measured]);
        best = Math.min(best, squaredBetween(row, chosen[centre]));
      }
      if (measured === CANDIDATES && to - from > CANDIDATES) {
        for (let c = from; c < count; c++) best = Math.min(best, squaredBetween(row, chosen[c]));
      }
      squared[row] = best;
      seen[row] = settled[row] = count;
    }
  }

  return {
    squared,
    add,

    async lower(rows, level) {
      let behind = byWait(rows, seen, count);
      const any = behind.length > 0;
      for (let to = 0; to < count && behind.length > 0;) {
        to = Math.min(to + CHUNK, count);
        const ahead = behind.findIndex((row) => seen[row] >= to);
        const due = ahead < 0 ? behind : behind.subarray(0, ahead);
        for (const tile of tiles(due, seen, to)) await lowerTile(tile, to);
        behind = joined(due.filter((row) => squared[row] >= level), behind.subarray(due.length));
      }
      return any;
    },

    async settle(rows) {
      const unsettled = byWait(rows, settled, count);
      for (const tile of tiles(unsettled, settled, count)) await settleTile(tile);
      return unsettled.length > 0;
    },

    async group(members, candidates) {
      const { values } = await products.run({
        rows,
        members: { data: members, shape: [members.length] },
        candidates: { data: candidates, shape: [candidates.length] },
      });
      const own = Float64Array.from(members, (row) => shrunkNorm(row) - UNDERFLOW);
      return {
        add(place) {
          const centre = candidates[place];
          const norm = shrunkNorm(centre);
          add(centre);
          for (let m = 0, at = place * members.length; m < members.length; m++, at++) {
            const row = members[m];
            const bound = unscale * (norm + own[m] - 2 * Number(values.data[at]));
            if (bound < squared[row]) {
              squared[row] = Math.min(squared[row], squaredBetween(row, centre));
            }
            seen[row] = settled[row] = count;
          }
        },
      };
    },

    async [Symbol.asyncDispose]() {
      await largest.dispose();
      await nearest.dispose();
      await products.dispose();
    },
  };
}

/** Rows that do not yet take every centre into account, those that waited longest first. */
function byWait(rows: Int32Array, since: Int32Array, count: number): Int32Array {
  const waiting = Map.groupBy(rows, (row) => since[row]);
  waiting.delete(count);
  return Int32Array.from([...waiting].sort(([a], [b]) => a - b).flatMap(([, rows]) => rows));
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const both = new Int32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Cuts rows into tiles that are compared at once with the centres that the first waited for. */
function* tiles(order: Int32Array, since: Int32Array, to: number): Generator<Int32Array> {
  for (let at = 0; at < order.length;) {
    const fitting = Math.floor(MOST_PRODUCTS / (to - since[order[at]]));
    const size = Math.min(TILE, Math.max(SMALLEST_TILE, fitting));
    yield order.subarray(at, at + size);
    at += size;
  }
}

/** Compiles a step that takes some of the rows, by name of their numbers, and scales them. */
function compile(
  { middle, scale }: ScaledRows,
  step: (g: Graph, taken: (name: string) => Value) => void,
): Promise<Session> {
  const g = createGraph();
  const rows = g.input("rows", "float32", ["rows", middle.shape[1]]);
  step(g, (name) => {
    const taken = g.gather(rows, g.cast(g.input(name, "int32", [name]), "int64"));
    return g.multiply(g.subtract(taken, g.constant(middle)), g.scalar(scale));
  });
  return openSession(g.toModel());
}

function largestProduct(g: Graph, taken: (name: string) => Value): void {
  const members = taken("members");
  const { centres, bias } = windowOf(g, members);
  g.output("values", g.largest(biasedProducts(g, members, centres, bias), [1]));
}

function nearestCentres(g: Graph, taken: (name: string) => Value): void {
  const members = taken("members");
  const { centres, bias } = windowOf(g, members);
  const { values, indices } = largestProducts(g, members, centres, { bias, count: CANDIDATES });
  g.output("values", values);
  g.output("indices", g.cast(indices, "int32"));
}

/** Every product between candidates and members, [candidates, members]. */
function allProducts(g: Graph, taken: (name: string) => Value): void {
  g.output("values", g.linear(taken("candidates"), taken("members"), { transposed: true }));
}

/** Centres that follow each other, scaled before, and their biases. */
function windowOf(g: Graph, members: Value): { readonly centres: Value; readonly bias: Value } {
  return {
    centres: g.input("centres", "float32", ["centres", members.shape[1]]),
    bias: g.input("bias", "float32", [1, "centres"]),
  };
}
