/** Runs that are killed, and resumed by the same command. `KIZU_SLOW=1`: 20 kills, not 3. */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { seededRandom } from "../../src/random.ts";
import {
  evalCommand,
  evaluate,
  type Outcome,
  readReport,
  refused,
  size,
  withFolder,
  withoutColumns,
  writeCategory,
} from "./eval_command.ts";

const SLOW = Deno.env.get("KIZU_SLOW") !== undefined;
const KILLS = SLOW ? 20 : 3;

/** Eight runs: two categories, a method without chance, and one with three seeds. */
const matrix = [
  ...["--category", "weave,cable", "--limit", "2", ...size],
  ...["--method", "dn2,padim", "--seeds", "0..2"],
];

/** Runs the command and kills it after a time, unless it has ended by then. */
async function killed(args: readonly string[], cache: string, after: number): Promise<boolean> {
  const process = evalCommand(args, { KIZU_CACHE: cache }).spawn();
  const outcome = process.output();
  const timer = setTimeout(() => {
    try {
      process.kill("SIGKILL");
    } catch {
      // It has ended just now.
    }
  }, after);
  const { signal } = await outcome;
  clearTimeout(timer);
  return signal === "SIGKILL";
}

const recordsIn = (folder: string): number => {
  try {
    return [...Deno.readDirSync(join(folder, "runs"))]
      .filter(({ name }) => name.endsWith(".json")).length;
  } catch {
    return 0;
  }
};

for (const workers of ["1", "2"]) {
  Deno.test(`killed at any moment and resumed, the result is the uninterrupted one: ${workers} workers`, async () => {
    await withFolder(async (folder) => {
      const args = (name: string) => [
        ...matrix,
        ...["--workers", workers, "--results", join(folder, name)],
        ...["--json", join(folder, `${name}.json`), "--csv", join(folder, `${name}.csv`)],
      ];
      const start = performance.now();
      const whole = await evaluate(args("whole"));
      const duration = performance.now() - start;
      assertEquals(whole.code, 0, whole.err);
      assertEquals(recordsIn(join(folder, "whole")), 8);
      const expected = await readReport(join(folder, "whole.json"));
      const random = seededRandom(Number(workers), "moments");
      const moments: string[] = [];
      // Each moment in a part of its own, so that few kills too fall early, midway and late.
      for (let kill = 0; kill < KILLS; kill++) {
        const name = `killed${kill}`;
        const cache = join(folder, `cache${kill}`);
        let share = (kill + random.uniform()) / KILLS;
        while (!await killed(args(name), cache, share * duration)) {
          // It was faster than the measured one: anew, and earlier.
          await Deno.remove(join(folder, name), { recursive: true });
          share *= 0.9;
        }
        const finished = recordsIn(join(folder, name));
        moments.push(`${(share * duration / 1000).toFixed(2)} s: ${finished}`);
        const resumed = await evaluate(args(name), { KIZU_CACHE: cache });
        assertEquals(resumed.code, 0, resumed.err);
        const lines = resumed.err.trim().split("\n");
        const note = finished === 0 ? [] : [`results  ${finished} of 8 runs were finished before`];
        assertEquals(lines.filter((line) => line.startsWith("results")), note);
        assertEquals(lines.filter((line) => line.startsWith("[")).length, 8 - finished);
        assertEquals(await readReport(join(folder, `${name}.json`)), expected);
        assertEquals(withoutColumns(resumed.out), withoutColumns(whole.out));
        assertEquals([...Deno.readDirSync(join(folder, name))].map((entry) => entry.name).sort(), [
          "lock",
          "results.json",
          "runs",
        ]);
      }
      console.log(`killed with so many of 8 runs finished, after ${moments.join(", ")}`);
    });
  });
}

const again = "a run may be killed again and again and still comes to its end";
Deno.test({ name: again, ignore: !SLOW }, async () => {
  await withFolder(async (folder) => {
    const args = [
      ...matrix,
      ...["--results", join(folder, "runs"), "--json", join(folder, "report.json")],
    ];
    const cache = join(folder, "cache");
    let kills = 0;
    let before = 0;
    // Each time so late that it gets a little further.
    for (; before < 5 && kills < 20; kills++) {
      const process = evalCommand(args, { KIZU_CACHE: cache }).spawn();
      const outcome = process.output();
      while (recordsIn(join(folder, "runs")) < before + 2) {
        await new Promise((r) => setTimeout(r, 5));
      }
      process.kill("SIGKILL");
      await outcome;
      before = recordsIn(join(folder, "runs"));
    }
    assert(kills >= 2 && before < 8, `${kills} kills, ${before} runs`);
    const resumed = await evaluate(args, { KIZU_CACHE: cache });
    assertEquals(resumed.code, 0, resumed.err);
    const whole = await evaluate([...matrix, "--json", join(folder, "whole.json")]);
    assertEquals(whole.code, 0, whole.err);
    assertEquals(
      await readReport(join(folder, "report.json")),
      await readReport(join(folder, "whole.json")),
    );
  });
});

