/** Photos as features: computed once a network and photo, kept on the disk, shared by methods. */

import type { PhotoFeatures, Tap } from "../../detectors/detector.ts";
import { fromPixels, tapKey } from "../../detectors/photo_graph.ts";
import { cannot, isRefusal } from "../../errors.ts";
import { checkPhoto, type Geometry, imageTensor, preprocessImage } from "../../image/preprocess.ts";
import { median } from "../../math/quantile.ts";
import { createGraph } from "../../onnx/graph.ts";
import { compilable } from "../../onnx/large_constants.ts";
import { openSession, type Session } from "../../onnx/session.ts";
import type { StoredTensor, StoredTensors } from "../../store/entry_format.ts";
import type { TensorCache } from "../../store/tensor_cache.ts";
import { tensor } from "../../tensor.ts";
import type { Image, Mask, Sample, Tensor } from "../../types.ts";
import {
  contentOf,
  type Group,
  groupsOf,
  keyOfGroup,
  seenKey,
  withPlanned,
} from "./feature_groups.ts";
import { byNetwork, nameOfTap, takeNamed } from "./network_identity.ts";

/** A sample with its features. */
export interface FeaturedSample {
  readonly sample: Sample;
  readonly photo: PhotoFeatures;
  /** Undefined where there is none, or where masks were not asked for. */
  readonly mask: Mask | undefined;
  /** Whether the features were on the disk. */
  readonly cached: boolean;
}

/** What {@linkcode FeatureSource.read} is told. */
export interface ReadFeaturesOptions {
  /** What the features are for. */
  readonly taps: readonly Tap[];
  /** Read masks too; default false. */
  readonly masks?: boolean;
  /** Called with each sample that cannot be read; when absent the first one ends the reading. */
  readonly skip?: (sample: Sample, error: Error) => void;
  /** Told how long the caller had to wait for files, in seconds. */
  readonly waited?: (seconds: number) => void;
  /** Keep photos as networks see them too, for {@linkcode FeatureSource.seen}; default false. */
  readonly pictures?: boolean;
}

/** Gives photos as features. */
export interface FeatureSource extends AsyncDisposable {
  /** Samples in order, a few read ahead of the caller. */
  read(samples: readonly Sample[], options: ReadFeaturesOptions): AsyncGenerator<FeaturedSample>;
  /** The photo as a network with this geometry sees it: resized and cropped. */
  seen(sample: Sample, geometry: Geometry): Promise<Image>;
  /**
   * Milliseconds that a photo takes from its pixels to these taps: the median of five passes,
   * measured once for a set of taps.
   */
  passMilliseconds(sample: Sample, taps: readonly Tap[]): Promise<number>;
}

/** How many samples are read at a time. */
const DEPTH = 6;
/** Writes that may be under way while the next photo is computed. */
const MOST_WRITES = 8;
const PASSES = 5;
/** What was found for a sample, and what has to be computed. */
interface Loaded {
  readonly content: string;
  readonly tensors: Map<string, Tensor>;
  readonly missing: readonly Group[];
  /** Where something has to be computed. */
  readonly image: Image | undefined;
  readonly mask: Mask | undefined;
}

/** Options of {@linkcode openFeatureSource}. */
export interface FeatureSourceOptions {
  /** Taps of other methods to come: what is missing of a photo's is computed in the same pass. */
  readonly planned?: () => readonly Tap[];
}

/**
 * Photos as features, from a cache where they are there, else by the network, and then kept.
 *
 * Features are made by the steps of a detector's own graph. Kept ones equal fresh ones to the last
 * bit; a detector that computes them within its graph (no source) may differ by float32's rounding,
 * as the engine then joins steps across the border. What is kept is found again by the photo's
 * content, the network's weights and steps, the geometry, the engine and the version, so that
 * nothing of another photo or time is ever taken.
 *
 * Cost: of a photo that is there, its file's hash and 0.7 MB (EfficientNet-Lite0 at 224 px); else
 * decoding and one pass of the network.
 */
