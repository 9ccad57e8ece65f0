/** Published results beside ours: facts with their sources, never measured by this project. */

import mvtec from "./mvtec_ad.json" with { type: "json" };
import published from "./published.json" with { type: "json" };
import type { Options, OptionValue } from "../detectors/detector.ts";
import type { Geometry } from "../image/preprocess.ts";
import type { Run } from "./report.ts";

/** What a published row measures. */
export type PublishedMetric = "imageAuroc" | "pixelAuroc" | "pro";

/** One published number. */
export interface PublishedResult {
  /** A fraction from 0 to 1. */
  readonly value: number;
  /** Backbone, size and settings, for example `WideResNet50-2, 224 px, coreset 1%`. */
  readonly config: string;
  readonly source: string;
  /** `paper`, `official code`, `re-implementation`, … */
  readonly kind: string;
  /**
   * Whether the run had as many photos as MVTec AD's category has. If not, it was another test,
   * or a part of it, and the numbers are not comparable.
   */
  readonly samePhotos: boolean;
}

interface Row {
  readonly method: string;
  readonly config: string;
  readonly metric: string;
  /** Percent, over all categories; null where none was published. */
  readonly mean: number | null;
  /** Percent; null where only a mean was published. */
  readonly perCategory: Readonly<Record<string, number>> | null;
  readonly source: string;
  readonly kind: string;
}

/** Method names here, and as the publications write them. */
const titles: Readonly<Record<string, string>> = {
  "spade": "SPADE",
  "gaussian-ad": "Gaussian AD",
  "padim": "PaDiM",
  "patchcore": "PatchCore",
};

const percentOf = (config: string): number => Number(/coreset (\d+)%/.exec(config)?.[1] ?? NaN);

interface Counts {
  readonly train: number;
  readonly testGood: number;
  readonly testDefective: number;
}

/** What of a run decides which published row is nearest. */
export type ComparedRun = Pick<
  Run,
  "dataset" | "method" | "category" | "backbone" | "options" | "trainImages" | "testImages"
>;

/**
 * The published number nearest to a run: the paper's before others', and among PatchCore's the
 * one whose coreset is nearest to the run's; an ensemble's beside an ensemble, and one network's
 * beside the same network.
 *
 * @returns undefined where nothing is published for that method, category and metric, or the run
 * was not on a folder in MVTec AD's layout
 */
export function publishedResult(
  run: ComparedRun,
  metric: PublishedMetric,
): PublishedResult | undefined {
  if (run.dataset !== "mvtec") return undefined;
  const found = nearestRow(
    run,
    metric,
    ({ perCategory }) =>
      perCategory && Object.hasOwn(perCategory, run.category)
        ? perCategory[run.category]
        : undefined,
  );
  if (!found) return undefined;
  const counts = (mvtec.categories as Readonly<Record<string, Counts>>)[run.category];
  return {
    ...found,
    samePhotos: counts.train === run.trainImages &&
      counts.testGood + counts.testDefective === run.testImages,
  };
}

/** The categories of MVTec AD. */
export const mvtecCategories: readonly string[] = Object.keys(mvtec.categories);

/**
 * The published mean over MVTec AD's fifteen categories that is nearest to runs on all of them.
 *
 * @param runs one a category
 * @returns undefined where a category is missing or is there twice, or no mean is published
 */
export function publishedMean(
  runs: readonly ComparedRun[],
  metric: PublishedMetric,
): PublishedResult | undefined {
  const names = runs.map(({ category }) => category);
  const complete = runs.every(({ dataset }) => dataset === "mvtec") &&
    names.length === mvtecCategories.length && mvtecCategories.every((one) => names.includes(one));
  if (!complete) return undefined;
  const found = nearestRow(runs[0], metric, ({ mean }) => mean ?? undefined);
  if (!found) return undefined;
  const counts = mvtec.categories as Readonly<Record<string, Counts>>;
  const samePhotos = runs.every(({ category, trainImages, testImages }) => {
    const { train, testGood, testDefective } = counts[category];
    return train === trainImages && testGood + testDefective === testImages;
  });
  return { ...found, samePhotos };
}

