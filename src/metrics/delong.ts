/** DeLong's variance of an AUROC: intervals, and the comparison of methods on the same images. */

import { cannot } from "../errors.ts";
import {
  aurocScoreInterval,
  type ClassCounts,
  differenceOfIntervals,
  type Estimate,
  LEVEL,
  type LevelOption,
  modelVariance,
  zOfLevel,
} from "./intervals.ts";
import type { Labels, Scores } from "./labelled_scores.ts";
import { normalTails } from "./normal.ts";
import { type Placements, placementsOf, severalOfEachClass } from "./placements.ts";

/** An AUROC, its standard error after DeLong, and its interval. */
export interface AurocEstimate extends Estimate {
  readonly standardError: number;
}

/** Options of {@linkcode aurocInterval}. */
export interface AurocIntervalOptions extends LevelOption {
  /** Default `"logit"`. */
  readonly method?: "logit" | "plain" | "score";
}

/**
 * The AUROC of image scores with DeLong's confidence interval.
 *
 * Each anomalous score i has a placement V₁₀(i), the fraction of normal scores below it, and each
 * normal score j a V₀₁(j), the fraction of anomalous ones above it (ties count half). With m
 * anomalous and n normal images and sample variances S²,
 *
 *     Var = S²(V₁₀)/m + S²(V₀₁)/n
 *
 * `"logit"` (default): logit⁻¹(logit A ± z·√Var/(A(1−A))), which stays in 0…1 and leans towards
 * ½ where the plain one overstates. `"plain"`: A ± z·√Var cut at 0 and 1, as pROC gives it.
 * `"score"`: {@linkcode aurocScoreInterval}, which uses no estimated variance.
 *
 * An estimated variance of zero (a perfect order, its reverse, or one score for all) says that the
 * images were too easy, not that the value is certain: then `"score"` is used, and the result's
 * `method` says so.
 *
 * Measured coverage of nominal 95 % intervals, in percent as logit / plain / score (4,000 draws each
 * of binormal scores; the plain one with the fallback above, without which it is worse;
 * `bench/intervals_bench.ts coverage` prints them):
 *
 * | images (m + n) | true 0.7 | true 0.9 | true 0.95 | true 0.98 | true 0.99 |
 * |---|---|---|---|---|---|
 * | 20 + 20 | 96 / 94 / 95 | 96 / 89 / 97 | 97 / 85 / 98 | 97 / 86 / 97 | 97 / 90 / 97 |
 * | 60 + 20 | 95 / 93 / 95 | 95 / 89 / 97 | 94 / 87 / 97 | 94 / 82 / 98 | 97 / 82 / 98 |
 * | 100 + 100 | 95 / 95 / 95 | 95 / 94 / 97 | 95 / 93 / 98 | 94 / 90 / 99 | 94 / 87 / 99 |
 *
 * Cost: O(n log n).
 *
 * Source: DeLong, DeLong and Clarke-Pearson 1988; placements by mid-ranks, Sun and Xu 2014; logit
 * scale, Pepe 2003; Kottas, Kuss and Zapf 2014 find the interval on this scale to cover well and the
 * plain one to be "very liberal" (too short) for high AUROC and few images, as the table does.
 * Differs: pROC and most codes give the plain interval by default, which is [1, 1] for a perfect
 * score.
 *
 * @param scores higher = more anomalous, one an image, [n]
 * @param labels 0 normal, 1 anomalous, [n]
 * @throws {RangeError} when a class has fewer than 2 scores, a score is NaN, a label is not 0 or 1,
 * lengths differ, or the level is not in (0, 1)
 *
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * const found = aurocInterval([1, 2, 3, 4, 5, 6], [0, 0, 1, 0, 1, 1]);
 * assertAlmostEquals(found.value, 8 / 9);
 * assertAlmostEquals(found.standardError, Math.sqrt(2 / 81));
 * assertEquals(found.method, "logit");
 * assertEquals(aurocInterval([1, 2, 3, 4], [0, 0, 1, 1]).method, "score");
 * ```
 */
