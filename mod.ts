/**
 * kizu (傷, a flaw): industrial image anomaly detection, one step at a time.
 *
 * Every public name, in reading order: the words, the graph of steps, images and data, backbones,
 * features, search, detectors, metrics, evaluation.
 *
 * @module
 */

// The words: types, tensors, seeded randomness, refusals.
export type {
  AnomalyMap,
  Dataset,
  FeatureMap,
  Image,
  Level,
  Mask,
  Matrix,
  Sample,
  Tensor,
} from "./src/types.ts";
export {
  asMatrix,
  matrix,
  scaled,
  shapeText,
  takeColumns,
  takePhotos,
  takeRows,
  tensor,
  toRows,
} from "./src/tensor.ts";
export { type Random, sampleWithoutReplacement, seededRandom } from "./src/random.ts";
export { cannot, didYouMean, isRefusal, type RefusalClass } from "./src/errors.ts";
export { version } from "./src/version.ts";

// The graph of steps: build, run at once, or compile.
export { createGraph, type Graph } from "./src/onnx/graph.ts";
export type { DataOf, Dimension, ElementType, TensorOf, Value } from "./src/onnx/value.ts";
export type { ResizeOptions, WindowOptions } from "./src/onnx/layers.ts";
export {
  CACHED_STEPS,
  clearEvaluationCache,
  evaluate,
  type Evaluated,
  type Values,
  type ValuesFor,
} from "./src/onnx/evaluate.ts";
export {
  type NamedTensors,
  openSession,
  type Session,
  type SessionOptions,
} from "./src/onnx/session.ts";

// Images: decode, encode, draw.
export {
  decodeImage,
  type DecodeOptions,
  readImage,
  readImageSize,
  readMask,
} from "./src/image/decode.ts";
export { encodeJpeg, encodeMaskPng, encodePng } from "./src/image/encode.ts";
export { cropImage, maskShare, moveImage } from "./src/image/regions.ts";
export { mosaic, overlay, type OverlayOptions } from "./src/image/draw.ts";
export { type Colour, COLOUR_SCALE, colourAt } from "./src/image/colour_scale.ts";

// From the photo to the network's input.
export {
  aspects,
  checkGeometry,
  checkMaskFilter,
  cropStart,
  defaultGeometry,
  describedGeometry,
  type Geometry,
  imageTensor,
  type MaskFilter,
  maskFilters,
  type Normalisation,
  normalise,
  preprocessImage,
  preprocessMask,
  resizeAndCrop,
  resizedSize,
  resizeFilters,
} from "./src/image/preprocess.ts";

// Data: generated, or from folders.
export {
  generate,
  syntheticCategories,
  type SyntheticCategory,
  syntheticDefaults,
  syntheticDefects,
  type SyntheticOptions,
} from "./src/data/synthetic.ts";
export { openDataset, type OpenDatasetOptions } from "./src/data/dataset.ts";
export { listCategories, loadMvtec, mvtecCategories, type MvtecOptions } from "./src/data/mvtec.ts";
export { type FolderOptions, loadFolder } from "./src/data/folder.ts";
export { limitDataset } from "./src/data/limit.ts";
export { readAhead, type ReadAheadOptions, type ReadSample } from "./src/data/read_ahead.ts";

// Backbones: networks with named levels.
export {
  type Backbone,
  createBackbone,
  type DefaultLevels,
  type Network,
  type Origin,
} from "./src/backbones/backbone.ts";
export {
  isResNetName,
  resNet,
  type ResNetName,
  resNetNames,
  resNetTensors,
} from "./src/backbones/resnet.ts";
export {
  denseNet,
  type DenseNetName,
  denseNetNames,
  denseNetTensors,
  isDenseNetName,
} from "./src/backbones/densenet.ts";
export {
  efficientNet,
  type EfficientNetName,
  efficientNetNames,
  efficientNetTensors,
  isEfficientNetName,
} from "./src/backbones/efficientnet.ts";
export {
  efficientNetLite,
  type EfficientNetLiteName,
  efficientNetLiteNames,
  efficientNetLiteTensors,
  isEfficientNetLiteName,
  type LiteNamingPackage,
} from "./src/backbones/efficientnet_lite.ts";
export type { NamingPackage } from "./src/backbones/efficientnet_names.ts";
export type { ExpectedTensor } from "./src/backbones/expected_tensors.ts";
export { type OnnxBackboneOptions, openOnnxBackbone } from "./src/backbones/onnx_backbone.ts";
export {
  listOnnxValues,
  type ListOnnxValuesOptions,
  type OnnxValue,
} from "./src/backbones/onnx_values.ts";
export {
  architectureNames,
  assemble,
  backboneNames,
  embeddedBackbones,
  loadBackbone,
  type LoadBackboneOptions,
} from "./src/backbones/registry.ts";
export {
  findSource,
  weightsFor,
  type WeightsSource,
  weightsSources,
} from "./src/backbones/weights/sources.ts";
export {
  loadPublishedWeights,
  type PublishedWeights,
  readWeights,
} from "./src/backbones/weights/published.ts";
export type { PlacesOptions } from "./src/backbones/weights/places.ts";
export type { ReadWeightsOptions, StateDict, Weights } from "./src/backbones/weights/state_dict.ts";
export { readSafetensors, writeSafetensors } from "./src/backbones/weights/safetensors.ts";
export { readPytorch } from "./src/backbones/weights/pytorch.ts";

