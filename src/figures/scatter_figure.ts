/** Points of several kinds in the plane, with the contours of Gaussians. */

import { cannot } from "../errors.ts";
import type { Gaussian } from "../math/covariance.ts";
import { tensor } from "../tensor.ts";
import type { Matrix } from "../types.ts";
import { expectDifferentNames, expectFinite, expectPlane, expectSome } from "./expect.ts";
import { type Figure, figure, type FigureTitle, type Specification } from "./figure.ts";
import { equalSpans, type Spans } from "./plane.ts";
import { rounded } from "./series.ts";
import { CATEGORY_COLOURS, CLASS_COLOURS, DASHES } from "./theme.ts";

/** Points of one kind. */
export interface PointClass {
  /** `normal` and `anomalous` have the colours that they have everywhere. */
  readonly name: string;
  /** [N, 2]. */
  readonly points: Matrix;
  /** Larger, ringed and above all others, for the few points that a figure is about. */
  readonly emphasis?: boolean;
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
  /** Default `linear`; `log` wants positive numbers. */
  readonly xScale?: "linear" | "log";
  readonly yScale?: "linear" | "log";
  /** Whether one unit is as long on both axes, so that circles are circles. Default where both are
   * linear, and possible only there; without, each axis has the ends of its own numbers. */
  readonly equal?: boolean;
}

const SIDE = 380;
const SHAPES = ["circle", "triangle-up", "square", "diamond", "cross", "triangle-down", "stroke"];
const MOST_POINTS = 2500;
const CURVE = 72;
/** Areas of an emphasised point and of the ring below it, in square pixels. */
const EMPHASISED = { point: 130, ring: 260 } as const;
/** Points and contours have names of their own, so they share no scale and no legend. */
const APART = { color: "independent", shape: "independent", strokeDash: "independent" } as const;

/**
 * Points by kind, told apart by colour and shape, and contours of Gaussians in dashes. Both axes
 * have one scale, so that circles are circles: what Euclid sees and what Mahalanobis sees can be
 * laid over each other. Quantities that have nothing to do with each other want `equal: false`, and
 * those that span powers of ten a logarithmic axis.
 *
 * Cost: O(points). Of more than 2,500 points every n-th is drawn, but all emphasised ones.
 *
 * @param classes at most 7
 * @throws {TypeError} when points are not a matrix
 * @throws {RangeError} when there are none, they are not [N, 2] or not finite, two kinds have one
 * name, a covariance is not 2×2, symmetric and positive definite, a logarithmic axis has numbers
 * ≤ 0, or axes of which one is logarithmic are to be equal
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
  const { title, subtitle, xTitle, yTitle, contours = [], xScale, yScale } = options;
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
  const spans = spansOf(action, tensor(merged, [merged.length / 2, 2]), options);
  const axis = (field: "x" | "y"): Specification => {
    const log = (field === "x" ? xScale : yScale) === "log";
    return {
      field,
      type: "quantitative",
      title: field === "x" ? xTitle : yTitle,
      scale: {
        type: log ? "log" : undefined,
        domain: spans[field],
        nice: false,
        zero: log ? undefined : false,
      },
      axis: { tickCount: 5, format: log ? "~r" : undefined },
    };
  };
  const names = classes.map(({ name }) => name);
  const range = names.map((name, i) =>
    name === "normal" || name === "anomalous"
      ? CLASS_COLOURS[name]
      : CATEGORY_COLOURS[i % CATEGORY_COLOURS.length]
  );
  const legend = { title: null, orient: "right", symbolSize: 90, symbolOpacity: 1 };
  const plain = classes.filter(({ emphasis }) => emphasis !== true);
  const emphasised = classes.filter(({ emphasis }) => emphasis === true);
  const total = plain.reduce((sum, { points }) => sum + points.shape[0], 0);
  const every = Math.max(1, Math.ceil(total / MOST_POINTS));
  const key = { field: "name", type: "nominal" };
  const colours = { domain: names, range };
  const shapes = { domain: names, range: SHAPES.slice(0, names.length) };
  return figure({
    width: SIDE,
    height: SIDE,
    resolve: { scale: APART, legend: APART },
    layer: [
      {
        data: { values: plain.flatMap((one) => rowsOf(one, every)) },
        mark: { type: "point", filled: true, size: total > 400 ? 18 : 45, opacity: 0.75 },
        encoding: {
          x: axis("x"),
          y: axis("y"),
          color: { ...key, scale: colours, legend },
          shape: { ...key, scale: shapes, legend },
        },
      },
      ...(contours.length === 0 ? [] : [contourLayer(contours, curves, axis)]),
      ...(emphasised.length === 0 ? [] : [{
        data: { values: emphasised.flatMap((one) => rowsOf(one, 1)) },
        encoding: {
          x: axis("x"),
          y: axis("y"),
          shape: { ...key, scale: shapes, legend: null },
        },
        layer: [
          {
            mark: {
              type: "point",
              style: "limit",
              filled: true,
              size: EMPHASISED.ring,
              opacity: 1,
            },
          },
          {
            mark: { type: "point", filled: true, size: EMPHASISED.point, opacity: 1 },
            encoding: { color: { ...key, scale: colours, legend: null } },
          },
        ],
      }]),
    ],
  }, {
    title,
    subtitle,
    description: `${yTitle} against ${xTitle}: ` +
      classes.map(({ name, points, emphasis }) =>
        `${points.shape[0]} points of ${name}${emphasis === true ? ", emphasised" : ""}`
      ).join(", ") + "." +
      contours.map(({ name, distances }) =>
        ` Contours of ${name} at ${distances.map((d) => rounded(d, 3)).join(", ")}.`
      ).join(""),
  });
}

/** The ends of both axes, with a margin. */
function spansOf(
  action: string,
  points: Matrix,
  { xScale = "linear", yScale = "linear", equal }: ScatterFigureOptions,
): Spans {
  const scales = [xScale, yScale];
  const linear = scales.every((scale) => scale === "linear");
  if (equal ?? linear) {
    if (linear) return equalSpans(points, { width: SIDE, height: SIDE });
    throw cannot(action, "equal axes are linear", `x ${xScale}, y ${yScale}`);
  }
  const [x, y] = scales.map((scale, c): [number, number] => {
    const axis = "xy"[c];
    if (scale !== "linear" && scale !== "log") {
      throw cannot(action, "axes are linear or log", `${axis} ${scale}`);
    }
    const values = points.data.filter((_, i) => i % 2 === c);
    const low = values.reduce((least, value) => Math.min(least, value));
    const high = values.reduce((most, value) => Math.max(most, value));
    if (scale === "log" && low <= 0) {
      throw cannot(action, `${axis} must be positive on a log axis`, `${low}`);
    }
    const [from, to] = scale === "log" ? [Math.log10(low), Math.log10(high)] : [low, high];
    const margin = 0.04 * (to - from) || (scale === "linear" && Math.abs(from) / 2) || 1;
    const ends = [from - margin, to + margin].map((end) => scale === "log" ? 10 ** end : end);
    return [rounded(ends[0], 6), rounded(ends[1], 6)];
  });
  return { x, y };
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