export function aurocInterval(
  scores: Scores,
  labels: Labels,
  { level = LEVEL, method = "logit" }: AurocIntervalOptions = {},
): AurocEstimate {
  const z = zOfLevel(level);
  const data = severalOfEachClass("give an interval of an AUROC", scores, labels);
  const own = placementsOf(data);
  const value = own.won / (2 * data.anomalous * data.normal);
  const standardError = Math.sqrt(covarianceOf(own, own));
  if (method === "score" || standardError === 0) {
    return { ...aurocScoreInterval(value, { level, ...counts(own) }), standardError };
  }
  const half = z * standardError;
  if (method === "plain") {
    const [lower, upper] = [Math.max(0, value - half), Math.min(1, value + half)];
    return { value, standardError, lower, upper, level, method };
  }
  const logit = Math.log(value / (1 - value));
  const reach = half / (value * (1 - value));
  const [lower, upper] = [logit - reach, logit + reach].map((x) => 1 / (1 + Math.exp(-x)));
  return { value, standardError, lower, upper, level, method };
}

/** AUROCs of several methods on the same images, and how their errors go together. */
export interface AurocCovariance {
  /** [K] */
  readonly values: Float64Array;
  /** K × K, row-major: Var(AUROC) on the diagonal. */
  readonly covariance: Float64Array;
}

/**
 * DeLong's covariance of the AUROCs of K methods on the same images.
 *
 *     Cov(a, b) = S(V₁₀ᵃ, V₁₀ᵇ)/m + S(V₀₁ᵃ, V₀₁ᵇ)/n
 *
 * Cost: O(K·n log n + K²·n).
 *
 * Source: DeLong et al. 1988, eq. 7; Sun and Xu 2014.
 *
 * @param methods scores of each method, in the order of the labels, K × [n]
 * @param labels 0 normal, 1 anomalous, [n]
 * @throws {RangeError} as {@linkcode aurocInterval}, and when there is no method
 *
 * @example A method has a correlation of −1 with its own negative
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const scores = [1, 2, 3, 4, 5, 6];
 * const { values, covariance } = aurocCovariance(
 *   [scores, scores.map((score) => -score)],
 *   [0, 0, 1, 0, 1, 1],
 * );
 * assertEquals(values[0] + values[1], 1);
 * assertEquals(covariance[1], -covariance[0]);
 * ```
 */
export function aurocCovariance(methods: readonly Scores[], labels: Labels): AurocCovariance {
  const action = "compare AUROCs";
  if (methods.length === 0) throw cannot(action, "there must be methods", "none");
  const all = methods.map((scores) => placementsOf(severalOfEachClass(action, scores, labels)));
  const values = Float64Array.from(all, aurocOf);
  const covariance = Float64Array.from(all.flatMap((a) => all.map((b) => covarianceOf(a, b))));
  return { values, covariance };
}

/** Two methods compared on the same images: the first's value less the second's. */
export interface Comparison extends Estimate {
  /** Two-sided p-value of "no difference". */
  readonly p: number;
}

/** A {@linkcode Comparison} by a normal statistic. */
export interface DelongComparison extends Comparison {
  readonly standardError: number;
  /** The difference divided by its standard error. */
  readonly z: number;
}

/**
 * DeLong's paired test: do two methods have different AUROCs on the same images?
 *
 *     z = (A₁ − A₂) / √(Var₁ + Var₂ − 2·Cov),   p = P(|Z| ≥ |z|)
 *
 * with the interval A₁ − A₂ ± z₁₋α⁄₂·√(…), computed from the differences of placements, so that
 * methods of equal order have a variance of exactly zero. Zero is the end of the formula:
 *
 * - no difference: z = 0 and p = 1. The interval is [0, 0] for the same order of images; where
 *   both AUROCs have no variance themselves (both perfect), two different methods may hide behind
 *   equal values and {@linkcode differenceOfIntervals} of their score intervals is given;
 * - a difference without variance (1 against 0): the variance is the one that two independent
 *   AUROCs of the mean value would have, and the interval as before.
 *
 * Cost: O(n log n).
 *
 * Source: DeLong et al. 1988; as `pROC::roc.test(paired = TRUE, method = "delong")`.
 *
 * @param methods the two methods' scores, 2 × [n]
 * @param labels 0 normal, 1 anomalous, [n]
 * @throws {RangeError} as {@linkcode aurocInterval}
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const one = [0.1, 0.2, 0.6, 0.4, 0.7, 0.8];
 * const two = [0.3, 0.1, 0.2, 0.4, 0.9, 0.5];
 * const { value, p } = delongTest([one, two], [0, 0, 0, 1, 1, 1]);
 * assertEquals(value, 8 / 9 - 1);
 * assertEquals(p > 0.3, true);
 * ```
 */
