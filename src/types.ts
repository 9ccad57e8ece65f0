/**
 * The letter legend and the types that everything speaks.
 *
 * Letters, the same in every docblock: N images, C channels, H × W a map's height and width,
 * P = H·W patch positions, D embedding dimensions, M memory-bank rows, K image neighbours,
 * κ pixel neighbours.
 *
 * Layout, true everywhere: row-major; tensors are float32; feature maps are NCHW;
 * images are HWC uint8 RGB; masks are one byte a pixel, 0 or 1.
 */

/** A read-only record of numbers and their shape: row-major float32. */
export interface Tensor<S extends readonly number[] = readonly number[]> {
  readonly data: Float32Array;
  readonly shape: S;
}

/** A tensor of rank 2, for example patch embeddings [P, D] or a memory bank [M, D]. */
export type Matrix = Tensor<readonly [rows: number, columns: number]>;

/** A tensor of rank 4, NCHW: what a backbone gives at one level. */
export type FeatureMap = Tensor<
  readonly [n: number, channels: number, height: number, width: number]
>;

/** Raw scores per pixel, [H, W]; higher = more anomalous; never clamped, never normalised. */
export type AnomalyMap = Tensor<readonly [height: number, width: number]>;

/** An RGB photo: `data[(y * width + x) * 3 + channel]`, 0…255. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Ground truth: `data[y * width + x]` is 1 where the defect is, else 0. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** One photo of a data set; pixels are read when asked for, never before. */
export interface Sample {
  /** Path below the data set's folder without extension, for example `test/poked_hole/003`. */
  readonly id: string;
  readonly label: "normal" | "anomalous";
  /** `good`, or the name of the defect. */
  readonly defect: string;
  image(): Promise<Image>;
  /** Undefined where the data set has no mask for this photo. A good photo's mask is all zero. */
  mask(): Promise<Mask | undefined>;
  /**
   * A text that no photo with other pixels has, for example a hash of the file's bytes: what is
   * computed from the pixels can be kept under it. Cheaper than `image()`; absent where nothing is.
   */
  readonly content?: () => Promise<string>;
}

/** Good photos to fit on, and photos of both kinds to test on. */
export interface Dataset {
  /** The collection: `mvtec`, `synthetic`, or the folder's name. */
  readonly name: string;
  /** The object or texture, for example `transistor`. */
  readonly category: string;
  readonly train: readonly Sample[];
  readonly test: readonly Sample[];
}

/** A place in a network where features are tapped, named as in its checkpoint. */
export interface Level {
  readonly name: string;
  readonly channels: number;
  /** Input pixels per cell of the map, in each direction. */
  readonly stride: number;
  /** Input pixels on a side that a cell can see at all, where the architecture says it. */
  readonly receptiveField?: number;
}
