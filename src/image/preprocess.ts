/**
 * From the photo to the network's input, as steps of the graph: resize, centre crop, normalise.
 * A saved detector therefore takes the photo itself, of any size.
 */

import { cannot, didYouMean } from "../errors.ts";
import { evaluate } from "../onnx/evaluate.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Value } from "../onnx/value.ts";
import { shapeText } from "../tensor.ts";
import type { Image, Mask } from "../types.ts";
import { resizeLanczos } from "./lanczos.ts";
import { bilinearMask, nearestMask } from "./resize_mask.ts";

/** The geometry of pre-processing. */
export interface Geometry {
  /** The shorter side after resizing, in pixels; both under `"stretch"`. Papers: 256. */
  readonly resize: number;
  /** The side of the centred square that is kept, in pixels, at most `resize`. Papers: 224. */
  readonly crop: number;
  /**
   * Default `"bilinear"`, smoothed over the reduced area (Pillow's and torchvision's BILINEAR).
   * Differs: popular code also uses Pillow's BICUBIC or LANCZOS (once called ANTIALIAS).
   */
  readonly filter?: "bilinear" | "bicubic" | "lanczos";
  /**
   * `"keep"` (default, the papers'): the longer side is resized in proportion. Differs: anomalib
   * resizes to a square whatever the photo's sides are: `"stretch"`.
   */
  readonly aspect?: "keep" | "stretch";
}

/** What a geometry's `filter` can be. */
export const resizeFilters = ["bilinear", "bicubic", "lanczos"] as const;

/** What a geometry's `aspect` can be. */
export const aspects = ["keep", "stretch"] as const;

/** How masks are resized: see {@linkcode preprocessMask}. */
export type MaskFilter = (typeof maskFilters)[number];

/** What a {@linkcode MaskFilter} can be. */
export const maskFilters = ["nearest", "official"] as const;

/** What a network expects of its input: (x − mean) / deviation for each channel, on 0…255. */
export interface Normalisation {
  readonly mean: readonly [red: number, green: number, blue: number];
  readonly deviation: readonly [red: number, green: number, blue: number];
}

/** The papers' geometry at 224 px: shorter side to 256, centre crop of 224. */
export const defaultGeometry: Geometry = { resize: 256, crop: 224 };

/** Beyond this ratio of sides the longer one would take gigabytes after resizing. */
const LARGEST_ASPECT = 100;

const PARTS = ["resize", "crop", "filter", "aspect"];

/** A geometry with every part, defaults included: how detectors describe it. */
export function describedGeometry(
  { resize, crop, filter = "bilinear", aspect = "keep" }: Geometry,
): Required<Geometry> {
  return { resize, crop, filter, aspect };
}

/** @throws {RangeError} unless the name is one of those known; with the nearest of them */
function expectName(what: string, name: unknown, known: readonly string[]): void {
  if (known.some((one) => one === name)) return;
  const near = typeof name === "string" ? didYouMean(name, known) : "";
  const found = `${JSON.stringify(name)}${near}`;
  throw cannot("pre-process", `the ${what} must be one of ${known.join(", ")}`, found);
}

/** @throws {RangeError} unless masks can be resized so */
export function checkMaskFilter(filter: MaskFilter): void {
  expectName("mask filter", filter, maskFilters);
}

/**
 * @throws {TypeError} for what is no geometry, or has a part that a geometry does not have
 * @throws {RangeError} unless both sizes are whole numbers, the crop fits, and filter and aspect
 * are known
 */
export function checkGeometry(geometry: Geometry): void {
  const all = `{ ${PARTS.join(", ")} }`;
  if (typeof geometry !== "object" || geometry === null) {
    throw cannot("pre-process", `a geometry is ${all}`, `${geometry}`, TypeError);
  }
  const unknown = Object.keys(geometry).find((name) => !PARTS.includes(name));
  if (unknown !== undefined) {
    const found = `"${unknown}"${didYouMean(unknown, PARTS)}`;
    throw cannot("pre-process", `a geometry has ${PARTS.join(", ")}`, found, TypeError);
  }
  const { resize, crop, filter, aspect } = describedGeometry(geometry);
  expectName("filter", filter, resizeFilters);
  expectName("aspect", aspect, aspects);
  if (!Number.isInteger(crop) || crop < 32 || crop > 4096) {
    throw cannot("pre-process", "the image size is a whole number in 32…4096", String(crop));
  }
  if (!Number.isInteger(resize) || resize < crop || resize > 4096) {
    throw cannot(
      "pre-process",
      "the resized shorter side must be a whole number, at least the image size and at most 4096",
      `resize ${resize}, image size ${crop}`,
    );
  }
}

