import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import config from "../../deno.json" with { type: "json" };
import { borderPath } from "../../src/report/client/border_path.js";
import { heightAt } from "../../src/report/client/curve_height.js";
import { flattened } from "../../src/report/client/flat_options.js";
import { joinedRanks } from "../../src/report/client/joined_ranks.js";
import * as numbers from "../../src/report/client/numbers.js";
import {
  filtered,
  ordered,
  outcomeOf,
  rankAmong,
  thresholdFor,
} from "../../src/report/client/outcomes.js";
import { histogramOf } from "../../src/report/client/score_bins.js";

Deno.test("at most the chosen share of the good photos lies above the threshold", () => {
  const good = Array.from({ length: 20 }, (_, i) => i);
  const above = (share: number) => {
    const threshold = thresholdFor(good, share) ?? NaN;
    return good.filter((score) => score > threshold).length;
  };
  assertEquals([0, 0.04, 0.05, 0.1, 0.14, 0.5].map(above), [0, 0, 1, 2, 2, 10]);
  // Floating point: 0.07 · 100 is a little more than 7, 0.29 · 100 a little less than 29.
  const hundred = Array.from({ length: 100 }, (_, i) => i);
  assertEquals([0.07, 0.29].map((share) => thresholdFor(hundred, share)), [92, 70]);
  assertEquals(thresholdFor([3, 3, 3, 3], 0.5), 3);
  assertEquals(thresholdFor([], 0.05), undefined);
});

Deno.test("the threshold does not change its input", () => {
  const good = [2, 1, 3];
  thresholdFor(good, 0.5);
  assertEquals(good, [2, 1, 3]);
});

Deno.test("a rank is the share of the other good photos with a lower score", () => {
  const good = [1, 2, 2, 4];
  assertEquals(rankAmong(3, good, false), 0.75);
  assertEquals(rankAmong(2, good, false), 0.25);
  assertEquals(rankAmong(0, good, false), 0);
  assertEquals(rankAmong(5, good, false), 1);
  assertEquals(rankAmong(4, good, true), 1);
  assertEquals(rankAmong(1, good, true), 0);
  assertEquals(rankAmong(1, [1], true), undefined);
  assertEquals(rankAmong(1, [], false), undefined);
});

Deno.test("outcomes: a score at the threshold is no alarm", () => {
  assertEquals(outcomeOf("anomalous", 3, 2), "found");
  assertEquals(outcomeOf("anomalous", 2, 2), "missed");
  assertEquals(outcomeOf("normal", 3, 2), "alarm");
  assertEquals(outcomeOf("normal", 2, 2), "quiet");
  assertEquals(outcomeOf("normal", 2, undefined), "unknown");
});

const photo = (id: string, outcome: "missed" | "alarm" | "found" | "quiet", rank: number) =>
  ({
    evidence: 0,
    k: 0,
    photo: 0,
    category: "cable",
    id,
    label: outcome === "missed" || outcome === "found" ? "anomalous" : "normal",
    defect: outcome === "missed" || outcome === "found" ? "crack" : "good",
    score: 10 * rank,
    rank,
    outcome,
  }) as const;
const photos = [
  photo("a", "quiet", 0.2),
  photo("B", "found", 1),
  photo("c", "missed", 0.6),
  photo("d", "alarm", 0.97),
  photo("e", "missed", 0.1),
  photo("f", "alarm", 1),
  photo("g", "quiet", 0.5),
  photo("h", "found", 0.98),
];
const ids = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id).join("");

Deno.test("worst first: missed defects from the lowest, then false alarms from the highest", () => {
  assertEquals(ids(ordered(photos, "worst")), "ecfdhBga");
  assertEquals(ids(ordered(photos, "score")), "Bfhdcgae");
  assertEquals(ids(ordered(photos, "id")), "Bacdefgh");
  assertEquals(ids(photos), "aBcdefgh");
});

Deno.test("filters are joined, and a name is found in any case", () => {
  const none = { defect: "", label: "", outcome: "", find: "" };
  assertEquals(ids(filtered(photos, none)), "aBcdefgh");
  assertEquals(ids(filtered(photos, { ...none, defect: "crack" })), "Bceh");
  assertEquals(ids(filtered(photos, { ...none, label: "normal" })), "adfg");
  assertEquals(ids(filtered(photos, { ...none, outcome: "missed", defect: "crack" })), "ce");
  assertEquals(ids(filtered(photos, { ...none, find: " b " })), "B");
});

