import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { basename, join } from "@std/path";
import { openDataset } from "../../src/data/dataset.ts";
import { limitDataset } from "../../src/data/limit.ts";
import { loadFolder } from "../../src/data/folder.ts";
import { encodeMaskPng, encodePng } from "../../src/image/encode.ts";
import type { Dataset, Sample } from "../../src/types.ts";

const photo = await encodePng({ width: 3, height: 2, data: new Uint8Array(18).fill(200) });
const mask = await encodeMaskPng({ width: 3, height: 2, data: Uint8Array.of(0, 1, 1, 0, 0, 0) });

/** Runs with a folder that holds these files; what is a mask by its name is one by its bytes. */
async function withTree(
  files: readonly string[],
  run: (root: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "kizu own photos é " });
  try {
    for (const file of files) {
      const path = join(root, file);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeFile(path, /mask|ground_truth/i.test(file) ? mask : photo);
    }
    await run(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const ids = (samples: readonly Sample[]) => samples.map(({ id }) => id);
const numbered = (folder: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${folder}${String(i).padStart(2, "0")}.png`);
const sizes = ({ train, test }: Dataset) => [train.length, test.length];

Deno.test("good/ and a folder per defect: a fifth of the good photos is held out", async () => {
  const files = [...numbered("good/", 10), "scratch/a.png", "dent/b.JPG", "notes/readme.txt"];
  await withTree(files, async (root) => {
    const dataset = await loadFolder(root);
    assertEquals([dataset.name, dataset.category], [basename(root), basename(root)]);
    assertEquals(sizes(dataset), [8, 4]);
    assertEquals(dataset.test.map(({ defect }) => defect), ["dent", "good", "good", "scratch"]);
    const good = [...dataset.train, ...dataset.test.filter(({ label }) => label === "normal")];
    assertEquals(ids(good).sort(), numbered("good/", 10).map((id) => id.replace(".png", "")));
    assertEquals(ids(dataset.train), ids(dataset.train).sort());
    const masks = await Promise.all(dataset.test.map((sample) => sample.mask()));
    assertEquals(masks.map((found) => found?.data.length), [undefined, 6, 6, undefined]);
    assertEquals((await dataset.train[0].image()).data, new Uint8Array(18).fill(200));
  });
});

Deno.test("the held-out photos depend on the seed alone, and their number on the share", async () => {
  await withTree(numbered("ok/", 20), async (root) => {
    const held = async (options: { seed?: number; holdOut?: number }) =>
      ids((await loadFolder(root, options)).test);
    assertEquals(await held({}), await held({ seed: 0, holdOut: 0.2 }));
    assertEquals(await held({ seed: 5 }), await held({ seed: 5 }));
    assertNotEquals(await held({ seed: 5 }), await held({ seed: 6 }));
    assertEquals((await held({ holdOut: 0 })).length, 0);
    assertEquals((await held({ holdOut: 0.26 })).length, 5);
    assertEquals((await held({ holdOut: 0.999 })).length, 19);
    for (const holdOut of [1, -0.1, NaN]) {
      await assertRejects(() => held({ holdOut }), RangeError, "share");
    }
    await assertRejects(() => held({ seed: 0.5 }), RangeError, "seed");
  });
});

Deno.test("good test photos of one's own replace the hold-out, and join one asked for", async () => {
  const files = [...numbered("Train/Good/", 5), ...numbered("test/OK/", 3), "test/crack/x.png"];
  await withTree(files, async (root) => {
    const dataset = await loadFolder(root);
    assertEquals(sizes(dataset), [5, 4]);
    assertEquals(ids(dataset.test), ["test/crack/x", "test/OK/00", "test/OK/01", "test/OK/02"]);
    assertEquals(sizes(await loadFolder(root, { holdOut: 0.4 })), [3, 6]);
  });
});

Deno.test("a flat folder of photos is all good", async () => {
  await withTree([...numbered("", 5), "readme.txt"], async (root) => {
    assertEquals(sizes(await loadFolder(root)), [4, 1]);
    assertEquals(sizes(await loadFolder(root, { holdOut: 0 })), [5, 0]);
    const opened = await openDataset(root, { category: basename(root), holdOut: 0 });
    assertEquals(ids(opened.train), ["00", "01", "02", "03", "04"]);
  });
  await withTree(["one.png"], async (root) => {
    assertEquals(sizes(await loadFolder(root)), [1, 0]);
  });
});

Deno.test("masks are found in masks/, in ground_truth/ and beside the photo, with or without _mask", async () => {
  const places = [
    "masks/cut/1.png",
    "masks/cut/1_mask.png",
    "ground_truth/cut/1_mask.png",
    "Ground_Truth/cut/1.png",
    "cut/1_mask.png",
  ];
  assertEquals(places.length, 5);
  for (const place of places) {
    await withTree(["good/0.png", "cut/1.jpg", place, "masks/good/0.png"], async (root) => {
      const { test } = await loadFolder(root);
      assertEquals(ids(test), ["cut/1"]);
      assertEquals((await test[0].mask())?.data, Uint8Array.of(0, 1, 1, 0, 0, 0), place);
    });
  }
});

Deno.test("masks that cannot be meant are refused: two of one photo, some missing, no such defect", async () => {
  const base = ["good/0.png", "cut/1.png", "cut/2.png"];
  const open = (files: readonly string[], found: string) =>
    withTree([...base, ...files], async (root) => {
      await assertRejects(() => loadFolder(root), RangeError, found);
    });
  await open(["masks/cut/1.png", "cut/1_mask.png", "cut/2_mask.png"], "one mask");
  await open(["masks/cut/1.png"], "2.png");
  await open(["masks/Cut/1.png"], "named like its defect's");
  await withTree([...base, "masks/cut/1.png", "masks/cut/2.png"], async (root) => {
    const large = { width: 6, height: 2, data: new Uint8Array(12) };
    await Deno.writeFile(`${root}/masks/cut/2.png`, await encodeMaskPng(large));
    const { test } = await loadFolder(root);
    await assertRejects(
      () => test[1].mask(),
      RangeError,
      "image is 3×2, mask 6×2 (masks/cut/2.png)",
    );
  });
});

Deno.test("a good photo whose name ends in _mask is a photo, unless it belongs to another", async () => {
  await withTree(["good/face_mask.png", "good/b.png", "good/b_mask.png"], async (root) => {
    assertEquals(ids((await loadFolder(root, { holdOut: 0 })).train), ["good/b", "good/face_mask"]);
  });
});

Deno.test("several folders of good photos, none, or photos on two levels are refused", async () => {
  const refused: readonly (readonly [readonly string[], string])[] = [
    [["good/0.png", "ok/0.png"], "one folder must hold the good photos"],
    [["good/0.png", "train/good/0.png"], "one folder must hold the good photos"],
    [["good/readme.txt", "cut/0.png"], "it must hold good photos"],
    [["cut/0.png"], "the good photos must be in good/"],
    [["0.png", "cut/0.png"], "the good ones must be in good/"],
  ];
  assertEquals(refused.length, 5);
  for (const [files, found] of refused) {
    await withTree(files, async (root) => {
      await assertRejects(() => loadFolder(root), RangeError, found);
    });
  }
  await assertRejects(() => loadFolder("no such folder"), RangeError, "no such folder");
});

Deno.test("names with spaces and Unicode, and links to files, are photos like any other", async () => {
  const files = ["good/ä 1.png", "good/傷 2.png", "großer Riß/x y.png", "elsewhere.png"];
  await withTree(files, async (root) => {
    await Deno.symlink("../elsewhere.png", `${root}/good/linked.png`);
    await Deno.mkdir(`${root}/masks/großer Riß`, { recursive: true });
    await Deno.writeFile(`${root}/masks/großer Riß/x y_mask.png`, mask);
    const { train, test } = await loadFolder(root, { holdOut: 0 });
    assertEquals(ids(train), ["good/linked", "good/ä 1", "good/傷 2"]);
    assertEquals(ids(test), ["großer Riß/x y"]);
    assertEquals((await train[0].image()).width, 3);
    assertEquals((await test[0].mask())?.data[1], 1);
  });
  // One text in Unicode's decomposed and composed forms, as file systems mix them.
  await withTree(["good/0.png", "cut/a\u0308.png", "masks/cut/\u00e4_mask.png"], async (root) => {
    const { test } = await loadFolder(root);
    assertEquals((await test[0].mask())?.data[1], 1);
  });
});

Deno.test("loops of links are not followed; a link that leads nowhere is refused by name", async () => {
  await withTree(["good/0.png", "real/1.png"], async (root) => {
    await Deno.symlink(root, `${root}/loop`);
    await Deno.symlink(".", `${root}/self`);
    await Deno.symlink("around", `${root}/around`);
    await Deno.symlink("..", `${root}/real/up`);
    await Deno.symlink("real", `${root}/cut`);
    const { test } = await loadFolder(root);
    assertEquals(ids(test), ["cut/1", "real/1"]);
    await Deno.symlink("nowhere.png", `${root}/good/dangling.png`);
    await assertRejects(() => loadFolder(root), RangeError, "dangling.png");
  });
});

Deno.test("limit applies after the hold-out, to training and to each kind of test photo", async () => {
  const files = [...numbered("good/", 20), ...numbered("cut/", 3), ...numbered("dent/", 3)];
  await withTree(files, async (root) => {
    const all = await loadFolder(root);
    const { train, test } = limitDataset(all, 2);
    assertEquals(ids(train), ids(all.train).slice(0, 2));
    assertEquals(test.map(({ defect }) => defect), ["cut", "cut", "dent", "dent", "good", "good"]);
    const good = ids(all.test).filter((id) => id.startsWith("good/"));
    assertEquals(ids(test).slice(4), good.slice(0, 2));
  });
});

Deno.test("openDataset tells the layouts apart, also one folder further down", async () => {
  const files = [
    "widget/good/0.png",
    "widget/cut/0.png",
    "gadget/ok/0.png",
    "preview.png",
    "flat/0.png",
  ];
  await withTree(files, async (root) => {
    const widget = await openDataset(root, { category: "widget" });
    assertEquals([widget.category, ...ids(widget.test)], ["widget", "cut/0"]);
    assertEquals((await openDataset(root, { category: "flat" })).train.length, 1);
    await assertRejects(() => openDataset(root), RangeError, "gadget, widget: none given");
    const error = await assertRejects(() => openDataset(root, { category: "gidget" }), RangeError);
    assert(error.message.includes('"gidget"; did you mean gadget?'), error.message);
    await assertRejects(
      () => openDataset(join(root, "widget"), { category: "gadget" }),
      RangeError,
      'only be opened as "widget"',
    );
  });
});
