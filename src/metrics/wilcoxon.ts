/** Wilcoxon's signed-rank test: is one method better over several categories? */

import { cannot } from "../errors.ts";
import { normalTails } from "./normal.ts";
import { midRanks } from "./ranks.ts";

/** The result of {@linkcode wilcoxonSignedRank}. */
export interface SignedRankTest {
  /** The sum of ranks of positive differences, or of the negative ones if that is smaller. */
  readonly statistic: number;
  /** Two-sided. */
  readonly p: number;
  /** `"exact"`: all 2ⁿ signs were counted; `"normal"`: an approximation. */
  readonly method: "exact" | "normal";
  readonly positive: number;
  readonly negative: number;
  /** Pairs without difference, which are left out. */
  readonly zero: number;
}

/** Options of {@linkcode wilcoxonSignedRank}. */
export interface SignedRankOptions {
  /** Default: `"exact"` up to 25 differences that are not zero, else `"normal"`. */
  readonly method?: "exact" | "normal";
}

/** Up to so many differences all signs are counted unless asked otherwise. */
const EXACT_UP_TO = 25;

/** Numbers of sign patterns are whole numbers below 2⁵³. */
const MOST_EXACT = 52;

/**
 * Wilcoxon's signed-rank test of paired values, for example two methods on 15 categories.
 *
 * Differences a − b are ranked by size; W⁺ and W⁻ are the sums of ranks of the positive and the
 * negative ones. Zero differences are left out first, equal sizes share the mean of their ranks.
 * If the sign of each difference is a coin's, W⁺ has the distribution that is counted here (exact)
 * or approximated:
 *
 *     z = (W⁺ − n(n+1)/4) / √((n(n+1)(2n+1) − ½·Σ(t³ − t))/24),   p = P(|Z| ≥ |z|)
 *
 * with t the sizes of groups of equal ranks, without correction for continuity. Without a single
 * difference p is 1.
 *
 * Differences are compared as float64 numbers: 0.98 − 0.97 and 0.93 − 0.92 are not a tie.
 *
 * Cost: O(n³) exact, O(n log n) else.
 *
 * Source: Wilcoxon 1945; Demšar 2006 for comparing methods over data sets.
 * Equal to `scipy.stats.wilcoxon(zero_method="wilcox", correction=False)`.
 * Differs: scipy approximates as soon as there are ties or zeros; here the signs are counted with
 * the shared ranks, which is exact too (as scipy's `PermutationMethod`).
 *
 * @param a one method's values, [n]; higher or lower = better does not matter
 * @param b the other's, in the same order
 * @throws {RangeError} when there are no pairs, lengths differ, a difference is NaN, or there are
 * more than 52 differences to count exactly
 *
 * @example Better in six of six categories
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const { statistic, p } = wilcoxonSignedRank([2, 4, 6, 8, 10, 12], [1, 2, 3, 4, 5, 6]);
 * assertEquals([statistic, p], [0, 2 / 2 ** 6]);
 * ```
 */
export function wilcoxonSignedRank(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: SignedRankOptions = {},
): SignedRankTest {
  const all = differences(a, b);
  const kept = all.filter((difference) => difference !== 0);
  const { method = kept.length <= EXACT_UP_TO ? "exact" : "normal" } = options;
  const { ranks, ties } = midRanks(kept.map(Math.abs));
  const total = kept.length * (kept.length + 1) / 2;
  const plus = ranks.reduce((sum, rank, i) => sum + (kept[i] > 0 ? rank : 0), 0);
  const positive = kept.filter((difference) => difference > 0).length;
  const counts = { positive, negative: kept.length - positive, zero: all.length - kept.length };
  const statistic = Math.min(plus, total - plus);
  if (kept.length === 0) return { statistic, p: 1, method, ...counts };
  const p = method === "exact"
    ? exactP(ranks, statistic)
    : normalP({ count: kept.length, ties, off: statistic - total / 2 });
  return { statistic, p, method, ...counts };
}

function differences(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  const action = "compare paired values";
  if (a.length !== b.length) {
    throw cannot(action, "both lists must be equally long", `${a.length} and ${b.length} values`);
  }
  if (a.length === 0) throw cannot(action, "there must be values", "none");
  const found = Array.from(a, (value, i) => value - b[i]);
  const wrong = found.findIndex(Number.isNaN);
  if (wrong >= 0) {
    throw cannot(
      action,
      "each pair needs a difference",
      `pair ${wrong} is ${a[wrong]}, ${b[wrong]}`,
    );
  }
  return found;
}

/** Twice the share of the 2ⁿ sign patterns whose W⁺ is at most the statistic. */
function exactP(ranks: Float64Array, statistic: number): number {
  if (ranks.length > MOST_EXACT) {
    throw cannot(
      "compare paired values exactly",
      `there must be at most ${MOST_EXACT} differences`,
      String(ranks.length),
    );
  }
  // Doubled, shared ranks are whole numbers: patterns[s] have the sum s.
  const patterns = new Float64Array(ranks.length * (ranks.length + 1) + 1);
  patterns[0] = 1;
  let most = 0;
  for (const rank of ranks) {
    most += 2 * rank;
    for (let sum = most; sum >= 2 * rank; sum--) patterns[sum] += patterns[sum - 2 * rank];
  }
  const extreme = patterns.subarray(0, 2 * statistic + 1).reduce((sum, count) => sum + count, 0);
  return Math.min(1, 2 * extreme / 2 ** ranks.length);
}

function normalP(
  { count: n, ties, off }: { readonly count: number; readonly ties: number; readonly off: number },
): number {
  const variance = (n * (n + 1) * (2 * n + 1) - ties / 2) / 24;
  return 2 * normalTails(Math.abs(off) / Math.sqrt(variance)).upper;
}
