import { assert, assertEquals, assertThrows } from "@std/assert";
import { denoKernel, notebookText, parseNotebook, tagsOf } from "../../src/runner/notebook_file.ts";
import { pythonJson, pythonLines } from "../../src/runner/python_json.ts";

const saved = await Deno.readTextFile(new URL("../fixtures/runner/saved.ipynb", import.meta.url));

Deno.test("a notebook that Jupyter saved is written back with the same bytes", () => {
  assert(saved.length > 1500);
  assertEquals(notebookText(parseNotebook(saved, "saved.ipynb")), saved);
});

Deno.test("cells are read with their texts whole", () => {
  const { cells, metadata } = parseNotebook(saved, "saved.ipynb");
  assertEquals(cells.map(({ id }) => id), ["cell-01", "cell-02", "cell-03"]);
  assertEquals(cells.map(({ type }) => type), ["markdown", "code", "code"]);
  assertEquals(metadata.kernelspec, denoKernel);
  assertEquals(tagsOf(cells[1]), ["timing"]);
  const outputs = cells[1].type === "code" ? cells[1].outputs : [];
  assertEquals(outputs.map(({ kind }) => kind), ["stream", "display", "result"]);
  assertEquals(outputs[0], {
    kind: "stream",
    name: "stdout",
    text: "one\ntwo\r\nthree\x85four",
  });
});

Deno.test("time stamps of executions are not written", () => {
  const notebook = {
    metadata: {},
    cells: [{
      type: "code" as const,
      id: "a",
      source: "1",
      metadata: { execution: { "iopub.execute_input": "2026-01-01" }, tags: ["timing"] },
      outputs: [],
      executionCount: 1,
    }],
  };
  const text = notebookText(notebook);
  assert(!text.includes("2026"));
  assertEquals(tagsOf(parseNotebook(text, "a.ipynb").cells[0]), ["timing"]);
});

Deno.test("JSON is written as Python writes it", () => {
  const cases: [value: Parameters<typeof pythonJson>[0], text: string][] = [
    [1e-5, "1e-05"],
    [1.25e-7, "1.25e-07"],
    [0.0001, "0.0001"],
    [-0.5, "-0.5"],
    [1e22, "1e+22"],
    [2 ** 53, "9007199254740992"],
    [[], "[]"],
    [{}, "{}"],
    [{ b: [1], a: null }, '{\n "a": null,\n "b": [\n  1\n ]\n}'],
    ['"\n\u2028é', '"\\"\\n\u2028é"'],
  ];
  assertEquals(cases.length, 10);
  for (const [value, text] of cases) assertEquals(pythonJson(value), text);
});

Deno.test("lines are cut where Python cuts them", () => {
  assertEquals(pythonLines(""), []);
  assertEquals(pythonLines("a\n\nb"), ["a\n", "\n", "b"]);
  assertEquals(pythonLines("a\r\nb\rc\x0bd\u2028e\n"), ["a\r\n", "b\r", "c\x0b", "d\u2028", "e\n"]);
});

Deno.test("what is no notebook is refused with its path", () => {
  const refused = (text: string, message: string) =>
    assertThrows(() => parseNotebook(text, "x.ipynb"), SyntaxError, message);
  refused("{", "Cannot read notebook x.ipynb as it must be JSON");
  refused("[]", "it must be in nbformat 4");
  refused('{"nbformat": 3, "cells": []}', "nbformat 3");
  refused('{"nbformat": 4, "cells": [{"cell_type": "code", "source": ""}]}', "cell 1");
  refused('{"nbformat": 4, "cells": [{"cell_type": "x", "id": "a", "source": ""}]}', "cell 1");
});
