import { assertEquals, assertThrows } from "@std/assert";
import {
  asMatrix,
  matrix,
  scaled,
  shapeText,
  takeColumns,
  takePhotos,
  takeRows,
  tensor,
  toRows,
} from "../mod.ts";

Deno.test("a tensor refers to its numbers, and its shape must fit them", () => {
  const data = new Float32Array(6);
  assertEquals(tensor(data, [2, 3]).data, data);
  assertThrows(() => tensor(data, [2, 4]), RangeError, "shape [2, 4] wants 8, data has 6");
  assertThrows(() => tensor(data, [-2, -3]), RangeError, "[-2, -3]");
  assertThrows(() => tensor(data, [1.5, 4]), RangeError, "[1.5, 4]");
});

Deno.test("a matrix by hand has equally long rows", () => {
  assertEquals(matrix([[1, 2], [3, 4], [5, 6]]).shape, [3, 2]);
  assertEquals(matrix([]).shape, [0, 0]);
  assertThrows(() => matrix([[1, 2], [3]]), RangeError, "2 and 1");
});

Deno.test("rows of feature maps are positions in reading order, image after image", () => {
  // Two images, two channels, 1 × 2 cells.
  const map = tensor(Float32Array.of(1, 2, 10, 20, 3, 4, 30, 40), [2, 2, 1, 2]);
  assertEquals(toRows(map), matrix([[1, 10], [2, 20], [3, 30], [4, 40]]));
  assertThrows(() => toRows(matrix([[1]])), TypeError, "rank 4");
});

Deno.test("rows are taken in the order given, copied, and must exist", () => {
  const rows = matrix([[1, 2], [3, 4]]);
  const taken = takeRows(rows, [1, 0, 1]);
  assertEquals(taken, matrix([[3, 4], [1, 2], [3, 4]]));
  taken.data[0] = 9;
  assertEquals(rows.data[2], 3);
  for (const index of [-1, 2, 0.5, NaN]) {
    assertThrows(() => takeRows(rows, [index]), RangeError, "0…1");
  }
});

Deno.test("shapes read as people write them", () => {
  assertEquals(shapeText([2, "height", 3]), "[2, height, 3]");
});

Deno.test("columns and photos are taken in the order given, from stacks too", () => {
  assertEquals(takeColumns(matrix([[1, 2, 3], [4, 5, 6]]), [2, 0]), matrix([[3, 1], [6, 4]]));
  const stack = tensor(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [2, 2, 2]);
  assertEquals(takeColumns(stack, [1]), tensor(Float32Array.of(2, 4, 6, 8), [2, 2, 1]));
  assertEquals(
    takePhotos(stack, [1, 1]),
    tensor(Float32Array.of(5, 6, 7, 8, 5, 6, 7, 8), [2, 2, 2]),
  );
  assertThrows(() => takeColumns(stack, [2]), RangeError, "0…1");
  assertThrows(() => takePhotos(stack, [-1]), RangeError, "0…1");
});

Deno.test("scaled multiplies a copy; a tensor of rank 2 is a matrix, no other is", () => {
  const one = matrix([[1, 2]]);
  assertEquals(scaled(one, -2), matrix([[-2, -4]]));
  assertEquals([...one.data], [1, 2]);
  assertEquals(asMatrix(one).data === one.data, true);
  assertThrows(() => asMatrix(tensor(new Float32Array(1), [1, 1, 1])), TypeError, "[1, 1, 1]");
});
