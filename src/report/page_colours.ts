/** Colours of the page's series and classes, made to stand out from the paper of each scheme. */

import {
  CATEGORY_COLOURS,
  CLASS_COLOURS,
  DASHES,
  paperColour,
  type Scheme,
} from "../figures/theme.ts";

/** The least contrast of a line with the paper; WCAG 2.2, 1.4.11. */
export const LINE_CONTRAST = 3;

/**
 * Contrast of two colours, 1…21.
 *
 *     (L₁ + 0.05) / (L₂ + 0.05), L the relative luminance, the lighter one above
 *
 * Source: WCAG 2.2.
 *
 * @param a, b as `#rrggbb`
 */
export function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((one, other) => one - other);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = Array.from(Uint8Array.fromHex(colour.slice(1)), (value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** A colour moved towards black or white, in steps of 5 %, until it stands out from the paper. */
export function legible(colour: string, scheme: Scheme): string {
  const towards = scheme === "light" ? 0 : 255;
  const channels = Uint8Array.fromHex(colour.slice(1));
  let found = colour;
  for (let step = 1; contrast(found, paperColour(scheme)) < LINE_CONTRAST && step <= 20; step++) {
    const mixed = channels.map((value) => Math.round(value + (towards - value) * step / 20));
    found = `#${mixed.toHex()}`;
  }
  return found;
}

/**
 * Declarations for the style sheet: `--series-0` and so on with `--dash-0`, `--normal`,
 * `--anomalous`, `--paper`.
 */
export function colourDeclarations(): string {
  const both = (colour: string) =>
    `light-dark(${legible(colour, "light")}, ${legible(colour, "dark")})`;
  return [
    `--paper: light-dark(${paperColour("light")}, ${paperColour("dark")});`,
    ...Object.entries(CLASS_COLOURS).map(([name, colour]) => `--${name}: ${both(colour)};`),
    ...CATEGORY_COLOURS.map((colour, i) => `--series-${i}: ${both(colour)};`),
    ...DASHES.map((dash, i) => `--dash-${i}: ${i === 0 ? "none" : dash.join(" ")};`),
  ].join("\n");
}
