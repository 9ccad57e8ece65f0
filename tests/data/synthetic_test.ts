import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import sharp from "sharp";
import {
  DRAWING,
  generate,
  syntheticCategories,
  type SyntheticCategory,
  syntheticDefects,
  type SyntheticOptions,
} from "../../src/data/synthetic.ts";
import { groundTruth, photograph } from "../../src/data/synthetic/photo.ts";
import type { Image, Mask, Sample } from "../../src/types.ts";

const root = new URL("../../", import.meta.url);

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(bytes));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function maskOf(sample: Sample): Promise<Mask> {
  const mask = await sample.mask();
  if (mask === undefined) throw new Error(`${sample.id} has no mask`);
  return mask;
}

/** Share of the mask's pixels that differ, and how many differ outside it. */
function difference(flawed: Image, good: Image, mask: Uint8Array): [inside: number, out: number] {
  let marked = 0, inside = 0, out = 0;
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const differs = [0, 1, 2].some((c) => flawed.data[pixel * 3 + c] !== good.data[pixel * 3 + c]);
    marked += mask[pixel];
    if (differs && mask[pixel] === 1) inside++;
    if (differs && mask[pixel] === 0) out++;
  }
  return [inside / marked, out];
}

/** All pairs (Mann-Whitney): how often a bad photo scores above a good one, ties half. */
function auroc(good: readonly number[], bad: readonly number[]): number {
  let wins = 0;
  for (const g of good) for (const b of bad) wins += b > g ? 1 : b === g ? 0.5 : 0;
  return wins / (good.length * bad.length);
}

Deno.test("a data set has MVTec AD's shape: ids, labels, defects, counts", async () => {
  assertEquals(syntheticCategories, ["cable", "weave"]);
  for (const category of syntheticCategories) {
    const set = await generate(category, { train: 3, testGood: 2, testPerDefect: 4, size: 64 });
    assertEquals([set.name, set.category], ["synthetic", category]);
    assertEquals(set.train.map((s) => s.id), ["000", "001", "002"].map((n) => `train/good/${n}`));
    const defects = syntheticDefects[category];
    assertEquals(set.test.length, 2 + 4 * defects.length);
    assertEquals(set.test[1].id, "test/good/001");
    assertEquals(set.test[2 + 3].id, `test/${defects[0]}/003`);
    assertEquals([...new Set(set.test.map((s) => s.defect))], ["good", ...defects]);
    for (const sample of [...set.train, ...set.test]) {
      assertEquals(sample.label, sample.defect === "good" ? "normal" : "anomalous");
    }
  }
  const set = await generate("weave");
  assertEquals([set.train.length, set.test.length], [60, 16 + 4 * 6]);
});

Deno.test("photos and masks have the size asked for; a good photo's mask is all zero", async () => {
  for (const [category, size] of [["cable", 64], ["weave", 100], ["cable", 256]] as const) {
    const set = await generate(category, { size, train: 1, testGood: 1, testPerDefect: 1 });
    assert(set.test.length >= 5);
    for (const sample of set.test) {
      const [image, mask] = [await sample.image(), await maskOf(sample)];
      assertEquals([image.width, image.height, image.data.length], [size, size, size * size * 3]);
      assertEquals([mask.width, mask.height, mask.data.length], [size, size, size * size]);
      assertEquals(mask.data.every((v) => v <= 1), true);
      assertEquals(mask.data.includes(1), sample.label === "anomalous", sample.id);
    }
  }
});

Deno.test("outside its mask a photo equals the one without the defect, inside it differs", () => {
  let compared = 0, least = 1;
  for (const category of syntheticCategories) {
    for (const defect of syntheticDefects[category]) {
      // At 768 the blur reaches two pixels instead of one.
      const cases = [[64, 0], [64, 1], [256, 0], [256, 1], [256, 2], [256, 3], [768, 4]] as const;
      for (const [size, index] of cases) {
        const shot = { category, id: `test/${defect}/00${index}`, defect, seed: 5, size };
        const twin = photograph({ ...shot, defect: "good" });
        const [inside, out] = difference(photograph(shot), twin, groundTruth(shot).data);
        assertEquals(out, 0, `${shot.id} at ${size}: pixels changed outside the mask`);
        assert(inside > 0.6, `${shot.id} at ${size}: only ${inside} of the mask changed`);
        least = Math.min(least, inside);
        compared++;
      }
    }
  }
  assertEquals(compared, 9 * 7);
  console.log(`smallest share of a mask that changed: ${least.toFixed(3)} of ${compared} masks`);
});

