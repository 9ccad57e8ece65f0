import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  assess,
  createDetector,
  findMethod,
  generate,
  loadBackbone,
  methodNames,
} from "../../mod.ts";
import type { Group } from "../../src/cli/metrics_rows.ts";
import { limitDataset } from "../../src/data/limit.ts";
import { encodePng } from "../../src/image/encode.ts";

const root = new URL("../..", import.meta.url);

const FLAGS = "run --quiet --allow-read --allow-write --allow-env --allow-ffi --no-prompt " +
  "src/cli/metrics.ts";

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in a process of its own. */
async function metrics(...args: readonly string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...FLAGS.split(" "), ...args],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** Exit code 2, nothing on stdout, and the refusal in the last line of stderr. */
function refused({ code, out, err }: Outcome, ...messages: readonly string[]): void {
  assertEquals([code, out], [2, ""], err);
  const last = err.trim().split("\n").at(-1) ?? "";
  assert(last.startsWith("error: Cannot ") && !err.includes("    at "), err);
  for (const message of messages) assert(last.includes(message), `${message} not in: ${err}`);
}

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "kizu-metrics-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const few = ["--compare", "--category", "weave", "--limit", "2"];

Deno.test("the first rows are what an evaluation reports, and differences are taken from them", async () => {
  await withFolder(async (folder) => {
    const json = join(folder, "new", "metrics.json");
    const { code, out, err } = await metrics(...few, "--seed", "3", "--json", json);
    assertEquals(code, 0, err);
    const written = JSON.parse(await Deno.readTextFile(json));
    assertEquals(
      [written.dataset, written.category, written.method, written.seed],
      ["synthetic", "weave", "patchcore", 3],
    );
    assertEquals([written.trainImages, written.testImages], [2, 10]);

    const weave = limitDataset(await generate("weave"), 2);
    const backbone = await loadBackbone("efficientnet_lite0");
    const run = await assess(createDetector("patchcore", backbone, { seed: 3 }), weave);
    const groups: readonly Group[] = written.groups;
    const exact = Object.fromEntries(groups.map(({ name, rows }) => [name, rows[0].values]));
    assertEquals(exact["image AUROC"], [run.imageAuroc]);
    assertEquals(exact["pixel AUROC"], [run.pixelAuroc]);
    assertEquals(exact["AUPRO"], [run.aupro]);
    assertEquals(exact["masks"], [run.pixelAuroc, run.aupro]);
    assertEquals(exact["scores"], [run.pixelAuroc, run.aupro]);

    let compared = 0;
    for (const { name, metrics, rows } of groups) {
      assert(rows.length >= 2, name);
      for (const { values, differences, who } of rows) {
        assert(who !== "");
        assertEquals([values.length, differences.length], [metrics.length, metrics.length]);
        values.forEach((value, i) => {
          const first = rows[0].values[i];
          if (value === null || first === null) return assertEquals(differences[i], null);
          assert(value >= 0 && value <= 1, `${name}: ${value}`);
          assertAlmostEquals(differences[i] ?? NaN, 100 * (value - first), 1e-9);
          compared++;
        });
      }
    }
    assert(compared > 50, `${compared} values`);

    const lines = out.trimEnd().split("\n");
    assert(lines.length > 50, out);
    for (const line of lines) assert([...line].length <= 110, line);
    assert(lines[0].startsWith("weave: patchcore on efficientnet_lite0, seed 3, fitted on 2"), out);
    for (const { rows } of groups) for (const { name } of rows) assert(out.includes(name), name);
    assertEquals(err.trim().split("\n").length, 1, err);
  });
});

Deno.test("a method without maps is compared by its scores alone", async () => {
  const { code, out, err } = await metrics(...few, "--method", "dn2");
  assertEquals(code, 0, err);
  assert(out.includes("image AUROC") && out.includes("F1"), out);
  assert(!out.includes("stretched"), out);
  assert(out.trimEnd().endsWith("Pixel AUROC and AUPRO are left out: dn2 makes no maps."), out);
});

Deno.test("without --compare it says what it is for, and what is missing", async () => {
  const found = await metrics();
  refused(found, "--compare is needed", "--help");
  assert(found.err.startsWith("Computes the exact AUROC and AUPRO and the variants"), found.err);
});

Deno.test("bad usage is refused with what would be right", async () => {
  refused(await metrics("--compare", "--category", "weav"), "did you mean weave?");
  refused(await metrics("--compare", "--category", "all"), "--category is one name here");
  refused(await metrics("--compare", "--method", "patchcor"), "did you mean patchcore?");
  refused(await metrics("--compare", "--limit", "0"), "--limit", '"0"');
  refused(await metrics("--comparre"), "did you mean compare?");
  await withFolder(async (folder) => {
    refused(await metrics("--compare", "--data", join(folder, "nowhere")), "nowhere");
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    refused(await metrics(...few, "--json", join(file, "metrics.json")), "writable", file);
  });
});

Deno.test("photos of good parts only leave nothing to measure", async () => {
  await withFolder(async (folder) => {
    const { train } = await generate("weave", { size: 64, train: 5 });
    for (const [i, sample] of train.entries()) {
      await Deno.writeFile(join(folder, `${i}.png`), await encodePng(await sample.image()));
    }
    const found = await metrics("--compare", "--data", folder);
    refused(found, "test photos must be good and bad", "1 photos, 0 bad");
  });
});

Deno.test("--help lists the options, the methods and examples", async () => {
  const { code, out, err } = await metrics("--help");
  assertEquals([code, err], [0, ""]);
  const words = ["--compare", "--data DIR", "--json FILE", "Examples:", "docs/metrics.md"];
  for (const word of [...words, ...methodNames]) assert(out.includes(word), word);
  assertEquals(findMethod("patchcore").method, "patchcore");
});
