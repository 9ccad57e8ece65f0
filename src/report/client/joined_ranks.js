/** The bars of a critical-difference diagram. */

/**
 * Groups of neighbours in rank that are nearer than the critical difference: none within another.
 *
 * @param {readonly number[]} ranks rising
 * @param {number} criticalDifference
 * @returns {(readonly [first: number, last: number])[]}
 */
export function joinedRanks(ranks, criticalDifference) {
  /** @type {(readonly [number, number])[]} */
  const groups = [];
  for (let first = 0; first < ranks.length; first++) {
    let last = first;
    while (last + 1 < ranks.length && ranks[last + 1] - ranks[first] < criticalDifference) last++;
    const before = groups.at(-1);
    if (last > first && (before === undefined || last > before[1])) groups.push([first, last]);
  }
  return groups;
}
