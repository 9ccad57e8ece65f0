import { assertEquals, assertStringIncludes } from "@std/assert";
import { executeNotebook } from "../../src/runner/execute.ts";
import type { Output } from "../../src/runner/notebook_file.ts";
import { notebookOf, root, withFolder } from "../runner/notebooks.ts";
import { measureDelivery } from "./delivery.ts";

const file = (name: string) => new URL(`../../src/notebook/${name}.ts`, import.meta.url).href;
const IMPORTS = `import { generate, matrix, tensor } from "@kizu/kizu";
import { show } from "${file("show")}";
import { check } from "${file("check")}";
import { progress } from "${file("progress")}";`;

/** The outputs of code cells, after one that imports the library. */
async function outputsOf(...sources: string[]): Promise<(readonly Output[])[]> {
  const { notebook, failure } = await withFolder((scratch) =>
    executeNotebook(notebookOf([IMPORTS, ...sources]), { root, scratch })
  );
  assertEquals(failure, undefined);
  return notebook.cells.slice(2).map((cell) => cell.type === "code" ? cell.outputs : []);
}

const text = (output: Output): string => "data" in output ? String(output.data["text/plain"]) : "";

Deno.test("a stock executor loses no output of cells that use the library", async () => {
  const without = await measureDelivery(60, { remedy: false });
  const found = await measureDelivery(60, { remedy: true });
  console.log("without the remedy", without, "with it", found);
  assertEquals(without.cells, 60);
  assertEquals(found, { cells: 60, lost: 0, misplaced: 0 });
});

Deno.test("a tensor and a data set as a cell's value are summaries", async () => {
  const outputs = await outputsOf(
    "tensor(new Float32Array(5000), [50, 100])",
    'await generate("cable", { train: 3 })',
    "[matrix([[1]]), matrix([[2]])]",
    "({ a: 1 })",
    "undefined",
  );
  assertEquals(outputs.map((own) => own.map(({ kind }) => kind)), [
    ["result"],
    ["result"],
    ["result"],
    ["result"],
    [],
  ]);
  assertEquals(
    text(outputs[0][0]),
    "Tensor [50, 100] float32, 5,000 values from 0 to 0, mean 0",
  );
  assertStringIncludes(text(outputs[1][0]), "Dataset synthetic, cable\n  to fit on: 3 good photos");
  assertStringIncludes(text(outputs[2][0]), "Array of 2");
  assertEquals(text(outputs[3][0]), "{ a: 1 }");
});

Deno.test("images are pictures, below a megabyte whatever is on them", async () => {
  const outputs = await outputsOf(
    `const large = new Uint8Array(1000 * 900 * 3);
     for (let at = 0; at < large.length; at += 60_000) {
       crypto.getRandomValues(large.subarray(at, at + 60_000));
     }
     ({ width: 1000, height: 900, data: large })`,
    'await show("a mask", { width: 4, height: 2, data: new Uint8Array([1, 0, 0, 0, 0, 0, 0, 1]) });',
  );
  const sizes = outputs.flat().flatMap((output) =>
    "data" in output && "image/png" in output.data
      ? [pngSize(Uint8Array.fromBase64(String(output.data["image/png"])))]
      : []
  );
  assertEquals(sizes, [[333, 300], [128, 64]]);
  assertEquals(outputs.flat().map(text), ["Image 1000×900", "a mask", "Mask 4×2, 25.00 % marked"]);
});

function pngSize(png: Uint8Array): number[] {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

Deno.test("figures and tables keep their media types", async () => {
  const [[figure], [table]] = await outputsOf(
    `({ [Symbol.for("Jupyter.display")]: () => ({ "image/png": "AA==", "text/plain": "figure" }) })`,
    'await show([{ method: "dn2", auroc: 0.5 }]);',
  );
  const media = (output: Output) => "data" in output ? Object.keys(output.data) : [];
  assertEquals(media(figure), ["image/png", "text/plain"]);
  assertEquals(media(table), ["text/markdown", "text/plain"]);
});

Deno.test("a bundle is shown as JSON has it, without undefined members", async () => {
  const value = `({ [Symbol.for("Jupyter.display")]: () =>
    ({ "application/json": { a: 1, b: undefined }, "text/plain": "x" }) })`;
  const outputs = await outputsOf(value, `await show(${value});`);
  assertEquals(outputs.map(([output]) => "data" in output && output.data["application/json"]), [
    { a: 1 },
    { a: 1 },
  ]);
});

Deno.test("progress ends without time or rate, even where nobody ended it", async () => {
  const [looped, fitted, left, inTurn] = await outputsOf(
    'for await (const _ of progress("loop").over([1, 2, 3])) await new Promise((r) => setTimeout(r, 150));',
    `const tell = progress("fit");
     for (const stage of ["features", "coreset"]) {
       for (let done = 0; done <= 3; done++) {
         tell({ stage, done, total: 3 });
         await new Promise((r) => setTimeout(r, 60));
       }
     }`,
    `const open = progress("open");
     for (let done = 0; done < 5; done++) {
       open({ stage: "photos", done });
       await new Promise((r) => setTimeout(r, 150));
     }`,
    `const both = progress("ensemble");
     for (let done = 1; done <= 3; done++) {
       for (const stage of ["first", "second"]) both({ stage, done });
       await new Promise((r) => setTimeout(r, 150));
     }`,
  );
  assertEquals([looped, fitted, left, inTurn].map((own) => own.map(text)), [
    ["loop: 3/3 done"],
    ["fit: features 3/3, coreset 3/3 done"],
    ["open: photos 4"],
    ["ensemble: first 3, second 3"],
  ]);
});

Deno.test("a check shows its line below the cell", async () => {
  const [own] = await outputsOf('check("rows", [1, 2], [1, 2]);\ncheck("sum", 0.1 + 0.2, 0.3);');
  assertEquals(own.map(text), [
    "rows: 2 values agree exactly",
    "sum: 1 value agrees, largest difference 5.6e-17 (allowed 3.0e-6)",
  ]);
});
