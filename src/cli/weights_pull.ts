/** `deno task weights pull`: the only place that uses the network. */

import { join } from "@std/path";
import { download } from "../backbones/weights/download.ts";
import { expectFile } from "../backbones/weights/expected_file.ts";
import { webAddress } from "../backbones/weights/http_request.ts";
import { byHand, findWeights, weightsFolder } from "../backbones/weights/places.ts";
import { readVerified, readWeights } from "../backbones/weights/published.ts";
import { recordedHash, recordHash, recordOf } from "../backbones/weights/recorded_hash.ts";
import { findSource, mostBytes, type WeightsSource } from "../backbones/weights/sources.ts";
import { cannot, isRefusal } from "../errors.ts";
import { type ProgressLine, progressLine } from "./progress.ts";
import type { WeightsContext } from "./weights_context.ts";

/**
 * Downloads published files, one after the other; those that are there and verify are left alone.
 *
 * @param options `from`: the address of a mirror
 * @throws {RangeError} for no name or an unknown one, and for what cannot be downloaded, telling how
 * to place the file by hand
 * @throws {TypeError} for a mirror that is no web address
 */
export async function pullWeights(
  names: readonly string[],
  { from = Deno.env.get("KIZU_WEIGHTS_URL") || undefined, ...context }: WeightsContext & {
    readonly from?: string;
  },
): Promise<void> {
  if (names.length === 0) {
    throw cannot("pull weights", "names must be given (see `deno task weights list`)", "none");
  }
  const chosen = new Set(names.map((name) => findSource(name, context.sources)));
  const mirror = from === undefined ? undefined : webAddress(from.replace(/\/*$/, "/"));
  const line = progressLine();
  for (const source of chosen) {
    if (await isThere(source, context)) continue;
    const url = mirror === undefined ? source.url : new URL(source.file, mirror).href;
    await pull(source, { url, line, ...context });
  }
}

/** Whether a file is there and verifies; one that does not is named, and had again. */
async function isThere(source: WeightsSource, { places }: WeightsContext): Promise<boolean> {
  const found = await findWeights(source, places);
  if (found === undefined) return false;
  try {
    const { recorded, sha256 } = await readVerified(found.path, source);
    const own = found.place.kind === "chosen" || found.place.kind === "cache";
    if (own && !recorded) await recordHash(found.path, sha256);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    console.error(`${source.name}: ${error.message}; it is downloaded again`);
    return false;
  }
  console.log(`${source.name} is there: ${found.path}`);
  return true;
}

async function pull(
  source: WeightsSource,
  { url, line, places, pause }: WeightsContext & {
    readonly url: string;
    readonly line: ProgressLine;
  },
): Promise<void> {
  const path = join(weightsFolder(places), source.file);
  const recorded = await recordedHash(path);
  const started = performance.now();
  const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
  line.begin(source.name);
  try {
    const { bytes, sha256 } = await download(url, path, {
      expected: {
        hashPrefix: source.hashPrefix,
        sha256: source.sha256,
        mostBytes: mostBytes(source),
      },
      progress: ({ done, total }) =>
        line.show({
          stage: "MB",
          done: megabytes(done),
          total: total === undefined ? undefined : megabytes(total),
        }),
      pause,
      retrying: ({ why, milliseconds }) => {
        line.end(`${why}; again in ${milliseconds / 1000} s`);
        line.begin(source.name);
      },
      waiting: () => {
        line.end("another download of this file is under way: waiting for it");
        line.begin(source.name);
      },
      accept: async (found) => {
        const because = `as recorded in ${recordOf(path)}`;
        expectFile(found, { expected: { sha256: recorded }, what: url, because });
        await readWeights(found.path, { integers: "drop" });
        await recordHash(path, found.sha256);
      },
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    line.end(`${(bytes / 1e6).toFixed(1)} MB in ${seconds} s, SHA-256 ${sha256}, ${path}`);
  } catch (error) {
    line.end("not downloaded");
    if (!isRefusal(error) || !error.message.startsWith("Cannot download ")) throw error;
    throw cannot(
      `pull ${source.name}`,
      "its file must come over the network",
      `${error.message.replace(/^C/, "c")}; ${byHand(source, places)}`,
    );
  }
}