Deno.test("results of another plan, version or data are refused in one line that says what differs", async () => {
  await withFolder(async (folder) => {
    const data = await writeCategory(folder);
    const results = join(folder, "results");
    const args = (...more: readonly string[]) => [
      ...["--data", data, ...size, "--method", "padim", ...more, "--results", results],
    ];
    const first = await evaluate(args());
    assertEquals(first.code, 0, first.err);
    const records = recordsIn(results);
    const other = async (what: string, ...more: readonly string[]) => {
      const outcome = await evaluate(args(...more));
      refused(outcome, `Cannot write results to ${results}`, what, " here, ", " there");
      assertEquals(recordsIn(results), records);
    };
    await other("plan.methods[0].options.sigma: 2 here, 4 there", "--option", "sigma=2");
    await other("plan.datasets[0].counts", "--limit", "1");
    await other('plan.maskFilter: "official" here, "nearest" there', "--mask-filter", "official");
    await other("plan.methods[0].seeds", "--seeds", "0,1");
    await other("plan.skipBroken: true here, false there", "--skip-broken");

    // Another photo under the same name.
    const photo = join(data, "train", "good", "000.png");
    const bytes = await Deno.readFile(photo);
    await Deno.copyFile(join(data, "train", "good", "001.png"), photo);
    await other("plan.datasets[0].photos");
    await Deno.writeFile(photo, bytes);
    assertEquals((await evaluate(args())).code, 0, "the same data again is gone on with");

    const plan = join(results, "results.json");
    const text = await Deno.readTextFile(plan);
    await Deno.writeTextFile(plan, text.replace(/"version":"[^"]+"\}\n$/, '"version":"0.0.1"}'));
    await other("library version");
    await Deno.writeTextFile(plan, text.slice(0, text.length / 2));
    refused(await evaluate(args()), "results.json must be whole");
    await Deno.writeTextFile(plan, text);

    // A finished run whose bytes changed: named, with what to do.
    const runs = join(results, "runs");
    for (const { name } of Deno.readDirSync(runs)) {
      const path = join(runs, name);
      const whole = await Deno.readFile(path);
      const flipped = whole.slice();
      // A letter of a record: a number's last digit may change and still be the same number.
      const letter = new TextDecoder().decode(whole).indexOf("padim");
      flipped[name.endsWith(".json") ? letter : flipped.length >> 1] ^= 1;
      await Deno.writeFile(path, flipped);
      // Maps are read for pictures only: they cost those, not the numbers.
      const pictured = name.endsWith(".maps.bin");
      const more = pictured ? ["--maps", join(folder, "overlays")] : [];
      const { code, out, err } = await evaluate(args(...more));
      assertEquals([code, out !== ""], [2, pictured], `${name} is damaged: ${err}`);
      const last = err.trim().split("\n").at(-1) ?? "";
      assert(last.startsWith("error: Cannot read the results in "), err);
      assert(last.includes(name) && last.includes("computed again"), err);
      await Deno.writeFile(path, whole);
    }
    const foreign = join(folder, "weave", "train");
    refused(await evaluate([...args().slice(0, -1), foreign]), "must be empty or a results folder");
  });
});

Deno.test("of two runs into one folder the second is refused in one line, the first unharmed", async () => {
  await withFolder(async (folder) => {
    const results = join(folder, "results");
    const args = (name: string) => [
      ...matrix,
      ...["--results", results, "--json", join(folder, name)],
    ];
    const cache = { KIZU_CACHE: join(folder, "cache") };
    const first = evalCommand(args("first.json"), cache).spawn();
    const outcome = first.output();
    while (recordsIn(results) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    first.kill("SIGSTOP");
    const second: Outcome = await evaluate(args("second.json"), cache);
    first.kill("SIGCONT");
    refused(second, "no other run may be writing there", `process ${first.pid}`);
    const { code, stderr } = await outcome;
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    assertEquals(recordsIn(results), 8);
    const whole = await evaluate([...matrix, "--json", join(folder, "whole.json")]);
    assertEquals(whole.code, 0, whole.err);
    assertEquals(
      await readReport(join(folder, "first.json")),
      await readReport(join(folder, "whole.json")),
    );
  });
});
