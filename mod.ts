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
