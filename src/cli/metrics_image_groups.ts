/** What a photo's one score is measured by. */

import { quantile } from "../math/quantile.ts";
import { auroc } from "../metrics/roc.ts";
import {
  aurocAtThresholds,
  aurocTieBounds,
  bestF1,
  clampedAround,
  type CoarseAurocOptions,
  evenThresholds,
  f1AcrossHalves,
  throughSigmoid,
} from "../metrics/variants.ts";
import type { AnomalyMap } from "../types.ts";
import {
  BINNED,
  type Group,
  group,
  inUnitRange,
  LOOPS,
  SIGMOID,
  SIGMOID_BINNED,
  UNNAMED,
} from "./metrics_rows.ts";

/** AUROC of photos' scores. */
export function imageGroup(scores: readonly number[], labels: readonly number[]): Group {
  const map: AnomalyMap = { data: Float32Array.from(scores), shape: [1, scores.length] };
  const spread = (count: number): CoarseAurocOptions => (
    { thresholds: evenThresholds([scores], { count, ends: "both" }), rule: ">=" }
  );
  const sigmoid = () => throughSigmoid([map])[0].data;
  const around = () => {
    const { threshold } = bestF1(map.data, labels);
    const [least, most] = [0, 1].map((share) => quantile(map.data, share));
    return clampedAround([map], { threshold, least, most })[0].data;
  };
  const at = (options: () => CoarseAurocOptions) => () => [
    aurocAtThresholds(scores, labels, options()),
  ];
  return group("image AUROC", ["image AUROC"], [
    ["exact: a tie is half a pair", "kizu, scikit-learn", () => [auroc(scores, labels)]],
    ["ties: the normal one first", LOOPS, () => [aurocTieBounds(scores, labels).lowest]],
    ["ties: the anomalous one first", LOOPS, () => [aurocTieBounds(scores, labels).highest]],
    ["200 thresholds over the range", BINNED, at(() => spread(200))],
    ["1,000 thresholds over the range", UNNAMED, at(() => spread(1000))],
    ["sigmoid, every threshold", SIGMOID, () => [auroc(sigmoid(), labels)]],
    [
      "sigmoid, 200 thresholds in 0…1",
      SIGMOID_BINNED,
      () => [aurocAtThresholds(sigmoid(), labels, inUnitRange(200))],
    ],
    ["best F1 at ½, clamped to 0…1", "anomalib's post-processing", () => [auroc(around(), labels)]],
  ]);
}

/** F1 of photos, with an honest threshold and with the best there is. */
export function f1Group(scores: readonly number[], labels: readonly number[]): Group {
  return group("F1 of images", ["F1"], [
    ["threshold from the other half", "kizu, for comparison", () => [
      f1AcrossHalves(scores, labels),
    ]],
    ["threshold that is best on the test", "F1-max of papers", () => [bestF1(scores, labels).f1]],
  ]);
}
