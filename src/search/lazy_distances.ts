/** Exact distances to a growing set of centres, brought up to date only where asked for. */

import { squaredDistancesBetween } from "../math/distances.ts";
import { createGraph, type Graph } from "../onnx/graph.ts";
import { openSession, type Session } from "../onnx/session.ts";
import type { Value } from "../onnx/value.ts";
import type { Matrix } from "../types.ts";
import { largestProducts } from "./products.ts";
import { type ScaledRows, scaleRows } from "./scaled_rows.ts";

/** For each row its squared distance to the nearest centre, as of its last refresh. */
export interface LazyDistances extends AsyncDisposable {
  /**
   * [N], double precision, bit for bit what comparing with every centre known at the refresh
   * gives. Centres are only added, so it is never below the present distance.
   */
  readonly squared: Float64Array;
  /** Whether centres were added since the row's last refresh. */
  isStale(row: number): boolean;
  /** Brings rows up to date. */
  refresh(rows: readonly number[] | Int32Array): Promise<void>;
  /** A few up-to-date rows among which new centres will be chosen. */
  group(members: Int32Array): Promise<Group>;
}

/** Up-to-date rows that stay so while some of them become centres. */
export interface Group {
  /** Makes the member at this place a centre and brings all members up to date. */
  add(place: number): void;
}

/**
 * Candidates that the engine returns a row. Nearly always the first is the nearest centre, and
 * the last only proves that no other can be.
 */
const CANDIDATES = 3;

/** Rows multiplied at once, and the most products held at once (16 MB) unless rows are few. */
const TILE = 1024;
const SMALLEST_TILE = 64;
const MOST_PRODUCTS = 2 ** 22;

/** Unit roundoff of float32. */
const ROUNDOFF = 2 ** -24;

/** Far more than D products of scaled rows can lose by underflow, far less than any distance. */
const UNDERFLOW = 2 ** -100;

/** Places below this fit beside another whole number in one double that sorts by both. */
const PLACES = 2 ** 31;

/**
 * Starts with one centre. Exact without computing every distance in double precision:
 *
 * For scaled rows x, c of D numbers the float32 product x·c is off by at most γ‖x‖‖c‖ with
 * γ ≈ D·2⁻²⁴ in whatever order it is summed; with the roundings of scaling and adding the bias,
 * ‖x‖² + ‖c‖² − 2x·c is off by at most ε(‖x‖² + ‖c‖²), ε = (D + 16)·2⁻²⁴. So
 *
 *   (1 − ε)‖x‖² − 2·(x·c − ½(1 − ε)‖c‖²)  is a lower bound of ‖x − c‖².
 *
 * The engine gives each row the centres with the smallest lower bounds in order; these are measured
 * in double precision until the next bound exceeds the smallest distance known. Should the last
 * candidate not exceed it either, all new centres are measured.
 *
 * Source for γ: Higham 2002, Accuracy and Stability of Numerical Algorithms, section 3.1.
 * Cost: a refresh of R rows with C new centres takes O(R·C·D) in the engine, O(R·D) beside it.
 *
 * @param action what the caller is about to do, for refusals
 * @param rows [N, D]
 * @param options the first centre, and how many there may be at most
 * @throws {RangeError} when a number is not finite
 */
