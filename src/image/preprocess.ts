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

/** The geometry of pre-processing. */
export interface Geometry {
  /** The shorter side after resizing, in pixels. Papers: 256. */
  readonly resize: number;
  /** The side of the centred square that is kept, in pixels, at most `resize`. Papers: 224. */
  readonly crop: number;
  /**
   * Default `"bilinear"`, smoothed over the reduced area (Pillow's and torchvision's BILINEAR).
   * Differs: popular code also uses bicubic.
   */
  readonly filter?: "bilinear" | "bicubic";
}

/** What a network expects of its input: (x − mean) / deviation for each channel, on 0…255. */
export interface Normalisation {
  readonly mean: readonly [red: number, green: number, blue: number];
  readonly deviation: readonly [red: number, green: number, blue: number];
}

/** The papers' geometry at 224 px: shorter side to 256, centre crop of 224. */
export const defaultGeometry: Geometry = { resize: 256, crop: 224 };

/** Beyond this ratio of sides the longer one would take gigabytes after resizing. */
const LARGEST_ASPECT = 100;

const FILTERS: readonly unknown[] = ["bilinear", "bicubic"];

/**
 * @throws {TypeError} for what is no geometry, or has a part that a geometry does not have
 * @throws {RangeError} unless both sizes are whole numbers, the crop fits and the filter is known
 */
export function checkGeometry(geometry: Geometry): void {
  if (typeof geometry !== "object" || geometry === null) {
    throw cannot("pre-process", "a geometry is { resize, crop, filter }", `${geometry}`, TypeError);
  }
  const parts = ["resize", "crop", "filter"];
  const unknown = Object.keys(geometry).find((name) => !parts.includes(name));
  if (unknown !== undefined) {
    const found = `"${unknown}"${didYouMean(unknown, parts)}`;
    throw cannot("pre-process", `a geometry has ${parts.join(", ")}`, found, TypeError);
  }
  const { resize, crop, filter = "bilinear" } = geometry;
  if (!FILTERS.includes(filter)) {
    throw cannot(
      "pre-process",
      `the filter must be one of ${FILTERS.join(", ")}`,
      JSON.stringify(filter),
    );
  }
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

/** Height and width after the shorter side became `resize`; the longer is rounded down. */
export function resizedSize(
  { height, width }: { readonly height: number; readonly width: number },
  resize: number,
): [height: number, width: number] {
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

/**
 * Shorter side to `resize`, longer side in proportion, then the centred square of side `crop`.
 *
 * Equal to Pillow's `resize(…, BILINEAR)` and torchvision's `Resize` + `CenterCrop`: to the bit
 * where the reduction is a whole number, else within one grey level.
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
  const { resize, crop, filter = "bilinear" } = geometry;
  if (image.shape.length !== 3 || image.shape[2] !== 3) {
    throw cannot("pre-process", "a photo is [height, width, 3]", shapeText(image.shape), TypeError);
  }
  // Sizes are worked out inside the graph: they belong to the photo, not to the detector.
  const shape = g.shapeOf(image);
  const size = g.slice(shape, [{ axis: 0, start: 0, size: 2 }]);
  const shorter = g.minimum(
    g.slice(shape, [{ axis: 0, start: 0, size: 1 }]),
    g.slice(shape, [{ axis: 0, start: 1, size: 1 }]),
  );
  const target = g.divide(g.multiply(size, g.integers([resize])), shorter);
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
  const cut = g.subtract(g.cast(target, "float32"), g.scalar(crop));
  const start = g.cast(g.round(g.multiply(cut, g.scalar(0.5))), "int64");
  return g.slice(
    resized,
    [2, 3].map((axis, i) => ({
      axis,
      start: g.slice(start, [{ axis: 0, start: i, size: 1 }]),
      size: crop,
    })),
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
 * A mask through the same geometry: nearest pixel, so that it stays binary.
 *
 * Source: Pillow's NEAREST: the pixel under the centre of each new one.
 * Differs: the official PatchCore code resizes masks bilinearly and truncates, which erodes them.
 */
export function preprocessMask(mask: Mask, geometry: Geometry): Mask {
  checkGeometry(geometry);
  const { crop } = geometry;
  const [height, width] = resizedSize(mask, geometry.resize);
  const top = cropStart(height, crop);
  const left = cropStart(width, crop);
  const data = new Uint8Array(crop * crop);
  for (let y = 0; y < crop; y++) {
    const row = Math.floor(((y + top + 0.5) * mask.height) / height) * mask.width;
    for (let x = 0; x < crop; x++) {
      data[y * crop + x] = mask.data[row + Math.floor(((x + left + 0.5) * mask.width) / width)];
    }
  }
  return { width: crop, height: crop, data };
}
