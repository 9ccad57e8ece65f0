/** Random projection of many rows through the engine. */

import { projectionMatrix, type ProjectionOptions } from "../math/random_projection.ts";
import { expectRows } from "../math/rows.ts";
import { createGraph } from "../onnx/graph.ts";
import { openSession } from "../onnx/session.ts";
import { tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";

/** Rows multiplied at a time: enough to keep the engine busy, few enough to stay in its caches. */
const BLOCK = 4096;

/**
 * Rows projected to `dimensions` columns, Y = X·R with R of {@linkcode projectionMatrix}: what
 * {@linkcode gaussianProjection} gives, up to float32 sums.
 *
 * Source: Roth et al. 2022, PatchCore, algorithm 1 (ψ, from Johnson and Lindenstrauss 1984).
 * Cost: O(N·D·n) time in the engine; beside the result the memory of one block of 4,096 rows.
 *
 * @param rows [N, D]
 * @returns [N, n]
 * @throws {TypeError} when rows is not a matrix
 * @throws {RangeError} when it is empty or not finite, or dimensions is not a whole number ≥ 1
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rows = { data: new Float32Array(6).fill(1), shape: [2, 3] } as const;
 * const projected = await project(rows, { dimensions: 4, seed: 0 });
 * assertEquals(projected.shape, [2, 4]);
 * ```
 */
export async function project(rows: Matrix, options: ProjectionOptions): Promise<Matrix> {
  expectRows("project rows", rows);
  const [N, D] = rows.shape;
  const n = options.dimensions;
  const g = createGraph();
  const x = g.input("rows", "float32", ["rows", D]);
  g.output("projected", g.multiplyMatrices(x, g.constant(projectionMatrix(D, options))));
  await using session = await openSession(g.toModel());
  const projected = new Float32Array(N * n);
  for (let start = 0; start < N; start += BLOCK) {
    const size = Math.min(BLOCK, N - start);
    const data = rows.data.subarray(start * D, (start + size) * D);
    const block = await session.run({ rows: { data, shape: [size, D] } });
    projected.set(block.projected.data as Float32Array, start * n);
  }
  return tensor(projected, [N, n]);
}
