/**
 * The metrics in circulation under the names of AUROC, AUPRO and F1 that are not those of this
 * project, each as it is computed elsewhere: to tell how far apart two published numbers can lie
 * before the detectors differ at all. `docs/metrics.md` shows them side by side.
 *
 * They take maps and masks as `pro.ts` and `roc.ts` do. Which code computes what is said where that
 * code was read; where it was not, a variant is "in circulation".
 */

// AUROC.
export {
  aurocAtThresholds,
  aurocTieBounds,
  type CoarseAurocOptions,
  meanImagePixelAuroc,
  pixelAurocAtThresholds,
  pixelAurocTieBounds,
  type TieBounds,
} from "./variants/auroc.ts";

// AUPRO: few thresholds; other regions, another rate.
export {
  auproAtThresholds,
  auproEvenSteps,
  auproNormalQuantiles,
  auproPerImage,
  type CoarseAuproOptions,
  type CurveEnding,
  type EvenStepsOptions,
} from "./variants/aupro_thresholds.ts";
export { auproFourConnected, auproMeanImageRate } from "./variants/aupro_counting.ts";
export { fourConnectedComponents } from "./variants/four_connected.ts";
export {
  type CoarseThresholds,
  evenThresholds,
  normalQuantileThresholds,
  type ThresholdEnds,
  type ThresholdRule,
} from "./variants/thresholds.ts";

// What is done to scores and masks before.
export {
  clamped,
  clampedAround,
  inLevels,
  scaledApart,
  scaledTogether,
  throughSigmoid,
} from "./variants/scores.ts";
export {
  defectiveOnly,
  type GreyMask,
  type GreyRule,
  type MaskedMaps,
  maskFromGrey,
  onGrid,
} from "./variants/masks.ts";

// Thresholds chosen on the test set.
export { type BestF1, bestF1, bestPixelF1, f1AcrossHalves } from "./variants/best_f1.ts";
