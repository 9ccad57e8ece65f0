/** A patch of a test photo beside the memory patches that it is nearest to. */

import { cannot } from "../errors.ts";
import type { Image, Mask } from "../types.ts";
import { expectFinite, expectWhole } from "./expect.ts";
import { type Figure, figure, type FigureTitle } from "./figure.ts";
import { layOut, type TableCell } from "./picture_table.ts";
import { expectPicture } from "./raster.ts";
import { text } from "./series.ts";

/** A place in a photo. */
export interface PatchSource {
  readonly photo: Image;
  /** The centre of the patch, in pixels of its photo. */
  readonly at: readonly [y: number, x: number];
}

/** A patch of the memory bank, and how far the test patch is from it. */
export interface NearPatch extends PatchSource {
  /** Between the features. */
  readonly distance: number;
  /** A second line below: where it comes from. */
  readonly caption?: string;
}

/** How {@linkcode patchStrip} cuts. */
export interface PatchStripOptions extends FigureTitle {
  /** Side of a cut, in pixels of its photo; default 64. */
  readonly size?: number;
  /** Side of the patch's own cell, outlined in the middle; default 8. */
  readonly cell?: number;
}

const MOST = 8;
const ORDINALS = ["nearest", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th"];

/**
 * Cuts of photos: first around a test patch, then around the memory patches nearest to it, their
 * feature distances below. It answers: which memory explains this pixel, and how well? The outline
 * is the patch's own cell; its features have seen the surroundings too.
 *
 * Near a border the cut is moved inside its photo.
 *
 * Cost: O(patches·size²).
 *
 * @param near 1 to 8 patches, nearest first
 * @throws {RangeError} when there are too few or too many, a place lies outside its photo, a cut is
 * larger than its photo, or a distance is not finite
 *
 * @example
 * ```ts
 * const photo = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(90) };
 * const figure = patchStrip({ photo, at: [20, 20] }, [
 *   { photo, at: [40, 40], distance: 1.5, caption: "good/003" },
 * ], { size: 32, title: "The nearest memory" });
 * console.assert((await figure.toSvg()).includes("good/003"));
 * ```
 */
export function patchStrip(
  test: PatchSource,
  near: readonly NearPatch[],
  { title, subtitle, size = 64, cell = 8 }: PatchStripOptions,
): Figure {
  const action = "draw a strip of patches";
  expectWhole(action, "the number of near patches", near.length, [1, MOST]);
  expectWhole(action, "the side of a cut", size, [4, 4096]);
  expectWhole(action, "the side of a cell", cell, [1, size]);
  near.forEach(({ distance }) => expectFinite(action, "a distance", [distance]));
  const cutOf = (source: PatchSource, caption: string): TableCell => ({
    ...cut(action, source, size, cell),
    caption,
  });
  const row = [
    cutOf(test, ""),
    ...near.map((patch) =>
      cutOf(
        patch,
        `distance ${text(patch.distance)}` +
          (patch.caption === undefined ? "" : `\n${patch.caption}`),
      )
    ),
  ];
  const titles = ["test patch", ...ORDINALS.slice(0, near.length)];
  const table = layOut({ rows: [row], columnTitles: titles, largest: 140 });
  return figure({ ...table }, {
    title,
    subtitle,
    description:
      `A test patch and its ${near.length} nearest memory patches, at feature distances ` +
      `${near.map(({ distance }) => text(distance)).join(", ")}.`,
  });
}

function cut(
  action: string,
  { photo, at: [y, x] }: PatchSource,
  size: number,
  cell: number,
): Pick<TableCell, "picture" | "outline"> {
  expectPicture(action, photo);
  const { width, height } = photo;
  if (!(x >= 0 && x < width && y >= 0 && y < height)) {
    throw cannot(
      action,
      "a patch lies in its photo",
      `y ${y}, x ${x} in ${width}×${height} pixels`,
    );
  }
  if (size > width || size > height) {
    throw cannot(action, "a cut fits into its photo", `${size} of ${width}×${height} pixels`);
  }
  const start = (centre: number, length: number): number =>
    Math.min(length - size, Math.max(0, Math.round(centre - size / 2)));
  const [left, top] = [start(x, width), start(y, height)];
  const data = new Uint8Array(3 * size * size);
  for (let row = 0; row < size; row++) {
    const from = 3 * ((top + row) * width + left);
    data.set(photo.data.subarray(from, from + 3 * size), 3 * row * size);
  }
  const mask = new Uint8Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const inside = Math.abs(top + row + 0.5 - y) <= cell / 2 &&
        Math.abs(left + column + 0.5 - x) <= cell / 2;
      mask[row * size + column] = inside ? 1 : 0;
    }
  }
  const outline: Mask = { width: size, height: size, data: mask };
  return { picture: { width: size, height: size, data }, outline };
}