Deno.test("defects cover from a speck to a third of the photo, at differing places", async () => {
  for (const category of syntheticCategories) {
    const set = await generate(category, { size: 128, train: 1, testGood: 1, testPerDefect: 12 });
    const bad = set.test.filter((s) => s.label === "anomalous");
    assertEquals(bad.length, 12 * syntheticDefects[category].length);
    const shares: number[] = [];
    const middles = new Set<string>();
    for (const sample of bad) {
      const mask = await maskOf(sample);
      let area = 0, x = 0, y = 0;
      mask.data.forEach((value, pixel) => {
        area += value;
        x += value * (pixel % 128);
        y += value * Math.floor(pixel / 128);
      });
      shares.push(area / mask.data.length);
      middles.add(`${Math.round(x / area)},${Math.round(y / area)}`);
    }
    const [low, high] = [Math.min(...shares), Math.max(...shares)];
    console.log(`${category}: defects cover ${low.toFixed(4)} to ${high.toFixed(4)} of a photo`);
    assert(low > 0.0005 && high < 0.35);
    assert(high / low > 10);
    assert(middles.size > bad.length / 2);
  }
});

Deno.test("photos depend on seed and id alone: not on order, count or repetition", async () => {
  for (const category of syntheticCategories) {
    const options = { size: 64, train: 3, testGood: 2, testPerDefect: 2 };
    const one = await generate(category, options);
    const other = await generate(category, { ...options, train: 9, testPerDefect: 5 });
    const forward: Record<string, string> = {}, backward: Record<string, string> = {};
    const all = [...one.train, ...one.test];
    for (const s of all) forward[s.id] = await sha256((await s.image()).data);
    for (const s of [...other.train, ...other.test].reverse()) {
      await s.mask();
      backward[s.id] = await sha256((await s.image()).data);
    }
    assertEquals(Object.keys(forward).length, all.length);
    for (const id of Object.keys(forward)) assertEquals(backward[id], forward[id], id);
    assertEquals(new Set(Object.values(backward)).size, Object.keys(backward).length);
    const reseeded = await generate(category, { ...options, seed: 1 });
    for (const s of [...reseeded.train, ...reseeded.test]) {
      assert(await sha256((await s.image()).data) !== forward[s.id], s.id);
    }
  }
});

Deno.test("the bytes are pinned: the same seed gives the same photos and masks forever", async () => {
  const pinned: [SyntheticCategory, string, number, string, string][] = [
    ["cable", "train/good/000", 256, "c10b88f20c52a548", "de2f256064a0af79"],
    ["cable", "test/bent_strand/001", 64, "70c28809117755b6", "44b87065b7184487"],
    ["cable", "test/cut_insulation/002", 64, "4dcde4afdf9c4c0b", "d9ca1f325b08d679"],
    ["cable", "test/missing_conductor/000", 64, "32626428ef47c94a", "73adf50c8809aaae"],
    ["cable", "test/poked_hole/003", 256, "6de1a8ee85978535", "86946fa43b96898b"],
    ["cable", "test/swapped_conductor/001", 64, "bec6ca200450094c", "b53a3ccb447daf7b"],
    ["weave", "train/good/000", 256, "96a614eb82ce2420", "de2f256064a0af79"],
    ["weave", "test/broken_thread/001", 64, "6e0a6d4e38501a79", "46a6180f22ca3ccf"],
    ["weave", "test/foreign_thread/000", 64, "0c2cdd9f1ec1f70c", "7b73ef1cd30d8f85"],
    ["weave", "test/hole/002", 256, "f50df1e4ec18cd56", "8f62c0fe6e2f589b"],
    ["weave", "test/stain/000", 1024, "c5518100730fda10", "2f2fdc8849ef47ef"],
  ];
  assertEquals(pinned.length, 11);
  for (const [category, id, size, image, mask] of pinned) {
    const shot = { category, id, defect: id.split("/")[1], seed: 0, size };
    assertEquals((await sha256(photograph(shot).data)).slice(0, 16), image, `${category}/${id}`);
    assertEquals((await sha256(groundTruth(shot).data)).slice(0, 16), mask, `${category}/${id}`);
  }
  const images = pinned.map(([, , , image]) => image).join(" ");
  const drawing = (await sha256(new TextEncoder().encode(images))).slice(0, 16);
  assertEquals(drawing, DRAWING, "the drawing has a new name when its photos change");
  const [first] = (await generate("weave", { size: 64, train: 1 })).train;
  assert((await first.content?.())?.includes(DRAWING));
});

