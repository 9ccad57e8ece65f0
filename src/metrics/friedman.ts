/** Several methods over several categories: Friedman's test, and Nemenyi's critical difference. */

import { cannot } from "../errors.ts";
import { chiSquaredTails } from "../math/chi_squared.ts";
import { midRanks } from "./ranks.ts";
import { studentizedRangeQuantile, studentizedRangeUpper } from "./studentized_range.ts";

/** Values of K methods on N categories (a row each); higher = better. */
export type ValueTable = readonly (readonly number[])[];

/** The result of {@linkcode friedman}. */
export interface FriedmanTest {
  /** Mean rank of each method, 1 = best, [K]. */
  readonly meanRanks: Float64Array;
  /** χ² with K − 1 degrees of freedom if the methods are alike. */
  readonly statistic: number;
  readonly p: number;
}

/**
 * Friedman's test: do K methods differ at all, over N categories?
 *
 * In each category the methods are ranked (1 = best, ties share the mean). With mean ranks Rⱼ and
 * groups of t equal values,
 *
 *     χ² = 12N/(K(K+1)) · Σⱼ (Rⱼ − (K+1)/2)² / (1 − Σ(t³ − t)/(N(K³ − K)))
 *
 * Only the order within each category counts, so a category that is hard for all weighs as much as
 * any other. Where every category is one tie, χ² is 0 and p is 1.
 *
 * Cost: O(N·K log K).
 *
 * Source: Friedman 1937; Demšar 2006. Equal to `scipy.stats.friedmanchisquare`, which wants 3
 * methods; with 2 this is the sign test's χ².
 *
 * @param table values, higher = better, N × [K]
 * @throws {RangeError} when there is no category or fewer than 2 methods, rows differ in length, or
 * a value is NaN
 *
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * const { meanRanks, statistic } = friedman([[3, 2, 1], [9, 8, 7], [5, 6, 4], [3, 2, 1]]);
 * assertEquals([...meanRanks], [1.25, 1.75, 3]);
 * assertAlmostEquals(statistic, 6.5);
 * ```
 */
export function friedman(table: ValueTable): FriedmanTest {
  const { rows, methods } = checkedTable(table);
  // Sums of halves are exact, so methods of equal ranks have equal means.
  const rankSums = new Float64Array(methods);
  let allTies = 0;
  for (const row of table) {
    const { ranks, ties } = midRanks(row.map((value) => -value));
    ranks.forEach((rank, j) => rankSums[j] += rank);
    allTies += ties;
  }
  const meanRanks = rankSums.map((sum) => sum / rows);
  const off = meanRanks.reduce((sum, rank) => sum + (rank - (methods + 1) / 2) ** 2, 0);
  const untied = 1 - allTies / (rows * (methods ** 3 - methods));
  if (untied === 0) return { meanRanks, statistic: 0, p: 1 };
  const statistic = 12 * rows * off / (methods * (methods + 1) * untied);
  return { meanRanks, statistic, p: chiSquaredTails(statistic, methods - 1).upper };
}

/** The result of {@linkcode nemenyi}. */
export interface NemenyiTest {
  /** Mean rank of each method, 1 = best, [K]. */
  readonly meanRanks: Float64Array;
  /** Mean ranks at least so far apart differ at level α. */
  readonly criticalDifference: number;
  /** p of each pair, K × K, row-major; 1 on the diagonal. */
  readonly p: Float64Array;
  /**
   * The bars of a critical-difference diagram: largest sets of methods, best first, that do not
   * differ. A method that differs from all others is in none.
   */
  readonly groups: readonly (readonly number[])[];
}

/** Options of {@linkcode nemenyi}. */
export interface NemenyiOptions {
  /** Level of the whole table of pairs, in (0, 1). Default 0.05. */
  readonly alpha?: number;
}

/**
 * Nemenyi's test after Friedman's: which of K methods differ, over N categories?
 *
 *     CD = q_α · √(K(K+1)/(12N))
 *
 * with q_α the quantile of the range of K standard normal variables. Two methods whose mean ranks
 * are at least CD apart differ; the chance of any false difference in the table is about α.
 *
 * Source: Nemenyi 1963; Demšar 2006, section 3.2.2.
 * Differs: Demšar's tables hold q_α/√2 and a factor K(K+1)/(6N): the same number.
 * Cost: O(N·K log K), and K²/2 integrals.
 *
 * @param table values, higher = better, N × [K]
 * @throws {RangeError} as {@linkcode friedman}, or when alpha is not in (0, 1)
 *
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * const table = Array.from({ length: 10 }, (_, i) => [9, 8 + 2 * (i % 2), 1]);
 * const { meanRanks, criticalDifference, groups } = nemenyi(table);
 * assertEquals([...meanRanks].map((rank) => rank.toFixed(1)), ["1.5", "1.5", "3.0"]);
 * assertAlmostEquals(criticalDifference, 1.048, 1e-3);
 * assertEquals(groups, [[0, 1]]);
 * ```
 */
export function nemenyi(table: ValueTable, { alpha = 0.05 }: NemenyiOptions = {}): NemenyiTest {
  const { meanRanks } = friedman(table);
  const methods = meanRanks.length;
  const unit = Math.sqrt(methods * (methods + 1) / (12 * table.length));
  const criticalDifference = unit * studentizedRangeQuantile(methods, { upper: alpha });
  const p = new Float64Array(methods * methods).fill(1);
  for (let a = 0; a < methods; a++) {
    for (let b = 0; b < a; b++) {
      const range = Math.abs(meanRanks[a] - meanRanks[b]) / unit;
      p[a * methods + b] = p[b * methods + a] = studentizedRangeUpper(range, methods);
    }
  }
  return { meanRanks, criticalDifference, p, groups: groupsOf(meanRanks, criticalDifference) };
}

/** Stretches of the ranking shorter than the critical difference that are not inside another. */
function groupsOf(meanRanks: Float64Array, criticalDifference: number): number[][] {
  const order = Array.from(meanRanks, (_, i) => i).sort((a, b) => meanRanks[a] - meanRanks[b]);
  const groups: number[][] = [];
  let reached = 0;
  for (let from = 0; from < order.length; from++) {
    let to = from + 1;
    while (
      to < order.length && meanRanks[order[to]] - meanRanks[order[from]] < criticalDifference
    ) to++;
    if (to > reached && to - from > 1) groups.push(order.slice(from, to));
    reached = Math.max(reached, to);
  }
  return groups;
}

function checkedTable(table: ValueTable): { readonly rows: number; readonly methods: number } {
  const action = "compare methods";
  if (table.length === 0) throw cannot(action, "there must be categories", "none");
  const methods = table[0].length;
  if (methods < 2) throw cannot(action, "there must be at least 2 methods", String(methods));
  table.forEach((row, i) => {
    if (row.length !== methods) {
      throw cannot(
        action,
        "each category needs a value of each method",
        `category 0 has ${methods}, category ${i} ${row.length}`,
      );
    }
    const wrong = row.findIndex(Number.isNaN);
    if (wrong >= 0) {
      throw cannot(action, "a value must be a number", `category ${i}, method ${wrong} is NaN`);
    }
  });
  return { rows: table.length, methods };
}
