import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { encodePng } from "@kizu/kizu";
import { notebookDataset, projectPath } from "../../src/notebook/notebook_data.ts";
import { withFolder } from "../runner/notebooks.ts";

const photo = await encodePng({ width: 40, height: 40, data: new Uint8Array(40 * 40 * 3) });

async function write(folder: string, counts: Readonly<Record<string, number>>): Promise<void> {
  for (const [below, count] of Object.entries(counts)) {
    await Deno.mkdir(join(folder, below), { recursive: true });
    for (let i = 0; i < count; i++) await Deno.writeFile(join(folder, below, `${i}.png`), photo);
  }
}

const counts = (samples: readonly { readonly defect: string }[]) =>
  Object.fromEntries([...Map.groupBy(samples, ({ defect }) => defect)]
    .map(([defect, all]) => [defect, all.length]));

Deno.test("generated photos are made as many as wanted, once, from the seed", async () => {
  const cable = await notebookDataset("synthetic", {
    category: "cable",
    train: 2,
    test: 1,
    seed: 3,
  });
  assertEquals(cable.train.length, 2);
  assertEquals(Object.values(counts(cable.test)), [1, 1, 1, 1, 1, 1]);
  const first = await cable.train[0].image();
  assert(first === await cable.train[0].image());
  const again = await notebookDataset("synthetic", { category: "cable", train: 2, seed: 3 });
  assertEquals((await again.train[0].image()).data, first.data);
});

Deno.test("one constant switches to MVTec AD's layout, whole or one category", async () => {
  await withFolder(async (folder) => {
    const layout = { "train/good": 5, "test/good": 3, "test/cut": 4 };
    await write(join(folder, "cable"), layout);
    const options = { category: "cable", train: 3, test: 2, seed: 0 };
    for (const data of [folder, join(folder, "cable")]) {
      const { category, train, test } = await notebookDataset(data, options);
      assertEquals(category, "cable");
      assertEquals(train.length, 3);
      assertEquals(counts(test), { cut: 2, good: 2 });
    }
    await assertRejects(
      () => notebookDataset(folder, { category: "cabel" }),
      RangeError,
      "did you mean cable?",
    );
  });
});

Deno.test("and to own photos, in which the category is not looked for", async () => {
  await withFolder(async (folder) => {
    await write(folder, { good: 10, scratch: 4 });
    const { train, test } = await notebookDataset(folder, { category: "cable", test: 1, seed: 7 });
    assertEquals(train.length, 8);
    assertEquals(counts(test), { good: 1, scratch: 1 });
  });
});

Deno.test("relative paths count from the project's folder", async () => {
  assert(await Deno.stat(projectPath("mod.ts")));
  assertEquals(projectPath("/a/b"), "/a/b");
  await assertRejects(
    () => notebookDataset("no/such/folder", { category: "cable" }),
    RangeError,
    projectPath("no/such/folder"),
  );
});

Deno.test("unknown categories and counts are refused", async () => {
  await assertRejects(
    () => notebookDataset("synthetic", { category: "cabel" }),
    RangeError,
    "did you mean cable?",
  );
  await assertRejects(
    () => notebookDataset("synthetic", { category: "cable", train: 0.5 }),
    RangeError,
    "train must be a whole number",
  );
});
