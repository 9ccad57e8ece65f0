import { assert, assertEquals, assertThrows } from "@std/assert";
import { matrix, tensor } from "@kizu/kizu";
import { check, largestDifference } from "../../src/notebook/check.ts";

Deno.test("the largest difference is found in every form of numbers", () => {
  const reference = matrix([[1, 2, 3], [4, 5, 6]]);
  const expected = { largest: 2, at: [1, 0], yours: 2, reference: 4, scale: 6, count: 6 };
  assertEquals(largestDifference([[1, 2, 3], [2, 5, 6]], reference), expected);
  assertEquals(largestDifference(matrix([[1, 2, 3], [2, 5, 6]]), reference), expected);
  assertEquals(largestDifference([new Float32Array([1, 2, 3]), [2, 5, 6]], reference), expected);
  assertEquals(
    largestDifference(new Float64Array([1, 5]), [1, 2]),
    { largest: 3, at: [1], yours: 5, reference: 2, scale: 2, count: 2 },
  );
  assertEquals(
    largestDifference(1.5, 1),
    { largest: 0.5, at: [], yours: 1.5, reference: 1, scale: 1, count: 1 },
  );
  assertEquals(largestDifference(new BigInt64Array([3n]), [3]).largest, 0);
});

Deno.test("NaN equals NaN, and is infinitely far from a number", () => {
  assertEquals(largestDifference([NaN, 1], [NaN, 1]).largest, 0);
  assertEquals(largestDifference([Infinity], [Infinity]).largest, 0);
  for (const [a, b] of [[NaN, 1], [1, NaN], [Infinity, 1], [Infinity, -Infinity]]) {
    assertEquals(largestDifference([0, a], [0, b]).largest, Infinity);
  }
  assertThrows(() => check("x", [NaN], [1]), RangeError, "yours NaN, reference 1");
});

Deno.test("the tolerance is a share of the largest magnitude, absolute where all is zero", () => {
  check("close", [100, 0.0009], [100, 0]);
  assertThrows(() => check("off", [100, 0.0011], [100, 0]), RangeError, "at [1]");
  check("zeros", [9e-6], [0]);
  assertThrows(() => check("zeros", [2e-5], [0]), RangeError);
  check("rough", [1.4], [1], { tolerance: 0.5 });
  check("same", [1, 2], [1, 2], { tolerance: 0 });
  assertThrows(() => check("not same", [1, 2 + 1e-9], [1, 2], { tolerance: 0 }), RangeError);
  assertThrows(() => check("x", 1, 1, { tolerance: -1 }), RangeError, "tolerance");
  assertThrows(() => check("x", 1, 1, { tolerance: NaN }), RangeError, "tolerance");
});

Deno.test("an error says how far, where, and both values", () => {
  assertThrows(
    () => check("distances", [[1, 2], [3, 4]], matrix([[1, 2], [3.5, 4]])),
    RangeError,
    "Cannot accept distances as it must differ from the reference by at most 4.0e-5: " +
      "largest difference 0.5 at [1, 0]: yours 3, reference 3.5 (4 values compared)",
  );
});

Deno.test("shapes that differ are told, not compared", () => {
  assertThrows(
    () => check("rows", matrix([[1, 2, 3]]), matrix([[1], [2], [3]])),
    RangeError,
    "both must have the same shape: yours has [1, 3], the reference [3, 1]",
  );
  assertThrows(
    () => check("rows", tensor(new Float32Array(2), [2]), [[0, 0]]),
    RangeError,
    "[1, 2]",
  );
});

Deno.test("what holds no numbers is refused", () => {
  const other = (value: unknown) => value as number;
  assertThrows(() => check("x", other("1"), 1), TypeError, "string");
  assertThrows(() => check("x", other([[1], [1, 2]]), 1), TypeError, "[1] and [2]");
  assertThrows(() => check("x", other({ a: 1 }), 1), TypeError, "a record with a");
  assertThrows(() => check("x", [], []), RangeError, "there must be numbers");
  assert(largestDifference([[1, 2]], [[1, 2]]).count === 2);
});
