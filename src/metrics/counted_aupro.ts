/** AUPRO of images that count several times, or not at all. */

import type { CountedMeasure } from "./bootstrap.ts";
import {
  drawnBuffer,
  drawnImages,
  drawnPairSum,
  drawnSum,
  type ImagePairs,
} from "./drawn_images.ts";
import type { ProPieces } from "./pro_pieces.ts";

/**
 * AUPRO on counts. An area below the curve is a sum over pairs of images, as a pixel AUROC is: with
 * image j drawn cⱼ times, Fⱼ(t) its normal pixels in piece t and Cⱼ(t) what is covered in it,
 *
 *     Σₜ (Σᵢ cᵢ·Fᵢ(t)) · (Σⱼ cⱼ·(Cⱼ(0) + … + Cⱼ(t−1) + below(t)·Cⱼ(t))) = Σᵢⱼ cᵢ·cⱼ·Gᵢⱼ
 *
 * G depends on the piece where the area ends, and that on the resample. So G is kept for some
 * pieces, the *marks*: a resample takes the last one before its limit and walks from there.
 *
 * Cost: O(N² + N·pieces between two marks) a resample, beside O(N²·pieces) once for each mark that
 * is met.
 */
export function countedAupro(pieces: ProPieces, limit: number): CountedMeasure {
  const { below, normal, regions, falsePositives, covered } = pieces;
  const images = normal.length;
  const marks = marksOf(pieces);
  const buffer = drawnBuffer(images);
  // Resamples end close to each other: the search begins where the last one ended.
  let mark = 0;
  return (counts) => {
    const drawn = drawnImages(counts, buffer);
    // Areas in units of normal pixels × regions: one division at the end.
    const end = limit * drawnSum(drawn, normal, 0);
    let x = drawnSum(drawn, marks.falsePositives, mark * images);
    while (x > end) x = drawnSum(drawn, marks.falsePositives, --mark * images);
    while (mark < marks.last) {
      const next = drawnSum(drawn, marks.falsePositives, (mark + 1) * images);
      if (next > end) break;
      x = next;
      mark++;
    }
    let y = drawnSum(drawn, marks.covered, mark * images);
    let area = mark === 0 ? 0 : drawnPairSum(drawn, marks.areas(mark), counts);
    for (let t = mark * marks.spacing; t < below.length && x < end; t++) {
      const right = drawnSum(drawn, falsePositives, t * images);
      const up = drawnSum(drawn, covered, t * images);
      const inside = x + right <= end ? 1 : (end - x) / right;
      area += right * inside * (y + up * inside * below[t]);
      x += right;
      y += up;
    }
    return area / (end * drawnSum(drawn, regions, 0));
  };
}

/** Every so many pieces, from piece 0 on, what came before. */
interface Marks {
  /** Pieces from one mark to the next. */
  readonly spacing: number;
  /** The last mark; the first is 0. */
  readonly last: number;
  /** Normal pixels of each image before each mark, [last + 1, N]. */
  readonly falsePositives: Float64Array;
  /** Covered fractions of each image's regions before each mark, [last + 1, N]. */
  readonly covered: Float64Array;
  /** G of the pieces before a mark, which is at least 1. */
  readonly areas: (mark: number) => ImagePairs;
}

/** A walk may take a quarter of what the pairs take; nor are there more marks than this. */
const MOST_MARKS = 128;

function marksOf(pieces: ProPieces): Marks {
  const images = pieces.normal.length;
  const count = pieces.below.length;
  const defective = Int32Array.from(pieces.regions.keys()).filter((j) => pieces.regions[j] > 0);
  const spacing = Math.ceil(Math.max(defective.length / 4, count / MOST_MARKS));
  const last = Math.floor(count / spacing);
  const falsePositives = new Float64Array((last + 1) * images);
  const covered = new Float64Array((last + 1) * images);
  for (let t = 0; t < last * spacing; t++) {
    const to = (Math.floor(t / spacing) + 1) * images;
    const first = t % spacing === 0;
    for (let j = 0; j < images; j++) {
      falsePositives[to + j] += pieces.falsePositives[t * images + j] +
        (first ? falsePositives[to - images + j] : 0);
      covered[to + j] += pieces.covered[t * images + j] + (first ? covered[to - images + j] : 0);
    }
  }
  const known = new Map<number, ImagePairs>();
  const areas = (mark: number): ImagePairs => {
    const found = known.get(mark);
    if (found) return found;
    const before = Math.max(0, ...[...known.keys()].filter((other) => other < mark));
    const values = known.get(before)?.values.slice() ??
      new Float64Array(defective.length * images);
    const reached = covered.slice(before * images, (before + 1) * images);
    for (let t = before * spacing; t < mark * spacing; t++) {
      addPiece(values, { pieces, t, defective, reached });
    }
    const made = { defective, values };
    known.set(mark, made);
    return made;
  };
  return { spacing, last, falsePositives, covered, areas };
}

/** Adds the pairs of one piece to `values`, and what it covers to `reached`. */
function addPiece(
  values: Float64Array,
  { pieces: { below, falsePositives, covered }, t, defective, reached }: {
    readonly pieces: ProPieces;
    readonly t: number;
    readonly defective: Int32Array;
    readonly reached: Float64Array;
  },
): void {
  const images = reached.length;
  const from = t * images;
  for (let d = 0; d < defective.length; d++) {
    const image = defective[d];
    const up = covered[from + image];
    const height = reached[image] + up * below[t];
    reached[image] += up;
    if (height === 0) continue;
    for (let i = 0; i < images; i++) values[d * images + i] += height * falsePositives[from + i];
  }
}
