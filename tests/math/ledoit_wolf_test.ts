import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { mahalanobis } from "../../src/math/covariance.ts";
import { ledoitWolf, type ShrunkGaussian, shrunkGaussian } from "../../src/math/ledoit_wolf.ts";
import { principalAxes } from "../../src/math/principal_axes.ts";
import { matrix, tensor } from "../../src/tensor.ts";
import type { Matrix } from "../../src/types.ts";
import fixture from "../fixtures/gaussian_ad/gaussians.json" with { type: "json" };
import { rows } from "./formula_rows.ts";

/** √(Σ c²/σ² + ‖rest‖²/ρ) in double precision, one row after another. */
function distancesTo(gaussian: ShrunkGaussian, { data, shape: [N, D] }: Matrix): number[] {
  const { mean, axes, variances, rest } = gaussian;
  return Array.from({ length: N }, (_, i) => {
    const beyond = mean.map((m, d) => data[i * D + d] - m);
    const deviation = beyond.slice();
    let sum = 0;
    variances.forEach((variance, k) => {
      const axis = axes.subarray(k * D, (k + 1) * D);
      const along = axis.reduce((c, a, d) => c + a * deviation[d], 0);
      axis.forEach((a, d) => beyond[d] -= along * a);
      sum += along * along / variance;
    });
    return Math.sqrt(rest === undefined ? sum : sum + beyond.reduce((s, x) => s + x * x, 0) / rest);
  });
}

function largest(found: ArrayLike<number>, expected: readonly number[]): number {
  assertEquals(found.length, expected.length);
  return expected.reduce((most, e, i) => Math.max(most, Math.abs(found[i] - e) / Math.abs(e)), 0);
}

Deno.test("shrinkage, covariance and distances equal scikit-learn's, dense and by axes", () => {
  assertEquals(fixture.ledoitWolf.length, 8);
  for (const known of fixture.ledoitWolf) {
    const { count, columns, constant } = known;
    const train = rows(0, count, columns, constant);
    const queries = rows(1000, 4, columns, constant);
    const fast = shrunkGaussian(train);
    const found: [string, number, number[]][] = [
      ["by axes", fast.shrinkage, distancesTo(fast, queries)],
    ];
    // The dense one takes N·D² steps of three reads: not for the widest.
    if (columns < 1000) {
      const plain = ledoitWolf(train);
      const distances = Array.from(mahalanobis(queries, plain));
      if (known.covariance) {
        const unit = Math.max(...known.covariance);
        const most = known.covariance.reduce(
          (m, c, i) => Math.max(m, Math.abs(c - plain.covariance[i]) / unit),
          0,
        );
        assertEquals(plain.covariance.length, known.covariance.length);
        assert(most < 1e-14, `covariance ${most}`);
      }
      found.push(["dense", plain.shrinkage, distances]);
    }
    for (const [name, shrinkage, distances] of found) {
      const apart = Math.abs(shrinkage - known.shrinkage);
      const most = largest(distances, known.distances);
      console.log(
        `[${count}, ${columns}] ${name}: shrinkage differs by ${apart.toExponential(1)}, ` +
          `distances by ${most.toExponential(1)}`,
      );
      assert(apart < 1e-13 && most < 1e-11);
    }
  }
});

Deno.test("reduced Gaussians equal scikit-learn's PCA and LedoitWolf", () => {
  assertEquals(fixture.reductions.length, 12);
  let most = 0;
  for (const known of fixture.reductions) {
    const { count, columns, variance } = known;
    const reduction = known.reduction === "pca" ? "pca" : "npca";
    const gaussian = shrunkGaussian(rows(0, count, columns), { reduction, variance });
    assertEquals(gaussian.dimensions, known.dimensions);
    assertEquals(gaussian.rest, undefined);
    assertAlmostEquals(gaussian.shrinkage, known.shrinkage, 1e-10);
    most = Math.max(most, largest(distancesTo(gaussian, rows(1000, 4, columns)), known.distances));
  }
  console.log(`reduced: largest relative difference of distances ${most.toExponential(1)}`);
  assert(most < 1e-10);
});

Deno.test("six numbers: shrinkage by hand", () => {
  // Centred: ±1 and ±2 along two axes. S = diag(2/4, 8/4), μ = 5/4, d² = (3/4)²,
  // b² = (¼·(1+1+16+16) − (¼ + 4))/(4·2).
  const cross = matrix([[1, 5], [-1, 5], [0, 7], [0, 3]]);
  const { shrinkage, mean, covariance } = ledoitWolf(cross);
  const s = (8.5 - 4.25) / 8 / 0.5625;
  assertAlmostEquals(shrinkage, s, 1e-15);
  assertEquals([...mean], [0, 5]);
  assertAlmostEquals(covariance[0], (1 - s) * 0.5 + s * 1.25, 1e-15);
  assertEquals(covariance[1], 0);
  const fast = shrunkGaussian(cross);
  assertAlmostEquals(fast.shrinkage, s, 1e-15);
  assertAlmostEquals(fast.variances[0], (1 - s) * 2 + s * 1.25, 1e-15);
});

