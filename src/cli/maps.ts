/** Overlays of a whole run on one fixed colour scale for each method. */

import { join } from "@std/path";
import { type DataPlan, type Job, openCategory } from "../evaluation/runs/jobs.ts";
import { mapScales } from "../evaluation/map_scales.ts";
import { geometryOf } from "../evaluation/published.ts";
import { readResult } from "../evaluation/runs/run_jobs.ts";
import { writeFileWhole } from "../files.ts";
import { overlay } from "../image/draw.ts";
import { encodePng } from "../image/encode.ts";
import { preprocessImage, preprocessMask } from "../image/preprocess.ts";
import type { ResultsFolder } from "../store/results_folder.ts";

/** What is drawn, and where. */
export interface MapsOptions {
  readonly jobs: readonly Job[];
  /** With pictures. */
  readonly results: ResultsFolder;
  readonly data: DataPlan;
  readonly progress?: (done: number, total: number) => void;
}

/**
 * Draws photo, true defect and heat map of every test photo:
 * `folder/category/label/defect_name.png`, with the seed in the label's name where there are
 * several.
 *
 * @returns how many were written
 */
export async function writeMaps(
  folder: string,
  { jobs, results, data, progress }: MapsOptions,
): Promise<number> {
  const scales = await mapScales(jobs, results, ({ label }) => label);
  let [done, total] = [0, 0];
  for (const job of jobs) {
    for (const { run, pictures } of await readResult(job, results, { pictures: true })) {
      const maps = pictures?.maps;
      const geometry = geometryOf(run.options);
      if (!maps || !geometry) continue;
      total += maps.length;
      const samples = new Map(
        (await openCategory(data, job.category)).test.map((sample) => [sample.id, sample]),
      );
      const several = jobs.some((other) =>
        other.recipe.label === job.recipe.label && other.seed !== job.seed
      );
      const name = several ? `${run.label} seed ${run.seed}` : run.label;
      for (const [i, { id, score }] of run.scores.entries()) {
        const sample = samples.get(id);
        if (!sample) continue;
        const mask = await sample.mask();
        const drawn = overlay({
          image: await preprocessImage(await sample.image(), geometry),
          map: maps[i],
          domain: [...scales.scaleOf(run.label)],
          mask: mask && preprocessMask(mask, geometry, { filter: run.maskFilter }),
          title: `${run.category}  ${id}  ${name}  score ${score.toPrecision(4)}`,
        });
        const file = id.replace(/^test\//, "").replaceAll("/", "_");
        const path = join(folder, run.category, fileName(name), `${file}.png`);
        await writeFileWhole(path, await encodePng(drawn));
        progress?.(++done, total);
      }
    }
  }
  return done;
}

/** A label as a folder's name: labels may hold anything. */
function fileName(label: string): string {
  return label.replaceAll(/[^\w.=+ -]/g, "_");
}
