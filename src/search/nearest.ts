/** Exact nearest neighbours through the engine: as a step in a graph, and at once. */

import { cannot } from "../errors.ts";
import type { NeighbourOptions, Neighbours } from "../math/distances.ts";
import { expectCount, expectRows } from "../math/rows.ts";
import { evaluate } from "../onnx/evaluate.ts";
import type { Graph } from "../onnx/graph.ts";
import { type Dimension, expectRank, known, type Value } from "../onnx/value.ts";
import { shapeText, tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";
import { entriesAt } from "./grouped_top_k.ts";
import { largestProducts } from "./products.ts";

/** How many neighbours, and how the bank is cut. */
export interface NearestOptions extends NeighbourOptions {
  /** Bank rows multiplied at a time; the engine holds Q·tile products. Default 4096. */
  readonly tile?: number;
}

/**
 * Candidates beyond `count` that the products hand on to be measured directly, because products in
 * float32 can confuse rows that are almost equally near.
 */
const SPARE = 3;

/** Most numbers in one gathered block of candidate rows [Q, candidates, D]: 32 MB. */
const LARGEST_GATHER = 2 ** 23;

/** Queries searched for at a time by {@linkcode nearest}; assumed where a graph leaves Q open. */
const BLOCK = 2048;

const action = "find nearest rows";

/**
 * Exact nearest neighbours as a step: for every query the `count` nearest rows of a bank.
 *
 * Per tile of the bank one matrix product, q·b − ½‖b‖² = ½(‖q‖² − ‖q − b‖²), ranks the rows; the
 * best `count` + 3 over all tiles are then measured directly, d = √Σ(q − b)², so that nothing
 * cancels and the distance of a row to itself is 0. For the ranking both sides are moved by the
 * bank's mean, which changes no distance and keeps rows far from the origin from drowning in
 * rounding.
 *
 * What holds: distances are those of the rows returned to about 1e-6 relative. A returned row
 * is the true neighbour unless more than 3 others are nearer than it by less than the ranking's
 * rounding, about 1e-6·(‖q‖² + ‖b‖²) in squared distance after centring. Rows whose float32
 * distances are equal come lowest index first.
 *
 * A bank given as a tensor becomes a constant of the graph: its centring is then done once, when
 * the graph is compiled.
 *
 * Source: the products are the usual expansion of ‖q − b‖².
 * Differs: the usual expansion alone, as in faiss' flat index, loses near-zero distances; the
 * official PatchCore code returns *squared* distances.
 * Cost: O(Q·M·D) time, O(Q·tile) memory inside the engine, and 64 MB or two numbers for
 * every one in the queries, whichever is more.
 *
 * @param queries [Q, D]; Q may be open
 * @param bank [M, D], M known
 * @returns distances [Q, count], ascending; indices [Q, count]
 * @throws {TypeError} when one is not of rank 2
 * @throws {RangeError} when widths differ, count is not in 1…M or tile is not a whole number ≥ 1
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate, matrix } from "@kizu/kizu";
 * const { distances, indices } = await evaluate(
 *   (g, queries, bank) => nearestRows(g, queries, bank, { count: 2 }),
 *   matrix([[3, 4]]),
 *   matrix([[0, 0], [9, 9], [3, 5]]),
 * );
 * assertEquals([...distances.data], [1, 5]);
 * assertEquals([...indices.data], [2n, 0n]);
 * ```
 */
export function nearestRows(
  g: Graph,
  queries: Value,
  bank: Matrix | Value,
  { count, tile = 4096 }: NearestOptions,
): { readonly distances: Value; readonly indices: Value<"int64"> } {
  const rows = "data" in bank ? g.constant(bank) : bank;
  expectRank(action, queries, 2);
  expectRank(action, rows, 2);
  if (queries.shape[1] !== rows.shape[1]) {
    const both = `${shapeText(queries.shape)} and ${shapeText(rows.shape)}`;
    throw cannot(action, "queries and bank must be equally wide", both);
  }
  const M = known(action, rows.shape, 0);
  expectCount(action, count, M);
  if (!Number.isInteger(tile) || tile < 1) {
    throw cannot(action, "a tile must be a whole number of rows, at least 1", String(tile));
  }
  const candidates = candidateRows(g, queries, rows, { count: Math.min(M, count + SPARE), tile });
  const measured = distancesTo(g, queries, rows, candidates);
  const nearest = g.topK(measured, count, { smallest: true });
  return { distances: nearest.values, indices: entriesAt(g, candidates, nearest.indices) };
}

/** The rows that may be among the nearest, [Q, count], each query's in ascending order. */
function candidateRows(
  g: Graph,
  queries: Value,
  rows: Value,
  { count, tile }: Required<NearestOptions>,
): Value<"int64"> {
  const M = known(action, rows.shape, 0);
  const mean = g.mean(rows, [0], { keep: true });
  const centredQueries = g.subtract(queries, mean);
  const values: Value[] = [];
  const indices: Value<"int64">[] = [];
  for (let start = 0; start < M; start += tile) {
    const size = Math.min(tile, M - start);
    const part = size === M ? rows : g.slice(rows, [{ axis: 0, start, size }]);
    const centred = g.subtract(part, mean);
    const squaredNorms = g.sum(g.multiply(centred, centred), [1]);
    const bias = g.reshape(g.multiply(squaredNorms, g.scalar(-0.5)), [1, size]);
    const best = largestProducts(g, centredQueries, centred, {
      bias,
      count: Math.min(size, count),
    });
    values.push(best.values);
    indices.push(g.add(best.indices, g.integers([start])));
  }
  const found = g.concatenate(indices, 1);
  if (values.length === 1) return ascending(g, found);
  const best = g.topK(g.concatenate(values, 1), count);
  return ascending(g, entriesAt(g, found, best.indices));
}

/** Distances from every query to its candidates, measured directly, [Q, C]. */
function distancesTo(g: Graph, queries: Value, rows: Value, candidates: Value<"int64">): Value {
  const [Q, D] = queries.shape;
  const C = known(action, candidates.shape, 1);
  const numbers = known(action, queries.shape, 1) * (typeof Q === "number" ? Q : BLOCK);
  const group = Math.max(1, Math.floor(LARGEST_GATHER / numbers));
  const query = g.node(
    { operator: "Unsqueeze", inputs: [queries, g.integers([1])] },
    "float32",
    [Q, 1, D] satisfies Dimension[],
  );
  const squared: Value[] = [];
  for (let start = 0; start < C; start += group) {
    const size = Math.min(group, C - start);
    const part = size === C ? candidates : g.slice(candidates, [{ axis: 1, start, size }]);
    const difference = g.subtract(g.gather(rows, part), query);
    squared.push(g.sum(g.multiply(difference, difference), [2]));
  }
  return g.squareRoot(g.concatenate(squared, 1));
}

/** Each row sorted: equal distances found in this order keep the lowest index first. */
function ascending(g: Graph, x: Value<"int64">): Value<"int64"> {
  const result = { type: "int64", shape: x.shape } as const;
  const [sorted] = g.nodes(
    {
      operator: "TopK",
      inputs: [x, g.integers([known(action, x.shape, 1)])],
      attributes: { axis: -1, largest: 0, sorted: 1 },
    },
    result,
    result,
  );
  return sorted;
}

/**
 * Exact nearest neighbours at once: {@linkcode nearestRows} on blocks of 2,048 queries.
 *
 * Cost: O(Q·M·D) time; the memory of `nearestRows` for one block.
 *
 * @param queries [Q, D]
 * @param bank [M, D]
 * @throws {TypeError} when one is not a matrix
 * @throws {RangeError} when one is empty or not finite, widths differ, count is not in 1…M or tile
 * is not a whole number ≥ 1
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { matrix } from "@kizu/kizu";
 * const bank = matrix([[0, 0], [9, 9], [3, 5]]);
 * const { distances, indices } = await nearest(matrix([[3, 4]]), bank, { count: 1 });
 * assertEquals([...distances.data], [1]);
 * assertEquals([...indices], [2]);
 * ```
 */
export async function nearest(
  queries: Matrix,
  bank: Matrix,
  options: NearestOptions,
): Promise<Neighbours> {
  expectRows(action, queries);
  expectRows(action, bank);
  const { count } = options;
  const [Q, D] = queries.shape;
  expectCount(action, count, bank.shape[0]);
  const distances = new Float32Array(Q * count);
  const indices = new Int32Array(Q * count);
  for (let start = 0; start < Q; start += BLOCK) {
    const size = Math.min(BLOCK, Q - start);
    const block = tensor(queries.data.subarray(start * D, (start + size) * D), [size, D]);
    const found = await evaluate(
      (g, q, b) => {
        const { distances, indices } = nearestRows(g, q, b, options);
        return { distances, indices: g.cast(indices, "int32") };
      },
      block,
      bank,
    );
    distances.set(found.distances.data, start * count);
    indices.set(found.indices.data, start * count);
  }
  return { distances: tensor(distances, [Q, count]), indices };
}
