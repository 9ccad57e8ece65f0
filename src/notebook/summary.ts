/** Summaries: what a value of the library is, in a few lines, never a dump of its numbers. */

import type { Backbone } from "../backbones/backbone.ts";
import type { Detector, Fitted, OptionValue } from "../detectors/detector.ts";
import type { Run } from "../evaluation/report.ts";
import type { Geometry } from "../image/preprocess.ts";
import type { Dataset, Sample } from "../types.ts";
import * as kinds from "./kinds.ts";
import { countText, numberText } from "./number_text.ts";
import { isTable, type Row, tableTexts } from "./table.ts";
import { numbersSummary, tensorSummary } from "./tensor_summary.ts";

/** Entries of an array, or fields of a record, that are shown. */
const ENTRIES = 12;

/**
 * What a value is, in a few lines: shape and range of a tensor, counts of a data set, metrics of a
 * report (without times), options of a detector. Records and arrays of such values get a line for
 * each. Any other value is printed as Deno does.
 *
 * Cost: O(n) for n numbers.
 *
 * @example
 * ```ts
 * const text = summary({ data: new Float32Array([1, 2, 4]), shape: [3] });
 * console.assert(text.startsWith("Tensor [3] float32"));
 * ```
 */
export function summary(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return numberText(value);
  if (isTable(value)) return tableTexts(value).plain;
  return knownSummary(value) ?? Deno.inspect(value);
}

/** The summary of what the library knows; undefined for anything that is printed well as it is. */
export function knownSummary(value: unknown): string | undefined {
  const one = singleSummary(value);
  if (one !== undefined) return one;
  if (value instanceof Promise) return "Promise: write await before it to get its value";
  if (Array.isArray(value)) {
    const lines = value.slice(0, ENTRIES).map(singleSummary);
    if (lines.length === 0 || lines.some((line) => line === undefined)) return undefined;
    const rest = value.length - ENTRIES;
    return [
      `Array of ${countText(value.length)}`,
      ...lines.map((line, i) => `  ${indented(`${i}: ${line}`)}`),
      ...(rest > 0 ? [`  … and ${countText(rest)} more`] : []),
    ].join("\n");
  }
  if (!isPlain(value)) return undefined;
  const fields = Object.entries(value);
  const known = fields.map(([, field]) => singleSummary(field) ?? knownList(field));
  if (known.every((text) => text === undefined)) return undefined;
  return fields.slice(0, ENTRIES).map(([name, field], i) =>
    indented(`${name}: ${known[i] ?? shortText(field)}`)
  ).join("\n");
}

/** In a record, a list of known things is told in a line. */
function knownList(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const first = singleSummary(value[0])?.split("\n")[0];
  return first === undefined
    ? undefined
    : `Array of ${countText(value.length)}, the first: ${first}`;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return kinds.isRecord(value) &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

const indented = (text: string): string => text.replaceAll("\n", "\n  ");

function singleSummary(value: unknown): string | undefined {
  if (kinds.isImage(value)) return `Image ${value.width}×${value.height}`;
  if (kinds.isMask(value)) {
    const share = value.data.reduce((sum, bit) => sum + bit, 0) / value.data.length;
    return `Mask ${value.width}×${value.height}, ${(100 * share).toFixed(2)} % marked`;
  }
  if (kinds.isTensor(value)) return tensorSummary(value);
  if (kinds.isNumbers(value)) return numbersSummary(value);
  if (kinds.isDataset(value)) return datasetSummary(value);
  if (kinds.isSample(value)) return `Sample ${value.id}: ${kindOf(value)}`;
  if (kinds.isReport(value)) {
    return value.runs.length === 0 ? "Report without runs" : tableTexts(runRows(value.runs)).plain;
  }
  if (kinds.isRun(value)) return tableTexts(runRows([value])).plain;
  if (kinds.isFitted(value)) return fittedSummary(value);
  if (kinds.isDetector(value)) return detectorSummary(value);
  if (kinds.isBackbone(value)) return backboneSummary(value);
  if (kinds.isPrediction(value)) {
    const map = value.map === undefined ? "none" : tensorSummary(value.map);
    return `Prediction: score ${numberText(value.score)}, map ${map}`;
  }
  return undefined;
}

const kindOf = ({ label, defect }: Sample): string => label === "normal" ? "good" : defect;

function datasetSummary({ name, category, train, test }: Dataset): string {
  const counts = new Map<string, number>();
  for (const sample of test) counts.set(kindOf(sample), (counts.get(kindOf(sample)) ?? 0) + 1);
  const kinds = [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
  return [
    `Dataset ${name}, ${category}`,
    `  to fit on: ${train.length} good photos`,
    `  to test: ${test.length} photos${kinds && `: ${kinds}`}`,
  ].join("\n");
}

/** The metrics of runs in percent, as rows of a table; no times, which change from run to run. */
export function runRows(runs: readonly Run[]): Row[] {
  const percent = (value: number | null) => value === null ? null : (100 * value).toFixed(1);
  return runs.map((run) => ({
    category: run.category,
    method: run.method,
    "image AUROC %": percent(run.imageAuroc),
    "pixel AUROC %": percent(run.pixelAuroc),
    "AUPRO %": percent(run.aupro),
  }));
}

function optionsText(
  options: { readonly [name: string]: OptionValue },
  told: readonly string[] = [],
): string {
  const rest = Object.entries(options).filter(([name]) => !told.includes(name));
  return rest.map(([name, value]) =>
    `\n  ${name}: ${shortText(typeof value === "string" ? value : JSON.stringify(value))}`
  ).join("");
}

function shortText(value: unknown): string {
  const text = typeof value === "string"
    ? value
    : typeof value === "number"
    ? numberText(value)
    : Deno.inspect(value, { compact: true, breakLength: Infinity, depth: 1 });
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

const geometryText = ({ resize, crop, filter, aspect }: Geometry): string => {
  const sides = aspect === "stretch" ? `${resize} × ${resize}` : resize;
  const by = filter === undefined || filter === "bilinear" ? "" : ` by ${filter}`;
  return `photos resized to ${sides}${by}, cropped to ${crop} pixels`;
};

function fittedSummary(fitted: Fitted): string {
  return `Fitted ${fitted.name} on ${fitted.backbone}: ${fitted.trainImages} photos seen, ` +
    `${geometryText(fitted.geometry)}, seed ${fitted.seed}${
      optionsText(fitted.options, ["geometry", "seed"])
    }`;
}

function detectorSummary({ name, options }: Detector): string {
  return `Detector ${name}, not fitted yet${optionsText(options)}`;
}

function backboneSummary({ name, license, levels }: Backbone): string {
  const rows = levels.map((level) => ({
    level: level.name,
    channels: level.channels,
    stride: level.stride,
  }));
  return `Backbone ${name} (${license})\n  ${tableTexts(rows).plain.replaceAll("\n", "\n  ")}`;
}
