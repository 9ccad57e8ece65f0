/** Page data of any size, the same for the same seed, with names that try to break out. */

import { encodeJpeg } from "../../src/image/encode.ts";
import type {
  LiteratureRow,
  MetricName,
  PairedDifference,
  Report,
  Run,
  SeedEstimate,
  Summary,
} from "../../src/evaluation/report.ts";
import { type Random, seededRandom } from "../../src/random.ts";
import type {
  PageCurve,
  PageData,
  PagePhoto,
  PagePrediction,
  PageRun,
} from "../../src/report/page_data.ts";

/** A file's name that would run a script if it were ever markup. */
export const HOSTILE_ID = "test/</script><img src=x onerror=hacked=1><!--/000";
/** The same for a category, a method and the title. */
export const HOSTILE_CATEGORY = `weave "&amp;" <b onclick='hacked=1'>`;
export const HOSTILE_TITLE = "Report </title><script>hacked=1</script>";

const DEFECTS = ["crack", "stain", "<i>hole</i>"];
export const MAP_SIDE = 64;
export const MASK_SIDE = 56;
const PHOTO_SIDE = 224;

/** What was run: two methods with maps, one of them with two seeds, and one without maps. */
const VOICES = [
  { label: "patchcore", seed: 0, maps: true, skill: 2.4, milliseconds: 31 },
  { label: "padim d=100", seed: 0, maps: true, skill: 1.7, milliseconds: 12 },
  { label: "padim d=100", seed: 1, maps: true, skill: 1.8, milliseconds: 13 },
  { label: "dn2", seed: 0, maps: false, skill: 1, milliseconds: 9 },
];

export function samplePage(
  { photosPerCategory }: { readonly photosPerCategory: number },
): PageData {
  const random = seededRandom(7);
  const categories = ["cable", HOSTILE_CATEGORY];
  const jpegs = Array.from({ length: 12 }, () => jpegOf(random));
  const photos = categories.flatMap((category) =>
    Array.from({ length: photosPerCategory }, (_, i): PagePhoto => {
      const good = i % 3 === 0;
      const defect = good ? "good" : DEFECTS[i % DEFECTS.length];
      const number = String(i).padStart(3, "0");
      return {
        category,
        id: i === 1 ? HOSTILE_ID : `test/${defect}/${number}`,
        label: good ? "normal" : "anomalous",
        defect,
        jpeg: jpegs[i % jpegs.length],
        mask: i % 10 === 5 ? undefined : maskOf(good ? undefined : i),
        maskSide: i % 10 === 5 ? 0 : MASK_SIDE,
      };
    })
  );
  const runs = categories.flatMap((category) =>
    VOICES.map((voice) => pageRun(category, { voice, photos, random }))
  );
  return {
    title: HOSTILE_TITLE,
    command: "deno task eval --data '<b>photos</b>' --report out",
    report: reportOf(categories, runs.map(({ run }) => run)),
    runs,
    photos,
  };
}

function jpegOf(random: Random): Uint8Array {
  const data = new Uint8Array(3 * PHOTO_SIDE ** 2);
  const [red, green, blue] = [random.uniform(), random.uniform(), random.uniform()];
  for (let i = 0; i < PHOTO_SIDE ** 2; i++) {
    const [x, y] = [i % PHOTO_SIDE, Math.floor(i / PHOTO_SIDE)];
    const weave = 90 + 60 * Math.sin(x / 5) * Math.sin(y / 7) + 24 * random.uniform();
    data.set([weave * (0.5 + red), weave * (0.5 + green), weave * (0.5 + blue)], 3 * i);
  }
  return encodeJpeg({ width: PHOTO_SIDE, height: PHOTO_SIDE, data });
}

/** Where the defect of the i-th photo is, in shares of the side. */
const middleOf = (i: number) => [0.25 + (i * 0.37) % 0.5, 0.25 + (i * 0.61) % 0.5] as const;

