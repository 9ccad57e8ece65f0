import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { encodeMaskPng } from "../../src/image/encode.ts";
import {
  evalCommand,
  evaluate,
  refused,
  root,
  size,
  withFolder,
  withoutTimes,
  writeCategory,
} from "./eval_command.ts";

/** Few patches: fast. */
const small = [...size, "--method", "patchcore", "--coreset", "0.2"];

Deno.test("two runs with the same seed give the same JSON but for times and memory", async () => {
  await withFolder(async (folder) => {
    const reports = [];
    for (const name of ["a.json", "b.json"]) {
      const json = join(folder, "new", name);
      const args = ["--category", "weave", "--limit", "2", ...small, "--seed", "3", "--json", json];
      const { code, out, err } = await evaluate(args);
      assertEquals(code, 0, err);
      assert(out.includes("weave") && out.includes("image AUROC"), out);
      assertEquals(err.trim().split("\n").length, 1, err);
      reports.push(JSON.parse(await Deno.readTextFile(json)));
    }
    const [a, b] = reports;
    const parts = ["summaries", "differences", "across", "literature"];
    assertEquals(Object.keys(a), ["version", "environment", "runs", ...parts]);
    assertEquals(a.runs.length, 1);
    const [run] = a.runs;
    assertEquals([run.dataset, run.category, run.method], ["synthetic", "weave", "patchcore"]);
    assertEquals([run.backbone, run.seed], ["efficientnet_lite0", 3]);
    assertEquals([run.trainImages, run.testImages, run.options.coreset], [2, 10, 0.2]);
    for (const metric of ["imageAuroc", "pixelAuroc", "aupro", "imageAp"]) {
      assert(run[metric] >= 0 && run[metric] <= 1, metric);
    }
    for (const part of ["read", "fit", "predict", "metrics", "total"]) {
      assert(run.seconds[part] >= 0, part);
    }
    assert(run.msPerImage > 0 && run.peakMemoryMb > 50);
    assertEquals(withoutTimes(a), withoutTimes(b));
  });
});

Deno.test("a folder in MVTec AD's layout gives a table, JSON, CSV and overlays", async () => {
  await withFolder(async (folder) => {
    await writeCategory(folder, "carpet");
    await writeCategory(folder, "own");
    const csv = join(folder, "out", "report.csv");
    const maps = join(folder, "maps");
    const { code, out, err } = await evaluate(
      ["--data", folder, "--category", "all", ...small, "--csv", csv, "--maps", maps],
    );
    assertEquals(code, 0, err);
    assert(out.includes("mean of 2"), out);
    // Published of PatchCore at 25 %, the coreset nearest to ours in proportion.
    assert(/^carpet +patchcore +image AUROC .* 98\.7 /m.test(out), out);
    assert(out.includes("another number of photos: another test, not to be compared"), out);
    const lines = (await Deno.readTextFile(csv)).trim().split(/\r?\n/);
    assertEquals(lines.length, 3);
    assert(lines[0].startsWith("dataset,category,method,label,"));
    for (const category of ["carpet", "own"]) {
      const written = [...Deno.readDirSync(join(maps, category, "patchcore"))].map((e) => e.name);
      assertEquals(written.length, 6);
      assert(written.includes("hole_000.png"));
    }
    assertEquals([...Deno.readDirSync(maps)].length, 2);
  });
});

Deno.test("own photos need neither masks nor defects", async () => {
  await withFolder(async (folder) => {
    const category = await writeCategory(folder);
    const own = join(folder, "photos of mine");
    await Deno.rename(join(category, "train", "good"), own);
    const json = join(folder, "report.json");
    const { code, err } = await evaluate(["--data", own, ...small, "--json", json]);
    assertEquals(code, 0, err);
    const { runs: [run] } = JSON.parse(await Deno.readTextFile(json));
    assertEquals([run.imageAuroc, run.pixelAuroc, run.aupro, run.imageAp], [
      null,
      null,
      null,
      null,
    ]);
    assertEquals(run.trainImages + run.testImages, 4);
  });
});

Deno.test("without --method every method runs that the photos are enough for, in their order", async () => {
  await withFolder(async (folder) => {
    await writeCategory(folder);
    const json = join(folder, "report.json");
    const { code, out, err } = await evaluate(["--data", folder, ...size, "--json", json]);
    assertEquals(code, 0, err);
    const { runs } = JSON.parse(await Deno.readTextFile(json));
    const methods = runs.map((run: { method: string }) => run.method);
    // Four photos are too few for the fifty nearest ones of SPADE.
    assertEquals(methods, ["dn2", "gaussian-ad", "padim", "patchcore"]);
    assert(err.includes("left out: Cannot fit SPADE"), err);
    assert(out.includes("gaussian-ad"), out);
    refused(await evaluate(["--data", folder, ...size, "--method", "spade"]), "Cannot fit SPADE");
  });
});

