/** The colour bar, and what its scale says. */

import { text } from "./series.ts";
import type { Specification } from "./figure.ts";
import { DIVERGING_COLOURS, SCORE_COLOURS } from "./theme.ts";

/** Where a colour scale begins and ends, and what its numbers mean. */
export interface ScoreScale {
  /** The scores at both ends; the same for all figures that are compared. */
  readonly domain: readonly [low: number, high: number];
  /** What stands above the colour bar, default `score`. */
  readonly unit?: string;
}

/**
 * A layer that draws nothing but brings the colour bar; the pictures are coloured beforehand, by
 * the same colours.
 *
 * @param length of the bar, in pixels
 * @param diverging the colours about zero instead of those of scores
 */
export function colourBar(
  { domain, unit = "score" }: ScoreScale,
  length: number,
  diverging = false,
): Specification {
  return {
    data: { values: [...domain] },
    mark: { type: "point", opacity: 0, size: 0, tooltip: null },
    encoding: {
      x: { value: 0 },
      y: { value: 0 },
      color: {
        field: "data",
        type: "quantitative",
        scale: {
          type: "linear",
          domain,
          range: diverging ? DIVERGING_COLOURS : SCORE_COLOURS,
          interpolate: "rgb",
          clamp: true,
          nice: false,
          zero: false,
        },
        legend: {
          title: unit,
          gradientLength: Math.round(length),
          gradientThickness: 14,
          gradientOpacity: 1,
          tickCount: 5,
          offset: 14,
        },
      },
    },
  };
}

/** A scale in words, for descriptions. */
export function scaleText({ domain: [low, high], unit = "score" }: ScoreScale): string {
  return `${unit} from ${text(low)} (black) to ${text(high)} (pale yellow)`;
}
