/** What each figure refuses, and with which words. */

import { assert, assertThrows } from "@std/assert";
import { isRefusal } from "../../src/errors.ts";
import { matrix, tensor } from "../../src/tensor.ts";
import { barFigure } from "../../src/figures/bar_figure.ts";
import { coresetScatter } from "../../src/figures/coreset_scatter.ts";
import { correspondences } from "../../src/figures/correspondences.ts";
import { coveringRadiusFigure } from "../../src/figures/covering_radius_figure.ts";
import { distortionFigure } from "../../src/figures/distortion_figure.ts";
import { heatMap } from "../../src/figures/heat_map.ts";
import { imageGrid } from "../../src/figures/image_grid.ts";
import { lineFigure } from "../../src/figures/line_figure.ts";
import { matrixFigure } from "../../src/figures/matrix_figure.ts";
import { methodLadder } from "../../src/figures/method_ladder.ts";
import { patchStrip } from "../../src/figures/patch_strip.ts";
import { proFigure } from "../../src/figures/pro_figure.ts";
import { pyramidSheet } from "../../src/figures/pyramid_sheet.ts";
import { rocFigure } from "../../src/figures/roc_figure.ts";
import { scatterFigure } from "../../src/figures/scatter_figure.ts";
import { scoreHistogram } from "../../src/figures/score_histogram.ts";
import { timeAgainstAuroc } from "../../src/figures/time_against_auroc.ts";
import { map, mask, photo } from "./small_figures.ts";

const title = "A title";
const axes = { x: { title: "x" }, y: { title: "y" }, title };
const words = { xTitle: "x", yTitle: "y", title };
const line = { name: "a", x: [1, 2], y: [1, 2] };
const nan = matrix([[1, NaN], [0, 1]]);
const square = matrix([[0, 0], [1, 1]]);
const smaller = { width: 2, height: 2, data: new Uint8Array(12) };
const roc = { falsePositiveRate: [0, 1], truePositiveRate: [0, 1] };
const pro = { falsePositiveRate: [0, 1], perRegionOverlap: [0, 1] };
const many = <T>(count: number, of: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => of(i));
const cubes = tensor(new Float32Array(8), [2, 2, 2]);

