/** Every figure from a few numbers written down here: what the snapshots and the drawing tests use. */

import { certificate } from "../../src/math/covering.ts";
import { distortionCurvePlain } from "../../src/math/distortion_curve.ts";
import { matrix, tensor } from "../../src/tensor.ts";
import type { Image, Mask } from "../../src/types.ts";
import { barFigure } from "../../src/figures/bar_figure.ts";
import { coresetScatter } from "../../src/figures/coreset_scatter.ts";
import { correspondences } from "../../src/figures/correspondences.ts";
import { coveringRadiusFigure } from "../../src/figures/covering_radius_figure.ts";
import { distortionFigure } from "../../src/figures/distortion_figure.ts";
import type { Figure } from "../../src/figures/figure.ts";
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

/** A photo with a gradient and a dark disc. */
export const photo: Image = {
  width: 32,
  height: 24,
  data: Uint8Array.from({ length: 32 * 24 * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 32, Math.floor(i / 96)];
    return (x - 20) ** 2 + (y - 10) ** 2 < 30 ? 40 : 90 + 4 * x + 20 * (i % 3);
  }),
};

/** The disc. */
export const mask: Mask = {
  width: 32,
  height: 24,
  data: Uint8Array.from(
    { length: 32 * 24 },
    (_, i) => ((i % 32) - 20) ** 2 + (Math.floor(i / 32) - 10) ** 2 < 30 ? 1 : 0,
  ),
};

/** Scores as large as the photo, high on the disc. */
export const map = tensor(
  Float32Array.from(mask.data, (inside, i) => 2 * inside + (i % 7) / 10),
  [24, 32],
);

/** Scores of 3×4 cells. */
export const cells = tensor(Float32Array.of(0, 1, 2, 3, 0, 1, 9, 3, 0, 1, 2, 3), [3, 4]);

const points = tensor(Float32Array.of(0, 0, 1, 0, 0, 1, 9, 9, 5, 4, -4, 6), [6, 2]);
const greedy = { name: "greedy", order: [0, 3, 5, 4], radii: [12.728, 7.21, 5, 1] };
const random = { name: "random", order: [1, 0, 2, 4], radii: [12.042, 12.042, 12.042, 6.403] };
const roc = {
  falsePositiveRate: Float64Array.of(0, 0, 0.5, 1),
  truePositiveRate: Float64Array.of(0, 0.5, 1, 1),
};
const pro = {
  falsePositiveRate: Float64Array.of(0, 0.1, 1),
  perRegionOverlap: Float64Array.of(0, 0.75, 1),
};
const features = tensor(
  Float32Array.from({ length: 3 * 6 * 8 }, (_, i) => (i * i) % 11 - 5),
  [1, 3, 6, 8],
);
const coarse = tensor(
  Float32Array.from({ length: 4 * 3 * 4 }, (_, i) => (i * i) % 7),
  [1, 4, 3, 4],
);

