/** Photos, masks and maps side by side. */

import type { Mask } from "../types.ts";
import { cannot } from "../errors.ts";
import { expectDomain, expectSameLength, expectSome, expectWhole } from "./expect.ts";
import { type Figure, figure, type FigureTitle } from "./figure.ts";
import { layOut, type TableCell } from "./picture_table.ts";
import { expectPicture, expectSameSize, isMap, type Picture } from "./raster.ts";
import { colourBar, scaleText } from "./score_scale.ts";

/** How {@linkcode imageGrid} arranges and names its pictures. */
export interface ImageGridOptions extends FigureTitle {
  /** Pictures a row; the last row may be shorter. */
  readonly columns: number;
  /** Above each column; wider than it, they are broken at spaces. */
  readonly columnTitles?: readonly string[];
  /** Left of each row; a line break begins a second, fainter line. */
  readonly rowTitles?: readonly string[];
  /** Below each picture, one for each; a line break begins a second line, and so does a space where
   * a line would be wider than its cell. */
  readonly captions?: readonly string[];
  /** A mask to outline on each picture, one for each; undefined for none. */
  readonly outlines?: readonly (Mask | undefined)[];
  /** The scores at the ends of the colours: the same for all maps. Wanted where there is a map. */
  readonly domain?: readonly [low: number, high: number];
  /** What the scores of the maps are, above the colour bar. Default `score`. */
  readonly unit?: string;
}

const MOST_COLUMNS = 12;

/**
 * Pictures in a grid, in reading order: photos, masks (white where the defect is) and anomaly maps,
 * all maps on one scale with one colour bar. A photo a row with its truth and the maps of several
 * methods is the picture of a comparison.
 *
 * Photos are shown as small JPEGs, at most one and a half times as fine as they are drawn.
 *
 * Cost: O(all pixels).
 *
 * @param pictures undefined leaves a place empty
 * @throws {RangeError} when there is no picture, a size does not fit, a title, caption or outline is
 * missing or too many, or there is a map but no domain
 *
 * @example
 * ```ts
 * const photo = { width: 2, height: 2, data: new Uint8Array(12).fill(128) };
 * const truth = { width: 2, height: 2, data: Uint8Array.of(0, 0, 0, 1) };
 * const map = { data: Float32Array.of(0, 1, 2, 9), shape: [2, 2] } as const;
 * const grid = imageGrid([photo, truth, map], {
 *   columns: 3,
 *   columnTitles: ["photo", "truth", "map"],
 *   domain: [0, 10],
 *   title: "The flaw is found",
 * });
 * console.assert((await grid.toSvg()).includes("truth"));
 * ```
 */
export function imageGrid(
  pictures: readonly (Picture | undefined)[],
  options: ImageGridOptions,
): Figure {
  const { columns, columnTitles, rowTitles, captions, outlines, domain, unit } = options;
  const action = "draw an image grid";
  const given = pictures.filter((picture) => picture !== undefined);
  expectSome(action, "picture", given);
  given.forEach((picture) => expectPicture(action, picture));
  expectWhole(action, "the number of columns", columns, [1, MOST_COLUMNS]);
  const down = Math.ceil(pictures.length / columns);
  expectSameLength(action, { pictures, captions, outlines });
  expectSameLength(action, { columns: { length: columns }, columnTitles });
  expectSameLength(action, { rows: { length: down }, rowTitles });
  const maps = given.filter(isMap);
  if (domain !== undefined) expectDomain(action, domain);
  else if (maps.length > 0) {
    throw cannot(action, "maps need a domain for their colours", "none", TypeError);
  }
  const cells = pictures.map((picture, i): TableCell | undefined => {
    const outline = outlines?.[i];
    if (picture === undefined) return undefined;
    if (outline !== undefined) {
      expectPicture(action, outline);
      expectSameSize(action, { picture, outline });
    }
    return { picture, domain, outline, caption: captions?.[i] };
  });
  const barred = domain !== undefined && maps.length > 0;
  const table = layOut({
    rows: Array.from({ length: down }, (_, r) => cells.slice(r * columns, (r + 1) * columns)),
    columnTitles,
    rowTitles,
    right: barred ? 84 : 0,
  });
  const bar = Math.min(200, Math.max(60, table.height - 40));
  return figure({
    ...table,
    layer: [...table.layer, ...(barred ? [colourBar({ domain, unit }, bar)] : [])],
  }, {
    title: options.title,
    subtitle: options.subtitle,
    description: describe(options, given.length, maps.length) +
      (barred ? ` Maps: ${scaleText({ domain, unit })}.` : ""),
  });
}

function describe(options: ImageGridOptions, pictures: number, maps: number): string {
  const { columns, columnTitles, rowTitles, captions } = options;
  const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
  return `Grid of ${plural(pictures, "picture")}, ${plural(maps, "map")} among them, ` +
    `${columns} a row.` +
    (columnTitles === undefined ? "" : ` Columns: ${columnTitles.join(", ")}.`) +
    (rowTitles === undefined ? "" : ` Rows: ${rowTitles.join(", ").replaceAll("\n", " ")}.`) +
    (captions === undefined ? "" : ` Captions: ${captions.join(", ").replaceAll("\n", " ")}.`);
}
