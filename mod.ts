/**
 * kizu (傷, a flaw): industrial image anomaly detection, one step at a time.
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
export { matrix, shapeText, takeRows, tensor, toRows } from "./src/tensor.ts";
export { type Random, sampleWithoutReplacement, seededRandom } from "./src/random.ts";
export { cannot, isRefusal, type RefusalClass } from "./src/errors.ts";

// The graph of steps: build, run at once, or compile.
export { createGraph, type Graph } from "./src/onnx/graph.ts";
export type { DataOf, Dimension, ElementType, TensorOf, Value } from "./src/onnx/value.ts";
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

// From the photo to the network's input.
export {
  checkGeometry,
  cropStart,
  defaultGeometry,
  type Geometry,
  imageTensor,
  type Normalisation,
  normalise,
  preprocessImage,
  preprocessMask,
  resizeAndCrop,
  resizedSize,
} from "./src/image/preprocess.ts";

// Backbones: networks with named levels.
export {
  type Backbone,
  createBackbone,
  type Network,
  type Origin,
} from "./src/backbones/backbone.ts";
export { efficientNetLite } from "./src/backbones/efficientnet_lite.ts";
export { backboneNames, loadBackbone, type LoadBackboneOptions } from "./src/backbones/registry.ts";

// Features: from levels to patch embeddings.
export { neighbourhoodAverage, type NeighbourhoodOptions } from "./src/features/neighbourhood.ts";
export {
  alignLevels,
  type AlignOptions,
  concatenateLevels,
  patchRows,
} from "./src/features/levels.ts";

// From patch scores to the map.
export {
  anomalyMap,
  type AnomalyMapOptions,
  gaussianBlur,
  gaussianMatrix,
} from "./src/detectors/anomaly_map.ts";

// Data: generated, or from folders.
export {
  generate,
  syntheticCategories,
  type SyntheticCategory,
  syntheticDefects,
  type SyntheticOptions,
} from "./src/data/synthetic.ts";

// Detectors: fit gives another type, and only that one predicts.
export type {
  Detector,
  FitContext,
  Fitted,
  Options,
  OptionValue,
  Prediction,
  Progress,
} from "./src/detectors/detector.ts";
export { patchCore, type PatchCoreOptions, reweightedScore } from "./src/detectors/patchcore.ts";
