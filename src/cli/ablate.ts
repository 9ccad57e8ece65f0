/** `deno task ablate`: one option of a recipe changed at a time. */

import { embeddedBackbones } from "../backbones/registry.ts";
import { isSeeded } from "../detectors/registry.ts";
import { ablationMethods, ablationPairs, planAblation } from "../evaluation/recipes/ablation.ts";
import { ablationList, ablationTable, baseText } from "../evaluation/recipes/ablation_table.ts";
import type { Plan } from "../evaluation/runs/plan.ts";
import { recipeSettings } from "../evaluation/recipes/recipe_settings.ts";
import { ablateHelp, ablateSpec, parseVary } from "./ablate_options.ts";
import { parseCommand } from "./arguments.ts";
import { runCommand } from "./command.ts";
import { geometryGiven, maskFilterGiven, parseOption } from "./given_options.ts";
import {
  backboneGiven,
  generatedNote,
  networkLoader,
  photoCounts,
  planFrame,
} from "./plan_frame.ts";
import { runPlan } from "./run_plan.ts";

async function main(args: readonly string[]): Promise<void> {
  const given = parseCommand(ablateSpec, args);
  if (given.help) return console.log(ablateHelp);
  const frame = planFrame(given);
  const vary = given.vary && parseVary(given.vary);
  const load = networkLoader(frame.onnx);
  const label = given.base ?? "patchcore";
  const base = await recipeSettings(label, {
    usual: embeddedBackbones[0],
    load,
    backbone: backboneGiven(given),
    geometry: geometryGiven(given),
    maskFilter: maskFilterGiven(given),
    options: Object.fromEntries((given.option ?? []).map(parseOption)),
  });
  const photos = await photoCounts(frame);
  const ablation = await planAblation({ label, base }, { vary, photos, load });
  const methods = ablationMethods(ablation);
  if (given.list) {
    const drawn = isSeeded(base.method) || base.backbones.length > 1;
    const counts = { categories: photos.length, seeds: drawn ? frame.seeds.length : 1 };
    console.log(`${baseText(ablation)}\n\n${ablationList(ablation, counts)}`);
    return;
  }
  const plan: Plan = { ...frame, maskFilter: base.maskFilter, methods };
  await runPlan(plan, {
    given,
    leaveOut: false,
    title: `kizu ablation of ${label}`,
    command: "deno task ablate",
    pairs: ablationPairs(ablation),
    print: (report) => console.log(ablationTable(ablation, report) + generatedNote(frame)),
  });
}

if (import.meta.main) await runCommand(main);