// Features: from levels to patch embeddings.
export { neighbourhoodAverage, type NeighbourhoodOptions } from "./src/features/neighbourhood.ts";
export {
  alignLevels,
  type AlignOptions,
  concatenateLevels,
  patchRows,
} from "./src/features/levels.ts";
export { type EmbedOptions, embedPatches } from "./src/features/embed_patches.ts";

export { globalAveragePool } from "./src/features/pool.ts";
export {
  principalDimensions,
  randomDimensions,
  takeDimensions,
} from "./src/features/dimensions.ts";
export {
  collectPositions,
  photoRows,
  type PositionCollector,
  type PositionRows,
  projectPositions,
} from "./src/features/positions.ts";
export {
  fitGaussians,
  type GaussianOptions,
  type PositionGaussians,
} from "./src/features/gaussian_maps.ts";
export {
  type GaussianValues,
  mahalanobisDistances,
  mahalanobisMaps,
  mahalanobisMapsPlain,
  type MahalanobisOptions,
} from "./src/features/gaussian_distances.ts";
export {
  adaptiveBins,
  officialPooling,
  poolChannels,
  unfoldNeighbourhoods,
} from "./src/features/adaptive_pool.ts";

// Distances, projection, coreset: readable references.
export {
  nearestPlain,
  type NeighbourOptions,
  type Neighbours,
  squaredDistance,
} from "./src/math/distances.ts";
export {
  coveringRadius,
  kCenterGreedyPlain,
  type KCenterOptions,
  type KCenterSelection,
} from "./src/math/k_center.ts";
export { type Certificate, certificate, coveringRadiiPlain } from "./src/math/covering.ts";
export {
  type ApproximateGreedyOptions,
  approximateGreedyPlain,
  type ApproximateGreedySelection,
} from "./src/math/approximate_greedy.ts";
export { growCoresetPlain, type Growth, type GrowthOptions } from "./src/math/grow_coreset.ts";
export {
  type DistortionCurveOptions,
  distortionCurvePlain,
  type DistortionPoint,
} from "./src/math/distortion_curve.ts";
export { kMeansPlusPlus, randomSubset, type SeedingOptions } from "./src/math/seeding.ts";
export {
  type Distortion,
  gaussianProjection,
  johnsonLindenstraussDimensions,
  johnsonLindenstraussDistortion,
  measuredDistortion,
  projectionMatrix,
  type ProjectionOptions,
} from "./src/math/random_projection.ts";

// Gaussians: covariance, shrinkage, axes, quantiles.
export { type Gaussian, gaussianOf, mahalanobis } from "./src/math/covariance.ts";
export { cholesky, type CholeskyOptions, choleskyPlain, solveLower } from "./src/math/cholesky.ts";
export {
  type LedoitWolf,
  ledoitWolf,
  type ShrunkGaussian,
  shrunkGaussian,
  type ShrunkGaussianOptions,
} from "./src/math/ledoit_wolf.ts";
export { type SymmetricEigen, symmetricEigen } from "./src/math/symmetric_eigen.ts";
export { type PrincipalAxes, principalAxes } from "./src/math/principal_axes.ts";
export { type PrincipalComponents, principalComponents } from "./src/math/principal_components.ts";
export {
  chiSquaredQuantile,
  chiSquaredTails,
  type Tail,
  type Tails,
} from "./src/math/chi_squared.ts";

export { median, quantile } from "./src/math/quantile.ts";

