/** Pictures in rows and columns with words around them: what sheets and grids are made of. */

import type { Specification } from "./figure.ts";
import {
  isMap,
  isMask,
  mapUrl,
  maskUrl,
  outlineUrl,
  photoUrl,
  type Picture,
  type Size,
  sizeOf,
} from "./raster.ts";
import { FIGURE_WIDTH } from "./theme.ts";
import type { Mask } from "../types.ts";

/** A picture in its place. */
export interface TableCell {
  readonly picture: Picture;
  /** The scores at the ends of a map's colours. */
  readonly domain?: readonly [number, number];
  /** A mask whose outline is drawn over the picture. */
  readonly outline?: Mask;
  /** Below the picture. */
  readonly caption?: string;
}

/** A table of pictures and the words at its edges. */
export interface PictureTable {
  /** Rows of cells, all equally long; undefined leaves a place empty. */
  readonly rows: readonly (readonly (TableCell | undefined)[])[];
  readonly columnTitles?: readonly string[];
  /** Left of each row, lines apart by `\n`. */
  readonly rowTitles?: readonly string[];
  /** Pixels to keep free on the right, for a colour bar. */
  readonly right?: number;
  /** Largest side of a picture, in pixels. */
  readonly largest?: number;
}

/** The table as layers of one view without axes, and the size of that view. */
export interface TableLayout {
  readonly width: number;
  readonly height: number;
  readonly layer: readonly Specification[];
}

const GAP = 6;
const LINE = 16;
/** Pixels by which words may be wider than their cell: neighbours are still apart. */
const SLACK = 2;
/** Size of the words, as the theme's style `label` has it. */
const WORDS = 12;
/**
 * Advances of DejaVu Sans for the characters from space to `~`, in 2,048ths of the font's size: the
 * ruler of `fonts.ts` waits for the font's file, and a figure is laid out without waiting. A test
 * holds the two together.
 */
// deno-fmt-ignore
const ADVANCES = [
  651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690,
  1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1087,
  2048, 1401, 1405, 1430, 1577, 1294, 1178, 1587, 1540, 604, 604, 1343, 1141, 1767, 1532, 1612,
  1235, 1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251, 1403, 799, 690, 799, 1716, 1024,
  1024, 1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186, 569, 1995, 1298, 1253,
  1300, 1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690, 1303, 1716,
];
/** The advance of `×`, `−`, `≤`, and of `+`. */
const SIGN = 1716;
/** Pictures up to which photos are kept half as fine again as they are drawn, and maps up to which
 * all 256 colours are kept: beyond, the specification would be too large for a notebook. */
const FEW = 9;

/**
 * Lays pictures out as wide as a figure may be; positions are pixels, y downwards. Titles and
 * captions wider than a cell go on in a next line.
 */
