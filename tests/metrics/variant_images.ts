/** Small maps with masks for the tests of metrics in circulation. */

import type { Random } from "../../src/random.ts";
import type { MaskedMaps } from "../../src/metrics/variants.ts";
import type { AnomalyMap, Mask } from "../../src/types.ts";

/** Rows of pixels as images. */
export function rows(
  ...images: readonly (readonly [scores: number[], labels: number[]])[]
): MaskedMaps {
  return {
    maps: images.map(([scores]): AnomalyMap => (
      { data: Float32Array.from(scores), shape: [1, scores.length] }
    )),
    masks: images.map(([, labels]): Mask => (
      { width: labels.length, height: 1, data: Uint8Array.from(labels) }
    )),
  };
}

/** Images of several sizes; scores of few levels in every other round. */
export function drawn(random: Random, round: number): MaskedMaps {
  const images = Array.from({ length: 3 }, (_, i) => {
    const [width, height] = [3 + random.integer(8), 3 + random.integer(8)];
    const labels = Uint8Array.from(
      { length: width * height },
      () => i !== 1 && random.uniform() < 0.3 ? 1 : 0,
    );
    if (i === 0) labels.set([0, 1]);
    const data = Float32Array.from(labels, (label) => {
      const score = random.normal() + label;
      return round % 2 === 0 ? score : Math.round(2 * score);
    });
    return {
      map: { data, shape: [height, width] as const },
      mask: { width, height, data: labels },
    };
  });
  return { maps: images.map(({ map }) => map), masks: images.map(({ mask }) => mask) };
}
