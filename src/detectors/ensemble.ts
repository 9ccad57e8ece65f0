/**
 * Several detectors as one: every member's scores are brought to one scale by held-out good
 * photos, then averaged, so that a single photo can be scored.
 *
 * Source: Roth et al. 2022, section 4.4 (PatchCore on three backbones).
 * Differs: the official code scales each member over the whole test set.
 */

import { cannot } from "../errors.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";
import { type Random, seededRandom } from "../random.ts";
import { shapeText } from "../tensor.ts";
import { calibrate, type Calibration } from "./calibration.ts";
import type { Detector, FitContext, Fitted, Photo } from "./detector.ts";
import { fanOut, type Reader } from "./fan_out.ts";
import { createFitted, partsOf } from "./fitted.ts";
import { expectPhotos } from "./gather_rows.ts";
import { expectNumber, expectWhole, withDefaults } from "./options.ts";

/** Options of {@linkcode ensemble}. */
export interface EnsembleOptions {
  /**
   * The share of the good photos, in (0, 1), on which members are calibrated and not fitted; at
   * least two photos. Default 0.15.
   */
  readonly holdOut?: number;
  /** Of the choice of held-out photos; default 0. */
  readonly seed?: number;
  /** The ensemble's name in reports; default: the first member's. */
  readonly name?: string;
}

const METHOD = "an ensemble";
const LEAST_HELD_OUT = 2;

/** One member's scales. */
interface MemberScale {
  readonly score: Calibration;
  /** Over all pixels of the held-out maps; undefined where members do not localise. */
  readonly map: Calibration | undefined;
}

/**
 * An ensemble of detectors, of one method on several backbones or of several methods.
 *
 * s = mean over members of (sᵢ − μᵢ)/σᵢ, and the same for maps pixel by pixel, with μᵢ and σᵢ of
 * member i on held-out good photos. Every photo is read once, whatever the number of members.
 * A map is given where every member gives one.
 *
 * Cost: the sum of the members'.
 *
 * @throws {RangeError} for fewer than two members, or members whose photos are cropped unlike
 *
 * @example
 * ```ts
 * import { generate, loadBackbone, patchCore } from "@kizu/kizu";
 * const { train, test } = await generate("weave", { size: 64, train: 6 });
 * const backbone = await loadBackbone("efficientnet_lite0");
 * const options = { geometry: { resize: 64, crop: 64 }, coreset: 0.5 };
 * const both = ensemble([
 *   patchCore(backbone, options),
 *   patchCore(backbone, { ...options, levels: ["stage4"] }),
 * ], { holdOut: 0.4 });
 * await using fitted = await both.fit(await Promise.all(train.map((s) => s.image())));
 * console.assert(Number.isFinite((await fitted.predict(await test[0].image())).score));
 * ```
 */
export function ensemble(members: readonly Detector[], options: EnsembleOptions = {}): Detector {
  if (!Array.isArray(members) || !members.every((member) => typeof member?.fit === "function")) {
    throw cannot(`make ${METHOD}`, "its members must be detectors", String(members), TypeError);
  }
  if (members.length < 2) {
    throw cannot(`make ${METHOD}`, "at least 2 members are needed", String(members.length));
  }
  const settings = withDefaults<Required<EnsembleOptions>>(METHOD, options, {
    holdOut: 0.15,
    seed: 0,
    name: members[0].name,
  });
  expectNumber(METHOD, "holdOut", settings.holdOut, {
    range: "in (0, 1)",
    holds: (share) => share > 0 && share < 1,
  });
  if (typeof settings.name !== "string") {
    throw cannot(`make ${METHOD}`, "its name must be text", String(settings.name), TypeError);
  }
  expectWhole(METHOD, "seed", settings.seed, { least: 0, most: Number.MAX_SAFE_INTEGER });
  const described = {
    holdOut: settings.holdOut,
    members: members.map(({ name, options }) => ({ name, options })),
  };

  const fit: Detector["fit"] = async (normal, context = {}) => {
    expectPhotos(METHOD, normal, context);
    const known = Array.isArray(normal) ? normal.length : context.count;
    if (known !== undefined && known <= LEAST_HELD_OUT) {
      throw cannot(
        `fit ${METHOD}`,
        `at least ${LEAST_HELD_OUT + 1} good photos are needed, ${LEAST_HELD_OUT} of them held out`,
        String(known),
      );
    }
    const heldOut: Photo[] = [];
    const kept = keepBack(normal, heldOut, {
      holdOut: settings.holdOut,
      count: known,
      random: seededRandom(settings.seed, "hold out"),
    });
    const streams = fanOut(kept, members.length);
    const count = known && known - heldOutCount(known, settings.holdOut);
    const fitted = await fitAll(members, streams, { ...context, count });
    try {
      expectAlike(fitted);
      if (heldOut.length < LEAST_HELD_OUT) {
        throw cannot(
          `fit ${METHOD}`,
          `at least ${LEAST_HELD_OUT} good photos must be held out`,
          `${heldOut.length} at a share of ${settings.holdOut}`,
        );
      }
      const scales: MemberScale[] = [];
      for (const member of fitted) scales.push(await scaleOf(member, heldOut, context));
      const parts = fitted.map(partsOf);
      return await createFitted({
        name: settings.name,
        backbones: parts.flatMap(({ backbones }) => backbones),
        options: { ...described, heldOutImages: heldOut.length },
        geometry: parts[0].geometry,
        seed: settings.seed,
        trainImages: parts[0].trainImages + heldOut.length,
        build: (g, photo) => combine(g, parts.map(({ build }) => build(g, photo)), scales),
      }, context);
    } finally {
      for (const member of fitted) await member.dispose();
    }
  };
  return Object.freeze({
    name: settings.name,
    options: described,
    taps: members.flatMap(({ taps }) => taps),
    fit,
  });
}

