/** `deno task metrics --compare`: how far apart metrics of the same name are, on the same maps. */

import { dirname } from "@std/path";
import { backboneNames, loadBackbone } from "../backbones/registry.ts";
import { openDataset } from "../data/dataset.ts";
import { keepPhotos } from "../data/keep_photos.ts";
import { limitDataset } from "../data/limit.ts";
import { readAhead } from "../data/read_ahead.ts";
import { generate } from "../data/synthetic.ts";
import type { Detector } from "../detectors/detector.ts";
import { createDetector, findMethod, methodNames } from "../detectors/registry.ts";
import { cannot } from "../errors.ts";
import { type Predictions, predictSamples } from "../evaluation/predictions.ts";
import { expectWritableFolder, writeFileWhole } from "../files.ts";
import type { Geometry } from "../image/preprocess.ts";
import type { GreyMask } from "../metrics/variants.ts";
import type { Dataset, Mask } from "../types.ts";
import { version } from "../version.ts";
import { type Given, helpText, parseCommand } from "./arguments.ts";
import { chooseSynthetic } from "../data/choose_synthetic.ts";
import { runCommand } from "./command.ts";
import { greyMask } from "./grey_mask.ts";
import { compareMetrics } from "./metrics_comparison.ts";
import type { Pixels } from "./metrics_input_groups.ts";
import { metricsTable } from "./metrics_table.ts";
import { onOwnPixels } from "./own_pixels.ts";
import { progressLine } from "./progress.ts";

const spec = {
  compare: {
    kind: "flag",
    help: "compute the exact metrics and those in circulation, and how far apart they are",
  },
  data: {
    kind: "text",
    value: "DIR",
    help: "MVTec AD's layout, or a folder of own photos; default: the generated data set",
  },
  category: {
    kind: "text",
    value: "NAME",
    help: "a category below DIR, or of the generated data set; default there: cable",
  },
  method: {
    kind: "text",
    value: "NAME",
    help: `${methodNames.join(", ")},\n` +
      "or a preset of deno task eval; default: patchcore",
  },
  seed: {
    kind: "number",
    value: "N",
    help: "of everything random in the method; default: 0",
    range: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  },
  limit: {
    kind: "number",
    value: "N",
    help: "at most N photos to fit on, and N to test of each defect and of the good ones",
    range: { least: 1, most: 1e6, whole: true },
  },
  json: { kind: "text", value: "FILE", help: "write the values as JSON, with all their digits" },
  help: { kind: "flag", help: "print this and stop" },
} as const;

const PURPOSE = "Computes the exact AUROC and AUPRO and the variants in circulation on the same " +
  "maps,\nand shows how far apart they are.";

const help = helpText({
  command: "deno task metrics --compare",
  purpose: PURPOSE,
  spec,
  notes: [
    "docs/metrics.md says what each variant computes. Exit code: 0 done, 1 failed, 2 bad usage.",
  ],
  examples: [
    ["deno task metrics --compare", "PatchCore on the generated cable"],
    [
      "deno task metrics --compare --data ~/mvtec --category hazelnut --json metrics.json",
      "a category of MVTec AD, with all digits",
    ],
  ],
});

async function openOne({ data, category, limit }: Given<typeof spec>): Promise<Dataset> {
  if (data !== undefined) return await openDataset(data, { category, limit });
  const [name, ...rest] = chooseSynthetic([category ?? "cable"]);
  if (rest.length > 0) {
    throw cannot("read the command", "--category is one name here", `"${category}"`);
  }
  const set = keepPhotos(await generate(name));
  return limit === undefined ? set : limitDataset(set, limit);
}

async function detectorOf(name: string, seed: number | undefined): Promise<Detector> {
  const { backbones = [backboneNames[0]] } = findMethod(name);
  const loaded = [];
  for (const backbone of backbones) loaded.push(await loadBackbone(backbone));
  return createDetector(name, loaded, { seed });
}

/** What one method says of a data set's test photos, and what a reader should know of it. */
interface Predicted {
  readonly predictions: Predictions;
  readonly geometry: Geometry;
  readonly about: {
    readonly dataset: string;
    readonly category: string;
    readonly method: string;
    readonly backbone: string;
    readonly seed: number;
    readonly trainImages: number;
    readonly testImages: number;
  };
}

async function fitAndPredict(
  detector: Detector,
  { name, category, train, test }: Dataset,
  progress: Parameters<typeof predictSamples>[2] = {},
): Promise<Predicted> {
  async function* normal() {
    for await (const { image } of readAhead(train)) yield image;
  }
  await using fitted = await detector.fit(normal(), { count: train.length, ...progress });
  const predictions = await predictSamples(fitted, test, progress);
  const { geometry, backbone, seed, trainImages } = fitted;
  const method = detector.name;
  const testImages = test.length;
  const about = { dataset: name, category, method, backbone, seed, trainImages, testImages };
  return { predictions, geometry, about };
}

/** Maps with all the masks that they are compared with; undefined where one is missing. */
async function pixelsOf(
  { predictions: { maps, masks, samples }, geometry }: Predicted,
): Promise<Pixels | undefined> {
  if (maps === undefined || masks === undefined) return undefined;
  const drawn: Mask[] = [];
  for (const sample of samples) {
    const mask = await sample.mask();
    if (mask) drawn.push(mask);
  }
  const greyMasks: GreyMask[] = [];
  for (const mask of drawn) greyMasks.push(await greyMask(mask, geometry));
  return { maps, masks, greyMasks, own: () => onOwnPixels({ maps, masks: drawn }, geometry) };
}

async function main(args: readonly string[]): Promise<void> {
  const given = parseCommand(spec, args);
  if (given.help) return console.log(help);
  if (!given.compare) {
    console.error(PURPOSE);
    throw cannot("read the command", "--compare is needed (--help lists the rest)", "none");
  }
  const detector = await detectorOf(given.method ?? "patchcore", given.seed);
  const dataset = await openOne(given);
  if (given.json) await expectWritableFolder(dirname(given.json));

  const line = progressLine();
  const start = performance.now();
  line.begin(`${dataset.category} ${detector.name}`);
  const found = await fitAndPredict(detector, dataset, { progress: line.show });
  const { predictions: { labels, scores, maps }, about } = found;
  const pixels = await pixelsOf(found);
  const groups = compareMetrics(
    { labels, scores, pixels },
    (done, total) => line.show({ stage: "metrics", done, total }),
  );
  if (groups.length === 0) {
    throw cannot(
      "compare metrics",
      "test photos must be good and bad, or have masks with a defect",
      `${about.testImages} photos, ${labels.filter((label) => label === 1).length} bad`,
    );
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  line.end(`fitted on ${about.trainImages}, tested on ${about.testImages} in ${seconds} s`);
  if (given.json) {
    await writeFileWhole(given.json, JSON.stringify({ version, ...about, groups }, null, 2) + "\n");
  }
  const { category, method, backbone, seed, trainImages, testImages } = about;
  console.log(
    `${category}: ${method} on ${backbone}, seed ${seed}, fitted on ${trainImages} photos, ` +
      `tested on ${testImages}\n`,
  );
  console.log(metricsTable(groups));
  if (pixels === undefined) {
    const what = maps === undefined ? `${method} makes no maps` : "not every test photo has a mask";
    console.log(`Pixel AUROC and AUPRO are left out: ${what}.`);
  }
}

if (import.meta.main) await runCommand(main);
