/** What has to be said of a foreign network: its taps, its normalisation; by options or side-car. */

import { cannot, didYouMean } from "../errors.ts";
import type { Normalisation } from "../image/preprocess.ts";
import type { Layout } from "./onnx_sizes.ts";

/** Options of `openOnnxBackbone`; a side-car JSON file holds the same names. */
export interface OnnxSettings {
  /** The inner values that become levels, by their names in the file. */
  readonly taps?: readonly string[];
  /** `"imagenet"`: mean 0.485, 0.456, 0.406 and deviation 0.229, 0.224, 0.225 on 0…1, RGB. */
  readonly normalisation?: "imagenet";
  /** Of (x − mean)/deviation for each channel, in the network's order of channels. */
  readonly mean?: readonly number[];
  readonly deviation?: readonly number[];
  /** What white is before `mean` is subtracted: 255 or 1. Needed beside them. */
  readonly scale?: 1 | 255;
  /** The network's order of channels; default `"rgb"`. */
  readonly order?: "rgb" | "bgr";
  /** The input's axes: `"nchw"` (default) or, channels last, `"nhwc"`. */
  readonly layout?: Layout;
  /** The photos' input, where the taps depend on several. */
  readonly input?: string;
  /** Of the weights, an SPDX identifier; default `unknown, from <file>`. */
  readonly license?: string;
}

type Check = readonly [requirement: string, holds: (value: unknown) => boolean];

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const three = (holds: (value: number) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.length === 3 &&
  value.every((one) => Number.isFinite(one) && holds(one));
const oneOf = (...choices: readonly unknown[]): Check => [
  `one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`,
  (value) => choices.includes(value),
];

const checks: Readonly<Record<keyof OnnxSettings, Check>> = {
  taps: [
    "a list of different names, at least one",
    (value) =>
      Array.isArray(value) && value.length > 0 && value.every(isText) &&
      new Set(value).size === value.length,
  ],
  normalisation: oneOf("imagenet"),
  mean: ["three numbers", three(() => true)],
  deviation: ["three numbers above 0", three((value) => value > 0)],
  scale: oneOf(1, 255),
  order: oneOf("rgb", "bgr"),
  layout: oneOf("nchw", "nhwc"),
  input: ["a name", isText],
  license: ["a text of one line", (value) => isText(value) && !/[\r\n]/.test(value)],
};

/** Settings that together say how pixels become numbers. */
const PIXELS = ["normalisation", "mean", "deviation", "scale", "order"];

/**
 * @param where the file that the settings are from, or `options`
 * @throws {TypeError} for a setting that is not known, with the nearest one, or of another kind
 */
function checked(action: string, where: string, given: object): OnnxSettings {
  const known = Object.keys(checks);
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) {
    const check = Object.entries(checks).find(([own]) => own === name)?.[1];
    if (!check) {
      const found = `"${name}"${didYouMean(name, known)} (${where})`;
      throw cannot(action, `its settings are ${known.join(", ")}`, found, TypeError);
    }
    const [requirement, holds] = check;
    if (!holds(value)) {
      const found = `${JSON.stringify(value)} (${where})`;
      throw cannot(action, `${name} must be ${requirement}`, found, TypeError);
    }
  }
  return Object.fromEntries(entries);
}

/**
 * Options over what the side-car says. Whoever says one thing about pixels says all of them: a mean
 * from here and a scale from there would be nobody's.
 *
 * @throws {TypeError} for a setting that is not known or of another kind
 */
export function joinSettings(
  action: string,
  options: object,
  sidecar?: { readonly file: string; readonly content: object },
): OnnxSettings {
  const own = checked(action, "options", options);
  const beside = sidecar ? checked(action, sidecar.file, sidecar.content) : {};
  const says = Object.keys(own).some((name) => PIXELS.includes(name));
  const kept = Object.entries(beside).filter(([name]) => !says || !PIXELS.includes(name));
  return { ...Object.fromEntries(kept), ...own };
}

/** ImageNet's statistics on 0…1. */
const imageNet = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

/**
 * The normalisation that settings say, on 0…255 and RGB. Nothing is guessed.
 *
 * @throws {RangeError} when it is not said, or said twice
 */
export function normalisationOf(action: string, settings: OnnxSettings): Normalisation {
  const { normalisation, mean, deviation, scale, order = "rgb" } = settings;
  const parts = { mean, deviation, scale };
  const given = Object.entries(parts).flatMap(([name, value]) => value === undefined ? [] : [name]);
  if (normalisation !== undefined) {
    if (given.length > 0) {
      const found = `normalisation "${normalisation}" and ${given.join(", ")}`;
      throw cannot(action, "its normalisation must be said once", found);
    }
    if (order !== "rgb") {
      const found = `order "${order}"`;
      throw cannot(action, `normalisation "${normalisation}" is for the order "rgb"`, found);
    }
    return onBytes(imageNet.mean, imageNet.deviation, 1);
  }
  if (!mean || !deviation || !scale) {
    throw cannot(
      action,
      'its normalisation must be said: "normalisation": "imagenet", or mean, deviation and scale ' +
        "(255 or 1), as options or in a JSON file beside it",
      given.length > 0 ? `only ${given.join(", ")}` : "none",
    );
  }
  const toRgb = (values: readonly number[]) => order === "rgb" ? values : [...values].reverse();
  return onBytes(toRgb(mean), toRgb(deviation), scale);
}

function onBytes(
  mean: readonly number[],
  deviation: readonly number[],
  scale: number,
): Normalisation {
  const times = ([red, green, blue]: readonly number[]) =>
    [red, green, blue].map((value) => value * 255 / scale);
  const [[m0, m1, m2], [d0, d1, d2]] = [times(mean), times(deviation)];
  return { mean: [m0, m1, m2], deviation: [d0, d1, d2] };
}
