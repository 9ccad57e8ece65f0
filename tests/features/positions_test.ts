import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { matrix, tensor } from "../../mod.ts";
import { collectPositions, photoRows, projectPositions } from "../../src/features/positions.ts";
import { wave } from "../fixtures/padim/wave.ts";

/** Photo n's row at position p is [100p + n, −n]. */
const photo = (n: number) => matrix([0, 1, 2].map((p) => [100 * p + n, -n]));
const byPosition = (photos: number) =>
  [0, 1, 2].flatMap((p) => Array.from({ length: photos }, (_, n) => [100 * p + n, -n])).flat();

Deno.test("rows stand position by position, however many photos were expected", () => {
  for (const expected of [undefined, 0, 1, 5, 40, 100]) {
    const collector = collectPositions(expected);
    for (let n = 0; n < 40; n++) collector.add(photo(n));
    const { data, shape } = collector.finish();
    assertEquals(shape, [3, 40, 2]);
    assertEquals([...data], byPosition(40).map((x) => x + 0));
  }
});

Deno.test("with the number of photos known, no memory is taken twice", () => {
  const collector = collectPositions(4);
  for (let n = 0; n < 4; n++) collector.add(photo(n));
  assertEquals(collector.finish().data.buffer.byteLength, 4 * 3 * 4 * 2);
});

Deno.test("a photo's rows come back out", () => {
  const collector = collectPositions();
  for (let n = 0; n < 3; n++) collector.add(photo(n));
  const rows = collector.finish();
  assertEquals(photoRows(rows, 1), photo(1));
  assertThrows(() => photoRows(rows, 3), RangeError, "0…2: 3");
});

Deno.test("photos of another size, and none at all, are refused", () => {
  const collector = collectPositions();
  assertThrows(() => collector.finish(), RangeError, "at least one photo");
  collector.add(photo(0));
  assertThrows(() => collector.add(matrix([[1, 2]])), TypeError, "[3, 2]: [1, 2]");
  assertThrows(() => collector.add(matrix([[1], [2], [3]])), TypeError, "[3, 1]");
});

Deno.test("projecting is one product a row, over block edges too", async () => {
  const rows = tensor(wave(0, [3, 700, 600]).data.map(Math.round), [3, 700, 600]);
  const directions = matrix(Array.from({ length: 600 }, (_, k) => [k % 3, k === 5 ? 1 : 0]));
  const { data, shape } = await projectPositions(rows, directions);
  assertEquals(shape, [3, 700, 2]);
  for (let row = 0; row < 2100; row++) {
    let sum = 0;
    for (let k = 0; k < 600; k++) sum += rows.data[row * 600 + k] * (k % 3);
    assertEquals([data[2 * row], data[2 * row + 1]], [sum, rows.data[row * 600 + 5] + 0]);
  }
  await assertRejects(() => projectPositions(rows, matrix([[1]])), RangeError, "inner");
});
