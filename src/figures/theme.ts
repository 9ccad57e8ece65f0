/** How every figure looks: colours, sizes, and Vega-Lite's configuration for light and dark. */

import { COLOUR_SCALE } from "../image/colour_scale.ts";
import { FONT_FAMILY } from "./fonts.ts";

/** On a white card, as in notebooks, or on the dark page of a reader who prefers it. */
export type Scheme = "light" | "dark";

/** Pixels that a whole figure may take in width. */
export const FIGURE_WIDTH = 600;

/**
 * Categories, told apart with any colour vision; in this order of use.
 *
 * Source: Okabe and Ito 2008, without black and without yellow, which white paper swallows; gray
 * is the seventh.
 */
export const CATEGORY_COLOURS: readonly string[] = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#8a8f96",
];

/** Normal and anomalous, the same in every figure. */
export const CLASS_COLOURS = { normal: "#0072b2", anomalous: "#d55e00" } as const;

/** Dashes that tell lines apart a second time, in print and without colour. */
export const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [6, 2],
  [2, 2],
  [8, 2, 2, 2],
  [4, 4],
  [1, 3],
  [10, 3],
];

/** Negative over zero to positive; symmetric, so that zero is the pale middle. */
export const DIVERGING_COLOURS: readonly string[] = [
  "#053061",
  "#2166ac",
  "#67a9cf",
  "#d1e5f0",
  "#f7f7f7",
  "#fddbc7",
  "#ef8a62",
  "#b2182b",
  "#67001f",
];

/**
 * The project's colour scale as stops for Vega, which interpolates between them: every fifth
 * colour, the first and the last among them.
 */
export const SCORE_COLOURS: readonly string[] = Array.from(
  { length: 52 },
  (_, i) => `#${COLOUR_SCALE.subarray(15 * i, 15 * i + 3).toHex()}`,
);

/**
 * Stops as 256 colours, RGB after RGB, straight lines between them as Vega draws them.
 *
 * @param stops at least two colours `#rrggbb`, evenly spaced
 */
export function colourTable(stops: readonly string[]): Uint8Array {
  const colours = stops.map((stop) => Uint8Array.fromHex(stop.slice(1)));
  return Uint8Array.from({ length: 768 }, (_, i) => {
    const place = Math.floor(i / 3) / 255 * (stops.length - 1);
    const at = Math.min(stops.length - 2, Math.floor(place));
    const [from, to] = [colours[at][i % 3], colours[at + 1][i % 3]];
    return Math.round(from + (place - at) * (to - from));
  });
}

interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
  readonly faint: string;
  readonly shade: string;
}

const PALETTES: Readonly<Record<Scheme, Palette>> = {
  light: { paper: "#ffffff", ink: "#1f2328", muted: "#59636e", faint: "#c6ccd3", shade: "#e9ecef" },
  dark: { paper: "#15181c", ink: "#e8eaed", muted: "#a6aeb8", faint: "#59616b", shade: "#2a2f36" },
};

/** The colour of the page around a figure. */
export function paperColour(scheme: Scheme): string {
  return PALETTES[scheme].paper;
}

/**
 * Vega-Lite's configuration. Figures name the styles below and no colours of paper or ink, so that
 * the same specification reads on both.
 *
 * - `label`: text that belongs to the data; `note`: text that explains
 * - `guide`: a line that is no data, such as chance; `limit`: a line that decides
 * - `shade`: an area that is not counted; `faint`: marks in the background
 */
export function theme(scheme: Scheme): Readonly<Record<string, unknown>> {
  const { paper, ink, muted, faint, shade } = PALETTES[scheme];
  const font = `${FONT_FAMILY}, Verdana, sans-serif`;
  return {
    background: paper,
    padding: 12,
    font,
    title: {
      anchor: "start",
      frame: "group",
      color: ink,
      fontSize: 15,
      fontWeight: "bold",
      subtitleColor: muted,
      subtitleFontSize: 12,
      subtitlePadding: 4,
      lineHeight: 19,
      subtitleLineHeight: 16,
      offset: 10,
    },
    view: { stroke: null },
    axis: {
      labelColor: ink,
      titleColor: ink,
      labelFontSize: 12,
      titleFontSize: 12,
      titleFontWeight: "normal",
      titlePadding: 8,
      domainColor: muted,
      tickColor: muted,
      gridColor: shade,
      labelLimit: 220,
      labelOverlap: true,
      labelFlush: false,
    },
    legend: {
      labelColor: ink,
      titleColor: ink,
      labelFontSize: 12,
      titleFontSize: 12,
      titleFontWeight: "normal",
      labelLimit: 260,
      symbolStrokeWidth: 2.5,
      symbolSize: 120,
      gradientStrokeColor: null,
    },
    header: { labelColor: ink, titleColor: ink, labelFontSize: 12, titleFontSize: 12 },
    range: { category: CATEGORY_COLOURS },
    // A figure is described as a whole; a label on each of its marks would say less and weigh more.
    mark: { aria: false },
    text: { color: ink, fontSize: 12 },
    line: { strokeWidth: 2 },
    // Vega-Lite reads a style's `color`; its `fill` and `stroke` it passes over.
    style: {
      label: { color: ink, fontSize: 12 },
      note: { color: muted, fontSize: 12 },
      guide: { color: muted, strokeDash: [4, 4], strokeWidth: 1.5 },
      limit: { color: ink, strokeWidth: 2 },
      shade: { color: shade },
      faint: { color: faint },
    },
  };
}
