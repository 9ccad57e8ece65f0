/** Random scores of several kinds for the tests of metrics, with both classes present. */

import type { Random } from "../../src/random.ts";

/** What the scores are like; each stresses another path. */
export const KINDS = [
  "continuous",
  "levels",
  "signed zeros",
  "infinite",
  "wide",
  "float64",
] as const;

export interface Drawn {
  readonly scores: Float32Array | Float64Array;
  readonly labels: Uint8Array;
}

export function drawScores(random: Random, kind: typeof KINDS[number], count: number): Drawn {
  const share = random.pick([0.05, 0.5, 0.95]);
  const labels = Uint8Array.from({ length: count }, () => random.uniform() < share ? 1 : 0);
  labels[0] = 0;
  labels[count - 1] = 1;
  const draw = (label: number): number => {
    const value = random.normal() + label;
    switch (kind) {
      case "continuous":
        return value;
      case "levels":
        return Math.round(2 * value);
      case "signed zeros":
        return random.pick([-0, 0, value]);
      case "infinite":
        return random.pick([-Infinity, Infinity, value]);
      case "wide":
        return value * 10 ** random.between(-40, 38);
      case "float64":
        return 1 + Math.round(20 * value) * 2 ** -45;
    }
  };
  const values = Array.from(labels, draw);
  return {
    scores: kind === "float64" ? Float64Array.from(values) : Float32Array.from(values),
    labels,
  };
}
