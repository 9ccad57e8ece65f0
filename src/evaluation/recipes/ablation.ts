/** An ablation: one recipe, and the same with one option changed at a time. */

import type { Detector } from "../../detectors/detector.ts";
import { cannot, didYouMean, isRefusal } from "../../errors.ts";
import { aspects, type Geometry, resizeFilters } from "../../image/preprocess.ts";
import type { LabelPairs } from "../differences.ts";
import { isUsed, withOption } from "./option_dependence.ts";
import type { MethodPlan, PlanOption } from "../runs/plan.ts";
import { checkPhotoCount, type PhotoCount } from "./photo_count.ts";
import {
  detectorOf,
  type LoadNetwork,
  methodPlanOf,
  type RecipeSettings,
  resolvedOptions,
  settingsKey,
  valueText,
} from "./recipe_settings.ts";
import { geometryNames, standardVariations } from "./standard_variations.ts";

/** The base with one option changed. */
export interface Variation {
  /** The option. */
  readonly name: string;
  /** As tables have it. */
  readonly value: string;
  /** Unique in the ablation, such as `coreset=0.1`. */
  readonly label: string;
  readonly settings: RecipeSettings;
  /** Other options whose defaults went with it, such as `dimensions 100 → 64`. */
  readonly also: readonly string[];
  /** Whether its maps and masks have other pixels than the base's. */
  readonly otherPixels: boolean;
}

/** What is run and compared. */
export interface Ablation {
  readonly label: string;
  readonly base: RecipeSettings;
  /** All settings of the base, for people. */
  readonly described: readonly string[];
  /** In the order of tables: by option, as options were asked for or are usual. */
  readonly variations: readonly Variation[];
  /** Usual values that these photos or the other options do not allow, each with the reason. */
  readonly leftOut: readonly string[];
}

/** Options to vary: their values, or undefined for their usual ones. */
export type VaryRequest = ReadonlyMap<string, readonly PlanOption[] | undefined>;

/** The option that takes another network. */
const BACKBONE = "backbone";

/**
 * Plans an ablation: makes each detector once, so that everything impossible is refused before
 * anything runs. Values equal to the base's are skipped.
 *
 * @param vary default: every option of the base that has usual values
 * @param photos of each category, to fit on
 * @throws {RangeError | TypeError} for an option that the method does not have, a value that was
 * asked for and cannot be (naming it), or nothing to vary
 */
export async function planAblation(
  { label, base }: { readonly label: string; readonly base: RecipeSettings },
  { vary, photos, load }: {
    readonly vary?: VaryRequest;
    readonly photos: readonly PhotoCount[];
    readonly load: LoadNetwork;
  },
): Promise<Ablation> {
  const detector = await detectorOf(base, load);
  checkPhotoCount(`ablate ${label}`, detector, { settings: base, photos });
  const [first, ...others] = base.backbones;
  const backbones = [await load(first), ...await Promise.all(others.map(load))] as const;
  const options = baseOptions(base, detector);
  const usual = standardVariations(base.method, { backbones, options, geometry: base.geometry });
  expectKnown(vary, Object.keys(resolvedOptions(detector)), { base, usual });

  const asked = vary ?? new Map(Object.keys(usual).map((name) => [name, undefined]));
  const seen = new Set([settingsKey(base, detector)]);
  const variations: Variation[] = [];
  const leftOut: string[] = [];
  for (const [name, values] of asked) {
    for (const value of values ?? usual[name]) {
      // A usual value of an option that says nothing beside this base is nobody's mistake.
      if (values === undefined && !isUsed(base.method, name, options)) continue;
      try {
        const found = await variationOf(base, detector, { name, value, photos, load });
        if (seen.has(found.key)) continue;
        seen.add(found.key);
        variations.push(found.variation);
      } catch (error) {
        if (values !== undefined || !isRefusal(error)) throw error;
        leftOut.push(error.message);
      }
    }
  }
  if (variations.length === 0) {
    throw cannot(
      `ablate ${label}`,
      "some value must differ from the base's",
      [...leftOut, ...asked.keys()][0] ?? "nothing",
    );
  }
  return { label, base, described: described(base, detector), variations, leftOut };
}

/** The base's options with their defaults, as far as a plan can say them. */
function baseOptions(
  { options }: RecipeSettings,
  detector: Detector,
): Readonly<Record<string, PlanOption>> {
  const resolved = Object.entries(resolvedOptions(detector)).flatMap(([name, value]) =>
    typeof value === "number" || typeof value === "string" || typeof value === "boolean"
      ? [[name, value] as const]
      : []
  );
  return { ...Object.fromEntries(resolved), ...options };
}