export function openFeatureSource(
  cache: TensorCache,
  { planned = () => [] }: FeatureSourceOptions = {},
): FeatureSource {
  const sessions = new Map<string, Promise<Session>>();
  const passes = new Map<string, number>();
  const writes = new Set<Promise<void>>();

  const compiled = (taps: readonly Tap[], pictures = false): Promise<Session> => {
    const g = createGraph();
    const photo = fromPixels(g);
    for (const [name, value] of Object.entries(takeNamed(photo, taps))) g.output(name, value);
    if (pictures) g.output("seen", photo.seen(taps[0].geometry));
    const { model, ...rest } = compilable(g);
    return openSession(model, rest);
  };
  const network = (taps: readonly Tap[], pictures: boolean): Promise<Session> =>
    sessions.getOrInsertComputed(
      `${taps.map(tapKey).join()} ${pictures}`,
      () => compiled(taps, pictures),
    );

  const keep = async (key: string, tensors: StoredTensors): Promise<void> => {
    while (writes.size >= MOST_WRITES) await Promise.race(writes);
    const write = cache.put(key, tensors).finally(() => writes.delete(write));
    writes.add(write);
  };

  const load = async (
    sample: Sample,
    groups: readonly Group[],
    { masks, taps }: ReadFeaturesOptions,
  ): Promise<Loaded> => {
    const pendingMask = masks ? sample.mask() : undefined;
    // Awaited below; a failure before that must not count as unhandled.
    pendingMask?.catch(() => {});
    const content = await contentOf(sample);
    const wanted = new Set(taps.map(tapKey));
    const tensors = new Map<string, Tensor>();
    const missing: Group[] = [];
    for (const group of groups) {
      const own = group.taps.filter((tap) => wanted.has(tapKey(tap)));
      const found = await cache.get(keyOfGroup(content, group), own.map(nameOfTap));
      if (!found) missing.push(group);
      else for (const tap of own) tensors.set(tapKey(tap), floats(found[nameOfTap(tap)]));
    }
    const image = missing.length > 0 ? await sample.image() : undefined;
    return { content, tensors, missing, image, mask: await pendingMask };
  };

  /** Passes a photo through each network of which something is missing, and keeps what it gives. */
  const complete = async (
    { content, tensors, missing, image }: Loaded,
    pictures: boolean,
  ): Promise<void> => {
    if (!image) return;
    checkPhoto(image);
    const groups = withPlanned(missing, planned());
    for (const taps of byNetwork(groups.flatMap((group) => group.taps))) {
      const found = await (await network(taps, pictures)).run({ image: imageTensor(image) });
      for (const tap of taps) tensors.set(tapKey(tap), found[nameOfTap(tap)] as Tensor);
      const { seen } = found;
      if (seen?.data instanceof Uint8Array) {
        await keep(seenKey(content, taps[0].geometry), { photo: { ...seen, data: seen.data } });
      }
    }
    for (const group of groups) {
      const kept: Record<string, StoredTensor> = {};
      for (const tap of group.taps) {
        const one = tensors.get(tapKey(tap));
        if (one) kept[nameOfTap(tap)] = one;
      }
      await keep(keyOfGroup(content, group), kept);
    }
  };

  const seen: FeatureSource["seen"] = async (sample, geometry) => {
    const key = seenKey(await contentOf(sample), geometry);
    const found = (await cache.get(key, ["photo"]))?.photo;
    const side = geometry.crop;
    if (found && found.data instanceof Uint8Array) {
      return { width: side, height: side, data: found.data };
    }
    const image = await preprocessImage(await sample.image(), geometry);
    await keep(key, { photo: { data: image.data, shape: [side, side, 3] } });
    return image;
  };

  return {
    async *read(samples, options) {
      const { skip, waited } = options;
      const groups = groupsOf(options.taps);
      const attempt = async (sample: Sample): Promise<Loaded | { readonly error: unknown }> => {
        try {
          return await load(sample, groups, options);
        } catch (error) {
          return { error };
        }
      };
      const pending: ReturnType<typeof attempt>[] = [];
      for (let next = 0, at = 0; at < samples.length; at++) {
        const start = performance.now();
        while (next < samples.length && next < at + DEPTH) pending.push(attempt(samples[next++]));
        const loaded = await pending.shift();
        waited?.((performance.now() - start) / 1000);
        if (loaded === undefined) continue;
        const sample = samples[at];
        if ("error" in loaded) {
          if (!skip || !isRefusal(loaded.error)) throw loaded.error;
          skip(sample, loaded.error);
          continue;
        }
        await complete(loaded, options.pictures ?? false);
        const { tensors, missing, mask } = loaded;
        // Not what was computed for others, so that a fresh photo is as a kept one.
        const own = new Map(options.taps.flatMap((tap) => {
          const one = tensors.get(tapKey(tap));
          return one ? [[tapKey(tap), one] as const] : [];
        }));
        yield { sample, photo: { tensors: own }, mask, cached: missing.length === 0 };
      }
      // The next reader, of another method, is to find them.
      const start = performance.now();
      await Promise.all(writes);
      waited?.((performance.now() - start) / 1000);
    },
    seen,
    async passMilliseconds(sample, taps) {
      const key = taps.map(tapKey).join();
      const known = passes.get(key);
      if (known !== undefined) return known;
      const feeds = { image: imageTensor(await sample.image()) };
      let total = 0;
      for (const group of byNetwork(taps)) {
        await using session = await compiled(group);
        const times: number[] = [];
        await session.run(feeds);
        for (let pass = 0; pass < PASSES; pass++) {
          const start = performance.now();
          await session.run(feeds);
          times.push(performance.now() - start);
        }
        total += median(times);
      }
      passes.set(key, total);
      return total;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(writes);
      for (const session of sessions.values()) await (await session).dispose();
    },
  };
}

function floats({ data, shape }: StoredTensor): Tensor {
  if (!(data instanceof Float32Array)) {
    throw cannot("use kept features", "they must be float32", data.constructor.name, TypeError);
  }
  return tensor(data, shape);
}
