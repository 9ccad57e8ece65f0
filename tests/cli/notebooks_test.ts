import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { splitWords } from "../../src/cli/arguments.ts";
import { chooseNotebooks } from "../../src/cli/notebooks.ts";
import { notebookText } from "../../src/runner/notebook_file.ts";
import { hasEnded, isRunning, notebookOf, root, withFolder } from "../runner/notebooks.ts";

const command = (folder: string, ...args: string[]) =>
  new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-read", "--allow-write", "--allow-env", "--allow-ffi"],
      ...["--allow-run", "--no-prompt", "src/cli/notebooks.ts", "--folder", folder, ...args],
    ],
    cwd: root,
    // Temporary folders are then made in this one.
    env: { NO_COLOR: "1", TMPDIR: folder },
    stdout: "piped",
    stderr: "piped",
  });

async function notebooks(folder: string, ...args: string[]) {
  const { code, stdout, stderr } = await command(folder, ...args).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

async function write(folder: string, name: string, sources: readonly string[]): Promise<string> {
  const path = join(folder, `${name}.ipynb`);
  await Deno.writeTextFile(path, notebookText(notebookOf(sources, { 3: ["timing"] })));
  return path;
}

const SOURCES = [
  'import { matrix } from "@kizu/kizu";\nconst rows = matrix([[1,2]]);',
  "console.log(`took ${performance.now()} ms`);",
  'await new Promise((resolve) => setTimeout(resolve, 5));\n"the end of " + rows.shape;',
];

Deno.test("a notebook is executed, written, left alone when run again, and checked", async () => {
  await withFolder(async (folder) => {
    const path = await write(folder, "01_first", SOURCES);
    const first = await notebooks(folder, "1");
    assertEquals(first.code, 0, first.err);
    assertStringIncludes(first.out, "01_first");
    assertStringIncludes(first.out, "written");
    assertEquals([...first.err.matchAll(/^01_first \[\d\/3\] {2}cell \d {2}\d/gm)].length, 3);

    const text = await Deno.readTextFile(path);
    const { cells, metadata } = JSON.parse(text);
    assertEquals(cells[1].source, [
      'import { matrix } from "@kizu/kizu";\n',
      "const rows = matrix([[1, 2]]);",
    ]);
    assertEquals(cells[3].outputs[0].data["text/plain"], ['"the end of 1,2"']);
    assertEquals(cells.map((cell: { execution_count?: number }) => cell.execution_count), [
      undefined,
      1,
      2,
      3,
    ]);
    assertEquals(metadata.kernelspec.name, "deno");
    assert(!text.includes(root), "paths of this machine");

    const again = await notebooks(folder);
    assertStringIncludes(again.out, "unchanged");
    assertEquals(await Deno.readTextFile(path), text);
    const checked = await notebooks(folder, "--check", "01_first.ipynb");
    assertEquals(checked.code, 0, checked.err);
    assertStringIncludes(checked.out, "as committed");

    await Deno.writeTextFile(path, text.replace("the end of 1,2", "the end of 1,3"));
    const changed = await notebooks(folder, "--check");
    assertEquals(changed.code, 1);
    assertStringIncludes(changed.out, "differs");
    assertStringIncludes(
      changed.err,
      '01_first: cell 4: text/plain differs\n  committed: "the end of 1,3"\n' +
        '  now:       "the end of 1,2"',
    );
    assertStringIncludes(await Deno.readTextFile(path), "the end of 1,3");
  });
});

Deno.test("a failing notebook says where and why, and its file is left as it was", async () => {
  await withFolder(async (folder) => {
    const path = await write(folder, "02_fails", ["const a = 1;", 'throw new Error("no " + a);']);
    const before = await Deno.readTextFile(path);
    const { code, out, err } = await notebooks(folder, "02_fails");
    assertEquals(code, 1);
    assertStringIncludes(
      err,
      'error: 02_fails: cell 3, line 1: Error: no 1\n  throw new Error("no " + a);',
    );
    assertStringIncludes(out, "failed");
    assertEquals(await Deno.readTextFile(path), before);
  });
});

Deno.test("types alone are checked without executing anything", async () => {
  await withFolder(async (folder) => {
    await write(folder, "03_wrong", ["const a = 1;", "const b: string = a;"]);
    await write(folder, "04_right", ['Deno.exit(9);\nconst c = "never run";']);
    await write(folder, "05_untidy", ["const d=1"]);
    const { code, out, err } = await notebooks(folder, "--types");
    assertEquals(code, 1);
    assertStringIncludes(err, "error: 03_wrong: cell 3, line 1: TS2322");
    assertStringIncludes(err, "error: 05_untidy: cell 2: it is not formatted");
    assertStringIncludes(out, "types right");
    assertEquals((await notebooks(folder, "--types", "4")).code, 0);
  });
});

Deno.test("a slow notebook is pointed out, a far too slow one fails", async () => {
  await withFolder(async (folder) => {
    const wait = (ms: number) => `await new Promise((resolve) => setTimeout(resolve, ${ms}));`;
    await write(folder, "06_slow", [wait(1200)]);
    await write(folder, "07_slower", [wait(5500)]);
    const { code, out, err } = await notebooks(folder, "--limit-seconds", "1", "--jobs", "2");
    assertEquals(code, 1);
    assertStringIncludes(err, "06_slow: it takes 1.2 s, more than 1 s");
    assertStringIncludes(err, "error: 07_slower: it takes 5.5 s, more than 5 s");
    assertEquals(out.split("\n").slice(2).map((line) => line.split(/ {2,}/).at(-1)), [
      "written",
      "failed",
      "",
    ]);
  });
});

Deno.test("bad usage is one line and exit code 2", async () => {
  await withFolder(async (folder) => {
    const empty = await notebooks(folder);
    assertEquals(empty.code, 2);
    assertStringIncludes(empty.err, "error: Cannot run notebooks as there must be some");
    await write(folder, "07_patchcore", ["1;"]);
    const unknown = await notebooks(folder, "07_pachcore");
    assertEquals(unknown.code, 2);
    assertStringIncludes(unknown.err, "did you mean 07_patchcore?");
    const option = await notebooks(folder, "--chek");
    assertEquals(option.code, 2);
    assertStringIncludes(option.err, "did you mean check?");
    await Deno.writeTextFile(join(folder, "08_broken.ipynb"), "{");
    const broken = await notebooks(folder, "8");
    assertEquals(broken.code, 2);
    assertStringIncludes(broken.err, "08_broken.ipynb as it must be JSON");
    const missing = await notebooks(join(folder, "nowhere"));
    assertEquals(missing.code, 2);
    assertStringIncludes((await notebooks(folder, "--help")).out, "deno task notebooks --check");
  });
});

Deno.test("words and options are told apart in any order", () => {
  const spec = {
    jobs: { kind: "number", help: "" },
    check: { kind: "flag", help: "" },
    folder: { kind: "text", help: "" },
  } as const;
  assertEquals(splitWords(["7", "--jobs", "2", "--check", "03", "--folder=a", "8"], spec), {
    words: ["7", "03", "8"],
    rest: ["--jobs", "2", "--check", "--folder=a"],
  });
});

Deno.test("notebooks are chosen by number, name, file name and path", () => {
  const files = ["/n/03_dn2.ipynb", "/n/07_patchcore.ipynb", "/n/extra.ipynb"];
  assertEquals(chooseNotebooks([], files), files);
  for (const word of ["7", "07", "07_patchcore", "07_patchcore.ipynb"]) {
    assertEquals(chooseNotebooks([word], files), [files[1]]);
  }
  assertEquals(chooseNotebooks(["7", "3", "07"], files), [files[1], files[0]]);
  assertEquals(chooseNotebooks(["/else/where.ipynb"], files), ["/else/where.ipynb"]);
  assertThrows(() => chooseNotebooks(["4"], files), RangeError, "there are 03_dn2");
});

Deno.test({
  name: "an interrupted run leaves no kernel and no temporary folder behind",
  ignore: Deno.build.os === "windows",
  async fn() {
    const hang = 'await Deno.writeTextFile("PATH", `${Deno.pid} ${Deno.cwd()}`);\n' +
      "await new Promise((resolve) => setTimeout(resolve, 1e6));";
    for (const [signal, expected] of [["SIGINT", 130], ["SIGKILL", 137]] as const) {
      await withFolder(async (folder) => {
        const told = join(folder, "pid");
        await write(folder, "09_hang", [hang.replace("PATH", told)]);
        const child = command(folder, "9").spawn();
        const reading = Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
        const pid = await contentOf(told);
        assert(await isRunning(pid), "the kernel runs");
        child.kill(signal);
        assertEquals((await child.status).code, expected);
        await reading;
        assert(await hasEnded(pid), `the kernel outlived ${signal}`);
        // Nobody can tidy up after a process that was killed.
        if (signal === "SIGKILL") return;
        assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
          "09_hang.ipynb",
          "pid",
        ]);
      });
    }
  },
});

/** The number that a file begins with, once it is there. */
async function contentOf(path: string): Promise<number> {
  for (let i = 0; i < 300; i++) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text.includes(" ")) return Number(text.split(" ")[0]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${path} was not written within 30 s`);
}
