/** Operators on maps [N, C, H, W]: convolution, pooling, padding, resizing. */

import { cannot } from "../errors.ts";
import { shapeText } from "../tensor.ts";
import type { GraphCore } from "./core.ts";
import { type Dimension, type ElementType, expectRank, known, type Value } from "./value.ts";

/** Cells added on each side of a map. */
export interface Padding {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** A square window that moves over a map. */
export interface WindowOptions {
  readonly size: number;
  readonly stride?: number;
  readonly padding?: number | Padding;
}

/** How a map is resized; the defaults are Pillow's and torchvision's BILINEAR. */
export interface ResizeOptions {
  readonly filter?: "bilinear" | "bicubic" | "nearest";
  /** Smooth over the reduced area, as Pillow does. Torch's `interpolate` does not. */
  readonly antialias?: boolean;
}

/** The map operators of a graph. */
export interface Layers {
  /** x [N, C, H, W] with weights [F, C/groups, k, k] and bias [F]. */
  convolution(
    x: Value,
    weights: Value,
    options?: {
      readonly bias?: Value;
      readonly stride?: number;
      readonly padding?: number | Padding;
      readonly dilation?: number;
      readonly groups?: number;
    },
  ): Value;
  /** Window averages; padding counts as zeros unless `countPadding` is false. */
  averagePool(x: Value, options: WindowOptions & { readonly countPadding?: boolean }): Value;
  maximumPool(x: Value, options: WindowOptions): Value;
  /**
   * To a height and width, half-pixel centres. `size` is two whole numbers, or an int64 vector
   * [N, C, H, W] that is known only when the graph runs, with names for the unknown sizes.
   */
  resize<T extends "float32" | "uint8">(
    x: Value<T>,
    size: readonly [number, number] | {
      readonly sizes: Value<"int64">;
      readonly names: readonly [Dimension, Dimension];
    },
    options?: ResizeOptions,
  ): Value<T>;
}

function sides(padding: number | Padding = 0): Padding {
  return typeof padding === "number"
    ? { top: padding, left: padding, bottom: padding, right: padding }
    : padding;
}

function windowed(
  action: string,
  x: Value<ElementType>,
  window: number,
  { stride = 1, padding, dilation = 1 }: {
    readonly stride?: number;
    readonly padding?: number | Padding;
    readonly dilation?: number;
  },
): { height: number; width: number; attributes: Record<string, readonly number[]> } {
  const { top, left, bottom, right } = sides(padding);
  const reach = dilation * (window - 1) + 1;
  const along = (size: number) => Math.floor((size - reach) / stride) + 1;
  const height = along(known(action, x.shape, 2) + top + bottom);
  const width = along(known(action, x.shape, 3) + left + right);
  if (height < 1 || width < 1) {
    throw cannot(
      action,
      "the padded map must hold the window",
      `map ${shapeText(x.shape)}, window [${reach}, ${reach}]`,
    );
  }
  return {
    height,
    width,
    attributes: {
      kernel_shape: [window, window],
      strides: [stride, stride],
      pads: [top, left, bottom, right],
      ...(dilation === 1 ? {} : { dilations: [dilation, dilation] }),
    },
  };
}

/** Operators as methods on a graph under construction. */
export function layers(g: GraphCore): Layers {
  return {
    convolution(x, weights, { bias, stride = 1, padding = 0, dilation = 1, groups = 1 } = {}) {
      const action = "convolve";
      expectRank(action, x, 4);
      expectRank(action, weights, 4);
      const [filters, , window, across] = weights.shape;
      if (x.shape[1] !== known(action, weights.shape, 1) * groups || window !== across) {
        throw cannot(
          action,
          `weights must be [filters, channels/${groups}, k, k] for the map's channels`,
          `map ${shapeText(x.shape)}, weights ${shapeText(weights.shape)}`,
        );
      }
      if (bias && (bias.shape.length !== 1 || bias.shape[0] !== filters)) {
        throw cannot(
          action,
          "a bias has one number a filter",
          `weights ${shapeText(weights.shape)}, bias ${shapeText(bias.shape)}`,
        );
      }
      if (known(action, weights.shape, 0) % groups !== 0) {
        throw cannot(
          action,
          "groups must divide the filters",
          `${groups} groups, ${filters} filters`,
        );
      }
      const { height, width, attributes } = windowed(action, x, Number(window), {
        stride,
        padding,
        dilation,
      });
      return g.node(
        {
          operator: "Conv",
          inputs: [x, weights, bias],
          attributes: { ...attributes, group: groups },
        },
        "float32",
        [x.shape[0], filters, height, width],
      );
    },

    averagePool(x, { size, stride = 1, padding = 0, countPadding = true }) {
      const action = "average over windows";
      expectRank(action, x, 4);
      const { height, width, attributes } = windowed(action, x, size, { stride, padding });
      return g.node(
        {
          operator: "AveragePool",
          inputs: [x],
          attributes: { ...attributes, count_include_pad: countPadding ? 1 : 0 },
        },
        "float32",
        [x.shape[0], x.shape[1], height, width],
      );
    },

    maximumPool(x, { size, stride = 1, padding = 0 }) {
      const action = "take the maximum over windows";
      expectRank(action, x, 4);
      const { height, width, attributes } = windowed(action, x, size, { stride, padding });
      return g.node({ operator: "MaxPool", inputs: [x], attributes }, "float32", [
        x.shape[0],
        x.shape[1],
        height,
        width,
      ]);
    },

    resize(x, size, { filter = "bilinear", antialias = false } = {}) {
      const action = "resize";
      expectRank(action, x, 4);
      let sizes: Value<"int64">;
      let names: readonly [Dimension, Dimension];
      if ("sizes" in size) {
        ({ sizes, names } = size);
      } else {
        const [height, width] = size;
        if (![height, width].every((d) => Number.isInteger(d) && d > 0)) {
          throw cannot(
            action,
            "sizes must be whole numbers above 0",
            `${shapeText(x.shape)} to ${shapeText([height, width])}`,
          );
        }
        const whole = [known(action, x.shape, 0), known(action, x.shape, 1), height, width];
        sizes = g.integers(whole);
        names = [height, width];
      }
      const smooth = antialias && filter !== "nearest";
      return g.node(
        {
          operator: "Resize",
          inputs: [x, undefined, undefined, sizes],
          attributes: {
            mode: { bilinear: "linear", bicubic: "cubic", nearest: "nearest" }[filter],
            // torch's "nearest" takes cell ⌊i·in/out⌋: asymmetric coordinates, rounded down.
            coordinate_transformation_mode: filter === "nearest" ? "asymmetric" : "half_pixel",
            ...(filter === "nearest" ? { nearest_mode: "floor" } : {}),
            // Without exclude_outside the borders are off by up to 12 grey levels from Pillow's.
            ...(smooth ? { antialias: 1, exclude_outside: 1 } : {}),
            ...(filter === "bicubic" ? { cubic_coeff_a: { real: smooth ? -0.5 : -0.75 } } : {}),
          },
        },
        x.type,
        [x.shape[0], x.shape[1], ...names],
      );
    },
  };
}
