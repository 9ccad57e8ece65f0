/** How much memory a fit will take, before it is begun. */

import type { Detector, Options, Tap } from "../../detectors/detector.ts";
import { networkBytes } from "./network_identity.ts";
import { optionOf } from "../published.ts";

/** Engine and program, with garbage that the program has no need to collect yet. */
const BASE = 450e6;
/** A constant in a graph, with the copies that the engine makes of it while it compiles. */
const COMPILED = 4.5;
/** Constants of so many bytes are fed, not compiled (`large_constants.ts`). */
const FED_FROM = 2 ** 27;
/** What is learnt from rows, beside the rows themselves, before it is compiled. */
const FED = 2;
/** PaDiM's: it works in the place of its rows. */
const IN_PLACE = 1.5;
/** PatchCore's: rows grow and are selected from. */
const SELECTED = 1.8;
/** PaDiM's factors beyond so many bytes take the place of its rows (`padim.ts`). */
const LARGEST_FACTOR = 2e9;

/**
 * An estimate from above of the bytes that fitting and predicting take in a process or worker of
 * its own: engine and program, the network's weights, the rows that are gathered of all photos, and
 * what is learnt from them, each with the copies that are made of it.
 *
 * The factors were measured with EfficientNet-Lite0 at 224 px on 20 to 240 photos; a test compares
 * each method's estimate with its peak on 60.
 *
 * @param images how many photos are fitted on
 */
export function estimateMemory({ name, options, taps }: Detector, images: number): number {
  const networks = [...Map.groupBy(taps, ({ backbone }) => backbone).values()];
  const learnt = networks.map((own) => {
    const maps = own.filter(({ pooled }) => !pooled);
    if (maps.length === 0) return 0;
    if (name.startsWith("spade")) return ofSpade(maps, images);
    if (name.startsWith("padim")) return ofPadim(maps, options, images);
    return ofPatchCore(maps, options, images);
  });
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  return BASE + sum(networks.map((own) => COMPILED * networkBytes(own))) + sum(learnt);
}

/** The levels of all photos, as they are. */
function ofSpade(maps: readonly Tap[], images: number): number {
  return maps.reduce((sum, tap) => sum + compiled(4 * images * cells(tap) * channels(tap)), 0);
}

/** Rows at the finest grid, and a factor at each position: d × d, or d × N for few photos. */
function ofPadim(maps: readonly Tap[], options: Options, images: number): number {
  const all = channelsOf(maps);
  const kept = Math.min(all, Number(optionOf(options, "dimensions") ?? all));
  const positions = finest(maps);
  const gathered = optionOf(options, "reduction") === "pca" ? all + kept : kept;
  const few = 2 * images <= kept ||
    (4 * positions * kept * kept > LARGEST_FACTOR && images <= kept);
  const height = few ? images : kept;
  return IN_PLACE * 4 * images * positions * gathered +
    compiled(4 * positions * kept * (height + 1));
}

/** Rows at the finest grid, their projections, and the share of them that is kept. */
function ofPatchCore(maps: readonly Tap[], options: Options, images: number): number {
  const number = (option: string, otherwise: number) =>
    Number(optionOf(options, option) ?? otherwise);
  const joined = optionOf(options, "pooling") === "official"
    ? maps.length * number("levelDimensions", 1024)
    : channelsOf(maps);
  const dimensions = number("dimensions", 0) || joined;
  const projection = optionOf(options, "sampling") === "random" ? 0 : number("projection", 0);
  const rows = images * finest(maps);
  return SELECTED * 4 * rows * (dimensions + projection) +
    compiled(4 * rows * dimensions * number("coreset", 1));
}

/** What becomes a constant of the graph that predicts. */
function compiled(bytes: number): number {
  return bytes < FED_FROM ? COMPILED * bytes : Math.max(COMPILED * FED_FROM, FED * bytes);
}

const channels = ({ backbone, level }: Tap): number => backbone.level(level).channels;
const channelsOf = (maps: readonly Tap[]): number =>
  maps.reduce((sum, tap) => sum + channels(tap), 0);
const cells = ({ backbone, geometry, level }: Tap): number =>
  Math.ceil(geometry.crop / backbone.level(level).stride) ** 2;
const finest = (maps: readonly Tap[]): number => Math.max(...maps.map(cells));
