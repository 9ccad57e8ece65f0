import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { spooledResults } from "../../../src/evaluation/runs/spooled_results.ts";
import { withDisk, withFolder } from "../../cli/eval_command.ts";

const large = (seed: number, size = 2 ** 20): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed) & 255);

Deno.test("records and attachments come back, large ones from a file that goes at the end", async () => {
  await withFolder(async (folder) => {
    const pieces = [large(1), large(2, 5), large(3)];
    {
      await using results = spooledResults(folder);
      await results.append("a", { n: 1 }, { evidence: large(7, 100), maps: pieces });
      await results.append("b", { n: 2 });
      await results.append("c", { n: 3 }, { maps: large(9) });
      const [file, ...others] = [...Deno.readDirSync(folder)];
      assertEquals([others.length, file.isFile], [0, true]);
      assertEquals(Deno.statSync(join(folder, file.name)).size, 3 * 2 ** 20 + 5);
      assertEquals([...results.finished], ["a", "b", "c"]);
      const { record, attachments, attachment } = await results.read("a");
      assertEquals([record, attachments], [{ n: 1 }, ["evidence", "maps"]]);
      assertEquals(await attachment("evidence"), large(7, 100));
      const all = await attachment("maps");
      assertEquals(all.length, 2 ** 21 + 5);
      assertEquals(all.slice(2 ** 20, 2 ** 20 + 5), large(2, 5));
      assertEquals(all.slice(2 ** 20 + 5), large(3));
      assertEquals(await (await results.read("c")).attachment("maps"), large(9));
      assertEquals((await results.read("b")).attachments, []);
      await assertRejects(() => attachment("curves"), RangeError, "it must have the attachment");
      await assertRejects(() => results.read("d"), RangeError, "it must be finished");
      await assertRejects(() => results.append("a", {}), RangeError, "no result of this id");
      await assertRejects(() => results.append("e", { n: NaN }), TypeError, "it must be JSON");
    }
    assertEquals([...Deno.readDirSync(folder)], []);
    assertThrows(() => spooledResults(join(folder, "missing")), RangeError, "must be writable");
  });
});

Deno.test("a disk without room costs the attachment only, and says so when that is read", async () => {
  await withDisk("size=3m", async (disk) => {
    await using results = spooledResults(disk);
    await results.append("a", { n: 1 }, { maps: [large(1), large(2)] });
    await results.append("b", { n: 2 }, { maps: [large(3), large(4)], evidence: large(5, 9) });
    await results.append("c", { n: 3 }, { maps: large(6, 2 ** 20 - 1) });
    assertEquals([...results.finished], ["a", "b", "c"]);
    const { record, attachment } = await results.read("b");
    assertEquals([record, await attachment("evidence")], [{ n: 2 }, large(5, 9)]);
    await assertRejects(() => attachment("maps"), RangeError, "the disk must have room");
    const before = await (await results.read("a")).attachment("maps");
    assert(before.length === 2 ** 21 && before[0] === large(1, 1)[0]);
  });
});
