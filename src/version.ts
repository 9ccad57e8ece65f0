/** The library's version, from deno.json: the one place that holds it. */

import config from "../deno.json" with { type: "json" };

/** The library's version, for example `0.1.0`. */
export const version: string = config.version;
