/** Which pixels of good photos a pixel of a test photo is compared with. */

import { cannot } from "../errors.ts";
import type { Image } from "../types.ts";
import { expectFinite, expectSameLength, expectWhole } from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import { imageLayer, pixels, textLayer } from "./picture_table.ts";
import { expectPicture, photoUrl } from "./raster.ts";
import { text } from "./series.ts";
import { CATEGORY_COLOURS, FIGURE_WIDTH } from "./theme.ts";

/** A pixel of the test photo and its nearest one in the gallery. */
export interface Correspondence {
  /** In pixels of the test photo. */
  readonly from: readonly [y: number, x: number];
  /** Which gallery photo. */
  readonly image: number;
  /** In pixels of that photo. */
  readonly to: readonly [y: number, x: number];
  /** Between their features. */
  readonly distance: number;
}

/** What {@linkcode correspondences} writes beside the photos. */
export interface CorrespondencesOptions extends FigureTitle {
  /** Above the test photo, default `test photo`. */
  readonly name?: string;
  /** Above each gallery photo; default `good 1`, `good 2`, … */
  readonly galleryNames?: readonly string[];
}

const MOST_LINKS = 14;
const MOST_PHOTOS = 9;
const TEST_SIDE = 280;
const GAP = 8;
const LINE = 18;

/**
 * The test photo on the left, good photos on the right, and a line from each chosen pixel to its
 * nearest neighbour among the good ones, numbered at both ends; the feature distances stand below.
 * A long distance says: nothing good looks like this.
 *
 * Cost: O(all pixels).
 *
 * @param photo the test photo
 * @param gallery 1 to 9 good photos
 * @param links 1 to 14; pixel centres are at whole numbers
 * @throws {RangeError} when a photo's data does not fit its size, there are too few or too many
 * photos or links, a link leads out of its photo, or a distance is not finite
 *
 * @example
 * ```ts
 * const photo = { width: 8, height: 8, data: new Uint8Array(192).fill(128) };
 * const figure = correspondences(photo, [photo], [
 *   { from: [2, 3], image: 0, to: [2, 4], distance: 0.7 },
 * ], { title: "One pixel and its neighbour" });
 * console.assert((await figure.toSvg()).includes("test photo"));
 * ```
 */
export function correspondences(
  photo: Image,
  gallery: readonly Image[],
  links: readonly Correspondence[],
  { title, subtitle, name = "test photo", galleryNames }: CorrespondencesOptions,
): Figure {
  const action = "draw correspondences";
  expectPicture(action, photo);
  gallery.forEach((image) => expectPicture(action, image));
  expectWhole(action, "the number of gallery photos", gallery.length, [1, MOST_PHOTOS]);
  expectWhole(action, "the number of links", links.length, [1, MOST_LINKS]);
  expectSameLength(action, { gallery, galleryNames });
  const names = galleryNames ?? gallery.map((_, i) => `good ${i + 1}`);

  const columns = gallery.length <= 2 ? 1 : gallery.length <= 6 ? 2 : 3;
  const left = TEST_SIDE + 50;
  const side = Math.min(
    200,
    Math.floor((FIGURE_WIDTH - left - GAP * (columns - 1)) / columns),
  );
  const tallest = Math.max(...gallery.map(({ width, height }) => Math.min(1, height / width)));
  const pitch = Math.round(side * tallest) + LINE + GAP;
  const places = [
    placed(photo, { x: 0, y: LINE, side: TEST_SIDE }),
    ...gallery.map((image, i) =>
      placed(image, {
        x: left + (i % columns) * (side + GAP),
        y: LINE + Math.floor(i / columns) * pitch,
        side,
      })
    ),
  ];
  const lines = links.map(({ from, image, to, distance }, i) => {
    expectWhole(action, "a link's photo", image, [0, gallery.length - 1]);
    expectFinite(action, "a distance", [distance]);
    const start = pointIn(action, places[0], from);
    const end = pointIn(action, places[image + 1], to);
    return {
      ...start,
      x2: end.x,
      y2: end.y,
      number: String(i + 1),
      colour: CATEGORY_COLOURS[i % 6],
    };
  });
  const perLine = 2;
  const listTop = LINE + places[0].height + 20;
  const list = links.map(({ distance }, i) => ({
    text: `${i + 1}: distance ${text(distance)}`,
    x: 14 + (i % perLine) * (TEST_SIDE / perLine),
    y: listTop + LINE * Math.floor(i / perLine),
    colour: CATEGORY_COLOURS[i % 6],
  }));
  const titles = [name, ...names].map((text, i) => ({
    text,
    x: places[i].x,
    y: LINE / 2 - 1 + places[i].y - LINE,
  }));
  const bottom = Math.max(
    ...places.map(({ y, height }) => y + height),
    listTop + LINE * Math.ceil(links.length / perLine) - LINE / 2,
  );
  return figure({
    width: left + columns * (side + GAP) - GAP,
    height: bottom,
    layer: [
      imageLayer(places.map(({ image, x, y, width, height }) => ({
        url: photoUrl(image, { width: 1.5 * width, height: 1.5 * height }),
        x,
        y,
        x2: x + width,
        y2: y + height,
      }))),
      ...linkLayers(lines),
      textLayer(titles, { style: "label", align: "left" }),
      textLayer(list, { style: "label", align: "left" }),
      dots(list.map(({ x, y, colour }) => ({ x: x - 8, y, colour })), 50),
    ],
  }, {
    title,
    subtitle,
    description: `${links.length} pixels of a test photo, each joined to its nearest pixel in ` +
      `${gallery.length} good photos. ` +
      links.map(({ image, distance }, i) =>
        `${i + 1}: ${names[image]}, distance ${text(distance)}.`
      )
        .join(" "),
  });
}