export async function lazyDistances(
  action: string,
  rows: Matrix,
  { start, most }: { readonly start: number; readonly most: number },
): Promise<LazyDistances> {
  const [N, D] = rows.shape;
  const scaled = scaleRows(action, rows);
  const squaredBetween = squaredDistancesBetween(rows, rows);
  const epsilon = 1.01 * (D + 16) * ROUNDOFF;
  const shrunkNorm = (row: number) => (1 - epsilon) * scaled.squaredNorms[row];
  const unscale = 1 / scaled.squaredScale;

  const chosen = new Int32Array(most);
  // Rows after the last centre have bias −∞: windows may reach past the end to be long enough.
  const centres = new Float32Array((most + CANDIDATES) * D);
  const bias = new Float32Array(most + CANDIDATES).fill(-Infinity);
  let count = 0;
  const append = (row: number) => {
    chosen[count] = row;
    scaled.write(row, centres, count);
    bias[count] = -0.5 * shrunkNorm(row);
    count++;
  };

  append(start);
  const squared = Float64Array.from({ length: N }, (_, i) => squaredBetween(i, start));
  /** How many centres each row's distance takes into account. */
  const seen = new Int32Array(N).fill(1);
  const gathered = new Float32Array(TILE * D);

  const nearest = await compile(scaled, nearestCentres);
  const products = await compile(scaled, allProducts);

  /** Rows of which the first has waited longest. */
  async function refreshTile(tile: Int32Array): Promise<void> {
    const from = seen[tile[0]];
    const window = Math.max(count - from, CANDIDATES);
    scaled.gather(tile, gathered);
    const { values, indices } = await nearest.run({
      rows: { data: gathered.subarray(0, tile.length * D), shape: [tile.length, D] },
      centres: { data: centres.subarray(from * D, (from + window) * D), shape: [window, D] },
      bias: { data: bias.subarray(from, from + window), shape: [1, window] },
    });
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
      if (measured === CANDIDATES && window > CANDIDATES) {
        for (let c = from; c < count; c++) best = Math.min(best, squaredBetween(row, chosen[c]));
      }
      squared[row] = best;
      seen[row] = count;
    }
  }

  return {
    squared,
    isStale: (row) => seen[row] < count,

    async refresh(stale) {
      // Rows that waited equally long share a window of new centres.
      const keys = Float64Array.from(stale, (row) => seen[row] * PLACES + row).sort();
      const order = Int32Array.from(keys, (key) => key % PLACES);
      for (let at = 0; at < order.length;) {
        const fitting = Math.floor(MOST_PRODUCTS / Math.max(1, count - seen[order[at]]));
        const size = Math.min(TILE, Math.max(SMALLEST_TILE, fitting));
        await refreshTile(order.subarray(at, at + size));
        at += size;
      }
    },

    async group(members) {
      const size = members.length;
      const data = new Float32Array(size * D);
      scaled.gather(members, data);
      const group = { data, shape: [size, D] };
      const product = (await products.run({ rows: group })).values.data;
      const own = Float64Array.from(members, (row) => shrunkNorm(row) - UNDERFLOW);
      return {
        add(place) {
          const centre = members[place];
          append(centre);
          for (let m = 0, at = place * size; m < size; m++, at++) {
            const row = members[m];
            const bound = unscale * (own[place] + own[m] - 2 * Number(product[at]));
            if (bound < squared[row]) {
              squared[row] = Math.min(squared[row], squaredBetween(row, centre));
            }
            seen[row] = count;
          }
        },
      };
    },

    async [Symbol.asyncDispose]() {
      await nearest.dispose();
      await products.dispose();
    },
  };
}

/** Compiles a step of rows [rows, D], still to be scaled, and scaled centres [centres, D]. */
function compile(
  { middle, scale }: ScaledRows,
  step: (g: Graph, scaled: (x: Value) => Value, D: number) => void,
): Promise<Session> {
  const g = createGraph();
  const scaled = (x: Value) => g.multiply(g.subtract(x, g.constant(middle)), g.scalar(scale));
  step(g, scaled, middle.shape[1]);
  return openSession(g.toModel());
}

function nearestCentres(g: Graph, scaled: (x: Value) => Value, D: number): void {
  const rows = scaled(g.input("rows", "float32", ["rows", D]));
  const centres = g.input("centres", "float32", ["centres", D]);
  const bias = g.input("bias", "float32", [1, "centres"]);
  const { values, indices } = largestProducts(g, rows, centres, { bias, count: CANDIDATES });
  g.output("values", values);
  g.output("indices", g.cast(indices, "int32"));
}

/** Every product between rows of a group. */
function allProducts(g: Graph, scaled: (x: Value) => Value, D: number): void {
  const rows = scaled(g.input("rows", "float32", ["rows", D]));
  g.output("values", g.linear(rows, rows, { transposed: true }));
}
