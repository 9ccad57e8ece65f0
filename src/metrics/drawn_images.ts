/** Sums over the images of a resample, each as often as it was drawn. */

/** The images that were drawn at all, and how often. */
export interface DrawnImages {
  readonly images: Int32Array;
  readonly times: Float64Array;
  /** How much of both lists to sum over: a multiple of four, zeros at the end. */
  readonly entries: number;
}

/** A value of each pair of a defective image and any image. */
export interface ImagePairs {
  /** The images with a defect, [D]. */
  readonly defective: Int32Array;
  /** [D, N]. */
  readonly values: Float64Array;
}

/** Lists for up to `count` images. */
export function drawnBuffer(count: number): DrawnImages {
  const entries = 4 * Math.ceil(count / 4);
  return { images: new Int32Array(entries), times: new Float64Array(entries), entries };
}

/** The images with a count above 0, written to the buffer's lists. */
export function drawnImages(counts: Uint32Array, { images, times }: DrawnImages): DrawnImages {
  let distinct = 0;
  for (let image = 0; image < counts.length; image++) {
    images[distinct] = image;
    times[distinct] = counts[image];
    if (counts[image] > 0) distinct++;
  }
  const entries = 4 * Math.ceil(distinct / 4);
  for (let i = distinct; i < entries; i++) images[i] = times[i] = 0;
  return { images, times, entries };
}

/** Σⱼ cⱼ·vⱼ with image j drawn cⱼ times; the images' values stand from `from` on. */
export function drawnSum(
  { images, times, entries }: DrawnImages,
  values: Float64Array,
  from: number,
): number {
  // Four sums side by side: an addition need not wait for the one before it.
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < entries; i += 4) {
    a += times[i] * values[from + images[i]];
    b += times[i + 1] * values[from + images[i + 1]];
    c += times[i + 2] * values[from + images[i + 2]];
    d += times[i + 3] * values[from + images[i + 3]];
  }
  return a + b + (c + d);
}

/** Σᵢⱼ cᵢ·cⱼ·vᵢⱼ over defective images i and all images j. */
export function drawnPairSum(
  drawn: DrawnImages,
  { defective, values }: ImagePairs,
  counts: Uint32Array,
): number {
  let sum = 0;
  for (let i = 0; i < defective.length; i++) {
    const count = counts[defective[i]];
    if (count > 0) sum += count * drawnSum(drawn, values, i * counts.length);
  }
  return sum;
}
