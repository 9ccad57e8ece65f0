import { assert, assertEquals } from "@std/assert";
import { alignColumns, percent, points, pText } from "../../src/evaluation/columns.ts";
import { composeReport } from "../../src/evaluation/compose_report.ts";
import type { Report } from "../../src/evaluation/report.ts";
import { reportCsv, reportTable } from "../../src/evaluation/table.ts";
import { resultOf, type SampleRun, smallMaps, smallMasks } from "./sample_runs.ts";

const environment = { deno: "2", onnxruntime: "1", os: "linux", arch: "x", cores: 2 };
const composed = (...runs: readonly SampleRun[]): Report =>
  composeReport(runs.map(resultOf), environment);

const good = [1, 2, 3, 4, 5, 6, 7, 8];
const high = [7.5, 9, 10, 11, 12, 13, 14, 15];
const low = [2.5, 3.5, 9, 4.5, 1.5, 6.5, 0.5, 5.5];
const masks = smallMasks(8, 8);
const maps = (scores: readonly number[]) =>
  smallMaps([...good, ...scores].map((score, i) => [score, 2, i % 3, 1]));

/** Two methods, one of them with two seeds, on three categories of which one is MVTec AD's whole. */
const report = composed(
  ...["transistor", "b", "c"].flatMap((category, i): SampleRun[] => [
    { category, label: "weak", method: "dn2", found: [good, low], cachedImages: 3 * i },
    ...[0, 1].map((seed): SampleRun => ({
      category,
      label: "patchcore",
      seed,
      found: [good, high.map((score) => score - 1.7 * seed)],
      maps: maps(high.map((score) => score - i - seed)),
      masks,
      testImages: 100,
    })),
  ]),
);

Deno.test("the whole table of a small report, block by block", async () => {
  const table = reportTable(report);
  const path = new URL("../fixtures/evaluation/table.txt", import.meta.url);
  // After a change that is meant: deno test -A tests/evaluation/table_test.ts -- --update
  if (Deno.args.includes("--update")) await Deno.writeTextFile(path, `${table}\n`);
  assertEquals(`${table}\n`, await Deno.readTextFile(path));
  for (const line of table.split("\n")) {
    assert([...line].length <= 130, `${[...line].length} letters: ${line}`);
  }
});

Deno.test("what is not there is not shown: one seed, one category, no literature, one method", () => {
  const own = reportTable(composed({ dataset: "photos", category: "own", found: [good, high] }));
  for (const word of ["±sd", "mean of", "literature", "Pairs of methods", "Over ", "kept from"]) {
    assert(!own.includes(word), word);
  }
  const [header, , row] = own.split("\n");
  assert(/^category +method +image AUROC +pixel AUROC +AUPRO +fit s +ms\/image +MiB$/.test(header));
  assert(/^own +patchcore +98\.4 \[[\d.]+, [\d.]+\] +– +– +2\.0 +12\.3 +500$/.test(row), row);
});

Deno.test("the better method is named first, with the sign of its lead, whoever was run first", () => {
  const lines = (...runs: readonly SampleRun[]) =>
    reportTable(composed(...runs)).split("\n").filter((line) => /^ {4}\S+ over /.test(line));
  const [strong, weak] = [
    { label: "strong", found: [good, high] as const },
    { label: "weak", found: [good, low] as const },
  ];
  const [first] = lines(strong, weak);
  assert(/^ {4}strong over weak: \+\d+\.\d \[\+\d+\.\d, \+\d+\.\d\], p /.test(first), first);
  assertEquals(lines(weak, strong), [first]);
});

Deno.test("CSV: every run a row, the ends of its intervals, quotes where a label needs them", () => {
  const label = 'patchcore "a", b';
  const csv = reportCsv(composed({ label, found: [good, high], maps: maps(high), masks }));
  const [header, row] = csv.trim().split(/\r?\n/);
  const columns = header.split(",");
  assertEquals(columns.slice(0, 8), [
    "dataset",
    "category",
    "method",
    "label",
    "backbone",
    "seed",
    "trainImages",
    "testImages",
  ]);
  for (const metric of ["imageAuroc", "pixelAuroc", "aupro"]) {
    for (const column of [metric, `${metric}.lower`, `${metric}.upper`]) {
      assert(columns.includes(column), column);
    }
  }
  assert(row.includes('"patchcore ""a"", b"'), row);
  const cells = row.replace(/"(?:[^"]|"")*"/, "label").split(",");
  assertEquals(cells.length, columns.length);
  const at = (column: string) => Number(cells[columns.indexOf(column)]);
  const result = resultOf({ found: [good, high], maps: maps(high), masks }).run;
  for (const metric of ["imageAuroc", "pixelAuroc", "aupro"] as const) {
    assertEquals(at(metric), result[metric]);
    assertEquals(at(`${metric}.lower`), result.intervals[metric]?.lower);
    assertEquals(at(`${metric}.upper`), result.intervals[metric]?.upper);
  }
  const many = reportCsv(report).trim().split(/\r?\n/);
  assertEquals(many.length, 1 + report.runs.length);
  assert(many.every((line) => line.split(",").length === columns.length));
});

Deno.test("numbers as tables give them", () => {
  assertEquals([percent(0.98765), percent(1), percent(null), percent(undefined)], [
    "98.8",
    "100.0",
    "–",
    "–",
  ]);
  assertEquals([0.0123, -0.0123, 0, 0.0004, -0.0004].map(points), [
    "+1.2",
    "-1.2",
    "0.0",
    "0.0",
    "0.0",
  ]);
  assertEquals([0.0004, 0.001, 0.05, 1].map(pText), ["<0.001", "0.001", "0.050", "1.000"]);
  assertEquals(
    alignColumns([["name", "n"], ["é", "10"], ["long name", "1"]], {
      left: 1,
      footer: [["all", "11"]],
    }),
    "name        n\n─────────────\né          10\nlong name   1\n─────────────\nall        11",
  );
});
