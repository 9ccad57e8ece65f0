/** What is kept of photos together, and under which names. */

import type { Backbone } from "../../backbones/backbone.ts";
import type { Tap } from "../../detectors/detector.ts";
import { tapKey, tapsOf } from "../../detectors/photo_graph.ts";
import { describedGeometry, type Geometry } from "../../image/preprocess.ts";
import { engineVersion } from "../../onnx/session.ts";
import { sha256Hex } from "../../sha256.ts";
import type { Sample } from "../../types.ts";
import { version } from "../../version.ts";
import { nameOfTap, networkIdentity } from "./network_identity.ts";

/** Another layout or meaning of what is kept: what is there is not taken. */
const REVISION = 1;

/** What of one network at one geometry is kept together. */
export interface Group {
  readonly taps: readonly Tap[];
}

/** Bytes of a photo up to which what no method has asked for yet is kept too. */
const MOST_UNASKED = 2 ** 20;

/**
 * What is kept of every photo of a small network, whoever asks first: the maps that patches and
 * pyramids are made of, and all levels pooled. A method that comes later finds them there. Of a
 * large network, whose maps are many megabytes and whose last level is dear, nothing.
 */
function standardTaps(backbone: Backbone, geometry: Geometry): readonly Tap[] {
  const { patches, pyramid } = backbone.defaults;
  const maps = [...new Set([...patches, ...pyramid])];
  const bytes = maps.map((name) => backbone.level(name)).reduce(
    (sum, { channels, stride }) => sum + 4 * channels * Math.ceil(geometry.crop / stride) ** 2,
    0,
  );
  if (bytes > MOST_UNASKED) return [];
  const pooled = backbone.levels.map(({ name }) => name);
  return tapsOf({ backbone, geometry, maps, pooled });
}

/** Taps by what is kept together: the standard ones of a network, any other by itself. */
export function groupsOf(taps: readonly Tap[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const tap of taps) {
    const { backbone, geometry } = tap;
    const standard = standardTaps(backbone, geometry);
    const own = tapKey(tap);
    const usual = standard.some((one) => tapKey(one) === own);
    const key = usual ? tapKey(standard[0]) : own;
    const members = usual ? standard : [tap];
    groups.set(usual ? `standard ${key}` : key, { taps: members });
  }
  return [...groups.values()];
}

/** What is missing, and what later methods will ask of the same networks. */
export function withPlanned(missing: readonly Group[], planned: readonly Tap[]): readonly Group[] {
  const same = (a: Tap, b: Tap) =>
    a.backbone === b.backbone && JSON.stringify(a.geometry) === JSON.stringify(b.geometry);
  const later = groupsOf(planned.filter((tap) => missing.some(({ taps }) => same(tap, taps[0]))));
  const keys = new Set(missing.map(groupKey));
  return [...missing, ...later.filter((group) => !keys.has(groupKey(group)))];
}

const groupKey = ({ taps }: Group): string => taps.map(tapKey).join();

/** The name under which a photo's part is kept: all that the numbers depend on. */
function entryKey(content: string, about: readonly unknown[]): string {
  const text = JSON.stringify([REVISION, version, engineVersion, content, ...about]);
  return sha256Hex(new TextEncoder().encode(text));
}

/** The name under which what belongs together is kept of a photo. */
export function keyOfGroup(content: string, { taps }: Group): string {
  return entryKey(content, [networkIdentity(taps), taps.map(nameOfTap)]);
}

/** The name under which a photo is kept as networks see it. */
export const seenKey = (content: string, geometry: Geometry): string =>
  entryKey(content, ["seen", describedGeometry(geometry)]);

/** What tells a photo from any other: its own word, or the hash of its pixels. */
export async function contentOf(sample: Sample): Promise<string> {
  if (sample.content) return await sample.content();
  const { width, height, data } = await sample.image();
  return `pixels ${width} ${height} ${sha256Hex(data)}`;
}