/** By name; made anew at every call. */
export function smallFigures(): Readonly<Record<string, Figure>> {
  return {
    heat_map: heatMap(map, {
      over: photo,
      mask,
      domain: [0, 3],
      title: "A map over its photo",
      subtitle: "The defect is outlined",
      unit: "distance",
    }),
    heat_map_cells: heatMap(cells, { domain: [0, 10], title: "Twelve cells" }),
    image_grid: imageGrid([photo, mask, map, undefined, photo, map], {
      columns: 3,
      columnTitles: ["photo", "truth", "map"],
      rowTitles: ["first\nflawed", "second"],
      captions: ["a", "b", "score 2.6", "", "", "c\nd"],
      outlines: [mask, undefined, mask, undefined, undefined, undefined],
      domain: [0, 3],
      title: "Pictures side by side",
    }),
    image_grid_words: imageGrid([photo, photo, photo, photo], {
      columns: 4,
      columnTitles: ["photo", "its nearest neighbour among the good ones", "112×112 cells", "d"],
      captions: ["good/003.png", "", "found in the lower left corner\nsecond line", "score 2.6"],
      title: "Words wider than their cells",
    }),
    pyramid_sheet: pyramidSheet([
      { name: "stage1", map: features, stride: 4, receptiveField: 11 },
      { name: "stage2", map: coarse, stride: 8 },
    ], { photo, count: 2, title: "Two levels" }),
    roc_figure: rocFigure([
      {
        name: "first",
        curve: roc,
        auroc: 0.875,
        low: 0.7,
        high: 0.95,
        band: { falsePositiveRate: [0, 1], low: [0, 0.9], high: [0.6, 1] },
      },
      {
        name: "second",
        curve: { falsePositiveRate: [0, 1], truePositiveRate: [0, 1] },
        auroc: 0.5,
      },
    ], { title: "Two methods", operatingPoint: 0.1 }),
    pro_figure: proFigure([{ name: "first", curve: pro, aupro: 0.667 }], { title: "One method" }),
    line_figure: lineFigure([
      {
        name: "first",
        x: [1, 10, 100],
        y: [0.6, 0.8, 0.9],
        low: [0.5, 0.7, 0.8],
        high: [0.7, 0.9, 1],
      },
      { name: "second", x: [1, 10, 100], y: [0.5, 0.6, 0.7] },
    ], {
      x: { title: "rows (count)", scale: "log" },
      y: { title: "image AUROC", domain: [0.4, 1] },
      level: { y: 0.95, text: "all rows" },
      title: "Two curves",
    }),
    score_histogram: scoreHistogram([1, 2, 3, 4, 3, 5, 6, 7], [0, 0, 0, 0, 1, 1, 1, 1], {
      threshold: 3.5,
      bins: 6,
      title: "Eight photos",
    }),
    score_histogram_domain: scoreHistogram(
      [-3, 1, 2, 3, 4, 90, 3, 5, 6, 7, 10.5, 400],
      [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1],
      { threshold: 3.5, bins: 5, domain: [0, 10], unit: "distance", title: "Two far photos" },
    ),
    score_histogram_log: scoreHistogram([1, 2, 30, 40, 3, 500, 6000, 7000], [
      0,
      0,
      0,
      0,
      1,
      1,
      1,
      1,
    ], { threshold: 35, bins: 8, scale: "log", title: "Powers of ten" }),
    covering_radius_figure: coveringRadiusFigure(
      [greedy, random].map(({ name, radii }) => ({
        name,
        sizes: [1, 2, 3, 4],
        radii,
      })),
      { title: "Greedy covers better", certificate: certificate(greedy.radii) },
    ),
    coreset_scatter: coresetScatter(points, [greedy, random], {
      title: "Six rows",
      count: 2,
    }),
    distortion_figure: distortionFigure(
      distortionCurvePlain(matrix([[1, 2, 3], [0, 0, 1], [4, 0, 0]]), [4, 64, 256], { pairs: 20 }),
      { title: "Less distortion" },
    ),
    correspondences: correspondences(photo, [photo, photo], [
      { from: [10, 20], image: 0, to: [10, 4], distance: 7.5 },
      { from: [3, 3], image: 1, to: [4, 3], distance: 0.5 },
    ], { title: "Two links" }),
    method_ladder: methodLadder([
      { name: "SPADE", value: 85.5, low: 83, high: 88, group: "photos" },
      {
        name: "position",
        value: 91,
        low: 89,
        high: 93,
        group: "positions",
        note: "one gallery each",
      },
    ], { unit: "image AUROC (%)", title: "A step" }),
    method_ladder_apart: methodLadder([
      { name: "PaDiM", value: 98, low: 95, high: 99.5 },
      { name: "PatchCore", value: 99.1, low: 97, high: 100 },
    ], { unit: "image AUROC (%)", joined: false, title: "Two alternatives" }),
    time_against_auroc: timeAgainstAuroc([
      { name: "SPADE", milliseconds: 350, auroc: 0.855, low: 0.83, high: 0.88, memoryMb: 900 },
      { name: "PaDiM", milliseconds: 12, auroc: 0.953, low: 0.94, high: 0.97, memoryMb: 150 },
    ], { title: "Faster and better" }),
    bar_figure: barFigure([
      { name: "SPADE", value: 350, low: 300, high: 400, group: "224 px" },
      { name: "SPADE", value: 700, group: "320 px" },
      { name: "PaDiM", value: 12, group: "224 px" },
      { name: "PaDiM", value: 20, group: "320 px" },
    ], { unit: "time for a photo (ms)", title: "SPADE is slow" }),
    bar_figure_level: barFigure([
      { name: "quantile", value: 5.8, low: 3, high: 9 },
      { name: "largest score", value: 1.2, low: 0.1, high: 4.5 },
    ], {
      unit: "false alarms (%)",
      level: { value: 5, text: "asked for: 5 %" },
      title: "Nearly what was asked for",
    }),
    matrix_figure: matrixFigure(matrix([[4, -1], [-1, 2]]), {
      diverging: true,
      rowNames: ["a", "b"],
      columnNames: ["a", "b"],
      unit: "covariance",
      title: "A covariance",
    }),
    scatter_figure: scatterFigure([
      { name: "normal", points },
      { name: "anomalous", points: matrix([[8, -2]]) },
    ], {
      xTitle: "feature 1",
      yTitle: "feature 2",
      contours: [{
        name: "Mahalanobis",
        gaussian: { mean: Float64Array.of(2, 3), covariance: Float64Array.of(9, 4, 4, 9) },
        distances: [1, 2],
      }],
      title: "One flaw",
    }),
    scatter_figure_log: scatterFigure([
      { name: "normal", points: matrix([[1, 20], [10, 30], [100, 25]]) },
      { name: "the photo in question", points: matrix([[1000, 60]]), emphasis: true },
    ], {
      xTitle: "distance",
      yTitle: "brightness",
      xScale: "log",
      title: "One photo stands out",
    }),
    patch_strip: patchStrip({ photo, at: [10, 20] }, [
      { photo, at: [4, 4], distance: 1.25, caption: "good/003" },
      { photo, at: [20, 28], distance: 2.5 },
    ], { size: 16, cell: 4, title: "The nearest memory" }),
  };
}

