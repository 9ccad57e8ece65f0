/** Options that every command that runs plans has: photos, geometry, results, cache, workers. */

import { resizeFilters } from "../image/preprocess.ts";
import type { CommandSpec } from "./arguments.ts";

/** How runs are kept and shared out: the same for every command that runs plans. */
export const runSpec = {
  results: {
    kind: "text",
    value: "DIR",
    help: "keep each finished run there at once; the same command goes on after an\n" +
      "interruption",
  },
  report: {
    kind: "text",
    value: "DIR",
    help: "write DIR/index.html, one page for any browser: tables, curves, every test\n" +
      "photo",
  },
  json: { kind: "text", value: "FILE", help: "write the report as JSON" },
  csv: { kind: "text", value: "FILE", help: "write the report as CSV" },
  cache: {
    kind: "text",
    value: "DIR",
    help: "where features of photos are kept for other methods and later runs; default:\n" +
      "the environment's KIZU_CACHE, else kizu/features in the user's cache folder",
  },
  "cache-size": {
    kind: "number",
    value: "GB",
    help: "what is kept at most, the least used goes first; default: 4",
    range: { least: 0.01, most: 1e5 },
  },
  "no-cache": { kind: "flag", help: "keep nothing: every method reads every photo anew" },
  workers: {
    kind: "number",
    value: "N",
    help: "runs beside each other, each with its share of the cores; default: 1",
    range: { least: 1, most: 64, whole: true },
  },
  memory: {
    kind: "number",
    value: "GB",
    help: "what the runs may take together, by estimate; default: no limit for one at a\n" +
      "time, three quarters of what is free for several",
    range: { least: 0.1, most: 1e5 },
  },
} as const satisfies CommandSpec;

/** Where photos come from. */
export const dataSpec = {
  data: {
    kind: "text",
    value: "DIR",
    help: "MVTec AD's layout, or a folder of own photos (good/ and one folder a defect);\n" +
      "default: the generated data set",
  },
  category: {
    kind: "list",
    value: "A,B|all",
    help: "categories below DIR, or of the generated data set; default: all",
  },
  limit: {
    kind: "number",
    value: "N",
    help: "at most N photos to fit on, and N to test of each defect and of the good ones",
    range: { least: 1, most: 1e6, whole: true },
  },
  "skip-broken": {
    kind: "flag",
    help: "pass over photos that cannot be read, and count them",
  },
} as const satisfies CommandSpec;

/** How photos are looked at. */
export const geometrySpec = {
  "image-size": {
    kind: "number",
    value: "PX",
    help: "side of the centred square that is looked at; default: 224, or the preset's",
    range: { least: 32, most: 4096, whole: true },
  },
  resize: {
    kind: "number",
    value: "PX",
    help: "shorter side before the crop; default: 8/7 of the image size (256 for 224),\n" +
      "or in the preset's proportion",
    range: { least: 32, most: 4096, whole: true },
  },
  filter: {
    kind: "text",
    value: "NAME",
    help: `how photos are resized: ${resizeFilters.join(", ")};\n` +
      "default: bilinear, or the preset's",
  },
  aspect: {
    kind: "text",
    value: "NAME",
    help: "keep resizes the longer side in proportion, stretch makes a square of any\n" +
      "photo; default: keep, or the preset's",
  },
  "mask-filter": {
    kind: "text",
    value: "NAME",
    help: "how true masks are resized: nearest, or official, as the official PatchCore\n" +
      "code, which erodes them; default: nearest",
  },
} as const satisfies CommandSpec;

/** The seeds of everything random. */
export const seedSpec = {
  seed: {
    kind: "number",
    value: "N",
    help: "of everything random in the methods; default: 0",
    range: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  },
  seeds: {
    kind: "text",
    value: "0..4",
    help: "several: a range, or 0,3,7; methods without chance run with the first one only",
  },
} as const satisfies CommandSpec;

/** What is to be known of ONNX files. */
export const onnxSpec = {
  taps: {
    kind: "list",
    value: "A,B|list",
    help: "inner values of a FILE.onnx that become levels; list prints those there are",
  },
  onnx: {
    kind: "list",
    value: "NAME=VALUE,…",
    help: "what a FILE.onnx expects, over its side-car FILE.onnx.json:\n" +
      "normalisation=imagenet, or mean=A+B+C,deviation=A+B+C,scale=255; order=bgr;\n" +
      "layout=nhwc; input=NAME",
  },
} as const satisfies CommandSpec;

/** What follows the recipes in commands that compare some: photos, seeds, results. */
export const comparisonSpec = {
  data: dataSpec.data,
  category: dataSpec.category,
  ...seedSpec,
  limit: dataSpec.limit,
  "skip-broken": dataSpec["skip-broken"],
  ...runSpec,
  help: { kind: "flag", help: "print this and stop" },
} as const satisfies CommandSpec;
