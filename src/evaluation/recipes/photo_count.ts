/** Whether photos are enough for a recipe, before any is read. */

import type { Detector } from "../../detectors/detector.ts";
import { cannot } from "../../errors.ts";
import { heldOut, type RecipeSettings, resolvedOptions } from "./recipe_settings.ts";

/** How many photos a category has to fit on. */
export interface PhotoCount {
  readonly category: string;
  readonly train: number;
}

/**
 * Refuses a recipe that the photos are not enough for: methods that look for K nearest photos need
 * K of them, and a memory bank must hold as many rows as are looked for in it.
 *
 * Counts are those of the listing: photos that turn out to be broken are not known of yet.
 *
 * @param action begins the message
 * @throws {RangeError}
 */
export function checkPhotoCount(
  action: string,
  detector: Detector,
  { settings, photos }: {
    readonly settings: RecipeSettings;
    readonly photos: readonly PhotoCount[];
  },
): void {
  const options = resolvedOptions(detector);
  const numberOf = (name: string): number => Number(options[name] ?? 0);
  for (const { category, train } of photos) {
    const fitted = train - heldOut(detector, train);
    const neighbours = numberOf("neighbours");
    if (settings.method === "dn2" || settings.method === "spade") {
      if (fitted >= neighbours) continue;
      throw cannot(
        action,
        `neighbours = ${neighbours} need as many good photos`,
        `${fitted} (${category})`,
      );
    }
    if (settings.method !== "patchcore") continue;
    const rows = fitted * patchesOf(detector);
    const bank = Math.max(1, Math.floor(rows * numberOf("coreset")));
    const reweighting = options.score === "reweighted" ? numberOf("reweightingNeighbours") : 1;
    const least = Math.max(neighbours, reweighting);
    if (bank >= least) continue;
    const name = least === neighbours ? "neighbours" : "reweightingNeighbours";
    throw cannot(
      action,
      `the memory bank must hold at least ${name} = ${least} rows`,
      `${bank} of ${rows} patches at coreset ${numberOf("coreset")} (${category})`,
    );
  }
}

/** Patches of a photo: cells of the finest level; of an ensemble the member with the fewest. */
function patchesOf({ taps }: Detector): number {
  const networks = Map.groupBy(taps.filter(({ pooled }) => !pooled), ({ backbone }) => backbone);
  const counts = [...networks.values()].map((own) =>
    Math.max(
      ...own.map(({ backbone, geometry, level }) =>
        Math.ceil(geometry.crop / backbone.level(level).stride) ** 2
      ),
    )
  );
  return Math.min(...counts);
}