Deno.test("both kinds are counted in the same bins, none is lost", () => {
  const scores = [0, 0.5, 1, 1, 2, 25];
  const found = histogramOf(
    scores.map((score, i) => ({ score, label: i < 3 ? "normal" as const : "anomalous" as const })),
  );
  assertEquals([found.low, found.step, found.good.length], [0, 1, 26]);
  assertEquals(found.good.slice(0, 3), [2, 1, 0]);
  assertEquals(found.bad.slice(0, 3), [0, 1, 1]);
  assertEquals(found.bad[25], 1);
  assertEquals(found.most, 2);
  for (const same of [0, 5, -3, 1e-9]) {
    const { good } = histogramOf([{ score: same, label: "normal" }, {
      score: same,
      label: "normal",
    }]);
    assertEquals(good, [2], `${same}`);
  }
});

Deno.test("a curve is read along straight lines, and at a step from above", () => {
  const curve = { x: [0, 0, 0.5, 1], y: [0, 0.4, 0.4, 1] };
  assertEquals([-1, 0, 0.25, 0.5, 0.75, 1, 2].map((x) => heightAt(curve, x)), [
    0,
    0.4,
    0.4,
    0.4,
    0.7,
    1,
    1,
  ]);
});

Deno.test("bars join neighbours nearer than the critical difference, none within another", () => {
  assertEquals(joinedRanks([1, 1.5, 2.2, 4], 1), [[0, 1], [1, 2]]);
  assertEquals(joinedRanks([1, 2, 3], 5), [[0, 2]]);
  assertEquals(joinedRanks([1, 2, 3], 1), []);
  assertEquals(joinedRanks([], 1), []);
});

Deno.test("an outline follows the mask's cells and leaves the picture's border open", () => {
  const mask = Uint8Array.from([
    ...[0, 0, 0, 0],
    ...[0, 1, 1, 0],
    ...[0, 1, 1, 0],
    ...[0, 0, 0, 0],
  ]);
  const edges = borderPath(mask, 4).match(/M[^M]*/g) ?? [];
  assertEquals(edges.toSorted(), ["M1 1H3", "M1 1V3", "M1 3H3", "M3 1V3"]);
  assertEquals(borderPath(new Uint8Array(16).fill(1), 4), "");
  assertEquals(borderPath(Uint8Array.from([1, 1, 0, 0]), 2), "M0 1H2");
});

Deno.test("options are flattened to lines, none is left out", () => {
  assertEquals(
    flattened({ a: 1, b: { c: [1, 2], d: null }, e: [{ f: true }, { f: "x" }], g: [] }),
    [["a", "1"], ["b.c", "1, 2"], ["b.d", "–"], ["e[0].f", "true"], ["e[1].f", "x"], ["g", "none"]],
  );
});

Deno.test("numbers are written for people", () => {
  assertEquals(numbers.percent(0.98765), "98.8");
  assertEquals(numbers.percent(null), "–");
  assertEquals([0.0123, -0.0123, 0.0001, -0.0001].map(numbers.points), [
    "+1.2",
    "−1.2",
    "0.0",
    "0.0",
  ]);
  assertEquals([0.0004, 0.0123].map(numbers.probability), ["< 0.001", "0.012"]);
  assertEquals(
    [0, 12.3456, -0.01234, 123456, 1e7, 1e-7].map(numbers.scoreText),
    ["0", "12.35", "−0.01234", "123456", "1.000e7", "1.000e−7"],
  );
  assertEquals(numbers.roundTicks([0, 1], 5).map(({ text }) => text), [
    "0.0",
    "0.2",
    "0.4",
    "0.6",
    "0.8",
    "1.0",
  ]);
  assertEquals(numbers.roundTicks([0.97, 0.99], 4).map(({ value }) => value), [
    0.97,
    0.975,
    0.98,
    0.985,
    0.99,
  ]);
  assertEquals(numbers.logTicks([9, 60]).map(({ value }) => value), [10, 20, 50]);
  assertEquals(numbers.logTicks([0.5, 40000]).map(({ value }) => value), [1, 10, 100, 1000, 10000]);
});

Deno.test("the client's code passes the type check with a browser's types", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "deno.json");
    const { imports, compilerOptions } = config;
    const lib = ["dom", "dom.iterable", "dom.asynciterable", "deno.ns"];
    const options = { ...compilerOptions, checkJs: true, lib };
    await Deno.writeTextFile(file, JSON.stringify({ imports, compilerOptions: options }));
    const path = (below: string) => fromFileUrl(new URL(`../../${below}`, import.meta.url));
    // The versions that are here already: nothing is downloaded.
    const lock = ["--lock", path("deno.lock"), "--frozen", "--cached-only"];
    const main = path("src/report/client/main.js");
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", ...lock, "--config", file, main],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