Deno.test("a column that never varies gets the shrunk variance, not zero", () => {
  const { rest, dimensions, variances } = shrunkGaussian(rows(0, 12, 5, 2));
  assertEquals([dimensions, variances.length], [5, 4]);
  assert(rest !== undefined && rest > 0);
});

Deno.test("moving and scaling the rows moves and scales the Gaussian", () => {
  const plain = rows(0, 30, 12);
  const moved = tensor(plain.data.map((x) => 4 * Math.fround(x + 8)), plain.shape);
  const [a, b] = [shrunkGaussian(plain), shrunkGaussian(moved)];
  assertAlmostEquals(a.shrinkage, b.shrinkage, 1e-6);
  a.variances.forEach((v, k) => assertAlmostEquals(b.variances[k] / v, 16, 1e-3));
});

Deno.test("leading axes and trailing axes together are all axes", () => {
  const train = rows(0, 60, 40);
  const { count, variances } = principalAxes(train);
  const total = variances.reduce((sum, v) => sum + v, 0);
  for (const variance of [0.05, 0.5, 0.9, 0.999]) {
    const leading = shrunkGaussian(train, { reduction: "pca", variance }).dimensions;
    const trailing =
      shrunkGaussian(train, { reduction: "npca", variance: 1 - variance }).dimensions;
    // The axis on the boundary belongs to both.
    assert(leading + trailing - count === 1 || leading + trailing === count, `${leading}`);
    const held = variances.slice(0, leading).reduce((sum, v) => sum + v, 0);
    assert(held >= variance * total && held - variances[leading - 1] < variance * total);
  }
  assertEquals(shrunkGaussian(train, { reduction: "pca", variance: 1 }).dimensions, count);
  assertEquals(shrunkGaussian(train, { reduction: "npca", variance: 1 }).dimensions, count);
});

Deno.test("principal axes are orthonormal and give the rows back, tall and wide", () => {
  for (const [N, D] of [[50, 8], [8, 50], [9, 9], [2, 5], [5, 1]] as const) {
    const x = rows(3, N, D);
    const { count, mean, axes, variances, coordinates } = principalAxes(x);
    assertEquals(count, Math.min(N - 1, D));
    assertEquals([mean.length, variances.length], [D, count]);
    let off = 0;
    for (let i = 0; i < N; i++) {
      for (let d = 0; d < D; d++) {
        let value = mean[d];
        for (let k = 0; k < count; k++) value += coordinates[i * count + k] * axes[k * D + d];
        off = Math.max(off, Math.abs(value - x.data[i * D + d]));
      }
    }
    for (let k = 0; k < count; k++) {
      for (let l = 0; l <= k; l++) {
        let inner = 0;
        for (let d = 0; d < D; d++) inner += axes[k * D + d] * axes[l * D + d];
        off = Math.max(off, Math.abs(inner - (k === l ? 1 : 0)));
      }
    }
    console.log(`axes of [${N}, ${D}]: largest difference ${off.toExponential(1)}`);
    assert(off < 1e-12);
  }
});

Deno.test("fitting does not change the rows", () => {
  const x = rows(0, 6, 9);
  const before = x.data.slice();
  ledoitWolf(x);
  shrunkGaussian(x, { reduction: "npca", variance: 0.5 });
  assertEquals(x.data, before);
});

Deno.test("rows from which no Gaussian can be known are refused", () => {
  const refused = (x: Matrix, message: string, options = {}) =>
    assertThrows(() => shrunkGaussian(x, options), RangeError, message);
  refused(tensor(new Float32Array(12).fill(0.1), [4, 3]), "4 rows, all equal");
  refused(matrix([[1, 2, 3]]), "1 rows, all equal");
  // Two rows, or two kinds of rows, ask for no shrinkage at all.
  refused(matrix([[1, 2, 3], [1.5, 2.5, 7]]), "2 rows vary in 1 of 3 directions");
  refused(matrix([[1, 2], [3, 5], [1, 2], [3, 5]]), "singular");
  refused(rows(0, 2, 1280), "singular");
  refused(matrix([[1, NaN], [2, 3]]), "NaN in row 0");
  refused(matrix([[1, 1], [2, -Infinity]]), "-Infinity in row 1");
  for (const variance of [0, -1, 1.01, NaN]) {
    refused(rows(0, 6, 9), "(0, 1]", { reduction: "pca", variance });
  }
  assertThrows(() => ledoitWolf(matrix([[NaN]])), RangeError, "NaN in row 0");
});