/**
 * Height and width after the shorter side became `resize`; the longer is rounded down. Both are
 * `resize` where the aspect is not kept.
 */
export function resizedSize(
  { height, width }: { readonly height: number; readonly width: number },
  { resize, aspect = "keep" }: Pick<Geometry, "resize" | "aspect">,
): [height: number, width: number] {
  if (aspect === "stretch") return [resize, resize];
  return height <= width
    ? [resize, Math.floor((resize * width) / height)]
    : [Math.floor((resize * height) / width), resize];
}

/** The first kept row or column: half of what is cut, halves to the even number, as torchvision. */
export function cropStart(size: number, crop: number): number {
  const half = (size - crop) / 2;
  const down = Math.floor(half);
  return half - down === 0.5 && down % 2 === 1 ? down + 1 : down;
}

/** {@linkcode resizedSize} inside the graph, int64 [2]: sizes belong to the photo. */
function resizedSizeOf(
  g: Graph,
  image: Value<"uint8">,
  { resize, aspect }: Geometry,
): Value<"int64"> {
  if (aspect === "stretch") return g.integers([resize, resize]);
  const size = g.slice(g.shapeOf(image), [{ axis: 0, start: 0, size: 2 }]);
  const shorter = g.minimum(entry(g, size, 0), entry(g, size, 1));
  return g.divide(g.multiply(size, g.integers([resize])), shorter);
}

/** One entry of a vector, as a vector of one. */
const entry = (g: Graph, vector: Value<"int64">, index: number): Value<"int64"> =>
  g.slice(vector, [{ axis: 0, start: index, size: 1 }]);

/**
 * Shorter side to `resize`, longer side in proportion (or both to `resize`), then the centred
 * square of side `crop`.
 *
 * Equal to Pillow's `resize(…)` and torchvision's `Resize` + `CenterCrop`: with `"lanczos"` to the
 * bit; with the others to the bit where the reduction is a whole number, else within one grey
 * level.
 *
 * @param image uint8 [height, width, 3]; sizes may be known only when the graph runs
 * @returns uint8 [1, 3, crop, crop]
 */
export function resizeAndCrop(
  g: Graph,
  image: Value<"uint8">,
  geometry: Geometry,
): Value<"uint8"> {
  checkGeometry(geometry);
  const { crop, filter = "bilinear" } = geometry;
  if (image.shape.length !== 3 || image.shape[2] !== 3) {
    throw cannot("pre-process", "a photo is [height, width, 3]", shapeText(image.shape), TypeError);
  }
  const target = resizedSizeOf(g, image, geometry);
  const cut = g.subtract(g.cast(target, "float32"), g.scalar(crop));
  const start = g.cast(g.round(g.multiply(cut, g.scalar(0.5))), "int64");
  if (filter === "lanczos") {
    const [down, across] = [0, 1].map((i) => ({
      resized: entry(g, target, i),
      start: entry(g, start, i),
      size: crop,
    }));
    return g.reshape(resizeLanczos(g, image, { down, across }), [1, 3, crop, crop]);
  }
  const sizes = g.concatenate([g.integers([1, 3]), target], 0);
  const planes = g.transpose(image, [2, 0, 1]);
  const batched = g.node(
    { operator: "Unsqueeze", inputs: [planes, g.integers([0])] },
    "uint8",
    [1, 3, image.shape[0], image.shape[1]],
  );
  const resized = g.resize(
    batched,
    { sizes, names: ["resized height", "resized width"] },
    { filter, antialias: true },
  );
  return g.slice(
    resized,
    [2, 3].map((axis, i) => ({ axis, start: entry(g, start, i), size: crop })),
  );
}

