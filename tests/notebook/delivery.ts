/**
 * Counts the outputs that a stock executor would lose or misplace: it takes a cell's outputs up to
 * the kernel's `idle`. Run it with a number for a long measurement:
 * `deno run --allow-all tests/notebook/delivery.ts 2000`.
 */

import { fromFileUrl } from "@std/path";
import { startKernel } from "../../src/runner/kernel.ts";

/** What became of the displays of some cells. */
export interface Delivery {
  readonly cells: number;
  /** Not there when the kernel was idle. */
  readonly lost: number;
  /** Told under another cell's request. */
  readonly misplaced: number;
}

const root = fromFileUrl(new URL("../..", import.meta.url));
const module = new URL("../../src/notebook/show.ts", import.meta.url).href;

/** The end of a cell, by its number: after an await, as a value, large, a burst of lines. */
const endings: readonly ((mark: string) => string)[] = [
  (mark) => `await pause(3); await show("${mark}");`,
  (mark) => `await pause(3); shown("${mark}")`,
  (mark) => `await pause(1); ({ name: "${mark}", data: new Float32Array(5) })`,
  (mark) => `await pause(3); await show(shown("${mark}" + "x".repeat(3e5)));`,
  (mark) => `await pause(1); for (let i = 0; i < 20; i++) console.log("line", i); "${mark}"`,
];

/**
 * Executes cells that show something at their very end.
 *
 * @param remedy whether the library is imported; else a plain stand-in shows the same
 */
export async function measureDelivery(
  count: number,
  { remedy }: { readonly remedy: boolean },
): Promise<Delivery> {
  const scratch = await Deno.makeTempDir();
  try {
    await using kernel = await startKernel({ folder: root, scratch, settle: "idle" });
    await kernel.execute(
      (remedy
        ? `const { show } = await import("${module}");`
        : `const show = (thing) => Deno.jupyter.display(thing);`) +
        `const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
         const shown = (text) => ({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": text }) });`,
    );
    const ids: string[] = [];
    const parents = new Map<string, string>();
    let lost = 0;
    for (let i = 0; i < count; i++) {
      const mark = `<${i}>`;
      const { id, messages } = await kernel.execute(endings[i % endings.length](mark));
      ids.push(id);
      for (const { parent, content } of messages) {
        const found = /<(\d+)>/.exec(JSON.stringify(content));
        if (found) parents.set(found[0], parent);
      }
      if (parents.get(mark) === undefined) lost++;
    }
    const misplaced = ids.filter((id, i) => (parents.get(`<${i}>`) ?? id) !== id).length;
    return { cells: count, lost, misplaced };
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

if (import.meta.main) {
  const count = Number(Deno.args[0] ?? 300);
  for (const remedy of [false, true]) {
    const { cells, lost, misplaced } = await measureDelivery(count, { remedy });
    console.log(
      `${
        remedy ? "with" : "without"
      } the remedy: ${cells} cells, ${lost} lost, ${misplaced} misplaced`,
    );
  }
  Deno.exit();
}
