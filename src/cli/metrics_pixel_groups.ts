/** What maps are measured by: over all pixels, and over regions. */

import { aupro } from "../metrics/pro.ts";
import { pixelAuroc } from "../metrics/roc.ts";
import {
  auproEvenSteps,
  auproFourConnected,
  auproMeanImageRate,
  auproNormalQuantiles,
  auproPerImage,
  defectiveOnly,
  evenThresholds,
  type MaskedMaps,
  meanImagePixelAuroc,
  pixelAurocAtThresholds,
  pixelAurocTieBounds,
  throughSigmoid,
} from "../metrics/variants.ts";
import {
  BINNED,
  type Group,
  group,
  inUnitRange,
  LOOPS,
  SIGMOID_BINNED,
  UNNAMED,
} from "./metrics_rows.ts";

/** Pixel AUROC. */
export function pixelGroup({ maps, masks }: MaskedMaps): Group {
  const lists = maps.map(({ data }) => data);
  const at = (count: number) => () => [
    pixelAurocAtThresholds(maps, masks, {
      thresholds: evenThresholds(lists, { count, ends: "both" }),
      rule: ">=",
    }),
  ];
  const flawed = () => defectiveOnly({ maps, masks });
  return group("pixel AUROC", ["pixel AUROC"], [
    ["exact: all pixels, a tie is half", "kizu, scikit-learn", () => [pixelAuroc(maps, masks)]],
    ["ties: the normal one first", LOOPS, () => [pixelAurocTieBounds(maps, masks).lowest]],
    ["ties: the anomalous one first", LOOPS, () => [pixelAurocTieBounds(maps, masks).highest]],
    ["200 thresholds over the range", BINNED, at(200)],
    ["1,000 thresholds over the range", UNNAMED, at(1000)],
    [
      "sigmoid, 200 thresholds in 0…1",
      SIGMOID_BINNED,
      () => [pixelAurocAtThresholds(throughSigmoid(maps), masks, inUnitRange(200))],
    ],
    [
      "photos with a defect only",
      "official PatchCore, as its second value",
      () => [pixelAuroc(flawed().maps, flawed().masks)],
    ],
    ["mean of one AUROC a photo", UNNAMED, () => [meanImagePixelAuroc(maps, masks)]],
  ]);
}

/** AUPRO. */
export function auproGroup({ maps, masks }: MaskedMaps): Group {
  const flawed = defectiveOnly({ maps, masks });
  return group("AUPRO", ["AUPRO"], [
    ["exact, up to 0.3", "kizu, MVTec AD's own script", () => [aupro(maps, masks)]],
    [
      "200 thresholds, stretched",
      "AnomalyCLIP, and who took it over",
      () => [auproEvenSteps(maps, masks)],
    ],
    [
      "1,000 thresholds, stretched",
      "cflow-ad",
      () => [auproEvenSteps(maps, masks, { count: 1000, from: "highest" })],
    ],
    [
      "100 quantiles of normal pixels",
      "MVTec 3D-AD's script, 3D-ADS",
      () => [auproNormalQuantiles(maps, masks)],
    ],
    ["200 thresholds, mean over photos", "RD4AD", () => [auproPerImage(maps, masks)]],
    ["not cut, up to 1", UNNAMED, () => [aupro(maps, masks, { limit: 1 })]],
    ["false alarms averaged over photos", UNNAMED, () => [auproMeanImageRate(maps, masks)]],
    ["4-connected regions", "in circulation: scipy's default", () => [
      auproFourConnected(maps, masks),
    ]],
    ["photos with a defect only", UNNAMED, () => [aupro(flawed.maps, flawed.masks)]],
  ]);
}