/**
 * uint8 [N, 3, H, W] to the network's float32: (x − mean) / deviation for each channel.
 */
export function normalise(
  g: Graph,
  pixels: Value<"uint8">,
  { mean, deviation }: Normalisation,
): Value {
  const scale = Float32Array.from(deviation, (d) => 1 / d);
  const offset = Float32Array.from(deviation, (d, c) => -mean[c] / d);
  return g.add(
    g.multiply(g.cast(pixels, "float32"), g.constant({ data: scale, shape: [1, 3, 1, 1] })),
    g.constant({ data: offset, shape: [1, 3, 1, 1] }),
  );
}

/**
 * @throws {TypeError} for what is no photo
 * @throws {RangeError} for sizes that its data do not have, and for a photo whose longer side is
 * over 100 times the shorter
 */
export function checkPhoto(image: Image): void {
  const action = "pre-process";
  if (typeof image !== "object" || image === null || !(image.data instanceof Uint8Array)) {
    const data: unknown = typeof image === "object" && image !== null ? image.data : image;
    const found = Object.prototype.toString.call(data);
    throw cannot(action, "a photo is { width, height, data } with bytes", found, TypeError);
  }
  const { width, height, data } = image;
  const sizes = [width, height].every((size) => Number.isInteger(size) && size > 0);
  if (!sizes || data.length !== 3 * width * height) {
    throw cannot(
      action,
      "a photo has whole sides above 0 and three bytes a pixel",
      `${width}×${height}, ${data.length} bytes`,
    );
  }
  if (Math.max(width, height) > LARGEST_ASPECT * Math.min(width, height)) {
    throw cannot(
      "pre-process",
      `the longer side may be at most ${LARGEST_ASPECT} times the shorter`,
      `${width}×${height}`,
    );
  }
}

/** A photo as the tensor that graphs take: uint8 [height, width, 3]. Nothing is copied. */
export function imageTensor(
  image: Image,
): { readonly data: Uint8Array; readonly shape: readonly [number, number, 3] } {
  return { data: image.data, shape: [image.height, image.width, 3] };
}

/** The photo as the network sees it, before normalisation: `crop` × `crop` pixels. */
export async function preprocessImage(image: Image, geometry: Geometry): Promise<Image> {
  checkPhoto(image);
  const step = (g: Graph, photo: Value<"uint8">) =>
    g.reshape(
      g.transpose(resizeAndCrop(g, photo, geometry), [0, 2, 3, 1]),
      [geometry.crop, geometry.crop, 3],
    );
  const { data } = await evaluate(step, imageTensor(image));
  return { width: geometry.crop, height: geometry.crop, data };
}

/**
 * A mask through the same geometry. It stays binary.
 *
 * `"nearest"` (default): the pixel under the centre of each new one, Pillow's NEAREST.
 * Differs: the official PatchCore code resizes masks of 0 and 255 bilinearly, whatever the photo's
 * filter is, divides by 255 and truncates to whole numbers: `"official"`. Only what is still 255
 * stays, so that defects lose their edges, and small ones vanish.
 *
 * Source: Pillow's NEAREST, and BILINEAR to the bit; amazon-science/patchcore-inspection.
 *
 * @throws {RangeError | TypeError} for a geometry or filter that is not known
 */
export function preprocessMask(
  mask: Mask,
  geometry: Geometry,
  { filter = "nearest" }: { readonly filter?: MaskFilter } = {},
): Mask {
  checkGeometry(geometry);
  checkMaskFilter(filter);
  const { crop } = geometry;
  const [height, width] = resizedSize(mask, geometry);
  const down = { from: mask.height, to: height, start: cropStart(height, crop), size: crop };
  const across = { from: mask.width, to: width, start: cropStart(width, crop), size: crop };
  const data = filter === "official"
    ? bilinearMask(mask, { down, across })
    : nearestMask(mask, { down, across });
  return { width: crop, height: crop, data };
}
