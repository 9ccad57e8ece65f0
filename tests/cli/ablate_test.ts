import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import config from "../../deno.json" with { type: "json" };
import { delongTest, type Report, type Run } from "../../mod.ts";
import { parseVary } from "../../src/cli/ablate_options.ts";
import { splitWords } from "../../src/cli/arguments.ts";
import { twoRecipes } from "../../src/cli/recipe_diff_options.ts";
import { holm } from "../../src/metrics/holm.ts";

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const root = new URL("../..", import.meta.url);
const cache = await Deno.makeTempDir({ prefix: "kizu-ablate-cache-" });
globalThis.addEventListener("unload", () => Deno.removeSync(cache, { recursive: true }));

/** Runs a command in a process of its own with the permissions of its task. */
async function run(task: "ablate" | "recipe-diff", args: readonly string[]): Promise<Outcome> {
  const [, ...own] = config.tasks[task].command.split(" ");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...own, ...args],
    cwd: root,
    env: { NO_COLOR: "1", KIZU_CACHE: cache },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

function refused({ code, out, err }: Outcome, message: string): void {
  assertEquals(code, 2, err);
  assertEquals(out, "");
  assertEquals(err.trim().split("\n").length, 1, err);
  assert(err.startsWith("error: Cannot ") && err.includes(message), err);
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "kizu-ablate-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Small photos, few of them. */
const small = ["--image-size", "64", "--resize", "64", "--limit", "3"];

const percent = (value: number | null): string => (100 * (value ?? NaN)).toFixed(1);
const points = (value: number): string => {
  const text = (100 * value).toFixed(1).replace(/^-0\.0$/, "0.0");
  return value > 0 && text !== "0.0" ? `+${text}` : text;
};
const bare = (value: number): string => points(value).replace("+", "");

/** The row of a table that has these words, its text columns cut off. */
function rowOf(block: string, ...words: readonly string[]): string {
  const row = block.split("\n").find((line) => words.every((word) => line.includes(word)));
  if (row === undefined) throw new Error(`${words} not in:\n${block}`);
  return row;
}

/** Image AUROC of two runs, recomputed from the scores in the report. */
function difference(runs: readonly Run[], labels: readonly [string, string]) {
  const [a, b] = labels.map((label) => runs.find((one) => one.label === label)?.scores ?? []);
  assertEquals(a.map(({ id }) => id), b.map(({ id }) => id));
  const truth = a.map(({ label }) => label === "anomalous" ? 1 : 0);
  return delongTest(
    [a, b].map((all) => all.map(({ score }) => score)) as [number[], number[]],
    truth,
  );
}

Deno.test("an ablation's table has what the runs in its JSON give, recomputed", async () => {
  await withFolder(async (folder) => {
    const json = join(folder, "report.json");
    const args = ["--option", "coreset=0.2", "--vary", "coreset=0.05,score,crop=48", ...small];
    const { code, out, err } = await run("ablate", [...args, "--json", json]);
    assertEquals(code, 0, err);
    assert(err.includes("[8/8] weave crop=48"), err);
    const report: Report = JSON.parse(await Deno.readTextFile(json));
    const labels = ["coreset=0.05", "score=reweighted", "crop=48"];
    assertEquals(
      report.runs.map(({ category, label }) => `${category} ${label}`),
      ["cable", "weave"].flatMap((category) =>
        ["patchcore", ...labels].map((label) => `${category} ${label}`)
      ),
    );
    const images = report.differences.filter(({ metric }) => metric === "imageAuroc");
    assertEquals(images.map(({ labels }) => labels[0]), [...labels, ...labels]);
    assert(images.every(({ labels }) => labels[1] === "patchcore"));
    const p: number[] = [];
    for (const found of images) {
      const own = report.runs.filter(({ category }) => category === found.category);
      const expected = difference(own, found.labels);
      assertAlmostEquals(found.value, expected.value, 1e-12);
      assertAlmostEquals(found.lower, expected.lower, 1e-12);
      assertAlmostEquals(found.upper, expected.upper, 1e-12);
      p.push(expected.p);
    }
    const adjusted = holm(p);
    images.forEach(({ adjustedP }, i) => assertAlmostEquals(adjustedP, adjusted[i], 1e-12));

    const blocks = out.split("\n\n").filter((block) => block.includes("image AUROC "));
    assertEquals(blocks.length, 3);
    for (const [i, category] of ["cable", "weave"].entries()) {
      assert(blocks[i].startsWith(category));
      assert(blocks[i].split("\n").every((line) => [...line].length <= 130));
      for (const label of labels) {
        const row = rowOf(blocks[i], ...label.split("="));
        const own = report.runs.find((one) => one.category === category && one.label === label);
        for (const metric of ["imageAuroc", "pixelAuroc", "aupro"] as const) {
          const found = report.differences.find((one) =>
            one.category === category && one.metric === metric && one.labels[0] === label
          );
          if (!own || !found) throw new Error(`no ${metric} of ${category} ${label}`);
          const star = found.adjustedP < 0.05 ? "*" : " ";
          const cell = `${points(found.value)} [${bare(found.lower)}, ${bare(found.upper)}]${star}`;
          assert(row.includes(cell), `${cell} not in ${row}`);
          assert(row.includes(` ${percent(own[metric])} `), row);
        }
        assert(row.endsWith(own?.msPerImage.toFixed(1) ?? "?"), row);
      }
    }
    const mean = (label: string) => {
      const [a, b] = images.filter(({ labels }) => labels[0] === label);
      const half = (side: "lower" | "upper") =>
        Math.hypot(a.value - a[side], b.value - b[side]) / 2;
      const value = (a.value + b.value) / 2;
      return `${points(value)} [${bare(value - half("lower"))}, ${bare(value + half("upper"))}]`;
    };
    assert(blocks[2].startsWith("mean of 2"));
    for (const label of labels) {
      const row = rowOf(blocks[2], ...label.split("="));
      assert(row.includes(mean(label)), `${mean(label)} not in ${row}`);
    }
    assert(rowOf(out, "crop").includes("48 †") && out.includes("\n† pixel AUROC"), out);
    assert(/Marked \* where sure at 5 % after Holm\s+over the 6/.test(out), out);
  });
});

Deno.test("a walk's table has each step beside the one before, with masks as each recipe's evaluation has them", async () => {
  await withFolder(async (folder) => {
    const json = join(folder, "report.json");
    const results = join(folder, "results");
    const args = [
      ...["patchcore-2021", "patchcore-official", "--category", "cable"],
      ...["--image-size", "64", "--limit", "3", "--results", results, "--json", json],
    ];
    const { code, out, err } = await run("recipe-diff", args);
    assertEquals(code, 0, err);
    const report: Report = JSON.parse(await Deno.readTextFile(json));
    assertEquals(report.runs.map(({ label, maskFilter }) => [label, maskFilter]), [
      ["patchcore-2021", "nearest"],
      ["1 masks=official", "official"],
      ["2 pooling=official", "official"],
      ["3 sampling=approximate", "official"],
      ["4 distance=squared = patchcore-official", "official"],
    ]);
    const [first, masked] = report.runs;
    assertEquals(first.scores, masked.scores);
    assert(first.pixelAuroc !== masked.pixelAuroc, "eroded masks change what is measured");
    const labels = report.runs.map(({ label }) => label);
    const images = report.differences.filter(({ metric }) => metric === "imageAuroc");
    assertEquals(images.map((one) => one.labels), [
      ...[1, 2, 3, 4].map((i) => [labels[i], labels[i - 1]] as const),
      [labels[4], labels[0]],
    ]);
    for (const found of images) {
      assertAlmostEquals(found.value, difference(report.runs, found.labels).value, 1e-12);
    }
    const cellOf = ([a, b]: readonly [string, string], metric: "imageAuroc" | "aupro") => {
      const valueOf = (label: string) =>
        report.summaries.find((one) => one.label === label)?.[metric]?.value ?? NaN;
      const paired = report.differences.find((one) =>
        one.metric === metric && one.labels[0] === a && one.labels[1] === b
      );
      const ends = paired ? ` [${bare(paired.lower)}, ${bare(paired.upper)}]` : "";
      return points(valueOf(a) - valueOf(b)) + ends;
    };
    const table = out.split("\n\n").find((block) => block.trimStart().startsWith("cable")) ?? "";
    const rows = table.split("\n").slice(2);
    assertEquals(rows.length, 6);
    const compared = images.map((one) => one.labels);
    for (const [i, pair] of compared.entries()) {
      for (const metric of ["imageAuroc", "aupro"] as const) {
        assert(
          rows[i + 1].includes(cellOf(pair, metric)),
          `${cellOf(pair, metric)}\n${rows[i + 1]}`,
        );
      }
    }
    assert(rows[5].startsWith("all  patchcore-official"), rows[5]);
    assert(rows[1].includes("masks official †"), rows[1]);
    assert(out.includes("\nInstead of the recipes' own: image-size 64."), out);

    const again = await run("recipe-diff", args);
    assertEquals([again.code, again.out], [0, out]);
    assert(again.err.includes("5 of 5 runs"), again.err);
  });
});

Deno.test("--list says what would be run, and runs nothing", async () => {
  const ablate = await run("ablate", [
    "--base",
    "dn2",
    "--list",
    "--limit",
    "5",
    "--seeds",
    "0..4",
  ]);
  assertEquals([ablate.code, ablate.err], [0, ""]);
  assert(/^neighbours +1, 5$/m.test(ablate.out), ablate.out);
  // 4 levels, 2 neighbours, distance, 7 of the geometry; nothing in DN2 is drawn at random.
  assert(ablate.out.includes("30 runs: the base and 14 variations, 2 categories, 1 seed."));
  assert(ablate.out.includes("Left out: Cannot vary neighbours=10 as"), ablate.out);

  const recipes = await run("recipe-diff", ["--list"]);
  assertEquals([recipes.code, recipes.err], [0, ""]);
  assert(/^patchcore-official +official code +/m.test(recipes.out), recipes.out);
  assert(/^padim-paper +paper +/m.test(recipes.out) && /^dn2 +defaults +/m.test(recipes.out));
  assert(recipes.out.split("\n").every((line) => [...line].length <= 110));

  const steps = await run("recipe-diff", ["--list", "--to", "padim-popular", "--from", "padim"]);
  assertEquals([steps.code, steps.err], [0, ""]);
  assert(steps.out.endsWith("  1 filter bilinear → lanczos\n  2 upsampling bilinear → nearest\n"));
});

Deno.test("both commands explain themselves in lines that fit", async () => {
  for (const task of ["ablate", "recipe-diff"] as const) {
    const { code, out, err } = await run(task, ["--help"]);
    assertEquals([code, err], [0, ""]);
    assert(out.includes(`Usage: deno task ${task}`));
    for (const line of out.split("\n")) assert([...line].length <= 110, line);
  }
});

Deno.test("what cannot be is refused in one line before anything runs", async () => {
  const cases = [
    ["ablate", ["--vary", "levels=stage9"], "Cannot vary levels=stage9 as"],
    ["ablate", ["--base", "padin"], "did you mean padim?"],
    ["ablate", ["--vary", "coreset="], "--vary takes name or name=value/value"],
    ["ablate", ["--base", "spade", "--limit", "9"], "Cannot ablate spade as neighbours = 50"],
    ["ablate", ["--seed", "1", "--seeds", "0..2"], "only one of --seed and --seeds"],
    ["ablate", ["--taps", "a"], "--taps and --onnx belong to a --backbone FILE.onnx"],
    ["recipe-diff", [], "two recipes must be named (see --list): none"],
    ["recipe-diff", ["padim"], "two recipes must be named, as words or by --from and --to"],
    ["recipe-diff", ["padim", "--to", "padim-pca"], "two recipes must be named, as words or"],
    ["recipe-diff", ["padim", "padim"], "two recipes must differ"],
    ["recipe-diff", ["padim", "patchcore"], "both recipes must be of one method"],
    ["recipe-diff", ["padim", "padim-pcb"], "did you mean padim-pca?"],
    ["recipe-diff", ["spade", "spade-popular", "--limit", "9"], "neighbours = 50 need as many"],
    ["recipe-diff", ["dn2", "dn2-paper", "--bakbone", "x"], "did you mean backbone?"],
  ] as const;
  for (const [task, args, message] of cases) refused(await run(task, args), message);
});

Deno.test("values are separated by strokes, and a name alone takes the usual ones", () => {
  const vary = parseVary(["coreset=0.001/0.1", "neighbours", "levels=stage3/stage3+stage4"]);
  assertEquals([...vary], [
    ["coreset", [0.001, 0.1]],
    ["neighbours", undefined],
    ["levels", [["stage3"], ["stage3", "stage4"]]],
  ]);
  assertEquals([...parseVary(["score=max", "score=reweighted"])], [["score", [
    "max",
    "reweighted",
  ]]]);
});

Deno.test("words may stand before, between and behind options", () => {
  const spec = { list: { kind: "flag", help: "" }, data: { kind: "text", help: "" } } as const;
  const { words, rest } = splitWords(["--data", "x", "a", "--list", "b", "--data=y"], spec);
  assertEquals(words, ["a", "b"]);
  assertEquals(rest, ["--data", "x", "--list", "--data=y"]);
  assertEquals(twoRecipes(words, { from: undefined, to: undefined }), ["a", "b"]);
  assertEquals(twoRecipes([], { from: "a", to: "b" }), ["a", "b"]);
  assertEquals(twoRecipes([], { from: undefined, to: undefined }), undefined);
});
