/** `deno task eval`: fit on good photos, print how well the bad ones are found. */

import { dirname } from "@std/path";
import type { Backbone } from "../backbones/backbone.ts";
import { backboneNames, loadBackbone } from "../backbones/registry.ts";
import { openDataset } from "../data/dataset.ts";
import { listCategories } from "../data/mvtec.ts";
import { keepPhotos } from "../data/keep_photos.ts";
import { limitDataset } from "../data/limit.ts";
import { generate } from "../data/synthetic.ts";
import {
  createDetector,
  findMethod,
  methodNames,
  type Preset,
  presets,
} from "../detectors/registry.ts";
import type { Detector } from "../detectors/detector.ts";
import { cannot, didYouMean, isRefusal } from "../errors.ts";
import { assess } from "../evaluation/assess.ts";
import type { Environment, Report, Run } from "../evaluation/report.ts";
import { reportCsv, reportTable } from "../evaluation/table.ts";
import { expectWritableFolder, writeFileWhole } from "../files.ts";
import {
  aspects,
  checkGeometry,
  defaultGeometry,
  type Geometry,
  maskFilters,
  resizeFilters,
} from "../image/preprocess.ts";
import { engineVersion } from "../onnx/session.ts";
import type { Dataset } from "../types.ts";
import { version } from "../version.ts";
import { type Given, helpText, parseCommand } from "./arguments.ts";
import { chooseSynthetic } from "./categories.ts";
import { runCommand } from "./command.ts";
import { type MapBook, openMapBook } from "./maps.ts";
import { progressLine } from "./progress.ts";

/** Names with commas between, four to a line. */
function inLines(names: readonly string[]): string {
  return names.map((name, i) => `${i === 0 ? "" : i % 4 === 0 ? ",\n" : ", "}${name}`).join("");
}

const spec = {
  data: {
    kind: "text",
    value: "DIR",
    help: "MVTec AD's layout, or a folder of own photos (good/ and one folder a defect);\n" +
      "default: the generated data set",
  },
  category: {
    kind: "list",
    value: "A,B|all",
    help: "categories below DIR, or of the generated data set; default: all",
  },
  method: {
    kind: "list",
    value: "A,B",
    help: `methods: ${methodNames.join(", ")};\n` +
      "default: all of them that the photos are enough for\n" +
      `presets: ${inLines(Object.keys(presets))}`,
  },
  backbone: {
    kind: "list",
    value: "A,B",
    help: `of ${backboneNames.join(", ")}; default: ${backboneNames[0]}, or the preset's.\n` +
      "Several make an ensemble",
  },
  option: {
    kind: "list",
    value: "NAME=VALUE,…",
    help: "options of the methods, as in the library: score=reweighted,neighbours=3;\n" +
      "+ joins several: levels=stage3+stage5",
  },
  "image-size": {
    kind: "number",
    value: "PX",
    help: "side of the centred square that is looked at; default: 224, or the preset's",
    range: { least: 32, most: 4096, whole: true },
  },
  resize: {
    kind: "number",
    value: "PX",
    help: "shorter side before the crop; default: 8/7 of the image size (256 for 224), or in\n" +
      "the preset's proportion",
    range: { least: 32, most: 4096, whole: true },
  },
  filter: {
    kind: "text",
    value: "NAME",
    help: `how photos are resized: ${resizeFilters.join(", ")}; default: bilinear, or the preset's`,
  },
  aspect: {
    kind: "text",
    value: "NAME",
    help: "keep resizes the longer side in proportion, stretch makes a square of any photo;\n" +
      "default: keep, or the preset's",
  },
  "mask-filter": {
    kind: "text",
    value: "NAME",
    help: "how true masks are resized: nearest, or official, as the official PatchCore code,\n" +
      "which erodes them; default: nearest",
  },
  coreset: {
    kind: "number",
    value: "SHARE",
    help: "share of the patches that PatchCore's memory bank keeps, above 0 and at\n" +
      "most 1; default: 0.01",
    range: { least: 0, most: 1 },
  },
  seed: {
    kind: "number",
    value: "N",
    help: "of everything random in the methods; default: 0",
    range: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  },
  limit: {
    kind: "number",
    value: "N",
    help: "at most N photos to fit on, and N to test of each defect and of the good ones",
    range: { least: 1, most: 1e6, whole: true },
  },
  "skip-broken": {
    kind: "flag",
    help: "pass over photos that cannot be read, and count them",
  },
  json: { kind: "text", value: "FILE", help: "write the report as JSON" },
  csv: { kind: "text", value: "FILE", help: "write the report as CSV" },
  maps: {
    kind: "text",
    value: "DIR",
    help: "write an overlay for each test photo: photo, true defect, heat map; one fixed\n" +
      "colour scale for the whole run (one for each method, as their units differ)",
  },
  help: { kind: "flag", help: "print this and stop" },
} as const;

