/** Networks by name for plans that are not run: embedded ones as they are, others without weights. */

import { type Backbone, loadBackbone } from "../../../mod.ts";
import { paperBackbone } from "../../detectors/paper_backbones.ts";

const embedded = ["efficientnet_lite0", "efficientnet_lite2"];
const loaded = new Map<string, Promise<Backbone>>();

/** Each network once: a `LoadNetwork`. */
export function load(name: string): Promise<Backbone> {
  return loaded.getOrInsertComputed(
    name,
    () => embedded.includes(name) ? loadBackbone(name) : Promise.resolve(paperBackbone(name)),
  );
}