function heldOutCount(count: number, share: number): number {
  return Math.min(count, Math.max(LEAST_HELD_OUT, Math.round(count * share)));
}

/**
 * The photos to fit on; the others are put aside. Where their number is known a random share of
 * exactly that size is put aside (selection sampling); else every so many-th photo.
 *
 * Source: Knuth, The Art of Computer Programming 2, algorithm 3.4.2 S.
 */
async function* keepBack(
  normal: AsyncIterable<Photo> | Iterable<Photo>,
  heldOut: Photo[],
  { holdOut, count, random }: {
    readonly holdOut: number;
    readonly count: number | undefined;
    readonly random: Random;
  },
): AsyncGenerator<Photo> {
  const wanted = count === undefined ? undefined : heldOutCount(count, holdOut);
  let seen = 0;
  for await (const image of normal) {
    const aside = wanted === undefined || count === undefined
      ? Math.floor((seen + 1) * holdOut) > Math.floor(seen * holdOut)
      : random.uniform() < (wanted - heldOut.length) / Math.max(1, count - seen);
    seen++;
    if (aside) heldOut.push(image);
    else yield image;
  }
}

/** Fits all members at once on their streams; if one fails, those that did not are let go of. */
async function fitAll(
  members: readonly Detector[],
  streams: readonly Reader<Photo>[],
  context: FitContext,
): Promise<Fitted[]> {
  const fitOne = async (member: Detector, i: number): Promise<Fitted> => {
    try {
      return await member.fit(streams[i], {
        ...context,
        progress: context.progress &&
          ((progress) =>
            context.progress?.({ ...progress, stage: `${progress.stage} of member ${i + 1}` })),
      });
    } finally {
      streams[i].close();
    }
  };
  const results = await Promise.allSettled(members.map(fitOne));
  const failure = results.find((result) => result.status === "rejected");
  const fitted = results.flatMap((result) => result.status === "fulfilled" ? [result.value] : []);
  if (failure) {
    for (const member of fitted) await member.dispose();
    throw failure.reason;
  }
  return fitted;
}

function expectAlike(fitted: readonly Fitted[]): void {
  const crops = fitted.map(({ geometry }) => geometry.crop);
  const resizes = fitted.map(({ geometry }) => geometry.resize);
  const aspects = fitted.map(({ geometry }) => geometry.aspect ?? "keep");
  if ([crops, resizes, aspects].some((all: readonly unknown[]) => new Set(all).size > 1)) {
    throw cannot(
      `fit ${METHOD}`,
      "members must look at the same part of a photo",
      `crops ${shapeText(crops)}, resizes ${shapeText(resizes)}, aspects ${aspects.join(", ")}`,
    );
  }
}

async function scaleOf(
  member: Fitted,
  heldOut: readonly Photo[],
  context: FitContext,
): Promise<MemberScale> {
  const scores: number[] = [];
  const maps: Float32Array[] = [];
  for (const image of heldOut) {
    context.signal?.throwIfAborted();
    const { score, map } = await member.predict(image);
    scores.push(score);
    if (map) maps.push(map.data);
    context.progress?.({ stage: "calibration", done: scores.length, total: heldOut.length });
  }
  const what = `${member.name} on ${member.backbone}`;
  const pixels = new Float32Array(maps.reduce((sum, map) => sum + map.length, 0));
  maps.reduce((at, map) => {
    pixels.set(map, at);
    return at + map.length;
  }, 0);
  return {
    score: calibrate(scores, what),
    map: maps.length === heldOut.length ? calibrate(pixels, what) : undefined,
  };
}

/** The mean of the members' values after each was brought to its scale. */
function combine(
  g: Graph,
  members: readonly { readonly score: Value; readonly map?: Value }[],
  scales: readonly MemberScale[],
): { score: Value; map?: Value } {
  const mean = (values: readonly Value[]): Value =>
    g.multiply(values.reduce((sum, value) => g.add(sum, value)), g.scalar(1 / values.length));
  const scaled = (value: Value, { mean, deviation }: Calibration): Value =>
    g.multiply(g.subtract(value, g.scalar(mean)), g.scalar(1 / deviation));
  const maps = members.flatMap(({ map }, i) => {
    const { map: scale } = scales[i];
    return map && scale ? [scaled(map, scale)] : [];
  });
  return {
    score: mean(members.map(({ score }, i) => scaled(g.reshape(score, []), scales[i].score))),
    map: maps.length === members.length ? mean(maps) : undefined,
  };
}
