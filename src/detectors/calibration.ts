/** Bringing the scores of unlike detectors to one scale, by photos that are known to be good. */

import { cannot } from "../errors.ts";

/** The scale of a detector on good photos that it was not fitted on. */
export interface Calibration {
  readonly mean: number;
  /** Standard deviation, above 0. */
  readonly deviation: number;
}

/**
 * Mean and (unbiased) standard deviation of scores of held-out good photos.
 *
 * z = (s − mean) / deviation
 *
 * Differs: the official PatchCore ensemble scales each member by the smallest and largest score of
 * the whole *test set*, so that it cannot score one photo, and what it says of one depends on all.
 *
 * @param what is calibrated, for errors
 * @throws {RangeError} for fewer than two scores, or scores that do not vary
 */
export function calibrate(scores: ArrayLike<number>, what: string): Calibration {
  if (scores.length < 2) {
    throw cannot(
      `calibrate ${what}`,
      "at least 2 held-out good photos are needed",
      `${scores.length}`,
    );
  }
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < scores.length; i++) {
    const before = scores[i] - mean;
    mean += before / (i + 1);
    squares += before * (scores[i] - mean);
  }
  const deviation = Math.sqrt(squares / (scores.length - 1));
  if (!(deviation > 0 && deviation < Infinity)) {
    throw cannot(
      `calibrate ${what}`,
      "held-out good photos must score differently",
      `standard deviation ${deviation}`,
    );
  }
  return { mean, deviation };
}
