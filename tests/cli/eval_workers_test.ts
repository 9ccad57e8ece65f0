import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  evaluate,
  readReport,
  refused,
  size,
  withFolder,
  withoutColumns,
  writeCategory,
} from "./eval_command.ts";

Deno.test("two workers give the report and table of one", async () => {
  await withFolder(async (folder) => {
    const args = [
      ...["--category", "weave,cable", "--limit", "2", ...size],
      ...["--method", "dn2,padim,patchcore", "--coreset", "0.2", "--seeds", "0..1"],
    ];
    const run = async (workers: string) => {
      const json = join(folder, `${workers}.json`);
      const outcome = await evaluate([...args, "--workers", workers, "--json", json]);
      assertEquals(outcome.code, 0, outcome.err);
      return { ...outcome, report: await readReport(json) };
    };
    const [one, two] = [await run("1"), await run("2")];
    assertEquals(two.report, one.report);
    assertEquals(withoutColumns(two.out), withoutColumns(one.out));
    // A line a job, each told once, whoever ended first.
    for (const { err } of [one, two]) {
      const titles = err.trim().split("\n").map((line) => line.split("  ")[0]);
      assertEquals(titles.length, 10, err);
      assertEquals(
        titles.toSorted((a, b) => parseInt(a.slice(1)) - parseInt(b.slice(1))),
        ["weave", "cable"].flatMap((category, c) =>
          ["dn2", "padim seed 0", "padim seed 1", "patchcore seed 0", "patchcore seed 1"].map(
            (label, i) => `[${5 * c + i + 1}/10] ${category} ${label}`,
          )
        ),
      );
    }
  });
});

Deno.test("with workers too a failure is one line, and what is done is kept", async () => {
  await withFolder(async (folder) => {
    await writeCategory(folder, "a");
    const broken = join(await writeCategory(folder, "b"), "test", "good", "000.png");
    await Deno.writeTextFile(broken, "not a picture");
    const json = join(folder, "report.json");
    const results = join(folder, "..results");
    const args = ["--data", folder, ...size, "--method", "padim", "--workers", "2", "--json", json];
    const failed = await evaluate([...args, "--category", "a,b", "--results", results]);
    assertEquals(failed.code, 2, failed.err);
    const lines = failed.err.trim().split("\n");
    assert(
      lines.at(-1)?.startsWith("error: Cannot ") && lines.at(-1)?.includes("000.png"),
      failed.err,
    );
    assert(!failed.err.includes("    at "), failed.err);
    const { runs } = JSON.parse(await Deno.readTextFile(json));
    assertEquals(runs.map((run: { category: string }) => run.category), ["a"]);
    // SPADE wants fifty photos: nobody named it, so it is left out.
    const all = await evaluate(["--data", join(folder, "a"), ...size, "--workers", "2"]);
    assertEquals(all.code, 0, all.err);
    assert(/\[2\/5\] photos spade {2}left out: Cannot fit SPADE as /.test(all.err), all.err);
  });
});

Deno.test("too little memory is refused before anything runs, with the estimate and the limit", async () => {
  const args = ["--category", "weave", "--method", "padim", ...size];
  const outcome = await evaluate([...args, "--memory", "0.2"]);
  refused(outcome, "Cannot run padim on weave", "0.2 GB of memory (--memory)");
  assert(/\(--memory\): \d+\.\d GB$/.test(outcome.err.trim()), outcome.err);
  refused(await evaluate([...args, "--memory", "0.2", "--workers", "2"]), "0.2 GB of memory");
  refused(await evaluate([...args, "--memory", "0"]), "--memory must be a number");
  refused(await evaluate([...args, "--workers", "0"]), "--workers must be a whole number");
});

Deno.test("workers wait where the memory is enough for one at a time only", async () => {
  await withFolder(async (folder) => {
    const json = join(folder, "report.json");
    const args = ["--category", "weave,cable", "--limit", "2", "--method", "dn2", ...size];
    const { code, err } = await evaluate([
      ...args,
      "--workers",
      "2",
      "--memory",
      "0.9",
      "--json",
      json,
    ]);
    assertEquals(code, 0, err);
    const { runs } = JSON.parse(await Deno.readTextFile(json));
    assertEquals(runs.length, 2);
    // In their order, as none was begun before the other had ended.
    assert(/^\[1\/2\] weave dn2 .*\n\[2\/2\] cable dn2 /.test(err), err);
  });
});
