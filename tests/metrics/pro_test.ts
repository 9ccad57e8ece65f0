import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Random, seededRandom } from "../../src/random.ts";
import { connectedComponents } from "../../src/metrics/components.ts";
import { aupro, auproByThresholds, proCurve } from "../../src/metrics/pro.ts";
import { auroc, pixelAuroc } from "../../src/metrics/roc.ts";
import type { AnomalyMap, Mask } from "../../src/types.ts";
import fixture from "../fixtures/metrics/pro.json" with { type: "json" };

interface Images {
  readonly maps: readonly AnomalyMap[];
  readonly masks: readonly Mask[];
}

/** One row of pixels as an image. */
function row(scores: readonly number[], labels: readonly number[]): Images {
  return {
    maps: [{ data: Float32Array.from(scores), shape: [1, scores.length] }],
    masks: [{ width: labels.length, height: 1, data: Uint8Array.from(labels) }],
  };
}

/** Images of random sizes with at least one region and one normal pixel. */
function drawImages(random: Random, round: number): Images {
  const maps: AnomalyMap[] = [];
  const masks: Mask[] = [];
  const levels = [0, 2, 6, 40][round % 4];
  const share = random.pick([0.1, 0.3, 0.6]);
  for (let i = 0, images = 1 + random.integer(3); i < images; i++) {
    const [width, height] = [2 + random.integer(9), 2 + random.integer(9)];
    const labels = Uint8Array.from(
      { length: width * height },
      () => i !== 1 && random.uniform() < share ? 1 : 0,
    );
    if (i === 0) labels.set([0, 1]);
    const scores = Float32Array.from(labels, (label) => {
      const score = random.normal() + label;
      return levels === 0 ? score : Math.round(score * levels / 4);
    });
    maps.push({ data: scores, shape: [height, width] });
    masks.push({ width, height, data: labels });
  }
  return { maps, masks };
}

Deno.test("a map that ranks every defect pixel first has an AUPRO of 1, the reverse 0", () => {
  const best = row([9, 8, 1, 2], [1, 1, 0, 0]);
  assertEquals(aupro(best.maps, best.masks), 1);
  const worst = row([1, 2, 8, 9], [1, 1, 0, 0]);
  assertEquals(aupro(worst.maps, worst.masks), 0);
});

Deno.test("a constant map is chance: the curve is the diagonal, so AUPRO is half the limit", () => {
  const { maps, masks } = row([5, 5, 5, 5, 5], [1, 1, 0, 0, 0]);
  assertAlmostEquals(aupro(maps, masks), 0.15, 1e-15);
  assertEquals(aupro(maps, masks, { limit: 1 }), 0.5);
});

Deno.test("each region counts equally, however large", () => {
  // The large region of three is found at once, the small one never before a false alarm.
  const { maps, masks } = row([9, 9, 9, 5, 1, 4], [1, 1, 1, 0, 1, 0]);
  assertEquals(aupro(maps, masks), 0.5);
  assertEquals(pixelAuroc(maps, masks), 0.75);
});

Deno.test("images without defect add normal pixels only", () => {
  const { maps, masks } = row([9, 5, 1, 7], [1, 0, 1, 0]);
  const good = row([8, 0], [0, 0]);
  const curve = proCurve([...maps, ...good.maps], [...masks, ...good.masks]);
  assertEquals([...curve.thresholds], [Infinity, 9, 5, 1, 0]);
  assertEquals([...curve.falsePositiveRate], [0, 0, 0.75, 0.75, 1]);
  assertEquals([...curve.perRegionOverlap], [0, 0.5, 0.5, 1, 1]);
});

Deno.test("the piece of the curve that crosses the limit is cut there, interpolated linearly", () => {
  // From (0, 0) straight to (1/2, 1), as the defect ties with one of two normal pixels.
  const { maps, masks } = row([4, 4, 1], [1, 0, 0]);
  assertAlmostEquals(aupro(maps, masks, { limit: 0.25 }), 0.25, 1e-15);
  assertAlmostEquals(aupro(maps, masks, { limit: 0.5 }), 0.5, 1e-15);
  assertAlmostEquals(aupro(maps, masks, { limit: 1 }), 0.75, 1e-15);
});

Deno.test("AUPRO and pixel AUROC agree with brute force in numpy, scipy and scikit-learn", () => {
  assertEquals(fixture.cases.length, 7);
  const differences: number[] = [];
  for (const { images, regions, aupro: expected, pixelAuroc: area } of fixture.cases) {
    const maps = images.map(({ scores, height, width }): AnomalyMap => (
      { data: Float32Array.from(scores), shape: [height, width] }
    ));
    const masks = images.map(({ mask, height, width }): Mask => (
      { data: Uint8Array.from(mask, Number), width, height }
    ));
    assertEquals(masks.reduce((sum, m) => sum + connectedComponents(m).sizes.length, 0), regions);
    for (const { limit, value } of expected) {
      differences.push(Math.abs(aupro(maps, masks, { limit }) - value));
      differences.push(Math.abs(auproByThresholds(maps, masks, { limit }) - value));
    }
    differences.push(Math.abs(pixelAuroc(maps, masks) - area));
  }
  assertEquals(differences.length, 7 * 7);
  console.log(`largest difference to numpy, scipy, scikit-learn: ${Math.max(...differences)}`);
  assert(Math.max(...differences) < 1e-13);
});

