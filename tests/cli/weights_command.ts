/** The command with sources of the test's own: the first argument is their JSON. */

import { runCommand } from "../../src/cli/command.ts";
import { weightsCommand } from "../../src/cli/weights.ts";

await runCommand(async ([sources, ...args]) => {
  if (!await weightsCommand(args, { sources: JSON.parse(sources) })) Deno.exit(1);
});