const help = helpText({
  command: "deno task eval",
  purpose: "Fits on good photos, then prints how well each method finds the bad ones.",
  spec,
  notes: [
    "Exit code: 0 done, 1 failed, 2 bad usage or input. Without Deno: npx -y deno@2.9.6 task eval",
  ],
  examples: [
    ["deno task eval", "the generated data set, nothing to download"],
    [
      "deno task eval --data ~/mvtec --category transistor,cable --json report.json",
      "two categories of MVTec AD, with a report",
    ],
    [
      "deno task eval --data ~/photos/brackets --maps maps",
      "own photos: good/ and a folder for each defect; masks are optional",
    ],
  ],
});

/** One of the names that an option can have; undefined where it was not given. */
function choiceOf<const T extends string>(
  given: Given<typeof spec>,
  option: "filter" | "aspect" | "mask-filter",
  choices: readonly T[],
): T | undefined {
  const name = given[option];
  if (name === undefined) return undefined;
  const choice = choices.find((one) => one === name);
  if (choice !== undefined) return choice;
  throw cannot(
    "read the command",
    `--${option} must be one of ${choices.join(", ")}`,
    `"${name}"${didYouMean(name, choices)}`,
  );
}

/** What was said of the geometry, over the preset's or the papers'; undefined for nothing. */
function geometryOf(
  given: Given<typeof spec>,
  { geometry: own = defaultGeometry }: Preset,
): Geometry | undefined {
  const { "image-size": size, resize } = given;
  const filter = choiceOf(given, "filter", resizeFilters);
  const aspect = choiceOf(given, "aspect", aspects);
  if ([size, resize, filter, aspect].every((part) => part === undefined)) return undefined;
  const crop = size ?? own.crop;
  const geometry: Geometry = {
    ...own,
    crop,
    resize: resize ?? Math.round((crop * own.resize) / own.crop),
    ...(filter && { filter }),
    ...(aspect && { aspect }),
  };
  checkGeometry(geometry);
  return geometry;
}

/** Said below the table: such numbers are not those of the masks as they were drawn. */
const ERODED = "masks: resized as by the official PatchCore code, which erodes them " +
  "(--mask-filter official)";

/** Options that are lists even with one entry. */
const LISTS = ["levels"];

/** `name=value` pairs; a value is a number, true, false, a list joined by +, or else a word. */
function optionsOf(pairs: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(pairs.map((pair) => {
    const [name, ...rest] = pair.split("=");
    const value = rest.join("=");
    if (name === "" || value === "") {
      throw cannot("read the command", "--option takes name=value", `"${pair}"`);
    }
    const known: Readonly<Record<string, unknown>> = { true: true, false: false };
    const number = Number(value);
    if (LISTS.includes(name) || (Number.isNaN(number) && value.includes("+"))) {
      return [name, value.split("+")];
    }
    return [
      name,
      Object.hasOwn(known, value) ? known[value] : Number.isNaN(number) ? value : number,
    ];
  }));
}

/** Every method or preset asked for, on its backbones. */
async function detectorsOf(given: Given<typeof spec>): Promise<Detector[]> {
  const names = given.method ?? methodNames;
  const found = names.map((name) => ({ name, preset: findMethod(name) }));
  if (given.coreset !== undefined && !found.some(({ preset }) => preset.method === "patchcore")) {
    throw cannot("read the command", "--coreset belongs to patchcore", names.join(", "));
  }
  const options = optionsOf(given.option);
  // Every geometry before any weights are read.
  const geometries = found.map(({ preset }) => geometryOf(given, preset));
  const loaded = new Map<string, Backbone>();
  for (const { preset } of found) {
    for (const name of given.backbone ?? preset.backbones ?? [backboneNames[0]]) {
      if (!loaded.has(name)) loaded.set(name, await loadBackbone(name));
    }
  }
  return found.map(({ name, preset }, i) => {
    const backbones = (given.backbone ?? preset.backbones ?? [backboneNames[0]])
      .flatMap((backbone) => loaded.get(backbone) ?? []);
    const coreset = preset.method === "patchcore" && given.coreset !== undefined
      ? { coreset: given.coreset }
      : {};
    return createDetector(name, backbones, {
      geometry: geometries[i],
      seed: given.seed,
      options: { ...coreset, ...options },
    });
  });
}

