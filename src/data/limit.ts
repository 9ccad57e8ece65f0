/** A smaller data set, for a first look. */

import { cannot } from "../errors.ts";
import type { Dataset, Sample } from "../types.ts";

/**
 * At most `limit` photos to fit on, and at most `limit` to test of each defect and of the good
 * ones: the first in order.
 *
 * @throws {RangeError} when the limit is not a whole number of at least 1
 */
export function limitDataset(dataset: Dataset, limit: number): Dataset {
  if (!Number.isInteger(limit) || limit < 1) {
    throw cannot("limit a data set", "a limit is a whole number of at least 1", String(limit));
  }
  const taken = new Map<string, number>();
  const within = ({ defect }: Sample): boolean => {
    const count = taken.get(defect) ?? 0;
    taken.set(defect, count + 1);
    return count < limit;
  };
  return { ...dataset, train: dataset.train.slice(0, limit), test: dataset.test.filter(within) };
}