/** What is done, and what the refusal says. */
const cases: readonly (readonly [what: string, act: () => unknown, says: string])[] = [
  ["a map with NaN", () => heatMap(nan, { domain: [0, 1], title }), "NaN at 1"],
  [
    "a map of rank 3",
    () => heatMap(cubes as never, { domain: [0, 1], title }),
    "rank 2: [2, 2, 2]",
  ],
  ["a falling domain", () => heatMap(square, { domain: [1, 0], title }), "rising"],
  [
    "a mask of another size",
    () => heatMap(square, { domain: [0, 1], mask, title }),
    "mask is 32×24",
  ],
  [
    "an opacity of 2",
    () => heatMap(map, { domain: [0, 3], over: photo, opacity: 2, title }),
    "0…1",
  ],
  [
    "a photo without pixels",
    () => heatMap(map, { domain: [0, 3], over: { ...photo, width: 0 }, title }),
    "0×24",
  ],
  ["an empty title", () => heatMap(square, { domain: [0, 1], title: "" }), "title"],

  ["no pictures", () => imageGrid([], { columns: 1, title }), "at least one picture"],
  [
    "only empty places",
    () => imageGrid([undefined], { columns: 1, title }),
    "at least one picture",
  ],
  ["a map without a domain", () => imageGrid([map], { columns: 1, title }), "domain"],
  ["half a column", () => imageGrid([photo], { columns: 0.5, title }), "columns"],
  [
    "too few captions",
    () => imageGrid([photo, photo], { columns: 2, captions: ["a"], title }),
    "equally long: 2, 1",
  ],
  [
    "too many row titles",
    () => imageGrid([photo], { columns: 1, rowTitles: ["a", "b"], title }),
    "equally long: 1, 2",
  ],
  [
    "an outline of another size",
    () => imageGrid([smaller], { columns: 1, outlines: [mask], title }),
    "picture is 2×2",
  ],
  [
    "bytes that fit no picture",
    () => imageGrid([{ ...photo, data: new Uint8Array(5) }], { columns: 1, title }),
    "5 bytes",
  ],

  ["no levels", () => pyramidSheet([], { title }), "level"],
  [
    "a level of two photos",
    () =>
      pyramidSheet([{ name: "a", map: tensor(new Float32Array(8), [2, 1, 2, 2]), stride: 4 }], {
        title,
      }),
    "one photo: [2, 1, 2, 2]",
  ],
  [
    "a channel that is not there",
    () =>
      pyramidSheet([{ name: "a", map: tensor(new Float32Array(8), [1, 2, 2, 2]), stride: 4 }], {
        channels: [[2]],
        title,
      }),
    "0…1: 2",
  ],

  ["no ROC curve", () => rocFigure([], { title }), "at least one curve"],
  [
    "two methods of one name",
    () =>
      rocFigure([{ name: "a", curve: roc, auroc: 0.5 }, { name: "a", curve: roc, auroc: 0.5 }], {
        title,
      }),
    `"a" twice`,
  ],
  [
    "rates of two lengths",
    () =>
      rocFigure([{ name: "a", curve: { ...roc, truePositiveRate: [0] }, auroc: 0.5 }], { title }),
    "2, 1",
  ],
  [
    "an AUROC outside its interval",
    () => rocFigure([{ name: "a", curve: roc, auroc: 0.5, low: 0.6, high: 0.7 }], { title }),
    "0.6 ≤ 0.5",
  ],
  [
    "eight methods",
    () => rocFigure(many(8, (i) => ({ name: `${i}`, curve: roc, auroc: 0.5 })), { title }),
    "at most 7",
  ],
  [
    "an operating point of 2",
    () => rocFigure([{ name: "a", curve: roc, auroc: 0.5 }], { operatingPoint: 2, title }),
    "0…1: 2",
  ],
  [
    "a PRO limit of 0",
    () => proFigure([{ name: "a", curve: pro, aupro: 0.5 }], { limit: 0, title }),
    "(0, 1]",
  ],
  [
    "a PRO rate that is NaN",
    () =>
      proFigure([{ name: "a", curve: { ...pro, perRegionOverlap: [0, NaN] }, aupro: 0.5 }], {
        title,
      }),
    "NaN at 1",
  ],

  ["an empty curve", () => lineFigure([{ name: "a", x: [], y: [] }], axes), "point of a"],
  ["x that falls", () => lineFigure([{ name: "a", x: [2, 1], y: [1, 1] }], axes), "1 after 2"],
  [
    "zero on a log axis",
    () =>
      lineFigure([{ name: "a", x: [0, 1], y: [1, 1] }], {
        ...axes,
        x: { title: "x", scale: "log" },
      }),
    "positive on a log axis: 0",
  ],
  ["half a band", () => lineFigure([{ name: "a", x: [1], y: [1], low: [0] }], axes), "two sides"],
  [
    "infinity on a curve",
    () => lineFigure([{ name: "a", x: [1], y: [Infinity] }], axes),
    "Infinity at 0",
  ],

  [
    "a level that is NaN",
    () => lineFigure([line], { ...axes, level: { y: NaN, text: "a" } }),
    "a level must be finite",
  ],
  [
    "a level of zero on a log axis",
    () =>
      lineFigure([line], {
        ...axes,
        y: { title: "y", scale: "log" },
        level: { y: 0, text: "a" },
      }),
    "a level must be positive on a log axis: 0",
  ],
  [
    "a level's words in the middle",
    () => lineFigure([line], { ...axes, level: { y: 1, text: "a", at: "middle" as never } }),
    "left or right: middle",
  ],

  [
    "a domain without its threshold",
    () => scoreHistogram([1, 2], [0, 1], { domain: [0, 3], threshold: 4, title }),
    "the domain must hold the threshold: 4 in [0, 3]",
  ],
  [
    "a histogram's falling domain",
    () => scoreHistogram([1, 2], [0, 1], { domain: [3, 0], title }),
    "rising",
  ],
  [
    "a score of zero on a log axis",
    () => scoreHistogram([0, 2], [0, 1], { scale: "log", title }),
    "must be positive: 0",
  ],
  [
    "a domain from zero on a log axis",
    () => scoreHistogram([1, 2], [0, 1], { scale: "log", domain: [0, 3], title }),
    "must be positive: 0",
  ],
  [
    "a third scale",
    () => scoreHistogram([1, 2], [0, 1], { scale: "sqrt" as never, title }),
    "linear or log: sqrt",
  ],
  ["201 bins", () => scoreHistogram([1, 2], [0, 1], { bins: 201, title }), "1…200: 201"],
  [
    "scores without anomalous ones",
    () => scoreHistogram([1, 2], [0, 0], { title }),
    "anomalous score",
  ],
  ["more labels than scores", () => scoreHistogram([1], [0, 1], { title }), "1, 2"],
  ["a label of 2", () => scoreHistogram([1, 2], [0, 2], { title }), "2 at 1"],
  [
    "a threshold that is NaN",
    () => scoreHistogram([1, 2], [0, 1], { threshold: NaN, title }),
    "threshold",
  ],

  [
    "a negative radius",
    () => coveringRadiusFigure([{ name: "a", sizes: [1], radii: [-1] }], { title }),
    "-1",
  ],
  [
    "sizes that fall",
    () => coveringRadiusFigure([{ name: "a", sizes: [2, 1], radii: [1, 1] }], { title }),
    "1 after 2",
  ],
  [
    "points in space",
    () => coresetScatter(matrix([[1, 2, 3]]), [{ name: "a", order: [0] }], { title }),
    "[1, 3]",
  ],
  [
    "a row that is not there",
    () => coresetScatter(square, [{ name: "a", order: [0, 2] }], { title }),
    "0…1: 2",
  ],
  [
    "a row chosen twice",
    () => coresetScatter(square, [{ name: "a", order: [1, 1] }], { title }),
    "1 twice",
  ],
  [
    "radii of another length",
    () => coresetScatter(square, [{ name: "a", order: [0], radii: [1, 2] }], { title }),
    "2 for 1",
  ],
  [
    "a count beyond the order",
    () => coresetScatter(square, [{ name: "a", order: [0] }], { count: 2, title }),
    "1…1: 2",
  ],
  ["no distortions", () => distortionFigure([], { title }), "two numbers of dimensions: 0"],

  ["no gallery", () => correspondences(photo, [], [], { title }), "gallery"],
  [
    "a link into no photo",
    () =>
      correspondences(photo, [photo], [{ from: [0, 0], image: 1, to: [0, 0], distance: 1 }], {
        title,
      }),
    "0…0: 1",
  ],
  [
    "a link out of its photo",
    () =>
      correspondences(photo, [photo], [{ from: [24, 0], image: 0, to: [0, 0], distance: 1 }], {
        title,
      }),
    "y 24, x 0 in 32×24",
  ],

  ["an empty ladder", () => methodLadder([], { unit: "u", title }), "row"],
  [
    "half an interval",
    () => methodLadder([{ name: "a", value: 1, low: 0 }], { unit: "u", title }),
    "two ends",
  ],
  [
    "a group for some",
    () =>
      methodLadder([{ name: "a", value: 1, group: "g" }, { name: "b", value: 1 }], {
        unit: "u",
        title,
      }),
    "1 of 2",
  ],
  [
    "differences of rows that are not joined",
    () =>
      methodLadder([{ name: "a", value: 1 }], {
        unit: "u",
        joined: false,
        differences: true,
        title,
      }),
    "joined rows",
  ],
  [
    "a time of 0",
    () => timeAgainstAuroc([{ name: "a", milliseconds: 0, auroc: 1 }], { title }),
    "time of a",
  ],
  [
    "a memory for some",
    () =>
      timeAgainstAuroc([{ name: "a", milliseconds: 1, auroc: 1, memoryMb: 1 }, {
        name: "b",
        milliseconds: 1,
        auroc: 1,
      }], { title }),
    "1 of 2",
  ],
  ["a bar that is NaN", () => barFigure([{ name: "a", value: NaN }], { unit: "u", title }), "NaN"],
  [
    "a bar twice",
    () => barFigure([{ name: "a", value: 1 }, { name: "a", value: 2 }], { unit: "u", title }),
    "twice",
  ],

  [
    "a bar's level that is infinite",
    () =>
      barFigure([{ name: "a", value: 1 }], {
        unit: "u",
        level: { value: Infinity, text: "b" },
        title,
      }),
    "a level must be finite",
  ],
  [
    "a bar's level without words",
    () =>
      barFigure([{ name: "a", value: 1 }], { unit: "u", level: { value: 1, text: " " }, title }),
    "must say what it is",
  ],

  ["a matrix with NaN", () => matrixFigure(nan, { title }), "NaN at 1"],
  [
    "names for some rows",
    () => matrixFigure(square, { rowNames: ["a"], title }),
    "equally long: 2, 1",
  ],
  [
    "a lopsided diverging domain",
    () => matrixFigure(square, { diverging: true, domain: [-1, 2], title }),
    "symmetric",
  ],
  [
    "a covariance that is not definite",
    () =>
      scatterFigure([{ name: "a", points: square }], {
        xTitle: "x",
        yTitle: "y",
        contours: [{
          name: "b",
          gaussian: { mean: Float64Array.of(0, 0), covariance: Float64Array.of(1, 2, 2, 1) },
          distances: [1],
        }],
        title,
      }),
    "positive definite: 1, 2, 2, 1",
  ],
  [
    "a Gaussian in space",
    () =>
      scatterFigure([{ name: "a", points: square }], {
        xTitle: "x",
        yTitle: "y",
        contours: [{
          name: "b",
          gaussian: { mean: new Float64Array(3), covariance: new Float64Array(9) },
          distances: [1],
        }],
        title,
      }),
    "in the plane",
  ],
  [
    "a negative point on a log axis",
    () => scatterFigure([{ name: "a", points: matrix([[1, -2]]) }], { ...words, yScale: "log" }),
    "y must be positive on a log axis: -2",
  ],
  [
    "equal axes of which one is logarithmic",
    () => scatterFigure([{ name: "a", points: square }], { ...words, xScale: "log", equal: true }),
    "equal axes are linear: x log, y linear",
  ],
  [
    "an axis of a third scale",
    () => scatterFigure([{ name: "a", points: square }], { ...words, yScale: "sqrt" as never }),
    "linear or log: y sqrt",
  ],
  [
    "a cut larger than its photo",
    () => patchStrip({ photo, at: [1, 1] }, [{ photo, at: [1, 1], distance: 1 }], { title }),
    "64 of 32×24",
  ],
  [
    "a patch outside its photo",
    () =>
      patchStrip({ photo, at: [24, 1] }, [{ photo, at: [1, 1], distance: 1 }], { size: 8, title }),
    "y 24, x 1",
  ],
];

for (const [what, act, says] of cases) {
  Deno.test(`${what} is refused`, () => {
    const error = assertThrows(act, Error, says);
    assert(isRefusal(error), `${error}`);
  });
}
