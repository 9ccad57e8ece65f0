/** What the tests of all detectors share: photos by formula, and predictions that have a map. */

import type { AnomalyMap, Image, Prediction } from "../../mod.ts";

/**
 * Photo k of the fixtures' make.py: a formula of x, y and channel, with a bright square where the
 * defect is.
 */
export function formulaPhoto(side: number, k: number, defect = false): Image {
  const data = new Uint8Array(side * side * 3);
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let c = 0; c < 3; c++, i++) {
        const inside = y >= 20 && y < 36 && x >= 28 && x < 44;
        data[i] = defect && inside
          ? 255 - 40 * c
          : (x * 3 + y * 2 + c * 29 + k * 5 + ((x * y + k * k) % 31) * 2) % 256;
      }
    }
  }
  return { width: side, height: side, data };
}

/** A prediction of a method that localises. */
export type Localised = Prediction & { readonly map: AnomalyMap };

/** The prediction, sure to have a map. */
export function localised({ score, map }: Prediction): Localised {
  if (map === undefined) throw new Error("the method must localise");
  return { score, map };
}
