/** Telling the library's records apart: they are plain data, so by what they hold. */

import type { Backbone } from "../backbones/backbone.ts";
import type { Detector, Fitted, Prediction } from "../detectors/detector.ts";
import type { Report, Run } from "../evaluation/report.ts";
import type { Dataset, Image, Mask, Sample } from "../types.ts";

/** Numbers one after the other in memory. */
export type Numbers = Exclude<ArrayBufferView & ArrayLike<number | bigint>, DataView>;

/** A tensor of any element type, as steps give it. */
export interface AnyTensor {
  readonly data: Numbers;
  readonly shape: readonly number[];
}

type Fields = Readonly<Record<string, unknown>>;

/** A record: not an array, not a typed array, not null. */
export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !ArrayBuffer.isView(value);
}

const isFunction = (value: unknown): boolean => typeof value === "function";
const isText = (value: unknown): boolean => typeof value === "string";

export function isNumbers(value: unknown): value is Numbers {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

export function isTensor(value: unknown): value is AnyTensor {
  if (!isRecord(value) || !isNumbers(value.data) || !Array.isArray(value.shape)) return false;
  const { shape } = value;
  return shape.every((side) => Number.isInteger(side)) &&
    shape.reduce((product, side) => product * side, 1) === value.data.length;
}

/** Pixels with so many values each. */
function isPicture(value: unknown, channels: number): boolean {
  if (!isRecord(value) || !(value.data instanceof Uint8Array)) return false;
  const { width, height } = value;
  return typeof width === "number" && typeof height === "number" &&
    value.data.length === width * height * channels;
}

export function isImage(value: unknown): value is Image {
  return isPicture(value, 3);
}

export function isMask(value: unknown): value is Mask {
  return isPicture(value, 1);
}

export function isSample(value: unknown): value is Sample {
  return isRecord(value) && isText(value.id) && isText(value.defect) && isFunction(value.image) &&
    isFunction(value.mask);
}

export function isDataset(value: unknown): value is Dataset {
  return isRecord(value) && isText(value.category) && Array.isArray(value.train) &&
    Array.isArray(value.test) && [...value.train, ...value.test].every(isSample);
}

export function isRun(value: unknown): value is Run {
  return isRecord(value) && isText(value.method) && isText(value.category) &&
    "imageAuroc" in value && isRecord(value.seconds);
}

export function isReport(value: unknown): value is Report {
  return isRecord(value) && isText(value.version) && Array.isArray(value.runs) &&
    value.runs.every(isRun);
}

export function isFitted(value: unknown): value is Fitted {
  return isRecord(value) && isText(value.backbone) && isFunction(value.predict) &&
    isFunction(value.save);
}

export function isDetector(value: unknown): value is Detector {
  return isRecord(value) && isText(value.name) && isFunction(value.fit) && isRecord(value.options);
}

export function isBackbone(value: unknown): value is Backbone {
  return isRecord(value) && isText(value.name) && isText(value.license) &&
    Array.isArray(value.levels) && isFunction(value.features);
}

export function isPrediction(value: unknown): value is Prediction {
  return isRecord(value) && Object.keys(value).sort().join() === "map,score" &&
    typeof value.score === "number" && (value.map === undefined || isTensor(value.map));
}
