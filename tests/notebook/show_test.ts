import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

const file = (name: string) => new URL(`../../src/notebook/${name}.ts`, import.meta.url).href;

/** What a script prints. */
async function printed(source: string) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", source],
    cwd: fromFileUrl(new URL("../..", import.meta.url)),
    env: { NO_COLOR: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { success, out, err };
}

Deno.test("in a script, show prints the texts to standard output", async () => {
  const { out, err } = await printed(`
    import { show } from "${file("show")}";
    await show("title", { data: new Float32Array(20), shape: [20] }, [{ a: 1, b: "x" }], 0.5);
    await show({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "a figure" }) });
  `);
  assertEquals(err, "");
  assertEquals(
    out,
    "title\nTensor [20] float32, 20 values from 0 to 0, mean 0\na  b\n────\n1  x\n0.5000\na figure\n",
  );
});

Deno.test("in a script, progress is one closing line on stderr where that is no terminal", async () => {
  const { out, err } = await printed(`
    import { progress } from "${file("progress")}";
    for await (const _ of progress("loop").over(new Set([1, 2]))) 0;
    async function* numbers() { yield 1; yield 2; yield 3; }
    for await (const _ of progress("stream").over(numbers())) 0;
    const tell = progress("fit");
    for (const stage of ["features", "coreset"]) {
      for (const done of [0, 1, 2]) tell({ stage, done, total: 2 });
    }
  `);
  assertEquals(out, "");
  assertEquals(
    err,
    "loop: 2/2 done\nstream: 3/3 done\nfit: features 2/2 done\nfit: coreset 2/2 done\n",
  );
});

Deno.test("a check prints its line, and throws when it is off", async () => {
  const { success, out, err } = await printed(`
    import { check } from "${file("check")}";
    check("right", [1, 2], [1, 2]);
    check("wrong", [1, 2], [1, 3]);
  `);
  assertEquals(success, false);
  assertEquals(out, "right: 2 values agree exactly\n");
  assertEquals(err.includes("Cannot accept wrong"), true);
});
