/** Components whose pixels touch at a side: corners do not join. */

import type { Mask } from "../../types.ts";
import { type Components, connectedComponents } from "../components.ts";

/**
 * Labels the 4-connected components of a mask, numbered by their first pixel in reading order.
 *
 * Each pixel without a label starts a region, which spreads over sides until nothing is left.
 *
 * Differs: {@linkcode connectedComponents} joins corners too, so that a diagonal scratch one pixel
 * wide is one region; here it is as many regions as it has pixels.
 *
 * Source: the default of `scipy.ndimage.label`. Codes that pass `connectivity=1` or no structuring
 * element are in circulation.
 *
 * Cost: O(H·W).
 *
 * @param mask 0 and 1, [H, W]
 * @throws {RangeError} as {@linkcode connectedComponents}
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const mask = { width: 2, height: 2, data: Uint8Array.of(1, 0, 0, 1) };
 * assertEquals([...fourConnectedComponents(mask).sizes], [1, 1]);
 * ```
 */
export function fourConnectedComponents(mask: Mask): Components {
  connectedComponents(mask); // Refuses what is no mask.
  const { width, data } = mask;
  const labels = new Int32Array(data.length);
  const sizes: number[] = [];
  const waiting: number[] = [];
  const reach = (pixel: number, label: number): void => {
    if (data[pixel] !== 1 || labels[pixel] > 0) return;
    labels[pixel] = label;
    waiting.push(pixel);
  };
  for (let first = data.indexOf(1); first >= 0; first = data.indexOf(1, first + 1)) {
    if (labels[first] > 0) continue;
    const label = sizes.push(0);
    reach(first, label);
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      sizes[label - 1]++;
      if (at % width > 0) reach(at - 1, label);
      if (at % width < width - 1) reach(at + 1, label);
      // Beyond the first and the last row there is no value, hence no 1.
      reach(at - width, label);
      reach(at + width, label);
    }
  }
  return { labels, sizes: Int32Array.from(sizes) };
}
