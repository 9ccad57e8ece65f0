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

Deno.test("slots are right however unevenly the rungs are spaced, and however many there are", () => {
  const random = seededRandom(2, "ladder");
  const ends = [-Infinity, Infinity];
  const crowd = Array.from({ length: 6000 }, (_, i) => 1 + i * 2 ** -23);
  const normal = Array.from({ length: 2000 }, () => random.normal());
  const spacings: Record<string, readonly number[]> = {
    "one rung": [3],
    "both ends": ends,
    "both ends and 0": [...ends, 0],
    "a crowd": crowd,
    "a crowd and both ends": [...ends, ...crowd],
    "a crowd, its mirror, tiny ones and large ones": [
      ...crowd,
      ...crowd.map((score) => -score),
      ...normal.map((score) => score * 1e-40),
      ...normal.map((score) => score * 1e38),
    ],
    "more rungs than buckets": Array.from({ length: 1_300_000 }, (_, i) => 1 + i * 2 ** -20),
  };
  assertEquals(Object.keys(spacings).length, 7);
  for (const [name, anomalous] of Object.entries(spacings)) {
    const rungs = [...new Set(Float32Array.from(anomalous, (score) => score + 0))];
    rungs.sort((a, b) => a - b);
    // On rungs, close beside them, and anywhere.
    const scores = Float32Array.from({ length: 3000 }, () => {
      const rung = random.pick(rungs);
      const beside = rung + (random.uniform() - 0.5) * 2 ** -20 * Math.abs(rung);
      return random.pick([rung, Number.isNaN(beside) ? 0 : beside, 10 * random.normal()]);
    });
    const expected = Uint32Array.from(scores, (score) => {
      let [low, high] = [0, rungs.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (rungs[middle] < score) low = middle + 1;
        else high = middle;
      }
      return rungs[low] === score ? 2 * low + 1 : 2 * low;
    });
    const joined = new Float32Array(anomalous.length + scores.length);
    joined.set(anomalous);
    joined.set(scores, anomalous.length);
    const labels = new Uint8Array(joined.length).fill(1, 0, anomalous.length);
    const data = labelledScores("test", joined, labels);
    const ladder = ladderOf(data, 1);
    assertEquals(ladder.rungs.length, rungs.length);
    const buffer = slotBuffer(data);
    const slots = data.parts.flatMap((part) => [
      ...buffer.slice(0, slotsOf(ladder, part, 0, buffer)),
    ]);
    assertEquals(Uint32Array.from(slots), expected, name);
    assertEquals(ladder.starts.length < 2 ** 21, true, name);
  }
});
