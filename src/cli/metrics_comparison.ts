/** The exact metrics of one run and those in circulation, computed on the same maps. */

import { f1Group, imageGroup } from "./metrics_image_groups.ts";
import { maskGroup, type Pixels, scoreGroup } from "./metrics_input_groups.ts";
import { auproGroup, pixelGroup } from "./metrics_pixel_groups.ts";
import type { Group } from "./metrics_rows.ts";

/** Image scores, and where there are any, maps with their masks. */
export interface Compared {
  /** 1 anomalous, 0 normal. */
  readonly labels: readonly number[];
  readonly scores: readonly number[];
  readonly pixels?: Pixels;
}

/**
 * Computes every group that the data are enough for: image AUROC and F1 need photos of both kinds,
 * the rest maps and a defect in their masks.
 *
 * @param progress told how many groups are done
 */
export function compareMetrics(
  { labels, scores, pixels }: Compared,
  progress: (done: number, total: number) => void = () => {},
): Group[] {
  const both = labels.includes(0) && labels.includes(1);
  const flawed = pixels?.masks.some(({ data }) => data.includes(1)) ? pixels : undefined;
  const jobs = [
    ...(both ? [() => imageGroup(scores, labels), () => f1Group(scores, labels)] : []),
    ...(flawed
      ? [
        () => pixelGroup(flawed),
        () => auproGroup(flawed),
        () => maskGroup(flawed),
        () => scoreGroup(flawed, labels),
      ]
      : []),
  ];
  return jobs.map((job, i) => {
    const group = job();
    progress(i + 1, jobs.length);
    return group;
  });
}
