/** Rows of values that are compared with the first of them. */

import { isRefusal } from "../errors.ts";
import { type CoarseAurocOptions, evenThresholds } from "../metrics/variants.ts";

/** One way to compute the metrics of a group. */
export interface Row {
  /** What is computed. */
  readonly name: string;
  /** Which code does it. */
  readonly who: string;
  /** Fractions, one a metric; null where it has no value, for the reason given. */
  readonly values: readonly (number | null)[];
  /** From the group's first row, in points; null where one has no value. */
  readonly differences: readonly (number | null)[];
  readonly reason?: string;
}

/** Ways to compute the same metrics; the first row is what the others are compared with. */
export interface Group {
  readonly name: string;
  readonly metrics: readonly string[];
  readonly rows: readonly Row[];
  /** What a reader should know of these numbers in particular. */
  readonly note?: string;
}

/** A row before it is computed. */
export type Entry = readonly [name: string, who: string, values: () => readonly number[]];

/** Who computes what was not read anywhere in particular. */
export const UNNAMED = "in circulation";
export const LOOPS = "in circulation: sums over a sorted list";
export const BINNED = "Keras' and torcheval's default, once scaled to 0…1";
export const SIGMOID = "torchmetrics, outside 0…1";
export const SIGMOID_BINNED = "torchmetrics with thresholds=200";

/** Computes entries; what is refused has no value, and costs the others nothing. */
export function group(name: string, metrics: readonly string[], entries: readonly Entry[]): Group {
  const found = entries.map(([name, who, values]) => {
    try {
      return { name, who, values: values() };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return { name, who, values: metrics.map(() => null), reason: error.message };
    }
  });
  const rows = found.map((row): Row => {
    const differences = row.values.map((value, i) => {
      const exact = found[0].values[i];
      return value === null || exact === null ? null : 100 * (value - exact);
    });
    return { ...row, differences };
  });
  return { name, metrics, rows };
}

/** Thresholds that torchmetrics takes over 0…1, and how it uses them. */
export const inUnitRange = (count: number): CoarseAurocOptions => (
  { thresholds: evenThresholds([[0, 1]], { count, ends: "both" }), rule: ">=", ends: false }
);
