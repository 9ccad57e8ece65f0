/** From finished runs to what the page shows: thumbnails, small maps on one scale, curves. */

import type { FeatureSource } from "../evaluation/runs/photo_features.ts";
import { imageRoc } from "../evaluation/curves.ts";
import { type DataPlan, type Job, openCategory } from "../evaluation/runs/jobs.ts";
import { gatherScales } from "../evaluation/map_scales.ts";
import { geometryOf } from "../evaluation/published.ts";
import type { Report, Run } from "../evaluation/report.ts";
import { readResult } from "../evaluation/runs/run_jobs.ts";
import { encodeJpegNatively } from "../image/encode.ts";
import {
  defaultGeometry,
  type Geometry,
  type MaskFilter,
  preprocessImage,
  preprocessMask,
} from "../image/preprocess.ts";
import type { ResultsFolder } from "../store/results_folder.ts";
import type { Sample } from "../types.ts";
import type { PageData, PagePhoto, PageRun } from "./page_data.ts";

/** Cells on a side of the maps in a page: an anomaly map is smoothed by 4 pixels of 224. */
const MAP_SIDE = 64;
/** Cells on a side of the true defects in a page. */
const MASK_SIDE = 112;
/** Pixels on a side of the photos in a page, at most. */
const PHOTO_SIDE = 224;
const QUALITY = 80;

/** A method's maps of one category share a scale: another category's would drown them. */
const scaleName = ({ label, category }: Run): string => JSON.stringify([label, category]);

/** What a page is made of. */
export interface CollectPageOptions {
  readonly title: string;
  /** The command line. */
  readonly command: string;
  readonly report: Report;
  readonly jobs: readonly Job[];
  /** With pictures. */
  readonly results: ResultsFolder;
  readonly data: DataPlan;
  /** Where photos are kept as the network sees them; without it they are read anew. */
  readonly features?: FeatureSource;
  readonly progress?: (done: number, total: number) => void;
}

/**
 * Everything that the report page shows. A photo is there once for each geometry at which it was
 * looked at, however many runs saw it.
 */
export async function collectPage(options: CollectPageOptions): Promise<PageData> {
  const { title, command, report, jobs, results, data, features, progress } = options;
  const scales = gatherScales();
  const photos: (() => Promise<PagePhoto>)[] = [];
  const places = new Map<string, number>();
  const found: SmallRun[] = [];
  for (const job of jobs) {
    for (const { run, pictures } of await readResult(job, results, { pictures: true })) {
      const geometry = geometryOf(run.options) ?? defaultGeometry;
      scales.add(scaleName(run), pictures?.maps ?? []);
      const dataset = await openCategory(data, job.category);
      const samples = new Map(dataset.test.map((sample) => [sample.id, sample]));
      const photoOf = (id: string): number => {
        const key = JSON.stringify([run.category, id, geometry]);
        const sample = samples.get(id);
        if (!sample) return -1;
        const of = { geometry, maskFilter: run.maskFilter, features };
        return places.getOrInsertComputed(
          key,
          () => photos.push(() => pagePhoto(run.category, sample, of)) - 1,
        );
      };
      const predictions = run.scores.map(({ id, score }, i) => {
        const map = pictures?.maps?.[i];
        return {
          photo: photoOf(id),
          score,
          map: map && shrink(map.data, map.shape[0], MAP_SIDE),
        };
      });
      found.push({
        run,
        pixelRoc: pictures?.pixelRoc,
        pro: pictures?.pro,
        predictions: predictions.filter(({ photo }) => photo >= 0),
      });
    }
  }
  // Scales are known when all maps were seen.
  const runs = found.map((one): PageRun => {
    const scale = scales.scaleOf(scaleName(one.run));
    return {
      ...one,
      imageRoc: imageRoc(one.run.scores),
      scale,
      mapSide: MAP_SIDE,
      predictions: one.predictions.map((prediction) => ({
        ...prediction,
        map: prediction.map && onScale(prediction.map, scale),
      })),
    };
  });
  return { title, command, report, runs, photos: await several(photos, progress) };
}

/** A run whose small maps are raw scores still. */
interface SmallRun extends Pick<PageRun, "run" | "pixelRoc" | "pro"> {
  readonly predictions: readonly {
    readonly photo: number;
    readonly score: number;
    readonly map: Float32Array | undefined;
  }[];
}

/** How many photos are read at a time. */
const DEPTH = 6;

/** Runs tasks, a few at a time, and gives their results in order. */
async function several<T>(
  tasks: readonly (() => Promise<T>)[],
  progress?: (done: number, total: number) => void,
): Promise<readonly T[]> {
  const found: T[] = [];
  let [next, done] = [0, 0];
  const work = async () => {
    for (let i = next++; i < tasks.length; i = next++) {
      found[i] = await tasks[i]();
      progress?.(++done, tasks.length);
    }
  };
  await Promise.all(Array.from({ length: DEPTH }, work));
  return found;
}

async function pagePhoto(
  category: string,
  sample: Sample,
  { geometry, maskFilter, features }: {
    readonly geometry: Geometry;
    readonly maskFilter: MaskFilter;
    readonly features: FeatureSource | undefined;
  },
): Promise<PagePhoto> {
  const { id, label, defect } = sample;
  const seen = features
    ? await features.seen(sample, geometry)
    : await preprocessImage(await sample.image(), geometry);
  const side = Math.min(PHOTO_SIDE, seen.width);
  const small = side === seen.width
    ? seen
    : await preprocessImage(seen, { resize: side, crop: side });
  const mask = await sample.mask();
  const truth = mask && preprocessMask(mask, geometry, { filter: maskFilter });
  const maskSide = Math.min(MASK_SIDE, geometry.crop);
  return {
    category,
    id,
    label,
    defect,
    jpeg: await encodeJpegNatively(small, { quality: QUALITY }),
    // A cell that holds any of a defect shows it: small ones must not vanish.
    mask: truth && Uint8Array.from(shrink(truth.data, truth.width, maskSide), Math.ceil),
    maskSide,
  };
}

/** Means over the cells of a coarser square, of pixels that lie in them. */
export function shrink(
  data: ArrayLike<number>,
  side: number,
  to: number,
): Float32Array {
  const small = new Float32Array(to * to);
  const edge = (cell: number) => Math.floor((cell * side) / to);
  for (let y = 0; y < to; y++) {
    const [top, bottom] = [edge(y), Math.max(edge(y + 1), edge(y) + 1)];
    for (let x = 0; x < to; x++) {
      const [left, right] = [edge(x), Math.max(edge(x + 1), edge(x) + 1)];
      let sum = 0;
      for (let i = top; i < bottom; i++) {
        for (let j = left; j < right; j++) sum += data[i * side + j];
      }
      small[y * to + x] = sum / ((bottom - top) * (right - left));
    }
  }
  return small;
}

/** Raw scores as 0…255 on a scale; what lies beyond its ends is at its ends, as colours are. */
function onScale(scores: Float32Array, [low, high]: readonly [number, number]): Uint8Array {
  const unit = 255 / (high - low);
  const steps = new Uint8ClampedArray(scores.length);
  for (let i = 0; i < scores.length; i++) steps[i] = Math.round((scores[i] - low) * unit);
  return new Uint8Array(steps.buffer);
}
