/** Reads the files named and prints how many were refused; run with permission to read only. */

import { readWeights } from "../../../src/backbones/weights/published.ts";
import { isRefusal } from "../../../src/errors.ts";

let refused = 0;
for (const path of Deno.args) {
  try {
    await readWeights(path);
  } catch (error) {
    // Whatever else was tried would end in an error of the runtime: no permission.
    if (!isRefusal(error)) throw error;
    refused++;
  }
}
console.log(refused);