Deno.test("the drawing uses only arithmetic that every engine rounds alike", async () => {
  const folder = new URL("src/data/synthetic/", root);
  const allowed = ["abs", "ceil", "floor", "imul", "max", "min", "PI", "round", "sqrt"];
  let files = 0;
  for await (const { name } of Deno.readDir(folder)) {
    const code = (await Deno.readTextFile(new URL(name, folder))).replace(/\/\*\*.*?\*\//gs, "");
    for (const [, used] of code.matchAll(/Math\.(\w+)/g)) {
      assert(allowed.includes(used), `${name} uses Math.${used}`);
    }
    assert(!/\.normal\(\)/.test(code), `${name} draws with logarithm and sine`);
    files++;
  }
  assert(files >= 10);
});

Deno.test("weak baselines lose: pixel Gaussian and colour histogram stay below 0.9 AUROC", async () => {
  const side = 64, cells = side * side;
  for (const category of syntheticCategories) {
    const set = await generate(category, { testGood: 20, testPerDefect: 8 });
    const describe = ({ data, width }: Image) => {
      const grey = new Float64Array(cells), histogram = new Float64Array(512);
      const step = width / side;
      for (let pixel = 0; pixel < width * width; pixel++) {
        const [r, g, b] = data.subarray(pixel * 3, pixel * 3 + 3);
        const cell = Math.floor(pixel / width / step) * side + Math.floor((pixel % width) / step);
        grey[cell] += (0.299 * r + 0.587 * g + 0.114 * b) / (step * step);
        histogram[(r >> 5) * 64 + (g >> 5) * 8 + (b >> 5)]++;
      }
      return { grey, histogram };
    };
    const train = [];
    for (const sample of set.train) train.push(describe(await sample.image()));
    const mean = new Float64Array(cells), variance = new Float64Array(cells).fill(1);
    for (const { grey } of train) grey.forEach((v, i) => mean[i] += v / train.length);
    for (const { grey } of train) {
      grey.forEach((v, i) => variance[i] += (v - mean[i]) ** 2 / train.length);
    }
    const scores: Record<string, [number[], number[]]> = {
      "pixel Gaussian, maximum": [[], []],
      "pixel Gaussian, mean": [[], []],
      "nearest colour histogram": [[], []],
    };
    for (const sample of set.test) {
      const { grey, histogram } = describe(await sample.image());
      const z = grey.map((v, i) => (v - mean[i]) ** 2 / variance[i]);
      const far = train.map((one) =>
        one.histogram.reduce((sum, v, i) => sum + Math.abs(v - histogram[i]), 0)
      );
      const kind = sample.label === "normal" ? 0 : 1;
      scores["pixel Gaussian, maximum"][kind].push(z.reduce((a, b) => Math.max(a, b), 0));
      scores["pixel Gaussian, mean"][kind].push(z.reduce((a, b) => a + b, 0));
      scores["nearest colour histogram"][kind].push(Math.min(...far));
    }
    for (const [name, [good, bad]] of Object.entries(scores)) {
      assertEquals([good.length, bad.length], [20, 8 * syntheticDefects[category].length]);
      const area = auroc(good, bad);
      console.log(`${category}, ${name}: image AUROC ${area.toFixed(3)}`);
      assert(area < 0.9, `${category} is too easy for a ${name}: ${area}`);
    }
  }
});

Deno.test("bad categories and options are refused", async () => {
  const cases: [unknown, unknown, new () => Error, string][] = [
    ["bottle", {}, RangeError, "category must be cable or weave"],
    ["cable", { size: 63 }, RangeError, "size must be a whole number in 64…4096"],
    ["cable", { size: 5000 }, RangeError, "size must be a whole number in 64…4096"],
    ["cable", { size: 100.5 }, RangeError, "size must be a whole number"],
    ["weave", { size: "256" }, TypeError, "size must be a number"],
    ["weave", { seed: -1 }, RangeError, "a seed is a whole number"],
    ["weave", { seed: NaN }, RangeError, "a seed is a whole number"],
    ["weave", { train: 0 }, RangeError, "train must be a whole number in 1…1000"],
    ["weave", { testGood: 1001 }, RangeError, "testGood must be a whole number"],
    ["weave", { testPerDefect: 2.5 }, RangeError, "testPerDefect must be a whole number"],
    ["weave", { tests: 3 }, TypeError, "its options are seed, size"],
    ["weave", { toString: 3 }, TypeError, "its options are seed, size"],
    ["weave", null, TypeError, "its options must be a record"],
  ];
  assertEquals(cases.length, 13);
  for (const [category, options, kind, message] of cases) {
    await assertRejects(
      () => generate(category as SyntheticCategory, options as SyntheticOptions),
      kind,
      message,
    );
  }
  assertEquals((await generate("cable", { size: undefined })).train.length, 60);
});

Deno.test("the command writes MVTec AD's layout, and into no folder that holds anything else", async () => {
  const folder = await Deno.makeTempDir();
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--allow-read",
        "--allow-write",
        "--allow-env",
        "--allow-ffi",
        "--allow-sys",
        fromFileUrl(new URL("src/cli/synth.ts", root)),
        ...args,
      ],
      cwd: fromFileUrl(root),
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  };
  try {
    const small = ["--size", "64", "--train", "2", "--test-good", "1", "--test-per-defect", "1"];
    const made = ["--out", folder, "--category", "weave", ...small];
    assertEquals(await run(...made).then((r) => [r.code, r.out, r.err.split("\n").length]), [
      0,
      "",
      2,
    ]);
    const read = (path: string) => Deno.readFile(join(folder, "weave", path));
    const set = await generate("weave", { size: 64, train: 2, testGood: 1, testPerDefect: 1 });
    for (const sample of [...set.train, ...set.test]) {
      const pixels = await sharp(await read(`${sample.id}.png`)).removeAlpha().raw().toBuffer();
      assertEquals(new Uint8Array(pixels), (await sample.image()).data, sample.id);
    }
    const { data, info } = await sharp(await read("ground_truth/hole/000_mask.png"))
      .toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
    assertEquals([info.width, info.height, info.channels], [64, 64, 1]);
    const hole = await maskOf(set.test.filter((s) => s.id === "test/hole/000")[0]);
    assertEquals([...data], [...hole.data].map((v) => 255 * v));
    const license = new TextDecoder().decode(await read("license.txt"));
    assert(/generated by kizu .* MIT/.test(license) && license.includes("seed: 0"));
    const names = [];
    for await (const entry of Deno.readDir(join(folder, "weave/ground_truth"))) {
      names.push(entry.name);
    }
    assertEquals(names.sort(), [...syntheticDefects.weave]);

    // Interrupted: the same command finishes it. Another seed does not go on top.
    await Deno.remove(join(folder, "weave/test/good/000.png"));
    assertEquals((await run(...made)).code, 0);
    assertEquals((await read("test/good/000.png")).length > 0, true);
    const reseeded = await run(...made, "--seed", "1");
    assertEquals([reseeded.code, reseeded.err.trim().split("\n").length], [2, 1]);
    await Deno.writeTextFile(join(folder, "weave/notes.txt"), "mine");
    const foreign = await run(...made);
    assertEquals(foreign.code, 2);
    assert(foreign.err.includes("notes.txt is there"));
    assertEquals(new TextDecoder().decode(await read("notes.txt")), "mine");

    const bad: string[][] = [["--nope"], [], ["--out", folder, "--size", "1e3"], [
      "--out",
      folder,
      "--category",
      "bottle",
    ]];
    for (const args of bad) {
      const { code, err } = await run(...args);
      assertEquals([code, err.trim().split("\n").length], [2, 1], args.join(" "));
      assert(err.startsWith("error: Cannot "));
    }
    const help = await run("--help");
    assertEquals(help.code, 0);
    assert(help.out.includes("Examples:"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
