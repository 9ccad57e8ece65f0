import { assert, assertEquals } from "@std/assert";
import { countText, numberText } from "../../src/notebook/number_text.ts";
import { isTable, tableTexts } from "../../src/notebook/table.ts";

Deno.test("texts stand at the left, numbers at the right with equal decimals", () => {
  const { plain, md } = tableTexts([
    { method: "DN2", AUROC: 0.9, n: 5 },
    { method: "a|b", AUROC: 0.98765, n: 120 },
    { method: "none", AUROC: null },
  ]);
  assertEquals(
    plain,
    "method   AUROC    n\n" +
      "───────────────────\n" +
      "DN2     0.9000    5\n" +
      "a|b     0.9877  120\n" +
      "none         –    –",
  );
  assertEquals(
    md,
    "| method | AUROC | n |\n| :--- | ---: | ---: |\n" +
      "| DN2 | 0.9000 | 5 |\n| a\\|b | 0.9877 | 120 |\n| none | – | – |",
  );
});

Deno.test("a table is an array of records of texts and numbers", () => {
  assert(isTable([{ a: 1 }, { a: "x", b: null }]));
  for (const other of [[], [1], [[1]], [{}], [{ a: [1] }], { a: 1 }, "x", null, [null]]) {
    assert(!isTable(other), JSON.stringify(other));
  }
});

Deno.test("a long table is cut, with a count of the rest", () => {
  const rows = Array.from({ length: 130 }, (_, i) => ({ i }));
  const { plain, md } = tableTexts(rows);
  assert(plain.endsWith("99\n… and 30 more rows"));
  assert(md.endsWith("| 99 |\n\n… and 30 more rows"));
});

Deno.test("numbers have few digits", () => {
  const cases: [value: number, text: string][] = [
    [0, "0"],
    [12, "12"],
    [-3, "−3"],
    [0.91234, "0.9123"],
    [1234.56, "1235"],
    [0.0000123, "1.23e-5"],
    [1234567.5, "1.23e6"],
    [NaN, "NaN"],
    [-Infinity, "−∞"],
  ];
  assertEquals(cases.length, 9);
  for (const [value, text] of cases) assertEquals(numberText(value), text);
  assertEquals([0, 999, 1000, 1234567].map(countText), ["0", "999", "1,000", "1,234,567"]);
});