/** The data sets asked for, listed but not read. */
async function openAll({ data, category, limit }: Given<typeof spec>): Promise<Dataset[]> {
  if (data === undefined) {
    const names = chooseSynthetic(category);
    const sets = await Promise.all(names.map(async (name) => keepPhotos(await generate(name))));
    return limit === undefined ? sets : sets.map((set) => limitDataset(set, limit));
  }
  const all = category === undefined || category.includes("all");
  const names = all ? await listCategories(data) : category;
  if (names.length === 0) return [await openDataset(data, { limit })];
  return await Promise.all(names.map((name) => openDataset(data, { category: name, limit })));
}

async function main(args: readonly string[]): Promise<void> {
  const given = parseCommand(spec, args);
  if (given.help) return console.log(help);

  const maskFilter = choiceOf(given, "mask-filter", maskFilters);
  const detectors = await detectorsOf(given);
  const datasets = await openAll(given);
  for (const file of [given.json, given.csv]) if (file) await expectWritableFolder(dirname(file));
  if (given.maps) await expectWritableFolder(given.maps);

  const line = progressLine();
  const runs: Run[] = [];
  using book = given.maps ? openMapBook(given.maps) : undefined;
  let failure: unknown;
  /** A full disk under the overlays must not cost the numbers. */
  const keep = (...found: Parameters<MapBook["add"]>) => {
    if (failure !== undefined) return;
    try {
      book?.add(...found);
    } catch (error) {
      failure = error;
    }
  };
  let unfit: Error | undefined;
  const jobs = datasets.flatMap((dataset) => detectors.map((detector) => ({ dataset, detector })));
  try {
    for (const [i, { dataset, detector }] of jobs.entries()) {
      const of = { category: dataset.category, method: detector.name };
      line.begin(`[${i + 1}/${jobs.length}] ${of.category} ${of.method}`);
      try {
        const run = await assess(detector, dataset, {
          skipBroken: given["skip-broken"],
          maskFilter,
          progress: line.show,
          predicted: (found) => keep(of, found),
        });
        runs.push(run);
        line.end(summary(run));
      } catch (error) {
        // Nobody asked for this method by name: what it cannot do must not cost the others.
        if (given.method || !isUnfit(error)) throw error;
        unfit ??= error;
        line.end(`left out: ${error.message}`);
      }
    }
  } catch (error) {
    // What is done is kept, whatever happened to the rest.
    if (runs.length === 0) throw error;
    failure = error;
  }
  if (runs.length === 0 && unfit) throw unfit;

  const report: Report = { version, environment: environment(), runs };
  // The files first: whatever happens to the screen, the numbers are kept.
  if (given.json) await writeFileWhole(given.json, JSON.stringify(report, null, 2) + "\n");
  if (given.csv) await writeFileWhole(given.csv, reportCsv(report));
  console.log(reportTable(report));
  if (maskFilter === "official") console.log(ERODED);
  if (failure !== undefined) throw failure;
  if (book) {
    line.begin("maps");
    const count = await book.write((done, total) => line.show({ stage: "draw", done, total }));
    line.end(`${count} overlays written to ${given.maps}`);
  }
}

/** Whether a method refused the photos, as those with too few of them: `Cannot fit …`. */
function isUnfit(error: unknown): error is Error {
  return isRefusal(error) && error.message.startsWith("Cannot fit ");
}

function summary({ seconds, trainImages, testImages, skippedImages }: Run): string {
  const skipped = skippedImages.length > 0 ? `, skipped ${skippedImages.length} broken` : "";
  return `fitted on ${trainImages}, tested on ${testImages}${skipped} ` +
    `in ${seconds.total.toFixed(1)} s`;
}

function environment(): Environment {
  return {
    deno: Deno.version.deno,
    onnxruntime: engineVersion,
    os: Deno.build.os,
    arch: Deno.build.arch,
    cores: navigator.hardwareConcurrency,
  };
}

if (import.meta.main) await runCommand(main);
