import { assert, assertEquals, assertRejects } from "@std/assert";
import { cannot, generate, limitDataset, readAhead } from "../../mod.ts";
import type { Sample } from "../../mod.ts";
import { keepPhotos } from "../../src/data/keep_photos.ts";

const { train, test } = await generate("weave", { size: 64, train: 6, testGood: 2 });
const broken = (sample: Sample, error: Error): Sample => ({
  ...sample,
  image: () => Promise.reject(error),
});

Deno.test("samples come in order with their pixels, a few read at a time", async () => {
  let reading = 0;
  let most = 0;
  const slow = train.map((sample, i): Sample => ({
    ...sample,
    async image() {
      most = Math.max(most, ++reading);
      await new Promise((resolve) => setTimeout(resolve, 5 * ((i * 7) % 3)));
      reading--;
      return await sample.image();
    },
  }));
  const ids: string[] = [];
  let waits = 0;
  for await (const { sample, image, mask } of readAhead(slow, { waited: () => waits++ })) {
    ids.push(sample.id);
    assertEquals([image.width, mask], [64, undefined]);
  }
  assertEquals(ids, train.map(({ id }) => id));
  assertEquals([most, waits], [3, 6]);
});

Deno.test("masks come when asked for", async () => {
  for await (const { sample, mask } of readAhead(test, { masks: true })) {
    assertEquals(mask?.data.includes(1), sample.label === "anomalous");
  }
});

Deno.test("the first broken file ends the reading, unless it is to be skipped", async () => {
  const samples = [
    train[0],
    broken(train[1], cannot("read", "it must be whole", "half")),
    train[2],
  ];
  const read = async (skip?: (sample: Sample) => void) => {
    const ids: string[] = [];
    for await (const { sample } of readAhead(samples, { skip })) ids.push(sample.id);
    return ids;
  };
  await assertRejects(() => read(), RangeError, "half");
  const skipped: string[] = [];
  const ids = await read(({ id }) => skipped.push(id));
  assertEquals([ids, skipped], [[train[0].id, train[2].id], [train[1].id]]);
});

Deno.test("an error that is not the file's fault is never skipped", async () => {
  const samples = [broken(train[0], new Error("a bug"))];
  await assertRejects(
    async () => {
      for await (const _ of readAhead(samples, { skip: () => {} }));
    },
    Error,
    "a bug",
  );
});

Deno.test("a limit keeps the first of each kind", async () => {
  const set = limitDataset(await generate("weave", { size: 64 }), 2);
  assertEquals(set.train.length, 2);
  assertEquals(set.test.length, 2 * 5);
  assert(set.test.every(({ id }) => /00[01]$/.test(id)));
});

Deno.test("kept photos are made once, and are the same", async () => {
  let made = 0;
  const counted = {
    name: "x",
    category: "y",
    test: [],
    train: [{
      ...train[0],
      image: () => {
        made++;
        return train[0].image();
      },
    }],
  };
  const { train: [kept] } = keepPhotos(counted);
  assertEquals(await kept.image(), await train[0].image());
  assertEquals(await kept.mask(), await train[0].mask());
  await kept.image();
  assertEquals(made, 1);
});
