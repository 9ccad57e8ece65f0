/**
 * Every figure's specification against the one committed in `snapshots/`. To rewrite them after a
 * change that is meant, look at the figures and run
 *
 *     deno test --allow-read --allow-write --allow-env --allow-ffi --allow-sys tests/figures/snapshots_test.ts -- --update
 */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { theme } from "../../src/figures/theme.ts";
import { smallFigures } from "./small_figures.ts";

const folder = fromFileUrl(new URL("snapshots/", import.meta.url));
const update = Deno.args.includes("--update");

/** Pictures by kind and size only: their bytes depend on the version of zlib. */
function named(text: string): string {
  return text.replaceAll(/data:image\/(png|jpeg);base64,([A-Za-z0-9+/=]+)/g, (_, kind, base64) => {
    const view = new DataView(Uint8Array.fromBase64(base64).buffer);
    // The header of a PNG; of a JPEG as the encoder here writes it, its frame.
    const [width, height] = kind === "png"
      ? [view.getUint32(16), view.getUint32(20)]
      : [view.getUint16(161), view.getUint16(159)];
    return `${kind} of ${width}×${height} pixels`;
  });
}

const figures = Object.entries(smallFigures());

Deno.test("there is one snapshot for every figure", () => {
  assert(figures.length >= 18, `${figures.length}`);
  if (update) return;
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
  assertEquals(names, figures.map(([name]) => `${name}.json`).sort());
});

for (const [name, { spec }] of figures) {
  Deno.test(`the specification of ${name} is the one committed`, async () => {
    const { config, ...rest } = spec;
    assertEquals(config, theme("light"));
    const found = named(JSON.stringify(rest, null, 2)) + "\n";
    const path = `${folder}${name}.json`;
    if (update) await Deno.writeTextFile(path, found);
    assertEquals(JSON.parse(found), JSON.parse(await Deno.readTextFile(path)));
  });
}
