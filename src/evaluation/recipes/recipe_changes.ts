/** What differs between two recipes, in words. */

import type { Detector } from "../../detectors/detector.ts";
import { isUsed } from "./option_dependence.ts";
import { type RecipeSettings, resolvedOptions, valueText } from "./recipe_settings.ts";

/** Settings with the detector that they make. */
export interface MadeRecipe {
  readonly settings: RecipeSettings;
  readonly detector: Pick<Detector, "options">;
}

/** All settings that matter by name, defaults included: options, and the parts around them. */
function settingsByName({ settings, detector }: MadeRecipe): ReadonlyMap<string, string> {
  const { method, backbones, geometry, maskFilter } = settings;
  const options = Object.entries(resolvedOptions(detector));
  const plain = Object.fromEntries(
    options.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
  return new Map([
    ["aspect", geometry.aspect],
    ["filter", geometry.filter],
    ["size", `${geometry.resize}/${geometry.crop}`],
    ["masks", maskFilter],
    ["backbone", backbones.join("+")],
    ...options.filter(([name]) => isUsed(method, name, plain))
      .map(([name, value]): [string, string] => [name, valueText(value)]),
  ]);
}

/** The value of a switch, such as `256/224` of `size`: shorter side after resizing, and crop. */
export function settingText(name: string, recipe: MadeRecipe): string {
  return settingsByName(recipe).get(name) ?? "–";
}

/**
 * What one recipe has otherwise than another: `name old → new` each; of what says nothing
 * beside the others any more `without name`.
 *
 * @param first the name that comes first where it is among them
 */
export function settingChanges(
  before: MadeRecipe,
  after: MadeRecipe,
  first: string,
): readonly string[] {
  const [old, now] = [before, after].map(settingsByName);
  const names = [...new Set([first, ...old.keys(), ...now.keys()])];
  return names.flatMap((name) => {
    const [a, b] = [old.get(name), now.get(name)];
    if (a === b) return [];
    if (a === undefined) return [`${name} ${b}`];
    return [b === undefined ? `without ${name}` : `${name} ${a} → ${b}`];
  });
}
