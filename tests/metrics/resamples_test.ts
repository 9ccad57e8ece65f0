import { assert, assertEquals } from "@std/assert";
import { forEachResample } from "../../src/metrics/resamples.ts";
import { seededRandom } from "../../src/random.ts";

Deno.test("images are drawn as the random numbers' own whole numbers are, number for number", () => {
  // With 3 million images some 1,400 draws are refused: they would favour the first images.
  for (
    const [normal, anomalous, resamples] of [[2, 3, 200], [30, 70, 50], [0, 41, 50], [3e6, 2, 1]]
  ) {
    const strata = {
      normal: Int32Array.from({ length: normal }, (_, i) => 2 * i),
      anomalous: Int32Array.from({ length: anomalous }, (_, i) => 2 * i + 1),
    };
    const random = seededRandom(5, "bootstrap");
    let visited = 0;
    let different = 0;
    forEachResample(strata, { resamples, seed: 5 }, (images, resample) => {
      assertEquals([images.length, resample], [normal + anomalous, visited++]);
      for (let i = 0; i < images.length; i++) {
        const from = i < normal ? strata.normal : strata.anomalous;
        if (images[i] !== from[random.integer(from.length)]) different++;
      }
    });
    assertEquals([visited, different], [resamples, 0]);
  }
});

Deno.test("every image is drawn, about equally often", () => {
  const strata = { normal: Int32Array.of(0, 2, 4), anomalous: Int32Array.of(1, 3) };
  const drawn = [0, 0, 0, 0, 0];
  forEachResample(strata, { resamples: 10_000 }, (images) => images.forEach((i) => drawn[i]++));
  assertEquals(drawn.length, 5);
  for (const times of drawn) assert(Math.abs(times - 10_000) < 400, String(drawn));
});
