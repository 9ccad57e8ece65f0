/** How much memory a fit will take, before it is begun. */

import type { Detector, Options, Tap } from "../detectors/detector.ts";
import { optionOf } from "./published.ts";

/** Engine, network and program. */
const BASE = 450e6;
/** What is held beside the rows that a fit gathers: projections, banks, the engine's copies. */
const FACTOR = 2.2;

/**
 * An estimate from above of the bytes that fitting and predicting take in a process or worker of
 * its own: the rows that are gathered of all photos, at the finest grid where levels are joined,
 * times a factor that was measured (`bench/memory_bench.ts`), and what the engine takes anyway.
 *
 * @param images how many photos are fitted on
 */
export function estimateMemory({ name, options, taps }: Detector, images: number): number {
  const maps = taps.filter(({ pooled }) => !pooled);
  const perPhoto = name.startsWith("spade")
    ? maps.reduce((sum, tap) => sum + cells(tap) * channels(tap), 0)
    : joined(maps, options);
  return BASE + FACTOR * 4 * images * perPhoto;
}

/** Numbers a photo where all levels of a network are joined at the finest grid. */
function joined(maps: readonly Tap[], options: Options): number {
  const networks = Map.groupBy(maps, ({ backbone }) => backbone);
  let total = 0;
  for (const own of networks.values()) {
    const all = own.reduce((sum, tap) => sum + channels(tap), 0);
    // PaDiM takes random dimensions before it gathers.
    const kept = optionOf(options, "reduction") === "random"
      ? Number(optionOf(options, "dimensions") ?? all)
      : all;
    total += Math.max(...own.map(cells)) * Math.min(all, kept);
  }
  return total;
}

const channels = ({ backbone, level }: Tap): number => backbone.level(level).channels;
const cells = ({ backbone, geometry, level }: Tap): number =>
  Math.ceil(geometry.crop / backbone.level(level).stride) ** 2;
