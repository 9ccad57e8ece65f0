/** From a specification to pictures: Vega-Lite to Vega to SVG to PNG. */

import type { Resvg as ResvgClass } from "@resvg/resvg-js";
import type { TopLevelSpec } from "vega-lite";
import { cannot } from "../errors.ts";
import type { Specification } from "./figure.ts";
import { FONT_FAMILY, FONT_FILES } from "./fonts.ts";
import { indexedPng } from "./indexed_png.ts";
import { quantise } from "./quantise.ts";
import { loadRuntime } from "./runtime.ts";

/** Bytes that a notebook's PNG may have. */
export const LARGEST_PNG = 150_000;

/** Characters that a notebook's specification may have; far below the 1 MB at which outputs of the
 * Deno kernel begin to get lost. */
export const LARGEST_SPECIFICATION = 600_000;

/** Ways to draw it, best first: only figures full of photos need more than the first. */
const ATTEMPTS = [{ scale: 1.5, colours: [256, 128] }, { scale: 1, colours: [256, 128, 64, 32] }];

/** Text inside markup, between quotes or not. */
export function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/**
 * A logger as both libraries take it, that keeps what it is told. Whatever they warn of (an unknown
 * mark, a scale without data) leaves a plot that says less than it should.
 */
function createLogger() {
  const complaints: string[] = [];
  const logger = {
    level: () => logger,
    error: (...args: readonly unknown[]) => (complaints.push(args.join(" ")), logger),
    warn: (...args: readonly unknown[]) => (complaints.push(args.join(" ")), logger),
    info: () => logger,
    debug: () => logger,
  };
  return { logger, complaints };
}

/**
 * Compiles a specification and draws it as SVG. Sliders stand at their first value.
 *
 * @throws {RangeError} when Vega-Lite or Vega fails on it or warns of anything
 */
export async function drawSvg(spec: Specification, title: string): Promise<string> {
  const { vega, vegaLite } = await loadRuntime();
  const { logger, complaints } = createLogger();
  const refuse = (found: string): Error =>
    cannot(`draw the figure "${title}"`, "its specification must be valid Vega-Lite", found);
  let svg: string;
  try {
    // A copy, as Vega writes into the data that it is given.
    const compiled = vegaLite.compile(structuredClone(spec) as unknown as TopLevelSpec, {
      logger: logger as never,
    });
    const view = new vega.View(vega.parse(compiled.spec), {
      renderer: "none",
      loader: { ...vega.loader(), load: refuseToLoad },
      logger: logger as never,
    });
    try {
      svg = await view.toSVG();
    } finally {
      view.finalize();
    }
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  if (complaints.length > 0) throw refuse(complaints.join("; "));
  const words = escapeMarkup(String(spec.description ?? title));
  return renumbered(svg).replace("<svg ", `<svg role="img" aria-label="${words}" `);
}

/** A figure holds its data: what is fetched would be missing in a notebook that is opened later. */
function refuseToLoad(address: string): Promise<string> {
  return Promise.reject(cannot("draw a figure", "its data must be inside it", address));
}

/**
 * Vega counts gradients and clips from the first figure on; numbered from 1 in every figure, the
 * same figure has the same bytes.
 */
function renumbered(svg: string): string {
  const numbers = new Map<string, number>();
  return svg.replaceAll(/( id="|url\(#)(gradient_|clip)(\d+)/g, (_, before, kind, number) => {
    const key = kind + number;
    const found = numbers.get(key) ?? numbers.size + 1;
    numbers.set(key, found);
    return before + kind + found;
  });
}

/**
 * Draws a specification as a PNG of at most 256 colours. The same specification gives the same
 * bytes.
 *
 * @param options scale: pixels of the picture for one of the figure, default 1.5
 * @throws {RangeError} as {@linkcode drawSvg}, or when the scale is not in (0, 4]
 */
export async function drawPng(
  spec: Specification,
  title: string,
  { scale = 1.5 }: { readonly scale?: number } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  if (!(scale > 0 && scale <= 4)) {
    throw cannot(`draw the figure "${title}"`, "a scale must be in (0, 4]", String(scale));
  }
  return encode(await rasterise(await drawSvg(spec, title), scale), 256);
}

/**
 * The picture that goes into a notebook: as {@linkcode drawPng}, but of at most
 * {@linkcode LARGEST_PNG} bytes, by fewer colours and pixels where it has to be.
 *
 * @throws {RangeError} as {@linkcode drawSvg}, or when it is still too large, or the specification is
 */
export async function drawSmallPng(
  spec: Specification,
  title: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const characters = JSON.stringify(spec).length;
  if (characters > LARGEST_SPECIFICATION) {
    throw cannot(
      `show the figure "${title}"`,
      `its specification must have at most ${LARGEST_SPECIFICATION} characters; give it less data`,
      `${characters}`,
    );
  }
  const svg = await drawSvg(spec, title);
  let size = 0;
  for (const { scale, colours } of ATTEMPTS) {
    const picture = await rasterise(svg, scale);
    for (const count of colours) {
      const png = encode(picture, count);
      if (png.length <= LARGEST_PNG) return png;
      size = png.length;
    }
  }
  throw cannot(
    `show the figure "${title}"`,
    `its PNG must have at most ${LARGEST_PNG} bytes; give it fewer or smaller pictures`,
    `${size} bytes`,
  );
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly pixels: Uint8Array;
}

async function rasterise(svg: string, scale: number): Promise<Pixels> {
  const { Resvg }: { readonly Resvg: typeof ResvgClass } = await import("@resvg/resvg-js");
  const { width, height, pixels } = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: {
      loadSystemFonts: false,
      fontFiles: [...FONT_FILES],
      defaultFontFamily: FONT_FAMILY,
      sansSerifFamily: FONT_FAMILY,
    },
  }).render();
  return { width, height, pixels };
}

function encode({ width, height, pixels }: Pixels, colours: number): Uint8Array<ArrayBuffer> {
  return indexedPng({ width, height, ...quantise(pixels, colours) });
}
