/** Bilinear interpolation as numbers: the cells that a finer pixel lies between, and their weights. */

import { cannot } from "../errors.ts";

/** Height and width of a map, in cells. */
export interface Grid {
  readonly height: number;
  readonly width: number;
}

/** An entry of the finer axis: between which two cells it lies, and the share of the second. */
export interface Between {
  readonly low: number;
  /** `low + 1`, or `low` again at the border. */
  readonly high: number;
  /** In [0, 1). */
  readonly share: number;
}

/**
 * Bilinear interpolation along one axis, half-pixel centres: entry i of the new axis lies at
 * (i + ½)·from/to − ½ of the old one, held inside it.
 *
 * fine(i) = (1 − share)·coarse(low) + share·coarse(high)
 *
 * Source: torch's `interpolate(mode="bilinear", align_corners=False)`, ONNX's `Resize` with
 * half-pixel coordinates.
 * Cost: O(to).
 *
 * @param from entries of the old axis
 * @param to entries of the new axis
 * @throws {RangeError} when one is not a whole number ≥ 1
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(bilinearAxis(2, 4), [
 *   { low: 0, high: 1, share: 0 },
 *   { low: 0, high: 1, share: 0.25 },
 *   { low: 0, high: 1, share: 0.75 },
 *   { low: 1, high: 1, share: 0 },
 * ]);
 * ```
 */
export function bilinearAxis(from: number, to: number): Between[] {
  for (const size of [from, to]) {
    if (!Number.isInteger(size) || size < 1) {
      throw cannot("interpolate", "sizes must be whole numbers ≥ 1", `${from} to ${to}`);
    }
  }
  return Array.from({ length: to }, (_, i) => {
    const position = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const low = Math.floor(position);
    return { low, high: Math.min(from - 1, low + 1), share: position - low };
  });
}

/** For every pixel of a fine grid its four coarse cells, in reading order, and their weights. */
export interface Interpolation {
  /** Row-major [H·W, 4]; at the border a cell stands there twice. */
  readonly cells: Int32Array;
  /** Row-major [H·W, 4]; a pixel's four sum to 1. */
  readonly weights: Float64Array;
}

/**
 * Bilinear interpolation of maps: fine(y, x) = Σⱼ weightⱼ·coarse(cellⱼ), {@linkcode bilinearAxis}
 * along both axes. O(H·W).
 *
 * @throws {RangeError} when a side is not a whole number ≥ 1
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { cells, weights } = bilinearWeights({ height: 1, width: 2 }, { height: 1, width: 4 });
 * assertEquals([...weights.subarray(4, 8)], [0.75, 0.25, 0, 0]);
 * assertEquals([...cells.subarray(4, 8)], [0, 1, 0, 1]);
 * ```
 */
export function bilinearWeights(from: Grid, to: Grid): Interpolation {
  const rows = bilinearAxis(from.height, to.height);
  const columns = bilinearAxis(from.width, to.width);
  const cells: number[] = [];
  const weights: number[] = [];
  for (const y of rows) {
    for (const x of columns) {
      for (const [row, down] of [[y.low, 1 - y.share], [y.high, y.share]]) {
        cells.push(row * from.width + x.low, row * from.width + x.high);
        weights.push(down * (1 - x.share), down * x.share);
      }
    }
  }
  return { cells: Int32Array.from(cells), weights: Float64Array.from(weights) };
}
