import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { paperColour } from "../../src/figures/theme.ts";
import { clientModules, clientStyles } from "../../src/report/client_files.ts";
import { linkModules } from "../../src/report/link_modules.ts";
import { packPlanes } from "../../src/report/pack_planes.ts";
import { reportPage } from "../../src/report/page.ts";
import { contrast, legible, LINE_CONTRAST } from "../../src/report/page_colours.ts";
import type { PageData, PageRun } from "../../src/report/page_data.ts";
import { CATEGORY_COLOURS } from "../../src/figures/theme.ts";
import { HOSTILE_CATEGORY, HOSTILE_ID, HOSTILE_TITLE, samplePage } from "./sample_page.ts";

const data = samplePage({ photosPerCategory: 6 });
const html = await reportPage(data);

/** The text of the script element with this id; it must be the only one. */
function block(text: string, id: string): string {
  const found = [
    ...text.matchAll(new RegExp(`<script type="[^"]*" id="${id}">([^<]*)</script>`, "g")),
  ];
  assertEquals(found.length, 1, id);
  return found[0][1];
}

const inflate = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(
    await new Response(
      new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")),
    ).arrayBuffer(),
  );

Deno.test("the page's JSON gives back the report, without its scores, and the photos", () => {
  const payload = JSON.parse(block(html, "page-data"));
  assertEquals(payload.title, HOSTILE_TITLE);
  const { runs, summaries, differences, across, literature, version, environment } = data.report;
  assertEquals(
    { summaries, differences, across, literature, version, environment },
    {
      summaries: payload.summaries,
      differences: payload.differences,
      across: payload.across,
      literature: payload.literature,
      version: payload.version,
      environment: payload.environment,
    },
  );
  assertEquals(payload.runs, runs.map(({ scores: _, ...facts }) => facts));
  assertEquals(payload.photos.length, 12);
  assertEquals(payload.photos[1], {
    category: "cable",
    id: HOSTILE_ID,
    label: "anomalous",
    defect: "stain",
    maskSide: 56,
  });
  assertEquals(payload.photos[5].maskSide, 0);
  assertEquals(payload.evidence.length, data.runs.length);
  data.runs.forEach((run, i) => {
    const { scores, photos, scale } = payload.evidence[i];
    assertEquals(payload.runs[payload.evidence[i].run].label, run.run.label);
    assertEquals(scores, run.predictions.map(({ score }) => score));
    assertEquals(photos, run.predictions.map(({ photo }) => photo));
    assertEquals(scale, run.scale);
  });
});

Deno.test("the photos' block gives back the JPEGs", () => {
  const lines = block(html, "photos").split("\n");
  assertEquals(lines.length, data.photos.length);
  lines.forEach((line, i) => assertEquals(Uint8Array.fromBase64(line), data.photos[i].jpeg));
});

Deno.test("packed planes are the differences' sums, for planes of several sizes", async () => {
  const planes = [[1, 255, 7, 0], [9], [3, 3, 3, 200, 0, 1, 255, 128, 64]].map((cells) => ({
    bytes: Uint8Array.from(cells),
    side: Math.sqrt(cells.length),
  }));
  const differences = await inflate(await packPlanes(planes));
  // By hand: 1, 255−1, then 7−1, 0−7−255+1; and so on, modulo 256.
  assertEquals([...differences.subarray(0, 5)], [1, 254, 6, 251, 9]);
  let start = 5;
  const { bytes, side } = planes[2];
  // A cell is the sum of all differences above and to the left of it.
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let sum = 0;
      for (let r = 0; r <= row; r++) {
        for (let c = 0; c <= column; c++) sum += differences[start + r * side + c];
      }
      assertEquals(sum % 256, bytes[row * side + column]);
    }
  }
  start += side * side;
  assertEquals(differences.length, start);
});

Deno.test("no plane packs to something that unpacks to nothing", async () => {
  assertEquals((await inflate(await packPlanes([]))).length, 0);
});

Deno.test("maps take a block a run, and a run without maps an empty one", async () => {
  const sizes = await Promise.all(data.runs.map(async (_, i) => {
    return (await inflate(Uint8Array.fromBase64(block(html, `maps-${i}`)))).length;
  }));
  assertEquals(sizes, [1, 1, 1, 0, 1, 1, 1, 0].map((maps) => maps * 6 * 64 * 64));
});

