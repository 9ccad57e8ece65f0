/** Maps with masks for the tests of bootstraps. */

import type { Random } from "../../src/random.ts";
import type { AnomalyMap, Mask } from "../../src/types.ts";

export interface Images {
  readonly maps: readonly AnomalyMap[];
  readonly masks: readonly Mask[];
}

/** Images of random sizes, each third one good; `levels` > 0 makes ties. */
export function drawImages(random: Random, count: number, levels: number): Images {
  const images = Array.from({ length: count }, (_, image) => {
    const [width, height] = [4 + random.integer(9), 4 + random.integer(9)];
    const labels = Uint8Array.from(
      { length: width * height },
      () => image % 3 > 0 && random.uniform() < 0.3 ? 1 : 0,
    );
    labels.set(image % 3 > 0 ? [0, 1] : [0, 0]);
    const level = random.normal();
    const data = Float32Array.from(labels, (label) => {
      const score = random.normal() + level + 1.5 * label;
      return levels === 0 ? score : Math.round(score * levels / 4);
    });
    return {
      map: { data, shape: [height, width] as const },
      mask: { width, height, data: labels },
    };
  });
  return { maps: images.map(({ map }) => map), masks: images.map(({ mask }) => mask) };
}

/** Those at these indices; one may be there several times. */
export const pick = <T>(all: readonly T[], images: Int32Array): readonly T[] =>
  Array.from(images, (i) => all[i]);

/** Smooth maps of one size with round defects found more or less well: a long curve. */
export function drawSmooth(random: Random, count: number, side: number): Images {
  const images = Array.from({ length: count }, (_, image) => {
    const [cx, cy] = [random.between(0, side), random.between(0, side)];
    const [fx, fy] = [random.between(0.1, 0.6), random.between(0.1, 0.6)];
    const radius = random.between(side / 16, side / 5);
    const strength = random.between(0.5, 4);
    const defective = image % 4 > 0;
    const data = new Float32Array(side * side);
    const labels = new Uint8Array(side * side);
    for (let i = 0; i < data.length; i++) {
      const [x, y] = [i % side, Math.floor(i / side)];
      const off = Math.hypot(x - cx, y - cy) / radius;
      data[i] = Math.sin(fx * x + image) * Math.cos(fy * y) + random.normal() / 4;
      if (!defective) continue;
      data[i] += strength * Math.exp(-off * off);
      if (off <= 1) labels[i] = 1;
    }
    labels[Math.floor(cy) * side + Math.floor(cx)] = defective ? 1 : 0;
    return {
      map: { data, shape: [side, side] as const },
      mask: { width: side, height: side, data: labels },
    };
  });
  return { maps: images.map(({ map }) => map), masks: images.map(({ mask }) => mask) };
}