function expectKnown(
  vary: VaryRequest | undefined,
  own: readonly string[],
  { base, usual }: {
    readonly base: RecipeSettings;
    readonly usual: Readonly<Record<string, unknown>>;
  },
): void {
  const known = [...own, ...geometryNames, BACKBONE];
  for (const [name, values] of vary ?? []) {
    if (!known.includes(name)) {
      throw cannot(
        `vary ${name}`,
        `what can be varied of ${base.method} is ${known.join(", ")}`,
        `"${name}"${didYouMean(name, known)}`,
      );
    }
    if (values === undefined && !Object.hasOwn(usual, name)) {
      throw cannot(
        `vary ${name}`,
        `it needs values (${name}=A/B): usual ones are known of ${Object.keys(usual).join(", ")}`,
        "none",
      );
    }
  }
}

/** One variation, made and checked. */
async function variationOf(
  base: RecipeSettings,
  detector: Detector,
  { name, value, photos, load }: {
    readonly name: string;
    readonly value: PlanOption;
    readonly photos: readonly PhotoCount[];
    readonly load: LoadNetwork;
  },
): Promise<{ readonly key: string; readonly variation: Variation }> {
  const label = `${name}=${typeof value === "object" ? value.join("+") : value}`;
  const action = `vary ${label}`;
  try {
    const settings = changed(base, { name, value });
    const made = await detectorOf(settings, load);
    checkPhotoCount(action, made, { settings, photos });
    const own = resolvedOptions(made);
    const before = resolvedOptions(detector);
    const also = name === BACKBONE
      ? []
      : Object.keys(before).flatMap((other) =>
        other === name || valueText(before[other]) === valueText(own[other])
          ? []
          : [`${other} ${valueText(before[other])} → ${valueText(own[other])}`]
      );
    const { geometry: g, maskFilter } = settings;
    const otherPixels = g.crop !== base.geometry.crop || g.resize !== base.geometry.resize ||
      g.aspect !== base.geometry.aspect || maskFilter !== base.maskFilter;
    return {
      key: settingsKey(settings, made),
      variation: { name, value: valueText(value), label, settings, also, otherPixels },
    };
  } catch (error) {
    if (!isRefusal(error) || error.message.startsWith(`Cannot ${action} `)) throw error;
    throw cannot(action, "it must make a recipe that can be run", error.message);
  }
}

/** The base with one part changed. */
function changed(
  base: RecipeSettings,
  { name, value }: { readonly name: string; readonly value: PlanOption },
): RecipeSettings {
  if (name === BACKBONE) {
    return { ...base, backbones: typeof value === "object" ? value : [String(value)] };
  }
  const geometry = geometryPart(base.geometry, { name, value });
  return geometry
    ? { ...base, geometry: { ...base.geometry, ...geometry } }
    : { ...base, options: withOption(base.method, base.options, [name, value]) };
}

/** Undefined where the name is no part of a geometry. */
function geometryPart(
  { resize, crop }: Geometry,
  { name, value }: { readonly name: string; readonly value: PlanOption },
): Partial<Geometry> | undefined {
  const pixels = Number(value);
  switch (name) {
    case "image-size":
      return { crop: pixels, resize: Math.round((pixels * resize) / crop) };
    case "crop":
      return { crop: pixels };
    case "resize":
      return { resize: pixels };
    case "filter":
      return { filter: oneOf(name, value, resizeFilters) };
    case "aspect":
      return { aspect: oneOf(name, value, aspects) };
    default:
      return undefined;
  }
}

function oneOf<const T extends string>(
  name: string,
  value: PlanOption,
  choices: readonly T[],
): T {
  const found = choices.find((one) => one === value);
  if (found !== undefined) return found;
  throw cannot(
    `vary ${name}=${value}`,
    `it must be one of ${choices.join(", ")}`,
    `"${value}"${didYouMean(String(value), choices)}`,
  );
}

function described(settings: RecipeSettings, detector: Detector): readonly string[] {
  const { method, backbones, geometry, maskFilter } = settings;
  const options = Object.entries(resolvedOptions(detector));
  const given = baseOptions(settings, detector);
  return [
    `${method} on ${backbones.join("+")}`,
    `image-size ${geometry.crop}`,
    `resize ${geometry.resize}`,
    `filter ${geometry.filter}`,
    `aspect ${geometry.aspect}`,
    `masks ${maskFilter}`,
    ...options.filter(([name]) => isUsed(method, name, given))
      .map(([name, value]) => `${name} ${valueText(value)}`),
  ];
}

/** The ablation's recipes as entries of a plan, the base first. */
export function ablationMethods({ label, base, variations }: Ablation): readonly MethodPlan[] {
  return [
    methodPlanOf(base, label),
    ...variations.map((one) => methodPlanOf(one.settings, one.label)),
  ];
}

/** Each variation less the base. */
export function ablationPairs({ label, variations }: Ablation): LabelPairs {
  return variations.map((one) => [one.label, label] as const);
}
