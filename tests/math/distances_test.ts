import { assertEquals, assertThrows } from "@std/assert";
import {
  nearestPlain,
  squaredDistance,
  squaredDistancesBetween,
} from "../../src/math/distances.ts";
import { matrix } from "../../src/tensor.ts";

Deno.test("a squared distance is the sum of squared differences, whatever the length", () => {
  assertEquals(squaredDistance([0, 0], [3, 4]), 25);
  assertEquals(squaredDistance([1], [4]), 9);
  assertEquals(squaredDistance([1, 2, 3, 4, 5, 6, 7], [0, 0, 0, 0, 0, 0, 0]), 140);
  assertEquals(squaredDistance([], []), 0);
});

Deno.test("a squared distance is refused between points of different dimensions", () => {
  assertThrows(() => squaredDistance([1], [1, 2]), RangeError, "equally long: 1 and 2");
  assertThrows(
    () => squaredDistancesBetween(matrix([[1]]), matrix([[1, 2]])),
    RangeError,
    "[1, 1] and [1, 2]",
  );
});

Deno.test("a squared distance is measured in double precision", () => {
  const far = matrix([[1e8, 1]]);
  const near = matrix([[1e8, 1 + 2 ** -20]]);
  assertEquals(squaredDistancesBetween(far, near)(0, 0), 2 ** -40);
});

Deno.test("the nearest rows come nearest first, distances not squared", () => {
  const bank = matrix([[0, 0], [3, 4], [6, 8]]);
  const { distances, indices } = nearestPlain(matrix([[3, 4], [0, 0]]), bank, { count: 2 });
  assertEquals(distances.shape, [2, 2]);
  assertEquals([...distances.data], [0, 5, 0, 5]);
  assertEquals([...indices], [1, 0, 0, 1]);
});

Deno.test("rows equally near come lowest index first", () => {
  const bank = matrix([[2], [0], [2], [0]]);
  assertEquals([...nearestPlain(matrix([[1]]), bank, { count: 4 }).indices], [0, 1, 2, 3]);
});

Deno.test("nearest rows are refused for wrong counts, shapes and numbers", () => {
  const one = matrix([[1]]);
  for (const count of [0, 2, 1.5, NaN]) {
    assertThrows(() => nearestPlain(one, one, { count }), RangeError, "whole number in 1…1");
  }
  assertThrows(() => nearestPlain(matrix([]), one, { count: 1 }), RangeError, "at least one row");
  assertThrows(() => nearestPlain(one, matrix([[NaN]]), { count: 1 }), RangeError, "NaN in row 0");
  assertThrows(() => nearestPlain(one, matrix([[1, 2]]), { count: 1 }), RangeError, "equally long");
  const cube = { data: new Float32Array(1), shape: [1, 1, 1] } as unknown as typeof one;
  assertThrows(() => nearestPlain(cube, one, { count: 1 }), TypeError, "[1, 1, 1]");
});
