/** How well selections cover all rows as they grow. */

import { cannot } from "../errors.ts";
import type { Certificate } from "../math/covering.ts";
import { expectFinite, expectSome, type Numbers } from "./expect.ts";
import type { Figure, FigureTitle } from "./figure.ts";
import { lineFigure } from "./line_figure.ts";

/** The covering radii of one way of choosing. */
export interface CoveringCurve {
  readonly name: string;
  /** How many rows are chosen, rising. */
  readonly sizes: Numbers;
  /** How far the farthest row is from the chosen ones; in the units of the features. */
  readonly radii: Numbers;
}

/** What {@linkcode coveringRadiusFigure} adds to the curves. */
export interface CoveringRadiusOptions extends FigureTitle {
  /** What a greedy selection proves of every choice of as many rows: `certificate(radii)`. */
  readonly certificate?: readonly Certificate[];
}

/** How many times its least a range must reach for a logarithmic axis to show more. */
const WIDE = 8;

/**
 * Covering radius against the number of chosen rows, a curve for each way of choosing. Below the
 * certificate, half of the greedy selection's radius, lies what no choice of as many rows reaches.
 *
 * Axes are logarithmic where their numbers are positive and reach over a factor of 8; the radii
 * also where the certificate is drawn, as a half is then the same step everywhere.
 *
 * Cost: O(sizes).
 *
 * @throws {RangeError} when there is no curve, arrays differ in length, a radius is negative or not
 * finite, or sizes fall
 *
 * @example
 * ```ts
 * const figure = coveringRadiusFigure(
 *   [{ name: "greedy", sizes: [1, 2, 4], radii: [8, 5, 2] }, { name: "random", sizes: [1, 2, 4], radii: [9, 8, 7] }],
 *   { title: "Greedy covers better", certificate: [{ size: 1, radius: 8, lowerBound: 4 }, { size: 4, radius: 2, lowerBound: 1 }] },
 * );
 * console.assert((await figure.toSvg()).includes("covering radius"));
 * ```
 */
export function coveringRadiusFigure(
  curves: readonly CoveringCurve[],
  { title, subtitle, certificate }: CoveringRadiusOptions,
): Figure {
  const action = "draw covering radii";
  expectSome(action, "curve", curves);
  for (const { name, radii } of curves) {
    expectFinite(action, `the radii of ${name}`, radii);
    const negative = Array.from(radii).find((radius) => radius < 0);
    if (negative !== undefined) throw cannot(action, "a radius is at least 0", `${negative}`);
  }
  if (certificate !== undefined) expectSome(action, "row of the certificate", certificate);
  const bounds = certificate?.map(({ lowerBound }) => lowerBound) ?? [];
  const sizes = curves.flatMap((curve) => Array.from(curve.sizes));
  const radii = [...curves.flatMap((curve) => Array.from(curve.radii)), ...bounds];
  const [least, most] = range(radii);
  const positive = least > 0;
  const log = positive && (most / least >= WIDE || certificate !== undefined);
  return lineFigure(
    curves.map(({ name, sizes, radii }) => ({ name, x: sizes, y: radii })),
    {
      title,
      subtitle,
      x: { title: "chosen rows (count)", scale: isWide(sizes) ? "log" : "linear", whole: true },
      y: {
        title: "covering radius (feature distance)",
        scale: log ? "log" : "linear",
        domain: [log ? 0.85 * least : 0, 1.05 * most],
      },
      points: false,
      floor: certificate === undefined ? undefined : {
        x: certificate.map(({ size }) => size),
        y: bounds,
        text: "no choice of as many rows reaches below the dashed line",
      },
    },
  );
}

function range(values: readonly number[]): [least: number, most: number] {
  return values.reduce(
    ([least, most], value): [number, number] => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );
}

function isWide(values: readonly number[]): boolean {
  const [least, most] = range(values);
  return least > 0 && most / least >= WIDE;
}
