/** `deno task eval`: fit on good photos, print how well the bad ones are found. */

import { listOnnxValues } from "../backbones/onnx_values.ts";
import { cannot } from "../errors.ts";
import { alignColumns } from "../evaluation/columns.ts";
import { reportTable } from "../evaluation/table.ts";
import { parseCommand } from "./arguments.ts";
import { runCommand } from "./command.ts";
import { evalHelp, evalSpec, planOf } from "./eval_options.ts";
import { isOnnx } from "./given_options.ts";
import { runPlan } from "./run_plan.ts";

/** Said below the table: such numbers are not those of the masks as they were drawn. */
const ERODED = "masks: resized as by the official PatchCore code, which erodes them " +
  "(--mask-filter official)";

async function main(args: readonly string[]): Promise<void> {
  const given = parseCommand(evalSpec, args);
  if (given.help) return console.log(evalHelp);
  if (given.taps?.includes("list")) return await printTaps(given.backbone ?? []);
  const plan = await planOf(given);
  await runPlan(plan, {
    given,
    // Nobody asked for these methods by name: what one cannot do must not cost the others.
    leaveOut: given.method === undefined && given.plan === undefined,
    title: "kizu evaluation",
    command: "deno task eval",
    print(report) {
      console.log(reportTable(report));
      if (plan.maskFilter === "official") console.log(ERODED);
    },
  });
}

/** The inner values of ONNX files that can be levels. */
async function printTaps(backbones: readonly string[]): Promise<void> {
  const files = backbones.flatMap((name) => name.split("+")).filter(isOnnx);
  if (files.length === 0) {
    throw cannot(
      "list inner values",
      "--backbone must name a FILE.onnx",
      backbones.join() || "none",
    );
  }
  for (const file of files) {
    const values = await listOnnxValues(file);
    const rows = values.map(({ name, op, channels, stride }) => [
      name,
      op,
      String(channels),
      String(stride),
    ]);
    console.log(`${file}\n`);
    console.log(alignColumns([["value", "operator", "channels", "stride"], ...rows], { left: 2 }));
  }
}

if (import.meta.main) await runCommand(main);
