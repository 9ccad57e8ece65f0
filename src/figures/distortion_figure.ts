/** What random projections do to distances, against what is guaranteed. */

import { cannot } from "../errors.ts";
import type { DistortionPoint } from "../math/distortion_curve.ts";
import { expectFinite, expectSome, expectWhole } from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import { rounded, text } from "./series.ts";
import { CATEGORY_COLOURS } from "./theme.ts";

const WIDTH = 500;
const HEIGHT = 300;
/** What lies between which shares of the pairs, from the widest band in. */
const BANDS = [
  { name: "all measured pairs", from: 0, to: 1, colour: "#c5ccd4" },
  { name: "middle 90 %", from: 0.05, to: 0.95, colour: CATEGORY_COLOURS[5] },
  { name: "middle half", from: 0.25, to: 0.75, colour: CATEGORY_COLOURS[0] },
] as const;
const BOUND = { name: "guaranteed for all pairs (1 ± ε)", colour: CATEGORY_COLOURS[1] } as const;

/**
 * The ratio of squared distances after and before a random projection, against the number of
 * dimensions that it keeps: bands over the measured pairs, and the Johnson-Lindenstrauss bound
 * within which all pairs lie with some chance. The line at 1 is no distortion.
 *
 * Where the bound is wider than 0…2 it says nothing and is not drawn.
 *
 * Cost: O(points).
 *
 * @param points of `distortionCurve`, in any order
 * @throws {RangeError} when there are fewer than two, two have one number of dimensions, or a ratio is not
 * finite
 *
 * @example
 * ```ts
 * import { distortionCurvePlain, matrix } from "@kizu/kizu";
 * const rows = matrix([[1, 2, 3], [0, 0, 1], [4, 0, 0]]);
 * const curve = distortionCurvePlain(rows, [2, 8, 32], { pairs: 20 });
 * const figure = distortionFigure(curve, { title: "More dimensions, less distortion" });
 * console.assert((await figure.toSvg()).includes("dimensions kept"));
 * ```
 */
export function distortionFigure(
  points: readonly DistortionPoint[],
  { title, subtitle }: FigureTitle,
): Figure {
  const action = "draw distortions";
  if (points.length < 2) {
    throw cannot(action, "bands need at least two numbers of dimensions", `${points.length}`);
  }
  const sorted = [...points].sort((a, b) => a.dimensions - b.dimensions);
  sorted.forEach(({ dimensions, measured, bound }, i) => {
    expectWhole(action, "the number of dimensions", dimensions, [1, 2 ** 31]);
    expectFinite(action, "ratios", measured.ratios);
    expectSome(action, "ratio", measured.ratios);
    if (bound !== undefined) expectFinite(action, "a bound", [bound]);
    if (i > 0 && sorted[i - 1].dimensions === dimensions) {
      throw cannot(action, "each number of dimensions comes once", `${dimensions} twice`);
    }
  });
  const largest = Math.max(...sorted.map(({ measured }) => measured.largest));
  const top = Math.max(2, Math.ceil(4 * largest) / 4);
  const names = [...BANDS, BOUND];
  const x = {
    field: "n",
    type: "quantitative",
    title: "dimensions kept by the projection (count)",
    scale: { type: "log", base: 2, nice: false },
    axis: { values: sorted.map(({ dimensions }) => dimensions), format: "d", grid: false },
  };
  const y = {
    type: "quantitative",
    title: "squared distance after ÷ before",
    scale: { domain: [0, top], nice: false },
    axis: { tickCount: 6 },
  };
  const color: Specification = {
    field: "name",
    type: "nominal",
    scale: { domain: names.map(({ name }) => name), range: names.map(({ colour }) => colour) },
    legend: {
      title: null,
      orient: "bottom",
      columns: 2,
      symbolType: "square",
      symbolOpacity: 1,
      symbolStrokeWidth: 0,
    },
  };
  const bounds = sorted.flatMap(({ dimensions, bound }) =>
    bound === undefined || bound > 1 ? [] : [{ n: dimensions, bound }]
  );
  const edge = (sign: 1 | -1): Specification => ({
    data: {
      values: bounds.map(({ n, bound }) => ({
        name: BOUND.name,
        n,
        y: rounded(1 + sign * bound),
      })),
    },
    mark: { type: "line", strokeDash: [6, 3], strokeWidth: 2.5 },
    encoding: { x, y: { field: "y", ...y }, color },
  });
  return figure({
    width: WIDTH,
    height: HEIGHT,
    layer: [
      ...BANDS.map(({ name, from, to }) => ({
        data: {
          values: sorted.map(({ dimensions, measured }) => ({
            name,
            n: dimensions,
            low: rounded(measured.quantile(from)),
            high: rounded(measured.quantile(to)),
          })),
        },
        mark: { type: "area", opacity: 1, line: false },
        encoding: { x, y: { field: "low", ...y }, y2: { field: "high" }, color },
      })),
      {
        data: { values: [{}] },
        mark: { type: "rule", style: "limit", strokeWidth: 1 },
        encoding: { y: { datum: 1, ...y } },
      },
      ...(bounds.length === 0 ? [] : [edge(1), edge(-1)]),
    ],
  }, {
    title,
    subtitle,
    description: "Ratios of squared distances after and before random projections. " +
      sorted.map(({ dimensions, measured, bound }) =>
        `${dimensions} dimensions: nine pairs in ten between ${text(measured.quantile(0.05), 2)} ` +
        `and ${text(measured.quantile(0.95), 2)}` +
        (bound === undefined ? "." : `, bound 1 ± ${text(bound, 2)}.`)
      ).join(" "),
  });
}
