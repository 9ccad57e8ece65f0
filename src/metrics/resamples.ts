/** Drawing images again and again from those at hand: what every bootstrap starts from. */

import { cannot } from "../errors.ts";
import { type Random, seededRandom } from "../random.ts";

/**
 * Images by class, as indices into the list of images. A resample draws as many from each class as
 * there are, so that no resample is without one (a *stratified* bootstrap).
 */
export interface Strata {
  readonly normal: Int32Array;
  readonly anomalous: Int32Array;
}

/** How many resamples, and which. */
export interface ResampleOptions {
  /** Default 10,000. */
  readonly resamples?: number;
  /** Default 0. Equal seeds on equal strata draw the same images, whatever is measured on them. */
  readonly seed?: number;
}

/** The default number of resamples. */
export const RESAMPLES = 10_000;

/** The default seed. */
export const SEED = 0;

const MOST_RESAMPLES = 10_000_000;

/**
 * The strata of labelled images. Each class that is there needs two images to vary.
 *
 * @param action begins the message of a refusal
 * @param labels 0 normal, 1 anomalous, [N]
 */
export function strataOf(action: string, labels: Uint8Array): Strata {
  const indices = Int32Array.from(labels, (_, i) => i);
  const strata = {
    normal: indices.filter((i) => labels[i] === 0),
    anomalous: indices.filter((i) => labels[i] === 1),
  };
  const { normal, anomalous } = strata;
  if (anomalous.length < 2 || normal.length === 1) {
    throw cannot(
      action,
      "a class of images needs at least 2 to be drawn from",
      `${normal.length} normal, ${anomalous.length} anomalous`,
    );
  }
  return strata;
}

/**
 * Calls `visit` with the images of each resample: a buffer that is used again, [N].
 *
 * Cost: O(N) a resample.
 *
 * @throws {RangeError} when `resamples` is not a whole number in 1…10⁷, or the seed not one in
 * 0…2⁵³−1
 */
export function forEachResample(
  strata: Strata,
  { resamples = RESAMPLES, seed = SEED }: ResampleOptions,
  visit: (images: Int32Array, resample: number) => void,
): void {
  if (!(Number.isInteger(resamples) && resamples >= 1 && resamples <= MOST_RESAMPLES)) {
    throw cannot("resample images", "resamples are a whole number in 1…10⁷", String(resamples));
  }
  const random = seededRandom(seed, "bootstrap");
  const { normal, anomalous } = strata;
  const images = new Int32Array(normal.length + anomalous.length);
  for (let resample = 0; resample < resamples; resample++) {
    draw(random, normal, images, 0);
    draw(random, anomalous, images, normal.length);
    visit(images, resample);
  }
}

/** Draws as `random.integer` does, number for number; what depends on the length is done once. */
function draw(random: Random, from: Int32Array, to: Int32Array, start: number): void {
  const length = from.length;
  const limit = 2 ** 32 - (2 ** 32 % length);
  for (let i = 0; i < length; i++) {
    let value = 2 ** 32 * random.uniform();
    while (value >= limit) value = 2 ** 32 * random.uniform();
    // In unsigned integers: a remainder of floats takes several times as long.
    to[start + i] = from[(value >>> 0) % length];
  }
}

/** Refuses images of which a resample could be without normal pixels. */
export function requireNormalPixels(
  action: string,
  normalPixels: ArrayLike<number>,
  { normal, anomalous }: Strata,
): void {
  const covered = anomalous.find((image) => normalPixels[image] === 0);
  if (normal.length === 0 && covered !== undefined) {
    throw cannot(
      action,
      "without good images, each one needs normal pixels",
      `mask ${covered} covers everything`,
    );
  }
}
