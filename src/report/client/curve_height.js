/** Reading a curve between its points. */

/** @typedef {import("../page_data.ts").PageCurve} PageCurve */

/**
 * A curve's height at a place, straight lines between its points; where it rises straight up, the
 * upper end.
 *
 * @param {PageCurve} curve
 * @param {number} x
 */
export function heightAt({ x: xs, y: ys }, x) {
  let [low, high] = [0, xs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return ys[0];
  if (low === xs.length) return ys[low - 1];
  const share = (x - xs[low - 1]) / (xs[low] - xs[low - 1]);
  return ys[low - 1] + share * (ys[low] - ys[low - 1]);
}
