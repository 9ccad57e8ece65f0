/** Ranks of a list, ties sharing theirs. */

/** Ranks, and what the corrections for ties need. */
export interface Ranks {
  /** 1 for the smallest; equal values share the mean of their ranks, [n]. */
  readonly ranks: Float64Array;
  /** Σ (t³ − t) over groups of t equal values; 0 without ties. */
  readonly ties: number;
}

/**
 * Mid-ranks of a list without NaN.
 *
 * Equal to `scipy.stats.rankdata`. Cost: O(n log n).
 */
export function midRanks(values: readonly number[]): Ranks {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  let ties = 0;
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let i = from; i < to; i++) ranks[order[i]] = (from + 1 + to) / 2;
    ties += (to - from) ** 3 - (to - from);
    from = to;
  }
  return { ranks, ties };
}
