/** A PRO curve in pieces, and what each image adds to each: all that a resample needs to know. */

import type { Mask } from "../types.ts";
import { connectedComponents } from "./components.ts";
import { areaUpTo, type Points, pointsOfSlots } from "./pro.ts";
import { normalCounts, type RankedPixels } from "./ranked_pixels.ts";

/** T pieces of the curve of N images, from (0, 0) on. */
export interface ProPieces {
  /** The AUPRO of all images, exact. */
  readonly value: number;
  /** Of each piece, the share of ΔPRO·ΔFPR that lies below the curve, [T]: ½ for a straight line. */
  readonly below: Float64Array;
  /** Normal pixels of each image, [N]. */
  readonly normal: Float64Array;
  /** Regions of each image, [N]. */
  readonly regions: Float64Array;
  /** Normal pixels in each piece of the curve: [T, N]. */
  readonly falsePositives: Float64Array;
  /** Fractions of regions that are covered there, summed over the image's regions: [T, N]. */
  readonly covered: Float64Array;
}

/** How far the curve counts, and how finely it is cut. */
export interface PieceOptions {
  readonly limit: number;
  readonly step: number;
}

/** Cuts the PRO curve of ranked pixels into pieces. O(pixels). */
export function proPieces(
  ranked: RankedPixels,
  masks: readonly Mask[],
  { limit, step }: PieceOptions,
): ProPieces {
  const { scores, normal, anomalous } = ranked;
  const images = masks.length;
  const defects = masks.map(defectsOf);
  const counts = normalCounts(ranked);
  const overlaps = overlapPerRung(ranked, defects);
  const points = pointsOfSlots(1, { normal: scores.normal, counts, overlaps });
  const { pieces, below } = thin(points, { limit, step, slots: counts.length });

  const falsePositives = new Float64Array(below.length * images);
  const covered = new Float64Array(below.length * images);
  for (let j = 0; j < images; j++) {
    const slots = normal[j];
    for (let i = 0; i < slots.length; i++) falsePositives[pieces[slots[i]] * images + j]++;
    const { labels, sizes } = defects[j];
    for (let i = 0; i < labels.length; i++) {
      covered[pieces[anomalous[j][i]] * images + j] += 1 / sizes[labels[i] - 1];
    }
  }
  return {
    value: areaUpTo(limit, points) / limit,
    below,
    normal: Float64Array.from(normal, ({ length }) => length),
    regions: Float64Array.from(defects, ({ sizes }) => sizes.length),
    falsePositives,
    covered,
  };
}

/** The components of one mask, without its background. */
interface Defects {
  /** Of each defective pixel in their order, its region's label, 1…count. */
  readonly labels: Int32Array;
  /** Pixels of each region, [count]. */
  readonly sizes: Int32Array;
}

function defectsOf(mask: Mask): Defects {
  const { labels, sizes } = connectedComponents(mask);
  const kept = new Int32Array(sizes.reduce((sum, size) => sum + size, 0));
  for (let pixel = 0, next = 0; next < kept.length; pixel++) {
    if (labels[pixel] > 0) kept[next++] = labels[pixel];
  }
  return { labels: kept, sizes };
}

/** What each rung adds to the mean overlap: every pixel 1 / (its region's size · regions), [R]. */
function overlapPerRung(
  { ladder, anomalous }: RankedPixels,
  defects: readonly Defects[],
): Float64Array {
  const regions = defects.reduce((sum, { sizes }) => sum + sizes.length, 0);
  const overlaps = new Float64Array(ladder.rungs.length);
  defects.forEach(({ labels, sizes }, image) => {
    const shares = Float64Array.from(sizes, (size) => 1 / (size * regions));
    const slots = anomalous[image];
    for (let i = 0; i < labels.length; i++) overlaps[slots[i] >> 1] += shares[labels[i] - 1];
  });
  return overlaps;
}

/** Pieces of a curve that stand for all of it. */
interface Thinned extends Pick<ProPieces, "below"> {
  /** Of each slot of the ladder, the piece that it is in. */
  readonly pieces: Uint32Array;
}

/** Cuts the curve at points that are at most a step apart, unless they are neighbours on it. */
function thin(
  { falsePositiveRate: x, perRegionOverlap: y, slots }: Points,
  { limit, step, slots: count }: PieceOptions & { readonly slots: number },
): Thinned {
  const along = (i: number) => y[i] + (x[i] <= limit ? x[i] / limit : 1 + Math.log(x[i] / limit));
  const pieces = new Uint32Array(count);
  const below: number[] = [];
  let area = 0;
  for (let i = 1, last = 0; i < x.length; i++) {
    pieces[slots[i]] = below.length;
    area += (x[i] - x[i - 1]) * ((y[i] + y[i - 1]) / 2 - y[last]);
    if (i < x.length - 1 && along(i + 1) - along(last) <= step) continue;
    const whole = (x[i] - x[last]) * (y[i] - y[last]);
    below.push(i - last > 1 && whole > 0 ? area / whole : 0.5);
    last = i;
    area = 0;
  }
  return { pieces, below: Float64Array.from(below) };
}
