import { assert, assertEquals, assertThrows } from "@std/assert";
import { gaussianOf } from "../../src/math/covariance.ts";
import { principalComponents } from "../../src/math/principal_components.ts";
import { principalDimensions } from "../../src/features/dimensions.ts";
import { wave } from "../fixtures/padim/wave.ts";

const expected: {
  readonly directions: readonly number[];
  readonly variances: readonly number[];
  readonly share: number;
} = JSON.parse(
  await Deno.readTextFile(new URL("../fixtures/padim/math.json", import.meta.url)),
);
const rows = wave(0, [40, 7]);
const { covariance } = gaussianOf(rows);

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assertEquals(a.length, b.length);
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
}

Deno.test("directions, variances and their share equal scikit-learn's PCA", async () => {
  assertEquals(expected.directions.length, 21);
  const sides = [
    ["from the covariance", principalComponents(covariance, { size: 7, count: 3 })],
    ["through the engine", await principalDimensions(rows, { count: 3 })],
  ] as const;
  for (const [name, { directions, variances, share }] of sides) {
    const most = Math.max(
      largestDifference(directions.data, expected.directions),
      largestDifference(variances, expected.variances),
      Math.abs(share - expected.share),
    );
    console.log(`${name}: largest difference ${most.toExponential(1)}`);
    assert(most < 5e-6);
  }
});

Deno.test("directions are of length 1 and at right angles, and all of them hold everything", () => {
  const { directions, share } = principalComponents(covariance, { size: 7, count: 7 });
  assert(Math.abs(share - 1) < 1e-12);
  for (let i = 0; i < 7; i++) {
    for (let j = 0; j < 7; j++) {
      let sum = 0;
      for (let k = 0; k < 7; k++) sum += directions.data[k * 7 + i] * directions.data[k * 7 + j];
      assert(Math.abs(sum - (i === j ? 1 : 0)) < 1e-6);
    }
  }
});

Deno.test("where nothing varies, any direction holds all of it", () => {
  const { share, variances } = principalComponents(new Float64Array(4), { size: 2, count: 1 });
  assertEquals([share, ...variances], [1, 0]);
});

Deno.test("more components than dimensions are refused", () => {
  for (const count of [0, 8, 1.5]) {
    assertThrows(
      () => principalComponents(covariance, { size: 7, count }),
      RangeError,
      `1…7: ${count}`,
    );
  }
});
