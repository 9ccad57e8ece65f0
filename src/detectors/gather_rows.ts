/** Learning begins alike everywhere: one graph on every good photo, its results kept as rows. */

import { cannot } from "../errors.ts";
import { collectRows } from "../features/row_collector.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";
import type { Matrix } from "../types.ts";
import type { FitContext, Photo } from "./detector.ts";
import { openPhotoSession, type PhotoInput } from "./photo_graph.ts";

/** Who gathers, and how many photos it cannot do without. */
export interface GatherOptions {
  /** The method as errors write it, for example `PatchCore`. */
  readonly method: string;
  /** The least number of photos to fit on. */
  readonly least: number;
  readonly context: FitContext;
}

/**
 * Runs a graph on every photo and joins each of its results, [P, D] a photo, to [N·P, D].
 *
 * @returns the rows under the names of the graph's results, and how many photos there were
 * @throws {RangeError} when there are fewer photos than needed
 */
export async function gatherRows<K extends string>(
  normal: AsyncIterable<Photo> | Iterable<Photo>,
  build: (g: Graph, photo: PhotoInput) => Readonly<Record<K, Value>>,
  { method, least, context }: GatherOptions,
): Promise<{ readonly rows: Readonly<Record<K, Matrix>>; readonly images: number }> {
  expectPhotos(method, normal, context);
  const collectors = new Map<string, ReturnType<typeof collectRows>>();
  let images = 0;
  await using session = await openPhotoSession(build);
  for await (const photo of normal) {
    context.signal?.throwIfAborted();
    for (const [name, block] of Object.entries(await session.run(photo))) {
      collectors.getOrInsertComputed(name, () => collectRows(context.count)).add(block as Matrix);
    }
    images++;
    context.progress?.({ stage: "features", done: images, total: context.count });
  }
  if (images < least) {
    throw cannot(`fit ${method}`, `at least ${least} good photos are needed`, String(images));
  }
  const rows = Object.fromEntries(
    [...collectors].map(([name, collector]) => [name, collector.finish()]),
  );
  return { rows: rows as Record<K, Matrix>, images };
}

/**
 * What every fit is given, for callers whose code was not checked.
 *
 * @throws {TypeError} for photos that cannot be gone through
 * @throws {RangeError} for a count that is no whole number
 */
export function expectPhotos(
  method: string,
  normal: AsyncIterable<Photo> | Iterable<Photo>,
  { count }: FitContext,
): void {
  const given: unknown = normal;
  if (
    typeof given !== "object" || given === null ||
    !(Symbol.asyncIterator in given || Symbol.iterator in given)
  ) {
    throw cannot(`fit ${method}`, "photos must come in a list or stream", String(given), TypeError);
  }
  if (count !== undefined && !(Number.isInteger(count) && count >= 0)) {
    throw cannot(`fit ${method}`, "count must be a whole number of at least 0", String(count));
  }
}
