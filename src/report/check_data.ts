/** Refuses page data that contradicts itself, before a page shows the wrong map beside a photo. */

import { cannot } from "../errors.ts";
import type { Run } from "../evaluation/report.ts";
import type { PageCurve, PageData, PagePhoto, PageRun } from "./page_data.ts";

const ACTION = "write a report page";

/** What tells runs of one report apart. */
export function pageRunKey({ category, label, seed }: Run): string {
  return JSON.stringify([category, label, seed]);
}

/**
 * @throws {RangeError} when a run is not in the report or has no summary, a photo's index, a map's
 * or a mask's size is wrong, a number is not finite, a scale does not rise, or a curve's
 * coordinates differ in number
 * @throws {SyntaxError} when a photo is not a JPEG
 */
export function checkPageData({ report, runs, photos }: PageData): void {
  const known = new Set(report.runs.map(pageRunKey));
  if (known.size < report.runs.length) {
    throw refusal("category, label and seed must tell runs apart", repeated(report.runs));
  }
  for (const { category, label } of report.runs) {
    if (!report.summaries.some((one) => one.category === category && one.label === label)) {
      throw refusal("every run must have its summary", `none of ${label} on ${category}`);
    }
  }
  for (const photo of photos) checkPhoto(photo);
  for (const run of runs) {
    if (!known.has(pageRunKey(run.run))) {
      throw refusal("its runs must be in the report", nameOf(run));
    }
    checkRun(run, photos);
  }
}

function checkPhoto({ id, jpeg, mask, maskSide }: PagePhoto): void {
  if (!(jpeg[0] === 0xff && jpeg[1] === 0xd8)) {
    const found = jpeg.length === 0 ? "no bytes" : `begins with ${jpeg.subarray(0, 2).toHex()}`;
    throw cannot(ACTION, "photos must be JPEGs", `${found} (${id})`, SyntaxError);
  }
  if (mask !== undefined && !(maskSide >= 1 && mask.length === maskSide ** 2)) {
    throw refusal(
      "a mask must have maskSide² cells",
      `${mask.length}, maskSide ${maskSide} (${id})`,
    );
  }
  const odd = mask?.find((value) => value > 1);
  if (odd !== undefined) throw refusal("a mask's cells must be 0 or 1", `${odd} (${id})`);
}

function checkRun(run: PageRun, photos: readonly PagePhoto[]): void {
  const { scale: [low, high], mapSide, predictions } = run;
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    throw refusal("a colour scale must rise", `${low}…${high} (${nameOf(run)})`);
  }
  for (const { photo, score, map } of predictions) {
    const shown = photos[photo];
    if (shown === undefined) {
      throw refusal(
        "a prediction's photo must be there",
        `${photo} of ${photos.length} (${nameOf(run)})`,
      );
    }
    const found = `${shown.category} ${shown.id} (${nameOf(run)})`;
    if (shown.category !== run.run.category) {
      throw refusal("a run's photos must be of its category", found);
    }
    if (!Number.isFinite(score)) throw refusal("scores must be finite", `${score} of ${found}`);
    if (map !== undefined && !(mapSide >= 1 && map.length === mapSide ** 2)) {
      throw refusal(
        "a map must have mapSide² cells",
        `${map.length}, mapSide ${mapSide}: ${found}`,
      );
    }
  }
  for (const curve of [run.imageRoc, run.pixelRoc, run.pro]) {
    if (curve !== undefined) checkCurve(curve, nameOf(run));
  }
}

function checkCurve({ x, y }: PageCurve, of: string): void {
  if (x.length !== y.length || x.length === 0) {
    throw refusal("a curve needs as many x as y", `${x.length} and ${y.length} (${of})`);
  }
  const wrong = [...x, ...y].find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw refusal("a curve must be finite", `${wrong} (${of})`);
  const back = x.findIndex((value, i) => i > 0 && value < x[i - 1]);
  if (back > 0) throw refusal("a curve's x must rise", `${x[back]} after ${x[back - 1]} (${of})`);
}

function repeated(runs: readonly Run[]): string {
  const keys = runs.map(pageRunKey);
  return keys.find((key, i) => keys.indexOf(key) < i) ?? "";
}

function nameOf({ run: { category, label, seed } }: PageRun): string {
  return `${label} on ${category}, seed ${seed}`;
}

function refusal(requirement: string, found: string): Error {
  return cannot(ACTION, requirement, found);
}
