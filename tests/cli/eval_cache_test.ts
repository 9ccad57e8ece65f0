import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  evaluate,
  filesIn,
  readReport,
  refused,
  size,
  withDisk,
  withFolder,
  withoutColumns,
  writeCategory,
} from "./eval_command.ts";

const few = ["--category", "weave", "--limit", "2", ...size];

interface Found {
  readonly runs: readonly { readonly cachedImages: number; readonly label: string }[];
}

const entriesIn = (folder: string) => filesIn(folder).filter((path) => path.endsWith(".tensors"));

Deno.test("features are computed once for all methods, and found again by later runs", async () => {
  await withFolder(async (folder) => {
    const cache = join(folder, "cache");
    const json = join(folder, "report.json");
    const cachedOf = async (...args: readonly string[]) => {
      const { code, err, out } = await evaluate([
        ...few,
        ...args,
        "--cache",
        cache,
        "--json",
        json,
      ]);
      assertEquals(code, 0, err);
      const { runs }: Found = JSON.parse(await Deno.readTextFile(json));
      return { cached: runs.map(({ cachedImages }) => cachedImages), err, out };
    };
    // Two good photos to fit on and ten to test on; every method after the first one finds them.
    const first = await cachedOf("--method", "dn2,padim,patchcore", "--coreset", "0.2");
    assertEquals(first.cached, [0, 12, 12]);
    assert(first.err.includes("12 from the cache"), first.err);
    assert(first.out.includes("Features of 24 of 36 photos were kept from before"), first.out);
    const later = await cachedOf("--method", "patchcore", "--coreset", "0.5", "--seed", "4");
    assertEquals(later.cached, [12]);
    // Another geometry, network or level is other features.
    const lanczos = await cachedOf("--method", "padim", "--filter", "lanczos");
    assertEquals(lanczos.cached, [0]);
    const level = await cachedOf("--method", "padim", "--option", "levels=stage2+stage7");
    assertEquals(level.cached, [0]);
    assertEquals((await cachedOf("--method", "padim", "--filter", "lanczos")).cached, [12]);
  });
});

Deno.test("flipped bytes in every cache file: the table of a run without cache, and a message", async () => {
  await withFolder(async (folder) => {
    const cache = join(folder, "cache");
    const args = [...few, "--method", "padim,patchcore", "--coreset", "0.2"];
    const json = (name: string) => join(folder, `${name}.json`);
    const run = async (name: string, ...more: readonly string[]) => {
      const outcome = await evaluate([...args, ...more, "--json", json(name)]);
      assertEquals(outcome.code, 0, outcome.err);
      return { ...outcome, report: await readReport(json(name)) };
    };
    const fresh = await run("fresh", "--cache", cache);
    const entries = entriesIn(cache);
    assertEquals(entries.length, 12);
    for (const [i, path] of entries.entries()) {
      const bytes = await Deno.readFile(path);
      // In the header, in the numbers, at the end; or cut off.
      const at = [9, 40, bytes.length >> 1, bytes.length - 1][i % 4];
      bytes[at] ^= 16;
      await Deno.writeFile(path, i === 5 ? bytes.subarray(0, bytes.length / 3) : bytes);
    }
    const flipped = await run("flipped", "--cache", cache);
    assertEquals(flipped.report, fresh.report);
    assert(/^cache {2}\d+ damaged entries were computed anew$/m.test(flipped.err), flipped.err);
    const [, count] = /^cache {2}(\d+)/m.exec(flipped.err) ?? [];
    // A version that is another is no damage: such an entry is replaced all the same.
    assert(Number(count) >= 9, flipped.err);
    const again = await run("again", "--cache", cache, "--workers", "2");
    assert(!again.err.includes("damaged"), again.err);
    assertEquals(again.report, fresh.report);
    // Without a cache the engine joins steps across the border: equal but for float32's rounding,
    // which can decide ties of resamples.
    const without = await run("without", "--no-cache");
    assertEquals(rounded(without.report), rounded(fresh.report));
    assertEquals(withoutColumns(without.out), withoutColumns(fresh.out));
  });
});

/** Scores and metrics of the runs to four significant digits. */
function rounded(report: unknown): unknown {
  const { runs } = report as { readonly runs: readonly Readonly<Record<string, unknown>>[] };
  const parts = runs.map(({ label, scores, imageAuroc, imageAp, pixelAuroc, aupro }) => ({
    label,
    scores,
    metrics: [imageAuroc, imageAp, pixelAuroc, aupro],
  }));
  return JSON.parse(
    JSON.stringify(parts, (_, v) => typeof v === "number" ? Number(v.toPrecision(4)) : v),
  );
}

