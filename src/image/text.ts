/** Text on figures: small, plain, the same pixels on every machine. */

import type { Image as Canvas } from "imagescript";
import type { Colour } from "./colour_scale.ts";
import { ASCENT, DESCENT, GLYPHS, SPACE } from "./glyphs.ts";

interface Glyph {
  readonly advance: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  /** 0 = paper … 15 = ink, row by row. */
  readonly ink: readonly number[];
}

/** Drawn for characters that the table does not have. */
const UNKNOWN = "□";

const glyphs: ReadonlyMap<string, Glyph> = new Map(
  GLYPHS.trim().split("\n").map((line) => {
    const [code, advance, left, top, width, ink] = line.split(" ");
    return [String.fromCodePoint(parseInt(code, 16)), {
      advance: Number(advance),
      left: Number(left),
      top: Number(top),
      width: Number(width),
      ink: Array.from(ink, (digit) => parseInt(digit, 16)),
    }];
  }),
);

function glyph(character: string): Glyph | undefined {
  return glyphs.get(character) ?? glyphs.get(UNKNOWN);
}

/** Height of a line of text in pixels. */
export const LINE_HEIGHT: number = ASCENT + DESCENT;

/** Height of a digit: what has to be centred on a tick. */
export const DIGIT_HEIGHT = 9;

/** Width of a line of text in pixels. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    width += character === " " ? SPACE : glyph(character)?.advance ?? 0;
  }
  return width;
}

/** The longest beginning of a text that fits, with an ellipsis where some of it does not. */
export function fitText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const characters = [...text];
  while (characters.length > 0 && textWidth(characters.join("") + "…") > width) characters.pop();
  return characters.join("").trimEnd() + "…";
}

/**
 * Draws one line of text; what lies outside the canvas is cut off.
 *
 * @param x left edge
 * @param baseline the row on which letters stand
 * @param scale whole number: how many pixels a pixel of the letters gets
 */
export function drawText(
  canvas: Canvas,
  text: string,
  { x, baseline, colour, scale = 1 }: {
    readonly x: number;
    readonly baseline: number;
    readonly colour: Colour;
    readonly scale?: number;
  },
): void {
  let pen = x;
  for (const character of text) {
    const drawn = character === " " ? undefined : glyph(character);
    drawn?.ink.forEach((ink, i) => {
      if (ink === 0) return;
      const left = pen + (drawn.left + i % drawn.width) * scale;
      const top = baseline + (drawn.top + Math.floor(i / drawn.width)) * scale;
      for (let y = Math.max(0, top); y < Math.min(canvas.height, top + scale); y++) {
        for (let x = Math.max(0, left); x < Math.min(canvas.width, left + scale); x++) {
          const at = (y * canvas.width + x) * 4;
          for (let c = 0; c < 3; c++) {
            const paper = canvas.bitmap[at + c];
            canvas.bitmap[at + c] = Math.round(paper + (colour[c] - paper) * ink / 15);
          }
        }
      }
    });
    pen += (drawn?.advance ?? SPACE) * scale;
  }
}
