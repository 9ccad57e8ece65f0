/** Showing things below a notebook's cell. */

import { bundleOf } from "./bundles.ts";
import { delivered, display, inKernel } from "./kernel_hook.ts";

/**
 * Shows things below the cell, in the order given:
 *
 * - a figure, or anything else with a `Symbol.for("Jupyter.display")` method: what that gives;
 * - an `Image` or `Mask`: the picture, at most 480 pixels wide and high, small ones enlarged by a
 *   whole factor; the true size is in the text;
 * - a `Tensor`: shape, range and mean, and the numbers of a small one;
 * - an array of records: a table, numbers to the right with four digits;
 * - a `Dataset`, `Sample`, `Report`, `Run`, `Detector`, `Fitted`, `Backbone`, `Prediction`, and
 *   records and arrays of all these: a summary, never a dump;
 * - a text as it is, anything else as Deno prints it.
 *
 * A report is shown without its times, so that a notebook's outputs do not change from run to run.
 *
 * Outside a notebook the texts are written to standard output: in a script, `show` is `print`; for
 * a figure that is its text, and `toPng()`, `toSvg()` or `toHtml()` give the figure itself.
 *
 * Cost: of the things' own rendering; a picture takes about 0.05 s.
 *
 * @returns nothing, so that it can be a cell's last line; await it
 *
 * @example
 * ```ts
 * await show("two methods", [
 *   { method: "DN2", "image AUROC": 0.912 },
 *   { method: "PatchCore", "image AUROC": 0.9871 },
 * ]);
 * ```
 */
export async function show(...things: readonly unknown[]): Promise<void> {
  const notebook = inKernel();
  for (const thing of things) {
    const bundle = await bundleOf(thing);
    if (notebook) display(bundle);
    else print(String(bundle["text/plain"] ?? `[${Object.keys(bundle).join(", ")}]`));
  }
  if (notebook) await delivered();
}

/** Writes a line to standard output, whole. */
export function print(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
