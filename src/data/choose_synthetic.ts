/** Names on the command line that stand for generated categories. */

import { syntheticCategories, type SyntheticCategory } from "./synthetic.ts";
import { cannot, didYouMean } from "../errors.ts";

/**
 * The generated categories named; all where none or `all` is named.
 *
 * @throws {RangeError} for a name that is not one, with the nearest that is
 */
export function chooseSynthetic(names: readonly string[] = ["all"]): readonly SyntheticCategory[] {
  if (names.includes("all")) return syntheticCategories;
  return names.map((name) => {
    const found = syntheticCategories.find((category) => category === name);
    if (found) return found;
    throw cannot(
      "choose a category",
      `the generated data set has ${syntheticCategories.join(", ")} (--data names another)`,
      `"${name}"${didYouMean(name, syntheticCategories)}`,
    );
  });
}