Deno.test("bad usage is refused in one line", async () => {
  refused(await evaluate(["--corset", "0.1"]), "--corset", "did you mean coreset?");
  refused(await evaluate(["--coreset", "0"]), "--coreset", '"0"', "above 0");
  refused(await evaluate(["--coreset", "2"]), "--coreset", '"2"');
  refused(await evaluate(["--coreset", "abc"]), "--coreset", '"abc"');
  refused(await evaluate(["--method", "patchcor"]), "did you mean patchcore?");
  refused(await evaluate(["--backbone", "resnet"]), "efficientnet_lite0");
  refused(await evaluate(["--category", "cabel"]), "did you mean cable?");
  refused(await evaluate(["--image-size", "224", "--resize", "100"]), "resize 100");
  refused(await evaluate(["--filter", "lanzcos"]), "--filter", "did you mean lanczos?");
  refused(await evaluate(["--filter", "nearest"]), "bilinear, bicubic, lanczos");
  refused(await evaluate(["--aspect", "strech"]), "--aspect", "did you mean stretch?");
  refused(await evaluate(["--mask-filter", "oficial"]), "--mask-filter", "did you mean official?");
  refused(await evaluate(["--mask-filter", "bilinear"]), "nearest, official");
});

Deno.test("filter, aspect and mask filter are what the report says; sizes go over a preset's", async () => {
  await withFolder(async (folder) => {
    await writeCategory(folder);
    const report = async (...args: readonly string[]) => {
      const json = join(folder, "report.json");
      const { code, out, err } = await evaluate(["--data", folder, ...args, "--json", json]);
      assertEquals(code, 0, err);
      const { runs } = JSON.parse(await Deno.readTextFile(json));
      assertEquals(runs.length, 1);
      return { run: runs[0], out };
    };
    const names = ["--filter", "lanczos", "--aspect", "stretch", "--mask-filter", "official"];
    const geometry = { resize: 64, crop: 64, filter: "bilinear", aspect: "keep" };
    const plain = await report(...small);
    // Where nothing is resized nothing is eroded.
    const resized = ["--image-size", "64", "--resize", "72", ...small.slice(4)];
    assertEquals([plain.run.options.geometry, plain.run.maskFilter], [geometry, "nearest"]);
    assert(!plain.out.includes("erodes"), plain.out);
    const named = await report(...resized, ...names);
    const other = { ...geometry, resize: 72, filter: "lanczos", aspect: "stretch" };
    assertEquals([named.run.options.geometry, named.run.maskFilter], [other, "official"]);
    assert(named.out.includes("--mask-filter official"), named.out);
    // The masks are no matter of the score.
    const scored = await report(...resized, ...names.slice(0, 4));
    assertEquals([scored.run.maskFilter, scored.run.imageAuroc], ["nearest", named.run.imageAuroc]);
    assert(scored.run.pixelAuroc !== named.run.pixelAuroc);

    const preset = ["--method", "patchcore-anomalib"];
    const { run } = await report(...preset, "--image-size", "64");
    assertEquals(run.options.geometry, { ...geometry, aspect: "stretch" });
    assertEquals([run.options.start, run.options.score], ["dropped", "reweighted"]);
    const kept = await report(
      "--method",
      "padim-popular",
      "--image-size",
      "64",
      "--aspect",
      "keep",
    );
    assertEquals(kept.run.options.geometry, { ...geometry, resize: 73, filter: "lanczos" });
  });
});

Deno.test("--help explains and gives examples", async () => {
  const { code, out, err } = await evaluate(["--help"]);
  assertEquals([code, err], [0, ""]);
  const words = ["--data DIR", "--coreset", "--filter", "--aspect", "--mask-filter"];
  for (const word of [...words, "Examples:", "deno task eval"]) {
    assert(out.includes(word), word);
  }
});

Deno.test("bad folders are refused in one line", async () => {
  await withFolder(async (folder) => {
    refused(await evaluate(["--data", join(folder, "nowhere")]), "nowhere");
    const category = await writeCategory(folder, "screw");
    refused(await evaluate(["--data", folder, "--category", "scerw"]), "did you mean screw?");

    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    const json = join(file, "report.json");
    refused(await evaluate(["--data", folder, ...small, "--json", json]), "writable", file);
    refused(await evaluate(["--data", folder, ...small, "--maps", file]), "writable", file);

    await Deno.remove(join(category, "train", "good", "003.png"));
    await Deno.remove(join(category, "train", "good", "002.png"));
    await Deno.remove(join(category, "train", "good", "001.png"));
    refused(await evaluate(["--data", folder, ...small]), "at least 2 good photos are needed: 1");
    await Deno.remove(join(category, "train", "good", "000.png"));
    refused(await evaluate(["--data", folder, "--category", "screw"]), "train/good");
  });
});

