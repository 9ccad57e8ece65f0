import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  decodeRun,
  encodeRun,
  type FinishedRun,
} from "../../../src/evaluation/runs/evidence_file.ts";
import { metricNames } from "../../../src/evaluation/report.ts";
import { memoryResults } from "../../../src/store/memory_results.ts";
import { resultOf, smallMaps, smallMasks } from "../sample_runs.ts";

const good = [1, 2, 3, 4];
const bad = [2.5, 5, 6];
const masks = smallMasks(4, 3);
const maps = smallMaps([
  ...[...good, ...bad].slice(2).map((score, i) => [score, -1e-7 * i, i / 3, 1e6]),
  [7.25, 7.25, 7.25, 7.25],
  [-3, -2, -1.5, 0],
]);
const result = resultOf({ found: [good, bad], maps, masks });

/** Through the bytes that a results folder keeps. */
async function roundTrip(run: FinishedRun, pictures = true): Promise<FinishedRun> {
  await using results = memoryResults();
  const { record, attachments } = encodeRun(run);
  await results.append("run", record, attachments);
  const kept = await results.read("run");
  return await decodeRun(kept.record, kept.attachment, { pictures });
}

const pictures = {
  pixelRoc: { x: [0, 0.5, 1], y: [0, 0.9, 1] },
  pro: undefined,
  maps,
};

Deno.test("run and evidence come back to the last bit", async () => {
  const found = await roundTrip({ ...result, pictures: undefined });
  assertEquals(found.run, result.run);
  assertEquals(Object.keys(result.evidence), [...metricNames]);
  for (const metric of metricNames) assertEquals(found.evidence[metric], result.evidence[metric]);
  assertEquals(found.pictures, undefined);
});

Deno.test("a run without evidence, or with that of one metric, comes back as it is", async () => {
  const { imageAuroc } = result.evidence;
  for (const evidence of [{}, { imageAuroc }]) {
    const found = await roundTrip({ run: result.run, evidence, pictures: undefined });
    assertEquals(found.evidence, evidence);
  }
});

Deno.test("maps come back within half of 1/65,535 of their range, constant ones exactly", async () => {
  const found = await roundTrip({ ...result, pictures });
  assertEquals(found.pictures?.pixelRoc, pictures.pixelRoc);
  assertEquals(found.pictures?.pro, undefined);
  assertEquals(found.pictures?.maps?.length, maps.length);
  let most = 0;
  for (const [i, { data, shape }] of maps.entries()) {
    const back = found.pictures?.maps?.[i];
    assertEquals(back?.shape, shape);
    const [low, high] = [Math.min(...data), Math.max(...data)];
    for (const [at, value] of data.entries()) {
      const off = Math.abs((back?.data[at] ?? NaN) - value);
      if (high === low) assertEquals(off, 0);
      else most = Math.max(most, off / (high - low));
      // Half a step, and the rounding of float32.
      assert(off <= 0.5001 * (high - low) / 65535 + Math.abs(value) * 2 ** -23, `${off}`);
    }
    assert(back?.data.every(Number.isFinite));
  }
  console.log(`maps: largest difference ${(most * 65535).toFixed(3)} of 1/65,535 of the range`);
});

Deno.test("pictures are read only where they are asked for, and a run may have none", async () => {
  const found = await roundTrip({ ...result, pictures }, false);
  assertEquals([found.pictures, found.run], [undefined, result.run]);
  const none = await roundTrip({ ...result, pictures: { ...pictures, maps: undefined } });
  assertEquals(none.pictures?.maps, undefined);
  const empty = await roundTrip({ ...result, pictures: { ...pictures, maps: [] } });
  assertEquals(empty.pictures?.maps, undefined);
});

Deno.test("the record is JSON: a map cannot have an infinite end", () => {
  const { record } = encodeRun({ ...result, pictures });
  assertEquals(JSON.parse(JSON.stringify(record)), record);
  const ends = record.pictures?.maps?.scales.flat() ?? [];
  assertEquals(ends.length, 2 * maps.length);
  assert(ends.every(Number.isFinite));
});

Deno.test("another program's record is refused", async () => {
  const attachment = () => Promise.resolve(new Uint8Array());
  for (const record of [null, 3, "run", {}, { run: {} }]) {
    await assertRejects(() => decodeRun(record, attachment), TypeError, "must be a run's");
  }
});