function nearestRow(
  run: ComparedRun,
  metric: PublishedMetric,
  valueOf: (row: Row) => number | undefined,
): Omit<PublishedResult, "samePhotos"> | undefined {
  // A preset of a method, such as patchcore-2022-ensemble, is compared with that method's rows.
  const base = Object.keys(titles).find((name) => `${run.method}-`.startsWith(`${name}-`));
  const title = base && titles[base];
  const rows = (published.rows as readonly Row[]).filter((row) =>
    row.method === title && row.metric === metric && valueOf(row) !== undefined
  );
  const coreset = Number(optionOf(run.options, "coreset") ?? 0.01);
  const members = run.backbone.split("+").length;
  const cost = ({ config, kind }: Row): number => {
    const apart = Math.abs(Math.log(percentOf(config) / (100 * coreset)));
    return (config.startsWith("ensemble") === members > 1 ? 0 : 4000) +
      (kind === "paper" ? 0 : 2000) + (sameBackbones(config, run.backbone) ? 0 : 1000) +
      (Number.isNaN(apart) ? 0 : apart);
  };
  const best = rows.toSorted((a, b) => cost(a) - cost(b))[0];
  const value = best && valueOf(best);
  if (value === undefined) return undefined;
  const { config, source, kind } = best;
  return { value: value / 100, config, source, kind };
}

/** An option of a run; of an ensemble, its first member's. */
export function optionOf(options: Options, name: string): OptionValue | undefined {
  if (Object.hasOwn(options, name)) return options[name];
  const { members } = options;
  const [first] = Array.isArray(members) ? members as readonly Options[] : [];
  const own = first?.options;
  return own !== null && typeof own === "object" && !Array.isArray(own)
    ? (own as Options)[name]
    : undefined;
}

/** The geometry that a run's options tell; an ensemble's is its members'. */
export function geometryOf(options: Options): Geometry | undefined {
  const found = optionOf(options, "geometry");
  const known = found !== null && typeof found === "object" && "crop" in found && "resize" in found;
  return known ? found as unknown as Geometry : undefined;
}

const NETWORK = /WideResNet\d+-2|ResNeXt\d+-\d+x\d+d|ResNet\d+|DenseNet\d+|EfficientNet-B\d|CaiT/g;

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

/** The networks that a published configuration names. */
function networksIn(config: string): readonly string[] {
  return config.match(NETWORK) ?? [];
}

function sameBackbones(config: string, backbone: string): boolean {
  const theirs = networksIn(config).map(plain).toSorted();
  return theirs.join() === backbone.split("+").map(plain).toSorted().join();
}

/**
 * In what a run is known to differ from a published configuration, in words: network, image size,
 * coreset, neighbours, dimensions, masks, number of photos.
 */
export function knownDifferences(
  run: ComparedRun & Pick<Run, "maskFilter">,
  { config, samePhotos }: Pick<PublishedResult, "config" | "samePhotos">,
): readonly string[] {
  const found: string[] = [];
  const compare = (theirs: string | undefined, ours: unknown, unit: (value: string) => string) => {
    if (theirs === undefined || Number(theirs) === Number(ours)) return;
    found.push(`${unit(theirs)} there${ours === undefined ? "" : `, ${unit(String(ours))} here`}`);
  };
  if (networksIn(config).length > 0 && !sameBackbones(config, run.backbone)) {
    found.push(`${networksIn(config).join(" + ")} there, ${run.backbone} here`);
  }
  compare(/(\d+) px/.exec(config)?.[1], geometryOf(run.options)?.crop, (value) => `${value} px`);
  const coreset = optionOf(run.options, "coreset");
  compare(
    /coreset (\d+)%/.exec(config)?.[1],
    coreset === undefined ? undefined : +(100 * Number(coreset)).toFixed(6),
    (value) => `coreset ${value} %`,
  );
  const neighbours = optionOf(run.options, "neighbours");
  compare(/K=(\d+)/.exec(config)?.[1], neighbours, (value) => `K = ${value}`);
  const dimensions = optionOf(run.options, "dimensions");
  compare(/(?:random|PCA) (\d+) dim/.exec(config)?.[1], dimensions, (value) => `d = ${value}`);
  if (/NPCA/.test(config) !== (optionOf(run.options, "reduction") === "npca")) {
    found.push(/NPCA/.test(config) ? "NPCA there" : "NPCA here");
  }
  if (/(?<!no )augmentation/.test(config)) found.push("augmented training photos there");
  if (run.maskFilter !== "nearest") found.push("eroded masks here");
  if (!samePhotos) found.push("another number of photos: another test, not to be compared");
  return found;
}
