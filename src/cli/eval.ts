/** `deno task eval`: fit on good photos, print how well the bad ones are found. */

import { reportTable } from "../evaluation/table.ts";
import { parseCommand } from "./arguments.ts";
import { runCommand } from "./command.ts";
import { evalHelp, evalSpec, planOf } from "./eval_options.ts";
import { runPlan } from "./run_plan.ts";

/** Said below the table: such numbers are not those of the masks as they were drawn. */
const ERODED = "masks: resized as by the official PatchCore code, which erodes them " +
  "(--mask-filter official)";

async function main(args: readonly string[]): Promise<void> {
  const given = parseCommand(evalSpec, args);
  if (given.help) return console.log(evalHelp);
  const plan = await planOf(given);
  await runPlan(plan, {
    given,
    // Nobody asked for these methods by name: what one cannot do must not cost the others.
    leaveOut: given.method === undefined && given.plan === undefined,
    title: "kizu evaluation",
    print(report) {
      console.log(reportTable(report));
      if (plan.maskFilter === "official") console.log(ERODED);
    },
  });
}

if (import.meta.main) await runCommand(main);
