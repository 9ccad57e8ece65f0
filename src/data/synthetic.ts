/**
 * A data set that ships as code: cut cables and woven cloth, drawn from a seed, so that
 * everything runs with nothing downloaded.
 */

import { cannot } from "../errors.ts";
import { seededRandom } from "../random.ts";
import type { Dataset, Sample } from "../types.ts";
import { type Category, flaws, groundTruth, photograph } from "./synthetic/photo.ts";

/** `cable`: the cut face of three conductors in a sheath. `weave`: twill cloth. */
export type SyntheticCategory = Category;

/** What can be generated. */
export const syntheticCategories: readonly SyntheticCategory[] = ["cable", "weave"];

/** The defects of every category, in the order of its test photos. */
export const syntheticDefects: Readonly<Record<SyntheticCategory, readonly string[]>> = flaws;

/** What {@linkcode generate} may be told. */
export interface SyntheticOptions {
  /** Another seed, another data set; a whole number in 0…2⁵³−1. Default 0. */
  readonly seed?: number;
  /** Width and height in pixels, 64…4096; the scenes stay the same. Default 256. */
  readonly size?: number;
  /** Good photos to fit on, 1…1000. Default 60. */
  readonly train?: number;
  /** Good photos to test on, 1…1000. Default 16. */
  readonly testGood?: number;
  /** Photos of each defect, 1…1000. Default 6. */
  readonly testPerDefect?: number;
}

/** What {@linkcode generate} takes where it is not told. */
export const syntheticDefaults: Required<SyntheticOptions> = {
  seed: 0,
  size: 256,
  train: 60,
  testGood: 16,
  testPerDefect: 6,
};
const LIMITS = {
  size: [64, 4096],
  train: [1, 1000],
  testGood: [1, 1000],
  testPerDefect: [1, 1000],
} as const;

/**
 * What the drawing is told apart by: the hash of the hashes of pinned photos, which a test compares.
 * A drawing that changes them has to change it, so that nothing computed from older photos is taken.
 */
export const DRAWING = "ada75d06f5d2b899";

const ACTION = "generate a data set";

function checked(options: SyntheticOptions): Required<SyntheticOptions> {
  if (typeof options !== "object" || options === null) {
    throw cannot(ACTION, "its options must be a record", String(options), TypeError);
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(syntheticDefaults, name)) {
      const known = Object.keys(syntheticDefaults).join(", ");
      throw cannot(ACTION, `its options are ${known}`, name, TypeError);
    }
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const all = { ...syntheticDefaults, ...Object.fromEntries(given) };
  for (const [name, value] of Object.entries(all)) {
    if (typeof value !== "number") {
      throw cannot(ACTION, `${name} must be a number`, String(value), TypeError);
    }
  }
  for (const name of ["size", "train", "testGood", "testPerDefect"] as const) {
    const [low, high] = LIMITS[name];
    if (!Number.isInteger(all[name]) || all[name] < low || all[name] > high) {
      throw cannot(ACTION, `${name} must be a whole number in ${low}…${high}`, String(all[name]));
    }
  }
  seededRandom(all.seed); // Refuses a bad seed now, not when the first photo is taken.
  return all;
}

function dataset(category: SyntheticCategory, options: SyntheticOptions): Dataset {
  if (!syntheticCategories.includes(category)) {
    const known = syntheticCategories.join(" or ");
    throw cannot(ACTION, `its category must be ${known}`, String(category));
  }
  const { seed, size, train, testGood, testPerDefect } = checked(options);
  const samples = (folder: string, defect: string, count: number) =>
    Array.from({ length: count }, (_, index): Sample => {
      const id = `${folder}/${defect}/${String(index).padStart(3, "0")}`;
      const shot = { category, id, defect, seed, size };
      return {
        id,
        label: defect === "good" ? "normal" : "anomalous",
        defect,
        image: () => new Promise((resolve) => resolve(photograph(shot))),
        mask: () => new Promise((resolve) => resolve(groundTruth(shot))),
        content: () => Promise.resolve(`generated ${DRAWING} ${JSON.stringify(shot)}`),
      };
    });
  return {
    name: "synthetic",
    category,
    train: samples("train", "good", train),
    test: [
      ...samples("test", "good", testGood),
      ...flaws[category].flatMap((defect) => samples("test", defect, testPerDefect)),
    ],
  };
}

/**
 * Generates a data set in the shape of MVTec AD's: good photos to fit on, good and bad ones to
 * test on, and exact masks.
 *
 * - `cable`: a grey sheath, crumbly filler, and three conductors in fixed order (green and
 *   yellow, brown, blue) with a bundle of copper strands each. Defects: `bent_strand`,
 *   `cut_insulation`, `missing_conductor` (the whole conductor, or its copper only),
 *   `poked_hole`, and `swapped_conductor`: every patch looks good, only the order is wrong.
 * - `weave`: a 2/2 twill of light warp and darker weft. Defects: `broken_thread`,
 *   `foreign_thread`, `hole`, `stain`.
 *
 * Position, rotation, batches of colour, light, yarn, dust, lens and sensor vary from photo to
 * photo; size, place, contrast and number of the defects too, from obvious to subtle.
 *
 * A mask holds the pixels that the defect changed, known from its geometry, grown by what the
 * lens's blur carries them: 1 pixel at sizes below 768, 2 at 1024. Outside its mask, a photo equals
 * to the last bit the one that would have been taken without the defect. For
 * `missing_conductor` and `swapped_conductor` that is the whole disc of each conductor concerned,
 * or of the copper where only that is missing.
 *
 * Every photo has its own stream of random numbers: its bytes depend on category, id, seed and
 * size alone, not on the order in which photos are asked for, nor on how many there are. The
 * drawing uses + − × ÷ √ only, so that the bytes are the same on every machine.
 *
 * Nothing is drawn before it is asked for, and nothing is kept: `image()` and `mask()` draw anew.
 * O(size²) each: about 0.3 µs a pixel.
 *
 * Differs: from a real data set in that no photo was ever taken. Numbers measured here compare
 * methods and catch regressions; they say nothing about published results.
 *
 * @throws {RangeError} when the category is unknown, or an option is out of its range
 * @throws {TypeError} when an option is unknown or not a number
 *
 * @example
 * ```ts
 * const cable = await generate("cable", { size: 64, train: 2, testGood: 1, testPerDefect: 1 });
 * const bad = cable.test[1];
 * console.assert(bad.id === "test/bent_strand/000");
 * const [image, mask] = await Promise.all([bad.image(), bad.mask()]);
 * console.assert(image.data.length === 64 * 64 * 3);
 * console.assert(mask?.data.includes(1));
 * ```
 */
export function generate(
  category: SyntheticCategory,
  options: SyntheticOptions = {},
): Promise<Dataset> {
  return new Promise((resolve) => resolve(dataset(category, options)));
}
