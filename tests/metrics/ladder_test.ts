import { assertEquals } from "@std/assert";
import { seededRandom } from "../../src/random.ts";
import { labelledScores, orderKey } from "../../src/metrics/labelled_scores.ts";
import { ladderOf, slotBuffer, slotCounts, slotsOf } from "../../src/metrics/ladder.ts";
import { drawScores, KINDS } from "./drawn_scores.ts";

Deno.test("order keys order float32 scores, and join the two zeros", () => {
  const ascending = Float32Array.of(-Infinity, -3e38, -1, -1e-45, 0, 1e-45, 1, 3e38, Infinity);
  const keys = Array.from(new Int32Array(ascending.buffer), orderKey);
  assertEquals(keys.length, 9);
  for (let i = 1; i < keys.length; i++) assertEquals(keys[i - 1] < keys[i], true, String(i));
  assertEquals(orderKey(new Int32Array(Float32Array.of(-0).buffer)[0]), 0);
});

Deno.test("a normal score's slot says which distinct anomalous scores lie below it, or tie", () => {
  const scores = labelledScores("test", [1, 3, 3, 0, 1, 2, 3, 4], [1, 1, 1, 0, 0, 0, 0, 0]);
  const ladder = ladderOf(scores, 1);
  assertEquals([...ladder.rungs].map(scores.scoreOf), [1, 3]);
  assertEquals([...ladder.counts], [1, 2]);
  const slots = slotBuffer(scores);
  assertEquals(slotsOf(ladder, scores.parts[0], 0, slots), 5);
  assertEquals([...slots.subarray(0, 5)], [0, 1, 2, 3, 4]);
});

Deno.test("slots equal a plain search among the distinct scores, for every kind of scores", () => {
  const random = seededRandom(1, "ladder");
  for (const kind of KINDS) {
    for (const count of [2, 50, 9000]) {
      const { scores, labels } = drawScores(random, kind, count);
      const data = labelledScores("test", scores, labels);
      const distinct = [...new Set(Array.from(scores).filter((_, i) => labels[i] === 1))]
        .sort((a, b) => a - b);
      const expected = new Uint32Array(2 * distinct.length + 1);
      Array.from(scores).filter((_, i) => labels[i] === 0).forEach((score) => {
        const at = distinct.findIndex((rung) => rung >= score);
        if (at < 0) expected[2 * distinct.length]++;
        else expected[distinct[at] === score ? 2 * at + 1 : 2 * at]++;
      });
      const ladder = ladderOf(data, 1);
      assertEquals(Array.from(ladder.rungs, data.scoreOf), distinct.map((score) => score + 0));
      assertEquals(slotCounts(ladder, data, 0), expected, `${kind}, ${count}`);
    }
  }
});
