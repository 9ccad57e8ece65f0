/** Vega and Vega-Lite, loaded when the first figure is drawn. */

import type * as Vega from "vega";
import type * as VegaLite from "vega-lite";
// Named statically, so that the packages are there when their files are looked up.
import vegaPackage from "vega/package.json" with { type: "json" };
import vegaLitePackage from "vega-lite/package.json" with { type: "json" };
import { fromFileUrl } from "@std/path";
import { readFileWhole } from "../files.ts";
import { textWidth } from "./fonts.ts";

/** The two libraries, as their own types describe them. */
export interface Runtime {
  readonly vega: typeof Vega;
  readonly vegaLite: typeof VegaLite;
}

let sources: Promise<readonly [vega: string, vegaLite: string]> | undefined;
let runtime: Promise<Runtime> | undefined;

/** The text of both libraries' browser builds, to be run here or written into a page. */
export function runtimeSources(): Promise<readonly [vega: string, vegaLite: string]> {
  sources ??= Promise.all([
    readBuild(import.meta.resolve("vega/package.json"), vegaPackage.unpkg),
    readBuild(import.meta.resolve("vega-lite/package.json"), vegaLitePackage.unpkg),
  ]);
  return sources;
}

async function readBuild(entry: string, file: string): Promise<string> {
  return new TextDecoder().decode(await readFileWhole(fromFileUrl(new URL(file, entry))));
}

/**
 * Loads both libraries once.
 *
 * They are the browser builds, run as they are in a page: the builds for Node import `node-fetch`,
 * whose deprecation warning would land under a notebook's first figure, with a process number in
 * it. Figures read no address, so nothing of it is missed.
 *
 * Texts are measured with the fonts that PNGs are drawn with; Vega's own estimate without a canvas,
 * 0.8 em a character, is a third too wide.
 */
export function loadRuntime(): Promise<Runtime> {
  runtime ??= load();
  return runtime;
}

async function load(): Promise<Runtime> {
  const [vegaSource, vegaLiteSource] = await runtimeSources();
  const vega = run<typeof Vega>(vegaSource, {});
  const vegaLite = run<typeof VegaLite>(vegaLiteSource, { vega });
  const width = await textWidth();
  // Vega keeps its ruler in this record, which its types leave out.
  const { textMetrics } = vega as unknown as {
    textMetrics: { width: (item: TextItem, text: unknown) => number };
  };
  textMetrics.width = (item, text) => {
    const line = text === null || text === undefined ? "" : String(text);
    const bold = item.fontWeight === "bold" || Number(item.fontWeight) >= 600;
    return width(line, { size: item.fontSize ?? 11, bold });
  };
  return { vega, vegaLite };
}

/** What Vega knows of a text that it measures. */
interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

/** Runs a UMD build and gives what it exports. */
function run<T>(source: string, parts: Readonly<Record<string, unknown>>): T {
  const module = { exports: {} };
  const require = (name: string): unknown => parts[name];
  new Function("exports", "module", "require", source)(module.exports, module, require);
  return module.exports as T;
}
