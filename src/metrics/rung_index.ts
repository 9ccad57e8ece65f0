/** Finds the rung at or above a key in about one step, however unevenly the rungs are spaced. */

/**
 * Key space, from the first rung to the last, in equally wide segments; a segment in equally wide
 * buckets, the more the more rungs it holds. Order keys of floats need both: scores on either side
 * of 0 leave most of key space to exponents that no score has.
 */
export interface RungIndex {
  /** Bits by which a key's distance to the first rung is shifted to give its segment. */
  readonly segmentShift: number;
  /** Of each segment, its first bucket times 32, plus the shift that gives the bucket within it. */
  readonly segments: Int32Array;
  /** The first rung of each bucket, and R at the end. */
  readonly starts: Uint32Array;
}

/** At most 4,096 segments, 16 KiB: the first-level cache keeps them. */
const MOST_SEGMENTS_BITS = 12;

/** A segment for every 64 rungs or so: with a hundred rungs, finding the widest gaps costs more. */
const RUNGS_BITS = 6;

/** About 2²⁰ buckets at most: an index that fits no cache gains nothing by being finer. */
const MOST_BUCKETS_BITS = 20;

/** How many bits a whole number has: 0 for 0, 3 for 4…7. */
const bitsIn = (count: number): number => 32 - Math.clz32(count);

/** The bits of a key's distance to the first rung that say where in its segment it lies. */
export function withinSegment({ segmentShift }: Pick<RungIndex, "segmentShift">): number {
  return 2 ** segmentShift - 1;
}

/** Two to four buckets a rung in each segment, fewer when that would be too many. O(R). */
export function rungIndex(rungs: Int32Array): RungIndex {
  const lowest = rungs[0];
  const range = (rungs[rungs.length - 1] - lowest) >>> 0;
  const segmentsBits = Math.min(MOST_SEGMENTS_BITS, bitsIn(rungs.length >> RUNGS_BITS));
  // A shift by 32 would be none.
  const segmentShift = Math.min(31, Math.max(0, bitsIn(range) - segmentsBits));
  const held = new Uint32Array((range >>> segmentShift) + 1);
  for (let r = 0; r < rungs.length; r++) held[((rungs[r] - lowest) | 0) >>> segmentShift]++;

  const spare = 1 - Math.max(0, bitsIn(rungs.length) + 1 - MOST_BUCKETS_BITS);
  let buckets = 0;
  const segments = new Int32Array(held.length);
  for (let s = 0; s < held.length; s++) {
    const wanted = held[s] === 0 ? 0 : Math.max(0, bitsIn(held[s]) + spare);
    const bits = Math.min(segmentShift, wanted);
    segments[s] = buckets * 32 + segmentShift - bits;
    buckets += 2 ** bits;
  }

  const starts = new Uint32Array(buckets + 1);
  const within = withinSegment({ segmentShift });
  let bucket = 0;
  for (let r = 0; r < rungs.length; r++) {
    const distance = (rungs[r] - lowest) | 0;
    const segment = segments[distance >>> segmentShift];
    const own = (segment >> 5) + ((distance & within) >>> (segment & 31));
    while (bucket < own) starts[++bucket] = r;
  }
  while (bucket < buckets) starts[++bucket] = rungs.length;
  return { segmentShift, segments, starts };
}
