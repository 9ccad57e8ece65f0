/** A finished run as a record and bytes, for a results folder, and back. */

import { cannot } from "../../errors.ts";
import type { Bootstrapped } from "../../metrics/bootstrap.ts";
import { tensor } from "../../tensor.ts";
import type { AnomalyMap } from "../../types.ts";
import type { Evidence } from "../measure.ts";
import { type MetricName, metricNames, type Run } from "../report.ts";
import type { RunResult } from "../summaries.ts";

/** Points of a curve, x rising. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** What a page shows of a run beside its numbers. */
export interface Pictures {
  readonly pixelRoc: Curve | undefined;
  readonly pro: Curve | undefined;
  /** In the order of the run's scores; undefined for a method that does not localise. */
  readonly maps: readonly AnomalyMap[] | undefined;
}

/** What is kept of a finished run. */
export interface FinishedRun extends RunResult {
  /** Where they were asked for. */
  readonly pictures: Pictures | undefined;
}

/** The record of a run, with where its numbers lie in the attachments. */
interface RunRecord {
  readonly run: Run;
  readonly evidence: Partial<Record<MetricName, BootstrapRecord>>;
  readonly pictures: PicturesRecord | null;
}

interface BootstrapRecord extends Pick<Bootstrapped, "measure" | "value" | "seed"> {
  readonly resamples: number;
  readonly normal: readonly number[];
  readonly anomalous: readonly number[];
}

interface PicturesRecord {
  readonly pixelRoc: Curve | null;
  readonly pro: Curve | null;
  readonly maps: {
    readonly count: number;
    readonly height: number;
    readonly width: number;
    readonly scales: readonly (readonly [low: number, high: number])[];
  } | null;
}

const LEVELS = 65535;

/** A run as JSON and attachments. Maps are kept in 65,536 steps between their own ends. */
export function encodeRun({ run, evidence, pictures }: FinishedRun): {
  readonly record: RunRecord;
  readonly attachments: Readonly<Record<string, readonly Uint8Array<ArrayBuffer>[]>>;
} {
  const numbers: Uint8Array<ArrayBuffer>[] = [];
  const described: Partial<Record<MetricName, BootstrapRecord>> = {};
  for (const metric of metricNames) {
    const one = evidence[metric];
    if (!one) continue;
    for (const part of [one.resampled, one.jackknife]) numbers.push(bytesOf(part));
    described[metric] = {
      measure: one.measure,
      value: one.value,
      seed: one.seed,
      resamples: one.resampled.length,
      normal: [...one.strata.normal],
      anomalous: [...one.strata.anomalous],
    };
  }
  const maps = pictures?.maps?.map(quantise) ?? [];
  const [first] = pictures?.maps ?? [];
  return {
    record: {
      run,
      evidence: described,
      pictures: pictures
        ? {
          pixelRoc: pictures.pixelRoc ?? null,
          pro: pictures.pro ?? null,
          maps: first
            ? {
              count: maps.length,
              height: first.shape[0],
              width: first.shape[1],
              scales: maps.map(({ scale }) => scale),
            }
            : null,
        }
        : null,
    },
    attachments: {
      evidence: numbers,
      ...(maps.length > 0 && { maps: maps.map(({ steps }) => bytesOf(steps)) }),
    },
  };
}

/**
 * What {@linkcode encodeRun} wrote.
 *
 * @param options pictures: whether maps and curves are wanted; default no, as they are large
 */
export async function decodeRun(
  record: unknown,
  attachment: (name: string) => Promise<Uint8Array>,
  options: { readonly pictures?: boolean } = {},
): Promise<FinishedRun> {
  const { run, evidence, pictures } = expectRunRecord(record);
  const numbers = floats(await attachment("evidence"));
  let at = 0;
  const take = (count: number): Float64Array => numbers.slice(at, at += count);
  const found: Partial<Record<MetricName, Bootstrapped>> = {};
  for (const metric of metricNames) {
    const one = evidence[metric];
    if (!one) continue;
    const { measure, value, seed } = one;
    const strata = {
      normal: Int32Array.from(one.normal),
      anomalous: Int32Array.from(one.anomalous),
    };
    const resampled = take(one.resamples);
    const jackknife = take(one.normal.length + one.anomalous.length);
    found[metric] = { measure, value, seed, strata, resampled, jackknife };
  }
  return {
    run,
    evidence: found as Evidence,
    pictures: pictures && options.pictures
      ? {
        pixelRoc: pictures.pixelRoc ?? undefined,
        pro: pictures.pro ?? undefined,
        maps: pictures.maps ? restore(await attachment("maps"), pictures.maps) : undefined,
      }
      : undefined,
  };
}

/** A record that a results folder has checked the hash of: only another program's is refused. */
function expectRunRecord(record: unknown): RunRecord {
  const known = typeof record === "object" && record !== null && "run" in record &&
    "evidence" in record && "pictures" in record;
  if (!known) {
    throw cannot("read a finished run", "its record must be a run's", "another", TypeError);
  }
  return record as RunRecord;
}

function quantise({ data }: AnomalyMap): {
  readonly scale: readonly [number, number];
  readonly steps: Uint16Array<ArrayBuffer>;
} {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    if (data[i] < low) low = data[i];
    if (data[i] > high) high = data[i];
  }
  const unit = high > low ? LEVELS / (high - low) : 0;
  // A loop: `from` with a function takes ten times as long.
  const steps = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) steps[i] = Math.round((data[i] - low) * unit);
  return { scale: [low, high], steps };
}

function restore(
  bytes: Uint8Array,
  { count, height, width, scales }: NonNullable<PicturesRecord["maps"]>,
): AnomalyMap[] {
  const steps = new Uint16Array(bytes.slice().buffer);
  const size = height * width;
  return Array.from({ length: count }, (_, i) => {
    const [low, high] = scales[i];
    const unit = (high - low) / LEVELS;
    const data = new Float32Array(size);
    for (let j = 0; j < size; j++) data[j] = low + steps[i * size + j] * unit;
    return tensor(data, [height, width]);
  });
}

function bytesOf(numbers: Float64Array | Uint16Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(numbers.slice().buffer as ArrayBuffer);
}

function floats(bytes: Uint8Array): Float64Array {
  return new Float64Array(bytes.slice().buffer);
}
