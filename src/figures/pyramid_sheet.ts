/** A feature pyramid, level by level. */

import { cannot } from "../errors.ts";
import { shapeText, tensor } from "../tensor.ts";
import type { AnomalyMap, FeatureMap, Image } from "../types.ts";
import { expectDifferentNames, expectSome, expectTensor, expectWhole } from "./expect.ts";
import { type Figure, figure, type FigureTitle } from "./figure.ts";
import { layOut, type TableCell } from "./picture_table.ts";
import { expectPicture } from "./raster.ts";
import { text } from "./series.ts";

/** What a backbone gives at one level for one photo. */
export interface PyramidLevel {
  readonly name: string;
  /** [1, C, H, W]. */
  readonly map: FeatureMap;
  /** Input pixels a cell. */
  readonly stride: number;
  /** Side of the square of input pixels that a cell has seen. */
  readonly receptiveField?: number;
}

/** What {@linkcode pyramidSheet} shows of each level. */
export interface PyramidSheetOptions extends FigureTitle {
  /** The photo, in the first row. */
  readonly photo?: Image;
  /** Which channels, the same number for each level; default the `count` that vary most over the
   * photo. */
  readonly channels?: readonly (readonly number[])[];
  /** How many channels of each level; default 3. */
  readonly count?: number;
}

const MOST_LEVELS = 7;
const MOST_CHANNELS = 5;

/**
 * One row a level: its name, C×H×W, stride and receptive field; the energy of all channels at every
 * cell, √(mean over channels of x²); and some channels. Cells keep their size on the photo, so that
 * coarser levels are seen to be coarser.
 *
 * Each picture is coloured from its own least to its own largest value: it shows where a channel
 * responds, not how strongly; the numbers below say that.
 *
 * Cost: O(all values).
 *
 * @param levels 1 to 7, of one photo
 * @throws {TypeError} when a map has not rank 4
 * @throws {RangeError} when there are too few or too many levels, a map is not of one photo or not
 * finite, two levels have one name, or a channel is not there
 *
 * @example
 * ```ts
 * const map = { data: Float32Array.from({ length: 32 }, (_, i) => i % 5), shape: [1, 2, 4, 4] } as const;
 * const figure = pyramidSheet([{ name: "stage2", map, stride: 4 }], { count: 2, title: "One level" });
 * console.assert((await figure.toSvg()).includes("stage2"));
 * ```
 */
export function pyramidSheet(
  levels: readonly PyramidLevel[],
  { title, subtitle, photo, channels, count = 3 }: PyramidSheetOptions,
): Figure {
  const action = "draw a feature pyramid";
  expectSome(action, "level", levels);
  expectWhole(action, "the number of levels", levels.length, [1, MOST_LEVELS]);
  expectDifferentNames(action, levels);
  if (photo !== undefined) expectPicture(action, photo);
  if (channels !== undefined && channels.length !== levels.length) {
    throw cannot(
      action,
      "channels are given for every level",
      `${channels.length} for ${levels.length}`,
    );
  }
  const rows = levels.map((level, i) => {
    const { name, map } = level;
    expectTensor(action, `the map of ${name}`, map, 4);
    const [photos, C] = map.shape;
    if (photos !== 1) {
      throw cannot(action, `the map of ${name} is of one photo`, shapeText(map.shape));
    }
    const wanted = channels?.[i] ?? liveliest(map, Math.min(count, C));
    expectWhole(action, "the number of channels", wanted.length, [1, MOST_CHANNELS]);
    wanted.forEach((channel) => expectWhole(action, `a channel of ${name}`, channel, [0, C - 1]));
    return [
      cell(energy(map), "energy"),
      ...wanted.map((channel) => cell(channelMap(map, channel), `channel ${channel}`)),
    ];
  });
  const columns = Math.max(...rows.map((row) => row.length));
  const padded = rows.map((row) => [...row, ...new Array<undefined>(columns - row.length)]);
  const photoRow = photo === undefined ? [] : [[
    { picture: photo },
    ...new Array<undefined>(columns - 1),
  ]];
  const rowTitles = [
    ...(photo === undefined ? [] : [`photo\n3×${photo.height}×${photo.width}`]),
    ...levels.map(words),
  ];
  const table = layOut({ rows: [...photoRow, ...padded], rowTitles, largest: 112 });
  return figure({ ...table }, {
    title,
    subtitle,
    description: "Feature pyramid of one photo. " +
      levels.map((level) => `${words(level).replaceAll("\n", ", ")}.`).join(" "),
  });
}

function words({ name, map, stride, receptiveField }: PyramidLevel): string {
  const [, c, h, w] = map.shape;
  const seen = receptiveField === undefined ? "" : `\nsees ${receptiveField} px`;
  return `${name}\n${c}×${h}×${w}\nstride ${stride}${seen}`;
}

function cell(map: AnomalyMap, name: string): TableCell {
  const [least, most] = map.data.reduce(
    ([low, high], value): [number, number] => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity] as [number, number],
  );
  return {
    picture: map,
    domain: [least, most > least ? most : least + 1],
    caption: `${name}\n${text(least, 2)} to ${text(most, 2)}`,
  };
}

function channelMap({ data, shape: [, , h, w] }: FeatureMap, channel: number): AnomalyMap {
  return tensor(data.slice(channel * h * w, (channel + 1) * h * w), [h, w]);
}

/** √(mean over channels of x²) at every cell. */
function energy({ data, shape: [, c, h, w] }: FeatureMap): AnomalyMap {
  const sums = new Float64Array(h * w);
  data.forEach((value, i) => sums[i % (h * w)] += value * value / c);
  return tensor(Float32Array.from(sums, Math.sqrt), [h, w]);
}

/** The channels whose variance over the photo is largest, largest first. */
function liveliest(map: FeatureMap, count: number): number[] {
  const [, c] = map.shape;
  const variances = Array.from({ length: c }, (_, channel) => {
    const { data } = channelMap(map, channel);
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    return data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  });
  return variances.map((_, channel) => channel)
    .sort((a, b) => variances[b] - variances[a] || a - b).slice(0, count);
}
