/** Photos as features: computed once a network and photo, kept on the disk, shared by methods. */

import type { Backbone } from "../backbones/backbone.ts";
import type { PhotoFeatures, Tap } from "../detectors/detector.ts";
import { photoGraph, type PhotoInput, tapKey, tapsOf } from "../detectors/photo_graph.ts";
import { cannot, isRefusal } from "../errors.ts";
import {
  checkPhoto,
  describedGeometry,
  type Geometry,
  imageTensor,
  preprocessImage,
} from "../image/preprocess.ts";
import { median } from "../math/quantile.ts";
import { engineVersion, openSession, type Session } from "../onnx/session.ts";
import type { Value } from "../onnx/value.ts";
import { sha256Hex } from "../sha256.ts";
import type { StoredTensor, StoredTensors } from "../store/entry_format.ts";
import type { TensorCache } from "../store/tensor_cache.ts";
import { tensor } from "../tensor.ts";
import type { Image, Mask, Sample, Tensor } from "../types.ts";
import { version } from "../version.ts";

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
const DEPTH = 3;
/** Writes that may be under way while the next photo is computed. */
const MOST_WRITES = 8;
const PASSES = 5;
/** Another layout or meaning of what is kept: what is there is not taken. */
const REVISION = 1;

/** One network at one geometry, and what of it is kept together. */
interface Group {
  readonly backbone: Backbone;
  readonly geometry: Geometry;
  readonly taps: readonly Tap[];
}

/**
 * What is kept of every photo, whoever asks first: the maps that patches and pyramids are made of,
 * and all levels pooled. A method that comes later finds them there.
 */
function standardTaps(backbone: Backbone, geometry: Geometry): readonly Tap[] {
  const { patches, pyramid } = backbone.defaults;
  return tapsOf({
    backbone,
    geometry,
    maps: [...new Set([...patches, ...pyramid])],
    pooled: backbone.levels.map(({ name }) => name),
  });
}

/** Taps by network and geometry: the standard ones together, any other by itself. */
function groupsOf(taps: readonly Tap[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const tap of taps) {
    const { backbone, geometry } = tap;
    const standard = standardTaps(backbone, geometry);
    const own = tapKey(tap);
    const usual = standard.some((one) => tapKey(one) === own);
    const key = usual ? tapKey(standard[0]) : own;
    const members = usual ? standard : [tap];
    groups.set(usual ? `standard ${key}` : key, { backbone, geometry, taps: members });
  }
  return [...groups.values()];
}

const nameOf = ({ level, pooled }: Tap): string => `${pooled ? "pooled" : "map"} ${level}`;

/** The name under which a photo's part is kept: all that the numbers depend on. */
function entryKey(content: string, about: readonly unknown[]): string {
  const text = JSON.stringify([REVISION, version, engineVersion, content, ...about]);
  return sha256Hex(new TextEncoder().encode(text));
}

function keyOfGroup(content: string, { backbone, geometry, taps }: Group): string {
  const names = taps.map(nameOf);
  return entryKey(content, [backbone.name, backbone.sha256, describedGeometry(geometry), names]);
}

async function contentOf(sample: Sample): Promise<string> {
  if (sample.content) return await sample.content();
  const { width, height, data } = await sample.image();
  return `pixels ${width} ${height} ${sha256Hex(data)}`;
}

/** What was found for a sample, and what has to be computed. */
interface Loaded {
  readonly content: string;
  readonly tensors: Map<string, Tensor>;
  readonly missing: readonly Group[];
  /** Where something has to be computed. */
  readonly image: Image | undefined;
  readonly mask: Mask | undefined;
}

/**
 * Photos as features, from a cache where they are there, else by the network, and then kept.
 *
 * Features are made by the steps of a detector's own graph. Kept ones equal fresh ones to the last
 * bit; a detector that computes them within its graph (no source) may differ by float32's rounding,
 * as the engine then joins steps across the border. What is kept is found again by the photo's content, network, geometry, engine and
 * version, so that nothing of another photo or time is ever taken.
 *
 * Cost: of a photo that is there, its file's hash and 0.7 MB (EfficientNet-Lite0 at 224 px); else
 * decoding and one pass of the network.
 */
export function openFeatureSource(cache: TensorCache): FeatureSource {
  const sessions = new Map<string, Promise<Session>>();
  const passes = new Map<string, number>();
  const writes = new Set<Promise<void>>();

  const network = (taps: readonly Tap[]): Promise<Session> => {
    const key = taps.map(tapKey).join();
    return sessions.getOrInsertComputed(
      key,
      () => openSession(photoGraph((_, photo) => takeNamed(photo, taps)).toModel()),
    );
  };

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
      const found = await cache.get(keyOfGroup(content, group), own.map(nameOf));
      if (!found) missing.push(group);
      else for (const tap of own) tensors.set(tapKey(tap), floats(found[nameOf(tap)]));
    }
    const image = missing.length > 0 ? await sample.image() : undefined;
    return { content, tensors, missing, image, mask: await pendingMask };
  };

  /** Passes a photo through the networks that are missing, and keeps what they give. */
  const complete = async ({ content, tensors, missing, image }: Loaded): Promise<void> => {
    if (!image) return;
    checkPhoto(image);
    for (const group of missing) {
      const found = await (await network(group.taps)).run({ image: imageTensor(image) });
      const kept: Record<string, StoredTensor> = {};
      for (const tap of group.taps) {
        const one = found[nameOf(tap)] as Tensor;
        kept[nameOf(tap)] = one;
        tensors.set(tapKey(tap), one);
      }
      await keep(keyOfGroup(content, group), kept);
    }
  };

  const seen: FeatureSource["seen"] = async (sample, geometry) => {
    const key = entryKey(await contentOf(sample), ["seen", describedGeometry(geometry)]);
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
        await complete(loaded);
        const { tensors, missing, mask } = loaded;
        yield { sample, photo: { tensors }, mask, cached: missing.length === 0 };
      }
    },
    seen,
    async passMilliseconds(sample, taps) {
      const key = taps.map(tapKey).join();
      const known = passes.get(key);
      if (known !== undefined) return known;
      const feeds = { image: imageTensor(await sample.image()) };
      let total = 0;
      for (const group of byNetwork(taps)) {
        const session = await network(group);
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

/** Taps of one network and geometry as named values, with the network once in the graph. */
function takeNamed(photo: PhotoInput, taps: readonly Tap[]): Readonly<Record<string, Value>> {
  const [{ backbone, geometry }] = taps;
  const levels = (pooled: boolean) =>
    taps.filter((tap) => tap.pooled === pooled).map(({ level }) => level);
  const taken = photo.take({ backbone, geometry, maps: levels(false), pooled: levels(true) });
  const [maps, pooled] = [taken.maps.values(), taken.pooled.values()];
  return Object.fromEntries(taps.flatMap((tap) => {
    const { value } = (tap.pooled ? pooled : maps).next();
    return value ? [[nameOf(tap), value]] : [];
  }));
}

/** Taps by network and geometry. */
function byNetwork(taps: readonly Tap[]): readonly (readonly Tap[])[] {
  const all = Map.groupBy(
    taps,
    ({ backbone, geometry }) =>
      JSON.stringify([backbone.name, backbone.sha256, describedGeometry(geometry)]),
  );
  return [...all.values()];
}

function floats({ data, shape }: StoredTensor): Tensor {
  if (!(data instanceof Float32Array)) {
    throw cannot("use kept features", "they must be float32", data.constructor.name, TypeError);
  }
  return tensor(data, shape);
}
