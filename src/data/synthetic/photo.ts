/** One photo of the generated data set, from its seed and its name. */

import { seededRandom } from "../../random.ts";
import type { Image, Mask } from "../../types.ts";
import { cable, paintCable } from "./cable.ts";
import { type CableFlaw, cableFlaws, paintFlawedCable } from "./cable_flaws.ts";
import { type Camera, camera, changedPixels, develop } from "./camera.ts";
import { type Canvas, canvas } from "./canvas.ts";
import { cableBatch } from "./plastic.ts";
import { cloth, clothBatch, paintCloth, paintFuzz } from "./weave.ts";
import { paintFlawedCloth, type WeaveFlaw, weaveFlaws } from "./weave_flaws.ts";

/** The defects of every category, in alphabetical order. */
export const flaws = { cable: cableFlaws, weave: weaveFlaws } as const;
export type Category = keyof typeof flaws;

/** Which photo. */
export interface Shot {
  readonly category: Category;
  /** For example `test/hole/003`; the scene depends on it and on the seed alone. */
  readonly id: string;
  /** `good`, or one of the category's defects. Only this is drawn differently for a good twin. */
  readonly defect: string;
  readonly seed: number;
  readonly size: number;
}

const BATCHES = 5;

/** The picture before it is developed, and the settings of the camera. */
function paint({ category, id, defect, seed, size }: Shot): [Canvas, Camera] {
  const random = seededRandom(seed, `${category}/${id}`);
  // Its own stream, so that the scene is the same with and without the defect.
  const chance = seededRandom(seed, `${category}/${id}/defect`);
  const batch = seededRandom(seed, `${category}/batch/${random.integer(BATCHES)}`);
  const settings = camera(random);
  const target = canvas(size);
  if (category === "cable") {
    const scene = cable(random, cableBatch(batch), settings.lamp);
    if (defect === "good") paintCable(target, scene);
    else paintFlawedCable(target, scene, defect as CableFlaw, chance);
  } else {
    const scene = cloth(random, clothBatch(batch), settings.lamp);
    if (defect === "good") paintCloth(target, scene);
    else paintFlawedCloth(target, scene, defect as WeaveFlaw, chance);
    paintFuzz(target, scene);
  }
  return [target, settings];
}

/** The photo's pixels. O(size²). */
export function photograph(shot: Shot): Image {
  const [picture, settings] = paint(shot);
  return develop(picture, settings);
}

/** The pixels that the defect changed; all zero for a good photo. O(size²). */
export function groundTruth(shot: Shot): Mask {
  if (shot.defect === "good") {
    const { size } = shot;
    return { width: size, height: size, data: new Uint8Array(size * size) };
  }
  return changedPixels(paint(shot)[0]);
}
