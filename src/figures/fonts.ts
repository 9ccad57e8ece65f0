/** The fonts of every figure, pinned, and how wide a text is in them. */

// Named statically, so that the package is there when its files are looked up.
import fontPackage from "dejavu-fonts-ttf/package.json" with { type: "json" };
import { fromFileUrl } from "@std/path";
import { cannot } from "../errors.ts";
import { readFileWhole } from "../files.ts";

/** As in the font files; browsers without it take the next. */
export const FONT_FAMILY = "DejaVu Sans";

/** Paths of the regular and the bold font. */
export const FONT_FILES: readonly [regular: string, bold: string] = [
  fromFileUrl(import.meta.resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf")),
  fromFileUrl(import.meta.resolve("dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf")),
];

/** Measures one line of text in pixels; `size` is the font's, in pixels. */
export type MeasureText = (
  text: string,
  font: { readonly size: number; readonly bold: boolean },
) => number;

let ruler: Promise<MeasureText> | undefined;

/** A ruler for both fonts; their files are read once. */
export function textWidth(): Promise<MeasureText> {
  ruler ??= (async () => {
    const [regular, bold] = await Promise.all(
      FONT_FILES.map(async (path) => advances(await readFileWhole(path))),
    );
    return (text: string, font: { readonly size: number; readonly bold: boolean }): number => {
      const advance = font.bold ? bold : regular;
      let width = 0;
      for (const character of text) width += advance(character.codePointAt(0) ?? 0);
      return width * font.size;
    };
  })();
  return ruler;
}

/**
 * How far a TrueType font moves on after a character, in em. Kerning is left out: it is below a
 * hundredth of an em in these fonts' digits and letters.
 *
 * Source: the tables `head`, `hhea`, `hmtx` and `cmap` (format 4) of the OpenType specification.
 */
function advances(bytes: Uint8Array): (codePoint: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = new Map<string, number>();
  for (let i = 0; i < view.getUint16(4); i++) {
    const at = 12 + 16 * i;
    tables.set(String.fromCharCode(...bytes.subarray(at, at + 4)), view.getUint32(at + 8));
  }
  const table = (name: string): number => {
    const at = tables.get(name);
    if (at !== undefined) return at;
    const { version } = fontPackage;
    throw cannot("measure text", `the font must have a table ${name}`, version, SyntaxError);
  };
  const unitsPerEm = view.getUint16(table("head") + 18);
  const metrics = view.getUint16(table("hhea") + 34);
  const hmtx = table("hmtx");
  const glyphOf = characterMap(view, table("cmap"));
  return (codePoint) =>
    view.getUint16(hmtx + 4 * Math.min(glyphOf(codePoint), metrics - 1)) / unitsPerEm;
}

/** From characters to glyphs, 0 for what the font does not have. */
function characterMap(view: DataView, cmap: number): (codePoint: number) => number {
  let at = -1;
  for (let i = 0; i < view.getUint16(cmap + 2) && at < 0; i++) {
    const candidate = cmap + view.getUint32(cmap + 4 + 8 * i + 4);
    if (view.getUint16(candidate) === 4) at = candidate;
  }
  if (at < 0) {
    throw cannot("measure text", "the font's cmap must have format 4", "none", SyntaxError);
  }
  const twice = view.getUint16(at + 6);
  const ends = at + 14;
  const starts = ends + twice + 2;
  const deltas = starts + twice;
  const offsets = deltas + twice;
  return (codePoint) => {
    for (let i = 0; i < twice; i += 2) {
      if (view.getUint16(ends + i) < codePoint) continue;
      const start = view.getUint16(starts + i);
      if (start > codePoint) return 0;
      const offset = view.getUint16(offsets + i);
      const glyph = offset === 0
        ? codePoint
        : view.getUint16(offsets + i + offset + 2 * (codePoint - start));
      return offset !== 0 && glyph === 0 ? 0 : (glyph + view.getUint16(deltas + i)) & 0xffff;
    }
    return 0;
  };
}