// The same through the engine: fast, and equal to the references.
export { nearest, type NearestOptions, nearestRows } from "./src/search/nearest.ts";
export { biasedProducts, largestProducts } from "./src/search/products.ts";
export { project } from "./src/search/project.ts";
export { kCenterGreedy, type KCenterGreedyOptions } from "./src/search/k_center_lazy.ts";
export { approximateGreedy, type ApproximateOptions } from "./src/search/approximate_greedy.ts";
export { coveringRadii, type CoveringRadiiOptions } from "./src/search/covering_radii.ts";
export { growCoreset, type GrowCoresetOptions } from "./src/search/grow_coreset.ts";
export { distortionCurve } from "./src/search/distortion_curve.ts";

export {
  type GalleryLevel,
  type PyramidGallery,
  pyramidGallery,
} from "./src/search/pyramid_gallery.ts";
export {
  type PyramidNeighbourOptions,
  pyramidNeighbours,
} from "./src/search/pyramid_neighbours.ts";

// From patch scores to the map.
export {
  anomalyMap,
  type AnomalyMapOptions,
  gaussianBlur,
  gaussianMatrix,
} from "./src/detectors/anomaly_map.ts";

// Detectors: fit gives another type, and only that one predicts.
export type {
  Detector,
  FitContext,
  Fitted,
  Options,
  OptionValue,
  Photo,
  PhotoFeatures,
  Prediction,
  Progress,
  Tap,
} from "./src/detectors/detector.ts";
export { tapKey } from "./src/detectors/photo_graph.ts";
export { loadDetector } from "./src/detectors/fitted.ts";
export {
  dn2,
  type Dn2Options,
  nearestPhotos,
  type NearestPhotosOptions,
} from "./src/detectors/dn2.ts";
export { spade, type SpadeOptions } from "./src/detectors/spade.ts";
export {
  chiSquaredThreshold,
  gaussianAd,
  type GaussianAdOptions,
  mahalanobisByAxes,
} from "./src/detectors/gaussian_ad.ts";
export { padim, type PadimOptions } from "./src/detectors/padim.ts";
export { patchCore, type PatchCoreOptions, reweightedScore } from "./src/detectors/patchcore.ts";
export { ensemble, type EnsembleOptions } from "./src/detectors/ensemble.ts";
export { calibrate, type Calibration } from "./src/detectors/calibration.ts";
export {
  createDetector,
  type CreateOptions,
  findMethod,
  type MethodName,
  methodNames,
  type Preset,
  presets,
} from "./src/detectors/registry.ts";

// Metrics: exact, ties and all.
export type { Labels, Scores } from "./src/metrics/labelled_scores.ts";
export {
  auroc,
  aurocByPairs,
  pixelAuroc,
  pixelRocCurve,
  type RocCurve,
  rocCurve,
  type RocCurveOptions,
} from "./src/metrics/roc.ts";
export { averagePrecision, averagePrecisionByThresholds } from "./src/metrics/average_precision.ts";
export {
  aupro,
  auproByThresholds,
  type AuproOptions,
  type ProCurve,
  proCurve,
} from "./src/metrics/pro.ts";
export { type Components, connectedComponents } from "./src/metrics/components.ts";
export {
  type Confusion,
  confusion,
  thresholdAtFalsePositiveRate,
} from "./src/metrics/threshold.ts";

// How sure a metric is, and whether methods differ.
export { normalQuantile, normalTails } from "./src/metrics/normal.ts";
export {
  aurocScoreInterval,
  type ClassCounts,
  differenceOfIntervals,
  type Estimate,
  type Interval,
  type IntervalMethod,
  type LevelOption,
  shareInterval,
} from "./src/metrics/intervals.ts";
export {
  type AurocCovariance,
  aurocCovariance,
  type AurocEstimate,
  aurocInterval,
  type AurocIntervalOptions,
  aurocVariancePlain,
  type Comparison,
  type DelongComparison,
  delongTest,
} from "./src/metrics/delong.ts";
export type { ResampleOptions, Strata } from "./src/metrics/resamples.ts";
export {
  bootstrapInterval,
  type BootstrapIntervalOptions,
  type Bootstrapped,
  bootstrapPlain,
  type Measure,
} from "./src/metrics/bootstrap.ts";
export { bootstrapAuroc } from "./src/metrics/bootstrap_auroc.ts";
export { bootstrapPixelAuroc } from "./src/metrics/bootstrap_pixels.ts";
export { bootstrapAupro, type BootstrapAuproOptions } from "./src/metrics/bootstrap_pro.ts";
export { pairedBootstrap } from "./src/metrics/paired.ts";
export { holm } from "./src/metrics/holm.ts";
export {
  type SignedRankOptions,
  type SignedRankTest,
  wilcoxonSignedRank,
} from "./src/metrics/wilcoxon.ts";
export {
  studentizedRangeQuantile,
  studentizedRangeUpper,
} from "./src/metrics/studentized_range.ts";
export {
  friedman,
  type FriedmanTest,
  nemenyi,
  type NemenyiOptions,
  type NemenyiTest,
  type ValueTable,
} from "./src/metrics/friedman.ts";