/** Figures without what may be left out, and at the ends of what is allowed; not snapshotted. */
export function plainFigures(): Readonly<Record<string, Figure>> {
  const title = "As little as can be";
  const flat = tensor(new Float32Array(60 * 80).fill(0.5), [60, 80]);
  return {
    "a flat map": heatMap(flat, { domain: [0, 1], title }),
    "a map of one cell over a tall photo": heatMap(tensor(Float32Array.of(7), [1, 1]), {
      over: { width: 10, height: 40, data: new Uint8Array(1200).fill(200) },
      domain: [0, 1],
      title,
    }),
    "a grid of one photo": imageGrid([photo], { columns: 1, title }),
    "a grid of twenty photos": imageGrid(Array.from({ length: 20 }, () => photo), {
      columns: 10,
      captions: Array.from({ length: 20 }, (_, i) => `${i}`),
      title,
    }),
    "a level whose channels are flat": pyramidSheet([
      { name: "stage1", map: tensor(new Float32Array(8), [1, 2, 2, 2]), stride: 8 },
    ], { title }),
    "one ROC curve": rocFigure([{ name: "only", curve: roc, auroc: 0.875 }], { title }),
    "seven ROC curves": rocFigure(
      Array.from({ length: 7 }, (_, i) => ({
        name: `method ${i}`,
        curve: roc,
        auroc: 0.875,
        low: 0.8,
        high: 0.9,
      })),
      { title, operatingPoint: 0.05, of: "pixels" },
    ),
    "one curve of one point": lineFigure([{ name: "only", x: [1], y: [2] }], {
      x: { title: "x (rows)" },
      y: { title: "y (ms)" },
      title,
    }),
    "equal scores without a threshold": scoreHistogram([2, 2, 2], [0, 0, 1], { title }),
    "a threshold above all scores": scoreHistogram([1, 2, 3], [0, 0, 1], { title, threshold: 9 }),
    "scores near a thousandth": scoreHistogram([0.001, 0.0012, 0.0019], [0, 1, 1], {
      title,
      threshold: 0.0011,
    }),
    "radii that reach zero": coveringRadiusFigure(
      [{ name: "all rows", sizes: [1, 2, 3], radii: [4, 1, 0] }],
      { title },
    ),
    "one order without radii": coresetScatter(points, [{ name: "only", order: [3] }], { title }),
    "three orders": coresetScatter(points, [greedy, random, { ...random, name: "third" }], {
      title,
    }),
    "distortions without a bound": distortionFigure(
      distortionCurvePlain(matrix([[1, 2, 3], [0, 0, 1]]), [2, 3], { pairs: 4 }),
      { title },
    ),
    "fourteen links to nine photos": correspondences(
      photo,
      Array.from({ length: 9 }, () => photo),
      Array.from({ length: 14 }, (_, i) => ({
        from: [i, i] as const,
        image: i % 9,
        to: [i, 2 * i] as const,
        distance: i,
      })),
      { title },
    ),
    "a ladder of bare values": methodLadder([
      { name: "a", value: 0.5 },
      { name: "b", value: 0.5 },
    ], { unit: "AUROC", title, differences: false }),
    "one method in time": timeAgainstAuroc([
      { name: "only", milliseconds: 3, auroc: 1 },
    ], { title }),
    "bars without intervals": barFigure([
      { name: "below zero", value: -2 },
      { name: "above", value: 1 },
    ], { unit: "change", title }),
    "all scores of a kind beyond the domain": scoreHistogram([1, 2, 3], [0, 0, 1], {
      title,
      domain: [0, 2.5],
    }),
    "a domain that holds all scores": scoreHistogram([1, 2, 3], [0, 0, 1], {
      title,
      domain: [0, 3],
      threshold: 3,
    }),
    "a log axis beyond a domain at both ends": scoreHistogram(
      [0.001, 0.1, 1, 10, 1e6],
      [0, 0, 1, 1, 1],
      { title, scale: "log", domain: [0.01, 100], threshold: 0.5, bins: 10 },
    ),
    "equal scores on a log axis": scoreHistogram([2, 2, 2], [0, 0, 1], { title, scale: "log" }),
    "a ladder of long numbers": methodLadder([
      { name: "a", value: 0.961, low: 0.94, high: 0.97 },
      { name: "b", value: 0.995, low: 0.98, high: 1 },
    ], { unit: "AUROC", title }),
    "bars on both sides of a level below zero": barFigure([
      { name: "below zero", value: -2 },
      { name: "above", value: 1 },
    ], { unit: "change", title, level: { value: -1, text: "as before" } }),
    "a level with words at the left": lineFigure([{ name: "only", x: [1, 2], y: [2, 1] }], {
      x: { title: "x (rows)" },
      y: { title: "y (ms)" },
      level: { y: 1.5, text: "allowed", at: "left" },
      title,
    }),
    "only emphasised points, on two log axes": scatterFigure([
      { name: "one", points: matrix([[1, 10]]), emphasis: true },
    ], { xTitle: "x", yTitle: "y", xScale: "log", yScale: "log", title }),
    "points on unequal axes": scatterFigure([
      { name: "one", points: matrix([[1000, 0.1], [2000, 0.1]]) },
    ], { xTitle: "x", yTitle: "y", equal: false, title }),
    "a wide matrix": matrixFigure(flat, { title }),
    "a zero matrix": matrixFigure(matrix([[0]]), { diverging: true, title }),
    "points alone": scatterFigure([{ name: "one", points: matrix([[1, 1]]) }], {
      xTitle: "x",
      yTitle: "y",
      title,
    }),
  };
}