Deno.test("--no-cache leaves nothing, and contradicts the cache's options", async () => {
  await withFolder(async (folder) => {
    const data = await writeCategory(folder);
    const before = filesIn(folder).length;
    const args = ["--data", data, ...size, "--method", "padim"];
    const env = { KIZU_CACHE: join(folder, "named") };
    const { code, err } = await evaluate([...args, "--no-cache"], env);
    assertEquals(code, 0, err);
    assertEquals(filesIn(folder).length, before);
    for (const other of [["--cache", folder], ["--cache-size", "1"]]) {
      refused(await evaluate([...args, "--no-cache", ...other]), `--no-cache and ${other[0]}`);
    }
  });
});

Deno.test("a cache that is no folder is refused in one line before anything runs", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    const args = [...few, "--method", "padim"];
    refused(await evaluate([...args, "--cache", file]), "Cannot open the cache", file);
    refused(await evaluate([...args, "--cache", join(file, "below")]), "Cannot open the cache");
  });
});

Deno.test("a cache where nobody may write costs no number, and is said once", async () => {
  await withDisk("ro", async (closed) => {
    const { code, out, err } = await evaluate([...few, "--method", "padim", "--cache", closed]);
    assertEquals(code, 0, err);
    assert(/^cache {2}features are no longer kept: Cannot go on storing/m.test(err), err);
    assertEquals(err.match(/no longer kept/g)?.length, 1);
    assert(out.includes("image AUROC"), out);
  });
});

Deno.test("a full disk under the cache, or under the results, is said and costs no number", async () => {
  await withFolder(async (folder) => {
    await withDisk("size=400k", async (disk, remount) => {
      const args = [...few, "--method", "padim,patchcore", "--coreset", "0.2"];
      const small = await evaluate([...args, "--cache", join(disk, "cache")]);
      assertEquals(small.code, 0, small.err);
      assert(small.err.includes("features are no longer kept: "), small.err);
      assert(small.err.includes("its disk must have room"), small.err);
      await Deno.remove(join(disk, "cache"), { recursive: true });

      // Room for the first run's results only.
      const results = join(disk, "results");
      const json = join(folder, "report.json");
      const keep = [...args, "--results", results, "--json", json];
      const full = await evaluate(keep);
      assertEquals(full.code, 2, full.err);
      const last = full.err.trim().split("\n").at(-1) ?? "";
      assert(last.startsWith("error: Cannot write ") && last.includes("must have room"), full.err);
      const { runs }: Found = JSON.parse(await Deno.readTextFile(json));
      assertEquals(runs.map(({ label }) => label), ["padim"]);
      assert(full.out.includes("padim") && !full.out.includes("patchcore"), full.out);
      assertEquals(filesIn(results).filter((path) => path.endsWith(".partial")), []);
      // With room again, the same command comes to the same end as one that never stopped.
      await remount("size=8m");
      const resumed = await evaluate(keep);
      assertEquals(resumed.code, 0, resumed.err);
      const whole = await evaluate([...args, "--json", join(folder, "whole.json")]);
      assertEquals(whole.code, 0, whole.err);
      assertEquals(await readReport(json), await readReport(join(folder, "whole.json")));
    });
  });
});

Deno.test("two processes into one cache at once give equal reports, and the bound holds", async () => {
  await withFolder(async (folder) => {
    const cache = join(folder, "cache");
    const outcomes = await Promise.all(["a", "b"].map((name) =>
      evaluate([
        ...few,
        ...["--method", "padim,patchcore", "--coreset", "0.2", "--cache", cache],
        ...["--json", join(folder, `${name}.json`)],
      ])
    ));
    for (const { code, err } of outcomes) {
      assertEquals(code, 0, err);
      assert(!err.includes("damaged") && !err.includes("no longer kept"), err);
    }
    assertEquals(
      await readReport(join(folder, "a.json")),
      await readReport(join(folder, "b.json")),
    );
    assertEquals(entriesIn(cache).length, 12);
    // 0.01 GB is the least that can be named: twenty-four photos of the usual size do not fit.
    const bounded = join(folder, "bounded");
    const outcome = await evaluate([
      ...["--category", "weave", "--limit", "4", "--method", "dn2"],
      ...["--cache", bounded, "--cache-size", "0.01"],
    ]);
    assertEquals(outcome.code, 0, outcome.err);
    const bytes = entriesIn(bounded).reduce((sum, path) => sum + Deno.statSync(path).size, 0);
    assert(bytes <= 1e7 && bytes > 5e6, `${bytes} bytes`);
  });
});