// Evaluation: data set × detector → report.
export {
  assess,
  type Assessed,
  type AssessOptions,
  assessWithEvidence,
  type Predicted,
} from "./src/evaluation/assess.ts";
export { type Evidence, measure, type Measurement } from "./src/evaluation/measure.ts";
export { composeReport } from "./src/evaluation/compose_report.ts";
export type { RunResult } from "./src/evaluation/summaries.ts";
export {
  type MethodPlan,
  parsePlan,
  type Plan,
  type PlanOption,
} from "./src/evaluation/runs/plan.ts";
export {
  compareMeasured,
  type Measurable,
  type Measured,
  type MeasuredDifference,
  measurePredictions,
  type Predictions,
  predictSamples,
} from "./src/evaluation/predictions.ts";
export type {
  AcrossCategories,
  Environment,
  LiteratureRow,
  MetricName,
  PairedDifference,
  PhotoScore,
  Report,
  Run,
  RunIntervals,
  Seconds,
  SeedEstimate,
  SignedRankPair,
  Summary,
} from "./src/evaluation/report.ts";
export { reportCsv, reportTable } from "./src/evaluation/table.ts";
export {
  publishedMean,
  type PublishedMetric,
  type PublishedResult,
  publishedResult,
} from "./src/evaluation/published.ts";

// Figures: Vega-Lite specifications from arrays, to be shown, saved or opened in a browser.
export { type Figure, figure, type FigureText } from "./src/figures/figure.ts";
export { heatMap, type HeatMapOptions } from "./src/figures/heat_map.ts";
export { imageGrid, type ImageGridOptions } from "./src/figures/image_grid.ts";
export {
  type PyramidLevel,
  pyramidSheet,
  type PyramidSheetOptions,
} from "./src/figures/pyramid_sheet.ts";
export { type NamedRocCurve, rocFigure, type RocFigureOptions } from "./src/figures/roc_figure.ts";
export { type NamedProCurve, proFigure, type ProFigureOptions } from "./src/figures/pro_figure.ts";
export { scoreHistogram, type ScoreHistogramOptions } from "./src/figures/score_histogram.ts";
export {
  type CoveringCurve,
  coveringRadiusFigure,
  type CoveringRadiusOptions,
} from "./src/figures/covering_radius_figure.ts";
export {
  coresetScatter,
  type CoresetScatterOptions,
  type SelectionOrder,
} from "./src/figures/coreset_scatter.ts";
export { distortionFigure } from "./src/figures/distortion_figure.ts";
export {
  type Correspondence,
  correspondences,
  type CorrespondencesOptions,
} from "./src/figures/correspondences.ts";
export {
  type LadderRow,
  methodLadder,
  type MethodLadderOptions,
} from "./src/figures/method_ladder.ts";
export { timeAgainstAuroc, type TimedMethod } from "./src/figures/time_against_auroc.ts";
export {
  type NearPatch,
  type PatchSource,
  patchStrip,
  type PatchStripOptions,
} from "./src/figures/patch_strip.ts";
export {
  type Contours,
  type PointClass,
  scatterFigure,
  type ScatterFigureOptions,
} from "./src/figures/scatter_figure.ts";
export {
  type Axis,
  lineFigure,
  type LineFigureOptions,
  type Series,
} from "./src/figures/line_figure.ts";
export { type Bar, barFigure, type BarFigureOptions } from "./src/figures/bar_figure.ts";
export { matrixFigure, type MatrixFigureOptions } from "./src/figures/matrix_figure.ts";

// In a notebook: show, follow, compare.
export { show } from "./src/notebook/show.ts";
export { summary } from "./src/notebook/summary.ts";
export { estimateText, type EstimateTextOptions } from "./src/notebook/estimate_text.ts";
export { progress, type ProgressLine } from "./src/notebook/progress.ts";
export {
  check,
  type CheckOptions,
  type Comparable,
  type Difference,
  largestDifference,
} from "./src/notebook/check.ts";
export {
  notebookDataset,
  type NotebookDatasetOptions,
  projectPath,
} from "./src/notebook/notebook_data.ts";
