/** From one recipe to another, one switch at a time. */

import type { Detector } from "../../detectors/detector.ts";
import { cannot, isRefusal } from "../../errors.ts";
import type { LabelPairs } from "../differences.ts";
import { dependencesOf } from "./option_dependence.ts";
import type { MethodPlan } from "../runs/plan.ts";
import { settingChanges, settingText } from "./recipe_changes.ts";
import {
  detectorOf,
  type LoadNetwork,
  methodPlanOf,
  type RecipeSettings,
  settingsKey,
} from "./recipe_settings.ts";

/** An end of a walk. */
export interface WalkEnd {
  readonly name: string;
  readonly settings: RecipeSettings;
}

/** A recipe on the way. */
export interface WalkStep {
  /** The switch that leads here from the step before; undefined for the first recipe. */
  readonly switched: string | undefined;
  /** What it is switched to, in short; empty for the first recipe. */
  readonly value: string;
  /** Unique in the walk: the first recipe's name, then such as `1 pooling=official`. */
  readonly label: string;
  /** What became of the detector and its evaluation: `pooling mean → official`, and what is bound
   * to it. */
  readonly changes: readonly string[];
  readonly settings: RecipeSettings;
  readonly detector: Detector;
}

/** The whole way; its first step is the one recipe and its last the other. */
export interface RecipeWalk {
  readonly from: WalkEnd;
  readonly to: WalkEnd;
  readonly steps: readonly WalkStep[];
}

/** From the photo to the score, as a recipe is written down: what comes first is switched first. */
export const switchOrder = [
  "aspect",
  "filter",
  "size",
  "masks",
  "backbone",
  "levels",
  "imageLevel",
  "level",
  "neighbourhood",
  "pooling",
  "levelDimensions",
  "upsampling",
  "aggregation",
  "reduction",
  "variance",
  "dimensions",
  "coreset",
  "sampling",
  "start",
  "projection",
  "ridge",
  "neighbours",
  "pixelNeighbours",
  "distance",
  "combine",
  "score",
  "reweightingNeighbours",
  "sigma",
] as const;

/** A switch: one of {@linkcode switchOrder}, or another option of the method. */
type Switch = string;

/**
 * Walks from a recipe to another of the same method. What belongs to an option moves with it
 * ({@linkcode dependencesOf}), and what a step alone would make impossible moves with that step,
 * such as levels that another backbone does not have; a switch that changes nothing is no step.
 *
 * @throws {RangeError} for recipes of two methods, or the same in every setting
 * @throws {RangeError | TypeError} for a recipe that cannot be made
 */
export async function recipeWalk(
  from: WalkEnd,
  to: WalkEnd,
  load: LoadNetwork,
): Promise<RecipeWalk> {
  const action = `walk from ${from.name} to ${to.name}`;
  if (from.settings.method !== to.settings.method) {
    const found = `${from.settings.method} and ${to.settings.method}`;
    throw cannot(action, "both recipes must be of one method", found);
  }
  const ends = [await made(from, load), await made(to, load)];
  const goal = settingsKey(to.settings, ends[1]);
  const first: WalkStep = {
    switched: undefined,
    value: "",
    label: from.name,
    changes: [],
    settings: from.settings,
    detector: ends[0],
  };
  const steps = [first];
  let { settings } = first;
  for (const name of switchesBetween(from.settings, to.settings)) {
    const next = await switchOne(settings, to.settings, { name, load });
    settings = next.settings;
    const before = steps[steps.length - 1];
    if (settingsKey(settings, next.detector) === settingsKey(before.settings, before.detector)) {
      continue;
    }
    const value = settingText(name, next);
    steps.push({
      switched: name,
      value,
      label: `${steps.length} ${name}=${value}`,
      changes: settingChanges(before, next, name),
      ...next,
    });
  }
  const last = steps[steps.length - 1];
  if (steps.length === 1) {
    throw cannot(action, "two recipes must differ", "they are the same in every setting");
  }
  if (settingsKey(last.settings, last.detector) !== goal) {
    // A setting that no switch knows would end the walk elsewhere, and nobody would see it.
    const missing = settingChanges(last, { settings: to.settings, detector: ends[1] }, "");
    throw cannot(action, "switches must lead all the way", missing.join(", "));
  }
  return {
    from,
    to,
    steps: [...steps.slice(0, -1), { ...last, label: `${last.label} = ${to.name}` }],
  };
}