function maskOf(i: number | undefined): Uint8Array {
  const mask = new Uint8Array(MASK_SIDE ** 2);
  if (i === undefined) return mask;
  const [x, y] = middleOf(i);
  return mask.map((_, at) => {
    const [column, row] = [at % MASK_SIDE, Math.floor(at / MASK_SIDE)];
    return Math.hypot(column - x * MASK_SIDE, row - y * MASK_SIDE) < 6 ? 1 : 0;
  });
}

function mapOf(i: number, { height, random }: { height: number; random: Random }): Uint8Array {
  const [x, y] = middleOf(i);
  return Uint8Array.from({ length: MAP_SIDE ** 2 }, (_, at) => {
    const [column, row] = [at % MAP_SIDE, Math.floor(at / MAP_SIDE)];
    const away = Math.hypot(column - x * MAP_SIDE, row - y * MAP_SIDE) / 9;
    return Math.min(255, 20 + height * Math.exp(-away * away) + 5 * random.uniform());
  });
}

function pageRun(
  category: string,
  { voice, photos, random }: {
    readonly voice: (typeof VOICES)[number];
    readonly photos: readonly PagePhoto[];
    readonly random: Random;
  },
): PageRun {
  const predictions = photos.flatMap(({ label, category: own }, photo): PagePrediction[] => {
    if (own !== category) return [];
    const score = 10 + random.uniform() + random.uniform() + random.uniform() +
      (label === "anomalous" ? voice.skill * random.uniform() : 0);
    const map = voice.maps ? mapOf(photo, { height: 70 * (score - 10), random }) : undefined;
    return [{ photo, score, map }];
  });
  const roc = rocOf(predictions, photos);
  const auroc = roc.x.reduce(
    (sum, x, i) => i === 0 ? 0 : sum + (x - roc.x[i - 1]) * (roc.y[i] + roc.y[i - 1]) / 2,
    0,
  );
  return {
    run: runOf(category, { voice, auroc, predictions, photos }),
    imageRoc: roc,
    pixelRoc: voice.maps ? steep(1, voice.skill) : undefined,
    pro: voice.maps ? steep(0.3, voice.skill) : undefined,
    scale: [8 + voice.seed, 14],
    mapSide: MAP_SIDE,
    predictions,
  };
}

function rocOf(predictions: readonly PagePrediction[], photos: readonly PagePhoto[]): PageCurve {
  const falling = predictions.toSorted((a, b) => b.score - a.score);
  const bad = falling.filter(({ photo }) => photos[photo].label === "anomalous").length;
  const [x, y] = [[0], [0]];
  let found = 0;
  falling.forEach(({ photo }, i) => {
    if (photos[photo].label === "anomalous") found++;
    x.push((i + 1 - found) / (falling.length - bad));
    y.push(found / bad);
  });
  return { x, y };
}

function steep(end: number, skill: number): PageCurve {
  const x = Array.from({ length: 120 }, (_, i) => end * i / 119);
  return { x, y: x.map((rate) => 1 - Math.exp(-rate * 12 * skill)) };
}

const interval = (value: number, half: number) =>
  ({
    lower: value - half,
    upper: Math.min(1, value + half),
    level: 0.95,
    method: "logit",
  }) as const;

