/** A figure as one page that works from the disk: both libraries are inside. */

import type { Specification } from "./figure.ts";
import { drawSvg, escapeMarkup } from "./render.ts";
import { runtimeSources } from "./runtime.ts";
import { paperColour, type Scheme, theme } from "./theme.ts";

/**
 * A whole HTML page with a figure, its sliders and nothing to be fetched. It is light or dark as
 * the reader's system is, and changes with it.
 *
 * @throws {RangeError} when the specification is invalid
 */
export async function htmlPage(
  spec: Specification,
  { title, description }: { readonly title: string; readonly description: string },
): Promise<string> {
  await drawSvg(spec, title); // An invalid figure is refused here, not in the reader's browser.
  const [vega, vegaLite] = await runtimeSources();
  const configs = { light: theme("light"), dark: theme("dark") };
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title.replaceAll("\n", " "))}</title>
<style>
${style("light")}
@media (prefers-color-scheme: dark) {
${style("dark")}
}
body { margin: 1rem; font: 13px "DejaVu Sans", Verdana, sans-serif; }
figure { margin: 0; overflow-x: auto; }
.vega-bind { display: flex; gap: .6em; align-items: center; margin: .3em 12px; }
.vega-bind-name { min-width: 12em; }
.vega-bind label { display: contents; }
input[type=range] { width: 16em; }
</style>
</head>
<body>
<figure aria-label="${escapeMarkup(description)}">
<div id="figure"></div>
<div id="controls"></div>
</figure>
<script>${script(vega)}</script>
<script>${script(vegaLite)}</script>
<script>
const spec = ${json(spec)};
const configs = ${json(configs)};
const dark = matchMedia("(prefers-color-scheme: dark)");
let view;
function draw() {
  if (view) view.finalize();
  const controls = document.getElementById("controls");
  controls.replaceChildren();
  const themed = { ...spec, config: dark.matches ? configs.dark : configs.light };
  view = new vega.View(vega.parse(vegaLite.compile(themed).spec), { renderer: "svg" });
  view.initialize("#figure", controls).hover().run();
}
dark.addEventListener("change", draw);
draw();
</script>
</body>
</html>
`;
}

function style(scheme: Scheme): string {
  const ink = scheme === "dark" ? "#e8eaed" : "#1f2328";
  return `:root { color-scheme: ${scheme}; }
body { background: ${paperColour(scheme)}; color: ${ink}; }`;
}

/** JSON inside a script element: nothing in it may end the element. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** A library's text inside a script element. */
function script(source: string): string {
  return source.replaceAll("</script", "<\\/script");
}
