/** What becomes of masks and of scores before they are measured. */

import { quantile } from "../math/quantile.ts";
import { aupro } from "../metrics/pro.ts";
import { pixelAuroc } from "../metrics/roc.ts";
import {
  bestPixelF1,
  clamped,
  clampedAround,
  type GreyMask,
  type GreyRule,
  inLevels,
  type MaskedMaps,
  maskFromGrey,
  onGrid,
  scaledApart,
  scaledTogether,
  throughSigmoid,
} from "../metrics/variants.ts";
import type { AnomalyMap } from "../types.ts";
import { type Entry, type Group, group, SIGMOID, UNNAMED } from "./metrics_rows.ts";

/** Maps and masks, and the masks as other code would have them. */
export interface Pixels extends MaskedMaps {
  /** The same masks, resized bilinearly. */
  readonly greyMasks: readonly GreyMask[];
  /** Maps and masks at the photos' own resolution; refused where that is too much. */
  readonly own: () => MaskedMaps;
}

const BOTH = ["pixel AUROC", "AUPRO"];
const measure = ({ maps, masks }: MaskedMaps) => [pixelAuroc(maps, masks), aupro(maps, masks)];

/** Masks resized, or maps. */
export function maskGroup({ maps, masks, greyMasks, own }: Pixels): Group {
  const grey = (rule: GreyRule) => () =>
    measure({ maps, masks: greyMasks.map((mask) => maskFromGrey(mask, rule)) });
  const [, width] = maps[0].shape;
  const sides = [4, 8].map((stride) => Math.floor(width / stride));
  const resized = greyMasks.some(({ data }) => data.some((grey) => grey > 0 && grey < 255));
  const note = "Resized, these masks have no grey pixel: rules for grey ones change nothing.";
  const found = group("masks", BOTH, [
    ["nearest pixel", "kizu, cflow-ad, SPADE-pytorch", () => measure({ maps, masks })],
    ["bilinear, above 0: dilated", UNNAMED, grey("any")],
    ["bilinear, above ½", "RD4AD, DFR", grey("half")],
    ["bilinear, truncated: eroded", "official PatchCore, DRAEM", grey("full")],
    ["the photo's own pixels", "MVTec AD's own script", () => measure(own())],
    ...sides.map((side): Entry => [
      `read on a grid of ${side}²`,
      UNNAMED,
      () => measure(onGrid({ maps, masks }, { side })),
    ]),
  ]);
  return resized ? found : { ...found, note };
}

/** The scores of all maps, one behind the other. */
function joined(maps: readonly AnomalyMap[]): Float32Array {
  const all = new Float32Array(maps.reduce((sum, { data }) => sum + data.length, 0));
  maps.reduce((at, { data }) => {
    all.set(data, at);
    return at + data.length;
  }, 0);
  return all;
}

/** Scores scaled or clamped. */
export function scoreGroup({ maps, masks }: MaskedMaps, labels: readonly number[]): Group {
  const extent = (of: readonly AnomalyMap[]) => {
    let [least, most] = [Infinity, -Infinity];
    for (const { data } of of) {
      for (const score of data) {
        least = Math.min(least, score);
        most = Math.max(most, score);
      }
    }
    return { least, most };
  };
  const changed = (change: () => readonly AnomalyMap[]) => () => measure({ maps: change(), masks });
  return group("scores", BOTH, [
    ["raw", "kizu, scikit-learn", () => measure({ maps, masks })],
    ["min-max over the test set", "official PatchCore", changed(() => scaledTogether(maps))],
    [
      "best F1 at ½, clamped to 0…1",
      "anomalib's post-processing",
      changed(() => {
        const { threshold } = bestPixelF1(maps, masks);
        return clampedAround(maps, { threshold, ...extent(maps) });
      }),
    ],
    [
      "clamped to the good photos' range",
      UNNAMED,
      changed(() => clamped(maps, extent(maps.filter((_, i) => labels[i] === 0)))),
    ],
    [
      "clamped at 99 % of the pixels",
      UNNAMED,
      changed(() => {
        const most = quantile(joined(maps), 0.99);
        return clamped(maps, { least: extent(maps).least, most });
      }),
    ],
    ["saved in 8 bits", UNNAMED, changed(() => inLevels(maps))],
    ["sigmoid", SIGMOID, changed(() => throughSigmoid(maps))],
    ["each map min-max by itself", UNNAMED, changed(() => scaledApart(maps))],
  ]);
}
