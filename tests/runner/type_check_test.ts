import { assertEquals, assertStringIncludes } from "@std/assert";
import { formatCode } from "../../src/runner/formatting.ts";
import { checkTypes, notebookModule } from "../../src/runner/type_check.ts";
import { notebookOf, root, withFolder } from "./notebooks.ts";

const check = (...notebooks: (readonly string[])[]) =>
  withFolder((scratch) =>
    checkTypes(
      notebooks.map((sources) => notebookOf(sources)),
      { root, scratch },
    )
  );

Deno.test("each line of the module knows its cell and line", () => {
  const { text, places } = notebookModule(notebookOf(["const a = 1;\na", "(2)"]));
  const lines = text.split("\n");
  assertEquals(places.filter((place) => place !== undefined), [
    { cell: 2, line: 1, source: "const a = 1;" },
    { cell: 2, line: 2, source: "a" },
    { cell: 3, line: 1, source: "(2)" },
  ]);
  places.forEach((place, at) => {
    if (place) assertEquals(lines[at - 1], place.source);
  });
});

Deno.test("right types pass, across cells and with await", async () => {
  assertEquals(
    await check([
      'import { matrix, type Matrix } from "@kizu/kizu";\nconst rows: Matrix = matrix([[1]]);',
      "const count = await Promise.resolve(rows.shape[0])",
      "[count].length;",
    ]),
    [[]],
  );
});

Deno.test("type errors are told with cell, line and source, for each notebook", async () => {
  const [first, second, third] = await check(
    ["const a = 1;", 'import { tensr } from "@kizu/kizu";\n\nconst b: string = a;'],
    ["const fine = 1;"],
    ["const twice = 1;", "const twice = 2;"],
  );
  assertEquals(first.map(({ cell, line, source }) => ({ cell, line, source })), [
    { cell: 3, line: 1, source: 'import { tensr } from "@kizu/kizu";' },
    { cell: 3, line: 3, source: "const b: string = a;" },
  ]);
  assertStringIncludes(first[0].message, "Did you mean 'tensor'?");
  assertEquals(first[1].message, "TS2322: Type 'number' is not assignable to type 'string'.");
  assertEquals(second, []);
  assertEquals(third.map(({ cell }) => cell), [2, 3]);
  assertStringIncludes(third[0].message, "A name is declared once in a notebook.");
});

Deno.test("a syntax error in one notebook does not hide the others", async () => {
  const [broken, wrong] = await check(["const a = 1;", "const b = (;"], ["const c: string = 1;"]);
  assertEquals(broken.map(({ cell, line }) => ({ cell, line })), [{ cell: 3, line: 1 }]);
  assertStringIncludes(broken[0].message, "Expression expected");
  assertEquals(wrong.map(({ cell, line }) => ({ cell, line })), [{ cell: 2, line: 1 }]);
});

Deno.test("a missing module is told with its line", async () => {
  const [[failure]] = await check(["const a = 1;", 'import { a as b } from "./nowhere.ts";']);
  assertEquals({ cell: failure.cell, line: failure.line }, { cell: 3, line: 1 });
  assertStringIncludes(failure.message, "nowhere.ts");
});

Deno.test("code is formatted, formulas in texts are left alone", async () => {
  const notebook = notebookOf(["const a=1", "const broken = (;"]);
  const formula = "$$\ns = \\sum_i m^{*,*}_i\n  + 3\n$$";
  const cells = [{ ...notebook.cells[0], source: formula }, ...notebook.cells.slice(1)];
  const formatted = await formatCode({ ...notebook, cells }, root);
  assertEquals(formatted.cells.map(({ source }) => source), [
    formula,
    "const a = 1;",
    "const broken = (;",
  ]);
});
