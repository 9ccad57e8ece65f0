/** Channels, strides and sizes of a foreign network's maps, found by running it. */

import { cannot } from "../errors.ts";
import type { Probe } from "../onnx/probe_model.ts";
import type { ElementType, TensorOf } from "../onnx/value.ts";
import { seededRandom } from "../random.ts";
import { shapeText } from "../tensor.ts";
import type { Level } from "../types.ts";

/** The order of a model's input: photos, channels, height, width; or channels last. */
export type Layout = "nchw" | "nhwc";

/** The height and width that an input is fixed to. */
export type FixedSize = readonly [height: number, width: number];

/** Sides at which strides are measured where the input's sizes are free. */
const PROBED = [224, 256];

/** Sizes of maps repeat with this period: the largest stride that 224 and 256 can show. */
const PERIOD = 32;
/** Three cells of the coarsest map: enough for mirrored borders. */
const SMALL = 96;
/** Sides of a second round, to see that sizes do repeat. */
const CHECKED = [171, 205];

/** What a network's maps are, whatever the photo's size is. */
export interface MapSizes {
  /** In the order of the names. */
  readonly levels: readonly Level[];
  /**
   * The height and width of a level's map.
   * @throws {RangeError} for a size that the network does not run at
   */
  sizeOf(level: string, input: FixedSize): [height: number, width: number];
}

/** A photo of zeros: what shapes are found with. */
export function blankPhotos(layout: Layout, [height, width]: FixedSize): TensorOf<"float32"> {
  const data = new Float32Array(3 * height * width);
  return { data, shape: layout === "nchw" ? [1, 3, height, width] : [1, height, width, 3] };
}

/** Numbers as a network expects them, about −2…2, always the same. */
export function noisePhotos(layout: Layout, size: FixedSize): TensorOf<"float32"> {
  const random = seededRandom(0, "probe");
  const { data, shape } = blankPhotos(layout, size);
  return { data: data.map(() => random.between(-2, 2)), shape };
}

/** A tensor as texts call it: `int64 [1, 10]`. */
export function tensorText({ data, shape }: TensorOf<ElementType>): string {
  const name = data.constructor.name.replace("Array", "").toLowerCase();
  const type = { bigint64: "int64", biguint64: "uint64", uint8: "uint8 or bool" }[name] ?? name;
  return `${type} ${shapeText(shape)}`;
}

/**
 * The height and width that a model's input is fixed to; undefined where both are free.
 *
 * @throws {RangeError} when it takes no photos of three channels one at a time
 */
export function fixedSizeOf(
  file: string,
  { input, layout }: { readonly input: Probe["input"]; readonly layout: Layout },
): FixedSize | undefined {
  if (!input.shape) return undefined;
  const [n, c, h, w] = layout === "nchw" ? input.shape : [0, 3, 1, 2].map((i) => input.shape?.[i]);
  const free = (size: number | undefined, wanted: number) => size === undefined || size === wanted;
  const found = `"${input.name}" is ${shapeText(input.shape.map((size) => size ?? "any"))}`;
  const action = `open ${file}`;
  // A width of 3 is none: channels last, not said.
  if (!free(c, 3) || (c === undefined && w === 3)) {
    const other = layout === "nchw" ? 'first; say layout "nhwc" if last' : "last";
    throw cannot(action, `its input must have three channels, ${other}`, found);
  }
  if (!free(n, 1)) throw cannot(action, "its input must take one photo at a time", found);
  if (h === undefined && w === undefined) return undefined;
  if (h === undefined || w === undefined) {
    throw cannot(action, "its input's height and width must be both free or both fixed", found);
  }
  return [h, w];
}

/**
 * Input pixels per cell from a map's shapes at some sizes; undefined where that is no whole number,
 * the same in both directions and at each size.
 */
export function strideOf(
  found: readonly { readonly input: FixedSize; readonly shape: readonly number[] }[],
): number | undefined {
  const ratios = found.flatMap(({ input, shape }) => [
    input[0] / shape[2],
    input[1] / shape[3],
  ]);
  const whole = ratios.every((ratio) => Number.isInteger(ratio) && ratio === ratios[0]);
  const ranks = found.every(({ shape }) => shape.length === 4 && shape[0] === 1);
  return whole && ranks && found.every(({ shape }) => shape[1] === found[0].shape[1])
    ? ratios[0]
    : undefined;
}

/** The sizes at which strides are measured. */
export function probedSizes(fixed: FixedSize | undefined): readonly FixedSize[] {
  return fixed ? [fixed] : PROBED.map((side) => [side, side] as const);
}

/**
 * Learns what maps a network makes.
 *
 * Strides are measured at 224 and 256 pixels, or at the fixed size. At other sizes a map has
 * H′ = 32·⌊H/32⌋/stride + r(H mod 32) cells: window after window only adds borders and divides,
 * rounding down or up, so that sizes repeat with the largest stride. The r are found by running
 * the network once at each of 32 small sizes; two sizes of another period check the rule.
 *
 * @throws {RangeError} for a map whose stride is no whole number, or whose sizes do not repeat
 */