async function made({ name, settings }: WalkEnd, load: LoadNetwork): Promise<Detector> {
  try {
    return await detectorOf(settings, load);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const on = settings.backbones.join("+");
    throw cannot(`walk with ${name} on ${on}`, "it must make a detector", error.message);
  }
}

/** What may differ, in the order of the walk; options that the order does not know come last. */
function switchesBetween(from: RecipeSettings, to: RecipeSettings): readonly Switch[] {
  const given = [...Object.keys(from.options), ...Object.keys(to.options)];
  const known: readonly string[] = switchOrder;
  return [...known, ...new Set(given.filter((name) => !known.includes(name)))];
}

interface Made {
  readonly settings: RecipeSettings;
  readonly detector: Detector;
}

/** One switch, and with it no more than is needed for a detector. */
async function switchOne(
  current: RecipeSettings,
  target: RecipeSettings,
  { name, load }: { readonly name: Switch; readonly load: LoadNetwork },
): Promise<Made> {
  const attempt = async (names: readonly Switch[]): Promise<Made> => {
    const settings = names.reduce((state, one) => withSwitch(state, target, one), current);
    return { settings, detector: await detectorOf(settings, load) };
  };
  const rest = switchesBetween(current, target).slice(
    switchesBetween(current, target).indexOf(name) + 1,
  ).filter((other) => withSwitch(current, target, other) !== current);
  // One more alone, then several: what could stay as it was stays.
  const more = [[], ...rest.map((other) => [other]), ...rest.map((_, i) => rest.slice(0, i + 1))];
  let refusal: unknown;
  for (const others of more) {
    try {
      return await attempt([name, ...others]);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}

/** Settings with one switch as the target has it; the same ones where it is so already. */
export function withSwitch(
  current: RecipeSettings,
  target: RecipeSettings,
  name: Switch,
): RecipeSettings {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const { geometry } = current;
  const { resize, crop, filter, aspect } = target.geometry;
  switch (name) {
    case "aspect":
      return aspect === geometry.aspect
        ? current
        : { ...current, geometry: { ...geometry, aspect } };
    case "filter":
      return filter === geometry.filter
        ? current
        : { ...current, geometry: { ...geometry, filter } };
    case "size":
      return resize === geometry.resize && crop === geometry.crop
        ? current
        : { ...current, geometry: { ...geometry, resize, crop } };
    case "masks":
      return target.maskFilter === current.maskFilter
        ? current
        : { ...current, maskFilter: target.maskFilter };
    case "backbone":
      return same(target.backbones, current.backbones)
        ? current
        : { ...current, backbones: target.backbones };
  }
  const moved = [name, ...boundTo(name, current, target)];
  if (moved.every((one) => same(current.options[one], target.options[one]))) return current;
  const kept = Object.entries(current.options).filter(([one]) => !moved.includes(one));
  const taken = Object.entries(target.options).filter(([one]) => moved.includes(one));
  return { ...current, options: Object.fromEntries([...kept, ...taken]) };
}

/** Options that say nothing before or after a switch, or mean another default then. */
function boundTo(
  name: Switch,
  current: RecipeSettings,
  target: RecipeSettings,
): readonly string[] {
  if (JSON.stringify(current.options[name]) === JSON.stringify(target.options[name])) return [];
  return dependencesOf(current.method)
    .filter(({ on, used, ownDefault }) =>
      on === name && (ownDefault || !used(current.options[on]) || !used(target.options[on]))
    )
    .map(({ option }) => option);
}

/** The steps as entries of plans: those before the masks are switched, and those from there on. */
export function walkMethods(
  { from, to, steps }: RecipeWalk,
): readonly (readonly MethodPlan[])[] {
  const filters = [...new Set([from.settings.maskFilter, to.settings.maskFilter])];
  return filters.map((filter) =>
    steps.filter(({ settings }) => settings.maskFilter === filter)
      .map(({ settings, label }) => methodPlanOf(settings, label))
  );
}

/** Each step less the one before, and the last less the first where that is another pair. */
export function walkPairs({ steps }: RecipeWalk): LabelPairs {
  const labels = steps.map(({ label }) => label);
  const pairs = labels.slice(1).map((label, i) => [label, labels[i]] as const);
  const total = [labels[labels.length - 1], labels[0]] as const;
  return pairs.length > 1 ? [...pairs, total] : pairs;
}