Deno.test("a corrupt photo is named; --skip-broken goes on and counts", async () => {
  await withFolder(async (folder) => {
    const category = await writeCategory(folder);
    const broken = join(category, "train", "good", "001.png");
    const bytes = await Deno.readFile(broken);
    await Deno.writeFile(broken, bytes.subarray(0, bytes.length / 2));
    const args = ["--data", folder, ...small];
    const { code, err } = await evaluate(args);
    assertEquals(code, 2);
    assert(err.includes("001.png"), err);
    assertEquals(err.trim().split("\n").length, 1, err);

    const json = join(folder, "report.json");
    const skipping = await evaluate([...args, "--skip-broken", "--json", json]);
    assertEquals(skipping.code, 0, skipping.err);
    assert(skipping.err.includes("skipped 1 broken"), skipping.err);
    const { runs: [run] } = JSON.parse(await Deno.readTextFile(json));
    assertEquals([run.trainImages, run.skippedImages], [3, ["train/good/001"]]);
  });
});

Deno.test("a category that fails does not cost those before it", async () => {
  await withFolder(async (folder) => {
    await writeCategory(folder, "a");
    const b = await writeCategory(folder, "b");
    await Deno.writeTextFile(join(b, "test", "good", "000.png"), "not a picture");
    const json = join(folder, "report.json");
    const { code, out, err } = await evaluate(["--data", folder, ...small, "--json", json]);
    assertEquals(code, 2);
    assert(err.trim().split("\n").at(-1)?.startsWith("error: Cannot "), err);
    assert(out.includes("image AUROC"), out);
    const { runs } = JSON.parse(await Deno.readTextFile(json));
    assertEquals(runs.map((run: { category: string }) => run.category), ["a"]);
  });
});

Deno.test("a mask of another size than its photo is refused with both sizes", async () => {
  await withFolder(async (folder) => {
    const category = await writeCategory(folder);
    const mask = { width: 20, height: 30, data: new Uint8Array(600) };
    const path = join(category, "ground_truth", "hole", "000_mask.png");
    await Deno.writeFile(path, await encodeMaskPng(mask));
    refused(await evaluate(["--data", folder, ...small]), "64×64", "20×30");
  });
});

Deno.test("a weights file that is truncated or of another hash is refused by name", async () => {
  await withFolder(async (folder) => {
    const name = "efficientnet_lite0.safetensors";
    const bytes = await Deno.readFile(new URL(`models/${name}`, root));
    await Deno.writeFile(join(folder, name), bytes.subarray(0, 1000));
    refused(await evaluate([], { KIZU_WEIGHTS: folder }), name, "1000 bytes", "truncated");
    bytes[5000] ^= 1;
    await Deno.writeFile(join(folder, name), bytes);
    refused(await evaluate([], { KIZU_WEIGHTS: folder }), name, "SHA-256");
  });
});

Deno.test("a full disk is one line, and no half-written file stays", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "kizu-full-" });
  const mount = async (...args: string[]) => {
    try {
      return (await new Deno.Command(args[0], { args: args.slice(1), stderr: "null" }).output())
        .success;
    } catch {
      return false;
    }
  };
  if (!await mount("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder)) {
    console.log("skipped: a small file system cannot be mounted here");
    await Deno.remove(folder);
    return;
  }
  try {
    const few = ["--category", "weave", "--limit", "2", ...small];
    await t.step("for overlays", async () => {
      const { code, out, err } = await evaluate([...few, "--maps", folder]);
      assertEquals(code, 2, err);
      assert(out.includes("image AUROC"), "the numbers are not lost with the overlays");
      const last = err.trim().split("\n").at(-1) ?? "";
      assert(last.startsWith("error: Cannot ") && last.includes("must have room"), err);
      assert(!err.includes("    at "), err);
    });
    const left: string[] = [];
    const walk = (path: string) => {
      for (const entry of Deno.readDirSync(path)) {
        if (entry.isDirectory) walk(join(path, entry.name));
        else left.push(entry.name);
      }
    };
    walk(folder);
    assertEquals(left.filter((name) => name.endsWith(".partial")), []);
  } finally {
    await mount("umount", folder);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an interrupted run leaves no half-written file", async () => {
  if (Deno.build.os === "windows") return;
  await withFolder(async (folder) => {
    const json = join(folder, "report.json");
    const args = ["--method", "patchcore", "--maps", folder, "--json", json, "--no-cache"];
    const process = evalCommand(args).spawn();
    const outcome = process.output();
    // Somewhere in the middle: after the spool was opened.
    while ([...Deno.readDirSync(folder)].length === 0) await new Promise((r) => setTimeout(r, 20));
    await new Promise((resolve) => setTimeout(resolve, 300));
    process.kill("SIGINT");
    const { code } = await outcome;
    assertEquals(code, 130);
    assertEquals([...Deno.readDirSync(folder)].map((entry) => entry.name), []);
  });
});
