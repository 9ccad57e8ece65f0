/** Curves for the eye: exact ones, thinned to what a screen can show. */

import { proCurve } from "../metrics/pro.ts";
import { pixelRocCurve, rocCurve } from "../metrics/roc.ts";
import type { AnomalyMap, Mask } from "../types.ts";
import type { Curve } from "./runs/evidence_file.ts";
import type { PhotoScore } from "./report.ts";

/** Points nearer than this to the last one, in both directions, are left out. */
const STEP = 1 / 400;

/** Both ends, and every point that is far enough from the one kept before. */
export function thin(x: ArrayLike<number>, y: ArrayLike<number>): Curve {
  const kept = { x: [x[0]], y: [y[0]] };
  const last = x.length - 1;
  for (let i = 1; i <= last; i++) {
    const end = kept.x.length - 1;
    const far = Math.abs(x[i] - kept.x[end]) >= STEP || Math.abs(y[i] - kept.y[end]) >= STEP;
    if (!far && i < last) continue;
    kept.x.push(x[i]);
    kept.y.push(y[i]);
  }
  return kept;
}

/** The ROC curve of photos; undefined where all are of one kind. */
export function imageRoc(scores: readonly PhotoScore[]): Curve | undefined {
  const labels = scores.map(({ label }) => label === "anomalous" ? 1 : 0);
  if (!labels.includes(0) || !labels.includes(1)) return undefined;
  const found = rocCurve(scores.map(({ score }) => score), labels, { dropCollinear: true });
  return thin(found.falsePositiveRate, found.truePositiveRate);
}

/** The curves of pixels and regions; undefined without maps, masks, or
 * pixels of both kinds in them. */
export function localisationCurves(
  maps: readonly AnomalyMap[] | undefined,
  masks: readonly Mask[] | undefined,
): { readonly pixelRoc: Curve | undefined; readonly pro: Curve | undefined } {
  const has = (label: number) => masks?.some(({ data }) => data.includes(label)) ?? false;
  if (!maps || !masks || !has(1) || !has(0)) {
    return { pixelRoc: undefined, pro: undefined };
  }
  const roc = pixelRocCurve(maps, masks);
  const pro = proCurve(maps, masks);
  return {
    pixelRoc: thin(roc.falsePositiveRate, roc.truePositiveRate),
    pro: thin(pro.falsePositiveRate, pro.perRegionOverlap),
  };
}
