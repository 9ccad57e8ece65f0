/** A report as one page that works from the disk: no server, no library, nothing to be fetched. */

import { checkPageData } from "./check_data.ts";
import { clientModules, clientStyles } from "./client_files.ts";
import { linkModules } from "./link_modules.ts";
import { colourDeclarations } from "./page_colours.ts";
import type { PageData } from "./page_data.ts";
import { type Block, payloadBlocks } from "./payload.ts";

/** Nothing may be fetched, by whatever stands in the data; pictures are the page's own. */
const POLICY = [
  "default-src 'none'",
  "img-src data: blob:",
  "style-src 'unsafe-inline'",
  "script-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The page's parts, and what stands above each. */
const SECTIONS: readonly (readonly [id: string, title: string, note: string])[] = [
  [
    "results",
    "Results",
    "In percent, higher is better, with 95 % intervals over test photos. Bold is best of its " +
    "category. A method's name leads to its photos.",
  ],
  [
    "literature",
    "Against the literature",
    "Published numbers beside ours. Inside means that the published number lies in our interval " +
    "over test photos; what is known to differ is named, and explains more than chance does.",
  ],
  [
    "pairs",
    "Method against method",
    "Both methods on the same photos. Differences are in percentage points, with 95 % intervals.",
  ],
  ["across", "Across categories", ""],
  [
    "curves",
    "Curves",
    "Point at a chart, or go to it with Tab and use the arrow keys, to read its values.",
  ],
  ["options", "Versions and options", "Every run with all that was used."],
  [
    "gallery",
    "Gallery",
    "Arrow keys walk through the photos, Enter opens one, Esc closes it.",
  ],
];

/**
 * The whole text of the page: tables, curves, and every test photo with its map.
 *
 * Nothing of the data is ever markup: the page's own script sets it as text, so the names of files
 * and categories may be anything. The same data gives the same text; no date is in it.
 *
 * Cost: O(bytes of photos and maps); 400 photos of 224×224 with three methods' maps of 64×64 give
 * about 13 MB in a second.
 *
 * @throws {RangeError} when the data contradicts itself: runs, photos, sizes of maps or masks
 * @throws {SyntaxError} when a photo is not a JPEG
 */
export async function reportPage(data: PageData): Promise<string> {
  checkPageData(data);
  const blocks = await payloadBlocks(data);
  const ways = SECTIONS.map(([id, title]) => `<a href="#${id}" data-to="${id}">${title}</a>`);
  return [
    `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>kizu report</title>
<style>
:root {
${colourDeclarations()}
}
${clientStyles.join("\n")}</style>
</head>
<body>
<a class="skip" href="#main" data-to="main">Skip to the results</a>
<header class="top">
<span class="brand" aria-hidden="true">kizu</span>
<nav aria-label="Parts of the page">${ways.join("\n")}</nav>
<button type="button" id="theme" title="light or dark"></button>
</header>
<main id="main" tabindex="-1">
<noscript><p>This page draws its tables and pictures with a script of its own, which is switched off
here. It fetches nothing.</p></noscript>
<div class="head">
<h1 id="title"></h1>
<ul id="facts" class="facts"></ul>
<pre id="command" tabindex="0" aria-label="The command that made this page"></pre>
</div>`,
    ...SECTIONS.map(([id, title, note]) =>
      `<section id="${id}" aria-labelledby="${id}-title" tabindex="-1">
<h2 id="${id}-title">${title}</h2>${note === "" ? "" : `\n<p class="note">${note}</p>`}
</section>`
    ),
    "</main>",
    ...blocks.map(blockElement),
    `<script type="module">
${linkModules({ "main.js": clientModules["main.js"], ...clientModules })}</script>
</body>
</html>
`,
  ].join("\n");
}

function blockElement({ id, type, text }: Block): string {
  return `<script type="${type}" id="${id}">${text}</script>`;
}
