/** Numbers on their way into a specification: fewer of them, and shorter. */

import { CATEGORY_COLOURS, DASHES } from "./theme.ts";
import type { Json, Specification } from "./figure.ts";
import type { Numbers } from "./expect.ts";
import { cannot } from "../errors.ts";

/** A number with few digits: enough for a picture, and the same on every machine. */
export function rounded(value: number, digits = 4): number {
  return Number(value.toPrecision(digits));
}

/** A number for reading: few digits, a true minus sign. */
export function text(value: number, digits = 3): string {
  return String(rounded(value, digits)).replace("-", "−");
}

/** A number for reading below others: always three digits, so that columns line up. */
export function fixed(value: number): string {
  return Math.abs(value) >= 1000 ? text(value, 4) : value.toPrecision(3).replace("-", "−");
}

/** Whole numbers from 0 to `end` beside an axis, about one for every 60 of its pixels. */
export function wholeTicks(end: number, pixels: number): number[] {
  const rough = Math.max(1, end / Math.max(2, Math.floor(pixels / 60)));
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? rough;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
}

/**
 * Which points of a curve to draw: at most about `count`, evenly spread over its length on the
 * paper, its ends and sharpest turns among them.
 *
 * Cost: O(n).
 *
 * @param x never falling
 * @param y any; both finite
 * @returns positions, rising
 */
export function thinned(x: Numbers, y: Numbers, count = 200): number[] {
  const last = x.length - 1;
  if (x.length <= count) return Array.from({ length: x.length }, (_, i) => i);
  const width = x[last] - x[0] || 1;
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i <= last; i++) {
    least = Math.min(least, y[i]);
    most = Math.max(most, y[i]);
  }
  const height = most - least || 1;
  const step = (i: number): number =>
    Math.abs(x[i] - x[i - 1]) / width + Math.abs(y[i] - y[i - 1]) / height;
  let length = 0;
  for (let i = 1; i <= last; i++) length += step(i);
  const kept = [0];
  let since = 0;
  for (let i = 1; i < last; i++) {
    since += step(i);
    // A long step keeps both its ends, so that no corner is cut.
    const corner = step(i + 1) > length / count;
    if (since >= length / count || corner) {
      kept.push(i);
      since = 0;
    }
  }
  kept.push(last);
  return kept;
}

/** A scale that gives every name its colour, in the order of the names. */
export function colourScale(action: string, names: readonly string[]): Specification {
  return { domain: names, range: forNames(action, names, CATEGORY_COLOURS) };
}

/** A scale that gives every name its dashes, in the order of the names. */
export function dashScale(action: string, names: readonly string[]): Specification {
  return { domain: names, range: forNames(action, names, DASHES) };
}

function forNames<T extends Json>(
  action: string,
  names: readonly string[],
  choices: readonly T[],
): T[] {
  if (names.length > choices.length) {
    throw cannot(action, `at most ${choices.length} can be told apart`, `${names.length}`);
  }
  return names.map((_, i) => choices[i]);
}

/**
 * The look of a legend whose entries are lines, whatever else is drawn in their colours: bands and
 * dots would turn its symbols into pale discs.
 */
export function lineLegend(orient: "right" | "bottom"): Specification {
  return {
    orient,
    symbolType: "stroke",
    symbolSize: 300,
    symbolOpacity: 1,
    symbolFillColor: "transparent",
    columns: orient === "bottom" ? 3 : 1,
  };
}

/** What a slider says and over what it goes. */
export interface Slider {
  readonly name: string;
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** A parameter of a specification that the reader moves. */
export function slider({ name, label, value, min, max, step }: Slider): Specification {
  return { name, value, bind: { input: "range", min, max, step, name: `${label} ` } };
}
