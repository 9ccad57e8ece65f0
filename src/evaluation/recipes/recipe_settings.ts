/** A recipe taken apart: all that its numbers depend on, so that single parts can be changed. */

import type { Backbone } from "../../backbones/backbone.ts";
import type { Detector, Options, OptionValue } from "../../detectors/detector.ts";
import { createDetector, findMethod, type MethodName } from "../../detectors/registry.ts";
import { cannot } from "../../errors.ts";
import {
  checkGeometry,
  defaultGeometry,
  describedGeometry,
  type Geometry,
  type MaskFilter,
} from "../../image/preprocess.ts";
import type { GivenOptions } from "./option_dependence.ts";
import { type MethodPlan, type PlanOption, recipesOf } from "../runs/plan.ts";
import { optionOf } from "../published.ts";

/** What a detector is made of but the seed, and how its maps are measured. */
export interface RecipeSettings {
  readonly method: MethodName;
  /** Several make an ensemble. */
  readonly backbones: readonly string[];
  readonly geometry: Required<Geometry>;
  readonly maskFilter: MaskFilter;
  /** Of the method, as given; each other one has its default for the backbone. */
  readonly options: GivenOptions;
}

/** Gives a backbone by name; the same one each time. */
export type LoadNetwork = (name: string) => Promise<Backbone>;

/** What is said over a recipe. */
export interface RecipeOverrides {
  /** `+` joins several. Default: the recipe's own, else `usual`. */
  readonly backbone?: string;
  readonly geometry?: Partial<Geometry>;
  /** Default: `"nearest"`. */
  readonly maskFilter?: MaskFilter;
  readonly options?: GivenOptions;
}

/**
 * A method or preset as settings of its plain method.
 *
 * @param usual the backbone of a recipe that names none
 * @throws {RangeError | TypeError} for an unknown name, weights that are missing, or an ensemble
 * whose members have different options, which no plain method can say
 */
export async function recipeSettings(
  name: string,
  { usual, load, ...overrides }: RecipeOverrides & {
    readonly usual: string;
    readonly load: LoadNetwork;
  },
): Promise<RecipeSettings> {
  const preset = findMethod(name);
  const { backbone, geometry, maskFilter = "nearest", options = {} } = overrides;
  const [recipe] = recipesOf({ methods: [{ method: name, backbone, geometry, options }] }, usual);
  const members: GivenOptions[] = [];
  for (const network of recipe.backbones) {
    members.push({ ...planOptions(name, preset.options(await load(network))), ...options });
  }
  const texts = members.map((member) => JSON.stringify(member));
  if (new Set(texts).size > 1) {
    throw cannot(
      `take ${name} apart`,
      "all members of an ensemble must have the same options",
      texts.map((text, i) => `${recipe.backbones[i]} ${text}`).join(", "),
    );
  }
  return {
    method: preset.method,
    backbones: recipe.backbones,
    geometry: describedGeometry(recipe.geometry ?? preset.geometry ?? defaultGeometry),
    maskFilter,
    options: members[0],
  };
}

/** Options of a preset, all of which a plan can say. */
function planOptions(name: string, options: Readonly<Record<string, unknown>>): GivenOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined).map(([option, value]) => {
      if (isPlanOption(value)) return [option, value];
      throw cannot(`take ${name} apart`, "a plan must be able to say its options", option);
    }),
  );
}

function isPlanOption(value: unknown): value is PlanOption {
  return ["number", "string", "boolean"].includes(typeof value) ||
    (Array.isArray(value) && value.every((entry) => typeof entry === "string"));
}

/**
 * The detector that settings are.
 *
 * @throws {RangeError | TypeError} for settings that do not fit together
 */
export async function detectorOf(settings: RecipeSettings, load: LoadNetwork): Promise<Detector> {
  const { method, backbones, geometry, options } = settings;
  const networks: Backbone[] = [];
  for (const name of backbones) networks.push(await load(name));
  checkGeometry(geometry);
  return createDetector(method, networks, { geometry, options });
}

/** Settings as an entry of a plan; the mask filter is the plan's. */
export function methodPlanOf(
  { method, backbones, geometry, options }: RecipeSettings,
  label: string,
): MethodPlan {
  return { method, label, backbone: backbones.join("+"), geometry, options };
}

/** All that a run's numbers depend on but the seed, as one text: equal texts give equal numbers. */
export function settingsKey(
  { backbones, maskFilter }: RecipeSettings,
  { options }: Pick<Detector, "options">,
): string {
  return JSON.stringify([backbones, maskFilter, options]);
}

/** A detector's options by name, defaults included; an ensemble's are its first member's. */
export function resolvedOptions({ options }: Pick<Detector, "options">): Options {
  const { members } = options;
  const [first] = Array.isArray(members) ? members as readonly Options[] : [];
  const found: OptionValue = first?.options ?? options;
  const own = typeof found === "object" && found !== null && !Array.isArray(found)
    ? found as Options
    : options;
  // Geometry and seed are told apart from a method's own options.
  const { geometry: _, seed: __, ...rest } = own;
  return rest;
}

/** How many photos of so many an ensemble puts aside; none for one network. */
export function heldOut({ options }: Pick<Detector, "options">, photos: number): number {
  const share = optionOf(options, "holdOut");
  return typeof share === "number" ? Math.min(photos, Math.max(2, Math.round(photos * share))) : 0;
}

/** Names of several levels, short: `stage3+5+head` for stage3, stage5 and head. */
export function levelsText(levels: readonly string[]): string {
  const parts = levels.map((level) => /^(.*?)(\d*)$/.exec(level) ?? ["", level, ""]);
  return parts.map(([, stem, number], i) => {
    const alike = number !== "" && parts[i - 1]?.[1] === stem && parts[i - 1][2] !== "";
    return alike ? number : stem + number;
  }).join("+");
}

/** The value of an option as tables have it. */
export function valueText(value: OptionValue | undefined): string {
  if (Array.isArray(value)) return levelsText(value.map(String));
  return value === undefined || value === null ? "–" : String(value);
}
