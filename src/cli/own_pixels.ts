/** Maps enlarged to the photos' own pixels, where MVTec AD's own script compares them. */

import { cannot } from "../errors.ts";
import { cropStart, type Geometry, resizedSize } from "../image/preprocess.ts";
import type { MaskedMaps } from "../metrics/variants.ts";
import type { AnomalyMap, Mask } from "../types.ts";

/** With scores, masks and their regions ten bytes a pixel are needed. */
const MOST_PIXELS = 4e7;

/** A pixel of the photo along one axis, and the two pixels of the map that it lies between. */
interface Place {
  readonly own: number;
  readonly low: number;
  readonly high: number;
  /** Of the higher one, in [0, 1]. */
  readonly share: number;
}

/** The photo's pixels whose centres the crop covers. */
function covered(own: number, resized: number, crop: number): Place[] {
  const start = cropStart(resized, crop);
  return Array.from({ length: own }, (_, i) => ({
    own: i,
    at: (i + 0.5) * resized / own - start - 0.5,
  })).filter(({ at }) => at >= -0.5 && at < crop - 0.5).map(({ own, at }) => {
    const held = Math.min(crop - 1, Math.max(0, at));
    const low = Math.floor(held);
    return { own, low, high: Math.min(crop - 1, low + 1), share: held - low };
  });
}

/**
 * Maps and masks at the resolution of the photos: masks as they were drawn, cut to what the crop
 * covers; maps enlarged bilinearly.
 *
 * @param masks as they were drawn, one a map
 * @throws {RangeError} when they hold more pixels than memory should be spent on
 */
export function onOwnPixels(
  { maps, masks }: MaskedMaps,
  geometry: Geometry,
): MaskedMaps {
  const { crop } = geometry;
  const images = maps.map((map, i) => {
    const mask = masks[i];
    const [height, width] = resizedSize(mask, geometry);
    return {
      map,
      mask,
      down: covered(mask.height, height, crop),
      across: covered(mask.width, width, crop),
    };
  });
  const pixels = images.reduce((sum, { down, across }) => sum + down.length * across.length, 0);
  if (pixels > MOST_PIXELS) {
    throw cannot(
      "measure at the photos' own resolution",
      `all of them together may have ${MOST_PIXELS / 1e6} million pixels`,
      `${Math.ceil(pixels / 1e6)} million`,
    );
  }
  const enlarged = images.map(({ map, mask, down, across }) => {
    const shape = [down.length, across.length] as const;
    const data = new Float32Array(shape[0] * shape[1]);
    const labels = new Uint8Array(data.length);
    let i = 0;
    for (const y of down) {
      for (const x of across) {
        const at = (row: number) =>
          map.data[row * crop + x.low] * (1 - x.share) + map.data[row * crop + x.high] * x.share;
        data[i] = at(y.low) * (1 - y.share) + at(y.high) * y.share;
        labels[i++] = mask.data[y.own * mask.width + x.own];
      }
    }
    const cut: Mask = { width: shape[1], height: shape[0], data: labels };
    const larger: AnomalyMap = { data, shape };
    return { map: larger, mask: cut };
  });
  return { maps: enlarged.map(({ map }) => map), masks: enlarged.map(({ mask }) => mask) };
}
