/** PRO curves of several methods. */

import { cannot } from "../errors.ts";
import { expectDifferentNames, expectInterval, expectSome, type Numbers } from "./expect.ts";
import { type Figure, figure, type FigureTitle } from "./figure.ts";
import { curveLayer, expectRates, labelOf, type RateCurve, SPACE } from "./roc_figure.ts";

/** One method's curve and the number that sums it up. */
export interface NamedProCurve {
  readonly name: string;
  /** What `proCurve` gives, or one's own arrays, both rising from 0 to 1. */
  readonly curve: { readonly falsePositiveRate: Numbers; readonly perRegionOverlap: Numbers };
  readonly aupro: number;
  /** The interval of the AUPRO. */
  readonly low?: number;
  readonly high?: number;
}

/** Where the area of {@linkcode proFigure} ends. */
export interface ProFigureOptions extends FigureTitle {
  /** The false-positive rate up to which the area is taken, in (0, 1]. Default 0.3. */
  readonly limit?: number;
}

const SIDE = 330;

/**
 * PRO curves: which share of a defect is covered, each defect counting equally, when a share of the
 * normal pixels is flagged by mistake. The part beyond the limit is shaded: it is not counted.
 *
 * Cost: O(points); at most 120 of each curve are drawn.
 *
 * @throws {RangeError} when there is no curve, more than 7, two of one name, arrays differ in
 * length, a rate is not finite, an interval does not hold its value, or the limit is not in (0, 1]
 *
 * @example
 * ```ts
 * const curve = { falsePositiveRate: Float64Array.of(0, 0.1, 1), perRegionOverlap: Float64Array.of(0, 0.8, 1) };
 * const figure = proFigure([{ name: "SPADE", curve, aupro: 0.7 }], { title: "PRO" });
 * console.assert((await figure.toSvg()).includes("not counted"));
 * ```
 */
export function proFigure(
  curves: readonly NamedProCurve[],
  { title, subtitle, limit = 0.3 }: ProFigureOptions,
): Figure {
  const action = "draw PRO curves";
  expectSome(action, "curve", curves);
  expectDifferentNames(action, curves);
  if (!(limit > 0 && limit <= 1)) {
    throw cannot(action, "the limit must be in (0, 1]", String(limit));
  }
  const drawn = curves.map(({ name, curve, aupro, low, high }): RateCurve => {
    const { falsePositiveRate: x, perRegionOverlap: y } = curve;
    expectRates(action, name, x, y);
    expectInterval(action, { name, value: aupro, low, high });
    return { name, label: labelOf(name, aupro, low, high), x, y };
  });
  return figure({
    width: SIDE,
    height: SIDE,
    layer: [
      {
        data: { values: [{}] },
        mark: { type: "rect", style: "shade" },
        encoding: { x: { datum: limit, type: "quantitative" }, x2: { datum: 1 } },
      },
      {
        data: { values: [{}] },
        mark: {
          type: "text",
          style: "note",
          align: "left",
          baseline: "bottom",
          dx: 8,
          dy: -8,
          text: "not counted",
        },
        encoding: {
          x: { datum: limit, type: "quantitative" },
          y: { datum: 0, type: "quantitative" },
        },
      },
      curveLayer(action, drawn, {
        x: "false-positive rate (share of normal pixels)",
        y: "per-region overlap (mean share of a defect)",
        legend: `method, AUPRO to ${limit}`,
      }),
    ],
  }, {
    title,
    subtitle,
    description: `PRO curves, counted up to a false-positive rate of ${limit}. ` +
      drawn.map(({ label }) => `AUPRO of ${label.replace(SPACE, ": ")}.`).join(" "),
  });
}