export function delongTest(
  methods: readonly [Scores, Scores],
  labels: Labels,
  { level = LEVEL }: LevelOption = {},
): DelongComparison {
  const zLevel = zOfLevel(level);
  const [a, b] = methods.map((scores) =>
    placementsOf(severalOfEachClass("compare AUROCs", scores, labels))
  );
  const value = aurocOf(a) - aurocOf(b);
  const differences: Placements = {
    anomalous: a.anomalous.map((twice, i) => twice - b.anomalous[i]),
    normal: a.normal.map((twice, i) => twice - b.normal[i]),
    won: a.won - b.won,
  };
  const variance = covarianceOf(differences, differences);
  if (variance > 0) {
    const standardError = Math.sqrt(variance);
    const z = value / standardError;
    const half = zLevel * standardError;
    const [lower, upper] = [Math.max(-1, value - half), Math.min(1, value + half)];
    return { value, standardError, z, p: twoSided(z), lower, upper, level, method: "plain" };
  }
  const none = covarianceOf(a, a) === 0;
  if (value === 0 && !none) {
    return { value, standardError: 0, z: 0, p: 1, lower: 0, upper: 0, level, method: "plain" };
  }
  return {
    ...compareByScore([aurocOf(a), aurocOf(b)], { level, ...counts(a) }),
    standardError: 0,
  };
}

/**
 * Two AUROCs compared without any observed variance, as if they were of different images: the joined
 * interval of their score intervals, and z by the variance that both would have at their mean.
 */
export function compareByScore(
  values: readonly [number, number],
  { level = LEVEL, ...counts }: ClassCounts & LevelOption,
): Comparison & { readonly z: number } {
  const [a, b] = values.map((value) => aurocScoreInterval(value, { level, ...counts }));
  const joined = differenceOfIntervals(a, b);
  const middle = (a.value + b.value) / 2;
  const z = joined.value === 0 ? 0 : joined.value / Math.sqrt(2 * modelVariance(middle, counts));
  return { ...joined, z, p: twoSided(z) };
}

/** P(|Z| ≥ |z|), a probability. */
function twoSided(z: number): number {
  return 2 * normalTails(Math.abs(z)).upper;
}

/**
 * The variance of an AUROC word by word from its definition: every anomalous score against every
 * normal one. The plain twin of the mid-ranks in {@linkcode aurocInterval}.
 *
 * Cost: O(m·n).
 *
 * @param scores higher = more anomalous, [n]
 * @param labels 0 normal, 1 anomalous, [n]
 * @returns DeLong's variance, the square of {@linkcode AurocEstimate.standardError}
 * @throws {RangeError} as {@linkcode aurocInterval}
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * assertAlmostEquals(aurocVariancePlain([1, 2, 3, 4, 5, 6], [0, 0, 1, 0, 1, 1]), 2 / 81);
 * ```
 */
export function aurocVariancePlain(scores: Scores, labels: Labels): number {
  severalOfEachClass("give an interval of an AUROC", scores, labels);
  const anomalous = Array.from(scores).filter((_, i) => Number(labels[i]) === 1);
  const normal = Array.from(scores).filter((_, i) => Number(labels[i]) === 0);
  const order = (a: number, n: number) => a > n ? 1 : a === n ? 0.5 : 0;
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v) / values.length;
  const ofAnomalous = anomalous.map((a) => mean(normal.map((n) => order(a, n))));
  const ofNormal = normal.map((n) => mean(anomalous.map((a) => order(a, n))));
  const variance = (values: readonly number[]) =>
    values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (values.length - 1);
  return variance(ofAnomalous) / anomalous.length + variance(ofNormal) / normal.length;
}

function counts({ anomalous, normal }: Placements): ClassCounts {
  return { anomalous: anomalous.length, normal: normal.length };
}

function aurocOf({ anomalous, normal, won }: Placements): number {
  return won / (2 * anomalous.length * normal.length);
}

/** DeLong's covariance of two AUROCs (or of differences of AUROCs). */
function covarianceOf(a: Placements, b: Placements): number {
  const [m, n] = [a.anomalous.length, a.normal.length];
  const ofAnomalous = sampleCovariance(a.anomalous, b.anomalous) / (4 * n * n);
  const ofNormal = sampleCovariance(a.normal, b.normal) / (4 * m * m);
  return ofAnomalous / m + ofNormal / n;
}

/** Sample covariance of two lists of whole numbers; exactly zero for a constant list. */
function sampleCovariance(a: Float64Array, b: Float64Array): number {
  const meanA = a.reduce((sum, value) => sum + value, 0) / a.length;
  const meanB = b.reduce((sum, value) => sum + value, 0) / b.length;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - meanA) * (b[i] - meanB);
  return sum / (a.length - 1);
}