interface Place {
  readonly image: Image;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function placed(
  image: Image,
  { x, y, side }: { readonly x: number; readonly y: number; readonly side: number },
): Place {
  const zoom = side / Math.max(image.width, image.height);
  return {
    image,
    x,
    y,
    width: Math.round(zoom * image.width),
    height: Math.round(zoom * image.height),
  };
}

/** Where the centre of a pixel is drawn. */
function pointIn(
  action: string,
  { image, x: left, y: top, width, height }: Place,
  [y, x]: readonly [number, number],
): { readonly x: number; readonly y: number } {
  if (!(x >= 0 && x <= image.width - 1 && y >= 0 && y <= image.height - 1)) {
    throw cannot(
      action,
      "a pixel must lie in its photo",
      `y ${y}, x ${x} in ${image.width}×${image.height} pixels`,
    );
  }
  return {
    x: Math.round(left + (x + 0.5) * width / image.width),
    y: Math.round(top + (y + 0.5) * height / image.height),
  };
}

/** Lines with a pale edge, so that they are seen on any photo, and numbered ends. */
function linkLayers(lines: readonly Specification[]): Specification[] {
  const place = {
    x: pixels("x"),
    y: pixels("y"),
    x2: { field: "x2" },
    y2: { field: "y2" },
  };
  const ends = lines.flatMap(({ x, y, x2, y2, number, colour }) => [
    { x, y, number, colour },
    { x: x2, y: y2, number, colour },
  ]);
  return [
    {
      data: { values: lines },
      mark: { type: "rule", color: "white", strokeWidth: 4, opacity: 0.8 },
      encoding: place,
    },
    {
      data: { values: lines },
      mark: { type: "rule", strokeWidth: 2 },
      encoding: { ...place, color: asIs },
    },
    dots(ends, 200),
    {
      data: { values: ends },
      mark: { type: "text", color: "white", fontSize: 10, fontWeight: "bold", baseline: "middle" },
      encoding: { x: pixels("x"), y: pixels("y"), text: { field: "number", type: "nominal" } },
    },
  ];
}

const asIs: Specification = { field: "colour", type: "nominal", scale: null, legend: null };

function dots(values: readonly Specification[], size: number): Specification {
  return {
    data: { values },
    mark: { type: "point", filled: true, opacity: 1, size, stroke: "white", strokeWidth: 1 },
    encoding: { x: pixels("x"), y: pixels("y"), color: asIs },
  };
}