Deno.test("names that are markup never stand in the page as markup", () => {
  // Scripts end where their text says so: what lies outside them is the page's own markup.
  const outside = html.replaceAll(/(<script[^>]*>)[^]*?<\/script>/g, "$1");
  for (const hostile of ["hacked", "onerror", "<b onclick", "<i>hole", "<u>b", "<s>999"]) {
    assert(!outside.includes(hostile), hostile);
  }
  assertEquals(html.match(/<script/g)?.length, html.match(/<\/script>/g)?.length);
  // Title, photo, category: all three are in the JSON, and nothing but the JSON.
  const json = block(html, "page-data");
  for (const name of [HOSTILE_TITLE, HOSTILE_ID, HOSTILE_CATEGORY]) {
    const written = JSON.stringify(name).slice(1, -1).replaceAll("<", "\\u003c");
    assert(json.includes(written), written);
    assert(!html.replace(json, "").includes(written), written);
  }
});

Deno.test("the page names no address to fetch from, and forbids all of them", () => {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? "";
  assert(policy.startsWith("default-src 'none'; "), policy);
  for (const directive of policy.split("; ").slice(1)) {
    assert(!/https?:|\*|'self'|connect-src|unsafe-eval/.test(directive), directive);
  }
  const own = html.replace(/(<script type="(?:application\/json|text\/plain)"[^>]*>)[^<]*/g, "$1");
  const addresses = [...own.matchAll(/\b(?:https?:)?\/\/[\w.-]+\.\w+[^"'\s]*/g)].map(([text]) =>
    text
  );
  assertEquals([...new Set(addresses)], ["http://www.w3.org/2000/svg"]);
  assertEquals([...own.matchAll(/(?:src|href)="([^#"]+)"/g)].map((m) => m[1]), ["data:,"]);
  assert(!/\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon)\b\s*\(/.test(own));
});

Deno.test("the page's own scripts never set markup from text", () => {
  const texts = Object.entries(clientModules);
  assert(texts.length > 20);
  for (const [name, text] of texts) {
    assert(
      !/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/.test(text),
      name,
    );
  }
});

Deno.test("the same data gives the same page", async () => {
  assertEquals(await reportPage(samplePage({ photosPerCategory: 6 })), html);
});

Deno.test("a page without runs, and one whose photos were left out, are pages too", async () => {
  const { report } = data;
  const empty = await reportPage({ ...data, runs: [], photos: [] });
  assertEquals(JSON.parse(block(empty, "page-data")).evidence, []);
  const nothing = {
    ...report,
    runs: [],
    summaries: [],
    differences: [],
    across: [],
    literature: [],
  };
  await reportPage({ ...data, report: nothing, runs: [], photos: [] });
});

Deno.test("400 photos with three methods' maps stay below 30 MB", async () => {
  const large = samplePage({ photosPerCategory: 200 });
  const start = performance.now();
  const text = await reportPage(large);
  console.log(
    `${(text.length / 1e6).toFixed(1)} MB of ${large.photos.length} photos and ` +
      `${large.runs.length} runs in ${((performance.now() - start) / 1000).toFixed(1)} s`,
  );
  assertEquals(large.photos.length, 400);
  assert(text.length < 30e6, `${text.length}`);
});

Deno.test("data that contradicts itself is refused", async () => {
  const [run] = data.runs;
  const [photo] = data.photos;
  const withRun = (change: Partial<PageRun>): PageData => ({
    ...data,
    runs: [{ ...run, ...change }, ...data.runs.slice(1)],
  });
  const withPrediction = (change: Partial<PageRun["predictions"][number]>): PageData =>
    withRun({ predictions: [{ ...run.predictions[0], ...change }, ...run.predictions.slice(1)] });
  const withPhoto = (change: Partial<typeof photo>): PageData => ({
    ...data,
    photos: [{ ...photo, ...change }, ...data.photos.slice(1)],
  });
  const { report } = data;
  const cases: readonly (readonly [PageData, string])[] = [
    [withRun({ scale: [3, 3] }), "a colour scale must rise: 3…3 (patchcore on cable, seed 0)"],
    [withRun({ scale: [0, Infinity] }), "a colour scale must rise: 0…Infinity"],
    [withRun({ mapSide: 63 }), "a map must have mapSide² cells: 4096, mapSide 63"],
    [withPrediction({ photo: 12 }), "a prediction's photo must be there: 12 of 12"],
    [withPrediction({ photo: 6 }), "a run's photos must be of its category"],
    [withPrediction({ score: NaN }), "scores must be finite: NaN of cable test/good/000"],
    [withRun({ imageRoc: { x: [0, 1], y: [0] } }), "a curve needs as many x as y: 2 and 1"],
    [withRun({ pro: { x: [], y: [] } }), "a curve needs as many x as y: 0 and 0"],
    [
      withRun({ pixelRoc: { x: [0, 0.5, 0.4], y: [0, 1, 1] } }),
      "a curve's x must rise: 0.4 after 0.5",
    ],
    [withRun({ pixelRoc: { x: [0], y: [NaN] } }), "a curve must be finite: NaN"],
    [withRun({ run: { ...run.run, seed: 9 } }), "its runs must be in the report"],
    [withPhoto({ mask: new Uint8Array(5) }), "a mask must have maskSide² cells: 5, maskSide 56"],
    [
      withPhoto({ mask: new Uint8Array(1).fill(7), maskSide: 1 }),
      "a mask's cells must be 0 or 1: 7",
    ],
    [
      { ...data, report: { ...report, runs: [...report.runs, report.runs[0]] } },
      'category, label and seed must tell runs apart: ["cable","patchcore",0]',
    ],
    [
      { ...data, report: { ...report, summaries: report.summaries.slice(1) } },
      "every run must have its summary: none of patchcore on cable",
    ],
  ];
  assertEquals(cases.length, 15);
  for (const [wrong, message] of cases) {
    await assertRejects(() => reportPage(wrong), RangeError, message);
  }
  const text = new TextEncoder().encode("PNG?");
  await assertRejects(
    () => reportPage(withPhoto({ jpeg: text })),
    SyntaxError,
    "Cannot write a report page as photos must be JPEGs: begins with 504e (test/good/000)",
  );
});

Deno.test("modules are linked after what they import, once each, without their imports", () => {
  const linked = linkModules({
    "main.js":
      'import {\n  one,\n  two,\n} from "./a.js";\nimport { two } from "./b.js";\none(two);\n',
    "b.js": "export const two = 2;\n",
    "a.js": 'import { two } from "./b.js";\nexport function one() {}\n',
  });
  assertEquals(
    linked.split("\n").filter((line) => line !== "" && !line.startsWith("//")),
    ["const two = 2;", "function one() {}", "one(two);"],
  );
});

Deno.test("what cannot be linked is refused", () => {
  const cases = [
    [{ "a.js": 'import { b } from "./b.js";\n' }, "every import must be there: a.js → b.js"],
    [
      { "a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\n' },
      "imports must not go round: a.js → b.js → a.js",
    ],
    [
      { "a.js": 'import { b as c } from "./b.js";\n', "b.js": "" },
      "imports keep their names: a.js → b as c",
    ],
    [{ "a.js": 'import b from "./b.js";\n', "b.js": "" }, "imports are named ones from beside"],
  ] as const;
  assertEquals(cases.length, 4);
  for (const [modules, message] of cases) {
    assertThrows(() => linkModules(modules), RangeError, message);
  }
});

Deno.test("every module of the client's folder is in the page, and every style sheet", async () => {
  const folder = new URL("../../src/report/client/", import.meta.url);
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  assertEquals(
    Object.keys(clientModules).sort(),
    names.filter((name) => name.endsWith(".js")).sort(),
  );
  assertEquals(clientStyles.length, names.filter((name) => name.endsWith(".css")).length);
  for (const [name, text] of Object.entries(clientModules)) {
    assert(text.split("\n").length <= 300, name);
  }
});

Deno.test("lines and dots stand out from light and from dark paper", () => {
  assertEquals(contrast("#000000", "#ffffff"), 21);
  assertEquals(contrast("#777777", "#777777"), 1);
  for (const scheme of ["light", "dark"] as const) {
    const found = CATEGORY_COLOURS.map((colour) =>
      contrast(legible(colour, scheme), paperColour(scheme))
    );
    assertEquals(found.length, 7);
    for (const one of found) assert(one >= LINE_CONTRAST, `${scheme}: ${found}`);
  }
  // What stands out already keeps its colour.
  assertEquals(legible("#0072b2", "light"), "#0072b2");
});