export function layOut({
  rows,
  columnTitles,
  rowTitles,
  right = 0,
  largest = 200,
}: PictureTable): TableLayout {
  const columns = Math.max(...rows.map((row) => row.length));
  const cells = rows.flat().filter((cell) => cell !== undefined);
  const left = rowTitles === undefined ? 0 : titleWidth(rowTitles);
  const free = FIGURE_WIDTH - left - right - GAP * (columns - 1);
  const side = Math.floor(Math.min(largest, free / columns));
  const shapes = cells.map(({ picture }) => sizeOf(picture));
  const tallest = Math.max(...shapes.map(({ width, height }) => height / width));
  const cell = tallest <= 1
    ? { width: side, height: Math.round(side * tallest) }
    : { width: side, height: Math.round(Math.min(side * tallest, 1.5 * side)) };
  const titles = columnTitles?.map((title) => wrapped(title, cell.width + SLACK));
  const deepest = Math.max(0, ...titles?.map((lines) => lines.length) ?? []);
  const captions = rows.map((row) =>
    row.map((content) => wrapped(content?.caption ?? "", cell.width + SLACK))
  );
  const tops = [titles === undefined ? 0 : Math.max(1, deepest) * LINE + 4];
  for (const row of captions) {
    const lines = Math.max(...row.map((lines) => lines.length));
    tops.push(tops[tops.length - 1] + cell.height + (lines > 0 ? lines * LINE + 4 : 0) + GAP);
  }
  const fineness = cells.length <= FEW ? 1.5 : 1;
  const maps = cells.filter(({ picture }) => isMap(picture)).length;
  const shades = maps <= FEW ? 256 : 64;

  const pictures: Specification[] = [];
  const words: Specification[] = [];
  rows.forEach((row, r) => {
    const y = tops[r];
    row.forEach((content, c) => {
      if (content === undefined) return;
      const x = left + c * (cell.width + GAP);
      const size = sizeOf(content.picture);
      const zoom = Math.min(cell.width / size.width, cell.height / size.height);
      const width = Math.round(zoom * size.width);
      const height = Math.round(zoom * size.height);
      const place = { x, y, x2: x + width, y2: y + height };
      const fine = { width: fineness * width, height: fineness * height };
      pictures.push({ url: pictureUrl(content, fine, shades), ...place });
      if (content.outline !== undefined) {
        pictures.push({ url: outlineUrl(content.outline, { width, height }), ...place });
      }
      captions[r][c].forEach((text, i) => {
        words.push({ text, x: x + cell.width / 2, y: y + cell.height + 4 + LINE * (i + 0.5) });
      });
    });
  });
  titles?.forEach((lines, c) => {
    const x = left + c * (cell.width + GAP) + cell.width / 2;
    // The last lines of all titles stand side by side, on the pictures.
    const above = deepest - lines.length;
    lines.forEach((text, i) => words.push({ text, x, y: LINE * (above + i + 0.5) }));
  });
  const names = (rowTitles ?? []).flatMap((title, r) => {
    const lines = title.split("\n");
    const middle = tops[r] + cell.height / 2;
    return lines.map((text, i) => ({
      text,
      style: i === 0 ? "label" : "note",
      x: left - 10,
      y: middle + LINE * (i - (lines.length - 1) / 2),
    }));
  });
  return {
    width: left + columns * (cell.width + GAP) - GAP,
    height: tops[rows.length] - GAP,
    layer: [
      imageLayer(pictures),
      textLayer(words, { style: "label", align: "center" }),
      textLayer(names.filter(({ style }) => style === "label"), { style: "label", align: "right" }),
      textLayer(names.filter(({ style }) => style === "note"), { style: "note", align: "right" }),
    ].filter((layer) => layer !== undefined),
  };
}

function pictureUrl({ picture, domain = [0, 1] }: TableCell, size: Size, shades: number): string {
  if (isMap(picture)) return mapUrl(picture, domain, size, { shades });
  return isMask(picture) ? maskUrl(picture, size) : photoUrl(picture, size);
}

/**
 * Words in lines of at most `width` pixels, broken at line breaks and at spaces; a single word that
 * is wider keeps a line of its own.
 */
function wrapped(words: string, width: number): string[] {
  if (words === "") return [];
  return words.split("\n").flatMap((line) => {
    if (lineWidth(line) <= width) return [line];
    const lines: string[] = [];
    for (const word of line.split(" ").filter((part) => part !== "")) {
      const longer = lines.length === 0 ? word : `${lines[lines.length - 1]} ${word}`;
      if (lines.length > 0 && lineWidth(longer) <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  });
}

/**
 * Pixels that a line of a figure's words is wide, in the style `label` or `note`; characters beyond
 * ASCII count as wide as signs, `×` or `≤`, which few exceed.
 */
export function lineWidth(line: string): number {
  let width = 0;
  for (const character of line) width += ADVANCES[(character.codePointAt(0) ?? 0) - 32] ?? SIGN;
  return WORDS * width / 2048;
}

/** Position channels in pixels of the view. */
export function pixels(field: string): Specification {
  return { field, type: "quantitative", scale: null, axis: null };
}

/** Pictures at places `x`, `y`, `x2`, `y2` in pixels, each with its `url`. */
export function imageLayer(values: readonly Specification[]): Specification {
  return {
    data: { values },
    mark: { type: "image", aspect: false },
    encoding: {
      url: { field: "url", type: "nominal" },
      x: pixels("x"),
      y: pixels("y"),
      x2: { field: "x2" },
      y2: { field: "y2" },
    },
  };
}

/** Words at places `x`, `y` in pixels; undefined when there are none. */
export function textLayer(
  values: readonly Specification[],
  mark: Specification,
): Specification | undefined {
  if (values.length === 0) return undefined;
  return {
    data: { values },
    mark: { type: "text", baseline: "middle", ...mark },
    encoding: {
      text: { field: "text", type: "nominal" },
      x: pixels("x"),
      y: pixels("y"),
    },
  };
}

/** Room for the longest line, by a generous guess at its characters. */
function titleWidth(titles: readonly string[]): number {
  const longest = Math.max(...titles.flatMap((title) => title.split("\n")).map((l) => l.length));
  return Math.min(170, Math.round(6.6 * longest) + 14);
}
