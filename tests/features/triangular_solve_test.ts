import { assert, assertEquals } from "@std/assert";
import { evaluate, tensor } from "../../mod.ts";
import { packTriangular, solveTriangular } from "../../src/features/triangular_solve.ts";
import { solveLower } from "../../src/math/cholesky.ts";
import { wave } from "../fixtures/padim/wave.ts";

Deno.test("solving in bands equals solving row by row, around every edge of the bands", async () => {
  const columns = 5;
  let most = 0;
  for (const n of [1, 2, 63, 64, 65, 128, 150, 209]) {
    const entries = wave(n, [2, n, n]).data;
    const lower = [0, 1].map((b) =>
      Float64Array.from({ length: n * n }, (_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        const entry = entries[b * n * n + at];
        // What is above the diagonal is not read.
        return j > i ? NaN : i === j ? 1.5 + entry / 2 : entry / n;
      })
    );
    const packed = new Float32Array(2 * n * n).fill(7);
    lower.forEach((l, b) => packTriangular(l, n, packed.subarray(b * n * n, (b + 1) * n * n)));
    const x = wave(500, [2, n, columns]);
    const { data, shape } = await evaluate(
      (g, l, x) => solveTriangular(g, l, x),
      tensor(packed, [2, n, n]),
      x,
    );
    assertEquals(shape, [2, n, columns]);
    lower.forEach((l, b) => {
      for (let k = 0; k < columns; k++) {
        const right = Array.from({ length: n }, (_, i) => x.data[(b * n + i) * columns + k]);
        const expected = solveLower(l, right);
        assertEquals(expected.length, n);
        expected.forEach((w, i) => {
          most = Math.max(most, Math.abs(w - data[(b * n + i) * columns + k]));
        });
      }
    });
  }
  console.log(`bands and rows: largest difference ${most.toExponential(1)}`);
  assert(most < 2e-6);
});