Deno.test("the fast AUPRO equals its plain twin, on 200 random draws", () => {
  const random = seededRandom(1, "pro");
  let worst = 0;
  for (let round = 0; round < 200; round++) {
    const { maps, masks } = drawImages(random, round);
    const limit = random.pick([0.01, 0.3, 0.5, 1]);
    const plain = auproByThresholds(maps, masks, { limit });
    worst = Math.max(worst, Math.abs(aupro(maps, masks, { limit }) - plain));
  }
  console.log(`largest difference to the plain twin: ${worst}`);
  assert(worst < 1e-13);
});

Deno.test("each point of the PRO curve is what its threshold gives, and every defect score is a point", () => {
  const random = seededRandom(2, "pro");
  let points = 0;
  for (let round = 0; round < 60; round++) {
    const { maps, masks } = drawImages(random, round);
    const components = masks.map(connectedComponents);
    const curve = proCurve(maps, masks);
    const scores = maps.flatMap((map) => [...map.data]);
    const labels = masks.flatMap((mask) => [...mask.data]);
    const normal = scores.filter((_, i) => labels[i] === 0);
    curve.thresholds.forEach((threshold, i) => {
      const flagged = normal.filter((score) => score >= threshold).length;
      assertEquals(curve.falsePositiveRate[i], flagged / normal.length);
      const fractions = components.flatMap(({ labels, sizes }, image) =>
        Array.from(sizes, (size, region) => {
          const covered = maps[image].data.filter((score, pixel) =>
            labels[pixel] === region + 1 && score >= threshold
          );
          return covered.length / size;
        })
      );
      const mean = fractions.reduce((sum, fraction) => sum + fraction) / fractions.length;
      assertAlmostEquals(curve.perRegionOverlap[i], mean, 1e-14);
      if (i > 0) assert(threshold < curve.thresholds[i - 1]);
    });
    const defective = new Set(scores.filter((_, i) => labels[i] === 1));
    assert([...defective].every((score) => curve.thresholds.includes(score)));
    const last = curve.thresholds.length - 1;
    assertEquals([curve.falsePositiveRate[last], curve.perRegionOverlap[last]], [1, 1]);
    points += curve.thresholds.length;
  }
  assert(points > 500);
});

Deno.test("with one region and limit 1, AUPRO is the pixel AUROC", () => {
  const scores = [3, 1, 4, 1, 5, 9];
  const labels = [0, 0, 1, 1, 1, 0];
  const { maps, masks } = row(scores, labels);
  assertAlmostEquals(aupro(maps, masks, { limit: 1 }), auroc(scores, labels), 1e-15);
});

Deno.test("AUPRO is unchanged by a strictly monotone map, by the order of images, and changes no input", () => {
  const { maps, masks } = drawImages(seededRandom(9), 0);
  const before = [maps.map(({ data }) => data.slice()), masks.map(({ data }) => data.slice())];
  const value = aupro(maps, masks);
  const doubled = maps.map(({ data, shape }) => ({ data: data.map((s) => 2 * s - 8), shape }));
  assertAlmostEquals(aupro(doubled, masks), value, 1e-15);
  assertAlmostEquals(aupro(maps.toReversed(), masks.toReversed()), value, 1e-14);
  assertEquals([maps.map(({ data }) => data), masks.map(({ data }) => data)], before);
});

Deno.test("minus zero ties with plus zero, and infinite scores are the extremes", () => {
  const zeros = row([-0, 0, 0, -0], [1, 0, 0, 0]);
  assertAlmostEquals(aupro(zeros.maps, zeros.masks), 0.15, 1e-15);
  const extremes = row([Infinity, 1, -Infinity, Infinity], [1, 0, 1, 0]);
  const curve = proCurve(extremes.maps, extremes.masks);
  assertEquals([...curve.thresholds], [Infinity, Infinity, 1, -Infinity]);
  assertEquals([...curve.falsePositiveRate], [0, 0.5, 1, 1]);
  assertEquals([...curve.perRegionOverlap], [0, 0.5, 0.5, 1]);
});

Deno.test("PRO is refused by name where it is not defined", () => {
  const refused = ({ maps, masks }: Images, message: string) => {
    for (const measure of [aupro, auproByThresholds, proCurve]) {
      assertThrows(() => measure(maps, masks), RangeError, `Cannot compute PRO as ${message}`);
    }
  };
  refused({ maps: [], masks: [] }, "there must be scores: no pixels");
  refused(row([1, 2], [0, 0]), "a mask must hold a region: 1 masks, all empty");
  refused(row([1, 2], [1, 1]), "there must be normal pixels: masks that cover everything");
  refused(row([1, NaN], [0, 1]), "a score must be a number: map 0, value 1 is NaN");
  refused(
    row([1, 2, 3], [0, 1]),
    "a map and its mask must be equally large (width×height): map 0 is 3×1, mask 0 is 2×1",
  );
  refused(row([1, 2], [0, 3]), "a label must be 0 (normal) or 1 (anomalous): mask 0, value 1 is 3");
  const { maps, masks } = row([1, 2], [0, 1]);
  for (const limit of [0, -1, 1.5, NaN]) {
    assertThrows(
      () => aupro(maps, masks, { limit }),
      RangeError,
      `Cannot compute AUPRO as its false-positive limit must be in (0, 1]: ${limit}`,
    );
  }
});
