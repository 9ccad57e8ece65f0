/** An anomaly map as a heat map, over its photo where there is one. */

import { cannot } from "../errors.ts";
import type { AnomalyMap, Image, Mask } from "../types.ts";
import { cellTooltips, hasCells } from "./cells.ts";
import { expectDomain, expectMap } from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import { expectPicture, expectSameSize, mapUrl, outlineUrl, photoUrl, sizeOf } from "./raster.ts";
import { colourBar, scaleText, type ScoreScale } from "./score_scale.ts";
import { slider, text, wholeTicks } from "./series.ts";

/** What {@linkcode heatMap} shows beside the map. */
export interface HeatMapOptions extends FigureTitle, ScoreScale {
  /** The photo as the detector saw it; the map is stretched over it. */
  readonly over?: Image;
  /** Ground truth, outlined: as large as the photo, or as the map where there is none. */
  readonly mask?: Mask;
  /** How much of the map is seen over the photo at first, 0…1; default 0.6. */
  readonly opacity?: number;
}

const LONGEST_SIDE = 400;

/**
 * An anomaly map in the project's one colour scale, over a fixed domain: two maps with one domain
 * can be compared by eye. Scores outside the domain take the colour of the nearer end.
 *
 * Over a photo a slider changes the opacity of the map. A map of at most 56×56 cells says each
 * cell's score when pointed at.
 *
 * Cost: O(H·W).
 *
 * @param map raw scores, [H, W]
 * @throws {TypeError} when the map has not rank 2
 * @throws {RangeError} when a score is not finite, the domain not two rising numbers, the opacity
 * not in 0…1, or the mask's size not that of what is under it
 *
 * @example
 * ```ts
 * const map = { data: Float32Array.of(0.1, 0.2, 0.3, 0.9), shape: [2, 2] } as const;
 * const hot = heatMap(map, { domain: [0, 1], title: "One cell of four is hot" });
 * console.assert((await hot.toSvg()).startsWith("<svg"));
 * ```
 */
export function heatMap(map: AnomalyMap, options: HeatMapOptions): Figure {
  const { over, mask, domain, title, subtitle, opacity = 0.6 } = options;
  const action = "draw a heat map";
  expectMap(action, map);
  expectDomain(action, domain);
  if (!(opacity >= 0 && opacity <= 1)) {
    throw cannot(action, "an opacity must be in 0…1", String(opacity));
  }
  if (over !== undefined) expectPicture(action, over);
  if (mask !== undefined) {
    expectPicture(action, mask);
    expectSameSize(action, over === undefined ? { map, mask } : { photo: over, mask });
  }
  const [rows, columns] = map.shape;
  const { width: across, height: down } = sizeOf(over ?? map);
  const zoom = LONGEST_SIDE / Math.max(across, down);
  const plot = { width: Math.round(zoom * across), height: Math.round(zoom * down) };
  const small = hasCells({ width: columns, height: rows });
  const unit = over === undefined && small ? "cells" : "pixels";
  const axis = (name: "x" | "y", end: number, reverse: boolean): Specification => ({
    type: "quantitative",
    title: `${name} (${unit})`,
    scale: { domain: [0, end], nice: false, zero: false, reverse },
    axis: {
      grid: false,
      values: wholeTicks(end, name === "x" ? plot.width : plot.height),
      format: "d",
    },
  });
  const full = {
    x: { field: "left", ...axis("x", across, false) },
    x2: { field: "right" },
    y: { field: "top", ...axis("y", down, true) },
    y2: { field: "bottom" },
  };
  const picture = (url: string, channels: Specification = {}): Specification => ({
    data: { values: [{ left: 0, right: across, top: 0, bottom: down }] },
    mark: { type: "image", aspect: false, url, ...channels },
    encoding: full,
  });
  const seen = over === undefined ? {} : { opacity: { expr: "opacity" } };
  const tooltips = (): Specification =>
    cellTooltips(map.data, columns, {
      cell: { width: across / columns, height: down / rows },
      x: axis("x", across, false),
      y: axis("y", down, true),
    }, options.unit ?? "score");
  const { row, column, value } = highest(map);
  return figure({
    ...plot,
    ...(over === undefined ? {} : {
      params: [slider({
        name: "opacity",
        label: "opacity of the map",
        value: opacity,
        min: 0,
        max: 1,
        step: 0.05,
      })],
    }),
    layer: [
      ...(over === undefined
        ? []
        : [picture(photoUrl(over, { width: 1.5 * plot.width, height: 1.5 * plot.height }))]),
      picture(mapUrl(map, domain, plot), seen),
      colourBar(options, plot.height - 20),
      ...(mask === undefined ? [] : [picture(outlineUrl(mask, plot))]),
      ...(small ? [tooltips()] : []),
    ],
  }, {
    title,
    subtitle,
    description:
      `Heat map of ${columns}×${rows} scores${over === undefined ? "" : " over a photo"}` +
      `${mask === undefined ? "" : ", the true defect outlined"}; ${scaleText(options)}. ` +
      `The highest score, ${text(value)}, is at ${
        percent((column + 0.5) / columns)
      } of the width ` +
      `and ${percent((row + 0.5) / rows)} of the height.`,
  });
}

function highest({ data, shape }: AnomalyMap): { row: number; column: number; value: number } {
  const at = data.reduce((best, value, i) => value > data[best] ? i : best, 0);
  return { row: Math.floor(at / shape[1]), column: at % shape[1], value: data[at] };
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
