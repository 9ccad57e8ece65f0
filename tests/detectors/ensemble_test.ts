import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { generate, loadBackbone, loadDetector, patchCore } from "../../mod.ts";
import type { Detector } from "../../mod.ts";
import type { Photo } from "../../src/detectors/detector.ts";
import { calibrate } from "../../src/detectors/calibration.ts";
import { ensemble } from "../../src/detectors/ensemble.ts";
import { fanOut } from "../../src/detectors/fan_out.ts";

const [first, second] = await Promise.all(
  ["efficientnet_lite0", "efficientnet_lite2"].map((name) => loadBackbone(name)),
);
const weave = await generate("weave", { size: 64, train: 10, testGood: 2, testPerDefect: 1 });
const train = await Promise.all(weave.train.map((sample) => sample.image()));
const test = await Promise.all(weave.test.map((sample) => sample.image()));
const options = { geometry: { resize: 64, crop: 64 }, coreset: 0.3 };
const members = () => [patchCore(first, options), patchCore(second, options)];

Deno.test("an ensemble is the mean of its members' calibrated scores and maps", async () => {
  await using both = await ensemble(members(), { holdOut: 0.3, seed: 4 }).fit(train, { count: 10 });
  assertEquals([both.name, both.backbone], ["patchcore", "efficientnet_lite0+efficientnet_lite2"]);
  assertEquals([both.trainImages, both.options.heldOutImages], [10, 3]);

  // The same by hand: the held-out photos are those that no member was fitted on.
  const kept: Photo[] = [];
  const spy = (member: Detector): Detector => ({
    ...member,
    fit: (normal, context) =>
      member.fit(
        (async function* () {
          for await (const image of normal) {
            kept.push(image);
            yield image;
          }
        })(),
        context,
      ),
  });
  const [a, b] = members();
  await using _ = await ensemble([spy(a), b], { holdOut: 0.3, seed: 4 }).fit(train, { count: 10 });
  assertEquals(kept.length, 7);
  const heldOut = train.filter((image) => !kept.includes(image));
  const single = await Promise.all(members().map((member) => member.fit(kept)));
  const z: number[][] = test.map(() => []);
  const zMap: number[][] = test.map(() => []);
  for (const member of single) {
    const good = [];
    for (const image of heldOut) good.push(await member.predict(image));
    const scale = calibrate(good.map(({ score }) => score), "a member");
    const mapScale = calibrate(good.flatMap(({ map }) => [...(map?.data ?? [])]), "a member");
    for (const [i, image] of test.entries()) {
      const { score, map } = await member.predict(image);
      z[i].push((score - scale.mean) / scale.deviation);
      zMap[i].push(((map?.data[999] ?? NaN) - mapScale.mean) / mapScale.deviation);
    }
  }
  let most = 0;
  for (const [i, image] of test.entries()) {
    const { score, map } = await both.predict(image);
    most = Math.max(
      most,
      Math.abs(score - (z[i][0] + z[i][1]) / 2),
      Math.abs((map?.data[999] ?? NaN) - (zMap[i][0] + zMap[i][1]) / 2),
    );
  }
  console.log(`ensemble against its members by hand: largest difference ${most.toExponential(1)}`);
  assert(most < 2e-4, String(most));
  for (const member of single) await member.dispose();
});

Deno.test("one photo's score does not depend on any other", async () => {
  await using both = await ensemble(members()).fit(train, { count: 10 });
  const alone = await both.predict(test[1]);
  await both.predict(test[0]);
  assertEquals(await both.predict(test[1]), alone);
});

Deno.test("an ensemble is saved as one file and loaded back", async () => {
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  // A stream of unknown length: every fourth photo is held out.
  await using both = await ensemble(members(), { holdOut: 0.25 }).fit(train.values());
  assertEquals([both.trainImages, both.options.heldOutImages], [10, 2]);
  await both.save(path);
  await using loaded = await loadDetector(path);
  assertEquals(await loaded.predict(test[2]), await both.predict(test[2]));
  await assertRejects(
    async () => {
      const fitting: Detector = {
        ...members()[0],
        async fit(normal) {
          for await (const _ of normal);
          return loaded;
        },
      };
      await ensemble([fitting, fitting]).fit(train);
    },
    TypeError,
    "must have been fitted here",
  );
  await Deno.remove(path);
});

Deno.test("an ensemble refuses what it cannot be", async () => {
  assertThrows(() => ensemble([members()[0]]), RangeError, "at least 2 members");
  assertThrows(() => ensemble(members(), { holdOut: 1 }), RangeError, "(0, 1)");
  // @ts-expect-error no such option
  assertThrows(() => ensemble(members(), { holdout: 0.2 }), TypeError, "did you mean holdOut?");
  const unlike = [members()[0], patchCore(second, { geometry: { resize: 72, crop: 72 } })];
  await assertRejects(() => ensemble(unlike).fit(train), RangeError, "crops [64, 72]");
  const square = { resize: 64, crop: 64, aspect: "stretch" } as const;
  const mixed = [members()[0], patchCore(second, { ...options, geometry: square })];
  await assertRejects(() => ensemble(mixed).fit(train), RangeError, "aspects keep, stretch");
  await assertRejects(() => ensemble(members()).fit(train.slice(0, 2)), RangeError);
});

Deno.test("a member that fails ends the fit with its reason, whether it read photos or not", async () => {
  const failing = (when: "before" | "after"): Detector => ({
    name: "failing",
    options: {},
    taps: [],
    async fit(normal) {
      if (when === "after") { for await (const _ of normal) break; }
      throw new RangeError(`failed ${when} reading`);
    },
  });
  for (const when of ["before", "after"] as const) {
    await assertRejects(
      () => ensemble([members()[0], failing(when)]).fit(train),
      RangeError,
      `failed ${when} reading`,
    );
  }
});

Deno.test("every reader of a stream sees every item once, one item at a time", async () => {
  let asked = 0;
  function* source() {
    for (let i = 0; i < 5; i++) {
      asked++;
      yield i;
    }
  }
  const readers = fanOut(source(), 3);
  const seen: number[][] = [[], [], []];
  await Promise.all(readers.map(async (reader, r) => {
    for await (const item of reader) {
      await new Promise((resolve) => setTimeout(resolve, r));
      seen[r].push(item);
      assert(asked <= Math.min(...seen.map((items) => items.length)) + 1);
    }
  }));
  assertEquals(seen, [[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4]]);
});

Deno.test("calibration is the mean and unbiased deviation, and refuses what has none", () => {
  assertEquals(calibrate([1, 2, 3, 4, 5], "x"), { mean: 3, deviation: Math.sqrt(2.5) });
  assertThrows(() => calibrate([1], "x"), RangeError, "at least 2");
  assertThrows(() => calibrate([2, 2, 2], "x"), RangeError, "deviation 0");
  assertThrows(() => calibrate([1, NaN, 2], "x"), RangeError, "NaN");
});
