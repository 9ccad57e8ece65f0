/** What the sub-commands of `deno task weights` depend on beside their arguments. */

import type { DownloadOptions } from "../backbones/weights/download.ts";
import type { PlacesOptions } from "../backbones/weights/places.ts";
import type { WeightsSource } from "../backbones/weights/sources.ts";

/** Which files are known, where they may lie, and how a download waits. */
export interface WeightsContext {
  readonly sources: readonly WeightsSource[];
  /** Default: as the environment says. */
  readonly places?: PlacesOptions;
  /** Between attempts to download; default: real time. */
  readonly pause?: DownloadOptions["pause"];
}
