import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { isRefusal } from "../../src/errors.ts";
import { DISPLAY, type Figure, figure, type Specification } from "../../src/figures/figure.ts";
import { loadRuntime } from "../../src/figures/runtime.ts";
import { smallFigures } from "./small_figures.ts";

const bars: Specification = {
  data: { values: [{ part: "good", count: 60 }, { part: "flawed", count: 30 }] },
  mark: "bar",
  encoding: {
    x: { field: "count", type: "quantitative" },
    y: { field: "part", type: "nominal" },
  },
};
const text = { title: "Photos", description: "60 good, 30 flawed." };

Deno.test("a figure is frozen to its last number and names its schema", () => {
  const { spec } = figure(bars, text);
  assert(Object.isFrozen(spec) && Object.isFrozen(spec.data));
  assertEquals(spec.$schema, "https://vega.github.io/schema/vega-lite/v5.json");
  assertEquals(spec.description, text.description);
});

Deno.test("the plain text of a figure says its title and its description", async () => {
  const bundle = await figure(bars, text)[DISPLAY]();
  assertEquals(bundle["text/plain"], "Photos\n60 good, 30 flawed.");
  assertEquals(DISPLAY.description, "Jupyter.display");
});

Deno.test("a number that is not finite is refused with its place", () => {
  const values = [{ count: 1 }, { count: NaN }];
  assertThrows(
    () => figure({ ...bars, data: { values } }, text),
    RangeError,
    "NaN at .data.values[1].count",
  );
});

Deno.test("a figure without words is refused", () => {
  assertThrows(() => figure(bars, { ...text, title: " " }), RangeError, "title");
  assertThrows(() => figure(bars, { ...text, description: "" }), RangeError, "description");
});

Deno.test("an invalid specification is refused by every way of showing it", async () => {
  const invalid: readonly Specification[] = [
    { ...bars, mark: "bars" },
    { ...bars, encoding: { x: { field: "count", type: "quantity" } } },
    { ...bars, encoding: { x: { field: "count", type: "quantitative", scale: { type: "logg" } } } },
    { ...bars, data: { url: "https://example.org/data.json" } },
  ];
  for (const spec of invalid) {
    const wrong = figure(spec, text);
    for (const show of [wrong.toSvg, wrong.toPng, wrong.toHtml, wrong[DISPLAY]]) {
      const error = await assertRejects(() => show(), RangeError, `draw the figure "Photos"`);
      assert(isRefusal(error));
    }
  }
});

Deno.test("a scale of 2 doubles the picture; one out of range is refused", async () => {
  const one = figure(bars, text);
  const [single, double] = await Promise.all([1, 2].map((scale) => one.toPng({ scale })));
  const widthOf = (png: Uint8Array) => new DataView(png.buffer).getUint32(16);
  assertEquals(widthOf(double), 2 * widthOf(single));
  await assertRejects(() => one.toPng({ scale: 0 }), RangeError, "scale");
});

Deno.test("a page fetches nothing, holds its data, and follows the reader's scheme", async () => {
  const title = "A < B & </script>";
  const html = await figure(bars, { title, description: `the "alt" text` }).toHtml();
  assertMatch(html, /^<!DOCTYPE html>\n<html lang="en">/);
  assert(html.includes("<title>A &lt; B &amp; &lt;/script&gt;</title>"));
  assert(html.includes(`aria-label="the &quot;alt&quot; text"`));
  assert(!/<(?:script|link|img)[^>]*(?:src|href)=/.test(html));
  assertEquals(html.match(/<\/script>/g)?.length, 3);
  assert(html.includes("prefers-color-scheme: dark"));
  assert(html.length < 1_000_000);
});

Deno.test("a figure too large for a notebook is refused when it is shown there", async () => {
  const values = Array.from({ length: 20_000 }, (_, i) => ({ part: `part ${i % 2}`, count: i }));
  const large = figure({ ...bars, data: { values } }, text);
  await assertRejects(() => large[DISPLAY](), RangeError, "at most 600000 characters");
});

/** A figure's SVG after its slider was moved. */
async function moved({ spec }: Figure, slider: string, value: number): Promise<string> {
  const { vega, vegaLite } = await loadRuntime();
  const compiled = vegaLite.compile(structuredClone(spec) as never).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: "none" });
  await view.signal(slider, value).runAsync();
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

Deno.test("sliders change what is drawn", async () => {
  const figures = smallFigures();
  assert((await figures.score_histogram.toSvg()).includes("false alarms: 1 of 4"));
  assert((await moved(figures.score_histogram, "threshold", 2.5)).includes("false alarms: 2 of 4"));
  assert((await moved(figures.score_histogram, "threshold", 6.5)).includes("missed: 3 of 4"));
  const log = await moved(figures.score_histogram_log, "exponent", 2.5);
  assert(log.includes("missed: 1 of 4") && log.includes("false alarms: 0 of 4"));
  const beyond = await moved(figures.score_histogram_domain, "threshold", 10);
  assert(beyond.includes("false alarms: 1 of 6") && beyond.includes("missed: 4 of 6"));
  assert((await figures.coreset_scatter.toSvg()).includes("2 chosen, covering radius 7.21"));
  const three = await moved(figures.coreset_scatter, "count", 3);
  assert(
    three.includes("3 chosen, covering radius 5.00") && three.includes("covering radius 12.0"),
  );
  assert((await moved(figures.roc_figure, "accepted", 0.5)).includes("first\u2002100%"));
  const clear = await moved(figures.heat_map, "opacity", 0);
  assert(clear.includes(`opacity="0"`) && !clear.includes(`opacity="0.6"`));
});

Deno.test("Vega is loaded when a figure is drawn, not when the module is", async () => {
  let checked = 0;
  for await (const { name } of Deno.readDir(new URL("../../src/figures/", import.meta.url))) {
    const source = await Deno.readTextFile(new URL(`../../src/figures/${name}`, import.meta.url));
    const imports = source.matchAll(/^import (type )?[^;]*? from "(vega|vega-lite|@resvg[^"]*)"/gm);
    for (const [, type] of imports) {
      assertEquals(type, "type ", name);
      checked++;
    }
  }
  assert(checked >= 4, `${checked} imports`);
});
