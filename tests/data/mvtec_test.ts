import { assert, assertEquals, assertRejects } from "@std/assert";
import { join, relative } from "@std/path";
import { openDataset } from "../../src/data/dataset.ts";
import { listCategories, loadMvtec, mvtecCategories } from "../../src/data/mvtec.ts";
import { encodeMaskPng, encodePng } from "../../src/image/encode.ts";
import { isRefusal } from "../../src/errors.ts";
import type { Sample } from "../../src/types.ts";

const photo = await encodePng({ width: 4, height: 3, data: new Uint8Array(36).fill(90) });
const mask = await encodeMaskPng({
  width: 4,
  height: 3,
  data: Uint8Array.from({ length: 12 }, (_, i) => i === 5 ? 1 : 0),
});

/** Runs with a folder that holds these files, photos and masks by name, and is gone afterwards. */
async function withTree(
  files: readonly string[],
  run: (root: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "kizu mvtec " });
  try {
    for (const file of files) {
      const path = join(root, file);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeFile(path, file.includes("ground_truth") ? mask : photo);
    }
    await run(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const screw = [
  "screw/train/good/000.png",
  "screw/train/good/002.PNG",
  "screw/train/good/001.jpeg",
  "screw/train/good/10.png",
  "screw/train/good/.hidden.png",
  "screw/train/good/notes.txt",
  "screw/test/good/000.png",
  "screw/test/good/001.png",
  "screw/test/thread_top/000.png",
  "screw/test/thread_top/001.png",
  "screw/test/Bent/000.png",
  "screw/test/stray.png",
  "screw/ground_truth/thread_top/000_mask.png",
  "screw/ground_truth/thread_top/001.png",
  "screw/ground_truth/Bent/000_mask.png",
  "screw/license.txt",
  "screw/readme.txt",
];
const ids = (samples: readonly Sample[]) => samples.map(({ id }) => id);

Deno.test("a category's photos are listed by name in code-unit order, strays left out", async () => {
  await withTree(screw, async (root) => {
    const { name, category, train, test } = await loadMvtec(root, { category: "screw" });
    assertEquals([name, category], ["mvtec", "screw"]);
    assertEquals(ids(train), [
      "train/good/000",
      "train/good/001",
      "train/good/002",
      "train/good/10",
    ]);
    assertEquals(ids(test), [
      "test/Bent/000",
      "test/good/000",
      "test/good/001",
      "test/thread_top/000",
      "test/thread_top/001",
    ]);
    assertEquals(test.map(({ defect }) => defect), [
      "Bent",
      "good",
      "good",
      "thread_top",
      "thread_top",
    ]);
    assert(
      [...train, ...test].every(({ label, defect }) =>
        (label === "normal") === (defect === "good")
      ),
    );
  });
});

Deno.test("the category's own folder is a root too, from anywhere, and openDataset finds both", async () => {
  await withTree(screw, async (root) => {
    const wanted = await loadMvtec(root, { category: "screw" });
    const own = join(root, "screw");
    const found = [
      await loadMvtec(own),
      await loadMvtec(`${own}/`, { category: "screw" }),
      await openDataset(root, { category: "screw" }),
      await openDataset(own),
      await loadMvtec(relative(Deno.cwd(), own)),
      await openDataset(`./${relative(Deno.cwd(), own)}/../`, { category: "screw" }),
    ];
    assertEquals(found.length, 6);
    for (const { name, category, train, test } of found) {
      assertEquals([name, category], ["mvtec", "screw"]);
      assertEquals([ids(train), ids(test)], [ids(wanted.train), ids(wanted.test)]);
    }
  });
});

Deno.test("masks pair with photos by name; a good photo's mask is all zero", async () => {
  await withTree(screw, async (root) => {
    const { train, test } = await loadMvtec(root, { category: "screw" });
    assertEquals(test.length, 5);
    for (const sample of test) {
      const found = await sample.mask();
      assertEquals([found?.width, found?.height], [4, 3]);
      const ones = found?.data.reduce((sum, value) => sum + value, 0);
      assertEquals(ones, sample.label === "normal" ? 0 : 1, sample.id);
      assertEquals((await sample.image()).data, new Uint8Array(36).fill(90));
    }
    assertEquals(await train[0].mask(), { width: 4, height: 3, data: new Uint8Array(12) });
  });
});

Deno.test("nothing is read before it is asked for, and a bad file is named then", async () => {
  await withTree(screw, async (root) => {
    const path = join(root, "screw/test/good/001.png");
    await Deno.writeTextFile(path, "not a picture");
    const { test } = await loadMvtec(root, { category: "screw" });
    const bad = test[2];
    assertEquals(bad.id, "test/good/001");
    const image = await assertRejects(() => bad.image());
    assert(image.message.includes(path), image.message);
    const zero = await assertRejects(() => bad.mask());
    assert(zero.message.includes(path), zero.message);
    await Deno.remove(path);
    const gone = await assertRejects(() => bad.image());
    assert(gone.message.includes("001.png"), gone.message);
  });
});

Deno.test("limit keeps the first so many to train on, and the first so many of each kind to test", async () => {
  await withTree(screw, async (root) => {
    const { train, test } = await openDataset(root, { category: "screw", limit: 1 });
    assertEquals(ids(train), ["train/good/000"]);
    assertEquals(ids(test), ["test/Bent/000", "test/good/000", "test/thread_top/000"]);
    for (const limit of [0, -1, 1.5, NaN]) {
      await assertRejects(
        () => openDataset(root, { category: "screw", limit }),
        RangeError,
        "limit",
      );
    }
  });
});

Deno.test("a mask of another size than its photo is refused with both sizes when read", async () => {
  await withTree(screw, async (root) => {
    await Deno.writeFile(
      join(root, "screw/ground_truth/Bent/000_mask.png"),
      await encodeMaskPng({ width: 5, height: 3, data: new Uint8Array(15) }),
    );
    const { test } = await loadMvtec(root, { category: "screw" });
    const error = await assertRejects(() => test[0].mask(), RangeError);
    assertEquals(
      error.message,
      "Cannot load mask as it must match its image's size: image is 4×3, mask 5×3 " +
        "(ground_truth/Bent/000_mask.png)",
    );
  });
});

Deno.test("a missing mask is refused by name, unless the data set has none at all", async () => {
  await withTree(screw.filter((file) => !file.includes("thread_top/001.png")), async (root) => {
    const { test } = await loadMvtec(root, { category: "screw" });
    assertEquals(test.length, 4);
  });
  const noMask = screw.filter((file) => file !== "screw/ground_truth/thread_top/001.png");
  await withTree(noMask, async (root) => {
    await assertRejects(
      () => loadMvtec(root, { category: "screw" }),
      RangeError,
      `no mask for ${join(root, "screw/test/thread_top/001.png")}`,
    );
  });
  await withTree(screw.filter((file) => !file.includes("ground_truth")), async (root) => {
    const { test } = await loadMvtec(root, { category: "screw" });
    const masks = await Promise.all(test.map((sample) => sample.mask()));
    assertEquals(masks.map((found) => found === undefined), [true, false, false, true, true]);
  });
});

Deno.test("two photos or two masks under one name are refused with both", async () => {
  await withTree([...screw, "screw/train/good/000.jpg"], async (root) => {
    await assertRejects(
      () => loadMvtec(root, { category: "screw" }),
      RangeError,
      "000.jpg and 000.png",
    );
  });
  await withTree([...screw, "screw/ground_truth/Bent/000.png"], async (root) => {
    await assertRejects(() => loadMvtec(root, { category: "screw" }), RangeError, "one mask");
  });
});

Deno.test("a misspelt or missing category is answered with the nearest and those there are", async () => {
  const files = [...screw, "bottle/train/good/0.png", "bottle/test/good/0.png", "other/a.png"];
  await withTree(files, async (root) => {
    assertEquals(await listCategories(root), ["bottle", "screw"]);
    for (const open of [loadMvtec, openDataset]) {
      const error = await assertRejects(() => open(root, { category: "scrwe" }), RangeError);
      assert(isRefusal(error));
      assert(error.message.includes('one of bottle, screw: "scrwe"; did you mean screw?'));
      await assertRejects(() => open(root, {}), RangeError, "bottle, screw: none given");
      await assertRejects(() => open(root, { category: "../x" }), RangeError, "one of bottle");
      await assertRejects(
        () => open(join(root, "screw"), { category: "bottle" }),
        RangeError,
        'only be opened as "screw"',
      );
    }
  });
});

Deno.test("each way a folder can be wrong has its own refusal", async () => {
  await withTree(["file.png", "a/train/good/notes.txt", "b/train/good/0.png"], async (root) => {
    await assertRejects(() => loadMvtec(`${root}/none`), RangeError, "must exist");
    await assertRejects(() => loadMvtec(`${root}/file.png`), TypeError, "is a file");
    await assertRejects(
      () => loadMvtec(root, { category: "a" }),
      RangeError,
      "train/good must hold",
    );
    await assertRejects(() => loadMvtec(root, { category: "b" }), RangeError, "test must hold");
    await Deno.mkdir(`${root}/b/test/good`, { recursive: true });
    await assertRejects(() => loadMvtec(root, { category: "b" }), RangeError, "test must hold");
    await Deno.mkdir(`${root}/empty`);
    await assertRejects(() => loadMvtec(`${root}/empty`), RangeError, "must hold train/good");
    await assertRejects(() => openDataset(`${root}/empty`), RangeError, "neither in");
    await assertRejects(
      () => openDataset(root, { category: "a" }),
      RangeError,
      "must hold good photos",
    );
    await assertRejects(
      () => openDataset(root, { category: "b", holdOut: 0.5 }),
      RangeError,
      "for plain folders",
    );
  });
});

Deno.test("MVTec AD has fifteen categories, sorted", () => {
  assertEquals(mvtecCategories.length, 15);
  assertEquals([...mvtecCategories].sort(), [...mvtecCategories]);
});

/** The reduced categories of the real data set: in `$KIZU_MVTEC`, or beside the project. */
async function realPhotos(category: string): Promise<string | undefined> {
  const beside = decodeURIComponent(new URL("../../../shared/data", import.meta.url).pathname);
  for (const root of [Deno.env.get("KIZU_MVTEC"), beside]) {
    if (root === undefined) continue;
    const present = await listCategories(root).catch((): string[] => []);
    const name = [category, `${category}_reduced`].find((name) => present.includes(name));
    if (name !== undefined) return join(root, name);
  }
  console.log(`skipped: no ${category} in $KIZU_MVTEC or ${beside}`);
  return undefined;
}

const realDefects = {
  transistor: ["bent_lead", "cut_lead", "damaged_case", "misplaced"],
  hazelnut: ["crack", "cut", "hole", "print"],
};
for (const [category, defects] of Object.entries(realDefects)) {
  Deno.test(`the real ${category} opens: sizes, defects, and masks that hold defects`, async () => {
    const root = await realPhotos(category);
    if (root === undefined) return;
    const { train, test } = await openDataset(root);
    assert(train.length >= 50);
    const kinds = [...new Set(test.map(({ defect }) => defect))];
    assertEquals(kinds, [...defects, "good"].sort());
    for (const defect of kinds) {
      const sample = test.find((one) => one.defect === defect) ?? test[0];
      const image = await sample.image();
      const found = await sample.mask();
      // 1024 as published, 256 in reduced copies.
      const side = image.width;
      assert(side === 1024 || side === 256, `${side}`);
      assertEquals([image.height, found?.width, found?.height], [side, side, side]);
      const share = (found?.data.reduce((sum, value) => sum + value, 0) ?? 0) / side ** 2;
      assert(defect === "good" ? share === 0 : share > 0.0005 && share < 0.6, `${defect} ${share}`);
    }
  });
}
