import { assert, assertEquals } from "@std/assert";
import { compareNotebooks, keepTimings, sameText } from "../../src/runner/compare.ts";
import type { Notebook, Output } from "../../src/runner/notebook_file.ts";
import { notebookOf } from "./notebooks.ts";

const shown = (data: Readonly<Record<string, string>>): Output => ({
  kind: "display",
  data,
  metadata: {},
});

function withOutputs(outputs: readonly Output[], tags: readonly string[] = []): Notebook {
  const { cells, metadata } = notebookOf(["1"], { 2: tags });
  return {
    metadata,
    cells: cells.map((cell) =>
      cell.type === "code" ? { ...cell, outputs, executionCount: 1 } : cell
    ),
  };
}

Deno.test("rounding noise in the last digit is no difference, anything else is", () => {
  const cases: [a: string, b: string, same: boolean][] = [
    ["AUROC 0.912", "AUROC 0.912", true],
    ["AUROC 0.912", "AUROC 0.913", true],
    ["AUROC 0.912", "AUROC 0.914", false],
    ["AUROC 0.912", "AUPRO 0.912", false],
    ["shape [4, 40]", "shape [4, 41]", false],
    ["difference 4.2e-7", "difference 8.8e-8", true],
    ["difference 4.2e-7", "difference 4.2e-3", false],
    ["−1.00  2.00", "−1.00 2.00", true],
    ["−1.00", "1.00", false],
    ["1 2", "1", false],
  ];
  assertEquals(cases.length, 10);
  for (const [a, b, same] of cases) assertEquals(sameText(a, b, false), same, `${a} | ${b}`);
});

Deno.test("where times are shown any number may differ, but no word", () => {
  const before = "method  seconds\n───────────────\nDN2         9.9";
  assert(sameText(before, "method  seconds\n────────────────\nDN2       123.4", true));
  assert(!sameText(before, "method  seconds\n───────────────\nSPADE       9.9", true));
});

Deno.test("a difference is told with cell, kind and the line", () => {
  const before = withOutputs([shown({ "text/plain": "one\ntwo 0.5" })]);
  const now = withOutputs([shown({ "text/plain": "one\ntwo 0.7" })]);
  assertEquals(compareNotebooks(before, now), {
    texts: [{ cell: 2, what: "text/plain", committed: "two 0.5", now: "two 0.7" }],
    figures: [],
  });
  assertEquals(compareNotebooks(before, before), { texts: [], figures: [] });
});

Deno.test("missing outputs, other kinds and cells that were never run differ", () => {
  const one = withOutputs([shown({ "text/plain": "a" })]);
  const differing: [Notebook, Notebook, string][] = [
    [one, withOutputs([]), "number of outputs"],
    [one, withOutputs([shown({ "image/png": "a" })]), "kind of output"],
    [notebookOf(["1"]), one, "execution count"],
  ];
  assertEquals(differing.length, 3);
  for (const [a, b, what] of differing) {
    assertEquals(compareNotebooks(a, b).texts.map((found) => found.what), [what]);
  }
});

Deno.test("figures are reported apart from texts", () => {
  const figure = (png: string) => withOutputs([shown({ "image/png": png, "text/plain": "a" })]);
  const { texts, figures } = compareNotebooks(figure("AAAA"), figure("AAAB"));
  assertEquals(texts, []);
  assertEquals(figures.map(({ cell, what }) => ({ cell, what })), [{ cell: 2, what: "image/png" }]);
});

Deno.test("outputs of cells tagged timing are kept while only numbers differ", () => {
  const took = (seconds: string, tags: string[]) =>
    withOutputs([shown({ "text/plain": `${seconds} s` })], tags);
  const outputs = ({ cells }: Notebook) => cells[1].type === "code" && cells[1].outputs;
  const [before, now] = [took("1.5", ["timing"]), took("2.75", ["timing"])];
  assertEquals(outputs(keepTimings(before, now)), outputs(before));
  const untagged = took("2.75", []);
  assertEquals(outputs(keepTimings(took("1.5", []), untagged)), outputs(untagged));
  const other = withOutputs([shown({ "text/plain": "2.75 minutes" })], ["timing"]);
  assertEquals(outputs(keepTimings(before, other)), outputs(other));
});
