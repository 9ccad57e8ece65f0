/** What the page carries: one JSON block that names everything, and blocks of base64 beside it. */

import {
  type AcrossCategories,
  type Environment,
  type LiteratureRow,
  type MetricName,
  metricNames,
  metricTitles,
  type PairedDifference,
  type Run,
  type Summary,
} from "../evaluation/report.ts";
import { COLOUR_SCALE } from "../image/colour_scale.ts";
import { pageRunKey } from "./check_data.ts";
import { packPlanes } from "./pack_planes.ts";
import type { PageCurve, PageData, PagePhoto, PageRun } from "./page_data.ts";

/** A run without its scores: those are in its evidence. */
export type RunFacts = Omit<Run, "scores">;

/** A photo without its bytes. */
export interface PhotoFacts {
  readonly category: string;
  readonly id: string;
  readonly label: "normal" | "anomalous";
  readonly defect: string;
  /** 0 where nothing is known of its defects. */
  readonly maskSide: number;
}

/** What one run said of its photos; lists are in the order of the test part. */
export interface Evidence {
  /** In {@linkcode Payload.runs}. */
  readonly run: number;
  readonly imageRoc: PageCurve | undefined;
  readonly pixelRoc: PageCurve | undefined;
  readonly pro: PageCurve | undefined;
  readonly scale: readonly [low: number, high: number];
  readonly mapSide: number;
  /** In {@linkcode Payload.photos}. */
  readonly photos: readonly number[];
  readonly scores: readonly number[];
  /** Whether each has a map; maps stand one behind the other without gaps. */
  readonly mapped: readonly boolean[];
}

/** The JSON block. */
export interface Payload {
  readonly title: string;
  readonly command: string;
  readonly version: string;
  readonly environment: Environment;
  readonly metrics: readonly { readonly name: MetricName; readonly title: string }[];
  /** The colour scale, RGB after RGB, as base64. */
  readonly colours: string;
  readonly runs: readonly RunFacts[];
  readonly summaries: readonly Summary[];
  readonly differences: readonly PairedDifference[];
  readonly across: readonly AcrossCategories[];
  readonly literature: readonly LiteratureRow[];
  readonly evidence: readonly Evidence[];
  readonly photos: readonly PhotoFacts[];
}

/** A block of the page: its element's id, its type, and a text in which nothing ends a script. */
export interface Block {
  readonly id: string;
  readonly type: "application/json" | "text/plain";
  readonly text: string;
}

/**
 * All blocks: `page-data`, the JSON; `photos`, a line of base64 for each; `masks`; and `maps-I` for
 * evidence I. Masks and maps are packed by {@linkcode packPlanes}.
 */
export async function payloadBlocks(data: PageData): Promise<Block[]> {
  const masked = data.photos.flatMap(({ mask, maskSide }) =>
    mask === undefined ? [] : [{ bytes: mask, side: maskSide }]
  );
  const blocks: Block[] = [
    { id: "page-data", type: "application/json", text: json(payloadOf(data)) },
    {
      id: "photos",
      type: "text/plain",
      text: data.photos.map(({ jpeg }) => jpeg.toBase64()).join("\n"),
    },
    { id: "masks", type: "text/plain", text: (await packPlanes(masked)).toBase64() },
  ];
  for (const [i, { mapSide, predictions }] of data.runs.entries()) {
    const maps = predictions.flatMap(({ map }) =>
      map === undefined ? [] : [{ bytes: map, side: mapSide }]
    );
    const text = (await packPlanes(maps)).toBase64();
    blocks.push({ id: `maps-${i}`, type: "text/plain", text });
  }
  return blocks;
}

function payloadOf({ title, command, report, runs, photos }: PageData): Payload {
  const { version, environment, summaries, differences, across, literature } = report;
  const places = new Map(report.runs.map((run, i) => [pageRunKey(run), i]));
  return {
    title,
    command,
    version,
    environment,
    metrics: metricNames.map((name) => ({ name, title: metricTitles[name] })),
    colours: COLOUR_SCALE.toBase64(),
    runs: report.runs.map(({ scores: _, ...facts }) => facts),
    summaries,
    differences,
    across,
    literature,
    evidence: runs.map((run) => evidenceOf(run, places.get(pageRunKey(run.run)) ?? -1)),
    photos: photos.map(photoFacts),
  };
}

function photoFacts({ category, id, label, defect, mask, maskSide }: PagePhoto): PhotoFacts {
  return { category, id, label, defect, maskSide: mask === undefined ? 0 : maskSide };
}

function evidenceOf(
  { imageRoc, pixelRoc, pro, scale, mapSide, predictions }: PageRun,
  run: number,
): Evidence {
  return {
    run,
    imageRoc: imageRoc && short(imageRoc),
    pixelRoc: pixelRoc && short(pixelRoc),
    pro: pro && short(pro),
    scale,
    mapSide,
    photos: predictions.map(({ photo }) => photo),
    scores: predictions.map(({ score }) => score),
    mapped: predictions.map(({ map }) => map !== undefined),
  };
}

/** Five digits draw the same curve as seventeen, in a third of the space. */
function short({ x, y }: PageCurve): PageCurve {
  const rounded = (value: number): number => Number(value.toPrecision(5));
  return { x: x.map(rounded), y: y.map(rounded) };
}

/** JSON inside a script element: nothing in it may end the element or open a comment. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
