/** Every figure drawn: valid, the same bytes twice, not blank, not too large. */

import { assert, assertEquals } from "@std/assert";
import { decodeImage } from "../../src/image/decode.ts";
import { DISPLAY } from "../../src/figures/figure.ts";
import { LARGEST_PNG } from "../../src/figures/render.ts";
import { mask, photo, plainFigures, smallFigures } from "./small_figures.ts";

const WIDEST = 640;
const before = JSON.stringify([...photo.data, ...mask.data]);
const figures = Object.entries({ ...smallFigures(), ...plainFigures() });
const again = { ...smallFigures(), ...plainFigures() };

Deno.test("making figures changes no input", () => {
  assertEquals(JSON.stringify([...photo.data, ...mask.data]), before);
});

for (const [name, figure] of figures) {
  Deno.test(`${name} is drawn without a complaint, twice to the same bytes`, async () => {
    // A warning of Vega-Lite or Vega would reject.
    const svg = await figure.toSvg();
    assert(await again[name].toSvg() === svg, "another SVG");
    const width = Number(svg.match(/<svg[^>]* width="([\d.]+)"/)?.[1]);
    assert(width > 200 && width <= WIDEST, `${width} pixels wide`);
    assert(svg.includes(figure.title), "the title is drawn");

    const bundle = await figure[DISPLAY]();
    assertEquals(Object.keys(bundle), [
      "application/vnd.vegalite.v5+json",
      "image/png",
      "text/plain",
    ]);
    const png = Uint8Array.fromBase64(bundle["image/png"]);
    assert((await again[name].toPng()).toHex() === png.toHex(), "another PNG");
    assert(png.length <= LARGEST_PNG && png.length > 1000, `${png.length} bytes`);
    assert(JSON.stringify(figure.spec).length <= 150_000);

    const { data, width: across } = await decodeImage(png, name);
    assert(Math.abs(across - 1.5 * width) <= 2, `${across} and ${width}`);
    const colours = new Set<number>();
    let dark = 0;
    for (let i = 0; i < data.length; i += 3) {
      colours.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
      if (data[i] < 60) dark++;
    }
    assert(colours.size > 20, `${colours.size} colours`);
    assert(dark > 500, `${dark} dark pixels: is there any text?`);
  });
}
