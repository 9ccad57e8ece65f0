/**
 * Appends results to a folder, one line of output each: `FOLDER COUNT BYTES`, going on behind what
 * is there. A refusal is printed and ends it with code 2.
 */

import { openResultsFolder } from "../../src/store/results_folder.ts";

/** What runs are of in these tests. */
export const options = { plan: { methods: ["padim"], seed: 0 }, version: "1.2.3" };

/** The attachment of a result, from its id. */
export function bytesOf(id: string, length: number): Uint8Array {
  const seed = Number(id.replace("run-", ""));
  return new Uint8Array(length).map((_, i) => (i * 31 + seed * 7) >>> 3);
}

if (import.meta.main) {
  const [folder, count, length] = Deno.args;
  try {
    await using results = await openResultsFolder(folder, options);
    console.log("open");
    const first = results.finished.size;
    for (let i = first; i < first + Number(count); i++) {
      const id = `run-${i}`;
      const bytes = bytesOf(id, Number(length));
      const half = bytes.length >> 1;
      await results.append(id, { id, length: bytes.length }, {
        maps: [bytes.subarray(0, half), bytes.subarray(half)],
        tail: bytes.slice(-1000),
      });
      console.log(id);
    }
  } catch (error) {
    console.log(String(error));
    Deno.exitCode = 2;
  }
}
