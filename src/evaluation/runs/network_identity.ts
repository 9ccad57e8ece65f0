/** What a network's features depend on beside the photo, as one word. */

import type { Backbone } from "../../backbones/backbone.ts";
import type { Tap } from "../../detectors/detector.ts";
import { photoGraph, type PhotoInput, tapKey } from "../../detectors/photo_graph.ts";
import { separateLarge } from "../../onnx/large_constants.ts";
import type { Value } from "../../onnx/value.ts";
import { sha256Hex } from "../../sha256.ts";

/** Constants from so many bytes on are weights, which the backbone's own hash stands for. */
const WEIGHTS_FROM = 2 ** 16;

/** What is known of the graph from pixels to taps. */
interface NetworkFacts {
  readonly identity: string;
  readonly bytes: number;
}

const known = new WeakMap<Backbone, Map<string, NetworkFacts>>();

/** A tap as results and caches name it. */
export const nameOfTap = ({ level, pooled }: Tap): string =>
  `${pooled ? "pooled" : "map"} ${level}`;

/** Taps of one network and geometry as named values, with the network once in the graph. */
export function takeNamed(
  photo: PhotoInput,
  taps: readonly Tap[],
): Readonly<Record<string, Value>> {
  const [{ backbone, geometry }] = taps;
  const levels = (pooled: boolean) =>
    taps.filter((tap) => tap.pooled === pooled).map(({ level }) => level);
  const taken = photo.take({ backbone, geometry, maps: levels(false), pooled: levels(true) });
  const [maps, pooled] = [taken.maps.values(), taken.pooled.values()];
  return Object.fromEntries(taps.flatMap((tap) => {
    const { value } = (tap.pooled ? pooled : maps).next();
    return value ? [[nameOfTap(tap), value]] : [];
  }));
}

/**
 * The hash of the steps from a photo's pixels to taps of one network and geometry, and of the
 * network's weights. The steps tell what a hash of the file does not: how an ONNX file is fed (its
 * normalisation, order of channels and input), where a network is cut, how photos are resized.
 *
 * Cost: building the graph once a network and set of taps, about 20 ms.
 */
export function networkIdentity(taps: readonly Tap[]): string {
  return factsOf(taps).identity;
}

/** Bytes of the weights that taps of one network and geometry need. */
export function networkBytes(taps: readonly Tap[]): number {
  return factsOf(taps).bytes;
}

function factsOf(taps: readonly Tap[]): NetworkFacts {
  const [{ backbone }] = taps;
  const { name, sha256 } = backbone;
  return known.getOrInsertComputed(backbone, () => new Map<string, NetworkFacts>())
    .getOrInsertComputed(taps.map(tapKey).join(), () => {
      const graph = photoGraph((_, photo) => takeNamed(photo, taps));
      const steps = sha256Hex(separateLarge(graph, { from: WEIGHTS_FROM }).model);
      const identity = sha256Hex(new TextEncoder().encode(JSON.stringify([name, sha256, steps])));
      const weights = graph.constants().map(({ tensor }) => tensor.data.byteLength);
      return { identity, bytes: weights.reduce((a, b) => a + b, 0) };
    });
}

/** Taps by network and geometry. */
export function byNetwork(taps: readonly Tap[]): readonly (readonly Tap[])[] {
  const networks = new Map<Backbone, Map<string, Tap[]>>();
  for (const tap of taps) {
    const key = JSON.stringify(tap.geometry);
    networks.getOrInsertComputed(tap.backbone, () => new Map<string, Tap[]>())
      .getOrInsertComputed(key, () => []).push(tap);
  }
  return [...networks.values()].flatMap((own) => [...own.values()]);
}