export async function learnSizes(
  probe: Probe,
  names: readonly string[],
  { file, layout, fixed }: {
    readonly file: string;
    readonly layout: Layout;
    readonly fixed?: FixedSize;
  },
): Promise<MapSizes> {
  const action = `open ${file}`;
  const shapesAt = (size: FixedSize) => probe.shapes(blankPhotos(layout, size));
  const shapeOf = (shapes: Awaited<ReturnType<Probe["shapes"]>>, name: string) =>
    shapes.get(name) ?? [];
  const measured: {
    readonly input: FixedSize;
    readonly shapes: Awaited<ReturnType<Probe["shapes"]>>;
  }[] = [];
  for (const input of probedSizes(fixed)) {
    try {
      measured.push({ input, shapes: await shapesAt(input) });
    } catch (error) {
      throw cannot(action, `it must run at ${input.join("×")} pixels`, reasonOf(error));
    }
  }
  const levels = names.map((name): Level => {
    const found = measured.map(({ input, shapes }) => ({ input, shape: shapeOf(shapes, name) }));
    const stride = strideOf(found);
    if (stride !== undefined) return { name, channels: found[0].shape[1], stride };
    const all = found.map(({ input, shape }) => `${shapeText(shape)} at ${input.join("×")}`);
    throw cannot(
      action,
      "a map's stride must be a whole number, the same in both directions and at each size",
      `"${name}" is ${all.join(", ")}`,
    );
  });
  if (fixed) {
    return {
      levels,
      sizeOf(level, [height, width]) {
        if (height !== fixed[0] || width !== fixed[1]) {
          throw cannot(
            `run ${file}`,
            `it was exported for ${fixed.join("×")} pixels only`,
            `${height}×${width}: choose that size, or export it with free height and width`,
          );
        }
        const { stride } = levels.find(({ name }) => name === level) ?? levels[0];
        return [height / stride, width / stride];
      },
    };
  }
  const { cells, multiple, reason } = await learnRests(async (side) => {
    const shapes = await shapesAt([side, side]);
    return levels.map(({ name }) => shapeOf(shapes, name).slice(2));
  });
  /** Cells along a side; undefined where the network does not run. */
  const cellsOf = (index: number, side: number, axis: number): number | undefined => {
    const rest = side % PERIOD;
    const small = cells[rest]?.[index][axis];
    return small === undefined ? undefined : small + (side - rest - SMALL) / levels[index].stride;
  };
  for (const side of [...PROBED, ...CHECKED.map((one) => one - one % multiple)]) {
    const shapes = await shapesAt([side, side]);
    levels.forEach(({ name }, i) => {
      const shape = shapeOf(shapes, name);
      const expected = [0, 1].map((axis) => cellsOf(i, side, axis));
      if (shape[2] === expected[0] && shape[3] === expected[1]) return;
      const found = `"${name}" is ${shapeText(shape)} at ${side}×${side}, not ${
        expected.join("×")
      }`;
      throw cannot(action, "a map's size must follow from its stride at every size", found);
    });
  }
  return {
    levels,
    sizeOf(level, input) {
      const index = levels.findIndex(({ name }) => name === level);
      const [height, width] = input.map((side, axis) => {
        const found = cellsOf(index, side, axis) ?? 0;
        if (found > 0) return found;
        const why = side % multiple === 0 ? "" : `: ${reason}`;
        const requirement = side % multiple === 0
          ? "the photo must be as large as the network's stride"
          : `its height and width must be multiples of ${multiple}`;
        throw cannot(`run ${file}`, requirement, `${input.join("×")}${why}`);
      });
      return [height, width];
    },
  };
}

/** Cells of each level and axis for a rest of a side by the period. */
type Cells = readonly (readonly number[])[];

/** How sizes depend on the rest of a side. */
interface Rests {
  /** By rest; undefined where the network does not run. */
  readonly cells: readonly (Cells | undefined)[];
  /** What sides must be a multiple of, and the engine's reason. */
  readonly multiple: number;
  readonly reason: string;
}

/**
 * Runs the network at every rest. First at 16, 8, 4, 2, 1: where a rest fails, nothing finer is
 * tried, as a network that halves its maps wants multiples of a power of two.
 */
async function learnRests(cellsAt: (side: number) => Promise<Cells>): Promise<Rests> {
  const cells: (Cells | undefined)[] = new Array(PERIOD).fill(undefined);
  cells[0] = await cellsAt(SMALL);
  let multiple = PERIOD;
  let reason = "";
  while (multiple > 1 && reason === "") {
    const rest = multiple / 2;
    try {
      cells[rest] = await cellsAt(SMALL + rest);
      multiple = rest;
    } catch (error) {
      reason = reasonOf(error);
    }
  }
  for (let rest = 0; rest < PERIOD; rest += multiple) cells[rest] ??= await cellsAt(SMALL + rest);
  return { cells, multiple, reason };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
