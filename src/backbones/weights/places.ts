/** Where weights are looked for, and where new ones are put. */

import { fromFileUrl, join, resolve } from "@std/path";
import { cannot } from "../../errors.ts";
import { userCacheFolder } from "../../files.ts";
import type { WeightsSource } from "./sources.ts";

/** A folder of weights. */
export interface WeightsPlace {
  readonly folder: string;
  /**
   * `chosen` by the environment's `KIZU_WEIGHTS`; the user's `cache`; `torch`, PyTorch's own cache;
   * `embedded`, the project's `models/`. Only the first two are ever written to.
   */
  readonly kind: "chosen" | "cache" | "torch" | "embedded";
}

/** What the places depend on; each is the running system's where it is not given. */
export interface PlacesOptions {
  /** A variable of the environment; by default undefined also where reading it is not permitted. */
  readonly env?: (name: string) => string | undefined;
  readonly os?: typeof Deno.build.os;
  /** The folder of embedded weights. */
  readonly embedded?: string;
}

/** A weights file that is there. */
export interface FoundWeights {
  readonly path: string;
  readonly place: WeightsPlace;
}

/** Without a prompt: a program that may not read a variable has it not set. */
function permittedEnv(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}

/**
 * The folders of weights, in the order in which they are looked into:
 *
 * 1. `KIZU_WEIGHTS`, where it is set;
 * 2. the user's cache: `XDG_CACHE_HOME/kizu/weights`, by default `~/.cache/kizu/weights`; on macOS
 *    `~/Library/Caches/kizu/weights`, on Windows `LOCALAPPDATA\kizu\weights`;
 * 3. PyTorch's cache, `TORCH_HOME/hub/checkpoints`, by default `~/.cache/torch/hub/checkpoints`;
 * 4. the project's `models/`.
 *
 * A cache is left out where the environment names no home. O(1).
 *
 * Source: torch 2.2 `hub.py`, `_get_torch_home`.
 */
export function weightsPlaces(
  { env = permittedEnv, os = Deno.build.os, embedded = embeddedFolder() }: PlacesOptions = {},
): readonly WeightsPlace[] {
  const value = (name: string): string | undefined => env(name) || undefined;
  const home = value("HOME") ?? (os === "windows" ? value("USERPROFILE") : undefined);
  const below = (folder: string | undefined, ...names: readonly string[]): string | undefined =>
    folder === undefined ? undefined : join(folder, ...names);

  const xdg = value("XDG_CACHE_HOME");
  const caches = userCacheFolder(env, os);
  const torch = value("TORCH_HOME") ?? below(xdg ?? below(home, ".cache"), "torch");

  const chosen = value("KIZU_WEIGHTS");
  const folders: readonly (readonly [WeightsPlace["kind"], string | undefined])[] = [
    ["chosen", chosen === undefined ? undefined : resolve(chosen)],
    ["cache", below(caches, "kizu", "weights")],
    ["torch", below(torch, "hub", "checkpoints")],
    ["embedded", embedded],
  ];
  return folders.flatMap(([kind, folder]) => folder === undefined ? [] : [{ kind, folder }]);
}

/**
 * The folder that new weights are put into: the first of {@linkcode weightsPlaces}.
 *
 * @throws {RangeError} where the environment names neither a folder nor a home
 */
export function weightsFolder(options: PlacesOptions = {}): string {
  const place = ownPlace(options);
  if (place) return place.folder;
  throw cannot(
    "find a folder for weights",
    "KIZU_WEIGHTS or the user's home must be set in the environment",
    "neither",
  );
}

function ownPlace(options: PlacesOptions): WeightsPlace | undefined {
  return weightsPlaces(options).find(({ kind }) => kind === "chosen" || kind === "cache");
}

/**
 * Where a published file lies, if it does; the first place that has it. In PyTorch's cache only
 * files are taken whose name states their hash, as nothing is recorded there.
 *
 * @throws {RangeError} when a folder cannot be looked into; PyTorch's cache is then passed over
 */
export async function findWeights(
  source: WeightsSource,
  options: PlacesOptions = {},
): Promise<FoundWeights | undefined> {
  const places = weightsPlaces(options).filter(({ kind }) =>
    kind !== "torch" || source.hashPrefix !== undefined
  );
  return await findFile(source.file, places);
}

/** The first place that has a file of this name; undefined where none has. */
export async function findFile(
  file: string,
  places: readonly WeightsPlace[],
): Promise<FoundWeights | undefined> {
  for (const place of places) {
    const path = join(place.folder, file);
    if (await isFile(path, place)) return { path, place };
  }
  return undefined;
}

async function isFile(path: string, { kind, folder }: WeightsPlace): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.NotADirectory) return false;
    // Another program's folder, which may be closed to this one.
    if (kind === "torch") return false;
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot("look for weights", "their folder must be readable", `${folder}: ${reason}`);
  }
}

/** How to get a published file that is in none of the places, as a refusal in one line. */
export function missingWeights(source: WeightsSource, options: PlacesOptions = {}): Error {
  return cannot(
    `load ${source.name}`,
    "its weights must be there",
    `no ${source.file} in ${weightsPlaces(options).map(({ folder }) => folder).join(", ")}; ` +
      `get it by \`deno task weights pull ${source.name}\`, or ${byHand(source, options)}`,
  );
}

/** How to place a file without this program's network. */
export function byHand(source: WeightsSource, options: PlacesOptions = {}): string {
  const needsName = source.hashPrefix === undefined ? ` --name ${source.name}` : "";
  const folder = ownPlace(options)?.folder ?? "a folder that KIZU_WEIGHTS names";
  return `download ${source.url} by hand and put it into ${folder} as ${source.file}, or run ` +
    `\`deno task weights add FILE${needsName}\``;
}

function embeddedFolder(): string {
  return fromFileUrl(new URL("../../../models", import.meta.url));
}
