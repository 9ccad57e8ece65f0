import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { executeNotebook } from "../../src/runner/execute.ts";
import { sourceLine } from "../../src/runner/error_place.ts";
import { startKernel } from "../../src/runner/kernel.ts";
import type { Output } from "../../src/runner/notebook_file.ts";
import { hasEnded, isRunning, notebookOf, root, withFolder } from "./notebooks.ts";

const run = (sources: readonly string[], timeoutSeconds?: number) =>
  withFolder((scratch) => executeNotebook(notebookOf(sources), { root, scratch, timeoutSeconds }));

const outputsOf = ({ notebook }: Awaited<ReturnType<typeof run>>): (readonly Output[])[] =>
  notebook.cells.flatMap((cell) => cell.type === "code" ? [cell.outputs] : []);

Deno.test("cells run in order in one kernel, with the project's imports", async () => {
  const done = await run([
    'import { matrix } from "@kizu/kizu";\nconst rows = matrix([[1, 2, 3]]);',
    'console.log("shape", rows.shape);\nconsole.log("twice");',
    "",
    "rows.shape[1] + 1",
  ]);
  assertEquals(done.failure, undefined);
  assertEquals(outputsOf(done), [
    [],
    [{ kind: "stream", name: "stdout", text: "shape [ 1, 3 ]\ntwice\n" }],
    [],
    [{ kind: "result", data: { "text/plain": "4" }, metadata: {} }],
  ]);
  assertEquals(
    done.notebook.cells.map((cell) => cell.type === "code" ? cell.executionCount : "text"),
    ["text", 1, 2, null, 3],
  );
  assertEquals(done.cells.map(({ cell }) => cell), [2, 3, 5]);
  assertEquals(
    (done.notebook.metadata.language_info as Record<string, unknown>).name,
    "typescript",
  );
});

Deno.test("what is shown after an await at a cell's end is under its own cell", async () => {
  const count = 40;
  const pause = "await new Promise((resolve) => setTimeout(resolve, 2));";
  const done = await run(
    Array.from(
      { length: count },
      (_, i) =>
        i % 2 === 0
          ? `${pause}\nawait Deno.jupyter.display({ "text/plain": "cell ${i}" }, { raw: true });`
          : `${pause}\n"cell ${i}"`,
    ),
  );
  const outputs = outputsOf(done);
  assertEquals(outputs.length, count);
  outputs.forEach((own, i) => {
    assertEquals(own.length, 1, `cell ${i}`);
    assertStringIncludes(JSON.stringify(own[0]), `cell ${i}`);
  });
});

Deno.test("an update replaces what was shown before, even by an earlier cell", async () => {
  const show = (text: string, update: boolean) =>
    `await Deno.jupyter.display({ "text/plain": "${text}" }, ` +
    `{ raw: true, display_id: "a", update: ${update} });`;
  const done = await run([show("begun", false), show("done", true)]);
  assertEquals(outputsOf(done), [
    [{ kind: "display", data: { "text/plain": "done" }, metadata: {} }],
    [],
  ]);
});

Deno.test("an error is told with cell, line and source", async () => {
  const { failure, cells } = await run([
    "const fine = 1;",
    "/** Not code. */\ninterface Named {\n  name: string;\n}\n\n" +
    "function least(\n  values: number[],\n): number {\n  // none\n" +
    '  if (values.length === 0) throw new RangeError("no values");\n' +
    "  return Math.min(...values);\n}\n\nawait 0;\nleast([]);",
    "const never = 1;",
  ]);
  assertEquals(failure, {
    cell: 3,
    line: 15,
    source: "least([]);",
    message: "RangeError: no values",
  });
  assertEquals(cells.length, 2);
});

Deno.test("a cell that the kernel cannot parse fails although the kernel says nothing", async () => {
  const { failure } = await run(["const broken = (;"]);
  assertEquals(failure?.cell, 2);
  assertStringIncludes(failure?.message ?? "", "syntax error");
});

Deno.test("rejections that nobody handles fail the cell, with its line", async () => {
  const { failure } = await run([
    'const a = 1;\n\nvoid Promise.reject(new Error("unseen"));',
    "const b = 2;",
  ]);
  assertEquals(failure?.cell, 2);
  assertEquals(failure?.line, 3);
  assertEquals(failure?.message, "not handled: Error: unseen");
});

Deno.test("stderr and outputs above a megabyte fail the cell", async () => {
  const error = await run(['console.error("careful");']);
  assertEquals(error.failure, { cell: 2, message: "it writes to stderr: careful" });
  const large = await run([
    'await Deno.jupyter.display({ "text/plain": "x".repeat(1_100_000) }, { raw: true });',
  ]);
  assertEquals(large.failure, {
    cell: 2,
    message: "an output has 1.10 MB, at most 1.00 MB are allowed",
  });
});

Deno.test("a cell that hangs, busy or waiting, is given up", async () => {
  for (const source of ["for (;;);", "await new Promise((r) => setTimeout(r, 1e6));"]) {
    const { failure } = await run([source], 1);
    assertEquals(failure, { cell: 2, message: "it ran for more than 1 s" });
  }
});

Deno.test("a kernel that dies is told of with its exit code", async () => {
  const { failure } = await run(["const a = 1;", "Deno.exit(3);"]);
  assertEquals(failure, { cell: 3, message: "the kernel ended (exit code 3)" });
});

Deno.test("a disposed kernel's process is gone", async () => {
  const pid = await withFolder(async (scratch) => {
    await using kernel = await startKernel({ folder: root, scratch });
    assert(await isRunning(kernel.pid));
    return kernel.pid;
  });
  assert(await hasEnded(pid));
});

Deno.test("a source map leads from a place to its line", () => {
  // Line 0: columns 0 and 4 from source lines 0 and 2; line 1: column 0 from line 3; line 2: none.
  const mappings = "AAAA,IAEA;AACA;;";
  assertEquals(sourceLine(mappings, 0, 0), 1);
  assertEquals(sourceLine(mappings, 0, 9), 3);
  assertEquals(sourceLine(mappings, 1, 5), 4);
  assertEquals(sourceLine(mappings, 2, 0), undefined);
});
