/** The same rows as `rows` of tests/fixtures/gaussian_ad/make.py, from the same formula. */

import { tensor } from "../../src/tensor.ts";
import type { Matrix } from "../../src/types.ts";

/** Rows first … first + count − 1; one column may be constant. */
export function rows(
  first: number,
  count: number,
  columns: number,
  constant: number | null = null,
): Matrix {
  const data = new Float32Array(count * columns);
  for (let row = 0; row < count; row++) {
    const i = first + row;
    for (let k = 0; k < columns; k++) {
      const noise = (((i + 1) * (k + 3) * 7919 + i * i * k) % 1009) / 1009 - 0.5;
      const common = (((i * 6151) % 499) / 499 - 0.5) * (((k * 3571) % 313) / 313);
      data[row * columns + k] = k === constant
        ? 0.25
        : noise / (1 + (k % 17)) + 0.5 * common + 0.01 * k;
    }
  }
  return tensor(data, [count, columns]);
}