function runOf(
  category: string,
  { voice, auroc, predictions, photos }: {
    readonly voice: (typeof VOICES)[number];
    readonly auroc: number;
    readonly predictions: readonly PagePrediction[];
    readonly photos: readonly PagePhoto[];
  },
): Run {
  const pixel = voice.maps ? 0.9 + voice.skill / 50 : null;
  return {
    dataset: "sample",
    category,
    method: voice.label.split(" ")[0],
    label: voice.label,
    backbone: "efficientnet_lite0",
    options: {
      levels: ["stage3", "stage5"],
      geometry: { resize: 256, crop: 224, filter: "bilinear" },
      coreset: 0.01,
      members: [{ name: "a" }, { name: "<u>b</u>" }],
      epsilon: null,
    },
    seed: voice.seed,
    trainImages: 60,
    testImages: predictions.length,
    skippedImages: voice.label === "dn2" ? ["test/crack/<s>999</s>"] : [],
    imageAuroc: auroc,
    pixelAuroc: pixel,
    aupro: pixel === null ? null : pixel - 0.05,
    imageAp: auroc,
    intervals: {
      imageAuroc: interval(auroc, 0.03),
      imageAurocBootstrap: interval(auroc, 0.031),
      pixelAuroc: pixel === null ? null : interval(pixel, 0.01),
      aupro: pixel === null ? null : interval(pixel - 0.05, 0.02),
    },
    maskFilter: "nearest",
    scores: predictions.map(({ photo, score }) => {
      const { id, label, defect } = photos[photo];
      return { id, label, defect, score };
    }),
    seconds: { read: 1, fit: 4 + voice.seed, predict: 2, metrics: 0.5, total: 7.5 },
    msPerImage: voice.milliseconds,
    cachedImages: 0,
    peakMemoryMb: 500 + voice.milliseconds,
  };
}

function reportOf(categories: readonly string[], runs: readonly Run[]): Report {
  const labels = [...new Set(runs.map(({ label }) => label))];
  const summaries = categories.flatMap((category) =>
    labels.map((label): Summary => {
      const own = runs.filter((run) => run.category === category && run.label === label);
      const estimate = (metric: MetricName): SeedEstimate | null => {
        const values = own.flatMap((run) => run[metric] ?? []);
        if (values.length === 0) return null;
        const value = values.reduce((a, b) => a + b, 0) / values.length;
        const seedDeviation = values.length > 1 ? Math.abs(values[0] - values[1]) / 2 : null;
        return { value, interval: interval(value, 0.03), seedDeviation };
      };
      return {
        category,
        label,
        method: own[0].method,
        seeds: own.map(({ seed }) => seed),
        imageAuroc: estimate("imageAuroc"),
        pixelAuroc: estimate("pixelAuroc"),
        aupro: estimate("aupro"),
        fitSeconds: own[0].seconds.fit,
        msPerImage: own[0].msPerImage,
        peakMemoryMb: own[0].peakMemoryMb,
      };
    })
  );
  const pairs = labels.flatMap((a, i) => labels.slice(i + 1).map((b) => [a, b] as const));
  const differences = categories.flatMap((category, c) =>
    pairs.map(([a, b], i): PairedDifference => ({
      category,
      metric: "imageAuroc",
      labels: [a, b],
      value: 0.04 * (i + 1) - 0.05 * c,
      ...interval(0.04 * (i + 1) - 0.05 * c, 0.05),
      p: 0.01 * (i + 1),
      adjustedP: 0.03 * (i + 1),
    }))
  );
  const literature = summaries.slice(0, 3).map((summary, i): LiteratureRow => ({
    category: summary.category,
    label: summary.label,
    metric: "imageAuroc",
    value: summary.imageAuroc?.value ?? 0,
    interval: i === 2 ? null : summary.imageAuroc?.interval ?? null,
    published: 0.98,
    difference: (summary.imageAuroc?.value ?? 0) - 0.98,
    inside: i === 2 ? null : i === 0,
    source: "Somebody <et al.> 2021, table 3",
    config: "WideResNet50-2, 224 px",
    kind: "paper",
    differs: ["backbone"],
  }));
  const across = {
    metric: "imageAuroc",
    categories,
    ranks: labels.map((label, i) => ({ label, meanRank: [1.2, 1.9, 2.9][i] })),
    friedmanP: 0.0004,
    criticalDifference: 1.1,
    pairs: pairs.map((labels, i) => ({
      labels,
      median: 0.02,
      p: 0.01 * (i + 1),
      adjustedP: 0.03 * (i + 1),
    })),
  } as const;
  return {
    version: "0.1.0",
    environment: { deno: "2.9.6", onnxruntime: "1.30.0", os: "linux", arch: "x86_64", cores: 2 },
    runs,
    summaries,
    differences,
    across: [across],
    literature,
  };
}
