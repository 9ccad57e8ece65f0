/** Overlays of a whole run on one fixed colour scale for each method. */

import { join } from "@std/path";
import type { Prediction } from "../detectors/detector.ts";
import { openScratch, writeFileWhole } from "../files.ts";
import { overlay } from "../image/draw.ts";
import { encodePng } from "../image/encode.ts";
import { type Geometry, preprocessImage } from "../image/preprocess.ts";
import { tensor } from "../tensor.ts";
import type { AnomalyMap, Mask, Sample } from "../types.ts";

/** One prediction to be drawn later, when the scale of all is known. */
interface Waiting {
  readonly category: string;
  readonly method: string;
  readonly geometry: Geometry;
  readonly sample: Sample;
  readonly mask: Mask | undefined;
  readonly score: number;
  /** Where its map begins in the scratch file, in bytes. */
  readonly at: number;
}

/** Gathers maps while detectors run, and draws them once the scale is known. */
export interface MapBook extends Disposable {
  /** A prediction without a map is passed over. */
  add(
    of: { readonly category: string; readonly method: string },
    found: {
      readonly sample: Sample;
      readonly mask: Mask | undefined;
      readonly prediction: Prediction;
      readonly geometry: Geometry;
    },
  ): void;
  /** Writes one PNG a photo: `category/method/defect_name.png`. Returns how many. */
  write(progress?: (done: number, total: number) => void): Promise<number>;
}

/** Every so many pixels of a map count for the median: a prime, so that no column is favoured. */
const STEP = 97;

/**
 * The scale of one method for the whole run: from the median of all pixels, so that what is
 * ordinary is black, to the value that the largest of a map exceeds in 5 % of the photos; but at
 * least to twice the median, so that a run on good photos only does not make noise glow.
 */
function domainOf({ pixels, peaks }: { readonly pixels: number[]; readonly peaks: number[] }): [
  low: number,
  high: number,
] {
  const quantile = (values: readonly number[], share: number): number =>
    values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))];
  const low = quantile(pixels, 0.5);
  const high = Math.max(quantile(peaks, 0.95), 2 * low);
  return high > low ? [low, high] : [low, low + 1];
}

/**
 * @param folder where the overlays go. Maps wait in a temporary file there, not in memory: a run
 * over fifteen categories holds hundreds of megabytes of them.
 */
export function openMapBook(folder: string): MapBook {
  const scratch = openScratch(folder);
  const waiting: Waiting[] = [];
  const seen = new Map<string, { readonly pixels: number[]; readonly peaks: number[] }>();
  const read = ({ at, geometry: { crop } }: Waiting): AnomalyMap =>
    tensor(new Float32Array(scratch.read(at, 4 * crop * crop).buffer), [crop, crop]);

  return {
    add({ category, method }, { sample, mask, geometry, prediction: { map, score } }) {
      if (map === undefined) return;
      const { buffer, byteOffset, byteLength } = map.data;
      const at = scratch.append(new Uint8Array(buffer, byteOffset, byteLength));
      waiting.push({ category, method, geometry, sample, mask, score, at });
      const { pixels, peaks } = seen.getOrInsert(method, { pixels: [], peaks: [] });
      for (let i = 0; i < map.data.length; i += STEP) pixels.push(map.data[i]);
      peaks.push(map.data.reduce((a, b) => Math.max(a, b)));
    },

    async write(progress) {
      const domains = new Map([...seen].map(([method, of]) => [method, domainOf(of)]));
      for (const [i, entry] of waiting.entries()) {
        const { category, method, geometry, sample, mask, score } = entry;
        const image = await preprocessImage(await sample.image(), geometry);
        const drawn = overlay({
          image,
          map: read(entry),
          domain: domains.get(method) ?? [0, 1],
          mask,
          title: `${category}  ${sample.id}  ${method}  score ${score.toPrecision(4)}`,
        });
        const name = sample.id.replace(/^test\//, "").replaceAll("/", "_");
        await writeFileWhole(join(folder, category, method, `${name}.png`), await encodePng(drawn));
        progress?.(i + 1, waiting.length);
      }
      return waiting.length;
    },

    [Symbol.dispose]: () => scratch[Symbol.dispose](),
  };
}
