/** Points of several kinds in the plane, with the contours of Gaussians. */

import { cannot } from "../errors.ts";
import type { Gaussian } from "../math/covariance.ts";
import { tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";
import { expectDifferentNames, expectFinite, expectPlane, expectSome } from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import { equalSpans } from "./plane.ts";
import { rounded } from "./series.ts";
import { CATEGORY_COLOURS, CLASS_COLOURS, DASHES } from "./theme.ts";

/** Points of one kind. */
export interface PointClass {
  /** `normal` and `anomalous` have the colours that they have everywhere. */
  readonly name: string;
  /** [N, 2]. */
  readonly points: Matrix;
}

/** Curves of equal Mahalanobis distance; with a covariance σ²·I, circles of equal distance. */
export interface Contours {
  readonly name: string;
  /** In the plane: a mean of 2 numbers, a covariance of 4. */
  readonly gaussian: Gaussian;
  /** One curve for each. */
  readonly distances: readonly number[];
}

/** What {@linkcode scatterFigure} draws beside the points. */
export interface ScatterFigureOptions extends FigureTitle {
  readonly xTitle: string;
  readonly yTitle: string;
  readonly contours?: readonly Contours[];
}

const SIDE = 380;
const SHAPES = ["circle", "triangle-up", "square", "diamond", "cross", "triangle-down", "stroke"];
const MOST_POINTS = 2500;
const CURVE = 72;
/** Points and contours have names of their own, so they share no scale and no legend. */
const APART = { color: "independent", shape: "independent", strokeDash: "independent" } as const;

/**
 * Points by kind, told apart by colour and shape, and contours of Gaussians in dashes. Both axes
 * have one scale, so that circles are circles: what Euclid sees and what Mahalanobis sees can be
 * laid over each other.
 *
 * Cost: O(points). Of more than 2,500 points every n-th is drawn.
 *
 * @param classes at most 7
 * @throws {TypeError} when points are not a matrix
 * @throws {RangeError} when there are none, they are not [N, 2] or not finite, two kinds have one
 * name, or a covariance is not 2×2, symmetric and positive definite
 *
 * @example
 * ```ts
 * const points = { data: Float32Array.of(0, 0, 2, 1, -2, -1), shape: [3, 2] } as const;
 * const gaussian = { mean: Float64Array.of(0, 0), covariance: Float64Array.of(4, 2, 2, 2) };
 * const figure = scatterFigure([{ name: "normal", points }], {
 *   xTitle: "feature 1",
 *   yTitle: "feature 2",
 *   contours: [{ name: "Mahalanobis", gaussian, distances: [1, 2] }],
 *   title: "The ellipse follows the points",
 * });
 * console.assert((await figure.toSvg()).includes("Mahalanobis"));
 * ```
 */
export function scatterFigure(
  classes: readonly PointClass[],
  options: ScatterFigureOptions,
): Figure {
  const { title, subtitle, xTitle, yTitle, contours = [] } = options;
  const action = "draw points";
  expectSome(action, "kind of points", classes);
  expectDifferentNames(action, [...classes, ...contours]);
  if (classes.length > SHAPES.length) {
    throw cannot(action, `at most ${SHAPES.length} kinds can be told apart`, `${classes.length}`);
  }
  classes.forEach(({ name, points }) => expectPlane(action, `points of ${name}`, points));
  const curves = contours.flatMap((one) => one.distances.map((d) => ellipse(action, one, d)));
  const all = [...classes.map(({ points }) => points.data), ...curves.map(({ data }) => data)];
  const merged = Float32Array.from(all.flatMap((data) => Array.from(data)));
  const spans = equalSpans(tensor(merged, [merged.length / 2, 2]), { width: SIDE, height: SIDE });
  const axis = (field: "x" | "y"): Specification => ({
    field,
    type: "quantitative",
    title: field === "x" ? xTitle : yTitle,
    scale: { domain: spans[field], nice: false, zero: false },
    axis: { tickCount: 5 },
  });
  const names = classes.map(({ name }) => name);
  const range = names.map((name, i) =>
    name === "normal" || name === "anomalous"
      ? CLASS_COLOURS[name]
      : CATEGORY_COLOURS[i % CATEGORY_COLOURS.length]
  );
  const legend = { title: null, orient: "right", symbolSize: 90, symbolOpacity: 1 };
  const total = classes.reduce((sum, { points }) => sum + points.shape[0], 0);
  const every = Math.ceil(total / MOST_POINTS);
  const key = { field: "name", type: "nominal" };
  return figure({
    width: SIDE,
    height: SIDE,
    resolve: { scale: APART, legend: APART },
    layer: [
      {
        data: { values: classes.flatMap((one) => rowsOf(one, every)) },
        mark: { type: "point", filled: true, size: total > 400 ? 18 : 45, opacity: 0.75 },
        encoding: {
          x: axis("x"),
          y: axis("y"),
          color: { ...key, scale: { domain: names, range }, legend },
          shape: { ...key, scale: { domain: names, range: SHAPES.slice(0, names.length) }, legend },
        },
      },
      ...(contours.length === 0 ? [] : [contourLayer(contours, curves, axis)]),
    ],
  }, {
    title,
    subtitle,
    description: `${yTitle} against ${xTitle}: ` +
      classes.map(({ name, points }) => `${points.shape[0]} points of ${name}`).join(", ") + "." +
      contours.map(({ name, distances }) =>
        ` Contours of ${name} at ${distances.map((d) => rounded(d, 3)).join(", ")}.`
      ).join(""),
  });
}

function rowsOf({ name, points }: PointClass, every: number): Specification[] {
  const rows: Specification[] = [];
  for (let i = 0; i < points.shape[0]; i += every) {
    rows.push({ name, x: rounded(points.data[2 * i]), y: rounded(points.data[2 * i + 1]) });
  }
  return rows;
}

interface Curve {
  readonly name: string;
  readonly distance: number;
  /** Points one after the other, [72 + 1, 2]. */
  readonly data: Float64Array;
}

/** Points x = μ + d·L·(cos, sin) with Σ = L·Lᵀ: all have the Mahalanobis distance d. */
function ellipse(action: string, { name, gaussian }: Contours, distance: number): Curve {
  const { mean, covariance } = gaussian;
  if (mean.length !== 2 || covariance.length !== 4) {
    throw cannot(
      action,
      `the Gaussian of ${name} lies in the plane`,
      `a mean of ${mean.length} numbers, a covariance of ${covariance.length}`,
    );
  }
  expectFinite(action, `the Gaussian of ${name}`, [...mean, ...covariance]);
  const [a, b, c, d] = covariance;
  const l = Math.sqrt(a);
  const rest = d - b * b / a;
  if (!(a > 0 && rest > 0) || Math.abs(b - c) > 1e-9 * Math.sqrt(a * d)) {
    throw cannot(
      action,
      `the covariance of ${name} must be symmetric and positive definite`,
      Array.from(covariance).join(", "),
    );
  }
  if (!(distance > 0 && distance < Infinity)) {
    throw cannot(action, `distances of ${name} must be above 0`, `${distance}`);
  }
  const data = new Float64Array(2 * (CURVE + 1));
  for (let i = 0; i <= CURVE; i++) {
    const angle = 2 * Math.PI * i / CURVE;
    const [u, v] = [distance * Math.cos(angle), distance * Math.sin(angle)];
    data[2 * i] = mean[0] + l * u;
    data[2 * i + 1] = mean[1] + (b / l) * u + Math.sqrt(rest) * v;
  }
  return { name, distance, data };
}

function contourLayer(
  contours: readonly Contours[],
  curves: readonly Curve[],
  axis: (field: "x" | "y") => Specification,
): Specification {
  const names = contours.map(({ name }) => name);
  const range = names.map((_, i) => [...DASHES[i % DASHES.length]]);
  const colours = names.map((_, i) => CATEGORY_COLOURS[(2 + i) % CATEGORY_COLOURS.length]);
  const legend = { title: null, orient: "right", symbolType: "stroke", symbolSize: 300 };
  const key = { field: "name", type: "nominal", legend };
  return {
    data: {
      values: curves.flatMap(({ name, distance, data }, curve) =>
        Array.from({ length: CURVE + 1 }, (_, i) => ({
          name,
          curve,
          i,
          distance,
          x: rounded(data[2 * i]),
          y: rounded(data[2 * i + 1]),
        }))
      ),
    },
    mark: { type: "line", strokeWidth: 2 },
    encoding: {
      x: axis("x"),
      y: axis("y"),
      order: { field: "i", type: "quantitative" },
      detail: { field: "curve", type: "nominal" },
      color: { ...key, scale: { domain: names, range: colours } },
      strokeDash: { ...key, scale: { domain: names, range } },
    },
  };
}
