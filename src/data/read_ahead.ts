/** Photos read from the disk while the one before is being computed on. */

import { isRefusal } from "../errors.ts";
import type { Image, Mask, Sample } from "../types.ts";

/** A sample with its pixels. */
export interface ReadSample {
  readonly sample: Sample;
  readonly image: Image;
  /** Undefined where there is none, or where masks were not asked for. */
  readonly mask: Mask | undefined;
}

/** Options of {@linkcode readAhead}. */
export interface ReadAheadOptions {
  /** Read masks too; default false. */
  readonly masks?: boolean;
  /** How many samples are read at a time; default 3. */
  readonly depth?: number;
  /** Called with each sample that cannot be read; when absent the first one ends the reading. */
  readonly skip?: (sample: Sample, error: Error) => void;
  /** Told how long the caller had to wait for each sample, in seconds. */
  readonly waited?: (seconds: number) => void;
}

/**
 * Reads samples in order, a few ahead of the caller.
 *
 * @throws what reading a sample throws, unless `skip` is given and the file is at fault
 */
export async function* readAhead(
  samples: readonly Sample[],
  { masks = false, depth = 3, skip, waited }: ReadAheadOptions = {},
): AsyncGenerator<ReadSample> {
  const read = async (sample: Sample): Promise<ReadSample | { readonly error: unknown }> => {
    try {
      const [image, mask] = await Promise.all([
        sample.image(),
        masks ? sample.mask() : undefined,
      ]);
      return { sample, image, mask };
    } catch (error) {
      return { error };
    }
  };
  const pending: ReturnType<typeof read>[] = [];
  for (let next = 0, at = 0; at < samples.length; at++) {
    const start = performance.now();
    while (next < samples.length && next < at + depth) pending.push(read(samples[next++]));
    const result = await pending.shift();
    waited?.((performance.now() - start) / 1000);
    if (result === undefined) continue;
    if (!("error" in result)) {
      yield result;
    } else if (skip && isRefusal(result.error)) {
      skip(samples[at], result.error);
    } else {
      throw result.error;
    }
  }
}
